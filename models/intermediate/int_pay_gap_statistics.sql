-- One row is one group of one pay gap in one cell: organisation × date × indicator × unit × stratum × group. How many relevant
-- employees it has, how many with full pay, and the mean, the middle and the spread of their hourly pay and bonuses.
{{ config(materialized='table', incremental_strategy=none, on_schema_change=none) }}
{% set keys = ['organisation_code', 'as_at_date', 'indicator_id', 'group_key'] %}
with

members as (

    select * from {{ ref('int_pay_gap_members') }}

),

indicators as (

    select * from {{ ref('pay_gap_indicators') }}

),

group_roles as (

    select * from {{ ref('pay_gap_groups') }}

),

strata as (

    select * from {{ ref('strata') }}

),

counts as (

    select
        {{ keys | join(', ') }},
        directorate,
        band,
        count(*) as relevant_count,
        {{ mean_and_spread('hourly_rate_gbp', 'hourly_pay') }},
        {{ mean_and_spread('bonus_gbp', 'bonus') }}
    from members
    group by {{ grouped_by_each(keys, [[], ['directorate'], ['band']]) }}

),

dates as (

    select distinct
        organisation_code,
        as_at_date,
        hourly_pay_source,
        is_bonus_known
    from {{ ref('int_pay_gap_people') }}

),

-- A zero is a row: every group of every cell in which somebody is, and of the whole trust whoever is in it.
cells as (

    select distinct
        organisation_code,
        as_at_date,
        directorate,
        band
    from counts
    union
    select
        organisation_code,
        as_at_date,
        cast(null as varchar) as directorate,
        cast(null as varchar) as band
    from dates

),

groups_of_cells as (

    select
        cells.*,
        dates.hourly_pay_source,
        dates.is_bonus_known,
        group_roles.indicator_id,
        group_roles.group_key,
        group_roles.role,
        indicators.smallest_group_count,
        case when cells.band is null then 'all' else 'band' end as stratum_dimension,
        coalesce(cells.band, 'all') as stratum_key
    from cells
    inner join dates
        on
            cells.organisation_code = dates.organisation_code
            and cells.as_at_date = dates.as_at_date
    cross join group_roles
    inner join indicators
        on group_roles.indicator_id = indicators.indicator_id

),

final as (

    select
        groups_of_cells.organisation_code,
        groups_of_cells.as_at_date,
        groups_of_cells.indicator_id,
        case when groups_of_cells.directorate is null then 'trust' else 'directorate' end as organisation_unit_level,
        coalesce(groups_of_cells.directorate, 'trust') as organisation_unit,
        case when groups_of_cells.directorate is not null then 'trust' end as organisation_unit_parent,
        coalesce(strata.stratum, groups_of_cells.stratum_dimension || ' ' || groups_of_cells.stratum_key) as stratum,
        groups_of_cells.stratum_dimension,
        groups_of_cells.band,
        groups_of_cells.group_key,
        groups_of_cells.role,
        groups_of_cells.hourly_pay_source,
        groups_of_cells.is_bonus_known,
        coalesce(counts.relevant_count, 0) as relevant_count,
        coalesce(counts.hourly_pay_count, 0) as full_pay_count,
        counts.mean_hourly_pay_gbp,
        counts.median_hourly_pay_gbp,
        counts.hourly_pay_deviation_gbp,
        coalesce(counts.bonus_count, 0) as bonus_count,
        counts.mean_bonus_gbp,
        counts.median_bonus_gbp,
        counts.bonus_deviation_gbp,
        case
            when coalesce(counts.hourly_pay_count, 0) = 0 then 'Nobody in the group has full pay.'
            when counts.hourly_pay_count < groups_of_cells.smallest_group_count
                then
                    'Fewer than ' || cast(groups_of_cells.smallest_group_count as varchar)
                    || ' people in the group have full pay.'
        end as hourly_pay_not_computed_because,
        case
            when not groups_of_cells.is_bonus_known then 'The report that the hourly rates come from has no bonuses.'
            when coalesce(counts.relevant_count, 0) = 0 then 'Nobody is in the group.'
            when counts.relevant_count < groups_of_cells.smallest_group_count
                then
                    'Fewer than ' || cast(groups_of_cells.smallest_group_count as varchar)
                    || ' people are in the group.'
        end as bonus_share_not_computed_because,
        case
            when not groups_of_cells.is_bonus_known then 'The report that the hourly rates come from has no bonuses.'
            when coalesce(counts.bonus_count, 0) = 0 then 'Nobody in the group had a bonus.'
            when counts.bonus_count < groups_of_cells.smallest_group_count
                then
                    'Fewer than ' || cast(groups_of_cells.smallest_group_count as varchar)
                    || ' people in the group had a bonus.'
        end as bonus_not_computed_because
    from groups_of_cells
    left join counts
        on
            groups_of_cells.organisation_code = counts.organisation_code
            and groups_of_cells.as_at_date = counts.as_at_date
            and groups_of_cells.indicator_id = counts.indicator_id
            and groups_of_cells.group_key = counts.group_key
            and coalesce(groups_of_cells.directorate, '') = coalesce(counts.directorate, '')
            and coalesce(groups_of_cells.band, '') = coalesce(counts.band, '')
    left join strata
        on
            groups_of_cells.stratum_dimension = strata.stratum_dimension
            and groups_of_cells.stratum_key = strata.stratum_key

)

select * from final
