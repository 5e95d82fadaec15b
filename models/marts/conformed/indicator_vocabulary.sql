-- One row is one combination of indicator, measure, groups, level and stratum that can occur in a conformed table.
with

value_groups as (

    select
        'indicator_values' as conformed_table,
        indicator_id,
        measure,
        group_key,
        cast('' as varchar) as reference_group,
        group_label,
        position as group_position
    from {{ ref('indicator_groups') }}

),

comparison_groups as (

    select
        'indicator_comparisons' as conformed_table,
        comparison_groups.indicator_id,
        comparison_groups.measure,
        comparison_groups.minority_group as group_key,
        comparison_groups.reference_group,
        value_groups.group_label,
        value_groups.group_position
    from {{ ref('indicator_comparison_groups') }} as comparison_groups
    inner join value_groups
        on
            comparison_groups.indicator_id = value_groups.indicator_id
            and comparison_groups.value_measure = value_groups.measure
            and comparison_groups.minority_group = value_groups.group_key

),

groups as (

    select * from value_groups
    union all
    select * from comparison_groups

),

cuts as (

    select * from {{ ref('indicator_cuts') }}

),

strata as (

    select * from {{ ref('strata') }}

),

final as (

    select
        groups.conformed_table,
        groups.indicator_id,
        groups.measure,
        cuts.organisation_unit_level,
        strata.stratum,
        strata.stratum_label,
        strata.stratum_dimension,
        strata.position as stratum_position,
        groups.group_key as "group",
        groups.group_label,
        groups.group_position,
        groups.reference_group
    from groups
    inner join cuts
        on
            groups.conformed_table = cuts.conformed_table
            and groups.indicator_id = cuts.indicator_id
            and groups.measure = cuts.measure
    inner join strata on cuts.stratum_dimension = strata.stratum_dimension

)

select * from final
