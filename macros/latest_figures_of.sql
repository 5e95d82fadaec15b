{#-
    The latest figure at each date that each row of a list refers to. `list` has conformed_table, indicator_id, measure, stratum,
    group_key, reference_group and its own keys; `dates` has organisation_code and as_at_date; `figures` is trust_figures.
-#}
{% macro latest_figures_of(list, dates, figures, keys) %}
    select * from (
        select
            {{ dates }}.as_at_date as judged_date,
            {% for key in keys %}
                {{ list }}.{{ key }},
            {% endfor %}
            {{ figures }}.*,
            row_number() over (
                partition by
                    {{ dates }}.organisation_code,
                    {{ dates }}.as_at_date,
                    {% for key in keys %}
                        {{ list }}.{{ key }}{{ ',' if not loop.last }}
                    {% endfor %}
                order by {{ figures }}.as_at_date desc
            ) as latest_order
        from {{ dates }}
        cross join {{ list }}
        inner join {{ figures }}
            on
                {{ dates }}.organisation_code = {{ figures }}.organisation_code
                and {{ dates }}.as_at_date >= {{ figures }}.as_at_date
                and {{ list }}.conformed_table = {{ figures }}.conformed_table
                and {{ list }}.indicator_id = {{ figures }}.indicator_id
                and {{ list }}.measure = {{ figures }}.measure
                and {{ list }}.stratum = {{ figures }}.stratum
                and {{ list }}.group_key = {{ figures }}.group_key
                and coalesce({{ list }}.reference_group, '') = {{ figures }}.reference_group
    ) as figures_in_order
    where latest_order = 1
{% endmacro %}
