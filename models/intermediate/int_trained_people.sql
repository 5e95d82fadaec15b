-- One row is one person who completed one of the named courses (seeds/culture/training_courses.csv) by the date of a learning
-- file, in any file: a course that runs out counts only while it is valid.
{{ config(materialized='table') }}
with

completions as (

    select * from {{ ref('stg_learning__completions') }}

),

training_courses as (

    select
        *,
        {{ lookup_key('course_text') }} as course_key
    from {{ ref('training_courses') }}

),

dates as (

    select distinct
        organisation_code,
        as_at_date
    from completions

),

courses as (

    select
        occurring.course,
        training_courses.training_course,
        training_courses.valid_months
    from (select distinct course from completions) as occurring
    inner join training_courses
        on
            {{ lookup_key('occurring.course') }} = training_courses.course_key
            or (
                training_courses.match_form = 'contains'
                and {{ dbt.position('training_courses.course_key', lookup_key('occurring.course')) }} > 0
            )

),

final as (

    select
        dates.organisation_code,
        dates.as_at_date,
        courses.training_course,
        completions.person_key,
        max(completions.completed_date) as completed_date
    from dates
    inner join completions
        on
            dates.organisation_code = completions.organisation_code
            and dates.as_at_date >= completions.completed_date
    inner join courses on completions.course = courses.course
    where
        courses.valid_months is null
        or completions.completed_date > cast(
            {{ dbt.dateadd('month', '-1 * courses.valid_months', 'dates.as_at_date') }} as date
        )
    group by dates.organisation_code, dates.as_at_date, courses.training_course, completions.person_key

)

select * from final
