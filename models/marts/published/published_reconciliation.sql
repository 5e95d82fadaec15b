-- One row is one figure that an organisation has published in one place, beside the same figure as it is computed now and as it was
-- signed off: equal at the printed precision, or not, or why it cannot be computed.
with

figures as (

    select * from {{ ref('published_figures') }}

),

documents as (

    select * from {{ ref('published_documents') }}

),

units as (

    select * from {{ ref('published_units') }}

),

links as (

    select * from {{ ref('published_figure_links') }}

),

computed as (

    select * from {{ ref('figure_status') }}

),

definitions as (

    select * from {{ ref('indicator_definitions') }}
    where is_current_definition

),

contradictions as (

    select * from {{ ref('published_contradictions') }}

),

organisations_here as (

    select distinct organisation_code from {{ ref('indicator_values') }}

),

publications as (

    select
        documents.organisation_code,
        documents.title,
        documents.published_year,
        figures.*,
        units.printed_scale,
        units.agreement,
        cast(case when length(figures.period) = 4 then figures.period || '-12-31' else figures.period end as date)
            as as_at_date,
        {{ reporting_year(
            "cast(case when length(figures.period) = 4 then figures.period || '-12-31' else figures.period end as date)"
        ) }} as reporting_year
    from figures
    inner join documents on figures.document = documents.document
    inner join units on figures.unit = units.unit

),

parts as (

    select
        publications.organisation_code,
        publications.document,
        publications.location,
        publications.framework,
        publications.indicator,
        publications.measure,
        publications.population,
        publications.period,
        links.conformed_table,
        links.indicator_id,
        links.conformed_measure,
        links.stratum,
        links.group_key,
        links.reference_group,
        links.not_linked_because,
        definitions.is_computed,
        definitions.not_computed_because as not_defined_because,
        computed.definition_version,
        computed.as_at_date as computed_date,
        computed.not_computed_because as no_value_because,
        computed.numerator,
        computed.denominator,
        case when links.figure = 'denominator' then computed.denominator else computed.numerator end as part_count,
        computed.value_text,
        computed.status,
        links.display_sign * case links.figure
            when 'numerator' then cast(computed.numerator as double)
            when 'denominator' then cast(computed.denominator as double)
            when 'value' then computed.value
        end as part_value,
        links.display_sign * case links.figure
            when 'numerator' then cast(computed.approved_numerator as double)
            when 'denominator' then cast(computed.approved_denominator as double)
            when 'value' then computed.approved_value
        end as approved_part_value,
        computed.approved_value_text
    from publications
    left join links
        on
            publications.framework = links.framework
            and publications.indicator = links.indicator
            and publications.measure = links.measure
            and publications.population = links.population
    left join definitions on links.indicator_id = definitions.indicator_id
    left join computed
        on
            publications.organisation_code = computed.organisation_code
            and links.conformed_table = computed.conformed_table
            and links.indicator_id = computed.indicator_id
            and links.conformed_measure = computed.measure
            and links.stratum = computed.stratum
            and links.group_key = computed."group"
            and coalesce(links.reference_group, '') = computed.reference_group
            and (
                publications.as_at_date = computed.as_at_date
                or (
                    links.date_rule = 'same_reporting_year'
                    and publications.reporting_year = computed.reporting_year
                )
            )

),

wholes as (

    select
        organisation_code,
        document,
        location,
        framework,
        indicator,
        measure,
        population,
        period,
        min(conformed_table) as conformed_table,
        min(indicator_id) as indicator_id,
        min(definition_version) as definition_version,
        min(conformed_measure) as conformed_measure,
        min(stratum) as stratum,
        {{ joined_texts('group_key', 'group_key') }} as group_keys,
        min(reference_group) as reference_group,
        min(computed_date) as as_at_date,
        case when count(part_value) = count(*) then sum(part_value) end as computed_value,
        min(value_text) as computed_text,
        cast(sum(numerator) as decimal(18, 4)) as numerator,
        max(denominator) as denominator,
        sum(part_count) as computed_count,
        case when count(approved_part_value) = count(*) then sum(approved_part_value) end as approved_value,
        min(approved_value_text) as approved_text,
        max(status) as status,
        coalesce(min(not_linked_because), min(not_defined_because), min(no_value_because)) as told_reason
    from parts
    group by organisation_code, document, location, framework, indicator, measure, population, period

),

told_contradictions as (

    select
        organisation_code,
        document,
        location,
        framework,
        indicator,
        measure,
        population,
        period,
        other_printed || ' (' || other_title || ', ' || other_location || ')' as said
    from contradictions
    union all
    select
        organisation_code,
        other_document as document,
        other_location as location,
        framework,
        indicator,
        measure,
        population,
        period,
        printed || ' (' || title || ', ' || location || ')' as said
    from contradictions

),

contradicted as (

    select
        organisation_code,
        document,
        location,
        framework,
        indicator,
        measure,
        population,
        period,
        {{ joined_texts('said', 'said') }} as contradicted_by
    from told_contradictions
    group by organisation_code, document, location, framework, indicator, measure, population, period

),

beside_each_other as (

    select
        publications.*,
        wholes.conformed_table,
        wholes.indicator_id,
        wholes.definition_version,
        wholes.conformed_measure,
        wholes.stratum,
        wholes.group_keys,
        wholes.reference_group,
        wholes.as_at_date as computed_date,
        wholes.computed_value * publications.printed_scale as computed_value,
        wholes.computed_text,
        wholes.numerator,
        wholes.denominator,
        wholes.computed_count,
        wholes.approved_value * publications.printed_scale as approved_value,
        wholes.approved_text,
        wholes.status,
        wholes.told_reason,
        contradicted.contradicted_by,
        organisations_here.organisation_code is not null as is_here,
        case when publications.agreement <> 'same_word' then cast(publications.value as decimal(18, 4)) end
            as printed_number
    from publications
    inner join wholes
        on
            publications.organisation_code = wholes.organisation_code
            and publications.document = wholes.document
            and publications.location = wholes.location
            and publications.framework = wholes.framework
            and publications.indicator = wholes.indicator
            and publications.measure = wholes.measure
            and publications.population = wholes.population
            and publications.period = wholes.period
    left join contradicted
        on
            publications.organisation_code = contradicted.organisation_code
            and publications.document = contradicted.document
            and publications.location = contradicted.location
            and publications.framework = contradicted.framework
            and publications.indicator = contradicted.indicator
            and publications.measure = contradicted.measure
            and publications.population = contradicted.population
            and publications.period = contradicted.period
    left join organisations_here on publications.organisation_code = organisations_here.organisation_code

),

final as (

    select
        organisation_code,
        document,
        title,
        published_year,
        location,
        framework,
        indicator,
        measure,
        population,
        period_type,
        period,
        value as published_value,
        unit,
        decimals,
        count as published_count,
        conformed_table,
        indicator_id,
        definition_version,
        computed_date as as_at_date,
        conformed_measure,
        stratum,
        group_keys as "group",
        reference_group,
        computed_value,
        case
            when agreement = 'same_word' then computed_text
            else {{ printed_text('computed_value', 'decimals') }}
        end as computed_as_printed,
        numerator,
        denominator,
        computed_value - cast(printed_number as double) as difference,
        {{ agrees_with_printed('computed_value', 'computed_text') }} as is_equal_as_printed,
        cast(computed_count as bigint) - count as count_difference,
        case
            when computed_value is not null or computed_text is not null then null
            when told_reason is not null then told_reason
            when not is_here then 'This release holds no data of the organisation.'
            else 'The release has no figure of this date.'
        end as not_computed_because,
        status,
        approved_value,
        {{ agrees_with_printed('approved_value', 'approved_text') }} as is_approved_equal_as_printed,
        contradicted_by is not null as is_contradicted,
        contradicted_by
    from beside_each_other

)

select * from final
