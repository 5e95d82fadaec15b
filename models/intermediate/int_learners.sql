-- One row is one person with a counted completion in one year, as they stand in the snapshot of its end (readings: ratios, WRES 4).
-- A completion is a person, a course and a day. Where it stands in several files, the newest file's type of course wins.
{{ config(materialized='table') }}
with

completions as {{ not_materialized() }} (

    select * from {{ ref('int_completions') }}

),

periods as (

    select * from {{ ref('int_event_periods') }}
    where dataset = 'learning_completions' and not_computed_because is null

),

counted_events as (

    select * from {{ ref('counted_events') }}

),

staff_snapshots as (

    select * from {{ ref('int_staff_snapshots') }}

),

files_of_completions as (

    select
        organisation_code,
        person_key,
        course,
        completed_date,
        as_at_date,
        {{ known_before('person_key, course, completed_date') }} as known_before_date
    from completions
    group by organisation_code, person_key, course, completed_date, as_at_date

),

counted_completions as (

    select
        completions.organisation_code,
        completions.person_key,
        completions.completed_date,
        counted_events.indicator_id,
        files_of_completions.as_at_date as known_from_date,
        files_of_completions.known_before_date
    from completions
    inner join counted_events on completions.course_type = counted_events.event_type
    inner join files_of_completions
        on
            completions.organisation_code = files_of_completions.organisation_code
            and completions.person_key = files_of_completions.person_key
            and completions.course = files_of_completions.course
            and completions.completed_date = files_of_completions.completed_date
            and completions.as_at_date = files_of_completions.as_at_date

),

learners as (

    select
        periods.organisation_code,
        periods.indicator_id,
        periods.definition_version,
        periods.as_at_date,
        periods.characteristic,
        periods.years_before,
        counted_completions.person_key,
        max(case when counted_completions.known_before_date is null then 1 else 0 end) = 1 as is_known_now,
        max(case when {{ was_known_at('periods.as_at_date') }} then 1 else 0 end) = 1 as was_known_at_first
    from counted_completions
    inner join periods
        on
            counted_completions.organisation_code = periods.organisation_code
            and counted_completions.indicator_id = periods.indicator_id
            and counted_completions.completed_date >= periods.period_start_date
            and counted_completions.completed_date <= periods.period_end_date
    group by
        periods.organisation_code,
        periods.indicator_id,
        periods.definition_version,
        periods.as_at_date,
        periods.characteristic,
        periods.years_before,
        counted_completions.person_key

),

final as (

    select
        learners.organisation_code,
        learners.indicator_id,
        learners.definition_version,
        learners.as_at_date,
        learners.years_before,
        learners.person_key,
        learners.is_known_now,
        learners.was_known_at_first,
        coalesce(staff_snapshots.is_in_scope, false) as is_in_scope,
        coalesce(staff_snapshots.scope_reason, 'not_in_the_snapshot') as scope_reason,
        case learners.characteristic
            when 'disability_group' then staff_snapshots.disability_group
            when 'ethnicity' then staff_snapshots.ethnicity_group
        end as group_key,
        staff_snapshots.directorate,
        staff_snapshots.team
    from learners
    left join staff_snapshots
        on
            learners.organisation_code = staff_snapshots.organisation_code
            and learners.as_at_date = staff_snapshots.snapshot_date
            and learners.person_key = staff_snapshots.person_key

)

select * from final
