-- One row is one relevant employee of the pay gaps in one snapshot: a permanent, fixed term, locum or bank assignment with a
-- listed status, paid or not (readings: pay). Whom employed scope places keeps that place; bank people are placed by their bank
-- assignment. The groups are those of the person in the snapshot.
-- depends_on: {{ ref('stg_loads') }}
{{ config(pre_hook="{{ delete_superseded_loads() }}") }}
with

assignments as (

    select * from {{ ref('stg_esr__staff_list') }}
    {{ only_loads_to_build(['esr_staff_list']) }}

),

people as (

    select * from {{ ref('int_staff_snapshots') }}
    {{ only_loads_to_build(['esr_staff_list']) }}

),

directorates as (

    select * from {{ ref('int_directorates') }}

),

assignment_category_map as (

    select * from {{ ref('assignment_category_map') }}
    where is_relevant_for_pay

),

assignment_status_map as (

    select * from {{ ref('assignment_status_map') }}
    where scope_reason = 'in_scope'

),

pay_scale_map as (

    select * from {{ ref('pay_scale_map') }}

),

categories as (

    {{ values_in_map('assignments', 'assignment_category', 'assignment_category_map', 'assignment_category') }}

),

statuses as (

    {{ values_in_map('assignments', 'assignment_status', 'assignment_status_map', 'assignment_status') }}

),

bands as (

    {{ bands_of_pay_scales('assignments') }}

),

relevant_assignments as (

    select
        assignments.*,
        row_number() over (
            partition by assignments.organisation_code, assignments.snapshot_date, assignments.person_key
            order by
                case when assignments.is_primary_assignment then 0 else 1 end asc,
                assignments.fte desc nulls last,
                assignments.latest_start_date asc nulls last,
                assignments.assignment_sequence asc nulls last,
                assignments.file_line asc
        ) as placing_order
    from assignments
    inner join categories
        on coalesce(assignments.assignment_category, '(blank)') = categories.written
    inner join statuses
        on coalesce(assignments.assignment_status, '(blank)') = statuses.written
    where categories.is_relevant_for_pay and statuses.scope_reason = 'in_scope'

),

placing_assignments as (

    select * from relevant_assignments
    where placing_order = 1

),

final as (

    select
        people.organisation_code,
        people.snapshot_date,
        people.person_key,
        people.load_id,
        people.is_in_scope,
        case
            when people.is_in_scope then people.directorate
            else coalesce(directorates.directorate, placing_assignments.directorate, 'Unknown')
        end as directorate,
        case
            when people.is_in_scope then people.team
            else coalesce(placing_assignments.team, 'Unknown')
        end as team,
        case
            when people.is_in_scope then people.band
            else coalesce(bands.band, 'unmapped')
        end as band,
        people.gender,
        people.ethnicity_group,
        people.ethnicity_broad,
        case
            when people.is_white_british then 'white_british'
            else people.ethnicity_category
        end as ethnicity_detail,
        people.disability_group
    from placing_assignments
    inner join people
        on
            placing_assignments.organisation_code = people.organisation_code
            and placing_assignments.snapshot_date = people.snapshot_date
            and placing_assignments.person_key = people.person_key
    left join directorates
        on
            placing_assignments.organisation_code = directorates.organisation_code
            and placing_assignments.snapshot_date = directorates.snapshot_date
            and coalesce(placing_assignments.directorate, 'Unknown') = directorates.spelling
    left join bands
        on placing_assignments.pay_scale = bands.pay_scale

)

select * from final
