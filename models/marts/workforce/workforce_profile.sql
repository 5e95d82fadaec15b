-- One row is one group of one characteristic in one cell of the workforce: a unit of the organisation at one snapshot, whole
-- or cut by one dimension. Every group of the vocabulary is a row in every cell that has people, with zero where nobody is in it.
-- A characteristic that is not collected is one row for the trust, with the reason.
with

staff_counts as (

    select * from {{ ref('int_staff_counts') }}

),

strata as (

    select * from {{ ref('strata') }}

),

profile_indicators as (

    select
        indicator_id,
        {{ characteristic_of_profile('indicator_id') }} as characteristic
    from {{ ref('indicator_definitions') }}
    where indicator_id like 'workforce_profile_%' and is_computed and is_current_definition

),

cuts as (

    select * from {{ ref('indicator_cuts') }}
    where conformed_table = 'indicator_values'

),

profile_groups as (

    select
        profile_indicators.indicator_id,
        profile_indicators.characteristic,
        indicator_groups.group_key,
        indicator_groups.group_label
    from profile_indicators
    inner join {{ ref('indicator_groups') }} as indicator_groups
        on profile_indicators.indicator_id = indicator_groups.indicator_id

),

profile_counts as (

    select
        profile_indicators.indicator_id,
        staff_counts.*
    from staff_counts
    inner join profile_indicators on staff_counts.characteristic = profile_indicators.characteristic
    inner join cuts
        on
            profile_indicators.indicator_id = cuts.indicator_id
            and staff_counts.organisation_unit_level = cuts.organisation_unit_level
            and staff_counts.stratum_dimension = cuts.stratum_dimension

),

cells as (

    select
        organisation_code,
        snapshot_date,
        organisation_unit_level,
        organisation_unit,
        organisation_unit_parent,
        stratum_dimension,
        stratum_key,
        indicator_id,
        characteristic,
        sum(person_count) as all_count
    from profile_counts
    group by
        organisation_code,
        snapshot_date,
        organisation_unit_level,
        organisation_unit,
        organisation_unit_parent,
        stratum_dimension,
        stratum_key,
        indicator_id,
        characteristic

),

rows_with_zeros as (

    select
        cells.*,
        profile_groups.group_key,
        profile_groups.group_label,
        coalesce(profile_counts.person_count, 0) as person_count
    from cells
    inner join profile_groups on cells.indicator_id = profile_groups.indicator_id
    left join profile_counts
        on
            cells.organisation_code = profile_counts.organisation_code
            and cells.snapshot_date = profile_counts.snapshot_date
            and cells.organisation_unit_level = profile_counts.organisation_unit_level
            and cells.organisation_unit = profile_counts.organisation_unit
            and cells.stratum_dimension = profile_counts.stratum_dimension
            and cells.stratum_key = profile_counts.stratum_key
            and cells.indicator_id = profile_counts.indicator_id
            and profile_groups.group_key = profile_counts.group_key

),

workforces as (

    select distinct
        organisation_code,
        snapshot_date,
        all_count
    from cells
    where organisation_unit_level = 'trust' and stratum_dimension = 'all'

),

not_collected as (

    select
        workforces.organisation_code,
        workforces.snapshot_date,
        definitions.indicator_id,
        {{ characteristic_of_profile('definitions.indicator_id') }} as characteristic,
        workforces.all_count,
        definitions.not_computed_because
    from {{ ref('indicator_definitions') }} as definitions
    cross join workforces
    where
        definitions.indicator_id like 'workforce_profile_%'
        and not definitions.is_computed
        and definitions.is_current_definition

),

final as (

    select
        rows_with_zeros.organisation_code,
        rows_with_zeros.snapshot_date,
        {{ reporting_year('rows_with_zeros.snapshot_date') }} as reporting_year,
        rows_with_zeros.organisation_unit_level,
        rows_with_zeros.organisation_unit,
        rows_with_zeros.organisation_unit_parent,
        coalesce(strata.stratum, rows_with_zeros.stratum_dimension || ' ' || rows_with_zeros.stratum_key) as stratum,
        rows_with_zeros.stratum_dimension,
        rows_with_zeros.indicator_id,
        rows_with_zeros.characteristic,
        rows_with_zeros.group_key as "group",
        rows_with_zeros.group_label,
        cast(rows_with_zeros.person_count as bigint) as person_count,
        cast(rows_with_zeros.all_count as bigint) as all_count,
        {{ share('rows_with_zeros.person_count', 'rows_with_zeros.all_count') }} as share,
        {{ wilson_low('rows_with_zeros.person_count', 'rows_with_zeros.all_count') }} as share_ci_low,
        {{ wilson_high('rows_with_zeros.person_count', 'rows_with_zeros.all_count') }} as share_ci_high,
        cast(null as varchar) as not_computed_because
    from rows_with_zeros
    left join strata
        on
            rows_with_zeros.stratum_dimension = strata.stratum_dimension
            and rows_with_zeros.stratum_key = strata.stratum_key
    union all
    select
        organisation_code,
        snapshot_date,
        {{ reporting_year('snapshot_date') }} as reporting_year,
        'trust' as organisation_unit_level,
        'trust' as organisation_unit,
        cast(null as varchar) as organisation_unit_parent,
        'all' as stratum,
        'all' as stratum_dimension,
        indicator_id,
        characteristic,
        'not_collected' as "group",
        'Not collected' as group_label,
        cast(null as bigint) as person_count,
        cast(all_count as bigint) as all_count,
        cast(null as double) as share,
        cast(null as double) as share_ci_low,
        cast(null as double) as share_ci_high,
        not_computed_because
    from not_collected

)

select * from final
