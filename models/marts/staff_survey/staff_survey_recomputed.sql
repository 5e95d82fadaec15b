-- One row is one score of one organisation worked out again from the printed answers, beside the printed score (NHS Staff Survey
-- technical document): an item's score is the mean of its answers' points, a sub-score the mean of its items, a theme the mean
-- of its sub-scores. The survey scores each respondent first, so people with missing answers make a small difference.
with

printed as (

    select * from {{ ref('staff_survey_scores') }}

),

counted as (

    select * from {{ ref('int_staff_survey_counted') }}

),

score_list as (

    select * from {{ ref('staff_survey_score_list') }}

),

score_items as (

    select * from {{ ref('staff_survey_score_items') }}

),

question_scores as (

    select
        organisation_code,
        as_at_date,
        survey_year,
        surveyed_organisation_code,
        question,
        points_of_percentages / nullif(scored_percentage, 0) as question_score
    from counted

),

-- An item that was put only to those who said yes to another question counts 0 for those who said no to it.
item_scores as (

    select
        printed.organisation_code,
        printed.as_at_date,
        printed.surveyed_organisation_code,
        score_items.score_key,
        score_items.question,
        case
            when score_items.asked_after_question is null then question_scores.question_score
            else question_scores.question_score * asked_before.question_score / 10
        end as item_score
    from printed
    inner join score_items
        on
            printed.score_key = score_items.score_key
            and printed.survey_year >= score_items.year_from
            and (printed.survey_year <= score_items.year_to or score_items.year_to is null)
    left join question_scores
        on
            printed.organisation_code = question_scores.organisation_code
            and printed.as_at_date = question_scores.as_at_date
            and printed.surveyed_organisation_code = question_scores.surveyed_organisation_code
            and score_items.question = question_scores.question
    left join question_scores as asked_before
        on
            printed.organisation_code = asked_before.organisation_code
            and printed.as_at_date = asked_before.as_at_date
            and printed.surveyed_organisation_code = asked_before.surveyed_organisation_code
            and score_items.asked_after_question = asked_before.question

),

scores_of_items as (

    select
        item_scores.organisation_code,
        item_scores.as_at_date,
        item_scores.surveyed_organisation_code,
        item_scores.score_key,
        score_list.theme_key,
        count(*) as item_count,
        case
            when count(*) = count(item_scores.item_score) and max(score_list.not_recomputed_because) is null
                then {{ exact_mean('item_scores.item_score') }}
        end as recomputed_score
    from item_scores
    inner join score_list on item_scores.score_key = score_list.score_key
    group by
        item_scores.organisation_code,
        item_scores.as_at_date,
        item_scores.surveyed_organisation_code,
        item_scores.score_key,
        score_list.theme_key

),

-- A theme without sub-scores is the mean of its items, one sub-score of its own.
themes as (

    select
        organisation_code,
        as_at_date,
        surveyed_organisation_code,
        theme_key as score_key,
        sum(item_count) as item_count,
        case when count(*) = count(recomputed_score) then {{ exact_mean('recomputed_score') }} end as recomputed_score
    from scores_of_items
    group by organisation_code, as_at_date, surveyed_organisation_code, theme_key

),

recomputed as (

    select
        organisation_code,
        as_at_date,
        surveyed_organisation_code,
        score_key,
        item_count,
        recomputed_score
    from themes
    union all
    select
        organisation_code,
        as_at_date,
        surveyed_organisation_code,
        score_key,
        item_count,
        recomputed_score
    from scores_of_items
    where score_key <> theme_key

),

final as (

    select
        printed.organisation_code,
        printed.as_at_date,
        printed.reporting_year,
        printed.survey_year,
        printed.score_key,
        printed.score_kind,
        printed.score_label,
        printed.surveyed_organisation_code,
        printed.surveyed_organisation_name,
        printed.benchmarking_group,
        printed.is_own_organisation,
        printed.weighting,
        printed.base_count,
        cast(coalesce(recomputed.item_count, 0) as bigint) as item_count,
        printed.score as printed_score,
        recomputed.recomputed_score,
        recomputed.recomputed_score - printed.score as recomputed_minus_printed,
        case
            when recomputed.recomputed_score is not null then null
            when score_list.not_recomputed_because is not null then score_list.not_recomputed_because
            when recomputed.score_key is null then 'The questions of this survey year are not listed for the score.'
            else 'One of its questions has no figure: fewer than ten answered, or an answer is on no list.'
        end as not_computed_because
    from printed
    inner join score_list on printed.score_key = score_list.score_key
    left join recomputed
        on
            printed.organisation_code = recomputed.organisation_code
            and printed.as_at_date = recomputed.as_at_date
            and printed.surveyed_organisation_code = recomputed.surveyed_organisation_code
            and printed.score_key = recomputed.score_key

)

select * from final
