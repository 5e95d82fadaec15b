-- One row is one figure that an organisation has printed in one place of one document, with its place in the conformed tables. All of it
-- comes from what was printed and from definitions: nothing here is counted from people, so it may be read by everyone.
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

definitions as (

    select * from {{ ref('indicator_definitions') }}
    where is_current_definition

),

contradictions as (

    select * from {{ ref('published_contradictions') }}

),

publications as (

    select
        documents.organisation_code,
        documents.title,
        documents.published_year,
        figures.*,
        units.printed_scale,
        units.agreement,
        replace(units.printed_form, '{}', figures.value) as printed,
        cast(case when length(figures.period) = 4 then figures.period || '-12-31' else figures.period end as date)
            as as_at_date
    from figures
    inner join documents on figures.document = documents.document
    inner join units on figures.unit = units.unit

),

-- Several groups of one published figure are added up, and are one place.
places as (

    select
        links.framework,
        links.indicator,
        links.measure,
        links.population,
        min(links.conformed_table) as conformed_table,
        min(links.indicator_id) as indicator_id,
        min(definitions.definition_version) as definition_version,
        min(links.conformed_measure) as conformed_measure,
        min(links.stratum) as stratum,
        {{ joined_texts('links.group_key', 'links.group_key') }} as group_keys,
        min(links.reference_group) as reference_group,
        min(links.figure) as figure,
        min(links.display_sign) as display_sign,
        min(links.date_rule) as date_rule,
        min(links.not_linked_because) as not_linked_because
    from links
    left join definitions on links.indicator_id = definitions.indicator_id
    group by links.framework, links.indicator, links.measure, links.population

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

final as (

    select
        publications.organisation_code,
        publications.document,
        publications.title,
        publications.published_year,
        publications.location,
        publications.framework,
        publications.indicator,
        publications.measure,
        publications.population,
        publications.period_type,
        publications.period,
        publications.value as published_value,
        publications.unit,
        publications.decimals,
        publications.count as published_count,
        publications.printed,
        places.conformed_table,
        places.indicator_id,
        places.definition_version,
        publications.as_at_date,
        {{ reporting_year('publications.as_at_date') }} as reporting_year,
        places.date_rule,
        places.conformed_measure,
        places.stratum,
        places.group_keys as "group",
        places.reference_group,
        places.figure,
        places.display_sign,
        -- Through a decimal, so that 11.9 points are 0.119 and not 0.11900000000000001.
        case
            when publications.agreement = 'equal_as_printed'
                then cast(cast(
                    places.display_sign * cast(publications.value as double) / publications.printed_scale
                    as decimal(28, 8)
                ) as double)
        end as conformed_value,
        contradicted.contradicted_by is not null as is_contradicted,
        contradicted.contradicted_by,
        places.not_linked_because
    from publications
    left join places
        on
            publications.framework = places.framework
            and publications.indicator = places.indicator
            and publications.measure = places.measure
            and publications.population = places.population
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

)

select * from final
