{#- Count once by every one of several sets of columns; each set has the leading columns too. -#}
{% macro grouped_by_each(leading_columns, sets) -%}
    {{ adapter.dispatch('grouped_by_each', 'parity')(leading_columns, sets) }}
{%- endmacro %}

{% macro default__grouped_by_each(leading_columns, sets) -%}
    grouping sets (
        {%- for set in sets %}
        ({{ (leading_columns + set) | join(', ') }}){{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{#- The dimensions as columns, empty where no cut of these has them. -#}
{% macro cut_columns(dimensions, cuts) -%}
    {%- set used = cuts | sum(start=[]) -%}
    {%- for dimension in dimensions -%}
        {{ dimension if dimension in used else 'cast(null as varchar) as ' ~ dimension }}{{ ',\n            ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
