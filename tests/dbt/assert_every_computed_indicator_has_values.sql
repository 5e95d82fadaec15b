-- The catalogue says which indicators are computed: as soon as an organisation has all the files that one needs, it has figures.
-- A staff list in which nobody is in scope gives none, and neither do movements before there are two snapshots a year apart, or
-- yearly figures before there is a 31 March: a trust begins with one month.
with

computed as (

    select
        indicator_id,
        definition_version,
        case
            when mart = 'workforce_movement' then 'year_pair'
            when mart = 'race_disparity_ratio' then 'snapshot_of_year_end'
            when mart like 'pay_gap_%' then 'pay_of_year_end'
        end as needed_date
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

counted_snapshots as (

    select
        organisation_code,
        snapshot_date
    from {{ ref('int_snapshot_counts') }}
    where headcount > 0

),

dates as (

    select
        later.organisation_code,
        'year_pair' as needed_date
    from counted_snapshots as later
    inner join counted_snapshots as earlier
        on
            later.organisation_code = earlier.organisation_code
            and {{ one_year_earlier('later.snapshot_date') }} = earlier.snapshot_date
    union
    select
        organisation_code,
        'snapshot_of_year_end' as needed_date
    from counted_snapshots
    where {{ is_year_end('snapshot_date') }}
    union
    select
        organisation_code,
        'pay_of_year_end' as needed_date
    from {{ ref('stg_loads') }}
    where is_current and dataset = 'pay_assignments' and {{ is_year_end('as_at_date') }}

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
left join dates
    on
        sources.organisation_code = dates.organisation_code
        and computed.needed_date = dates.needed_date
where
    sources.has_all = 1
    and figures.indicator_id is null
    and (computed.needed_date is null or dates.needed_date is not null)
