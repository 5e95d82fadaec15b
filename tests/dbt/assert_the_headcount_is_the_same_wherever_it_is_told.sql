-- One headcount: quality_snapshots, WRES 1, WDES 1, the workforce beside the population, every characteristic of the profile, every declared field and the scope list agree.
with

headcounts as (

    select
        'quality_snapshots' as place,
        organisation_code,
        snapshot_date,
        headcount
    from {{ ref('quality_snapshots') }}
    union all
    select
        'quality_scope' as place,
        organisation_code,
        snapshot_date,
        person_count as headcount
    from {{ ref('quality_scope') }}
    where reason = 'in_scope'
    union all
    select
        'quality_directorates' as place,
        organisation_code,
        snapshot_date,
        sum(headcount) as headcount
    from {{ ref('quality_directorates') }}
    group by organisation_code, snapshot_date
    union all
    select
        field as place,
        organisation_code,
        snapshot_date,
        headcount
    from {{ ref('declaration_rates') }}
    where organisation_unit_level = 'trust'
    union all
    select
        indicator_id as place,
        organisation_code,
        as_at_date as snapshot_date,
        max(denominator) as headcount
    from {{ ref('indicator_values') }}
    where
        organisation_unit_level = 'trust'
        and stratum = 'all'
        and measure = 'share'
        and (
            indicator_id in ('wres_1', 'wdes_1')
            or indicator_id like 'workforce_profile_%'
            or indicator_id like 'declaration_%'
            or indicator_id like 'population_%'
        )
    group by indicator_id, organisation_code, as_at_date

)

select
    organisation_code,
    snapshot_date,
    min(headcount) as lowest,
    max(headcount) as highest
from headcounts
group by organisation_code, snapshot_date
having min(headcount) <> max(headcount)
