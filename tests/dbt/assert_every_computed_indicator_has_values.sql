-- The catalogue says which indicators are computed: as soon as an organisation has all the files that one needs, it has figures.
-- A staff list in which nobody is in scope gives none.
with

computed as (

    select
        indicator_id,
        definition_version
    from {{ ref('indicator_catalogue') }}
    where is_computed

),

figures as (

    select distinct
        organisation_code,
        indicator_id,
        definition_version
    from {{ ref('indicator_values') }}

),

counted as (

    select organisation_code
    from {{ ref('quality_snapshots') }}
    group by organisation_code
    having max(headcount) > 0

),

sources as (

    select
        quality_sources.organisation_code,
        indicator_sources.indicator_id,
        min(case
            when quality_sources.row_count = 0 then 0
            when quality_sources.dataset = 'esr_staff_list' and counted.organisation_code is null then 0
            else 1
        end) as has_all
    from {{ ref('indicator_sources') }} as indicator_sources
    inner join {{ ref('quality_sources') }} as quality_sources
        on indicator_sources.dataset = quality_sources.dataset
    left join counted on quality_sources.organisation_code = counted.organisation_code
    group by quality_sources.organisation_code, indicator_sources.indicator_id

)

select
    sources.organisation_code,
    computed.indicator_id,
    computed.definition_version
from computed
inner join sources on computed.indicator_id = sources.indicator_id
left join figures
    on
        sources.organisation_code = figures.organisation_code
        and computed.indicator_id = figures.indicator_id
        and computed.definition_version = figures.definition_version
where sources.has_all = 1 and figures.indicator_id is null
