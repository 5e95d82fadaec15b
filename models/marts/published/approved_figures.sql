-- One row is one figure as it was signed off once: approval × figure. A restated figure has a row for each time, and none is lost.
with

approved_figures as (

    select * from {{ ref('stg_ledger__approved_figures') }}

),

final as (

    select
        organisation_code,
        approval_number,
        framework_key as framework,
        reporting_year,
        conformed_table,
        indicator_id,
        definition_version,
        as_at_date,
        organisation_unit_level,
        organisation_unit,
        stratum,
        measure,
        group_key as "group",
        reference_group,
        unit,
        value,
        value_text,
        numerator,
        denominator,
        reference_numerator,
        reference_denominator,
        not_computed_because,
        approved_at,
        approved_by,
        reason,
        is_restated,
        release_id,
        content_hash,
        row_number() over (
            partition by {{ figure_key() }}
            order by approval_number desc
        ) = 1 as is_latest
    from approved_figures

)

select * from final
