-- One row is how many people, cases or applications one indicator leaves out for one reason, so that nobody is dropped unseen:
-- organisation × indicator × version × as-at date × unit × reason.
with

exclusions as (

    select * from {{ ref('all_exclusions') }}

),

definitions as (

    select * from {{ ref('indicator_definitions') }}
    where is_computed

),

reasons as (

    select * from {{ ref('exclusion_reasons') }}

),

final as (

    select
        exclusions.organisation_code,
        exclusions.indicator_id,
        definitions.definition_version,
        definitions.is_current_definition,
        {{ reporting_year('exclusions.as_at_date') }} as reporting_year,
        exclusions.as_at_date,
        exclusions.organisation_unit_level,
        exclusions.organisation_unit,
        exclusions.reason,
        reasons.reason_label,
        exclusions.counted,
        exclusions.excluded_count
    from exclusions
    inner join definitions
        on
            exclusions.indicator_id = definitions.indicator_id
            and (
                exclusions.definition_version = definitions.definition_version
                or (exclusions.definition_version is null and definitions.is_current_definition)
            )
    inner join reasons on exclusions.reason = reasons.reason

)

select * from final
