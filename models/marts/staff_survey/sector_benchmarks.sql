-- One row is one official figure of one other organisation of the trust's own kind, or of its sector, for one of our indicators and one
-- date, in the indicator's unit. Of the staff survey it is the share of all respondents, because the official workbook tells of no
-- group at one organisation; the sector is the median of the benchmarking group, which the survey's own reports call its average.
with

questions as (

    select * from {{ ref('staff_survey_questions') }}
    where answer_kind = 'counted'

),

scores as (

    select * from {{ ref('staff_survey_scores') }}

),

question_map as (

    select * from {{ ref('staff_survey_question_map') }}
    where workbook_question is not null

),

hidden_below as (

    select cast(value as double) as smallest_base
    from {{ ref('disclosure_policy') }}
    where output = 'open' and rule = 'threshold'

),

own_groups as (

    select distinct
        organisation_code,
        as_at_date,
        benchmarking_group
    from scores
    where is_own_organisation

),

shares as (

    select
        questions.organisation_code,
        questions.as_at_date,
        questions.benchmarking_group,
        questions.surveyed_organisation_code,
        questions.surveyed_organisation_name,
        question_map.indicator_id,
        'share' as measure,
        'fraction' as unit,
        questions.share as value,
        questions.benchmark_median_share as sector_value,
        questions.base_count
    from questions
    inner join question_map
        on
            questions.question = question_map.workbook_question
            and question_map.measure = 'share'
            and questions.survey_year >= question_map.year_from
            and (questions.survey_year <= question_map.year_to or question_map.year_to is null)

),

scores_of_group as (

    select scores.*
    from scores
    inner join own_groups
        on
            scores.organisation_code = own_groups.organisation_code
            and scores.as_at_date = own_groups.as_at_date
            and scores.benchmarking_group = own_groups.benchmarking_group

),

scores_by_indicator as (

    select
        indicator_id,
        score_key
    from scores_of_group
    where stratum = 'all'
    union
    select
        indicator_id,
        workbook_question as score_key
    from question_map
    where measure = 'score'

),

figures as (

    select * from shares
    union all
    select
        scores_of_group.organisation_code,
        scores_of_group.as_at_date,
        scores_of_group.benchmarking_group,
        scores_of_group.surveyed_organisation_code,
        scores_of_group.surveyed_organisation_name,
        scores_by_indicator.indicator_id,
        'score' as measure,
        'score' as unit,
        scores_of_group.score as value,
        scores_of_group.benchmark_median_score as sector_value,
        scores_of_group.base_count
    from scores_of_group
    inner join scores_by_indicator on scores_of_group.score_key = scores_by_indicator.score_key

),

-- An answer's base may be smaller than that of its question, and then is no figure although the survey prints one.
compared as (

    select
        figures.organisation_code,
        figures.indicator_id,
        figures.measure,
        figures.as_at_date,
        figures.surveyed_organisation_code as compared_organisation_code,
        figures.surveyed_organisation_name as compared_organisation_name,
        'trust' as compared_kind,
        case when figures.base_count >= hidden_below.smallest_base then figures.value end as value,
        figures.unit,
        case when figures.base_count >= hidden_below.smallest_base then figures.base_count end as base_count
    from figures
    cross join hidden_below
    where figures.surveyed_organisation_code <> figures.organisation_code
    union all
    select
        organisation_code,
        indicator_id,
        measure,
        as_at_date,
        'sector' as compared_organisation_code,
        benchmarking_group as compared_organisation_name,
        'sector' as compared_kind,
        max(sector_value) as value,
        unit,
        cast(sum(base_count) as bigint) as base_count
    from figures
    group by organisation_code, indicator_id, measure, as_at_date, benchmarking_group, unit

),

final as (

    select
        organisation_code,
        indicator_id,
        measure,
        'all' as "group",
        as_at_date,
        {{ reporting_year('as_at_date') }} as reporting_year,
        compared_organisation_code,
        compared_organisation_name,
        compared_kind,
        value,
        unit,
        base_count,
        'NHS Staff Survey ' || cast(extract(year from as_at_date) as varchar)
        || case
            when compared_kind = 'sector' then ', organisation results: median of the benchmarking group'
            else ', organisation results: all respondents'
        end as source
    from compared

)

select * from final
