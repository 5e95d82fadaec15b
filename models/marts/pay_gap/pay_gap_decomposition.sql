-- One row is what one band adds to a mean pay gap: organisation × date × indicator × minority group × band, and one row with
-- stratum all for the whole gap. Between bands: (reference's share of the band − minority's share) × (reference's pay in the band
-- − reference's pay in all), the part that different shares in the bands explain. Within bands: minority's share × (reference's pay
-- − minority's pay in the band), what remains. Both are parts of the reference's mean pay (Kitagawa 1955, Oaxaca 1973, with the
-- reference's pay and the minority's shares as weights): nothing is left over, the two add up to the mean gap.
with

statistics as (

    select * from {{ ref('int_pay_gap_statistics') }}
    where organisation_unit_level = 'trust'

),

gaps as (

    select
        minorities.organisation_code,
        minorities.as_at_date,
        minorities.indicator_id,
        minorities.group_key as minority_group,
        reference_groups.group_key as reference_group,
        minorities.hourly_pay_source,
        minorities.full_pay_count as minority_count,
        reference_groups.full_pay_count as reference_count,
        minorities.mean_hourly_pay_gbp as minority_mean,
        reference_groups.mean_hourly_pay_gbp as reference_mean,
        {{ why_no_gap('hourly_pay_not_computed_because') }} as not_computed_because
    from statistics as minorities
    inner join statistics as reference_groups
        on {{ same_pay_gap_cell('minorities', 'reference_groups') }}
    where
        minorities.role = 'minority'
        and reference_groups.role = 'reference'
        and minorities.stratum_dimension = 'all'

),

bands as (

    select
        gaps.*,
        minorities.stratum,
        minorities.band,
        minorities.full_pay_count as minority_band_count,
        reference_groups.full_pay_count as reference_band_count,
        {{ share('minorities.full_pay_count', 'gaps.minority_count') }} as minority_share,
        {{ share('reference_groups.full_pay_count', 'gaps.reference_count') }} as reference_share,
        minorities.mean_hourly_pay_gbp as minority_band_mean,
        reference_groups.mean_hourly_pay_gbp as reference_band_mean,
        -- Where a band has nobody of the reference there is nobody to be paid differently from: all of it stands between bands.
        coalesce(reference_groups.mean_hourly_pay_gbp, minorities.mean_hourly_pay_gbp, gaps.reference_mean)
            as compared_band_mean
    from gaps
    inner join statistics as minorities
        on
            gaps.organisation_code = minorities.organisation_code
            and gaps.as_at_date = minorities.as_at_date
            and gaps.indicator_id = minorities.indicator_id
            and gaps.minority_group = minorities.group_key
    inner join statistics as reference_groups
        on
            {{ same_pay_gap_cell('minorities', 'reference_groups') }}
            and gaps.reference_group = reference_groups.group_key
    where minorities.stratum_dimension = 'band'

),

contributions as (

    select
        *,
        (reference_share - minority_share) * (compared_band_mean - reference_mean) / nullif(reference_mean, 0)
            as between_share,
        minority_share
        * (compared_band_mean - coalesce(minority_band_mean, compared_band_mean))
        / nullif(reference_mean, 0) as within_share
    from bands
    where not_computed_because is null

),

sums_of_contributions as (

    select
        organisation_code,
        as_at_date,
        indicator_id,
        minority_group,
        sum(cast(between_share as decimal(38, 18))) as between_share,
        sum(cast(within_share as decimal(38, 18))) as within_share,
        sum(case when reference_band_count = 0 then minority_band_count else 0 end) as minority_without_reference_count,
        sum(case when minority_band_count = 0 then reference_band_count else 0 end) as reference_without_minority_count
    from contributions
    group by organisation_code, as_at_date, indicator_id, minority_group

),

rows_of_all as (

    select
        gaps.organisation_code,
        gaps.as_at_date,
        gaps.indicator_id,
        gaps.minority_group,
        gaps.reference_group,
        'all' as stratum,
        cast(null as varchar) as band,
        gaps.hourly_pay_source,
        gaps.minority_count as minority_full_pay_count,
        gaps.reference_count as reference_full_pay_count,
        cast(sums_of_contributions.minority_without_reference_count as bigint) as minority_without_reference_count,
        cast(sums_of_contributions.reference_without_minority_count as bigint) as reference_without_minority_count,
        cast(1 as double) as minority_band_share,
        cast(1 as double) as reference_band_share,
        gaps.minority_mean,
        gaps.reference_mean,
        cast(sums_of_contributions.between_share as double) as gap_between_bands_share,
        cast(sums_of_contributions.within_share as double) as gap_within_bands_share,
        case when gaps.not_computed_because is null then {{ gap('gaps.reference_mean', 'gaps.minority_mean') }} end
            as mean_gap_share,
        gaps.not_computed_because
    from gaps
    left join sums_of_contributions
        on
            gaps.organisation_code = sums_of_contributions.organisation_code
            and gaps.as_at_date = sums_of_contributions.as_at_date
            and gaps.indicator_id = sums_of_contributions.indicator_id
            and gaps.minority_group = sums_of_contributions.minority_group

),

rows_of_bands as (

    select
        organisation_code,
        as_at_date,
        indicator_id,
        minority_group,
        reference_group,
        stratum,
        band,
        hourly_pay_source,
        minority_band_count as minority_full_pay_count,
        reference_band_count as reference_full_pay_count,
        case when reference_band_count = 0 then minority_band_count else 0 end as minority_without_reference_count,
        case when minority_band_count = 0 then reference_band_count else 0 end as reference_without_minority_count,
        minority_share as minority_band_share,
        reference_share as reference_band_share,
        minority_band_mean as minority_mean,
        reference_band_mean as reference_mean,
        between_share as gap_between_bands_share,
        within_share as gap_within_bands_share,
        between_share + within_share as mean_gap_share,
        not_computed_because
    from contributions

),

every_row as (

    select * from rows_of_all
    union all
    select * from rows_of_bands

),

final as (

    select
        organisation_code,
        as_at_date,
        {{ reporting_year('as_at_date') }} as reporting_year,
        indicator_id,
        minority_group,
        reference_group,
        stratum,
        band,
        hourly_pay_source,
        cast(minority_full_pay_count as bigint) as minority_full_pay_count,
        cast(reference_full_pay_count as bigint) as reference_full_pay_count,
        cast(minority_without_reference_count as bigint) as minority_without_reference_count,
        cast(reference_without_minority_count as bigint) as reference_without_minority_count,
        case when not_computed_because is null then minority_band_share end as minority_band_share,
        case when not_computed_because is null then reference_band_share end as reference_band_share,
        case when not_computed_because is null then minority_mean end as minority_mean_gbp_per_hour,
        case when not_computed_because is null then reference_mean end as reference_mean_gbp_per_hour,
        gap_between_bands_share,
        gap_within_bands_share,
        mean_gap_share,
        not_computed_because
    from every_row

)

select * from final
