-- One row is one cell that must be hidden by itself, why, and what a reader must hold possible of it: kind × cell. The number may as
-- well be `possible_low` or less, and may as well be `possible_high` or more (null: no demand on that side).
with

cells as (

    select * from {{ ref('open_cells') }}

),

parts as (

    select * from {{ ref('open_parts') }}

),

open_rows as (

    select * from {{ ref('open_rows') }}

),

concentrations as (

    select * from {{ ref('int_pay_concentration') }}

),

characteristic_rules as (

    select * from {{ ref('characteristic_rules') }}

),

policy_rules as (

    select * from {{ ref('disclosure_policy') }}
    where output = 'open'

),

policy as (

    select
        cast({{ open_rule('threshold') }} as double) as threshold,
        cast({{ open_rule('zero_base_minimum') }} as double) as zero_base_minimum,
        cast({{ open_rule('pay_hidden_range_share') }} as double) as pay_hidden_range_share,
        cast({{ open_rule('pay_largest_share_maximum') }} as double) as pay_largest_share_maximum,
        cast({{ open_rule('pay_two_largest_share_maximum') }} as double) as pay_two_largest_share_maximum

),

counts as (

    select
        cells.kind,
        cells.cell_id,
        case
            when cells.number > 0 and cells.number < policy.threshold then 'fewer than the threshold'
            when cells.number = 0 and cells.base_number > 0 and cells.base_number < policy.zero_base_minimum
                then 'nobody of a few people'
            when
                cells.number > 0 and cells.characteristic <> 'all'
                and (
                    (cells.number = cells.base_number and cells.base_number < policy.zero_base_minimum)
                    or (
                        cells.number = cells.whole_number
                        and characteristic_rules.is_sensitive = 'true'
                        and not list_contains(string_split(characteristic_rules.silent_groups, ';'), cells.group_key)
                    )
                )
                then 'everyone of a place'
        end as reason,
        cells.number,
        cells.base_number,
        policy.threshold
    from cells
    inner join characteristic_rules on cells.characteristic = characteristic_rules.characteristic
    cross join policy
    where cells.kind = 'people'

),

counts_with_demands as (

    select
        kind,
        cell_id,
        reason,
        case
            when reason = 'everyone of a place' then greatest(number - threshold, 0)
            when number > 0 then 0
        end as possible_low,
        case
            when reason = 'nobody of a few people' then least(threshold, base_number)
            when reason = 'fewer than the threshold' then threshold
        end as possible_high
    from counts
    where reason is not null

),

-- Counts that the marts do not tell, as of the pay quarters of a group of a few people: that they are not told says how few.
never_told as (

    select distinct
        parts.kind,
        parts.cell_id,
        'never told, as the whole group is few' as reason,
        cast(null as double) as possible_low,
        policy.threshold as possible_high
    from parts
    inner join cells
        on
            parts.organisation_code = cells.organisation_code
            and parts.people = cells.people
            and parts.as_at_date = cells.as_at_date
            and parts.organisation_unit_level = cells.organisation_unit_level
            and parts.organisation_unit = cells.organisation_unit
            and parts.characteristic = cells.characteristic
            and parts.group_key = cells.group_key
            and cells.stratum = 'all'
            and cells.kind = 'people'
    cross join policy
    where parts.part = 'numerator' and parts.number is null and cells.number > 0 and cells.number < policy.threshold

),

pay_groups as (

    select
        cells.kind,
        cells.cell_id,
        min(cells.number) as number,
        min(open_rows.denominator) as people_count,
        min(cast(policy_rules.value as double)) as people_minimum,
        max(concentrations.largest_share) as largest_share,
        max(concentrations.two_largest_share) as two_largest_share
    from cells
    inner join parts on cells.kind = parts.kind and cells.cell_id = parts.cell_id
    inner join open_rows on parts.row_id = open_rows.row_id
    inner join characteristic_rules on cells.characteristic = characteristic_rules.characteristic
    inner join policy_rules on characteristic_rules.pay_rule = policy_rules.rule
    left join concentrations
        on
            open_rows.organisation_code = concentrations.organisation_code
            and open_rows.as_at_date = concentrations.as_at_date
            and open_rows.indicator_id = concentrations.indicator_id
            and open_rows."group" = concentrations.group_key
    where cells.kind = 'pay'
    group by cells.kind, cells.cell_id

),

sums_of_pay as (

    select
        pay_groups.kind,
        pay_groups.cell_id,
        case
            when pay_groups.people_count < pay_groups.people_minimum then 'pay of fewer than the least group'
            when pay_groups.largest_share > policy.pay_largest_share_maximum then 'one person earns most of the pay'
            when pay_groups.two_largest_share > policy.pay_two_largest_share_maximum
                then 'two people earn most of the pay'
        end as reason,
        pay_groups.number * (1 - policy.pay_hidden_range_share / 2) as possible_low,
        pay_groups.number * (1 + policy.pay_hidden_range_share / 2) as possible_high
    from pay_groups
    cross join policy

),

final as (

    select * from counts_with_demands
    union all
    select * from never_told
    union all
    select * from sums_of_pay
    where reason is not null

)

select * from final
