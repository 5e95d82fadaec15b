-- One row is one step up the tiers of bands, for the clinical or the non-clinical staff of one unit, on one 31 March (NHS England
-- race disparity ratio; domain reference 1.9): how many people stand above for each below, white over ethnic minority.
with

staff_counts as (

    select * from {{ ref('int_staff_counts') }}
    where
        characteristic = 'ethnicity'
        and stratum_dimension = 'clinical_split_band'
        and {{ is_year_end('snapshot_date') }}

),

units as (

    select distinct organisation_unit_level
    from {{ ref('indicator_cuts') }}
    where indicator_id = 'race_disparity_ratio' and conformed_table = 'indicator_values'

),

tiers as (

    select
        band,
        race_disparity_tier as tier
    from {{ ref('band_list') }}
    where race_disparity_tier is not null

),

clinical_splits as (

    select * from {{ ref('clinical_split_list') }}
    where has_race_disparity_ratio

),

steps as (

    select * from {{ ref('race_disparity_steps') }}

),

people_on_tiers as (

    select
        staff_counts.organisation_code,
        staff_counts.snapshot_date,
        staff_counts.organisation_unit_level,
        staff_counts.organisation_unit,
        staff_counts.organisation_unit_parent,
        staff_counts.clinical_split,
        tiers.tier,
        sum(case when staff_counts.group_key = 'white' then staff_counts.person_count else 0 end) as white_count,
        sum(case when staff_counts.group_key = 'ethnic_minority' then staff_counts.person_count else 0 end)
            as ethnic_minority_count,
        sum(case when staff_counts.group_key = 'unknown' then staff_counts.person_count else 0 end) as unknown_count
    from staff_counts
    inner join units on staff_counts.organisation_unit_level = units.organisation_unit_level
    inner join tiers on staff_counts.band = tiers.band
    inner join clinical_splits on staff_counts.clinical_split = clinical_splits.clinical_split
    group by
        staff_counts.organisation_code,
        staff_counts.snapshot_date,
        staff_counts.organisation_unit_level,
        staff_counts.organisation_unit,
        staff_counts.organisation_unit_parent,
        staff_counts.clinical_split,
        tiers.tier

),

step_counts as (

    select
        people_on_tiers.organisation_code,
        people_on_tiers.snapshot_date,
        people_on_tiers.organisation_unit_level,
        people_on_tiers.organisation_unit,
        people_on_tiers.organisation_unit_parent,
        people_on_tiers.clinical_split,
        steps.step,
        {% for group in ['white', 'ethnic_minority', 'unknown'] %}
            sum(case when people_on_tiers.tier = steps.from_tier then people_on_tiers.{{ group }}_count else 0 end)
                as {{ group }}_lower_count,
            sum(case when people_on_tiers.tier = steps.to_tier then people_on_tiers.{{ group }}_count else 0 end)
                as {{ group }}_higher_count,
        {% endfor %}
        count(*) as tier_count
    from people_on_tiers
    cross join steps
    group by
        people_on_tiers.organisation_code,
        people_on_tiers.snapshot_date,
        people_on_tiers.organisation_unit_level,
        people_on_tiers.organisation_unit,
        people_on_tiers.organisation_unit_parent,
        people_on_tiers.clinical_split,
        steps.step

),

final as (

    select
        organisation_code,
        snapshot_date,
        {{ reporting_year('snapshot_date') }} as reporting_year,
        organisation_unit_level,
        organisation_unit,
        organisation_unit_parent,
        clinical_split || ' / ' || step as stratum,
        clinical_split,
        step,
        cast(white_lower_count as bigint) as white_lower_count,
        cast(white_higher_count as bigint) as white_higher_count,
        cast(ethnic_minority_lower_count as bigint) as ethnic_minority_lower_count,
        cast(ethnic_minority_higher_count as bigint) as ethnic_minority_higher_count,
        cast(unknown_lower_count as bigint) as unknown_lower_count,
        cast(unknown_higher_count as bigint) as unknown_higher_count,
        {{ share('white_higher_count', 'white_lower_count') }} as white_progression_ratio,
        {{ share('ethnic_minority_higher_count', 'ethnic_minority_lower_count') }} as ethnic_minority_progression_ratio,
        ({{ share('white_higher_count', 'white_lower_count') }})
        / nullif({{ share('ethnic_minority_higher_count', 'ethnic_minority_lower_count') }}, 0)
            as race_disparity_ratio,
        case
            when white_lower_count = 0 then 'No white person is on the lower tier.'
            when ethnic_minority_lower_count = 0 then 'Nobody from an ethnic minority is on the lower tier.'
            when ethnic_minority_higher_count = 0 then 'Nobody from an ethnic minority is on the higher tier.'
        end as not_computed_because
    from step_counts

)

select * from final
