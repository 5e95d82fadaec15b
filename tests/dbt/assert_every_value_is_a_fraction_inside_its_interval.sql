-- Every value is between 0 and 1 and inside its interval; a value that is missing says why.
select
    organisation_code,
    indicator_id,
    as_at_date,
    organisation_unit_level,
    organisation_unit,
    stratum,
    measure,
    "group"
from {{ ref('indicator_values') }}
where
    (value is null and value_text is null and not_computed_because is null)
    or value < 0
    or value > 1
    or ci_low > value + 1e-12
    or ci_high < value - 1e-12
    or ci_low < 0
    or ci_high > 1
