{#-
    The comparisons that are corrected together (readings, direction tested): one indicator, version, date and measure, and one
    dimension: all bands of a unit, all directorates, all teams; of the whole organisation, all the groups that it is told for.
-#}
{% macro family_of_comparisons() -%}
    organisation_code,
    indicator_id,
    definition_version,
    as_at_date,
    comparison_measure,
    organisation_unit_level,
    stratum_dimension,
    case when organisation_unit_level = 'trust' and stratum_dimension = 'all' then '' else "group" end,
    case when stratum_dimension = 'all' then '' else organisation_unit end
{%- endmacro %}
