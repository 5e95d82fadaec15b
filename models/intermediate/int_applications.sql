-- One row is one application in one recruitment file, with the applicant's groups.
-- Of rows of one file with the same Application ID the last is kept; the others are there, and marked.
-- depends_on: {{ ref('stg_loads') }}
{{ config(pre_hook="{{ delete_superseded_loads() }}") }}
with

applications as (

    select * from {{ ref('stg_recruitment__applications') }}
    {{ only_loads_to_build(['recruitment_applications']) }}

),

ethnicity_map as (

    select * from {{ ref('ethnicity_map') }}

),

ethnicity_spelling_map as (

    select * from {{ ref('ethnicity_spelling_map') }}

),

disability_map as (

    select * from {{ ref('disability_map') }}

),

gender_map as (

    select * from {{ ref('gender_map') }}

),

{{ ethnicities_in('applications') }},

disabilities as (

    {{ values_in_map('applications', 'disability', 'disability_map', 'disability') }}

),

genders as (

    {{ values_in_map('applications', 'gender', 'gender_map', 'gender_text') }}

),

final as (

    select
        applications.organisation_code,
        applications.as_at_date,
        applications.load_id,
        applications.file_line,
        applications.application_id,
        row_number() over (
            partition by applications.load_id, applications.application_id
            order by applications.file_line desc
        ) = 1 as is_last_in_file,
        applications.vacancy_reference,
        applications.post_title,
        applications.pay_band,
        applications.directorate,
        applications.is_internal_applicant,
        applications.applied_date,
        coalesce(applications.is_shortlisted, false) as is_shortlisted,
        coalesce(applications.is_interviewed, false) as is_interviewed,
        coalesce(applications.is_appointed, false) as is_appointed,
        coalesce(genders.gender, 'unknown') as gender,
        coalesce(ethnicities.ethnicity_broad, 'unknown') as ethnicity_broad,
        coalesce(ethnicities.ethnicity_group, 'unknown') as ethnicity_group,
        coalesce(disabilities.disability_group, 'unknown') as disability_group
    from applications
    left join ethnicities
        on coalesce(applications.ethnic_origin, '(blank)') = ethnicities.written
    left join disabilities
        on coalesce(applications.disability, '(blank)') = disabilities.written
    left join genders
        on coalesce(applications.gender, '(blank)') = genders.written

)

select * from final
