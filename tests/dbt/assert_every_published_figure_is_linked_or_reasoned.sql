-- Each published figure names the figure of ours that it is, or says why we compute none: nothing that was printed is passed over.
with

figures as (

    select distinct
        framework,
        indicator,
        measure,
        population
    from {{ ref('published_figures') }}

),

links as (

    select * from {{ ref('published_figure_links') }}

)

select figures.*
from figures
left join links
    on
        figures.framework = links.framework
        and figures.indicator = links.indicator
        and figures.measure = links.measure
        and figures.population = links.population
where
    links.framework is null
    or (links.indicator_id is null) = (links.not_linked_because is null)
    or (
        links.indicator_id is not null
        and (
            links.conformed_table is null
            or links.conformed_measure is null
            or links.stratum is null
            or links.group_key is null
            or links.figure is null
            or links.display_sign is null
            or links.date_rule is null
        )
    )
