-- A comparison is inside its interval, and one that is missing says why. Where 0.5 was added to an empty cell, the interval is of
-- the added counts and the value of the real ones. A difference of shares is between -1 and 1, a ratio is not negative, a gap is at most 1.
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
    (value is null) <> (not_computed_because is not null)
    or (value is null and (ci_low is not null or ci_high is not null))
    or (unit = 'ratio' and value < 0)
    or (unit = 'fraction' and value > 1)
    or (not coalesce(zero_cell_adjusted, false) and (ci_low > value + 1e-12 or ci_high < value - 1e-12))
    or (unit <> 'ratio' and (zero_cell_adjusted is not null or within_four_fifths is not null))
