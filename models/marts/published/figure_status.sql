-- One row is one figure of the whole trust that can be signed off, with what it is: draft, approved, or changed since.
-- A figure that is computed has its status from the conformed tables; here are also those that were signed and are not computed.
-- A figure is signed off for a year: at 31 March, or at 31 December where all dates of the indicator are one (the survey).
with

indicator_values as (

    select * from {{ ref('indicator_values') }}
    where organisation_unit_level = 'trust' and is_current_definition

),

indicator_comparisons as (

    select * from {{ ref('indicator_comparisons') }}
    where organisation_unit_level = 'trust' and is_current_definition

),

catalogue as (

    select
        indicator_id,
        {{ framework_key('framework') }} as framework
    from {{ ref('indicator_catalogue') }}
    where is_current_definition

),

signed as (

    select * from {{ ref('approved_figures') }}

),

calendar_year_indicators as (

    select
        organisation_code,
        indicator_id
    from indicator_values
    group by organisation_code, indicator_id
    having count(*) = sum(case when extract(month from as_at_date) = 12 then 1 else 0 end)

),

figures as (

    select
        organisation_code,
        'indicator_values' as conformed_table,
        indicator_id,
        definition_version,
        reporting_year,
        as_at_date,
        organisation_unit_level,
        organisation_unit,
        stratum,
        measure,
        "group" as group_key,
        '' as reference_group,
        status,
        unit,
        value,
        value_text,
        numerator,
        denominator,
        cast(null as decimal(18, 4)) as reference_numerator,
        cast(null as decimal(18, 4)) as reference_denominator,
        not_computed_because
    from indicator_values
    union all
    select
        organisation_code,
        'indicator_comparisons' as conformed_table,
        indicator_id,
        definition_version,
        reporting_year,
        as_at_date,
        organisation_unit_level,
        organisation_unit,
        stratum,
        measure,
        minority_group as group_key,
        reference_group,
        status,
        unit,
        value,
        cast(null as varchar) as value_text,
        minority_numerator as numerator,
        minority_denominator as denominator,
        reference_numerator,
        reference_denominator,
        not_computed_because
    from indicator_comparisons

),

figures_of_years as (

    select figures.*
    from figures
    left join calendar_year_indicators
        on
            figures.organisation_code = calendar_year_indicators.organisation_code
            and figures.indicator_id = calendar_year_indicators.indicator_id
    where
        figures.status <> 'draft'
        or (extract(month from figures.as_at_date) = 3 and extract(day from figures.as_at_date) = 31)
        or (
            calendar_year_indicators.indicator_id is not null
            and extract(month from figures.as_at_date) = 12
            and extract(day from figures.as_at_date) = 31
        )

),

approvals as (

    select
        organisation_code,
        conformed_table,
        indicator_id,
        as_at_date,
        organisation_unit_level,
        organisation_unit,
        stratum,
        measure,
        "group" as group_key,
        reference_group,
        count(*) as approval_count
    from signed
    group by
        organisation_code,
        conformed_table,
        indicator_id,
        as_at_date,
        organisation_unit_level,
        organisation_unit,
        stratum,
        measure,
        "group",
        reference_group

),

latest_signed as (

    select
        signed.*,
        signed."group" as group_key,
        approvals.approval_count
    from signed
    inner join approvals
        on
            signed.organisation_code = approvals.organisation_code
            and signed.conformed_table = approvals.conformed_table
            and signed.indicator_id = approvals.indicator_id
            and signed.as_at_date = approvals.as_at_date
            and signed.organisation_unit_level = approvals.organisation_unit_level
            and signed.organisation_unit = approvals.organisation_unit
            and signed.stratum = approvals.stratum
            and signed.measure = approvals.measure
            and signed."group" = approvals.group_key
            and signed.reference_group = approvals.reference_group
    where signed.is_latest

),

compared as (

    select
        coalesce(figures_of_years.organisation_code, latest_signed.organisation_code) as organisation_code,
        coalesce(figures_of_years.conformed_table, latest_signed.conformed_table) as conformed_table,
        coalesce(figures_of_years.indicator_id, latest_signed.indicator_id) as indicator_id,
        coalesce(figures_of_years.reporting_year, latest_signed.reporting_year) as reporting_year,
        coalesce(figures_of_years.as_at_date, latest_signed.as_at_date) as as_at_date,
        coalesce(figures_of_years.organisation_unit_level, latest_signed.organisation_unit_level)
            as organisation_unit_level,
        coalesce(figures_of_years.organisation_unit, latest_signed.organisation_unit) as organisation_unit,
        coalesce(figures_of_years.stratum, latest_signed.stratum) as stratum,
        coalesce(figures_of_years.measure, latest_signed.measure) as measure,
        coalesce(figures_of_years.group_key, latest_signed.group_key) as group_key,
        coalesce(figures_of_years.reference_group, latest_signed.reference_group) as reference_group,
        coalesce(figures_of_years.unit, latest_signed.unit) as unit,
        latest_signed.framework as approved_framework,
        figures_of_years.status,
        figures_of_years.definition_version,
        figures_of_years.value,
        figures_of_years.value_text,
        figures_of_years.numerator,
        figures_of_years.denominator,
        figures_of_years.reference_numerator,
        figures_of_years.reference_denominator,
        figures_of_years.not_computed_because,
        latest_signed.approval_number,
        latest_signed.definition_version as approved_definition_version,
        latest_signed.value as approved_value,
        latest_signed.value_text as approved_value_text,
        latest_signed.numerator as approved_numerator,
        latest_signed.denominator as approved_denominator,
        latest_signed.reference_numerator as approved_reference_numerator,
        latest_signed.reference_denominator as approved_reference_denominator,
        latest_signed.approved_at,
        latest_signed.approved_by,
        latest_signed.release_id as approved_release_id,
        coalesce(latest_signed.approval_count, 0) as approval_count
    from figures_of_years
    full outer join latest_signed
        on
            figures_of_years.organisation_code = latest_signed.organisation_code
            and figures_of_years.conformed_table = latest_signed.conformed_table
            and figures_of_years.indicator_id = latest_signed.indicator_id
            and figures_of_years.as_at_date = latest_signed.as_at_date
            and figures_of_years.organisation_unit_level = latest_signed.organisation_unit_level
            and figures_of_years.organisation_unit = latest_signed.organisation_unit
            and figures_of_years.stratum = latest_signed.stratum
            and figures_of_years.measure = latest_signed.measure
            and figures_of_years.group_key = latest_signed.group_key
            and figures_of_years.reference_group = latest_signed.reference_group

),

final as (

    select
        compared.organisation_code,
        coalesce(catalogue.framework, compared.approved_framework) as framework,
        compared.conformed_table,
        compared.indicator_id,
        compared.reporting_year,
        compared.as_at_date,
        compared.organisation_unit_level,
        compared.organisation_unit,
        compared.stratum,
        compared.measure,
        compared.group_key as "group",
        compared.reference_group,
        case
            when compared.status is not null then compared.status
            when compared.approved_definition_version is null then 'withdrawn'
            else 'no_longer_computed'
        end as status,
        compared.unit,
        compared.definition_version,
        compared.value,
        compared.value_text,
        compared.numerator,
        compared.denominator,
        compared.reference_numerator,
        compared.reference_denominator,
        compared.not_computed_because,
        compared.approved_definition_version,
        compared.approved_value,
        compared.approved_value_text,
        compared.approved_numerator,
        compared.approved_denominator,
        compared.approved_reference_numerator,
        compared.approved_reference_denominator,
        compared.value - compared.approved_value as difference,
        compared.approval_number,
        compared.approved_at,
        compared.approved_by,
        compared.approved_release_id,
        cast(case when compared.approval_count > 1 then compared.approval_count - 1 else 0 end as bigint)
            as restated_count
    from compared
    left join catalogue on compared.indicator_id = catalogue.indicator_id

)

select * from final
