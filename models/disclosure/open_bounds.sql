-- One row is one inequality that a reader can write down: the people of the inner cell are among those of the outer one
-- (seeds/disclosure/nested_people).
with

cells as (

    select * from {{ ref('open_cells') }}
    where kind = 'people' and number is not null

),

nested_people as (

    select * from {{ ref('nested_people') }}

),

final as (

    select
        inner_cells.as_at_date,
        inner_cells.cell_id as inner_cell_id,
        outer_cells.cell_id as outer_cell_id
    from cells as inner_cells
    inner join nested_people on inner_cells.people = nested_people.people
    inner join cells as outer_cells
        on
            nested_people.within_people = outer_cells.people
            and inner_cells.organisation_code = outer_cells.organisation_code
            and inner_cells.as_at_date = outer_cells.as_at_date
            and inner_cells.organisation_unit_level = outer_cells.organisation_unit_level
            and inner_cells.organisation_unit = outer_cells.organisation_unit
            and inner_cells.stratum = outer_cells.stratum
            and inner_cells.characteristic = outer_cells.characteristic
            and inner_cells.group_key = outer_cells.group_key

)

select * from final
