-- One row is one member of the board as one file of the register tells it, at one date of a register (readings: ratios, WRES 9).
-- Executives who have an employee number take their characteristics from the snapshot of the date, others from the file. A member
-- whom only an older register has is not on the board: else whoever left without a last day would stay for ever.
{{ config(materialized='table') }}
with

members as (

    select
        *,
        row_number() over (
            partition by load_id, member_reference
            order by file_line desc
        ) = 1 as is_last_in_file
    from {{ ref('stg_board__members') }}

),

registers as (

    select
        organisation_code,
        as_at_date
    from {{ ref('stg_loads') }}
    where dataset = 'board_members' and is_current

),

snapshots as (

    select
        organisation_code,
        snapshot_date
    from {{ ref('int_snapshot_counts') }}

),

staff_snapshots as (

    select * from {{ ref('int_staff_snapshots') }}

),

ethnicity_map as (

    select * from {{ ref('ethnicity_map') }}

),

ethnicity_spelling_map as (

    select * from {{ ref('ethnicity_spelling_map') }}

),

disability_map as (

    select * from {{ ref('disability_map') }}

),

{{ ethnicities_in('members') }},

disabilities as (

    {{ values_in_map('members', 'disability', 'disability_map', 'disability') }}

),

versions as (

    select
        *,
        as_at_date as known_from_date,
        {{ known_before('member_reference') }} as known_before_date
    from members
    where is_last_in_file

),

people as (

    select distinct
        organisation_code,
        person_key
    from versions
    where person_key is not null

),

people_in_snapshots as (

    select
        staff_snapshots.organisation_code,
        staff_snapshots.snapshot_date,
        staff_snapshots.person_key,
        staff_snapshots.ethnicity_group,
        staff_snapshots.disability_group
    from staff_snapshots
    inner join people
        on
            staff_snapshots.organisation_code = people.organisation_code
            and staff_snapshots.person_key = people.person_key
    inner join registers
        on
            staff_snapshots.organisation_code = registers.organisation_code
            and staff_snapshots.snapshot_date = registers.as_at_date

),

final as (

    select
        registers.organisation_code,
        registers.as_at_date,
        versions.member_reference,
        versions.known_from_date,
        versions.known_before_date,
        case
            when versions.from_date > registers.as_at_date then 'not_yet_on_board'
            when versions.to_date < registers.as_at_date then 'no_longer_on_board'
            when versions.known_from_date < registers.as_at_date and versions.known_before_date is null
                then 'not_in_the_register'
            else 'on_board'
        end as membership,
        versions.known_before_date is null as is_known_now,
        versions.known_from_date = registers.as_at_date as was_known_at_first,
        coalesce(versions.is_voting, false) as is_voting,
        coalesce(versions.is_executive, false) as is_executive,
        people_in_snapshots.person_key is not null as is_from_snapshot,
        coalesce(people_in_snapshots.ethnicity_group, ethnicities.ethnicity_group, 'unknown') as ethnicity_group,
        coalesce(people_in_snapshots.disability_group, disabilities.disability_group, 'unknown') as disability_group,
        snapshots.snapshot_date is not null as has_snapshot
    from registers
    inner join versions on registers.organisation_code = versions.organisation_code
    left join snapshots
        on
            registers.organisation_code = snapshots.organisation_code
            and registers.as_at_date = snapshots.snapshot_date
    left join people_in_snapshots
        on
            registers.organisation_code = people_in_snapshots.organisation_code
            and registers.as_at_date = people_in_snapshots.snapshot_date
            and versions.person_key = people_in_snapshots.person_key
            and versions.is_executive
    left join ethnicities
        on coalesce(versions.ethnic_origin, '(blank)') = ethnicities.written
    left join disabilities
        on coalesce(versions.disability, '(blank)') = disabilities.written

)

select * from final
