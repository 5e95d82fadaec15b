-- One row is one cell: one set of people of one place, of whom an open row tells a number. Organisation × kind × people × date × unit ×
-- stratum × characteristic × group.
with

parts as (

    select * from {{ ref('open_parts') }}

),

final as (

    select
        kind,
        cell_id,
        organisation_code,
        people,
        as_at_date,
        organisation_unit_level,
        organisation_unit,
        stratum,
        characteristic,
        group_key,
        min(rounded_to) as rounded_to,
        min(number) as number,
        max(number) as largest_number
    from parts
    group by
        kind, cell_id, organisation_code, people, as_at_date, organisation_unit_level, organisation_unit, stratum, characteristic,
        group_key

)

select * from final
