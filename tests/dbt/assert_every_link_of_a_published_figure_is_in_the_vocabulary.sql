-- A link that names a word which no indicator has would make a published figure look uncomputed for ever.
with

links as (

    select * from {{ ref('published_figure_links') }}
    where indicator_id is not null

),

computed as (

    select distinct indicator_id
    from {{ ref('indicator_catalogue') }}
    where is_computed

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
left join computed on links.indicator_id = computed.indicator_id
left join vocabulary
    on
        links.conformed_table = vocabulary.conformed_table
        and links.indicator_id = vocabulary.indicator_id
        and links.conformed_measure = vocabulary.measure
        and links.stratum = vocabulary.stratum
        and links.group_key = vocabulary."group"
        and coalesce(links.reference_group, 'none') = coalesce(vocabulary.reference_group, 'none')
where computed.indicator_id is null or vocabulary.indicator_id is null
