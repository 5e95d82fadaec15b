-- One row is one spelling of a directorate (Org L3) in one snapshot, with the name that the figures use for it.
-- Readings, units of organisation: spellings that differ only in case or spaces are one, and a dated mapping may regroup.
-- depends_on: {{ ref('stg_loads') }}
{{ config(pre_hook="{{ delete_superseded_loads() }}") }}
with

assignments as (

    select * from {{ ref('stg_esr__staff_list') }}
    {{ only_loads_to_build(['esr_staff_list']) }}

),

directorate_map as (

    select * from {{ ref('directorate_map') }}

),

spellings as (

    select
        organisation_code,
        snapshot_date,
        load_id,
        coalesce(directorate, 'Unknown') as spelling,
        count(*) as assignment_count
    from assignments
    group by organisation_code, snapshot_date, load_id, coalesce(directorate, 'Unknown')

),

commonest_first as (

    select
        *,
        row_number() over (
            partition by organisation_code, snapshot_date, {{ spelling_key('spelling') }}
            order by assignment_count desc, spelling asc
        ) as spelling_order
    from spellings

),

names as (

    select
        organisation_code,
        snapshot_date,
        spelling,
        {{ spelling_key('spelling') }} as name_key
    from commonest_first
    where spelling_order = 1

),

regrouped as (

    select
        spellings.organisation_code,
        spellings.snapshot_date,
        spellings.load_id,
        spellings.spelling,
        coalesce(directorate_map.directorate_to, names.spelling) as directorate,
        spellings.assignment_count,
        spellings.spelling <> names.spelling as is_respelt,
        directorate_map.directorate_to is not null as is_regrouped
    from spellings
    inner join names
        on
            spellings.organisation_code = names.organisation_code
            and spellings.snapshot_date = names.snapshot_date
            and {{ spelling_key('spellings.spelling') }} = names.name_key
    left join directorate_map
        on
            spellings.organisation_code = directorate_map.organisation_code
            and names.name_key = {{ spelling_key('directorate_map.directorate_from') }}
            and spellings.snapshot_date >= coalesce(directorate_map.valid_from, spellings.snapshot_date)
            and spellings.snapshot_date <= coalesce(directorate_map.valid_to, spellings.snapshot_date)

),

-- The mapping may spell a name otherwise than a directorate that it does not name.
final as (

    select
        organisation_code,
        snapshot_date,
        load_id,
        spelling,
        first_value(directorate) over (
            partition by organisation_code, snapshot_date, {{ spelling_key('directorate') }}
            order by is_regrouped desc, assignment_count desc, directorate asc
        ) as directorate,
        assignment_count,
        is_respelt,
        is_regrouped
    from regrouped

)

select * from final
