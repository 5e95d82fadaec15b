{#- Each current snapshot that has a snapshot of the same day one year earlier, with both loads. -#}
{% macro snapshot_year_pairs() -%}
    select
        later.organisation_code,
        later.as_at_date as snapshot_date,
        later.load_id,
        earlier.as_at_date as previous_snapshot_date,
        earlier.load_id as previous_load_id
    from {{ ref('stg_loads') }} as later
    inner join {{ ref('stg_loads') }} as earlier
        on
            later.organisation_code = earlier.organisation_code
            and later.dataset = earlier.dataset
            and {{ one_year_earlier('later.as_at_date') }} = earlier.as_at_date
    where later.dataset = 'esr_staff_list' and later.is_current and earlier.is_current
{%- endmacro %}

{#- A pair of snapshots one year apart is built anew when either of its loads is superseded. -#}
{% macro delete_superseded_year_pairs() %}
    {%- if is_incremental() %}
    delete from {{ this }}
    where not exists (
        select 1
        from ({{ snapshot_year_pairs() }}) as pairs
        where
            pairs.load_id = {{ this }}.load_id
            and pairs.previous_load_id = {{ this }}.previous_load_id
    )
    {%- endif %}
{% endmacro %}
