-- One row is one figure that an organisation has published twice with values that cannot both be right at their printed precision:
-- 1.22 lies between 1.215 and 1.225 and 1.1 between 1.05 and 1.15, while 24 % and 23.9 % may be one share.
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

publications as (

    select
        documents.organisation_code,
        documents.title,
        documents.published_year,
        figures.document,
        figures.location,
        figures.framework,
        figures.indicator,
        figures.measure,
        figures.population,
        figures.period_type,
        figures.period,
        figures.unit,
        figures.decimals,
        figures.value as printed,
        cast(figures.value as decimal(18, 5)) as printed_number,
        {{ half_a_printed_step('figures.decimals') }} as half_a_step,
        cast(documents.published_year as varchar) || figures.document || ' ' || figures.location as place_order
    from figures
    inner join documents on figures.document = documents.document
    inner join units on figures.unit = units.unit
    where units.agreement = 'equal_as_printed'

),

final as (

    select
        earlier.organisation_code,
        earlier.framework,
        earlier.indicator,
        earlier.measure,
        earlier.population,
        earlier.period_type,
        earlier.period,
        earlier.unit,
        earlier.document,
        earlier.title,
        earlier.location,
        earlier.printed,
        earlier.decimals,
        later.document as other_document,
        later.title as other_title,
        later.location as other_location,
        later.printed as other_printed,
        later.decimals as other_decimals,
        cast(later.printed_number - earlier.printed_number as double) as difference
    from publications as earlier
    inner join publications as later
        on
            earlier.organisation_code = later.organisation_code
            and earlier.framework = later.framework
            and earlier.indicator = later.indicator
            and earlier.measure = later.measure
            and earlier.population = later.population
            and earlier.period_type = later.period_type
            and earlier.period = later.period
            and earlier.unit = later.unit
            and earlier.place_order < later.place_order
    where
        earlier.printed_number + earlier.half_a_step <= later.printed_number - later.half_a_step
        or later.printed_number + later.half_a_step <= earlier.printed_number - earlier.half_a_step

)

select * from final
