-- The government's gender pay gap service refuses a return that breaks one of these rules (domain reference 3.2): no gap is over
-- 100 %; both hourly gaps are given; bonus shares are given and between 0 and 100 %; without a bonus for men both bonus gaps stay
-- empty, with bonuses for both both are given; women and men are 100 % of each quarter.
with

gaps as (

    select * from {{ ref('pay_gap_gender') }}
    where organisation_unit_level = 'trust' and stratum = 'all'

),

quarters as (

    select
        organisation_code,
        as_at_date,
        quarter,
        sum(group_share) as both_share,
        min(group_share) as smallest_share
    from {{ ref('pay_gap_quarters') }}
    where indicator_id = 'pay_gap_gender' and quarter_count > 0
    group by organisation_code, as_at_date, quarter

),

broken_rules as (

    select
        organisation_code,
        as_at_date,
        case
            when
                mean_gap_share > 1
                or median_gap_share > 1
                or mean_bonus_gap_share > 1
                or median_bonus_gap_share > 1
                then 'a gap is over 100 %'
            when
                (mean_gap_share is null or median_gap_share is null)
                and minority_full_pay_count > 0
                and reference_full_pay_count > 0
                then 'an hourly gap is missing'
            when
                minority_bonus_share < 0
                or minority_bonus_share > 1
                or reference_bonus_share < 0
                or reference_bonus_share > 1
                then 'a bonus share is no share'
            when reference_bonus_count = 0 and (mean_bonus_gap_share is not null or median_bonus_gap_share is not null)
                then 'a bonus gap without a bonus for men'
            when
                reference_bonus_count > 0
                and minority_bonus_count > 0
                and (mean_bonus_gap_share is null or median_bonus_gap_share is null)
                then 'a bonus gap is missing'
        end as broken_rule
    from gaps
    union all
    select
        organisation_code,
        as_at_date,
        'a quarter is not 100 %' as broken_rule
    from quarters
    where abs(both_share - 1) > 1e-9 or smallest_share < 0

)

select * from broken_rules
where broken_rule is not null
