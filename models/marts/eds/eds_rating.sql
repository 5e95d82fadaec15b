-- One row is one scoring of EDS 2022: the sums of the domains, the total of all outcomes and the rating (readings: EDS). A total
-- needs every outcome: with one missing there is no total and no rating.
with

outcomes as (

    select * from {{ ref('eds_outcomes') }}

),

rating_limits as (

    select * from {{ ref('eds_rating_limits') }}

),

listed_outcomes as (

    select outcome from {{ ref('eds_outcome_list') }}

),

rows_of_no_outcome as (

    select
        organisation_code,
        as_at_date,
        count(*) as unlisted_row_count
    from {{ ref('stg_eds__scores') }}
    where upper(outcome) not in (select listed_outcomes.outcome from listed_outcomes)
    group by organisation_code, as_at_date

),

totals as (

    select
        organisation_code,
        as_at_date,
        reporting_year,
        {% for domain in [1, 2, 3] %}
            case
                when count(case when domain = {{ domain }} and score is null then 1 end) = 0
                    then sum(case when domain = {{ domain }} then score end)
            end as domain_{{ domain }}_score,
        {% endfor %}
        case when count(score) = count(*) then sum(score) end as total_score,
        count(score) as scored_outcome_count,
        count(*) as expected_outcome_count,
        sum(outside_scale_count) as outside_scale_count
    from outcomes
    group by organisation_code, as_at_date, reporting_year

),

final as (

    select
        totals.organisation_code,
        totals.as_at_date,
        totals.reporting_year,
        cast(totals.domain_1_score as integer) as domain_1_score,
        cast(totals.domain_2_score as integer) as domain_2_score,
        cast(totals.domain_3_score as integer) as domain_3_score,
        cast(totals.total_score as integer) as total_score,
        rating_limits.rating,
        rating_limits.rating_label,
        rating_limits.lowest_total as rating_lowest_total,
        rating_limits.highest_total as rating_highest_total,
        cast(totals.scored_outcome_count as integer) as scored_outcome_count,
        cast(totals.expected_outcome_count as integer) as expected_outcome_count,
        cast(totals.outside_scale_count as integer) as outside_scale_count,
        cast(coalesce(rows_of_no_outcome.unlisted_row_count, 0) as integer) as unlisted_row_count,
        case
            when totals.total_score is null
                then
                    cast(totals.scored_outcome_count as varchar) || ' of '
                    || cast(totals.expected_outcome_count as varchar)
                    || ' outcomes have a score; eds_outcomes tells what the others lack.'
            when rating_limits.rating is null then 'No rating of the list holds this total.'
        end as not_computed_because
    from totals
    left join rating_limits
        on totals.total_score between rating_limits.lowest_total and rating_limits.highest_total
    left join rows_of_no_outcome
        on
            totals.organisation_code = rows_of_no_outcome.organisation_code
            and totals.as_at_date = rows_of_no_outcome.as_at_date

)

select * from final
