-- One row is one cell: one set of people of one place, of whom an open row tells a number. Organisation × kind × people × date × unit ×
-- stratum × characteristic × group. `whole_number` is everyone of the place, `base_number` the fewest people that an open row sets the
-- cell against.
with

parts as (

    select * from {{ ref('open_parts') }}

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
    where number is not null
    group by
        kind, cell_id, organisation_code, people, as_at_date, organisation_unit_level, organisation_unit, stratum,
        characteristic, group_key

),

bases as (

    select
        numerators.kind,
        numerators.cell_id,
        min(denominators.number) as base_number
    from parts as numerators
    inner join parts as denominators on numerators.row_id = denominators.row_id
    where numerators.part = 'numerator' and denominators.part = 'denominator' and denominators.number > 0
    group by numerators.kind, numerators.cell_id

),

final as (

    select
        cells.*,
        wholes.number as whole_number,
        bases.base_number
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
    left join bases on cells.kind = bases.kind and cells.cell_id = bases.cell_id

)

select * from final
