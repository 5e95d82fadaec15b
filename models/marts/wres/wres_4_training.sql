-- One row is WRES indicator 4 in one unit and year: how many times as likely white staff are to take part in non-mandatory training
-- and CPD as staff from ethnic minorities (NHS WRES technical guidance, indicator 4). Above 1 is worse for ethnic minorities.
with

counts as (

    select * from {{ ref('int_likelihood_counts') }}
    where indicator_id = 'wres_4'

),

comparison_groups as (

    select * from {{ ref('indicator_comparison_groups') }}
    where indicator_id = 'wres_4' and measure = 'relative_likelihood'

),

{{ relative_likelihoods(['white', 'ethnic_minority', 'unknown'], 'staff', 'trained') }}

select * from final
