-- A score of the staff survey runs from 0 to 10: what is more is a percentage in the wrong row.
select
    organisation_code,
    indicator_id,
    as_at_date,
    stratum,
    "group"
from {{ ref('indicator_values') }}
where (indicator_id = 'wdes_9a' or indicator_id like 'staff_survey%') and (value < 0 or value > 10)
