-- Benjamini and Hochberg's correction never makes a p value smaller, and both values are kept.
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
    (p_value is null) <> (p_value_adjusted is null)
    or p_value < 0
    or p_value_adjusted > 1
    or p_value_adjusted < p_value
