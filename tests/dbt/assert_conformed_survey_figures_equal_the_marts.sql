-- A figure of the survey is the same in its mart and in indicator_values, and its difference the same in indicator_comparisons.
{% set marts = [
    ('wres_5_harassment_by_public', 'wres_5', 'ethnic_minority', 'share'),
    ('wres_6_harassment_by_staff', 'wres_6', 'ethnic_minority', 'share'),
    ('wres_7_equal_opportunities', 'wres_7', 'ethnic_minority', 'share'),
    ('wres_8_discrimination', 'wres_8', 'ethnic_minority', 'share'),
    ('wdes_4a_i_harassment_by_public', 'wdes_4a_i', 'disabled', 'share'),
    ('wdes_4a_ii_harassment_by_managers', 'wdes_4a_ii', 'disabled', 'share'),
    ('wdes_4a_iii_harassment_by_colleagues', 'wdes_4a_iii', 'disabled', 'share'),
    ('wdes_4b_reporting_harassment', 'wdes_4b', 'disabled', 'share'),
    ('wdes_5_equal_opportunities', 'wdes_5', 'disabled', 'share'),
    ('wdes_6_pressure_when_unwell', 'wdes_6', 'disabled', 'share'),
    ('wdes_7_work_valued', 'wdes_7', 'disabled', 'share'),
    ('wdes_9a_engagement', 'wdes_9a', 'disabled', 'score')
] %}
with

figures_of_marts as (

    {% for mart, indicator_id, minority, measure in marts %}
        select
            organisation_code,
            '{{ indicator_id }}' as indicator_id,
            as_at_date,
            '{{ minority }}' as minority_group,
            '{{ measure }}' as measure,
            {{ minority }}_{{ measure }} as mart_value,
            {{ minority }}_{{ measure }}_difference as mart_difference,
            {{ minority ~ '_share_difference_ci_low' if measure == 'share' else 'cast(null as double)' }} as mart_ci_low
        from {{ ref(mart) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

)

select figures_of_marts.*
from figures_of_marts
left join {{ ref('indicator_values') }} as conformed
    on
        figures_of_marts.organisation_code = conformed.organisation_code
        and figures_of_marts.indicator_id = conformed.indicator_id
        and figures_of_marts.as_at_date = conformed.as_at_date
        and figures_of_marts.measure = conformed.measure
        and figures_of_marts.minority_group = conformed."group"
left join {{ ref('indicator_comparisons') }} as compared
    on
        figures_of_marts.organisation_code = compared.organisation_code
        and figures_of_marts.indicator_id = compared.indicator_id
        and figures_of_marts.as_at_date = compared.as_at_date
        and figures_of_marts.minority_group = compared.minority_group
        and compared.measure = 'difference'
where
    coalesce(abs(conformed.value - figures_of_marts.mart_value) > 1e-12, figures_of_marts.mart_value is not null)
    or coalesce(
        abs(compared.value - figures_of_marts.mart_difference) > 1e-12, figures_of_marts.mart_difference is not null
    )
    or coalesce(abs(compared.ci_low - figures_of_marts.mart_ci_low) > 1e-9, figures_of_marts.mart_ci_low is not null)
