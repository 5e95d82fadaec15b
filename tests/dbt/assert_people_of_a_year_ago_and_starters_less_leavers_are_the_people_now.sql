-- Readings, movement: who was there a year ago, less who left, and who came are everyone now. By group it need not hold: a person
-- may have told the trust more about themselves since, or have had a birthday.
select
    organisation_code,
    snapshot_date,
    characteristic,
    sum(headcount_before_count - leaver_count + starter_count) as people_expected,
    sum(headcount_now_count) as people_now
from {{ ref('workforce_movement') }}
where organisation_unit_level = 'trust'
group by organisation_code, snapshot_date, characteristic
having sum(headcount_before_count - leaver_count + starter_count) <> sum(headcount_now_count)
