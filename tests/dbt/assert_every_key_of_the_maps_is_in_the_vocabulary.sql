-- A key that a trust adds to a map must have its row in seeds/catalogue, or the people who have it would stand in no group.
with

keys_of_maps as (

    {% for indicator, map_name, column in [
        ('age', 'age_band_map', 'age_band'),
        ('disability', 'disability_map', 'disability_status'),
        ('disability_group', 'disability_map', 'disability_group'),
        ('ethnicity', 'ethnicity_map', 'ethnicity_group'),
        ('ethnicity_broad', 'ethnicity_map', 'ethnicity_broad'),
        ('ethnicity_category', 'ethnicity_map', 'ethnicity_category'),
        ('gender', 'gender_map', 'gender'),
        ('marital_status', 'marital_status_map', 'marital_status'),
        ('religion', 'religion_map', 'religion'),
        ('religion_group', 'religion_map', 'religion_group'),
        ('sexual_orientation', 'sexual_orientation_map', 'sexual_orientation'),
        ('sexual_orientation_group', 'sexual_orientation_map', 'sexual_orientation_group'),
        ('staff_group', 'staff_group_map', 'staff_group')
    ] %}
        select
            'workforce_profile_{{ indicator }}' as place,
            {{ column }} as key_of_map
        from {{ ref(map_name) }}
        union all
    {% endfor %}
    select
        'band' as place,
        band as key_of_map
    from {{ ref('band_list') }}
    union all
    select
        'clinical_split' as place,
        clinical_split as key_of_map
    from {{ ref('occupation_map') }}
    union all
    select
        'clinical_split' as place,
        clinical_split as key_of_map
    from {{ ref('clinical_split_list') }}
    union all
    select
        'wdes_cluster' as place,
        coalesce(wdes_cluster, 'no_cluster') as key_of_map
    from {{ ref('band_list') }}
    union all
    select
        'clinical_split_wdes_cluster' as place,
        splits.wdes_split || ' / ' || coalesce(bands.wdes_cluster, 'no_cluster') as key_of_map
    from {{ ref('clinical_split_list') }} as splits
    cross join {{ ref('band_list') }} as bands
    union all
    select
        'clinical_split_step' as place,
        splits.clinical_split || ' / ' || steps.step as key_of_map
    from {{ ref('clinical_split_list') }} as splits
    cross join {{ ref('race_disparity_steps') }} as steps
    where splits.has_race_disparity_ratio
    {% for one, other, map_name, column, other_map, other_column in [
        ('ethnicity', 'gender', 'ethnicity_map', 'ethnicity_group', 'gender_map', 'gender'),
        ('ethnicity', 'disability', 'ethnicity_map', 'ethnicity_group', 'disability_map', 'disability_group'),
        ('gender', 'age', 'gender_map', 'gender', 'age_band_map', 'age_band')
    ] %}
        union all
        select
            'workforce_profile_{{ one }}_{{ other }}' as place,
            ones.{{ column }} || ' / ' || others.{{ other_column }} as key_of_map
        from {{ ref(map_name) }} as ones
        cross join {{ ref(other_map) }} as others
    {% endfor %}
    {% for characteristic, map_name, column in [
        ('age', 'age_band_map', 'age_band'),
        ('disability', 'disability_map', 'disability_group'),
        ('ethnicity', 'ethnicity_map', 'ethnicity_group'),
        ('gender', 'gender_map', 'gender')
    ] %}
        {% for movement in ['retention', 'leavers', 'starters', 'promotion'] %}
            union all
            select
                '{{ movement }}_{{ characteristic }}' as place,
                {{ column }} as key_of_map
            from {{ ref(map_name) }}
        {% endfor %}
    {% endfor %}

),

keys_of_catalogue as (

    select
        indicator_id as place,
        group_key as key_of_map
    from {{ ref('indicator_groups') }}
    union all
    select
        stratum_dimension as place,
        stratum_key as key_of_map
    from {{ ref('strata') }}

)

select distinct keys_of_maps.*
from keys_of_maps
left join keys_of_catalogue
    on
        keys_of_maps.place = keys_of_catalogue.place
        and keys_of_maps.key_of_map = keys_of_catalogue.key_of_map
where keys_of_catalogue.key_of_map is null
