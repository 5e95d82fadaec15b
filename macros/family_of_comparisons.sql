{#-
    The comparisons that are corrected together (readings, direction tested): one indicator, version, date and measure, and one
    dimension: all bands of a unit, all directorates, all teams.
-#}
{% macro family_of_comparisons() -%}
    organisation_code,
    indicator_id,
    definition_version,
    as_at_date,
    comparison_measure,
    organisation_unit_level,
    stratum_dimension,
    "group",
    case when stratum_dimension = 'all' then '' else organisation_unit end
{%- endmacro %}
