-- One row is one cell of WRES indicator 1: a unit of the organisation at one snapshot, whole or cut by band, by clinical or
-- not, or by both (NHS WRES technical guidance, indicator 1). The unknown stay in the base of every share.
with

staff_counts as (

    select * from {{ ref('int_staff_counts') }}
    where characteristic = 'ethnicity'

),

strata as (

    select * from {{ ref('strata') }}

),

cuts as (

    select * from {{ ref('indicator_cuts') }}
    where indicator_id = 'wres_1' and conformed_table = 'indicator_values'

),

cells as (

    select
        staff_counts.organisation_code,
        staff_counts.snapshot_date,
        staff_counts.organisation_unit_level,
        staff_counts.organisation_unit,
        staff_counts.organisation_unit_parent,
        staff_counts.stratum_dimension,
        staff_counts.stratum_key,
        staff_counts.clinical_split,
        staff_counts.band,
        sum(case when staff_counts.group_key = 'white' then staff_counts.person_count else 0 end) as white_count,
        sum(case when staff_counts.group_key = 'ethnic_minority' then staff_counts.person_count else 0 end)
            as ethnic_minority_count,
        sum(case when staff_counts.group_key = 'unknown' then staff_counts.person_count else 0 end) as unknown_count,
        sum(staff_counts.person_count) as all_count
    from staff_counts
    inner join cuts
        on
            staff_counts.organisation_unit_level = cuts.organisation_unit_level
            and staff_counts.stratum_dimension = cuts.stratum_dimension
    group by
        staff_counts.organisation_code,
        staff_counts.snapshot_date,
        staff_counts.organisation_unit_level,
        staff_counts.organisation_unit,
        staff_counts.organisation_unit_parent,
        staff_counts.stratum_dimension,
        staff_counts.stratum_key,
        staff_counts.clinical_split,
        staff_counts.band

),

workforces as (

    select
        organisation_code,
        snapshot_date,
        {{ share('ethnic_minority_count', 'all_count') }} as ethnic_minority_share
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
        cast(cells.white_count as bigint) as white_count,
        cast(cells.ethnic_minority_count as bigint) as ethnic_minority_count,
        cast(cells.unknown_count as bigint) as unknown_count,
        cast(cells.all_count as bigint) as all_count,
        {{ share('cells.white_count', 'cells.all_count') }} as white_share,
        {{ share('cells.ethnic_minority_count', 'cells.all_count') }} as ethnic_minority_share,
        {{ share('cells.unknown_count', 'cells.all_count') }} as unknown_share,
        {{ wilson_low('cells.ethnic_minority_count', 'cells.all_count') }} as ethnic_minority_share_ci_low,
        {{ wilson_high('cells.ethnic_minority_count', 'cells.all_count') }} as ethnic_minority_share_ci_high,
        workforces.ethnic_minority_share as workforce_ethnic_minority_share,
        {{ share('cells.ethnic_minority_count', 'cells.all_count') }} - workforces.ethnic_minority_share
            as ethnic_minority_share_difference
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
