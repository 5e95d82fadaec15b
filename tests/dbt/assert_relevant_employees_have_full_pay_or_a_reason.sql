-- Nobody is dropped from the pay gaps unseen: relevant employees are those with full pay and those left out for each reason, those of
-- the directorates are those of the trust, and whoever is paid is a relevant employee or told beside them.
with

units as (

    select * from {{ ref('pay_gap_relevant_employees') }}

),

directorates as (

    select
        organisation_code,
        as_at_date,
        sum(relevant_count) as relevant_count,
        sum(full_pay_count) as full_pay_count,
        sum(paid_count) as paid_count
    from units
    where organisation_unit_level = 'directorate'
    group by organisation_code, as_at_date

)

select
    units.organisation_code,
    units.as_at_date,
    units.organisation_unit
from units
left join directorates
    on
        units.organisation_code = directorates.organisation_code
        and units.as_at_date = directorates.as_at_date
        and units.organisation_unit_level = 'trust'
where
    units.relevant_count
    <> units.full_pay_count
    + units.no_pay_row_count
    + units.no_hours_count
    + units.reduced_pay_count
    + units.pay_below_zero_count
    + units.unclear_pay_period_count
    + units.several_rates_count
    or units.relevant_count <> directorates.relevant_count
    or units.full_pay_count <> directorates.full_pay_count
    or units.paid_count
    <> directorates.paid_count + units.paid_not_in_snapshot_count + units.paid_not_relevant_count
