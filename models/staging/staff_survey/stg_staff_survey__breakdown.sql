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

distinct_rows as (

    {{ distinct_rows_of_current_loads(source('staff_survey', 'staff_survey_breakdown'), columns) }}

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
