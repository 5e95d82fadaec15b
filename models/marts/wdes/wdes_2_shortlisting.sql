-- One row is WDES metric 2 in one unit and year: how many times as likely applicants who are not disabled are to be appointed from
-- shortlisting as disabled applicants (NHS WDES technical guidance, metric 2). Above 1 is worse for disabled applicants.
with

counts as (

    select * from {{ ref('int_likelihood_counts') }}
    where indicator_id = 'wdes_2'

),

comparison_groups as (

    select * from {{ ref('indicator_comparison_groups') }}
    where indicator_id = 'wdes_2' and measure = 'relative_likelihood'

),

{{ relative_likelihoods(['not_disabled', 'disabled', 'unknown'], 'shortlisted', 'appointed') }}

select * from final
