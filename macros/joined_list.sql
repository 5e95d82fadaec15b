{#- A column that holds a list of texts, as one text with commas. -#}
{% macro joined_list(column) -%}
    {{ adapter.dispatch('joined_list', 'parity')(column) }}
{%- endmacro %}

{% macro duckdb__joined_list(column) -%}
    array_to_string({{ column }}, ', ')
{%- endmacro %}
