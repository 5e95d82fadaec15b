-- One row is one application in a current load of the recruitment extract (TRAC / NHS Jobs applications report).
{% set columns = [
    'application_id',
    'vacancy_reference',
    'post_title',
    'pay_band',
    'directorate',
    'internal_applicant',
    'applied_date',
    'shortlisted',
    'interviewed',
    'appointed',
    'appointed_date',
    'gender',
    'ethnic_origin',
    'disability'
] %}
with

distinct_rows as (

    {{ distinct_rows_of_current_loads(source('recruitment', 'recruitment_applications'), columns) }}

),

final as (

    select
        organisation_code,
        as_at_date,
        load_id,
        file_line,
        {{ trimmed('application_id') }} as application_id,
        {{ trimmed('vacancy_reference') }} as vacancy_reference,
        {{ trimmed('post_title') }} as post_title,
        {{ trimmed('pay_band') }} as pay_band,
        {{ trimmed('directorate') }} as directorate,
        internal_applicant as is_internal_applicant,
        applied_date,
        shortlisted as is_shortlisted,
        interviewed as is_interviewed,
        appointed as is_appointed,
        appointed_date,
        {{ trimmed('gender') }} as gender,
        {{ trimmed('ethnic_origin') }} as ethnic_origin,
        {{ trimmed('disability') }} as disability
    from distinct_rows

)

select * from final
