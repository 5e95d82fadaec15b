-- One row is one group in one unit for one figure of how likely something was: to how many it happened, and of how many. All marts of
-- relative likelihoods read these counts. A group to which it did not happen is a row with nought; a figure that cannot be
-- computed is a row of the trust without counts, with the reason.
{{ config(materialized='table') }}
with

periods as (

    select distinct
        organisation_code,
        indicator_id,
        definition_version,
        rolling_years,
        characteristic,
        needs_snapshot,
        as_at_date,
        not_computed_because
    from {{ ref('int_event_periods') }}

),

indicator_groups as (

    select * from {{ ref('indicator_groups') }}
    where measure = 'likelihood'

),

indicator_cuts as (

    select * from {{ ref('indicator_cuts') }}
    where conformed_table = 'indicator_values' and measure = 'likelihood' and stratum_dimension = 'all'

),

staff_counts as (

    select * from {{ ref('int_staff_counts') }}
    where stratum_dimension = 'all'

),

staff_of_periods as (

    select
        periods.organisation_code,
        periods.indicator_id,
        periods.definition_version,
        periods.as_at_date,
        staff_counts.organisation_unit_level,
        staff_counts.organisation_unit,
        staff_counts.organisation_unit_parent,
        staff_counts.group_key,
        staff_counts.person_count
    from periods
    inner join indicator_cuts on periods.indicator_id = indicator_cuts.indicator_id
    inner join staff_counts
        on
            periods.organisation_code = staff_counts.organisation_code
            and periods.as_at_date = staff_counts.snapshot_date
            and periods.characteristic = staff_counts.characteristic
            and indicator_cuts.organisation_unit_level = staff_counts.organisation_unit_level
    where periods.needs_snapshot and periods.not_computed_because is null

),

{% set keys = [
    'organisation_code',
    'indicator_id',
    'definition_version',
    'as_at_date',
    'organisation_unit_level',
    'organisation_unit',
    'organisation_unit_parent',
    'group_key'
] -%}
counts as (

    select
        {{ keys | join(',\n        ') }},
        base_count,
        base_count_as_first_filed,
        event_count,
        event_count_as_first_filed
    from {{ ref('int_application_counts') }}
    {% for model in ['int_case_counts', 'int_learner_counts'] -%}
        union all
        select
            {{ keys | join(',\n            ') }},
            0 as base_count,
            0 as base_count_as_first_filed,
            event_count,
            event_count_as_first_filed
        from {{ ref(model) }}
    {% endfor -%}
    union all
    select
        {{ keys | join(',\n        ') }},
        person_count as base_count,
        person_count as base_count_as_first_filed,
        0 as event_count,
        0 as event_count_as_first_filed
    from staff_of_periods

),

summed_counts as (

    select
        {{ keys | join(',\n        ') }},
        sum(base_count) as base_count,
        sum(base_count_as_first_filed) as base_count_as_first_filed,
        sum(event_count) as event_count,
        sum(event_count_as_first_filed) as event_count_as_first_filed
    from counts
    group by {{ keys | join(', ') }}

),

units as (

    select distinct
        organisation_code,
        indicator_id,
        definition_version,
        as_at_date,
        organisation_unit_level,
        organisation_unit,
        organisation_unit_parent
    from summed_counts
    union
    select
        organisation_code,
        indicator_id,
        definition_version,
        as_at_date,
        'trust' as organisation_unit_level,
        'trust' as organisation_unit,
        null as organisation_unit_parent
    from periods

),

final as (

    select
        units.organisation_code,
        units.indicator_id,
        units.definition_version,
        periods.rolling_years,
        units.as_at_date,
        units.organisation_unit_level,
        units.organisation_unit,
        units.organisation_unit_parent,
        indicator_groups.group_key,
        {% for count in ['base_count', 'base_count_as_first_filed', 'event_count', 'event_count_as_first_filed'] -%}
            case
                when periods.not_computed_because is null then cast(coalesce(summed_counts.{{ count }}, 0) as bigint)
            end as {{ count }},
        {% endfor -%}
        periods.not_computed_because
    from units
    inner join periods
        on
            units.organisation_code = periods.organisation_code
            and units.indicator_id = periods.indicator_id
            and units.definition_version = periods.definition_version
            and units.as_at_date = periods.as_at_date
    inner join indicator_groups on units.indicator_id = indicator_groups.indicator_id
    left join summed_counts
        on
            units.organisation_code = summed_counts.organisation_code
            and units.indicator_id = summed_counts.indicator_id
            and units.definition_version = summed_counts.definition_version
            and units.as_at_date = summed_counts.as_at_date
            and units.organisation_unit_level = summed_counts.organisation_unit_level
            and units.organisation_unit = summed_counts.organisation_unit
            and coalesce(units.organisation_unit_parent, '') = coalesce(summed_counts.organisation_unit_parent, '')
            and indicator_groups.group_key = summed_counts.group_key

)

select * from final
