-- One row per snapshot that this run judges.
with directorates as (
    select
        organisation_code,
        snapshot_date,
        sum(headcount) as headcount
    from marts.quality_directorates
    group by organisation_code, snapshot_date
)

select
    snapshots.organisation_code,
    snapshots.snapshot_date,
    snapshots.is_latest,
    snapshots.headcount,
    snapshots.previous_snapshot_date,
    snapshots.previous_headcount,
    abs(snapshots.headcount - snapshots.previous_headcount) as headcount_change_count,
    snapshots.headcount_change_share,
    snapshots.missing_snapshot_count,
    snapshots.shared_with_previous_share,
    snapshots.duplicate_row_count,
    snapshots.duplicate_person_count,
    snapshots.conflicting_characteristics_count,
    snapshots.conflicting_characteristics_count / nullif(snapshots.headcount, 0)::double
        as conflicting_characteristics_share,
    snapshots.unknown_scope_value_count,
    snapshots.unranked_band_count,
    abs(snapshots.headcount - coalesce(directorates.headcount, 0))::bigint as without_a_directorate_count,
    date_diff('day', snapshots.snapshot_date, getvariable('as_of_date')) as age_days
from marts.quality_snapshots as snapshots
inner join judged_snapshots using (organisation_code, snapshot_date)
left join directorates using (organisation_code, snapshot_date)
order by snapshots.organisation_code, snapshots.snapshot_date
