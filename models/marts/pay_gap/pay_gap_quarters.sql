-- One row is one group in one quarter of hourly pay: organisation × date × indicator × quarter × group (domain reference 3.1).
-- The quarters are made of the groups that the indicator compares, so their shares of a quarter sum to one.
with

quarters as (

    select * from {{ ref('int_pay_quarters') }}

),

indicators as (

    select * from {{ ref('pay_gap_indicators') }}

),

sizes_of_groups as (

    select
        organisation_code,
        as_at_date,
        indicator_id,
        group_key,
        sum(group_count) as everyone_of_the_group_count
    from quarters
    group by organisation_code, as_at_date, indicator_id, group_key

),

with_reasons as (

    select
        quarters.*,
        case
            when quarters.quarter_count = 0 then 'Nobody is in the quarter.'
            when sizes_of_groups.everyone_of_the_group_count < indicators.smallest_group_count
                then
                    'Fewer than ' || cast(indicators.smallest_group_count as varchar)
                    || ' people in the group have full pay.'
        end as not_computed_because
    from quarters
    inner join indicators
        on quarters.indicator_id = indicators.indicator_id
    inner join sizes_of_groups
        on
            quarters.organisation_code = sizes_of_groups.organisation_code
            and quarters.as_at_date = sizes_of_groups.as_at_date
            and quarters.indicator_id = sizes_of_groups.indicator_id
            and quarters.group_key = sizes_of_groups.group_key

),

final as (

    select
        organisation_code,
        as_at_date,
        {{ reporting_year('as_at_date') }} as reporting_year,
        indicator_id,
        quarter,
        quarter_rank,
        group_key as "group",
        hourly_pay_source,
        case when not_computed_because is null then cast(group_count as decimal(18, 4)) end as group_count,
        quarter_count,
        case when not_computed_because is null then {{ share('group_count', 'quarter_count') }} end as group_share,
        case when not_computed_because is null then {{ wilson_low('group_count', 'quarter_count') }} end
            as group_share_ci_low,
        case when not_computed_because is null then {{ wilson_high('group_count', 'quarter_count') }} end
            as group_share_ci_high,
        not_computed_because
    from with_reasons

)

select * from final
