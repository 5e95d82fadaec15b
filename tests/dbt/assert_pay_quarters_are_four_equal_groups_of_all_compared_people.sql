-- The four quarters hold every compared person once, differ by one at most, and each group's parts of people make up the group
-- (domain reference 3.1).
with

counts as (

    select * from {{ ref('int_pay_quarters') }}

),

quarters as (

    select
        organisation_code,
        as_at_date,
        indicator_id,
        quarter,
        quarter_count,
        sum(group_count) as group_sum
    from counts
    group by organisation_code, as_at_date, indicator_id, quarter, quarter_count

),

populations as (

    select
        organisation_code,
        as_at_date,
        indicator_id,
        min(quarter_count) as smallest_count,
        max(quarter_count) as largest_count,
        max(abs(group_sum - quarter_count)) as largest_difference,
        count(*) as count_of_quarters
    from quarters
    group by organisation_code, as_at_date, indicator_id

),

sizes_of_groups as (

    select
        organisation_code,
        as_at_date,
        indicator_id,
        group_key,
        sum(group_count) as group_sum
    from counts
    group by organisation_code, as_at_date, indicator_id, group_key

)

select
    sizes_of_groups.organisation_code,
    sizes_of_groups.as_at_date,
    sizes_of_groups.indicator_id,
    sizes_of_groups.group_key
from sizes_of_groups
inner join populations
    on
        sizes_of_groups.organisation_code = populations.organisation_code
        and sizes_of_groups.as_at_date = populations.as_at_date
        and sizes_of_groups.indicator_id = populations.indicator_id
left join {{ ref('int_pay_gap_statistics') }} as statistics
    on
        sizes_of_groups.organisation_code = statistics.organisation_code
        and sizes_of_groups.as_at_date = statistics.as_at_date
        and sizes_of_groups.indicator_id = statistics.indicator_id
        and sizes_of_groups.group_key = statistics.group_key
        and statistics.organisation_unit_level = 'trust'
        and statistics.stratum = 'all'
where
    populations.count_of_quarters <> 4
    or populations.largest_count - populations.smallest_count > 1
    or populations.largest_difference > 1e-6
    or statistics.full_pay_count is null
    or abs(sizes_of_groups.group_sum - statistics.full_pay_count) > 1e-6
