-- One row is WRES indicator 2 in one unit and year: how many times as likely white applicants are to be appointed from shortlisting as
-- applicants from ethnic minorities (NHS WRES technical guidance, indicator 2). Above 1 is worse for ethnic minorities.
with

counts as (

    select * from {{ ref('int_likelihood_counts') }}
    where indicator_id = 'wres_2'

),

comparison_groups as (

    select * from {{ ref('indicator_comparison_groups') }}
    where indicator_id = 'wres_2' and measure = 'relative_likelihood'

),

{{ relative_likelihoods(['white', 'ethnic_minority', 'unknown'], 'shortlisted', 'appointed') }}

select * from final
