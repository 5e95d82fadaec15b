{#- Which of a person's assignments this is: an assignment number without a suffix is 1, with `-2` it is 2. -#}
{% macro assignment_sequence(column) -%}
    {%- set suffix = dbt.split_part(column, "'-'", 2) -%}
    case when coalesce({{ suffix }}, '') = '' then 1 else {{ whole_number(suffix) }} end
{%- endmacro %}
