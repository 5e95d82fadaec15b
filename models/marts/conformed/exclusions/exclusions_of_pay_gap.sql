-- One row is what one figure leaves out for one reason, in the form of indicator_exclusions.
-- Whom the pay gaps leave out, and why. People who are no relevant employees have no unit
-- there, so they are told for the whole trust.
with

people as (

    select * from {{ ref('int_pay_gap_people') }}
    where pay_status <> 'full_pay'

),

indicators as (

    select * from {{ ref('pay_gap_indicators') }}

),

reasons_of_units as (

    select
        organisation_code,
        as_at_date,
        directorate,
        grouping(directorate) as is_trust,
        pay_status,
        count(*) as person_count
    from people
    group by {{ grouped_by_each(['organisation_code', 'as_at_date', 'pay_status'], [[], ['directorate']]) }}

),

statutory_dates as (

    select distinct
        organisation_code,
        as_at_date
    from {{ ref('int_pay_gap_people') }}

),

-- A pay file of another day than the statutory one makes no figure; its people are told under its own date.
other_dates as (

    select
        hourly_pay.organisation_code,
        hourly_pay.as_at_date,
        count(*) as person_count
    from {{ ref('int_hourly_pay') }} as hourly_pay
    left join statutory_dates
        on
            hourly_pay.organisation_code = statutory_dates.organisation_code
            and hourly_pay.as_at_date = statutory_dates.as_at_date
    where statutory_dates.organisation_code is null
    group by hourly_pay.organisation_code, hourly_pay.as_at_date

),

unknown_groups as (

    select * from {{ ref('int_pay_gap_statistics') }}
    where role = 'left_out' and stratum = 'all' and full_pay_count > 0

)

select
    {{ exclusion_columns(
        indicator_id='indicators.indicator_id',
        as_at_date='reasons_of_units.as_at_date',
        organisation_code='reasons_of_units.organisation_code',
        organisation_unit_level="case when reasons_of_units.is_trust = 1 then 'trust' else 'directorate' end",
        organisation_unit="case when reasons_of_units.is_trust = 1 then 'trust' else reasons_of_units.directorate end",
        reason='reasons_of_units.pay_status',
        counted="'people'",
        excluded_count='reasons_of_units.person_count'
    ) }}
from reasons_of_units
cross join indicators
where reasons_of_units.is_trust = 1 or reasons_of_units.directorate is not null
union all
select
    {{ exclusion_columns(
        indicator_id='unknown_groups.indicator_id',
        as_at_date='as_at_date',
        reason='indicators.reason_of_unknown',
        counted="'people'",
        excluded_count='full_pay_count'
    ) }}
from unknown_groups
inner join indicators
    on unknown_groups.indicator_id = indicators.indicator_id
union all
select
    {{ exclusion_columns(
        indicator_id='indicators.indicator_id',
        as_at_date='other_dates.as_at_date',
        organisation_code='other_dates.organisation_code',
        organisation_unit_level="'trust'",
        organisation_unit="'trust'",
        reason="'not_the_statutory_date'",
        counted="'people'",
        excluded_count='other_dates.person_count'
    ) }}
from other_dates
cross join indicators
