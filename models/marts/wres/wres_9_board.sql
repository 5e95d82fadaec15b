-- One row is one part of the board at one date of its register: its members by ethnic group beside the workforce of the whole trust
-- (NHS WRES technical guidance, indicator 9). The unknown stay in the base on both sides.
with

members as (

    select * from {{ ref('int_board_members') }}

),

staff_counts as (

    select * from {{ ref('int_staff_counts') }}
    where characteristic = 'ethnicity' and organisation_unit_level = 'trust' and stratum_dimension = 'all'

),

{{ board_representation(['white', 'ethnic_minority', 'unknown'], 'ethnic_minority', 'ethnicity_group') }}

select * from final
