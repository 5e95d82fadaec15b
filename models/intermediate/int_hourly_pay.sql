-- One row is the pay of one person in the pay period that holds the date: one hourly rate over all assignments, or why there is
-- none (readings: pay). Of several sources of a date the preferred one is used for everyone (seeds/pay_gap/hourly_pay_sources).
{{ config(materialized='table', incremental_strategy=none, on_schema_change=none) }}
with

pay_rows as (

    select * from {{ ref('stg_pay__assignments') }}

),

report_rows as (

    select * from {{ ref('stg_pay__esr_bi_hourly') }}

),

hourly_pay_sources as (

    select * from {{ ref('hourly_pay_sources') }}

),

rules as (

    select
        max(case when rule = 'days_of_a_month' then value end) as days_of_a_month,
        max(case when rule = 'days_of_a_week' then value end) as days_of_a_week
    from {{ ref('pay_rules') }}

),

assignments as (

    select
        pay_rows.organisation_code,
        pay_rows.as_at_date,
        pay_rows.person_key,
        coalesce(pay_rows.basic_pay_gbp, 0)
        + coalesce(pay_rows.allowances_gbp, 0)
        + coalesce(pay_rows.shift_premium_gbp, 0)
        + coalesce(pay_rows.leave_pay_gbp, 0) as ordinary_pay_gbp,
        coalesce(pay_rows.bonus_in_period_gbp, 0) as bonus_in_period_gbp,
        pay_rows.bonus_period_days,
        coalesce(pay_rows.bonus_in_year_gbp, 0) as bonus_in_year_gbp,
        coalesce(pay_rows.weekly_hours, 0) as weekly_hours,
        coalesce(pay_rows.is_reduced_pay_for_leave, false) as is_reduced_pay,
        pay_rows.pay_period_end < pay_rows.pay_period_start as is_unclear_period,
        rules.days_of_a_week,
        case
            when
                pay_rows.pay_period_start = cast({{ dbt.date_trunc('month', 'pay_rows.pay_period_start') }} as date)
                and pay_rows.pay_period_end = {{ dbt.last_day('pay_rows.pay_period_start', 'month') }}
                then rules.days_of_a_month
            else {{ dbt.datediff('pay_rows.pay_period_start', 'pay_rows.pay_period_end', 'day') }} + 1
        end as pay_period_days
    from pay_rows
    cross join rules

),

-- A bonus that is for other days than the pay period counts for the pay period's part of them: bonus × pay period days ÷ its
-- days, and then × 7 ÷ pay period days like all pay.
weekly_pay as (

    select
        *,
        cast(ordinary_pay_gbp as double) * days_of_a_week / nullif(pay_period_days, 0)
        + cast(bonus_in_period_gbp as double) * days_of_a_week / nullif(coalesce(bonus_period_days, pay_period_days), 0)
            as weekly_pay_gbp
    from assignments

),

-- Sums of decimals are the same in every order, those of floating-point numbers are not.
people_by_elements as (

    select
        organisation_code,
        as_at_date,
        person_key,
        'pay_elements' as hourly_pay_source,
        case
            when max(case when is_unclear_period then 1 else 0 end) = 1 then 'unclear_pay_period'
            when
                sum(weekly_hours) <= 0
                or max(case when weekly_pay_gbp <> 0 and weekly_hours <= 0 then 1 else 0 end) = 1
                then 'no_hours'
            when max(case when is_reduced_pay then 1 else 0 end) = 1 then 'reduced_pay'
            -- What was paid too much before and is taken back now is no rate of this period's work.
            when sum(cast(weekly_pay_gbp as decimal(38, 18))) < 0 then 'pay_below_zero'
            else 'full_pay'
        end as pay_status,
        cast(sum(cast(weekly_pay_gbp as decimal(38, 18))) as double) / nullif(cast(sum(weekly_hours) as double), 0)
            as hourly_rate_gbp,
        sum(bonus_in_year_gbp) as bonus_in_year_gbp
    from weekly_pay
    group by organisation_code, as_at_date, person_key

),

people_by_report as (

    select
        organisation_code,
        as_at_date,
        person_key,
        'esr_bi_report' as hourly_pay_source,
        case when min(hourly_rate_gbp) < max(hourly_rate_gbp) then 'several_rates' else 'full_pay' end as pay_status,
        cast(max(hourly_rate_gbp) as double) as hourly_rate_gbp
    from report_rows
    group by organisation_code, as_at_date, person_key

),

sources_of_dates as (

    select
        organisation_code,
        as_at_date,
        hourly_pay_source
    from people_by_elements
    union
    select
        organisation_code,
        as_at_date,
        hourly_pay_source
    from people_by_report

),

sources_in_order as (

    select
        sources_of_dates.*,
        row_number() over (
            partition by sources_of_dates.organisation_code, sources_of_dates.as_at_date
            order by hourly_pay_sources.preference_rank, hourly_pay_sources.hourly_pay_source
        ) as source_order,
        max(case when sources_of_dates.hourly_pay_source = 'pay_elements' then 1 else 0 end) over (
            partition by sources_of_dates.organisation_code, sources_of_dates.as_at_date
        ) as pay_elements_count
    from sources_of_dates
    inner join hourly_pay_sources
        on sources_of_dates.hourly_pay_source = hourly_pay_sources.hourly_pay_source

),

dates as (

    select * from sources_in_order
    where source_order = 1

),

rates as (

    select
        organisation_code,
        as_at_date,
        person_key,
        hourly_pay_source,
        pay_status,
        hourly_rate_gbp
    from people_by_elements
    union all
    select
        organisation_code,
        as_at_date,
        person_key,
        hourly_pay_source,
        pay_status,
        hourly_rate_gbp
    from people_by_report

),

paid_people as (

    select distinct
        organisation_code,
        as_at_date,
        person_key
    from rates

),

final as (

    select
        paid_people.organisation_code,
        paid_people.as_at_date,
        paid_people.person_key,
        dates.hourly_pay_source,
        dates.pay_elements_count = 1 as is_bonus_known,
        coalesce(rates.pay_status, 'no_pay_row') as pay_status,
        case when rates.pay_status = 'full_pay' then rates.hourly_rate_gbp end as hourly_rate_gbp,
        case
            when dates.pay_elements_count = 1 then coalesce(people_by_elements.bonus_in_year_gbp, 0)
        end as bonus_in_year_gbp
    from paid_people
    inner join dates
        on
            paid_people.organisation_code = dates.organisation_code
            and paid_people.as_at_date = dates.as_at_date
    left join rates
        on
            paid_people.organisation_code = rates.organisation_code
            and paid_people.as_at_date = rates.as_at_date
            and paid_people.person_key = rates.person_key
            and dates.hourly_pay_source = rates.hourly_pay_source
    left join people_by_elements
        on
            paid_people.organisation_code = people_by_elements.organisation_code
            and paid_people.as_at_date = people_by_elements.as_at_date
            and paid_people.person_key = people_by_elements.person_key

)

select * from final
