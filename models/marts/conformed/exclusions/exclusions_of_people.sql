-- One row is what one figure leaves out for one reason, in the form of indicator_exclusions.
-- Whom the indicators about the stock of staff leave out, and why: everyone out of employed
-- scope, for every date that the indicator's mart has; who is on no tier of the race disparity ratio; who is not ranked.
{% set marts_of_the_stock = [
    'wres_1_representation',
    'wdes_1_representation',
    'race_disparity_ratio',
    'workforce_profile',
    'workforce_movement',
    'workforce_beside_population',
    'declaration_rates'
] %}
with

dates_of_marts as (

    {% for mart in marts_of_the_stock %}
        select distinct
            '{{ mart }}' as mart,
            organisation_code,
            snapshot_date
        from {{ ref(mart) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

indicators as (

    select * from {{ ref('indicator_definitions') }}
    where is_computed and is_current_definition

),

bands as (

    select
        band,
        race_disparity_tier,
        case pay_group
            when 'local' then 'on_no_tier_local_scale'
            when 'medical_and_dental' then 'on_no_tier_medical'
            when 'unmapped' then 'on_no_tier_unmapped'
            else 'clinical_or_not_unknown'
        end as reason
    from {{ ref('band_list') }}

),

clinical_splits as (

    select * from {{ ref('clinical_split_list') }}

),

left_out as (

    select
        dates_of_marts.organisation_code,
        indicators.indicator_id,
        dates_of_marts.snapshot_date,
        scope.reason,
        scope.person_count
    from dates_of_marts
    inner join indicators on dates_of_marts.mart = indicators.mart
    inner join {{ ref('quality_scope') }} as scope
        on
            dates_of_marts.organisation_code = scope.organisation_code
            and dates_of_marts.snapshot_date = scope.snapshot_date
    where scope.reason <> 'in_scope'
    union all
    select
        staff_counts.organisation_code,
        'race_disparity_ratio' as indicator_id,
        staff_counts.snapshot_date,
        bands.reason,
        sum(staff_counts.person_count) as person_count
    from {{ ref('int_staff_counts') }} as staff_counts
    inner join bands on staff_counts.band = bands.band
    inner join clinical_splits on staff_counts.clinical_split = clinical_splits.clinical_split
    where
        staff_counts.characteristic = 'ethnicity'
        and staff_counts.stratum_dimension = 'clinical_split_band'
        and staff_counts.organisation_unit_level = 'trust'
        and {{ is_year_end('staff_counts.snapshot_date') }}
        and (bands.race_disparity_tier is null or not clinical_splits.has_race_disparity_ratio)
    group by staff_counts.organisation_code, staff_counts.snapshot_date, bands.reason
    union all
    select
        organisation_code,
        'promotion_' || characteristic as indicator_id,
        snapshot_date,
        'band_not_ranked' as reason,
        sum(unranked_stayer_count) as person_count
    from {{ ref('workforce_movement') }}
    where organisation_unit_level = 'trust'
    group by organisation_code, characteristic, snapshot_date

)

select
    {{ exclusion_columns(
        indicator_id='indicator_id',
        as_at_date='snapshot_date',
        organisation_unit_level="'trust'",
        organisation_unit="'trust'",
        reason='reason',
        counted="'people'",
        excluded_count='person_count'
    ) }}
from left_out
