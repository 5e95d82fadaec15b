-- One row is one cell: one set of people of one place, of whom an open row tells a number. Organisation × kind × people × date × unit ×
-- stratum × characteristic × group. `whole_number` is everyone of the place, `base_number` the same, or else the people whom the cell is of
-- (seeds/disclosure/nested_people).
with

parts as (

    select * from {{ ref('open_parts') }}

),

nested_people as (

    select * from {{ ref('nested_people') }}

),

cells as (

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
        max(number) as largest_number,
        count(distinct row_id) as row_count
    from parts
    group by
        kind, cell_id, organisation_code, people, as_at_date, organisation_unit_level, organisation_unit, stratum, characteristic,
        group_key

),

outer_numbers as (

    select
        cells.cell_id,
        min(outer_cells.number) as outer_number
    from cells
    inner join nested_people on cells.people = nested_people.people
    inner join cells as outer_cells
        on
            nested_people.within_people = outer_cells.people
            and cells.organisation_code = outer_cells.organisation_code
            and cells.as_at_date = outer_cells.as_at_date
            and cells.organisation_unit_level = outer_cells.organisation_unit_level
            and cells.organisation_unit = outer_cells.organisation_unit
            and cells.stratum = outer_cells.stratum
            and cells.characteristic = outer_cells.characteristic
            and cells.group_key = outer_cells.group_key
    where cells.kind = 'people' and outer_cells.kind = 'people'
    group by cells.cell_id

),

final as (

    select
        cells.*,
        wholes.number as whole_number,
        coalesce(wholes.number, outer_numbers.outer_number) as base_number
    from cells
    left join cells as wholes
        on
            cells.organisation_code = wholes.organisation_code
            and cells.people = wholes.people
            and cells.as_at_date = wholes.as_at_date
            and cells.organisation_unit_level = wholes.organisation_unit_level
            and cells.organisation_unit = wholes.organisation_unit
            and cells.stratum = wholes.stratum
            and wholes.characteristic = 'all'
            and wholes.kind = 'people'
    left join outer_numbers on cells.cell_id = outer_numbers.cell_id

)

select * from final
