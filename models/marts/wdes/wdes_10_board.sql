-- One row is one part of the board at one date of its register: its members by disability beside the workforce of the whole trust
-- (NHS WDES technical guidance, metric 10). The unknown stay in the base on both sides.
with

members as (

    select * from {{ ref('int_board_members') }}

),

staff_counts as (

    select * from {{ ref('int_staff_counts') }}
    where characteristic = 'disability_group' and organisation_unit_level = 'trust' and stratum_dimension = 'all'

),

{{ board_representation(['not_disabled', 'disabled', 'unknown'], 'disabled', 'disability_group') }}

select * from final
