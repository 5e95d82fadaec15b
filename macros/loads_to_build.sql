{#-
    An intermediate model is built load by load: a night costs what its own files cost, not what the years before cost.
    `only_loads_to_build` keeps the rows of current loads that the model does not hold yet. The list is read first and
    stands in the query as numbers, so that the engine skips all other loads in the raw table.
    `delete_superseded_loads` (a pre-hook) removes the rows of loads that are no longer current.
-#}
{% macro only_loads_to_build(datasets) %}
    {#- Named outside the condition, so that dbt knows of the dependency before the model exists. -#}
    {%- set loads = ref('stg_loads') %}
    {%- if is_incremental() and execute %}
    {%- set waiting %}
        select load_id
        from {{ loads }}
        where
            is_current
            and dataset in ('{{ datasets | join("', '") }}')
            and load_id not in (select load_id from {{ this }})
        order by load_id
    {%- endset %}
    where load_id in ({{ run_query(waiting).columns[0].values() | join(', ') or 'null' }})
    {%- endif %}
{% endmacro %}

{% macro delete_superseded_loads() %}
    {%- if is_incremental() %}
    delete from {{ this }}
    where load_id not in (
        select load_id from {{ ref('stg_loads') }}
        where is_current
    )
    {%- endif %}
{% endmacro %}
