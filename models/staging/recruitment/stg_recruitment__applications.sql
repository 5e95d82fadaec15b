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

source as (

    select * from {{ source('recruitment', 'recruitment_applications') }}

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
