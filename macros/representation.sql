{#-
    Indicator 1 of the race and of the disability standard: the people of one characteristic in each cell, their shares with
    everyone in the base, and one group's share beside the workforce of the whole trust.
    indicator_id: whose cuts are read (seeds/catalogue/indicator_cuts.csv). characteristic: as in int_staff_counts.
    minority: the group that is set beside the workforce. groups: all groups, the minority included; together everyone.
    with_clusters: the bands are gathered into the clusters of WDES metric 1 too (band_list), and medical and dental staff stand
    under clinical, as that standard has them (clinical_split_list), except where a cell is one band.
-#}
{% macro representation(indicator_id, characteristic, minority, groups, with_clusters=false) -%}
with

staff_counts as (

    select * from {{ ref('int_staff_counts') }}
    where characteristic = '{{ characteristic }}'

),

strata as (

    select * from {{ ref('strata') }}

),

cuts as (

    select * from {{ ref('indicator_cuts') }}
    where indicator_id = '{{ indicator_id }}' and conformed_table = 'indicator_values'

),

{% if with_clusters -%}
clusters as (

    select
        band,
        coalesce(wdes_cluster, 'no_cluster') as wdes_cluster
    from {{ ref('band_list') }}

),

clinical_splits as (

    select * from {{ ref('clinical_split_list') }}

),

{% endif -%}
counts as (

    select
        organisation_code,
        snapshot_date,
        organisation_unit_level,
        organisation_unit,
        organisation_unit_parent,
        stratum_dimension,
        stratum_key,
        clinical_split,
        band,
        cast(null as varchar) as wdes_cluster,
        group_key,
        person_count
    from staff_counts
    {%- if with_clusters %}
    where stratum_dimension <> 'clinical_split'
    union all
    select
        staff_counts.organisation_code,
        staff_counts.snapshot_date,
        staff_counts.organisation_unit_level,
        staff_counts.organisation_unit,
        staff_counts.organisation_unit_parent,
        staff_counts.stratum_dimension,
        clinical_splits.wdes_split as stratum_key,
        clinical_splits.wdes_split as clinical_split,
        cast(null as varchar) as band,
        cast(null as varchar) as wdes_cluster,
        staff_counts.group_key,
        staff_counts.person_count
    from staff_counts
    inner join clinical_splits on staff_counts.clinical_split = clinical_splits.clinical_split
    where staff_counts.stratum_dimension = 'clinical_split'
    union all
    select
        staff_counts.organisation_code,
        staff_counts.snapshot_date,
        staff_counts.organisation_unit_level,
        staff_counts.organisation_unit,
        staff_counts.organisation_unit_parent,
        'wdes_cluster' as stratum_dimension,
        clusters.wdes_cluster as stratum_key,
        cast(null as varchar) as clinical_split,
        cast(null as varchar) as band,
        clusters.wdes_cluster,
        staff_counts.group_key,
        staff_counts.person_count
    from staff_counts
    inner join clusters on staff_counts.band = clusters.band
    where staff_counts.stratum_dimension = 'band'
    union all
    select
        staff_counts.organisation_code,
        staff_counts.snapshot_date,
        staff_counts.organisation_unit_level,
        staff_counts.organisation_unit,
        staff_counts.organisation_unit_parent,
        'clinical_split_wdes_cluster' as stratum_dimension,
        clinical_splits.wdes_split || ' / ' || clusters.wdes_cluster as stratum_key,
        clinical_splits.wdes_split as clinical_split,
        cast(null as varchar) as band,
        clusters.wdes_cluster,
        staff_counts.group_key,
        staff_counts.person_count
    from staff_counts
    inner join clusters on staff_counts.band = clusters.band
    inner join clinical_splits on staff_counts.clinical_split = clinical_splits.clinical_split
    where staff_counts.stratum_dimension = 'clinical_split_band'
    {%- endif %}

),

cells as (

    select
        counts.organisation_code,
        counts.snapshot_date,
        counts.organisation_unit_level,
        counts.organisation_unit,
        counts.organisation_unit_parent,
        counts.stratum_dimension,
        counts.stratum_key,
        counts.clinical_split,
        counts.band,
        counts.wdes_cluster,
        {%- for group in groups %}
        sum(case when counts.group_key = '{{ group }}' then counts.person_count else 0 end) as {{ group }}_count,
        {%- endfor %}
        sum(counts.person_count) as all_count
    from counts
    inner join cuts
        on
            counts.organisation_unit_level = cuts.organisation_unit_level
            and counts.stratum_dimension = cuts.stratum_dimension
    group by
        counts.organisation_code,
        counts.snapshot_date,
        counts.organisation_unit_level,
        counts.organisation_unit,
        counts.organisation_unit_parent,
        counts.stratum_dimension,
        counts.stratum_key,
        counts.clinical_split,
        counts.band,
        counts.wdes_cluster

),

workforces as (

    select
        organisation_code,
        snapshot_date,
        {{ share(minority ~ '_count', 'all_count') }} as {{ minority }}_share
    from cells
    where organisation_unit_level = 'trust' and stratum_dimension = 'all'

),

final as (

    select
        cells.organisation_code,
        cells.snapshot_date,
        {{ reporting_year('cells.snapshot_date') }} as reporting_year,
        cells.organisation_unit_level,
        cells.organisation_unit,
        cells.organisation_unit_parent,
        coalesce(strata.stratum, cells.stratum_dimension || ' ' || cells.stratum_key) as stratum,
        cells.stratum_dimension,
        cells.clinical_split,
        cells.band,
        {%- if with_clusters %}
        cells.wdes_cluster,
        {%- endif %}
        {%- for group in groups %}
        cast(cells.{{ group }}_count as bigint) as {{ group }}_count,
        {%- endfor %}
        cast(cells.all_count as bigint) as all_count,
        {%- for group in groups %}
        {{ share('cells.' ~ group ~ '_count', 'cells.all_count') }} as {{ group }}_share,
        {%- endfor %}
        {%- for group in groups %}
        {{ wilson_low('cells.' ~ group ~ '_count', 'cells.all_count') }} as {{ group }}_share_ci_low,
        {{ wilson_high('cells.' ~ group ~ '_count', 'cells.all_count') }} as {{ group }}_share_ci_high,
        {%- endfor %}
        workforces.{{ minority }}_share as workforce_{{ minority }}_share,
        {{ share('cells.' ~ minority ~ '_count', 'cells.all_count') }} - workforces.{{ minority }}_share
            as {{ minority }}_share_difference
    from cells
    inner join workforces
        on
            cells.organisation_code = workforces.organisation_code
            and cells.snapshot_date = workforces.snapshot_date
    left join strata
        on
            cells.stratum_dimension = strata.stratum_dimension
            and cells.stratum_key = strata.stratum_key

)

select * from final
{%- endmacro %}
