-- One row is one directorate at one snapshot: every directorate of this snapshot or of the one before, so that one that has
-- vanished is a row with nobody in it.
with

headcounts as (

    select
        organisation_code,
        snapshot_date,
        organisation_unit as directorate,
        {{ spelling_key('organisation_unit') }} as directorate_key,
        sum(person_count) as headcount
    from {{ ref('int_staff_counts') }}
    where organisation_unit_level = 'directorate' and stratum_dimension = 'all' and characteristic = 'ethnicity'
    group by organisation_code, snapshot_date, organisation_unit

),

snapshots as (

    select
        organisation_code,
        snapshot_date,
        previous_snapshot_date
    from {{ ref('int_snapshot_overlaps') }}

),

-- A directorate that the snapshot before spelt otherwise is the same one, under its name of now.
directorate_keys as (

    select
        organisation_code,
        snapshot_date,
        directorate_key
    from headcounts
    union
    select
        snapshots.organisation_code,
        snapshots.snapshot_date,
        headcounts.directorate_key
    from snapshots
    inner join headcounts
        on
            snapshots.organisation_code = headcounts.organisation_code
            and snapshots.previous_snapshot_date = headcounts.snapshot_date

),

counts as (

    select
        directorate_keys.organisation_code,
        directorate_keys.snapshot_date,
        coalesce(headcounts.directorate, previous_headcounts.directorate) as directorate,
        coalesce(headcounts.headcount, 0) as headcount,
        case
            when snapshots.previous_snapshot_date is not null then coalesce(previous_headcounts.headcount, 0)
        end as previous_headcount
    from directorate_keys
    inner join snapshots
        on
            directorate_keys.organisation_code = snapshots.organisation_code
            and directorate_keys.snapshot_date = snapshots.snapshot_date
    left join headcounts
        on
            directorate_keys.organisation_code = headcounts.organisation_code
            and directorate_keys.snapshot_date = headcounts.snapshot_date
            and directorate_keys.directorate_key = headcounts.directorate_key
    left join headcounts as previous_headcounts
        on
            snapshots.organisation_code = previous_headcounts.organisation_code
            and snapshots.previous_snapshot_date = previous_headcounts.snapshot_date
            and directorate_keys.directorate_key = previous_headcounts.directorate_key

),

final as (

    select
        organisation_code,
        snapshot_date,
        directorate,
        cast(headcount as bigint) as headcount,
        cast(previous_headcount as bigint) as previous_headcount,
        {{ share('headcount - previous_headcount', 'previous_headcount') }} as headcount_change_share,
        coalesce(previous_headcount > 0 and headcount = 0, false) as is_missing
    from counts

)

select * from final
