-- Where the trust's own rule and the test tell different directions, the mart says so; nothing is compared that has no year before.
select
    organisation_code,
    indicator_id,
    as_at_date,
    organisation_unit_level,
    organisation_unit,
    stratum,
    measure,
    minority_group,
    reference_group
from {{ ref('indicator_comparisons') }}
where
    coalesce(directions_disagree, false) <> (
        direction_by_threshold <> direction_tested
        and direction_by_threshold <> 'not_comparable'
        and direction_tested <> 'not_comparable'
    )
    or (
        (value is null or previous_value is null)
        and (direction_by_threshold <> 'not_comparable' or direction_tested <> 'not_comparable')
    )
