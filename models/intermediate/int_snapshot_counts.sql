-- One row is one load of a staff list: how many people it has, how many are counted, and what is odd about them.
{{ config(pre_hook="{{ delete_superseded_loads() }}") }}
with

staff_snapshots as (

    select * from {{ ref('int_staff_snapshots') }}
    {{ only_loads_to_build(['esr_staff_list']) }}

),

final as (

    select
        organisation_code,
        snapshot_date,
        load_id,
        sum(case when is_in_scope then 1 else 0 end) as headcount,
        count(*) - count(distinct person_key) as duplicate_person_count,
        sum(case when has_conflicting_characteristics then 1 else 0 end) as conflicting_characteristics_count,
        sum(unlisted_assignment_count) as unknown_scope_value_count,
        sum(case when is_in_scope and band_rank is null then 1 else 0 end) as unranked_band_count
    from staff_snapshots
    group by organisation_code, snapshot_date, load_id

)

select * from final
