-- One row is one printed figure of the staff survey for one indicator of WRES or WDES and one group of respondents: the groups
-- from the contractor's breakdown, all respondents from the breakdown and, beside it, from the official workbook.
{{ config(materialized='table') }}
with

breakdown as (

    select * from {{ ref('int_staff_survey_breakdown') }}
    where exclusion_reason is null or exclusion_reason = 'fewer_than_ten_answers'

),

counted as (

    select * from {{ ref('int_staff_survey_counted') }}
    where surveyed_organisation_code = organisation_code

),

scores as (

    select * from {{ ref('int_staff_survey_answers') }}
    where surveyed_organisation_code = organisation_code and measure = 'score'

),

question_map as (

    select * from {{ ref('staff_survey_question_map') }}
    where workbook_question is not null

),

figures_of_breakdown as (

    select
        organisation_code,
        as_at_date,
        indicator_id,
        question,
        group_key,
        'contractor_breakdown' as figure_source,
        cast(value as double) / case when measure = 'share' then 100 else 1 end as value,
        base_count
    from breakdown

),

shares_of_workbook as (

    select
        counted.organisation_code,
        counted.as_at_date,
        question_map.indicator_id,
        counted.question,
        'all' as group_key,
        'official_workbook' as figure_source,
        {{ share('counted.counted_percentage', 'counted.base_percentage') }} as value,
        cast(round(counted.base_count * counted.base_percentage / 100, 0) as bigint) as base_count
    from counted
    inner join question_map
        on
            counted.question = question_map.workbook_question
            and question_map.measure = 'share'
            and counted.survey_year >= question_map.year_from
            and (counted.survey_year <= question_map.year_to or question_map.year_to is null)

),

scores_of_workbook as (

    select
        scores.organisation_code,
        scores.as_at_date,
        question_map.indicator_id,
        scores.question,
        'all' as group_key,
        'official_workbook' as figure_source,
        cast(scores.value as double) as value,
        scores.base_count
    from scores
    inner join question_map
        on
            scores.question = question_map.workbook_question
            and question_map.measure = 'score'
            and scores.survey_year >= question_map.year_from
            and (scores.survey_year <= question_map.year_to or question_map.year_to is null)

),

final as (

    select * from figures_of_breakdown
    union all
    select * from shares_of_workbook
    union all
    select * from scores_of_workbook

)

select * from final
