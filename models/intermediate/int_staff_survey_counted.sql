-- One row is one question of one organisation in one survey year with its answers put together by the question's scale: the
-- percentages that are counted, those that are the base, and the points of the answers. All stay null where one is withheld,
-- or where the scale does not list one: left out, it would leave the base unseen.
{{ config(materialized='table') }}
with

answers as (

    select * from {{ ref('int_staff_survey_answers') }}
    where measure = 'share'

),

question_scales as (

    select * from {{ ref('staff_survey_question_scales') }}

),

answer_scales as (

    select * from {{ ref('staff_survey_answer_scales') }}

),

counted as (

    select
        answers.organisation_code,
        answers.as_at_date,
        answers.survey_year,
        answers.surveyed_organisation_code,
        answers.question,
        question_scales.scale,
        question_scales.counted_label,
        question_scales.better_when,
        max(answers.base_count) as base_count,
        count(*) as printed_answer_count,
        count(answer_scales.answer) as listed_answer_count,
        count(answers.value) as shown_answer_count,
        cast(sum(case when answer_scales.is_counted then answers.value else 0 end) as double) as counted_percentage,
        cast(sum(case when answer_scales.is_in_base then answers.value else 0 end) as double) as base_percentage,
        cast(sum(answers.value * answer_scales.points) as double) as points_of_percentages,
        cast(sum(case when answer_scales.points is not null then answers.value else 0 end) as double)
            as scored_percentage
    from answers
    inner join question_scales
        on
            answers.question = question_scales.question
            and answers.survey_year >= question_scales.year_from
            and (answers.survey_year <= question_scales.year_to or question_scales.year_to is null)
    left join answer_scales
        on
            question_scales.scale = answer_scales.scale
            and {{ lookup_key('answers.answer') }} = {{ lookup_key('answer_scales.answer') }}
    group by
        answers.organisation_code,
        answers.as_at_date,
        answers.survey_year,
        answers.surveyed_organisation_code,
        answers.question,
        question_scales.scale,
        question_scales.counted_label,
        question_scales.better_when

),

judged as (

    select
        *,
        case
            when listed_answer_count < printed_answer_count
                then 'An answer of the question is not on the list of its scale.'
            when shown_answer_count < printed_answer_count
                then 'Fewer than ten people answered: the survey prints no figure.'
        end as not_counted_because
    from counted

),

final as (

    select
        organisation_code,
        as_at_date,
        survey_year,
        surveyed_organisation_code,
        question,
        scale,
        counted_label,
        better_when,
        base_count,
        case when not_counted_because is null then counted_percentage end as counted_percentage,
        case when not_counted_because is null then base_percentage end as base_percentage,
        case when not_counted_because is null then points_of_percentages end as points_of_percentages,
        case when not_counted_because is null then scored_percentage end as scored_percentage,
        not_counted_because
    from judged

)

select * from final
