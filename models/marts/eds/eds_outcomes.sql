-- One row is one outcome of EDS 2022 at one scoring: the score itself or, in domain 1, the middle score of three services
-- (readings: EDS). An outcome with too few, too many or unreadable scores has no score, and says why.
with

scores as (

    select
        *,
        upper(outcome) as outcome_key,
        coalesce(service, '') as service_name
    from {{ ref('stg_eds__scores') }}

),

outcomes as (

    select * from {{ ref('eds_outcome_list') }}

),

score_list as (

    select * from {{ ref('eds_score_list') }}

),

scorings as (

    select distinct
        organisation_code,
        as_at_date
    from scores

),

scores_on_the_scale as (

    select
        scores.*,
        score_list.score is not null as is_on_the_scale,
        row_number() over (
            partition by scores.organisation_code, scores.as_at_date, scores.outcome_key
            order by case when score_list.score is null then 1 else 0 end asc, scores.score asc, scores.file_line asc
        ) as score_order
    from scores
    left join score_list on scores.score = score_list.score

),

counted_scores as (

    select
        organisation_code,
        as_at_date,
        outcome_key,
        sum(case when is_on_the_scale then 1 else 0 end) as scored_count,
        count(distinct case when is_on_the_scale then service_name end) as scored_service_count,
        sum(case when is_on_the_scale then 0 else 1 end) as outside_scale_count,
        {{ joined_texts(
            "case when service_name = '' then '' else service_name || ': ' end || cast(score as varchar)", 'file_line'
        ) }} as service_scores,
        {{ joined_texts('evidence', 'file_line') }} as evidence
    from scores_on_the_scale
    group by organisation_code, as_at_date, outcome_key

),

final as (

    select
        scorings.organisation_code,
        scorings.as_at_date,
        {{ reporting_year('scorings.as_at_date') }} as reporting_year,
        outcomes.outcome,
        outcomes.outcome_title,
        outcomes.domain,
        outcomes.domain_title,
        middle_scores.score,
        score_list.score_label,
        counted_scores.service_scores,
        cast(coalesce(counted_scores.scored_service_count, 0) as integer) as scored_service_count,
        outcomes.service_count as expected_service_count,
        cast(coalesce(counted_scores.outside_scale_count, 0) as integer) as outside_scale_count,
        counted_scores.evidence,
        case
            when counted_scores.scored_count is null then 'The outcome has no score.'
            when counted_scores.scored_count > counted_scores.scored_service_count
                then 'A service has more than one score.'
            when counted_scores.scored_service_count <> outcomes.service_count
                then
                    cast(counted_scores.scored_service_count as varchar) || ' of '
                    || cast(outcomes.service_count as varchar)
                    || ' scores that the outcome needs are there and on the scale.'
        end as not_computed_because
    from scorings
    cross join outcomes
    left join counted_scores
        on
            scorings.organisation_code = counted_scores.organisation_code
            and scorings.as_at_date = counted_scores.as_at_date
            and outcomes.outcome = counted_scores.outcome_key
    -- Of three scores in order the second is the middle one, of one score the first.
    left join scores_on_the_scale as middle_scores
        on
            scorings.organisation_code = middle_scores.organisation_code
            and scorings.as_at_date = middle_scores.as_at_date
            and outcomes.outcome = middle_scores.outcome_key
            and counted_scores.scored_count = counted_scores.scored_service_count
            and outcomes.service_count = counted_scores.scored_service_count
            and middle_scores.score_order = (outcomes.service_count + 1) / 2
    left join score_list on middle_scores.score = score_list.score

)

select * from final
