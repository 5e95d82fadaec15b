-- Everyone has one directorate and one team: teams sum to their directorate and directorates to the trust, group by group. A mean
-- of three years stands with four decimals, so sums may differ by less than one hundredth. Where a unit has too few people of a
-- group to tell a figure, the numerators that are told do not sum.
with

figures as (

    select * from {{ ref('indicator_values') }}
    where stratum = 'all' or indicator_id = 'race_disparity_ratio' or indicator_id like 'training_coverage%'

),

units as (

    select
        organisation_code,
        indicator_id,
        definition_version,
        as_at_date,
        stratum,
        measure,
        "group" as group_key,
        organisation_unit_level,
        organisation_unit_parent,
        case when count(numerator) = count(*) then sum(numerator) end as numerator,
        sum(denominator) as denominator
    from figures
    where organisation_unit_parent is not null
    group by
        organisation_code,
        indicator_id,
        definition_version,
        as_at_date,
        stratum,
        measure,
        "group",
        organisation_unit_level,
        organisation_unit_parent

)

select units.*
from units
left join figures as parents
    on
        units.organisation_code = parents.organisation_code
        and units.indicator_id = parents.indicator_id
        and units.definition_version = parents.definition_version
        and units.as_at_date = parents.as_at_date
        and units.stratum = parents.stratum
        and units.measure = parents.measure
        and units.group_key = parents."group"
        and units.organisation_unit_parent = parents.organisation_unit
        and parents.organisation_unit_level = case units.organisation_unit_level
            when 'team' then 'directorate'
            else 'trust'
        end
where
    parents.organisation_code is null
    or abs(units.numerator - parents.numerator) >= 0.01
    or abs(units.denominator - parents.denominator) >= 0.01
