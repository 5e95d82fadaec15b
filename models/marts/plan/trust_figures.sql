-- One row is one figure of the whole trust, of either conformed table and of a current definition, with its direction: what the
-- plans, the high impact actions and the evidence of EDS refer to.
{{ config(materialized='ephemeral', contract={'enforced': false}) }}
with

figures as (

    select
        *,
        {{ one_year_earlier('as_at_date') }} as date_one_year_earlier
    from {{ ref('indicator_values') }}
    where organisation_unit_level = 'trust' and is_current_definition

),

comparisons as (

    select * from {{ ref('indicator_comparisons') }}
    where organisation_unit_level = 'trust' and is_current_definition

),

-- The direction of a value is that of its comparison with itself one year earlier, which has the value's own measure.
directions as (

    select
        organisation_code,
        indicator_id,
        as_at_date,
        stratum,
        measure,
        minority_group,
        min(direction_by_threshold) as direction_by_threshold,
        min(direction_tested) as direction_tested
    from comparisons
    group by organisation_code, indicator_id, as_at_date, stratum, measure, minority_group

),

final as (

    select
        'indicator_values' as conformed_table,
        figures.organisation_code,
        figures.indicator_id,
        figures.as_at_date,
        figures.measure,
        figures.stratum,
        figures."group" as group_key,
        '' as reference_group,
        figures.value,
        figures.value_text,
        figures.unit,
        previous.as_at_date as previous_as_at_date,
        previous.value as previous_value,
        previous.value_text as previous_value_text,
        directions.direction_by_threshold,
        directions.direction_tested,
        figures.not_computed_because
    from figures
    left join figures as previous
        on
            figures.organisation_code = previous.organisation_code
            and figures.indicator_id = previous.indicator_id
            and figures.date_one_year_earlier = previous.as_at_date
            and figures.stratum = previous.stratum
            and figures.measure = previous.measure
            and figures."group" = previous."group"
    left join directions
        on
            figures.organisation_code = directions.organisation_code
            and figures.indicator_id = directions.indicator_id
            and figures.as_at_date = directions.as_at_date
            and figures.stratum = directions.stratum
            and figures.measure = directions.measure
            and figures."group" = directions.minority_group
    union all
    select
        'indicator_comparisons' as conformed_table,
        organisation_code,
        indicator_id,
        as_at_date,
        measure,
        stratum,
        minority_group as group_key,
        reference_group,
        value,
        cast(null as varchar) as value_text,
        unit,
        previous_as_at_date,
        previous_value,
        cast(null as varchar) as previous_value_text,
        direction_by_threshold,
        direction_tested,
        not_computed_because
    from comparisons

)

select * from final
