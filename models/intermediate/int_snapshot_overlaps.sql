-- One row is one snapshot beside the snapshot before it: how many people each has and how many both have.
-- Readings, units of organisation: a snapshot that shares few people with the one before may be another trust's.
{{ config(pre_hook="{{ delete_superseded_pairs() }}") }}
with

staff_snapshots as (

    select * from {{ ref('int_staff_snapshots') }}

),

loads as (

    select * from {{ ref('stg_loads') }}
    where dataset = 'esr_staff_list' and is_current

),

pairs as (

    select
        organisation_code,
        as_at_date as snapshot_date,
        load_id,
        lag(as_at_date) over (partition by organisation_code order by as_at_date) as previous_snapshot_date,
        lag(load_id) over (partition by organisation_code order by as_at_date) as previous_load_id
    from loads

),

pairs_to_build as (

    select * from pairs
    {% if is_incremental() %}
        where load_id not in (select built.load_id from {{ this }} as built)
    {% endif %}

),

people as (

    select
        pairs_to_build.load_id,
        staff_snapshots.person_key
    from staff_snapshots
    inner join pairs_to_build on staff_snapshots.load_id = pairs_to_build.load_id

),

previous_people as (

    select
        pairs_to_build.load_id,
        staff_snapshots.person_key
    from staff_snapshots
    inner join pairs_to_build on staff_snapshots.load_id = pairs_to_build.previous_load_id

),

people_counts as (

    select
        load_id,
        count(*) as person_count
    from people
    group by load_id

),

previous_people_counts as (

    select
        load_id,
        count(*) as person_count
    from previous_people
    group by load_id

),

shared_counts as (

    select
        people.load_id,
        count(*) as person_count
    from people
    inner join previous_people
        on
            people.load_id = previous_people.load_id
            and people.person_key = previous_people.person_key
    group by people.load_id

),

final as (

    select
        pairs_to_build.organisation_code,
        pairs_to_build.snapshot_date,
        pairs_to_build.load_id,
        pairs_to_build.previous_snapshot_date,
        pairs_to_build.previous_load_id,
        coalesce(people_counts.person_count, 0) as person_count,
        coalesce(previous_people_counts.person_count, 0) as previous_person_count,
        coalesce(shared_counts.person_count, 0) as shared_person_count
    from pairs_to_build
    left join people_counts on pairs_to_build.load_id = people_counts.load_id
    left join previous_people_counts on pairs_to_build.load_id = previous_people_counts.load_id
    left join shared_counts on pairs_to_build.load_id = shared_counts.load_id

)

select * from final
