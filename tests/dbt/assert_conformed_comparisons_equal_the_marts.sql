-- The difference of a cell from the workforce is the same in WRES 1 and in indicator_comparisons.
select
    marts.organisation_code,
    marts.snapshot_date,
    marts.organisation_unit_level,
    marts.organisation_unit,
    marts.stratum
from {{ ref('wres_1_representation') }} as marts
left join {{ ref('indicator_comparisons') }} as conformed
    on
        marts.organisation_code = conformed.organisation_code
        and conformed.indicator_id = 'wres_1'
        and conformed.measure = 'difference'
        and marts.snapshot_date = conformed.as_at_date
        and marts.organisation_unit_level = conformed.organisation_unit_level
        and marts.organisation_unit = conformed.organisation_unit
        and marts.stratum = conformed.stratum
where
    not (marts.organisation_unit_level = 'trust' and marts.stratum = 'all')
    and (conformed.value is null or abs(conformed.value - marts.ethnic_minority_share_difference) > 1e-12)
