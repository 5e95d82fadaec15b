-- The catalogue says which indicators are computed: as soon as there is a snapshot, each of them has figures.
with

computed as (

    select * from {{ ref('indicator_catalogue') }}
    where is_computed

),

figures as (

    select distinct
        indicator_id,
        definition_version
    from {{ ref('indicator_values') }}

),

snapshots as (

    select count(*) as snapshot_count
    from {{ ref('quality_snapshots') }}
    where headcount > 0

)

select computed.indicator_id
from computed
cross join snapshots
left join figures
    on
        computed.indicator_id = figures.indicator_id
        and computed.definition_version = figures.definition_version
where figures.indicator_id is null and snapshots.snapshot_count > 0
