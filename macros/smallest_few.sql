{#- The few smallest numbers of a group's rows as one text with commas, in one pass over the rows. -#}
{% macro smallest_few(column, how_many) -%}
    {{ adapter.dispatch('smallest_few', 'parity')(column, how_many) }}
{%- endmacro %}

{% macro duckdb__smallest_few(column, how_many) -%}
    array_to_string(min({{ column }}, {{ how_many }}), ', ')
{%- endmacro %}
