-- One row is one row of indicator_values that everyone may read, once small numbers are protected: the cuts of seeds/disclosure/open_cuts
-- by the current definition. Counts are exact on one day of the year and rounded on every other (the policy).
with

indicator_values as (

    select * from {{ ref('indicator_values') }}
    where is_current_definition

),

cuts as (

    select * from {{ ref('open_cuts') }}

),

strata as (

    select
        stratum,
        stratum_dimension
    from {{ ref('strata') }}

),

policy as (

    select
        {{ open_rule('exact_month_day') }} as exact_month_day,
        cast({{ open_rule('rounding_base') }} as integer) as rounding_base

),

dated as (

    select
        indicator_values.organisation_code,
        indicator_values.indicator_id,
        indicator_values.definition_version,
        indicator_values.is_current_definition,
        indicator_values.reporting_year,
        indicator_values.as_at_date,
        indicator_values.organisation_unit_level,
        indicator_values.organisation_unit,
        indicator_values.organisation_unit_parent,
        indicator_values.stratum,
        indicator_values.measure,
        indicator_values."group",
        indicator_values.numerator,
        indicator_values.denominator,
        indicator_values.value,
        indicator_values.value_text,
        indicator_values.unit,
        indicator_values.ci_low,
        indicator_values.ci_high,
        indicator_values.method,
        indicator_values.not_computed_because,
        indicator_values.status,
        strata.stratum_dimension,
        cuts.treatment,
        policy.rounding_base,
        strftime(indicator_values.as_at_date, '%m-%d') = policy.exact_month_day as is_exact_day
    from indicator_values
    inner join strata on indicator_values.stratum = strata.stratum
    inner join cuts
        on
            indicator_values.indicator_id = cuts.indicator_id
            and indicator_values.measure = cuts.measure
            and indicator_values.organisation_unit_level = cuts.organisation_unit_level
            and strata.stratum_dimension = cuts.stratum_dimension
    cross join policy

),

final as (

    select
        md5(concat_ws(
            chr(31), organisation_code, indicator_id, definition_version, as_at_date, organisation_unit_level,
            organisation_unit, stratum, measure, "group"
        )) as row_id,
        *,
        case when is_exact_day then 1 else rounding_base end as rounded_to
    from dated
    where
        treatment in ('already_public', 'not_about_people', 'year_end_and_month')
        or (treatment = 'year_end' and is_exact_day)

)

select * from final
