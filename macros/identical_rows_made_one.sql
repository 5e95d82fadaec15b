{#-
    Rows that are identical in every column of the file are one row; its line is the first of them.
    The load record has counted the others (rows_duplicate).
-#}
{% macro identical_rows_made_one(relation, columns) %}
    {%- set all_columns = ['organisation_code', 'as_at_date', 'load_id'] + columns %}
    select
        {%- for column in all_columns %}
        {{ column }},
        {%- endfor %}
        min(file_line) as file_line
    from {{ relation }}
    group by
        {%- for column in all_columns %}
        {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
{% endmacro %}
