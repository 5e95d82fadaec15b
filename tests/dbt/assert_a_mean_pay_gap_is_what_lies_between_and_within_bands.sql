-- A split that does not add up to the mean gap would blame the wrong thing: between and within are the gap, and the bands add up to both.
with

splits as (

    select * from {{ ref('pay_gap_decomposition') }}

),

bands as (

    select
        organisation_code,
        as_at_date,
        indicator_id,
        minority_group,
        sum(minority_full_pay_count) as minority_full_pay_count,
        sum(reference_full_pay_count) as reference_full_pay_count,
        sum(gap_between_bands_share) as gap_between_bands_share,
        sum(gap_within_bands_share) as gap_within_bands_share
    from splits
    where stratum <> 'all'
    group by organisation_code, as_at_date, indicator_id, minority_group

)

select
    splits.organisation_code,
    splits.as_at_date,
    splits.indicator_id,
    splits.minority_group
from splits
left join bands
    on
        splits.organisation_code = bands.organisation_code
        and splits.as_at_date = bands.as_at_date
        and splits.indicator_id = bands.indicator_id
        and splits.minority_group = bands.minority_group
where
    splits.stratum = 'all'
    and splits.not_computed_because is null
    and (
        bands.minority_group is null
        or splits.minority_full_pay_count <> bands.minority_full_pay_count
        or splits.reference_full_pay_count <> bands.reference_full_pay_count
        or abs(splits.gap_between_bands_share + splits.gap_within_bands_share - splits.mean_gap_share) > 1e-9
        or abs(splits.gap_between_bands_share - bands.gap_between_bands_share) > 1e-9
        or abs(splits.gap_within_bands_share - bands.gap_within_bands_share) > 1e-9
    )
