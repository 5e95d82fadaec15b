-- One row is one figure that an organisation has published in one place, beside the same figure as it is computed now and as it was
-- signed off: equal at the printed precision, or not, or why it cannot be computed.
with

history as (

    select * from {{ ref('published_history') }}

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

organisations_here as (

    select distinct organisation_code from {{ ref('indicator_values') }}

),

publications as (

    select
        history.*,
        units.printed_scale,
        units.agreement,
        case when units.agreement <> 'same_word' then cast(history.published_value as decimal(18, 4)) end
            as printed_number
    from history
    inner join units on history.unit = units.unit

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
        min(definition_version) as definition_version,
        min(computed_date) as computed_date,
        case when count(part_value) = count(*) then sum(part_value) end as computed_value,
        min(value_text) as computed_text,
        cast(sum(numerator) as decimal(18, 4)) as numerator,
        max(denominator) as denominator,
        sum(part_count) as computed_count,
        case when count(approved_part_value) = count(*) then sum(approved_part_value) end as approved_value,
        min(approved_value_text) as approved_text,
        max(status) as status,
        coalesce(min(not_defined_because), min(no_value_because)) as told_reason
    from parts
    group by organisation_code, document, location, framework, indicator, measure, population, period

),

beside_each_other as (

    select
        publications.*,
        wholes.definition_version as computed_definition_version,
        wholes.computed_date,
        wholes.computed_value * publications.printed_scale as computed_value,
        wholes.computed_text,
        wholes.numerator,
        wholes.denominator,
        wholes.computed_count,
        wholes.approved_value * publications.printed_scale as approved_value,
        wholes.approved_text,
        wholes.status,
        coalesce(publications.not_linked_because, wholes.told_reason) as told_reason,
        organisations_here.organisation_code is not null as is_here
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
        published_value,
        unit,
        decimals,
        published_count,
        conformed_table,
        indicator_id,
        computed_definition_version as definition_version,
        computed_date as as_at_date,
        conformed_measure,
        stratum,
        "group",
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
        cast(computed_count as bigint) - published_count as count_difference,
        case
            when computed_value is not null or computed_text is not null then null
            when told_reason is not null then told_reason
            when not is_here then 'This release holds no data of the organisation.'
            else 'The release has no figure of this date.'
        end as not_computed_because,
        status,
        approved_value,
        {{ agrees_with_printed('approved_value', 'approved_text') }} as is_approved_equal_as_printed,
        is_contradicted,
        contradicted_by
    from beside_each_other

)

select * from final
