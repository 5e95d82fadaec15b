-- A pay gap is the same in its mart and in indicator_comparisons, and none is lost on the way.
with

gaps_of_marts as (

    {% for characteristic in ['gender', 'ethnicity', 'ethnicity_broad', 'ethnicity_category', 'disability'] %}
        {% for measure, column in [
            ('mean_pay_gap', 'mean_gap_share'),
            ('median_pay_gap', 'median_gap_share'),
            ('mean_bonus_gap', 'mean_bonus_gap_share'),
            ('median_bonus_gap', 'median_bonus_gap_share')
        ] %}
            select
                organisation_code,
                'pay_gap_{{ characteristic }}' as indicator_id,
                as_at_date,
                organisation_unit_level,
                organisation_unit,
                stratum,
                '{{ measure }}' as measure,
                minority_group,
                {{ column }} as mart_value
            from {{ ref('pay_gap_' ~ characteristic) }}
            {{ 'union all' if not loop.last }}
        {% endfor %}
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select gaps_of_marts.*
from gaps_of_marts
left join {{ ref('indicator_comparisons') }} as conformed
    on
        gaps_of_marts.organisation_code = conformed.organisation_code
        and gaps_of_marts.indicator_id = conformed.indicator_id
        and gaps_of_marts.as_at_date = conformed.as_at_date
        and gaps_of_marts.organisation_unit_level = conformed.organisation_unit_level
        and gaps_of_marts.organisation_unit = conformed.organisation_unit
        and gaps_of_marts.stratum = conformed.stratum
        and gaps_of_marts.measure = conformed.measure
        and gaps_of_marts.minority_group = conformed.minority_group
where
    conformed.indicator_id is null
    or (conformed.value is null) <> (gaps_of_marts.mart_value is null)
    or abs(conformed.value - gaps_of_marts.mart_value) > 1e-9
    or (conformed.value is null and conformed.not_computed_because is null)
