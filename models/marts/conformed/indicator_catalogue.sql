-- One row is one version of one indicator's definition: what outside programs read before they read a figure.
with

definitions as (

    select * from {{ ref('indicator_definitions') }}

),

final as (

    select
        indicator_id,
        definition_version,
        is_current_definition,
        is_computed,
        not_computed_because,
        framework,
        number,
        position,
        title,
        definition,
        population,
        exclusions,
        numerator,
        denominator,
        minority_group,
        reference_group,
        ratio_direction,
        better_when,
        period_rule,
        rolling_years,
        mart,
        source_data,
        small_number_rule,
        guidance_reference,
        source
    from definitions

)

select * from final
