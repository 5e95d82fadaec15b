-- Unknown is a group: white, ethnic minority and unknown, or all the groups of a profile, are everyone in the cell.
select
    organisation_code,
    indicator_id,
    as_at_date,
    organisation_unit_level,
    organisation_unit,
    stratum,
    sum(numerator) as group_sum,
    max(denominator) as everyone
from {{ ref('indicator_values') }}
where measure = 'share'
group by organisation_code, indicator_id, as_at_date, organisation_unit_level, organisation_unit, stratum
having sum(numerator) <> max(denominator) or min(denominator) <> max(denominator)
