-- One row is one group of one characteristic in one unit, between a snapshot and the one twelve months before: who stayed, left,
-- came and moved up (readings: movement between snapshots). Every group of the vocabulary is a row, with zero where nobody is in it.
with

movements as (

    select * from {{ ref('int_movements') }}

),

movement_groups as (

    select
        replace(indicator_id, 'retention_', '') as characteristic,
        group_key,
        group_label
    from {{ ref('indicator_groups') }}
    where indicator_id like 'retention_%'

),

units as (

    select distinct
        organisation_code,
        snapshot_date,
        previous_snapshot_date,
        organisation_unit_level,
        organisation_unit,
        organisation_unit_parent,
        characteristic
    from movements

),

rows_with_zeros as (

    select
        units.*,
        movement_groups.group_key,
        movement_groups.group_label,
        coalesce(movements.headcount_before, 0) as headcount_before,
        coalesce(movements.leaver_count, 0) as leaver_count,
        coalesce(movements.headcount_before, 0) - coalesce(movements.leaver_count, 0) as stayer_count,
        coalesce(movements.ranked_stayer_count, 0) as ranked_stayer_count,
        coalesce(movements.promoted_count, 0) as promoted_count,
        coalesce(movements.headcount_now, 0) as headcount_now,
        coalesce(movements.starter_count, 0) as starter_count
    from units
    inner join movement_groups on units.characteristic = movement_groups.characteristic
    left join movements
        on
            units.organisation_code = movements.organisation_code
            and units.snapshot_date = movements.snapshot_date
            and units.organisation_unit_level = movements.organisation_unit_level
            and units.organisation_unit = movements.organisation_unit
            and units.characteristic = movements.characteristic
            and movement_groups.group_key = movements.group_key

),

final as (

    select
        organisation_code,
        snapshot_date,
        {{ reporting_year('snapshot_date') }} as reporting_year,
        previous_snapshot_date,
        organisation_unit_level,
        organisation_unit,
        organisation_unit_parent,
        characteristic,
        group_key as "group",
        group_label,
        cast(headcount_before as bigint) as headcount_before_count,
        cast(leaver_count as bigint) as leaver_count,
        cast(stayer_count as bigint) as stayer_count,
        cast(stayer_count - ranked_stayer_count as bigint) as unranked_stayer_count,
        cast(ranked_stayer_count as bigint) as ranked_stayer_count,
        cast(promoted_count as bigint) as promoted_count,
        cast(headcount_now as bigint) as headcount_now_count,
        cast(starter_count as bigint) as starter_count,
        {{ share('stayer_count', 'headcount_before') }} as retention_share,
        {{ wilson_low('stayer_count', 'headcount_before') }} as retention_share_ci_low,
        {{ wilson_high('stayer_count', 'headcount_before') }} as retention_share_ci_high,
        {{ share('leaver_count', 'headcount_before') }} as leaver_share,
        {{ wilson_low('leaver_count', 'headcount_before') }} as leaver_share_ci_low,
        {{ wilson_high('leaver_count', 'headcount_before') }} as leaver_share_ci_high,
        {{ share('promoted_count', 'ranked_stayer_count') }} as promotion_share,
        {{ wilson_low('promoted_count', 'ranked_stayer_count') }} as promotion_share_ci_low,
        {{ wilson_high('promoted_count', 'ranked_stayer_count') }} as promotion_share_ci_high,
        {{ share('starter_count', 'headcount_now') }} as starter_share,
        {{ wilson_low('starter_count', 'headcount_now') }} as starter_share_ci_low,
        {{ wilson_high('starter_count', 'headcount_now') }} as starter_share_ci_high
    from rows_with_zeros

)

select * from final
