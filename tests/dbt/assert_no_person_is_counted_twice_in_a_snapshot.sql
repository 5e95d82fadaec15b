-- One row of int_staff_snapshots is one person and snapshot: a second one would count somebody twice.
select
    organisation_code,
    snapshot_date,
    duplicate_person_count
from {{ ref('quality_snapshots') }}
where duplicate_person_count <> 0
