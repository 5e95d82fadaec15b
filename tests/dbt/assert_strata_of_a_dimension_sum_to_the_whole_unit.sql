-- Everyone has one band, one cluster or none, one staff group, one clinical split: the strata of a dimension are the whole unit, group by group.
with

cells as (

    {% for indicator_id, mart, group in [
        ('wres_1', 'wres_1_representation', 'white'),
        ('wres_1', 'wres_1_representation', 'ethnic_minority'),
        ('wdes_1', 'wdes_1_representation', 'disabled'),
        ('wdes_1', 'wdes_1_representation', 'not_disabled')
    ] %}
        select
            '{{ indicator_id }}' as indicator_id,
            organisation_code,
            snapshot_date,
            organisation_unit_level,
            organisation_unit,
            stratum_dimension,
            '{{ group }}' as group_key,
            {{ group }}_count as person_count,
            all_count
        from {{ ref(mart) }}
        union all
    {% endfor %}
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
