{#- Holds where no two rows of a map are the same text but for case, spaces, "&" and dashes. -#}
{% test unique_spelling(model, column_name) %}
    select {{ lookup_key(column_name) }} as spelling
    from {{ model }}
    group by {{ lookup_key(column_name) }}
    having count(*) > 1
{% endtest %}
