-- One row is one completion of a course in one file of the learning system, its type in the words of the map.
-- depends_on: {{ ref('stg_loads') }}
{{ config(pre_hook="{{ delete_superseded_loads() }}") }}
with

completions as (

    select * from {{ ref('stg_learning__completions') }}
    {{ only_loads_to_build(['learning_completions']) }}

),

course_type_map as (

    select * from {{ ref('course_type_map') }}

),

course_types as (

    {{ values_in_map('completions', 'course_type', 'course_type_map', 'course_type_text') }}

),

final as (

    select
        completions.organisation_code,
        completions.as_at_date,
        completions.load_id,
        completions.file_line,
        completions.person_key,
        completions.course,
        completions.completed_date,
        coalesce(course_types.course_type, 'unmapped') as course_type
    from completions
    left join course_types
        on coalesce(completions.course_type, '(blank)') = course_types.written

)

select * from final
