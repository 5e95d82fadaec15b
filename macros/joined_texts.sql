{#- The texts of a group's rows as one text with commas, in the order of another column. -#}
{% macro joined_texts(column, order_by) -%}
    {{ adapter.dispatch('joined_texts', 'parity')(column, order_by) }}
{%- endmacro %}

{% macro default__joined_texts(column, order_by) -%}
    {{ dbt.listagg(column, "', '", 'order by ' ~ order_by) }}
{%- endmacro %}
