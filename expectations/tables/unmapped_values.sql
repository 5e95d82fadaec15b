-- One row per value that no map knows, in the current load of a snapshot that this run judges or of another source. The
-- value itself is there only where it looks like a code and many rows have it; else its lines in the file are.
with unmapped as (
    select
        *,
        row_count - len(string_split(first_lines, ', ')) as more_lines_count,
        case when row_count = 1 then 'line ' else 'lines ' end
        || first_lines
        || case when more_lines_count > 0 then ' and ' || more_lines_count || ' more' else '' end as lines
    from marts.quality_unmapped_values
    where is_current_load
)

select
    unmapped.organisation_code,
    unmapped.dataset,
    unmapped.heading,
    unmapped.as_at_date,
    case
        when unmapped.value_shown is not null then unmapped.heading || ' ''' || unmapped.value_shown || ''''
        when unmapped.is_blank then 'a blank in ' || unmapped.heading
        else 'a value of ' || unmapped.heading
    end as unmapped_value,
    case
        when unmapped.value_shown is not null then unmapped.heading || ' ''' || unmapped.value_shown || ''''
        when unmapped.is_blank then unmapped.heading || ' left blank'
        else concat_ws(', ', unmapped.heading, unmapped.lines)
    end as place_in_file,
    unmapped.row_count,
    unmapped.file_name
from unmapped
left join judged_snapshots
    on
        unmapped.organisation_code = judged_snapshots.organisation_code
        and unmapped.as_at_date = judged_snapshots.snapshot_date
where judged_snapshots.snapshot_date is not null or unmapped.dataset <> 'esr_staff_list'
order by unmapped.organisation_code, unmapped.dataset, unmapped.heading, unmapped.as_at_date, unmapped.row_count desc
