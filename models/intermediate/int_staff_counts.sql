-- One row is how many people in employed scope have one group of one characteristic in one cell: a unit of the organisation
-- at one snapshot, whole or cut by one dimension. All marts about the stock of staff read these counts, not the people.
{{ config(pre_hook="{{ delete_superseded_loads() }}") }}
{% set characteristics = {
    'age': 'age_band',
    'disability': 'disability_status',
    'disability_group': 'disability_group',
    'ethnicity': 'ethnicity_group',
    'ethnicity_broad': 'ethnicity_broad',
    'ethnicity_category': 'ethnicity_category',
    'gender': 'gender',
    'marital_status': 'marital_status',
    'religion': 'religion',
    'religion_group': 'religion_group',
    'sexual_orientation': 'sexual_orientation',
    'sexual_orientation_group': 'sexual_orientation_group',
    'staff_group': 'staff_group',
    'working_time': 'working_time',
    'age_declaration': 'age_declaration',
    'disability_declaration': 'disability_declaration',
    'ethnicity_declaration': 'ethnicity_declaration',
    'gender_declaration': 'gender_declaration',
    'marital_status_declaration': 'marital_status_declaration',
    'religion_declaration': 'religion_declaration',
    'sexual_orientation_declaration': 'sexual_orientation_declaration'
} %}
{% set dimensions = ['staff_group', 'working_time'] %}
{% set characteristic_columns = characteristics.values() | reject('in', dimensions) | unique | list %}
{% set leading_columns = ['organisation_code', 'snapshot_date', 'load_id', 'characteristic', 'group_key'] %}
with

staff_snapshots as (

    select * from {{ ref('int_staff_snapshots') }}
    {{ only_loads_to_build(['esr_staff_list']) }}

),

people as (

    select
        organisation_code,
        snapshot_date,
        load_id,
        directorate,
        team,
        clinical_split,
        band,
        staff_group,
        case
            when is_full_time then 'full_time'
            when not is_full_time then 'part_time'
            else 'unknown'
        end as working_time,
        {{ characteristic_columns | join(',\n        ') }}
    from staff_snapshots
    where is_in_scope

),

-- One row is one characteristic of one person.
people_by_characteristic as (

    {% for characteristic, column in characteristics.items() %}
        select
            organisation_code,
            snapshot_date,
            load_id,
            directorate,
            team,
            clinical_split,
            band,
            staff_group,
            working_time,
            '{{ characteristic }}' as characteristic,
            {{ column }} as group_key
        from people
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- Every characteristic: the trust whole and by each dimension, directorates and teams whole.
counts_of_every_characteristic as (

    select
        organisation_code,
        snapshot_date,
        load_id,
        characteristic,
        group_key,
        directorate,
        team,
        clinical_split,
        band,
        staff_group,
        working_time,
        count(*) as person_count
    from people_by_characteristic
    group by {{ grouped_by_each(leading_columns, [
        [],
        ['clinical_split'],
        ['band'],
        ['staff_group'],
        ['working_time'],
        ['directorate'],
        ['directorate', 'team']
    ]) }}

),

-- What the standards cut by band is cut so for every unit.
counts_of_the_standards as (

    select
        organisation_code,
        snapshot_date,
        load_id,
        characteristic,
        group_key,
        directorate,
        team,
        clinical_split,
        band,
        cast(null as varchar) as staff_group,
        cast(null as varchar) as working_time,
        count(*) as person_count
    from people_by_characteristic
    where characteristic in ('ethnicity', 'disability_group')
    group by {{ grouped_by_each(leading_columns, [
        ['clinical_split', 'band'],
        ['directorate', 'clinical_split'],
        ['directorate', 'band'],
        ['directorate', 'clinical_split', 'band'],
        ['directorate', 'team', 'clinical_split'],
        ['directorate', 'team', 'band'],
        ['directorate', 'team', 'clinical_split', 'band']
    ]) }}

),

counts as (

    select * from counts_of_every_characteristic
    union all
    select * from counts_of_the_standards

),

-- A team's name that stands under several directorates, or is unknown, is told apart by its directorate.
directorates_of_teams as (

    select
        organisation_code,
        snapshot_date,
        team,
        count(distinct directorate) as directorate_count
    from people
    group by organisation_code, snapshot_date, team

),

final as (

    select
        counts.organisation_code,
        counts.snapshot_date,
        counts.load_id,
        case
            when counts.team is not null then 'team'
            when counts.directorate is not null then 'directorate'
            else 'trust'
        end as organisation_unit_level,
        case
            when directorates_of_teams.directorate_count > 1 or counts.team = 'Unknown'
                then counts.team || ' (' || counts.directorate || ')'
            when counts.team is not null then counts.team
            else coalesce(counts.directorate, 'trust')
        end as organisation_unit,
        case
            when counts.team is not null then counts.directorate
            when counts.directorate is not null then 'trust'
        end as organisation_unit_parent,
        case
            when counts.clinical_split is not null and counts.band is not null then 'clinical_split_band'
            when counts.clinical_split is not null then 'clinical_split'
            when counts.band is not null then 'band'
            when counts.staff_group is not null then 'staff_group'
            when counts.working_time is not null then 'working_time'
            else 'all'
        end as stratum_dimension,
        case
            when counts.clinical_split is not null and counts.band is not null
                then counts.clinical_split || ' / ' || counts.band
            else coalesce(counts.clinical_split, counts.band, counts.staff_group, counts.working_time, 'all')
        end as stratum_key,
        counts.clinical_split,
        counts.band,
        counts.characteristic,
        counts.group_key,
        counts.person_count
    from counts
    left join directorates_of_teams
        on
            counts.organisation_code = directorates_of_teams.organisation_code
            and counts.snapshot_date = directorates_of_teams.snapshot_date
            and counts.team = directorates_of_teams.team

)

select * from final
