{#- Holds where none of these columns is ever null: one question to the table instead of one for each column. Any name will do, as `group`. -#}
{% test never_null(model, columns) %}
    select *
    from {{ model }}
    where
        {%- for column in columns %}
        {{ 'or ' if not loop.first }}{{ adapter.quote(column | replace('"', '')) }} is null
        {%- endfor %}
{% endtest %}
