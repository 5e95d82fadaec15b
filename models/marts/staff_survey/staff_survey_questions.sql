-- One row is one answer to one question of the staff survey by one organisation of the own trust's benchmarking group, beside the
-- group. Printed answers stand as printed; the row `counted` puts those together that a report counts (agree or strongly agree).
with

answers as (

    select * from {{ ref('int_staff_survey_answers') }}
    where measure = 'share'

),

counted as (

    select * from {{ ref('int_staff_survey_counted') }}

),

organisations as (

    select
        organisation_code,
        as_at_date,
        surveyed_organisation_code,
        max(surveyed_organisation_name) as surveyed_organisation_name,
        max(benchmarking_group) as benchmarking_group,
        max(weighting) as weighting
    from answers
    group by organisation_code, as_at_date, surveyed_organisation_code

),

peers as (

    select organisations.*
    from organisations
    inner join organisations as own
        on
            organisations.organisation_code = own.organisation_code
            and organisations.as_at_date = own.as_at_date
            and organisations.benchmarking_group = own.benchmarking_group
            and own.surveyed_organisation_code = own.organisation_code

),

question_texts as (

    select
        organisation_code,
        as_at_date,
        question,
        max(question_text) as question_text
    from answers
    group by organisation_code, as_at_date, question

),

printed_and_counted as (

    select
        organisation_code,
        as_at_date,
        surveyed_organisation_code,
        question,
        'printed' as answer_kind,
        answer,
        cast(value as double) / 100 as share,
        base_count,
        cast(null as varchar) as better_when,
        case when value is null then 'Fewer than ten people answered: the survey prints no figure.' end
            as not_computed_because
    from answers
    union all
    select
        organisation_code,
        as_at_date,
        surveyed_organisation_code,
        question,
        'counted' as answer_kind,
        counted_label as answer,
        {{ share('counted_percentage', 'base_percentage') }} as share,
        cast(round(base_count * base_percentage / 100, 0) as bigint) as base_count,
        nullif(better_when, 'none') as better_when,
        not_counted_because as not_computed_because
    from counted

),

rows_of_peers as (

    select
        printed_and_counted.*,
        peers.surveyed_organisation_name,
        peers.benchmarking_group,
        peers.weighting,
        question_texts.question_text
    from printed_and_counted
    inner join peers
        on
            printed_and_counted.organisation_code = peers.organisation_code
            and printed_and_counted.as_at_date = peers.as_at_date
            and printed_and_counted.surveyed_organisation_code = peers.surveyed_organisation_code
    inner join question_texts
        on
            printed_and_counted.organisation_code = question_texts.organisation_code
            and printed_and_counted.as_at_date = question_texts.as_at_date
            and printed_and_counted.question = question_texts.question

),

benchmarks as (

    select
        organisation_code,
        as_at_date,
        question,
        answer_kind,
        answer,
        {{ benchmark_columns('share', 'share') }}
    from rows_of_peers
    group by organisation_code, as_at_date, question, answer_kind, answer

),

final as (

    select
        rows_of_peers.organisation_code,
        rows_of_peers.as_at_date,
        {{ reporting_year('rows_of_peers.as_at_date') }} as reporting_year,
        cast(extract(year from rows_of_peers.as_at_date) as integer) as survey_year,
        rows_of_peers.benchmarking_group,
        rows_of_peers.question,
        rows_of_peers.question_text,
        rows_of_peers.answer_kind,
        rows_of_peers.answer,
        rows_of_peers.surveyed_organisation_code,
        rows_of_peers.surveyed_organisation_name,
        rows_of_peers.surveyed_organisation_code = rows_of_peers.organisation_code as is_own_organisation,
        rows_of_peers.weighting,
        rows_of_peers.share,
        {{ wilson_low('rows_of_peers.share * rows_of_peers.base_count', 'rows_of_peers.base_count') }}
            as share_ci_low,
        {{ wilson_high('rows_of_peers.share * rows_of_peers.base_count', 'rows_of_peers.base_count') }}
            as share_ci_high,
        rows_of_peers.base_count,
        cast(benchmarks.benchmark_organisation_count as bigint) as benchmark_organisation_count,
        benchmarks.benchmark_mean_share,
        benchmarks.benchmark_weighted_mean_share,
        benchmarks.benchmark_median_share,
        benchmarks.benchmark_lowest_share,
        benchmarks.benchmark_highest_share,
        rows_of_peers.share - benchmarks.benchmark_median_share as share_minus_benchmark_median,
        rows_of_peers.better_when,
        {{ place_in_group(
            'rows_of_peers.share',
            'rows_of_peers.better_when',
            'rows_of_peers.organisation_code, rows_of_peers.as_at_date, rows_of_peers.question, rows_of_peers.answer_kind, '
            ~ 'rows_of_peers.answer'
        ) }} as place_in_benchmark_group,
        rows_of_peers.not_computed_because
    from rows_of_peers
    inner join benchmarks
        on
            rows_of_peers.organisation_code = benchmarks.organisation_code
            and rows_of_peers.as_at_date = benchmarks.as_at_date
            and rows_of_peers.question = benchmarks.question
            and rows_of_peers.answer_kind = benchmarks.answer_kind
            and rows_of_peers.answer = benchmarks.answer

)

select * from final
