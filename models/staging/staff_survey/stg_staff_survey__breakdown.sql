-- One row is one question for one group of respondents in the contractor's WRES and WDES breakdown of a survey year.
{% set columns = [
    'survey_year',
    'question',
    'characteristic',
    'respondent_group',
    'value',
    'base'
] %}
with

source as (

    select * from {{ source('staff_survey', 'staff_survey_breakdown') }}

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
        survey_year,
        {{ trimmed('question') }} as question,
        {{ trimmed('characteristic') }} as characteristic,
        {{ trimmed('respondent_group') }} as respondent_group,
        value,
        base as base_count
    from distinct_rows

)

select * from final
