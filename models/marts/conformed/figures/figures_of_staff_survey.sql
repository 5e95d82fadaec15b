-- One row is one figure in the form of indicator_values.
-- The figures of the staff survey: WRES 5 to 8, WDES 4 to 9a, themes and their sub-scores.
{% set marts = [
    ('wres_5_harassment_by_public', 'wres_5', ['white', 'ethnic_minority', 'all'], 'share'),
    ('wres_6_harassment_by_staff', 'wres_6', ['white', 'ethnic_minority', 'all'], 'share'),
    ('wres_7_equal_opportunities', 'wres_7', ['white', 'ethnic_minority', 'all'], 'share'),
    ('wres_8_discrimination', 'wres_8', ['white', 'ethnic_minority', 'all'], 'share'),
    ('wdes_4a_i_harassment_by_public', 'wdes_4a_i', ['not_disabled', 'disabled', 'all'], 'share'),
    ('wdes_4a_ii_harassment_by_managers', 'wdes_4a_ii', ['not_disabled', 'disabled', 'all'], 'share'),
    ('wdes_4a_iii_harassment_by_colleagues', 'wdes_4a_iii', ['not_disabled', 'disabled', 'all'], 'share'),
    ('wdes_4b_reporting_harassment', 'wdes_4b', ['not_disabled', 'disabled', 'all'], 'share'),
    ('wdes_5_equal_opportunities', 'wdes_5', ['not_disabled', 'disabled', 'all'], 'share'),
    ('wdes_6_pressure_when_unwell', 'wdes_6', ['not_disabled', 'disabled', 'all'], 'share'),
    ('wdes_7_work_valued', 'wdes_7', ['not_disabled', 'disabled', 'all'], 'share'),
    ('wdes_8_reasonable_adjustments', 'wdes_8', ['disabled', 'all'], 'share'),
    ('wdes_9a_engagement', 'wdes_9a', ['not_disabled', 'disabled', 'all'], 'score')
] %}
{% for model, indicator_id, groups, measure in marts %}
    {{ figures_of_survey_indicator(model, indicator_id, groups, measure) }}
    union all
{% endfor %}
{% for group, value, base, method in [
    ('all', 'score', 'base_count', 'official_score'),
    ('benchmark_group', 'benchmark_median_score', 'benchmark_base_count', 'benchmark_median')
] %}
    select
        {{ figure_columns(
            indicator_id='indicator_id',
            as_at_date='as_at_date',
            organisation_unit_level="'trust'",
            organisation_unit="'trust'",
            organisation_unit_parent='null',
            measure="'score'",
            group_key="'" ~ group ~ "'",
            denominator=base,
            value=value,
            method_key="'" ~ method ~ "'",
            not_computed_because="'Fewer than ten people answered: the survey prints no figure.'"
        ) }}
    from {{ ref('staff_survey_scores') }}
    where is_own_organisation
    {{ 'union all' if not loop.last }}
{% endfor %}
