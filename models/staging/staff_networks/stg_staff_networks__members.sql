-- One row is the number of members of one staff network at one date.
{% set columns = [
    'network',
    'network_as_at_date',
    'members_count'
] %}
with

source as (

    select * from {{ source('staff_networks', 'staff_networks_members') }}

),

current_loads as (

    select load_id from {{ ref('stg_loads') }}
    where is_current

),

current_rows as (

    select * from source
    where load_id in (select current_loads.load_id from current_loads)

),

distinct_rows as (

    {{ identical_rows_made_one('current_rows', columns) }}

),

final as (

    select
        organisation_code,
        as_at_date,
        load_id,
        file_line,
        {{ trimmed('network') }} as network,
        network_as_at_date,
        members_count
    from distinct_rows

)

select * from final
