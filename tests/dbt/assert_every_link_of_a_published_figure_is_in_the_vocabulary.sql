-- A link that names a word which no indicator has would make a published figure look uncomputed for ever.
with

links as (

    select * from {{ ref('published_figure_links') }}
    where indicator_id is not null

),

catalogue as (

    select
        indicator_id,
        is_computed
    from {{ ref('indicator_catalogue') }}
    where is_current_definition

),

vocabulary as (

    select * from {{ ref('indicator_vocabulary') }}
    where organisation_unit_level = 'trust'

)

select
    links.framework,
    links.indicator,
    links.measure,
    links.population,
    links.indicator_id
from links
left join catalogue on links.indicator_id = catalogue.indicator_id
left join vocabulary
    on
        links.conformed_table = vocabulary.conformed_table
        and links.indicator_id = vocabulary.indicator_id
        and links.conformed_measure = vocabulary.measure
        and links.stratum = vocabulary.stratum
        and links.group_key = vocabulary."group"
        and coalesce(links.reference_group, '') = vocabulary.reference_group
where catalogue.indicator_id is null or (catalogue.is_computed and vocabulary.indicator_id is null)
