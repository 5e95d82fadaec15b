-- One row is one figure in the form of indicator_values.
-- The figures of the pay gaps.
{% for measure, count_column, mean, deviation, median, reason in [
    ('hourly_pay', 'full_pay_count', 'mean_hourly_pay_gbp', 'hourly_pay_deviation_gbp', 'median_hourly_pay_gbp',
        'hourly_pay_not_computed_because'),
    ('bonus_pay', 'bonus_count', 'mean_bonus_gbp', 'bonus_deviation_gbp', 'median_bonus_gbp', 'bonus_not_computed_because')
] %}
    select
        {{ figure_columns(
            indicator_id='indicator_id',
            as_at_date='as_at_date',
            measure="'mean_" ~ measure ~ "'",
            group_key='group_key',
            denominator=count_column,
            value='case when ' ~ reason ~ ' is null then ' ~ mean ~ ' end',
            ci_low='case when ' ~ reason ~ ' is null then ' ~ mean_bound(mean, deviation, count_column, '-') ~ ' end',
            ci_high='case when ' ~ reason ~ ' is null then ' ~ mean_bound(mean, deviation, count_column, '+') ~ ' end',
            not_computed_because=reason
        ) }}
    from {{ ref('int_pay_gap_statistics') }}
    union all
    select
        {{ figure_columns(
            indicator_id='indicator_id',
            as_at_date='as_at_date',
            measure="'median_" ~ measure ~ "'",
            group_key='group_key',
            denominator=count_column,
            value='case when ' ~ reason ~ ' is null then ' ~ median ~ ' end',
            not_computed_because=reason
        ) }}
    from {{ ref('int_pay_gap_statistics') }}
    union all
{% endfor %}
select
    {{ figure_columns(
        indicator_id='indicator_id',
        as_at_date='as_at_date',
        measure="'bonus_share'",
        group_key='group_key',
        numerator='case when bonus_share_not_computed_because is null then bonus_count end',
        denominator='relevant_count',
        not_computed_because='bonus_share_not_computed_because'
    ) }}
from {{ ref('int_pay_gap_statistics') }}
union all
select
    {{ figure_columns(
        indicator_id='indicator_id',
        as_at_date='as_at_date',
        organisation_unit_level="'trust'",
        organisation_unit="'trust'",
        organisation_unit_parent='null',
        stratum='quarter',
        measure="'quarter_share'",
        group_key='"group"',
        numerator='group_count',
        denominator='quarter_count',
        value='group_share',
        not_computed_because='not_computed_because'
    ) }}
from {{ ref('pay_gap_quarters') }}
{% for part in ['between', 'within'] %}
    union all
    select
        {{ figure_columns(
            indicator_id='indicator_id',
            as_at_date='as_at_date',
            organisation_unit_level="'trust'",
            organisation_unit="'trust'",
            organisation_unit_parent='null',
            measure="'gap_" ~ part ~ "_bands'",
            group_key='minority_group',
            denominator='minority_full_pay_count',
            value='gap_' ~ part ~ '_bands_share',
            not_computed_because='not_computed_because'
        ) }}
    from {{ ref('pay_gap_decomposition') }}
{% endfor %}
