-- One row is WDES metric 3 in one unit and year: how many times as likely disabled staff are to enter the formal capability process
-- for performance as staff who are not disabled, over two years (NHS WDES technical guidance, metric 3).
with

counts as (

    select * from {{ ref('int_likelihood_counts') }}
    where indicator_id = 'wdes_3'

),

comparison_groups as (

    select * from {{ ref('indicator_comparison_groups') }}
    where indicator_id = 'wdes_3' and measure = 'relative_likelihood'

),

{{ relative_likelihoods(['not_disabled', 'disabled', 'unknown'], 'staff', 'entered') }}

select * from final
