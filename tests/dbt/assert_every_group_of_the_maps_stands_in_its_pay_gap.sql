-- A group that a trust adds to a map must be compared, be the reference, or be unknown: else its people would be left out of the
-- pay gap as unknown without anybody having decided so.
with

groups_of_maps as (

    {% for indicator, map_name, column in [
        ('pay_gap_gender', 'gender_map', 'gender'),
        ('pay_gap_ethnicity', 'ethnicity_map', 'ethnicity_group'),
        ('pay_gap_ethnicity_broad', 'ethnicity_map', 'ethnicity_broad'),
        ('pay_gap_ethnicity_category', 'ethnicity_map', 'ethnicity_category'),
        ('pay_gap_disability', 'disability_map', 'disability_group')
    ] %}
        select
            '{{ indicator }}' as indicator_id,
            {{ column }} as group_key
        from {{ ref(map_name) }}
        {{ "where ethnicity_group <> 'unknown'" if column == 'ethnicity_category' }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select distinct groups_of_maps.*
from groups_of_maps
left join {{ ref('pay_gap_groups') }} as pay_gap_groups
    on
        groups_of_maps.indicator_id = pay_gap_groups.indicator_id
        and groups_of_maps.group_key = pay_gap_groups.group_key
where pay_gap_groups.group_key is null
