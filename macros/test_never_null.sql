{#- Holds where none of these columns is ever null: one question to the table instead of one for each column. -#}
{% test never_null(model, columns) %}
    select *
    from {{ model }}
    where
        {%- for column in columns %}
        {{ 'or ' if not loop.first }}{{ column }} is null
        {%- endfor %}
{% endtest %}
