-- One row per value that no map knows, in the current load of a snapshot that this run judges or of another source. The
-- value itself is there only where it looks like a code and many rows have it; else its lines in the file are.
select
    unmapped.organisation_code,
    unmapped.dataset,
    unmapped.field,
    unmapped.as_at_date,
    coalesce(
        unmapped.field || ' ''' || unmapped.value_shown || '''',
        case when unmapped.is_blank then unmapped.field || ' left blank' end,
        unmapped.field || ', lines ' || unmapped.first_lines,
        unmapped.field
    ) as unmapped_value,
    unmapped.row_count,
    unmapped.file_name
from marts.quality_unmapped_values as unmapped
left join judged_snapshots
    on
        unmapped.organisation_code = judged_snapshots.organisation_code
        and unmapped.as_at_date = judged_snapshots.snapshot_date
where
    unmapped.is_current_load
    and (judged_snapshots.snapshot_date is not null or unmapped.dataset <> 'esr_staff_list')
order by unmapped.organisation_code, unmapped.dataset, unmapped.field, unmapped.as_at_date, unmapped.row_count desc
