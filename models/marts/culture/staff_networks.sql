-- One row is one staff network at one date, or all of them together: members, how many there were twelve months before, and the
-- growth beside the plan's target (business plan 2024/25, deliverable 2). A network of a date counts as the newest file has it.
with

counts as (

    select * from {{ ref('stg_staff_networks__members') }}

),

staff_network_map as (

    select * from {{ ref('staff_network_map') }}

),

targets as (

    select * from {{ ref('culture_targets') }}
    where indicator_id = 'staff_network_members'

),

counts_in_order as (

    select
        *,
        {{ lookup_key('network') }} as network_key,
        row_number() over (
            partition by organisation_code, network_as_at_date, {{ lookup_key('network') }}
            order by as_at_date desc, file_line desc
        ) as newest_order
    from counts

),

networks as (

    select
        counts_in_order.organisation_code,
        counts_in_order.network_as_at_date as as_at_date,
        coalesce(staff_network_map.staff_network_label, counts_in_order.network) as network,
        coalesce(staff_network_map.staff_network, 'unlisted') as staff_network,
        counts_in_order.members_count
    from counts_in_order
    left join staff_network_map
        on counts_in_order.network_key = {{ lookup_key('staff_network_map.network_text') }}
    where counts_in_order.newest_order = 1

),

members as (

    select
        organisation_code,
        as_at_date,
        coalesce(network, 'All networks') as network,
        case when network is null then 'all' else max(staff_network) end as staff_network,
        count(*) as network_count,
        sum(members_count) as members_count
    from networks
    group by {{ grouped_by_each(['organisation_code', 'as_at_date'], [[], ['network']]) }}

),

beside_twelve_months_before as (

    select
        members.*,
        previous.as_at_date as previous_as_at_date,
        previous.network_count as previous_network_count,
        previous.members_count as previous_members_count,
        {{ share('members.members_count - previous.members_count', 'previous.members_count') }} as growth_share
    from members
    left join members as previous
        on
            members.organisation_code = previous.organisation_code
            and members.network = previous.network
            and previous.as_at_date = {{ one_year_earlier('members.as_at_date') }}

),

final as (

    select
        beside.organisation_code,
        beside.as_at_date,
        {{ reporting_year('beside.as_at_date') }} as reporting_year,
        beside.network,
        beside.staff_network,
        cast(beside.network_count as integer) as network_count,
        cast(beside.members_count as bigint) as members_count,
        beside.previous_as_at_date,
        cast(beside.previous_network_count as integer) as previous_network_count,
        cast(beside.previous_members_count as bigint) as previous_members_count,
        beside.growth_share,
        cast(targets.target_value as double) as target_growth_share,
        -- Whole members are compared, not fractions: 20 % on 2,660 members are 3,192.
        beside.members_count >= beside.previous_members_count * (1 + targets.target_value) as is_target_reached,
        case
            when beside.previous_as_at_date is null then 'There is no count twelve months before.'
            when beside.previous_members_count = 0 then 'There were no members twelve months before.'
        end as not_computed_because
    from beside_twelve_months_before as beside
    left join targets
        on
            beside.staff_network = targets.stratum
            and targets.reporting_year = {{ reporting_year('beside.as_at_date') }}
            and targets.target_form = 'increase_on_year_before'

)

select * from final
