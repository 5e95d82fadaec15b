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

distinct_rows as (

    {{ distinct_rows_of_current_loads(source('board', 'board_members'), columns) }}

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
