-- One row per level (directorates, teams) of each snapshot that this run judges: how many units have a name, how many people
-- are in them, how many are new since the snapshot before. No unit's name leaves this table.
with units as (
    select
        profile.organisation_code,
        profile.snapshot_date,
        profile.organisation_unit_level,
        profile.organisation_unit,
        profile.organisation_unit <> getvariable('without_a_unit')::varchar
        and not starts_with(profile.organisation_unit, getvariable('without_a_unit')::varchar || ' (') as has_name,
        regexp_matches(profile.organisation_unit, getvariable('looks_like_a_date')::varchar, 'i')
        or regexp_matches(profile.organisation_unit, getvariable('looks_like_a_number')::varchar, 'i')
            as has_date_or_number,
        sum(profile.person_count) as people_count
    from marts.workforce_profile as profile
    where
        profile.organisation_unit_level in ('directorate', 'team')
        and profile.stratum = 'all'
        and profile.characteristic = 'ethnicity'
    group by all
    having sum(profile.person_count) > 0
),

known_before as (
    select distinct
        snapshots.organisation_code,
        snapshots.snapshot_date,
        units.organisation_unit_level
    from marts.quality_snapshots as snapshots
    inner join units
        on
            snapshots.organisation_code = units.organisation_code
            and snapshots.previous_snapshot_date = units.snapshot_date
    where units.has_name
),

-- Nothing is new where the snapshot before is not there, or has no unit with a name.
compared as (
    select
        units.*,
        snapshots.previous_snapshot_date,
        case
            when known_before.snapshot_date is not null then before.organisation_unit is null and units.has_name
        end as is_new
    from units
    inner join judged_snapshots using (organisation_code, snapshot_date)
    inner join marts.quality_snapshots as snapshots using (organisation_code, snapshot_date)
    left join known_before using (organisation_code, snapshot_date, organisation_unit_level)
    left join units as before
        on
            units.organisation_code = before.organisation_code
            and snapshots.previous_snapshot_date = before.snapshot_date
            and units.organisation_unit_level = before.organisation_unit_level
            and units.organisation_unit = before.organisation_unit
)

select
    organisation_code,
    snapshot_date,
    organisation_unit_level,
    organisation_unit_level || 's' as units,
    previous_snapshot_date,
    count(*) filter (where has_name) as unit_count,
    coalesce(sum(people_count) filter (where has_name), 0)::bigint as headcount,
    unit_count / nullif(headcount, 0)::double as unit_share,
    count(*) filter (where has_name and people_count = 1) as alone_count,
    alone_count / nullif(headcount, 0)::double as alone_share,
    bool_or(is_new) is not null as is_compared,
    coalesce(sum(people_count) filter (where is_new), 0)::bigint as new_people_count,
    new_people_count / nullif(headcount, 0)::double as new_people_share,
    count(*) filter (where is_new and people_count = 1) as new_alone_count,
    count(*) filter (where is_new and people_count < getvariable('small_below_headcount')::bigint) as new_small_count,
    coalesce(
        sum(people_count) filter (where is_new and people_count < getvariable('small_below_headcount')::bigint), 0
    )::bigint as new_small_people_count,
    count(*) filter (where has_date_or_number) as date_or_number_count
from compared
group by organisation_code, snapshot_date, organisation_unit_level, previous_snapshot_date
order by organisation_code, snapshot_date, organisation_unit_level
