-- One row is one completion of a course by a person in a current load of the learning extract (OLM).
{% set columns = [
    'employee_number',
    'course',
    'course_type',
    'completed_date'
] %}
with

distinct_rows as (

    {{ distinct_rows_of_current_loads(source('learning', 'learning_completions'), columns) }}

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
