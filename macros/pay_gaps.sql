{#-
    How many amounts a column has, their mean, their median (of an even count the mean of the two in the middle) and their
    standard deviation, which one amount alone does not have: the greatest of nought and nothing is nought, and an interval of no
    width would be sure of what one person tells. Means are of sums of decimals: those are the same in every order, sums of
    floating-point numbers are not, and the same night must give the same figures to the last digit.
-#}
{% macro mean_and_spread(amount, name) -%}
    {%- set sum = 'cast(sum(cast(' ~ amount ~ ' as decimal(38, 18))) as double)' -%}
    {%- set sum_of_squares = 'cast(sum(cast(cast(' ~ amount ~ ' as double) * cast(' ~ amount ~ ' as double) as decimal(38, 12))) as double)' -%}
    count({{ amount }}) as {{ name }}_count,
        {{ sum }} / nullif(count({{ amount }}), 0) as mean_{{ name }}_gbp,
        percentile_cont(0.5) within group (order by cast({{ amount }} as double)) as median_{{ name }}_gbp,
        case when count({{ amount }}) > 1 then sqrt(greatest(
            0e0,
            ({{ sum_of_squares }} - {{ sum }} * {{ sum }} / nullif(count({{ amount }}), 0))
            / nullif(count({{ amount }}) - 1, 0)
        )) end as {{ name }}_deviation_gbp
{%- endmacro %}

{#- The interval of a mean at 95 %: mean ± z · deviation ÷ √n (readings: pay). None where one person is all there is. -#}
{% macro mean_bound(mean, deviation, count_column, sign) -%}
    {{ mean }} {{ sign }} {{ z_of_95_percent() }} * {{ deviation }} / nullif(sqrt(cast({{ count_column }} as double)), 0)
{%- endmacro %}

{#-
    The mart of one pay gap: minority beside reference in every cell of int_pay_gap_statistics. A group that has no figure, or too
    few people for one (seeds/pay_gap/pay_gap_indicators), leaves the gap empty and says why.
-#}
{% macro pay_gap_mart(indicator_id) -%}
with

statistics as (

    select
        *,
        case when hourly_pay_not_computed_because is null then mean_hourly_pay_gbp end as shown_mean,
        case when hourly_pay_not_computed_because is null then median_hourly_pay_gbp end as shown_median,
        case when bonus_share_not_computed_because is null then bonus_count end as shown_bonus_count,
        case when bonus_not_computed_because is null then mean_bonus_gbp end as shown_mean_bonus,
        case when bonus_not_computed_because is null then median_bonus_gbp end as shown_median_bonus
    from {{ ref('int_pay_gap_statistics') }}
    where indicator_id = '{{ indicator_id }}'

),

minorities as (

    select * from statistics
    where role = 'minority'

),

reference_groups as (

    select * from statistics
    where role = 'reference'

),

left_out as (

    select * from statistics
    where role = 'left_out'

),

final as (

    select
        minorities.organisation_code,
        minorities.as_at_date,
        {{ reporting_year('minorities.as_at_date') }} as reporting_year,
        minorities.organisation_unit_level,
        minorities.organisation_unit,
        minorities.organisation_unit_parent,
        minorities.stratum,
        minorities.stratum_dimension,
        minorities.band,
        minorities.group_key as minority_group,
        reference_groups.group_key as reference_group,
        minorities.hourly_pay_source,
        {% for name in ['relevant_count', 'full_pay_count'] %}
            cast(minorities.{{ name }} as bigint) as minority_{{ name }},
            cast(reference_groups.{{ name }} as bigint) as reference_{{ name }},
            cast(left_out.{{ name }} as bigint) as unknown_{{ name }},
        {% endfor %}
        minorities.shown_mean as minority_mean_gbp_per_hour,
        {{ mean_bound('minorities.shown_mean', 'minorities.hourly_pay_deviation_gbp', 'minorities.full_pay_count', '-') }}
            as minority_mean_ci_low_gbp_per_hour,
        {{ mean_bound('minorities.shown_mean', 'minorities.hourly_pay_deviation_gbp', 'minorities.full_pay_count', '+') }}
            as minority_mean_ci_high_gbp_per_hour,
        reference_groups.shown_mean as reference_mean_gbp_per_hour,
        {{ mean_bound(
            'reference_groups.shown_mean', 'reference_groups.hourly_pay_deviation_gbp', 'reference_groups.full_pay_count', '-'
        ) }} as reference_mean_ci_low_gbp_per_hour,
        {{ mean_bound(
            'reference_groups.shown_mean', 'reference_groups.hourly_pay_deviation_gbp', 'reference_groups.full_pay_count', '+'
        ) }} as reference_mean_ci_high_gbp_per_hour,
        {{ gap('reference_groups.shown_mean', 'minorities.shown_mean') }} as mean_gap_share,
        minorities.shown_median as minority_median_gbp_per_hour,
        reference_groups.shown_median as reference_median_gbp_per_hour,
        {{ gap('reference_groups.shown_median', 'minorities.shown_median') }} as median_gap_share,
        {{ why_no_gap('hourly_pay_not_computed_because') }} as not_computed_because,
        cast(minorities.shown_bonus_count as bigint) as minority_bonus_count,
        cast(reference_groups.shown_bonus_count as bigint) as reference_bonus_count,
        {{ share('minorities.shown_bonus_count', 'minorities.relevant_count') }} as minority_bonus_share,
        {{ wilson_low('minorities.shown_bonus_count', 'minorities.relevant_count') }} as minority_bonus_share_ci_low,
        {{ wilson_high('minorities.shown_bonus_count', 'minorities.relevant_count') }} as minority_bonus_share_ci_high,
        {{ share('reference_groups.shown_bonus_count', 'reference_groups.relevant_count') }} as reference_bonus_share,
        {{ wilson_low('reference_groups.shown_bonus_count', 'reference_groups.relevant_count') }} as reference_bonus_share_ci_low,
        {{ wilson_high('reference_groups.shown_bonus_count', 'reference_groups.relevant_count') }} as reference_bonus_share_ci_high,
        minorities.shown_mean_bonus as minority_mean_bonus_gbp,
        reference_groups.shown_mean_bonus as reference_mean_bonus_gbp,
        {{ gap('reference_groups.shown_mean_bonus', 'minorities.shown_mean_bonus') }} as mean_bonus_gap_share,
        minorities.shown_median_bonus as minority_median_bonus_gbp,
        reference_groups.shown_median_bonus as reference_median_bonus_gbp,
        {{ gap('reference_groups.shown_median_bonus', 'minorities.shown_median_bonus') }} as median_bonus_gap_share,
        {{ why_no_gap('bonus_not_computed_because') }} as bonus_gap_not_computed_because
    from minorities
    inner join reference_groups on {{ same_pay_gap_cell('minorities', 'reference_groups') }}
    inner join left_out on {{ same_pay_gap_cell('minorities', 'left_out') }}

)

select * from final
{%- endmacro %}

{% macro same_pay_gap_cell(one, other) -%}
    {%- for key in ['organisation_code', 'as_at_date', 'indicator_id', 'organisation_unit_level', 'organisation_unit', 'stratum'] %}
        {{ one }}.{{ key }} = {{ other }}.{{ key }}{{ ' and' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- The reason of the group that has one, with the group's name; where both have one, both. -#}
{% macro why_no_gap(reason) -%}
    nullif(
        coalesce(minorities.group_key || ': ' || minorities.{{ reason }}, '')
        || case
            when minorities.{{ reason }} is not null and reference_groups.{{ reason }} is not null then ' '
            else ''
        end
        || coalesce(reference_groups.group_key || ': ' || reference_groups.{{ reason }}, ''),
        ''
    )
{%- endmacro %}
