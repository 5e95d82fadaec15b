-- Unknown is a group: white, ethnic minority and unknown, or all the groups of a profile, are everyone in the cell.
select
    organisation_code,
    indicator_id,
    definition_version,
    as_at_date,
    organisation_unit_level,
    organisation_unit,
    stratum,
    sum(numerator) as group_sum,
    max(denominator) as everyone
from {{ ref('indicator_values') }}
where
    measure = 'share'
    and (
        indicator_id in ('wres_1', 'wdes_1', 'wres_9', 'wdes_10')
        or indicator_id like 'workforce_profile%'
        or indicator_id like 'declaration%'
    )
group by
    organisation_code, indicator_id, definition_version, as_at_date, organisation_unit_level, organisation_unit, stratum
having sum(numerator) <> max(denominator) or min(denominator) <> max(denominator)
