-- One row per source that a trust may drop in.
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
order by organisation_code, dataset
