-- One row is one case in one file of the case tracker, its type and stage in the words of the maps.
-- Of rows of one file with the same Case Reference the last is kept; the others are there, and marked.
-- depends_on: {{ ref('stg_loads') }}
{{ config(pre_hook="{{ delete_superseded_loads() }}") }}
with

cases as (

    select * from {{ ref('stg_employee_relations__cases') }}
    {{ only_loads_to_build(['employee_relations_cases']) }}

),

case_type_map as (

    select * from {{ ref('case_type_map') }}

),

case_stage_map as (

    select * from {{ ref('case_stage_map') }}

),

case_types as (

    {{ values_in_map('cases', 'case_type', 'case_type_map', 'case_type_text') }}

),

stages as (

    {{ values_in_map('cases', 'stage', 'case_stage_map', 'stage_text') }}

),

final as (

    select
        cases.organisation_code,
        cases.as_at_date,
        cases.load_id,
        cases.file_line,
        cases.case_reference,
        row_number() over (
            partition by cases.load_id, cases.case_reference
            order by cases.file_line desc
        ) = 1 as is_last_in_file,
        cases.person_key,
        coalesce(case_types.case_type, 'unmapped') as case_type,
        coalesce(stages.stage, 'unmapped') as stage,
        cases.formal_date,
        cases.directorate
    from cases
    left join case_types
        on coalesce(cases.case_type, '(blank)') = case_types.written
    left join stages
        on coalesce(cases.stage, '(blank)') = stages.written

)

select * from final
