-- The ratios of events and the differences of the board, with their intervals, are the same in their marts and in
-- indicator_comparisons, and so is the reason where there is none.
{{ config(meta={
    'owner': "Parity's analysts",
    'next_step': 'Look which of the two is right: both are made from the same counts.'
}) }}
with

figures_of_marts as (

    {% for mart, indicator_id in [
        ('wres_2_shortlisting', 'wres_2'),
        ('wres_3_disciplinary', 'wres_3'),
        ('wres_4_training', 'wres_4'),
        ('wdes_2_shortlisting', 'wdes_2'),
        ('wdes_3_capability', 'wdes_3')
    ] %}
        select
            organisation_code,
            '{{ indicator_id }}' as indicator_id,
            definition_version,
            as_at_date,
            organisation_unit_level,
            organisation_unit,
            'all' as stratum,
            'relative_likelihood' as measure,
            relative_likelihood_ratio as mart_value,
            relative_likelihood_ratio_ci_low as mart_ci_low,
            relative_likelihood_ratio_ci_high as mart_ci_high,
            not_computed_because
        from {{ ref(mart) }}
        union all
    {% endfor %}
    {% for mart, indicator_id, group in [
        ('wres_9_board', 'wres_9', 'ethnic_minority'), ('wdes_10_board', 'wdes_10', 'disabled')
    ] %}
        select
            organisation_code,
            '{{ indicator_id }}' as indicator_id,
            '1' as definition_version,
            as_at_date,
            organisation_unit_level,
            organisation_unit,
            stratum,
            'difference' as measure,
            {{ group }}_share_difference as mart_value,
            cast(null as double) as mart_ci_low,
            cast(null as double) as mart_ci_high,
            not_computed_because
        from {{ ref(mart) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    figures_of_marts.indicator_id,
    figures_of_marts.definition_version,
    figures_of_marts.as_at_date,
    figures_of_marts.organisation_unit,
    figures_of_marts.stratum
from figures_of_marts
left join {{ ref('indicator_comparisons') }} as conformed
    on
        figures_of_marts.organisation_code = conformed.organisation_code
        and figures_of_marts.indicator_id = conformed.indicator_id
        and figures_of_marts.definition_version = conformed.definition_version
        and figures_of_marts.as_at_date = conformed.as_at_date
        and figures_of_marts.organisation_unit_level = conformed.organisation_unit_level
        and figures_of_marts.organisation_unit = conformed.organisation_unit
        and figures_of_marts.stratum = conformed.stratum
        and figures_of_marts.measure = conformed.measure
where
    conformed.organisation_code is null
    or (conformed.value is null) <> (figures_of_marts.mart_value is null)
    or abs(conformed.value - figures_of_marts.mart_value) > 1e-9
    or abs(conformed.ci_low - figures_of_marts.mart_ci_low) > 1e-9
    or abs(conformed.ci_high - figures_of_marts.mart_ci_high) > 1e-9 * greatest(1, conformed.ci_high)
    or conformed.not_computed_because <> figures_of_marts.not_computed_because
