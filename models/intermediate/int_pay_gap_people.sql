-- One row is one person at one statutory date for which pay was loaded: everyone in the snapshot and everyone who was paid,
-- with the part they have in the pay gaps or why they have none. Nobody is dropped.
{{ config(materialized='table', incremental_strategy=none, on_schema_change=none) }}
with

rules as (

    select
        max(case when rule = 'statutory_month' then value end) as statutory_month,
        max(case when rule = 'statutory_day' then value end) as statutory_day
    from {{ ref('pay_rules') }}

),

hourly_pay as (

    select hourly_pay.*
    from {{ ref('int_hourly_pay') }} as hourly_pay
    cross join rules
    where
        extract(month from hourly_pay.as_at_date) = rules.statutory_month
        and extract(day from hourly_pay.as_at_date) = rules.statutory_day

),

dates as (

    select distinct
        organisation_code,
        as_at_date,
        hourly_pay_source,
        is_bonus_known
    from hourly_pay

),

people_of_snapshots as (

    select
        people.organisation_code,
        people.snapshot_date as as_at_date,
        people.person_key,
        people.scope_reason
    from {{ ref('int_staff_snapshots') }} as people
    inner join dates
        on
            people.organisation_code = dates.organisation_code
            and people.snapshot_date = dates.as_at_date

),

relevant_employees as (

    select * from {{ ref('int_relevant_employees') }}

),

everyone as (

    select
        organisation_code,
        as_at_date,
        person_key
    from people_of_snapshots
    union
    select
        organisation_code,
        as_at_date,
        person_key
    from hourly_pay

),

final as (

    select
        everyone.organisation_code,
        everyone.as_at_date,
        everyone.person_key,
        dates.hourly_pay_source,
        dates.is_bonus_known,
        relevant_employees.person_key is not null as is_relevant,
        hourly_pay.person_key is not null as is_paid,
        case
            when relevant_employees.person_key is not null then coalesce(hourly_pay.pay_status, 'no_pay_row')
            when people_of_snapshots.scope_reason = 'bank_only' then 'bank_status_not_listed'
            else coalesce(people_of_snapshots.scope_reason, 'not_in_the_snapshot')
        end as pay_status,
        case
            when relevant_employees.person_key is not null then hourly_pay.hourly_rate_gbp
        end as hourly_rate_gbp,
        case
            when relevant_employees.person_key is not null and dates.is_bonus_known
                then coalesce(hourly_pay.bonus_in_year_gbp, 0)
        end as bonus_in_year_gbp,
        relevant_employees.directorate,
        relevant_employees.band,
        relevant_employees.gender,
        relevant_employees.ethnicity_group,
        relevant_employees.ethnicity_broad,
        relevant_employees.ethnicity_detail,
        relevant_employees.disability_group
    from everyone
    inner join dates
        on
            everyone.organisation_code = dates.organisation_code
            and everyone.as_at_date = dates.as_at_date
    left join people_of_snapshots
        on
            everyone.organisation_code = people_of_snapshots.organisation_code
            and everyone.as_at_date = people_of_snapshots.as_at_date
            and everyone.person_key = people_of_snapshots.person_key
    left join relevant_employees
        on
            everyone.organisation_code = relevant_employees.organisation_code
            and everyone.as_at_date = relevant_employees.snapshot_date
            and everyone.person_key = relevant_employees.person_key
    left join hourly_pay
        on
            everyone.organisation_code = hourly_pay.organisation_code
            and everyone.as_at_date = hourly_pay.as_at_date
            and everyone.person_key = hourly_pay.person_key

)

select * from final
