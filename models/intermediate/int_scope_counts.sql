-- One row is how many people of one load of a staff list are counted, or left out for one reason.
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
        scope_reason,
        count(*) as person_count
    from staff_snapshots
    group by organisation_code, snapshot_date, load_id, scope_reason

)

select * from final
