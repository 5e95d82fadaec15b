{#- A model's primary key: no two rows agree in all of these columns. Any name will do, as `group`. -#}
{% test unique_combination(model, columns) %}
    select
        {%- for column in columns %}
        {{ adapter.quote(column | replace('"', '')) }},
        {%- endfor %}
        count(*) as row_count
    from {{ model }}
    group by
        {%- for column in columns %}
        {{ adapter.quote(column | replace('"', '')) }}{{ ',' if not loop.last }}
        {%- endfor %}
    having count(*) > 1
{% endtest %}
