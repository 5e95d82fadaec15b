-- One row is one ethnic group in one unit at one snapshot, beside the people who live where the organisation works (readings:
-- population): the five broad groups and unknown, and the two groups of the race standard. The population has no unknown.
with

staff_counts as (

    select * from {{ ref('int_staff_counts') }}
    where stratum_dimension = 'all' and characteristic in ('ethnicity', 'ethnicity_broad')

),

indicators as (

    select
        indicator_groups.indicator_id,
        indicator_groups.group_key,
        indicator_groups.group_label,
        case indicator_groups.indicator_id
            when 'population_ethnicity' then 'ethnicity_broad'
            else 'ethnicity'
        end as characteristic
    from {{ ref('indicator_groups') }} as indicator_groups
    where
        indicator_groups.indicator_id in ('population_ethnicity', 'population_ethnicity_group')
        and indicator_groups.measure = 'share'

),

cuts as (

    select * from {{ ref('indicator_cuts') }}
    where conformed_table = 'indicator_values' and measure = 'share'

),

populations as (

    select * from {{ ref('populations') }}

),

population_groups as (

    select
        'population_ethnicity' as indicator_id,
        population,
        population_label,
        as_at_date,
        note,
        group_key,
        person_count
    from populations
    union all
    select
        'population_ethnicity_group' as indicator_id,
        population,
        population_label,
        as_at_date,
        note,
        ethnicity_group as group_key,
        sum(person_count) as person_count
    from populations
    group by population, population_label, as_at_date, note, ethnicity_group

),

population_totals as (

    select
        population,
        max(population_label) as population_label,
        max(as_at_date) as as_at_date,
        max(note) as note,
        sum(person_count) as person_count
    from populations
    group by population

),

organisation_populations as (

    select * from {{ ref('organisation_populations') }}

),

cells as (

    select
        staff_counts.organisation_code,
        staff_counts.snapshot_date,
        staff_counts.organisation_unit_level,
        staff_counts.organisation_unit,
        staff_counts.organisation_unit_parent,
        staff_counts.characteristic,
        coalesce(max(own.population), max(otherwise.population)) as population,
        sum(staff_counts.person_count) as all_count,
        sum(case when staff_counts.group_key <> 'unknown' then staff_counts.person_count else 0 end) as known_count
    from staff_counts
    left join organisation_populations as own on staff_counts.organisation_code = own.organisation_code
    left join organisation_populations as otherwise on otherwise.organisation_code = '*'
    group by
        staff_counts.organisation_code,
        staff_counts.snapshot_date,
        staff_counts.organisation_unit_level,
        staff_counts.organisation_unit,
        staff_counts.organisation_unit_parent,
        staff_counts.characteristic

),

rows_with_zeros as (

    select
        cells.*,
        indicators.indicator_id,
        indicators.group_key,
        indicators.group_label,
        population_totals.population_label,
        population_totals.as_at_date as population_as_at_date,
        population_totals.note as population_note,
        population_groups.person_count as population_count,
        case
            when population_groups.group_key is not null then population_totals.person_count
        end as population_all_count,
        coalesce(staff_counts.person_count, 0) as person_count
    from cells
    inner join indicators on cells.characteristic = indicators.characteristic
    inner join cuts
        on
            indicators.indicator_id = cuts.indicator_id
            and cells.organisation_unit_level = cuts.organisation_unit_level
    inner join population_totals on cells.population = population_totals.population
    left join population_groups
        on
            cells.population = population_groups.population
            and indicators.indicator_id = population_groups.indicator_id
            and indicators.group_key = population_groups.group_key
    left join staff_counts
        on
            cells.organisation_code = staff_counts.organisation_code
            and cells.snapshot_date = staff_counts.snapshot_date
            and cells.organisation_unit_level = staff_counts.organisation_unit_level
            and cells.organisation_unit = staff_counts.organisation_unit
            and cells.characteristic = staff_counts.characteristic
            and indicators.group_key = staff_counts.group_key

),

final as (

    select
        organisation_code,
        snapshot_date,
        {{ reporting_year('snapshot_date') }} as reporting_year,
        organisation_unit_level,
        organisation_unit,
        organisation_unit_parent,
        indicator_id,
        group_key as "group",
        group_label,
        cast(person_count as bigint) as person_count,
        cast(all_count as bigint) as all_count,
        {{ share('person_count', 'all_count') }} as share,
        {{ wilson_low('person_count', 'all_count') }} as share_ci_low,
        {{ wilson_high('person_count', 'all_count') }} as share_ci_high,
        case
            when group_key <> 'unknown' then {{ share('person_count', 'known_count') }}
        end as share_of_known,
        case
            when group_key <> 'unknown' then {{ wilson_low('person_count', 'known_count') }}
        end as share_of_known_ci_low,
        case
            when group_key <> 'unknown' then {{ wilson_high('person_count', 'known_count') }}
        end as share_of_known_ci_high,
        population,
        population_label,
        population_as_at_date,
        population_note,
        cast(population_count as bigint) as population_count,
        cast(population_all_count as bigint) as population_all_count,
        {{ share('population_count', 'population_all_count') }} as population_share,
        {{ share('person_count', 'all_count') }} - {{ share('population_count', 'population_all_count') }}
            as share_difference,
        case
            when population_count is null then 'The population is counted without an unknown group.'
        end as not_computed_because
    from rows_with_zeros

)

select * from final
