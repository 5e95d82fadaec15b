-- One row per source that a trust may drop in. Before any file is taken in there is one row all the same: the staff list, which
-- is not there.
select
    organisation_code,
    dataset,
    latest_as_at_date,
    file_count,
    row_count,
    is_present,
    is_needed,
    needed_by
from marts.quality_sources
union all by name
select
    'esr_staff_list' as dataset,
    0 as file_count,
    0 as row_count,
    false as is_present,
    true as is_needed
where not exists (from marts.quality_sources)
order by organisation_code, dataset
