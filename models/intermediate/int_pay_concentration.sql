-- One row is how much of the pay of one group one or two people earn: organisation × date × pay gap × group. Where that is much,
-- the group's mean is nearly theirs (dominance rule of disclosure control).
{{ config(materialized='view', incremental_strategy=none, on_schema_change=none) }}
with

members as (

    select * from {{ ref('int_pay_gap_members') }}
    where hourly_rate_gbp is not null

),

ranked as (

    select
        organisation_code,
        as_at_date,
        indicator_id,
        group_key,
        hourly_rate_gbp,
        row_number() over (
            partition by organisation_code, as_at_date, indicator_id, group_key
            order by hourly_rate_gbp desc, person_key asc
        ) as pay_rank
    from members

),

final as (

    select
        organisation_code,
        as_at_date,
        indicator_id,
        group_key,
        sum(case when pay_rank = 1 then hourly_rate_gbp end) / nullif(sum(hourly_rate_gbp), 0) as largest_share,
        sum(case when pay_rank <= 2 then hourly_rate_gbp end) / nullif(sum(hourly_rate_gbp), 0) as two_largest_share
    from ranked
    group by organisation_code, as_at_date, indicator_id, group_key

)

select * from final
