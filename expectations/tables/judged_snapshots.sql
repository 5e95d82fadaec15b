-- One row per snapshot that this run judges: the latest of each organisation, and every one whose load no published
-- release has yet. The other tables of this folder look at these snapshots only.
select
    organisation_code,
    snapshot_date,
    is_latest
from marts.quality_snapshots
where
    is_latest
    or not list_contains(getvariable('released_load_ids')::bigint [], load_id)
