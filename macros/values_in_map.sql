{#-
    What a map says of each value of a column that occurs, blank included: a few rows, whatever the number of people.
    Each value is normalised once, not once a person. `written` is the value as it stands in the column.
-#}
{% macro values_in_map(relation, column, map, map_column) %}
    select
        occurring.written,
        {{ map }}.*
    from (
        select distinct coalesce({{ column }}, '(blank)') as written
        from {{ relation }}
    ) as occurring
    left join {{ map }}
        on {{ lookup_key('occurring.written') }} = {{ lookup_key(map ~ '.' ~ map_column) }}
{% endmacro %}
