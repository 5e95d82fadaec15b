-- Domain reference 1.9: the race disparity ratio from the lower to the upper tier is the product of the two steps between; in a
-- small unit all three may be nought.
select
    lower_to_upper.organisation_code,
    lower_to_upper.snapshot_date,
    lower_to_upper.organisation_unit_level,
    lower_to_upper.organisation_unit,
    lower_to_upper.clinical_split
from {{ ref('race_disparity_ratio') }} as lower_to_upper
inner join {{ ref('race_disparity_ratio') }} as lower_to_middle
    on
        lower_to_upper.organisation_code = lower_to_middle.organisation_code
        and lower_to_upper.snapshot_date = lower_to_middle.snapshot_date
        and lower_to_upper.organisation_unit_level = lower_to_middle.organisation_unit_level
        and lower_to_upper.organisation_unit = lower_to_middle.organisation_unit
        and lower_to_upper.clinical_split = lower_to_middle.clinical_split
inner join {{ ref('race_disparity_ratio') }} as middle_to_upper
    on
        lower_to_upper.organisation_code = middle_to_upper.organisation_code
        and lower_to_upper.snapshot_date = middle_to_upper.snapshot_date
        and lower_to_upper.organisation_unit_level = middle_to_upper.organisation_unit_level
        and lower_to_upper.organisation_unit = middle_to_upper.organisation_unit
        and lower_to_upper.clinical_split = middle_to_upper.clinical_split
where
    lower_to_upper.step = 'lower_to_upper'
    and lower_to_middle.step = 'lower_to_middle'
    and middle_to_upper.step = 'middle_to_upper'
    and abs(
        lower_to_upper.race_disparity_ratio
        - lower_to_middle.race_disparity_ratio * middle_to_upper.race_disparity_ratio
    ) > 1e-9 * lower_to_middle.race_disparity_ratio * middle_to_upper.race_disparity_ratio
