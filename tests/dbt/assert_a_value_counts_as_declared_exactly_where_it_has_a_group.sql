-- Readings, declaration classes: declared is what maps to a group; what is declined or blank is unknown.
with

groups as (

    select
        'ethnicity_map' as map_name,
        ethnicity_key as map_key,
        ethnicity_group as group_key,
        declaration
    from {{ ref('ethnicity_map') }}
    union all
    select
        'disability_map' as map_name,
        disability as map_key,
        disability_group as group_key,
        declaration
    from {{ ref('disability_map') }}
    union all
    select
        'religion_map' as map_name,
        religious_belief as map_key,
        religion_group as group_key,
        declaration
    from {{ ref('religion_map') }}
    union all
    select
        'sexual_orientation_map' as map_name,
        sexual_orientation_text as map_key,
        sexual_orientation_group as group_key,
        declaration
    from {{ ref('sexual_orientation_map') }}
    union all
    select
        'gender_map' as map_name,
        gender_text as map_key,
        gender as group_key,
        declaration
    from {{ ref('gender_map') }}

)

select * from groups
where (declaration = 'declared') <> (group_key <> 'unknown')
