{#- Whether a text as a whole has the form of a regular expression. -#}
{% macro matches_whole(column, pattern) -%}
    {{ adapter.dispatch('matches_whole', 'parity')(column, pattern) }}
{%- endmacro %}

{% macro duckdb__matches_whole(column, pattern) -%}
    regexp_full_match({{ column }}, {{ pattern }})
{%- endmacro %}
