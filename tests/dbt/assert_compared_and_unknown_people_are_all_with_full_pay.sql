-- Unknown is left out of a pay gap and counted: its groups and the unknown are everyone with full pay, in every cell.
with

groups_of_cells as (

    select
        organisation_code,
        as_at_date,
        indicator_id,
        organisation_unit_level,
        organisation_unit,
        sum(relevant_count) as relevant_count,
        sum(full_pay_count) as full_pay_count
    from {{ ref('int_pay_gap_statistics') }}
    where stratum = 'all'
    group by organisation_code, as_at_date, indicator_id, organisation_unit_level, organisation_unit

)

select groups_of_cells.*
from groups_of_cells
left join {{ ref('pay_gap_relevant_employees') }} as everyone
    on
        groups_of_cells.organisation_code = everyone.organisation_code
        and groups_of_cells.as_at_date = everyone.as_at_date
        and groups_of_cells.organisation_unit_level = everyone.organisation_unit_level
        and groups_of_cells.organisation_unit = everyone.organisation_unit
where
    everyone.relevant_count is null
    or groups_of_cells.relevant_count <> everyone.relevant_count
    or groups_of_cells.full_pay_count <> everyone.full_pay_count
