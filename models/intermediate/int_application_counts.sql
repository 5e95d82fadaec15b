-- One row is how many applications of one group were shortlisted, and how many of these were appointed, in one unit and one year
-- (readings: ratios, WRES 2). An appointment without shortlisting is in neither.
{{ config(materialized='table') }}
with

applications as (

    select
        *,
        as_at_date as known_from_date,
        {{ known_before('application_id') }} as known_before_date
    from {{ ref('int_applications') }}
    where is_last_in_file

),

periods as (

    select * from {{ ref('int_event_periods') }}
    where dataset = 'recruitment_applications' and not_computed_because is null

),

directorates as (

    select * from {{ ref('int_directorates') }}

),

directorate_map as (

    select * from {{ ref('directorate_map') }}

),

-- The file's year holds what its file tells; by date, an application belongs to the year in which it was made.
shortlisted as (

    select
        periods.organisation_code,
        periods.indicator_id,
        periods.definition_version,
        periods.as_at_date,
        applications.directorate,
        case periods.characteristic
            when 'disability_group' then applications.disability_group
            when 'ethnicity' then applications.ethnicity_group
        end as group_key,
        applications.is_appointed,
        applications.known_before_date is null as is_known_now,
        {{ was_known_at('periods.as_at_date') }} as was_known_at_first
    from applications
    inner join periods
        on
            applications.organisation_code = periods.organisation_code
            and (
                (periods.period_basis = 'file_year' and applications.as_at_date = periods.period_end_date)
                or (
                    periods.period_basis = 'by_date'
                    and applications.applied_date >= periods.period_start_date
                    and applications.applied_date <= periods.period_end_date
                )
            )
    where applications.is_shortlisted

),

{{ names_of_directorates('shortlisted') }},

final as (

    select
        shortlisted.organisation_code,
        shortlisted.indicator_id,
        shortlisted.definition_version,
        shortlisted.as_at_date,
        case when directorate_names.directorate is null then 'trust' else 'directorate' end as organisation_unit_level,
        coalesce(directorate_names.directorate, 'trust') as organisation_unit,
        case when directorate_names.directorate is not null then 'trust' end as organisation_unit_parent,
        shortlisted.group_key,
        sum(case when shortlisted.is_known_now then 1 else 0 end) as base_count,
        sum(case when shortlisted.is_known_now and shortlisted.is_appointed then 1 else 0 end) as event_count,
        sum(case when shortlisted.was_known_at_first then 1 else 0 end) as base_count_as_first_filed,
        sum(case when shortlisted.was_known_at_first and shortlisted.is_appointed then 1 else 0 end)
            as event_count_as_first_filed
    from shortlisted
    left join directorate_names
        on
            shortlisted.organisation_code = directorate_names.organisation_code
            and shortlisted.as_at_date = directorate_names.as_at_date
            and coalesce(shortlisted.directorate, 'Unknown') = directorate_names.printed
    group by {{ grouped_by_each([
        'shortlisted.organisation_code',
        'shortlisted.indicator_id',
        'shortlisted.definition_version',
        'shortlisted.as_at_date',
        'shortlisted.group_key'
    ], [[], ['directorate_names.directorate']]) }}

)

select * from final
