-- One row is how many people of one group stand in one quarter of hourly pay: organisation × date × indicator × quarter × group.
-- A run of equal rates that lies across a boundary is shared in the run's own proportions, so a count may be a part of a person
-- (domain reference 3.1).
{{ config(materialized='table', incremental_strategy=none, on_schema_change=none) }}
{% set keys = ['organisation_code', 'as_at_date', 'indicator_id'] %}
with

members as (

    select * from {{ ref('int_pay_gap_members') }}
    where role in ('minority', 'reference') and hourly_rate_gbp is not null

),

compared_groups as (

    select * from {{ ref('pay_gap_groups') }}
    where role in ('minority', 'reference')

),

quarters as (

    select * from {{ ref('pay_quarters') }}

),

rules as (

    select max(case when rule = 'step_of_equal_rates' then value end) as step_of_equal_rates
    from {{ ref('pay_rules') }}

),

rates as (

    select
        members.organisation_code,
        members.as_at_date,
        members.indicator_id,
        members.group_key,
        round(members.hourly_rate_gbp / cast(rules.step_of_equal_rates as double), 0) as rate_steps
    from members
    cross join rules

),

-- Everyone with an equal rate is one run; within it each group has its count.
groups_of_runs as (

    select
        {{ keys | join(', ') }},
        rate_steps,
        group_key,
        count(*) as group_count
    from rates
    group by {{ keys | join(', ') }}, rate_steps, group_key

),

runs as (

    select
        {{ keys | join(', ') }},
        rate_steps,
        sum(group_count) as run_count
    from groups_of_runs
    group by {{ keys | join(', ') }}, rate_steps

),

-- A run holds the last `run_count` of the places up to `places_to`, counted from the lowest rate.
places_of_runs as (

    select
        *,
        sum(run_count) over (
            partition by {{ keys | join(', ') }}
            order by rate_steps
            rows between unbounded preceding and current row
        ) as places_to,
        sum(run_count) over (partition by {{ keys | join(', ') }}) as everyone_count
    from runs

),

populations as (

    select distinct
        {{ keys | join(', ') }},
        cast(everyone_count as bigint) as everyone_count
    from places_of_runs

),

sizes_of_quarters as (

    select
        populations.*,
        quarters.quarter,
        quarters.quarter_rank,
        (populations.everyone_count - populations.everyone_count % 4) / 4
        + case
            when populations.everyone_count % 4 = 1 and quarters.has_leftover_of_1 then 1
            when populations.everyone_count % 4 = 2 and quarters.has_leftover_of_2 then 1
            when populations.everyone_count % 4 = 3 and quarters.has_leftover_of_3 then 1
            else 0
        end as quarter_count
    from populations
    cross join quarters

),

places_of_quarters as (

    select
        *,
        sum(quarter_count) over (
            partition by {{ keys | join(', ') }}
            order by quarter_rank
            rows between unbounded preceding and current row
        ) as places_to
    from sizes_of_quarters

),

-- How many of the places of a run lie in the quarter.
runs_in_quarters as (

    select
        places_of_runs.organisation_code,
        places_of_runs.as_at_date,
        places_of_runs.indicator_id,
        places_of_runs.rate_steps,
        places_of_runs.run_count,
        places_of_quarters.quarter,
        least(places_of_runs.places_to, places_of_quarters.places_to)
        - greatest(
            places_of_runs.places_to - places_of_runs.run_count,
            places_of_quarters.places_to - places_of_quarters.quarter_count
        ) as shared_count
    from places_of_runs
    inner join places_of_quarters
        on
            places_of_runs.organisation_code = places_of_quarters.organisation_code
            and places_of_runs.as_at_date = places_of_quarters.as_at_date
            and places_of_runs.indicator_id = places_of_quarters.indicator_id
            and places_of_runs.places_to - places_of_runs.run_count < places_of_quarters.places_to
            and places_of_runs.places_to > places_of_quarters.places_to - places_of_quarters.quarter_count

),

groups_in_quarters as (

    select
        runs_in_quarters.organisation_code,
        runs_in_quarters.as_at_date,
        runs_in_quarters.indicator_id,
        runs_in_quarters.quarter,
        groups_of_runs.group_key,
        sum(cast(
            cast(groups_of_runs.group_count as double)
            * cast(runs_in_quarters.shared_count as double)
            / cast(runs_in_quarters.run_count as double) as decimal(28, 12)
        )) as group_count
    from runs_in_quarters
    inner join groups_of_runs
        on
            runs_in_quarters.organisation_code = groups_of_runs.organisation_code
            and runs_in_quarters.as_at_date = groups_of_runs.as_at_date
            and runs_in_quarters.indicator_id = groups_of_runs.indicator_id
            and runs_in_quarters.rate_steps = groups_of_runs.rate_steps
    group by
        runs_in_quarters.organisation_code,
        runs_in_quarters.as_at_date,
        runs_in_quarters.indicator_id,
        runs_in_quarters.quarter,
        groups_of_runs.group_key

),

-- A zero is a row: every group in every quarter, whoever is in it.
dates as (

    select distinct
        organisation_code,
        as_at_date,
        hourly_pay_source
    from {{ ref('int_pay_gap_people') }}

),

final as (

    select
        dates.organisation_code,
        dates.as_at_date,
        compared_groups.indicator_id,
        quarters.quarter,
        quarters.quarter_rank,
        compared_groups.group_key,
        dates.hourly_pay_source,
        cast(coalesce(groups_in_quarters.group_count, 0) as decimal(28, 12)) as group_count,
        cast(coalesce(sizes_of_quarters.quarter_count, 0) as bigint) as quarter_count
    from dates
    cross join compared_groups
    cross join quarters
    left join sizes_of_quarters
        on
            dates.organisation_code = sizes_of_quarters.organisation_code
            and dates.as_at_date = sizes_of_quarters.as_at_date
            and compared_groups.indicator_id = sizes_of_quarters.indicator_id
            and quarters.quarter = sizes_of_quarters.quarter
    left join groups_in_quarters
        on
            dates.organisation_code = groups_in_quarters.organisation_code
            and dates.as_at_date = groups_in_quarters.as_at_date
            and compared_groups.indicator_id = groups_in_quarters.indicator_id
            and quarters.quarter = groups_in_quarters.quarter
            and compared_groups.group_key = groups_in_quarters.group_key

)

select * from final
