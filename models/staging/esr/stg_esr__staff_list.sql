-- One row is one assignment of one person in the current load of a staff list snapshot (landing contract: esr_staff_list).
-- The person is a pseudonym here; employee number, assignment number and date of birth go no further.
{% set columns = [
    'employee_number',
    'assignment_number',
    'primary_assignment',
    'assignment_category',
    'assignment_status',
    'org_l3',
    'org_l5',
    'position_title',
    'job_role',
    'staff_group',
    'occupation_code',
    'pay_scale',
    'fte',
    'latest_start_date',
    'date_of_birth',
    'gender',
    'ethnic_origin',
    'disability',
    'religious_belief',
    'sexual_orientation',
    'marital_status',
    'annual_salary_gbp',
    'nationality',
    'country_of_birth',
    'employer'
] %}
with

distinct_rows as (

    {{ distinct_rows_of_current_loads(source('esr', 'esr_staff_list'), columns) }}

),

final as (

    select
        organisation_code,
        as_at_date as snapshot_date,
        load_id,
        file_line,
        {{ pseudonym('employee_number') }} as person_key,
        {{ assignment_sequence('assignment_number') }} as assignment_sequence,
        primary_assignment as is_primary_assignment,
        {{ trimmed('assignment_category') }} as assignment_category,
        {{ trimmed('assignment_status') }} as assignment_status,
        {{ trimmed('org_l3') }} as directorate,
        {{ trimmed('org_l5') }} as team,
        {{ trimmed('position_title') }} as position_title,
        {{ trimmed('job_role') }} as job_role,
        {{ trimmed('staff_group') }} as staff_group,
        {{ trimmed('occupation_code') }} as occupation_code,
        {{ trimmed('pay_scale') }} as pay_scale,
        fte,
        latest_start_date,
        {{ completed_years('date_of_birth', 'as_at_date') }} as age_years,
        {{ trimmed('gender') }} as gender,
        {{ trimmed('ethnic_origin') }} as ethnic_origin,
        {{ trimmed('disability') }} as disability,
        {{ trimmed('religious_belief') }} as religious_belief,
        {{ trimmed('sexual_orientation') }} as sexual_orientation,
        {{ trimmed('marital_status') }} as marital_status,
        annual_salary_gbp,
        {{ trimmed('nationality') }} as nationality,
        {{ trimmed('country_of_birth') }} as country_of_birth,
        {{ trimmed('employer') }} as employer
    from distinct_rows

)

select * from final
