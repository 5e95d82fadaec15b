-- Everyone has one band, one staff group, one clinical split: the strata of a dimension are the whole unit, group by group.
with

cells as (

    select
        'wres_1' as indicator_id,
        organisation_code,
        snapshot_date,
        organisation_unit_level,
        organisation_unit,
        stratum_dimension,
        'white' as group_key,
        white_count as person_count,
        all_count
    from {{ ref('wres_1_representation') }}
    union all
    select
        'wres_1' as indicator_id,
        organisation_code,
        snapshot_date,
        organisation_unit_level,
        organisation_unit,
        stratum_dimension,
        'ethnic_minority' as group_key,
        ethnic_minority_count as person_count,
        all_count
    from {{ ref('wres_1_representation') }}
    union all
    select
        indicator_id,
        organisation_code,
        snapshot_date,
        organisation_unit_level,
        organisation_unit,
        stratum_dimension,
        "group" as group_key,
        person_count,
        all_count
    from {{ ref('workforce_profile') }}

),

sums as (

    select
        indicator_id,
        organisation_code,
        snapshot_date,
        organisation_unit_level,
        organisation_unit,
        group_key,
        stratum_dimension,
        sum(person_count) as person_count,
        sum(all_count) as all_count
    from cells
    group by
        indicator_id,
        organisation_code,
        snapshot_date,
        organisation_unit_level,
        organisation_unit,
        group_key,
        stratum_dimension

)

select
    indicator_id,
    organisation_code,
    snapshot_date,
    organisation_unit_level,
    organisation_unit,
    group_key
from sums
group by indicator_id, organisation_code, snapshot_date, organisation_unit_level, organisation_unit, group_key
having min(person_count) <> max(person_count) or min(all_count) <> max(all_count)
