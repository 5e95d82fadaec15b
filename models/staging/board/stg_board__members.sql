-- One row is one member in a current load of the board's register; a member who stands in several files has a row in each.
{% set columns = [
    'member_reference',
    'employee_number',
    'voting',
    'executive',
    'from_date',
    'to_date',
    'gender',
    'ethnic_origin',
    'disability'
] %}
with

source as (

    select * from {{ source('board', 'board_members') }}

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
        {{ trimmed('member_reference') }} as member_reference,
        {{ pseudonym('employee_number') }} as person_key,
        voting as is_voting,
        executive as is_executive,
        from_date,
        to_date,
        {{ trimmed('gender') }} as gender,
        {{ trimmed('ethnic_origin') }} as ethnic_origin,
        {{ trimmed('disability') }} as disability
    from distinct_rows

)

select * from final
