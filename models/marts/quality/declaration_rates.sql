-- One row is one declared field in one unit of the organisation at one snapshot: how many answered, declined, left it blank,
-- or have a value that no map knows (readings: declaration classes). Complete is declared and declined; usable is declared.
with

staff_counts as (

    select * from {{ ref('int_staff_counts') }}
    where
        stratum_dimension = 'all'
        and characteristic like '%_declaration'

),

targets as (

    select * from {{ ref('declaration_targets') }}

),

snapshots as (

    select
        organisation_code,
        snapshot_date,
        lag(snapshot_date) over (partition by organisation_code order by snapshot_date) as previous_snapshot_date
    from (
        select distinct
            organisation_code,
            snapshot_date
        from staff_counts
    ) as dates

),

classes as (

    select
        organisation_code,
        snapshot_date,
        organisation_unit_level,
        organisation_unit,
        organisation_unit_parent,
        replace(characteristic, '_declaration', '') as field,
        sum(person_count) as headcount,
        sum(case when group_key = 'declared' then person_count else 0 end) as declared_count,
        sum(case when group_key = 'declined' then person_count else 0 end) as declined_count,
        sum(case when group_key = 'blank' then person_count else 0 end) as blank_count,
        sum(case when group_key = 'unmapped' then person_count else 0 end) as unmapped_count
    from staff_counts
    group by
        organisation_code,
        snapshot_date,
        organisation_unit_level,
        organisation_unit,
        organisation_unit_parent,
        characteristic

),

rates as (

    select
        *,
        declared_count + declined_count as complete_count,
        {{ share('declared_count + declined_count', 'headcount') }} as complete_share,
        {{ share('declared_count', 'headcount') }} as usable_share
    from classes

),

final as (

    select
        rates.organisation_code,
        rates.snapshot_date,
        {{ reporting_year('rates.snapshot_date') }} as reporting_year,
        rates.organisation_unit_level,
        rates.organisation_unit,
        rates.organisation_unit_parent,
        rates.field,
        cast(rates.headcount as bigint) as headcount,
        cast(rates.declared_count as bigint) as declared_count,
        cast(rates.declined_count as bigint) as declined_count,
        cast(rates.blank_count as bigint) as blank_count,
        cast(rates.unmapped_count as bigint) as unmapped_count,
        cast(rates.complete_count as bigint) as complete_count,
        rates.complete_share,
        {{ wilson_low('rates.complete_count', 'rates.headcount') }} as complete_share_ci_low,
        {{ wilson_high('rates.complete_count', 'rates.headcount') }} as complete_share_ci_high,
        cast(rates.declared_count as bigint) as usable_count,
        rates.usable_share,
        {{ wilson_low('rates.declared_count', 'rates.headcount') }} as usable_share_ci_low,
        {{ wilson_high('rates.declared_count', 'rates.headcount') }} as usable_share_ci_high,
        snapshots.previous_snapshot_date,
        previous_rates.complete_share as previous_complete_share,
        rates.complete_share - previous_rates.complete_share as complete_share_change,
        cast(targets.target_share as double) as target_share,
        cast(
            case
                when targets.target_share is not null
                    then greatest(
                        0,
                        ceil(cast(targets.target_share as decimal(9, 4)) * cast(rates.headcount as decimal(18, 0)))
                        - cast(rates.complete_count as decimal(18, 0))
                    )
            end as bigint
        ) as to_reach_target_count
    from rates
    inner join snapshots
        on
            rates.organisation_code = snapshots.organisation_code
            and rates.snapshot_date = snapshots.snapshot_date
    left join rates as previous_rates
        on
            rates.organisation_code = previous_rates.organisation_code
            and snapshots.previous_snapshot_date = previous_rates.snapshot_date
            and rates.organisation_unit_level = previous_rates.organisation_unit_level
            and rates.organisation_unit = previous_rates.organisation_unit
            and rates.field = previous_rates.field
    left join targets on rates.field = targets.field

)

select * from final
