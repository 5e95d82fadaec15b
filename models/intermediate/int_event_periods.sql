-- One row is one year of one figure that counts events: a date for which a file of the source exists, and each year that the
-- definition's version takes together there, with the reason where the figure cannot be computed.
{{ config(materialized='table') }}
with

period_rules as (

    select * from {{ ref('period_rules') }}

),

definitions as (

    select * from {{ ref('indicator_definitions') }}
    where is_computed

),

files as (

    select
        organisation_code,
        dataset,
        as_at_date
    from {{ ref('stg_loads') }}
    where is_current

),

snapshots as (

    select
        organisation_code,
        snapshot_date
    from {{ ref('int_snapshot_counts') }}

),

first_events as (

    select
        'employee_relations_cases' as dataset,
        organisation_code,
        min(formal_date) as event_date
    from {{ ref('int_cases') }}
    where stage = 'formal'
    group by organisation_code
    union all
    select
        'learning_completions' as dataset,
        organisation_code,
        min(completed_date) as event_date
    from {{ ref('int_completions') }}
    group by organisation_code
    union all
    select
        'recruitment_applications' as dataset,
        organisation_code,
        min(applied_date) as event_date
    from {{ ref('int_applications') }}
    group by organisation_code

),

figures as (

    select
        files.organisation_code,
        files.dataset,
        definitions.indicator_id,
        definitions.definition_version,
        definitions.rolling_years,
        period_rules.period_basis,
        period_rules.characteristic,
        period_rules.needs_snapshot,
        files.as_at_date
    from period_rules
    inner join definitions on period_rules.indicator_id = definitions.indicator_id
    inner join files on period_rules.dataset = files.dataset

),

years as (

    select
        *,
        {{ each_number_below('rolling_years') }} as years_before
    from figures

),

dated_years as (

    select
        *,
        {{ years_earlier('as_at_date', 'years_before') }} as period_end_date,
        cast(
            {{ dbt.dateadd('day', 1, years_earlier('as_at_date', 'years_before + 1')) }} as date
        ) as period_start_date
    from years

),

-- A year is told of by the file of its end, and by any file that holds something of that year or of one before it.
reached_years as (

    select
        dated_years.*,
        files.as_at_date is not null
        or (
            dated_years.period_basis = 'by_date'
            and coalesce(first_events.event_date <= dated_years.period_end_date, false)
        ) as is_reached
    from dated_years
    left join files
        on
            dated_years.organisation_code = files.organisation_code
            and dated_years.dataset = files.dataset
            and dated_years.period_end_date = files.as_at_date
    left join first_events
        on
            dated_years.organisation_code = first_events.organisation_code
            and dated_years.dataset = first_events.dataset

),

checked_years as (

    select
        *,
        min(case when is_reached then 1 else 0 end) over (
            partition by organisation_code, indicator_id, definition_version, as_at_date
        ) = 1 as is_every_year_reached
    from reached_years

),

final as (

    select
        checked_years.organisation_code,
        checked_years.dataset,
        checked_years.indicator_id,
        checked_years.definition_version,
        checked_years.rolling_years,
        checked_years.period_basis,
        checked_years.characteristic,
        checked_years.needs_snapshot,
        checked_years.as_at_date,
        checked_years.years_before,
        checked_years.period_start_date,
        checked_years.period_end_date,
        case
            when checked_years.needs_snapshot and snapshots.snapshot_date is null
                then 'There is no snapshot of staff at this date.'
            when not checked_years.is_every_year_reached
                then 'No file reaches back to the first of the years that are taken together.'
        end as not_computed_because
    from checked_years
    left join snapshots
        on
            checked_years.organisation_code = snapshots.organisation_code
            and checked_years.as_at_date = snapshots.snapshot_date

)

select * from final
