{#-
    What every ethnic origin that occurs in a relation means, as three CTEs; the last one, `ethnicities`, has a row of
    ethnicity_map for each value as `written`. A value is known whole, as a code with its own text, or as a code alone. The
    model has CTEs ethnicity_map and ethnicity_spelling_map.
-#}
{% macro ethnicities_in(relation) -%}
ethnic_origins as (

    {{ values_in_map(relation, 'ethnic_origin', 'ethnicity_spelling_map', 'ethnic_origin') }}

),

coded_ethnic_origins as (

    {{ codes_with_text('ethnic_origins', 'written', 'ethnicity_spelling_map', 'ethnic_origin') }}

),

ethnicities as (

    select
        ethnic_origins.written,
        ethnicity_map.*
    from ethnic_origins
    left join coded_ethnic_origins
        on ethnic_origins.written = coded_ethnic_origins.written
    inner join ethnicity_map
        on
            coalesce(
                ethnic_origins.ethnicity_key,
                coded_ethnic_origins.ethnicity_key,
                upper({{ lookup_key('ethnic_origins.written') }})
            )
            = ethnicity_map.ethnicity_key

)
{%- endmacro %}
