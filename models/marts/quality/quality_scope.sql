-- One row is how many people of one snapshot are counted, or left out for one reason. Every reason is a row, with zero too.
with

people as (

    select * from {{ ref('int_scope_counts') }}

),

reasons as (

    select * from {{ ref('scope_reason_list') }}

),

snapshots as (

    select
        organisation_code,
        snapshot_date
    from {{ ref('int_snapshot_overlaps') }}

),

final as (

    select
        snapshots.organisation_code,
        snapshots.snapshot_date,
        reasons.scope_reason as reason,
        reasons.scope_reason_label as reason_label,
        cast(coalesce(people.person_count, 0) as bigint) as person_count
    from snapshots
    cross join reasons
    left join people
        on
            snapshots.organisation_code = people.organisation_code
            and snapshots.snapshot_date = people.snapshot_date
            and reasons.scope_reason = people.scope_reason

)

select * from final
