{#- A pair of snapshots is built anew when either of its loads is superseded, or another snapshot comes between. -#}
{% macro delete_superseded_pairs() %}
    {%- if is_incremental() %}
    delete from {{ this }}
    where not exists (
        select 1
        from (
            select
                load_id,
                lag(load_id) over (partition by organisation_code order by as_at_date) as previous_load_id
            from {{ ref('stg_loads') }}
            where dataset = 'esr_staff_list' and is_current
        ) as pairs
        where
            pairs.load_id = {{ this }}.load_id
            and coalesce(pairs.previous_load_id, 0) = coalesce({{ this }}.previous_load_id, 0)
    )
    {%- endif %}
{% endmacro %}
