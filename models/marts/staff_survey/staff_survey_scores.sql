-- One row is one printed score of one organisation in one survey year: an element of the People Promise, staff engagement or
-- morale, or one of their sub-scores, beside the organisation's own benchmarking group.
with

printed as (

    select * from {{ ref('int_staff_survey_answers') }}
    where measure = 'score'

),

score_list as (

    select * from {{ ref('staff_survey_score_list') }}

),

scores as (

    select
        printed.organisation_code,
        printed.as_at_date,
        printed.surveyed_organisation_code,
        printed.surveyed_organisation_name,
        printed.benchmarking_group,
        printed.weighting,
        score_list.indicator_id,
        score_list.score_key,
        score_list.score_kind,
        score_list.stratum,
        score_list.score_label,
        score_list.theme_key,
        score_list.better_when,
        cast(printed.value as double) as score,
        printed.base_count
    from printed
    inner join score_list on printed.question = score_list.score_key

),

benchmarks as (

    select
        organisation_code,
        as_at_date,
        benchmarking_group,
        score_key,
        {{ benchmark_columns('score', 'score') }}
    from scores
    group by organisation_code, as_at_date, benchmarking_group, score_key

),

final as (

    select
        scores.organisation_code,
        scores.as_at_date,
        {{ reporting_year('scores.as_at_date') }} as reporting_year,
        cast(extract(year from scores.as_at_date) as integer) as survey_year,
        scores.indicator_id,
        scores.score_key,
        scores.score_kind,
        scores.stratum,
        scores.score_label,
        scores.theme_key,
        scores.surveyed_organisation_code,
        scores.surveyed_organisation_name,
        scores.benchmarking_group,
        scores.surveyed_organisation_code = scores.organisation_code as is_own_organisation,
        scores.weighting,
        scores.score,
        scores.base_count,
        cast(benchmarks.benchmark_organisation_count as bigint) as benchmark_organisation_count,
        cast(benchmarks.benchmark_base_count as bigint) as benchmark_base_count,
        benchmarks.benchmark_mean_score,
        benchmarks.benchmark_weighted_mean_score,
        benchmarks.benchmark_median_score,
        benchmarks.benchmark_lowest_score,
        benchmarks.benchmark_highest_score,
        scores.score - benchmarks.benchmark_median_score as score_minus_benchmark_median,
        scores.better_when,
        {{ place_in_group(
            'scores.score',
            'scores.better_when',
            'scores.organisation_code, scores.as_at_date, scores.benchmarking_group, scores.score_key'
        ) }} as place_in_benchmark_group,
        case when scores.score is null then 'Fewer than ten people answered: the survey prints no figure.' end
            as not_computed_because
    from scores
    inner join benchmarks
        on
            scores.organisation_code = benchmarks.organisation_code
            and scores.as_at_date = benchmarks.as_at_date
            and scores.benchmarking_group = benchmarks.benchmarking_group
            and scores.score_key = benchmarks.score_key

)

select * from final
