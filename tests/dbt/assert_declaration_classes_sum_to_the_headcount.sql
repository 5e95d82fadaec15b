-- A record is declared, declined, blank or unmapped, and only one of them.
select
    organisation_code,
    snapshot_date,
    organisation_unit_level,
    organisation_unit,
    field
from {{ ref('declaration_rates') }}
where declared_count + declined_count + blank_count + unmapped_count <> headcount
