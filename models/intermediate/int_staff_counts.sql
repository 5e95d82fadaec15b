-- One row is how many people in employed scope have one group of one characteristic in one cell: a unit of the organisation
-- at one snapshot, whole or cut by one dimension. All marts about the stock of staff read these counts, not the people.
{{ config(pre_hook="{{ delete_superseded_loads() }}") }}
{% set dimensions = [
    'directorate', 'team', 'clinical_split', 'band', 'national_return_band', 'staff_group', 'working_time'
] %}

{# Every declared field, and two characteristics crossed: every unit, whole. #}
{% set cuts_of_whole_units = [[], ['directorate'], ['directorate', 'team']] %}

{# Every characteristic: the trust whole and by each dimension, directorates and teams whole. #}
{% set cuts_of_the_profile = cuts_of_whole_units + [
    ['clinical_split'],
    ['band'],
    ['staff_group'],
    ['working_time']
] %}

{# What the standards cut by band, they cut so in every unit. #}
{% set cuts_of_the_standards = cuts_of_the_profile + [
    ['clinical_split', 'band'],
    ['directorate', 'clinical_split'],
    ['directorate', 'band'],
    ['directorate', 'clinical_split', 'band'],
    ['directorate', 'team', 'clinical_split'],
    ['directorate', 'team', 'band'],
    ['directorate', 'team', 'clinical_split', 'band']
] %}

{# WRES 1 has one more cut: the whole trust as the national return wants it. #}
{% set cuts_of_wres_1 = cuts_of_the_standards + [['clinical_split', 'band', 'national_return_band']] %}

{% set characteristics = {
    'age': ['age_band', cuts_of_the_profile],
    'disability': ['disability_status', cuts_of_the_profile],
    'disability_group': ['disability_group', cuts_of_the_standards],
    'ethnicity': ['ethnicity_group', cuts_of_wres_1],
    'ethnicity_broad': ['ethnicity_broad', cuts_of_the_profile],
    'ethnicity_category': ['ethnicity_category', cuts_of_the_profile],
    'gender': ['gender', cuts_of_the_profile],
    'marital_status': ['marital_status', cuts_of_the_profile],
    'religion': ['religion', cuts_of_the_profile],
    'religion_group': ['religion_group', cuts_of_the_profile],
    'sexual_orientation': ['sexual_orientation', cuts_of_the_profile],
    'sexual_orientation_group': ['sexual_orientation_group', cuts_of_the_profile],
    'staff_group': ['staff_group', cuts_of_the_profile | reject('equalto', ['staff_group']) | list],
    'working_time': ['working_time', cuts_of_the_profile | reject('equalto', ['working_time']) | list],
    'ethnicity_gender': ['ethnicity_gender', cuts_of_whole_units],
    'ethnicity_disability': ['ethnicity_disability', cuts_of_whole_units],
    'gender_age': ['gender_age', cuts_of_whole_units],
    'age_declaration': ['age_declaration', cuts_of_whole_units],
    'disability_declaration': ['disability_declaration', cuts_of_whole_units],
    'ethnicity_declaration': ['ethnicity_declaration', cuts_of_whole_units],
    'gender_declaration': ['gender_declaration', cuts_of_whole_units],
    'marital_status_declaration': ['marital_status_declaration', cuts_of_whole_units],
    'religion_declaration': ['religion_declaration', cuts_of_whole_units],
    'sexual_orientation_declaration': ['sexual_orientation_declaration', cuts_of_whole_units]
} %}

{% set loads_to_count = only_loads_to_build(['esr_staff_list']) | trim %}
with

people as {{ not_materialized() }} (

    select
        *,
        case
            when is_full_time then 'full_time'
            when not is_full_time then 'part_time'
            else 'unknown'
        end as working_time,
        ethnicity_group || ' / ' || gender as ethnicity_gender,
        ethnicity_group || ' / ' || disability_group as ethnicity_disability,
        gender || ' / ' || age_band as gender_age
    from {{ ref('int_staff_snapshots') }}
    {{ loads_to_count }} {{ 'and' if loads_to_count else 'where' }} is_in_scope

),

loads as (

    select distinct
        organisation_code,
        snapshot_date,
        load_id
    from people

),

counts as (

    {% for characteristic, (column, cuts) in characteristics.items() %}
        select
            load_id,
            '{{ characteristic }}' as characteristic,
            {{ column }} as group_key,
            {{ cut_columns(dimensions, cuts) }},
            count(*) as person_count
        from people
        group by {{ grouped_by_each(['load_id', column], cuts) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- A team's name that stands under several directorates, or is unknown, is told apart by its directorate.
directorates_of_teams as (

    select
        load_id,
        team,
        count(distinct directorate) as directorate_count
    from people
    group by load_id, team

),

final as (

    select
        loads.organisation_code,
        loads.snapshot_date,
        loads.load_id,
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
            when counts.national_return_band is not null then 'national_return'
            when counts.clinical_split is not null and counts.band is not null then 'clinical_split_band'
            when counts.clinical_split is not null then 'clinical_split'
            when counts.band is not null then 'band'
            when counts.staff_group is not null then 'staff_group'
            when counts.working_time is not null then 'working_time'
            else 'all'
        end as stratum_dimension,
        case
            when counts.national_return_band is not null
                then counts.clinical_split || ' / ' || counts.band || ' / ' || counts.national_return_band
            when counts.clinical_split is not null and counts.band is not null
                then counts.clinical_split || ' / ' || counts.band
            else coalesce(counts.clinical_split, counts.band, counts.staff_group, counts.working_time, 'all')
        end as stratum_key,
        counts.clinical_split,
        counts.band,
        counts.national_return_band,
        counts.characteristic,
        counts.group_key,
        counts.person_count
    from counts
    inner join loads on counts.load_id = loads.load_id
    left join directorates_of_teams
        on
            counts.load_id = directorates_of_teams.load_id
            and counts.team = directorates_of_teams.team

)

select * from final
