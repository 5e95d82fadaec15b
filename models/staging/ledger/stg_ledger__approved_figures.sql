-- One row is one figure as one approval signed it off. The ledger only grows: a restatement is another approval of the figure.
with

source as (

    select * from {{ source('ledger', 'approved_figures') }}

),

final as (

    select
        approval_number,
        approved_at,
        approved_by,
        reason,
        organisation_code,
        framework_key,
        reporting_year,
        release_id,
        content_hash,
        is_restated,
        conformed_table,
        indicator_id,
        definition_version,
        as_at_date,
        organisation_unit_level,
        organisation_unit,
        stratum,
        measure,
        group_key,
        reference_group,
        unit,
        value,
        value_text,
        numerator,
        denominator,
        reference_numerator,
        reference_denominator,
        not_computed_because
    from source

)

select * from final
