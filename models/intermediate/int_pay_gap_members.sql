-- One row is one relevant employee in one group of one pay gap: organisation × date × person × indicator. Whoever has none of the
-- groups that the gap compares is unknown: left out of the gap and counted (readings: pay).
{{ config(materialized='view', incremental_strategy=none, on_schema_change=none) }}
{% set characteristics = [
    'gender', 'ethnicity_group', 'ethnicity_broad', 'ethnicity_detail', 'disability_group'
] %}
with

people as (

    select * from {{ ref('int_pay_gap_people') }}
    where is_relevant

),

indicators as (

    select * from {{ ref('pay_gap_indicators') }}

),

group_roles as (

    select * from {{ ref('pay_gap_groups') }}

),

people_by_characteristic as (

    {% for characteristic in characteristics %}
        select
            organisation_code,
            as_at_date,
            person_key,
            directorate,
            band,
            hourly_rate_gbp,
            bonus_in_year_gbp,
            '{{ characteristic }}' as characteristic,
            {{ characteristic }} as characteristic_key
        from people
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (

    select
        people_by_characteristic.organisation_code,
        people_by_characteristic.as_at_date,
        people_by_characteristic.person_key,
        indicators.indicator_id,
        coalesce(group_roles.group_key, 'unknown') as group_key,
        coalesce(group_roles.role, 'left_out') as role,
        people_by_characteristic.directorate,
        people_by_characteristic.band,
        people_by_characteristic.hourly_rate_gbp,
        case when people_by_characteristic.bonus_in_year_gbp > 0 then people_by_characteristic.bonus_in_year_gbp end
            as bonus_gbp
    from people_by_characteristic
    inner join indicators
        on people_by_characteristic.characteristic = indicators.characteristic
    left join group_roles
        on
            indicators.indicator_id = group_roles.indicator_id
            and people_by_characteristic.characteristic_key = group_roles.group_key

)

select * from final
