-- One row is one formal case as one file tells it, with its person as they stood: at their own last snapshot on or before the formal
-- date, or where they have none, at their own first snapshot after it (readings: ratios, WRES 3). Leavers since then stay in.
-- Only people who have a formal case are looked for in the snapshots.
{{ config(materialized='table') }}
with

cases as (

    select * from {{ ref('int_cases') }}
    where is_last_in_file

),

staff_snapshots as {{ not_materialized() }} (

    select * from {{ ref('int_staff_snapshots') }}

),

versions as (

    select
        *,
        as_at_date as known_from_date,
        {{ known_before('case_reference') }} as known_before_date
    from cases

),

formal_cases as (

    select * from versions
    where stage = 'formal' and formal_date is not null

),

people as (

    select distinct
        organisation_code,
        person_key
    from formal_cases

),

sightings as (

    select
        staff_snapshots.organisation_code,
        staff_snapshots.person_key,
        staff_snapshots.snapshot_date
    from staff_snapshots
    inner join people
        on
            staff_snapshots.organisation_code = people.organisation_code
            and staff_snapshots.person_key = people.person_key

),

formal_dates as (

    select distinct
        organisation_code,
        person_key,
        formal_date
    from formal_cases

),

nearest_sightings as (

    select
        formal_dates.organisation_code,
        formal_dates.person_key,
        formal_dates.formal_date,
        coalesce(
            max(case when sightings.snapshot_date <= formal_dates.formal_date then sightings.snapshot_date end),
            min(sightings.snapshot_date)
        ) as snapshot_date
    from formal_dates
    inner join sightings
        on
            formal_dates.organisation_code = sightings.organisation_code
            and formal_dates.person_key = sightings.person_key
    group by formal_dates.organisation_code, formal_dates.person_key, formal_dates.formal_date

),

final as (

    select
        formal_cases.organisation_code,
        formal_cases.case_reference,
        formal_cases.known_from_date,
        formal_cases.known_before_date,
        formal_cases.case_type,
        formal_cases.formal_date,
        formal_cases.person_key,
        staff_snapshots.snapshot_date,
        coalesce(staff_snapshots.is_in_scope, false) as is_in_scope,
        coalesce(staff_snapshots.scope_reason, 'not_in_any_snapshot') as scope_reason,
        staff_snapshots.ethnicity_group,
        staff_snapshots.disability_group,
        coalesce(formal_cases.directorate, staff_snapshots.directorate, 'Unknown') as directorate,
        staff_snapshots.directorate as person_directorate,
        staff_snapshots.team as person_team
    from formal_cases
    left join nearest_sightings
        on
            formal_cases.organisation_code = nearest_sightings.organisation_code
            and formal_cases.person_key = nearest_sightings.person_key
            and formal_cases.formal_date = nearest_sightings.formal_date
    left join staff_snapshots
        on
            nearest_sightings.organisation_code = staff_snapshots.organisation_code
            and nearest_sightings.snapshot_date = staff_snapshots.snapshot_date
            and nearest_sightings.person_key = staff_snapshots.person_key

)

select * from final
