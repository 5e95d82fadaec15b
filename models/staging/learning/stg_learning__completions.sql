-- One row is one completion of a course by a person in a current load of the learning extract (OLM).
{% set columns = [
    'employee_number',
    'course',
    'course_type',
    'completed_date'
] %}
with

source as (

    select * from {{ source('learning', 'learning_completions') }}

),

current_loads as (

    select load_id from {{ ref('stg_loads') }}
    where is_current

),

current_rows as (

    select * from source
    where load_id in (select current_loads.load_id from current_loads)

),

distinct_rows as (

    {{ identical_rows_made_one('current_rows', columns) }}

),

final as (

    select
        organisation_code,
        as_at_date,
        load_id,
        file_line,
        {{ pseudonym('employee_number') }} as person_key,
        {{ trimmed('course') }} as course,
        {{ trimmed('course_type') }} as course_type,
        completed_date
    from distinct_rows

)

select * from final
