{#-
    The rows of a raw table that count now: of each date its current load, and of rows that are identical in every column of the
    file one, at the line of the first of them. The load record has counted the others (rows_duplicate).
-#}
{% macro distinct_rows_of_current_loads(relation, columns) %}
    {%- set all_columns = ['organisation_code', 'as_at_date', 'load_id'] + columns %}
    select
        {%- for column in all_columns %}
        {{ column }},
        {%- endfor %}
        min(file_line) as file_line
    from {{ relation }}
    where
        load_id in (
            select loads.load_id from {{ ref('stg_loads') }} as loads
            where loads.is_current
        )
    group by
        {%- for column in all_columns %}
        {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
{% endmacro %}
