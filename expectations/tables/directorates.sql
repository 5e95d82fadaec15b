-- One row per directorate of each snapshot that this run judges, those included that only the snapshot before had.
-- A directorate of very few people is not named: in a file whose columns have shifted it may be a person's name.
select
    directorates.organisation_code,
    directorates.snapshot_date,
    directorates.directorate as spelt,
    case
        when
            greatest(directorates.headcount, coalesce(directorates.previous_headcount, 0))
            >= getvariable('named_from_headcount')
            then directorates.directorate
        else 'a small directorate'
    end as directorate,
    directorates.headcount,
    directorates.previous_headcount,
    abs(directorates.headcount - directorates.previous_headcount) as headcount_change_count,
    directorates.headcount_change_share,
    directorates.is_missing,
    directorates.headcount / nullif(snapshots.headcount, 0)::double as headcount_share,
    snapshots.previous_snapshot_date
from marts.quality_directorates as directorates
inner join judged_snapshots using (organisation_code, snapshot_date)
inner join marts.quality_snapshots as snapshots using (organisation_code, snapshot_date)
order by directorates.organisation_code, directorates.snapshot_date, directorates.directorate
