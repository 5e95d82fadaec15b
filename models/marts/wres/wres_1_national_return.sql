-- One row is one row of the WRES national return for indicator 1 on one 31 March: items 1 to 33, and below them whom those rows
-- cannot hold. People on a local scale stand in the band whose salary range is nearest (band_salary_ranges).
with

staff_counts as (

    select * from {{ ref('int_staff_counts') }}
    where
        characteristic = 'ethnicity'
        and stratum_dimension = 'national_return'
        and {{ is_year_end('snapshot_date') }}

),

return_rows as (

    select * from {{ ref('wres_1_return_rows') }}

),

local_bands as (

    select band from {{ ref('band_list') }}
    where pay_group = 'local'

),

snapshots as (

    select distinct
        organisation_code,
        snapshot_date
    from staff_counts

),

counts_in_rows as (

    select
        staff_counts.organisation_code,
        staff_counts.snapshot_date,
        coalesce(
            return_rows.return_row,
            case
                when staff_counts.national_return_band = 'not_mapped' then 'local_scale_not_mapped'
                when staff_counts.clinical_split = 'unknown' and staff_counts.national_return_band <> 'unmapped'
                    then 'clinical_split_unknown'
                else 'pay_scale_not_mapped'
            end
        ) as return_row,
        staff_counts.group_key,
        staff_counts.person_count,
        case when local_bands.band is not null then staff_counts.person_count else 0 end as local_scale_count
    from staff_counts
    left join return_rows
        on
            staff_counts.clinical_split = return_rows.clinical_split
            and staff_counts.national_return_band = return_rows.band
    left join local_bands on staff_counts.band = local_bands.band

),

filled_rows as (

    select
        snapshots.organisation_code,
        snapshots.snapshot_date,
        return_rows.return_row,
        {% for group in ['white', 'ethnic_minority', 'unknown'] %}
            coalesce(sum(case when counts_in_rows.group_key = '{{ group }}' then counts_in_rows.person_count end), 0)
                as {{ group }}_count,
        {% endfor %}
        coalesce(sum(counts_in_rows.person_count), 0) as all_count,
        coalesce(sum(counts_in_rows.local_scale_count), 0) as local_scale_count
    from snapshots
    cross join return_rows
    left join counts_in_rows
        on
            snapshots.organisation_code = counts_in_rows.organisation_code
            and snapshots.snapshot_date = counts_in_rows.snapshot_date
            and return_rows.return_row = counts_in_rows.return_row
    where return_rows.not_known_because is null
    group by snapshots.organisation_code, snapshots.snapshot_date, return_rows.return_row

),

final as (

    select
        snapshots.organisation_code,
        snapshots.snapshot_date,
        {{ reporting_year('snapshots.snapshot_date') }} as reporting_year,
        return_rows.position,
        return_rows.item_number,
        return_rows.return_row,
        return_rows.section,
        return_rows.row_label,
        return_rows.is_part_of_other_row,
        cast(filled_rows.white_count as bigint) as white_count,
        cast(filled_rows.ethnic_minority_count as bigint) as ethnic_minority_count,
        cast(filled_rows.unknown_count as bigint) as unknown_count,
        cast(filled_rows.all_count as bigint) as all_count,
        cast(filled_rows.local_scale_count as bigint) as local_scale_count,
        cast(previous_rows.white_count as bigint) as previous_white_count,
        cast(previous_rows.ethnic_minority_count as bigint) as previous_ethnic_minority_count,
        cast(previous_rows.unknown_count as bigint) as previous_unknown_count,
        {{ share('filled_rows.ethnic_minority_count', 'filled_rows.all_count') }} as ethnic_minority_share,
        {{ wilson_low('filled_rows.ethnic_minority_count', 'filled_rows.all_count') }}
            as ethnic_minority_share_ci_low,
        {{ wilson_high('filled_rows.ethnic_minority_count', 'filled_rows.all_count') }}
            as ethnic_minority_share_ci_high,
        return_rows.not_known_because as not_computed_because
    from snapshots
    cross join return_rows
    left join filled_rows
        on
            snapshots.organisation_code = filled_rows.organisation_code
            and snapshots.snapshot_date = filled_rows.snapshot_date
            and return_rows.return_row = filled_rows.return_row
    left join filled_rows as previous_rows
        on
            snapshots.organisation_code = previous_rows.organisation_code
            and {{ one_year_earlier('snapshots.snapshot_date') }} = previous_rows.snapshot_date
            and return_rows.return_row = previous_rows.return_row

)

select * from final
