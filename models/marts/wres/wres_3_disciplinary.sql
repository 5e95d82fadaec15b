-- One row is WRES indicator 3 in one unit and year, by one version of its definition: how many times as likely staff from ethnic
-- minorities are to enter the formal disciplinary process as white staff (NHS WRES technical guidance, indicator 3).
with

counts as (

    select * from {{ ref('int_likelihood_counts') }}
    where indicator_id = 'wres_3'

),

comparison_groups as (

    select * from {{ ref('indicator_comparison_groups') }}
    where indicator_id = 'wres_3' and measure = 'relative_likelihood'

),

{{ relative_likelihoods(['white', 'ethnic_minority', 'unknown'], 'staff', 'entered') }}

select * from final
