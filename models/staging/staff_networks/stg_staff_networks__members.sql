-- One row is the number of members of one staff network at one date.
{% set columns = [
    'network',
    'network_as_at_date',
    'members_count'
] %}
with

distinct_rows as (

    {{ distinct_rows_of_current_loads(source('staff_networks', 'staff_networks_members'), columns) }}

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
