{#- Makes of one row as many rows as a column says, with the whole numbers from nought on. -#}
{% macro each_number_below(column) -%}
    {{ adapter.dispatch('each_number_below', 'parity')(column) }}
{%- endmacro %}

{% macro duckdb__each_number_below(column) -%}
    unnest(range({{ column }}))
{%- endmacro %}
