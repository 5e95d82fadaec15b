-- A figure of indicator_values is the figure of its mart with the same interval, and none is lost on the way.
with

figures_of_marts as (

    {% for mart, indicator_id, stratum, measure, group, value in [
        ('wres_1_representation', "'wres_1'", 'stratum', 'share', "'ethnic_minority'", 'ethnic_minority_share'),
        ('wdes_1_representation', "'wdes_1'", 'stratum', 'share', "'disabled'", 'disabled_share'),
        (
            'race_disparity_ratio', "'race_disparity_ratio'", 'stratum', 'progression_ratio', "'ethnic_minority'",
            'ethnic_minority_progression_ratio'
        ),
        ('workforce_profile', 'indicator_id', 'stratum', 'share', '"group"', 'share'),
        ('workforce_movement', "'retention_' || characteristic", "'all'", 'likelihood', '"group"', 'retention_share'),
        ('workforce_movement', "'leavers_' || characteristic", "'all'", 'likelihood', '"group"', 'leaver_share'),
        ('workforce_movement', "'starters_' || characteristic", "'all'", 'likelihood', '"group"', 'starter_share'),
        ('workforce_movement', "'promotion_' || characteristic", "'all'", 'likelihood', '"group"', 'promotion_share'),
        ('workforce_beside_population', 'indicator_id', "'all'", 'share', '"group"', 'share'),
        ('declaration_rates', "'declaration_' || field", "'all'", 'complete_share', "'all'", 'complete_share')
    ] %}
        select
            organisation_code,
            {{ indicator_id }} as indicator_id,
            snapshot_date as as_at_date,
            organisation_unit_level,
            organisation_unit,
            {{ stratum }} as stratum,
            '{{ measure }}' as measure,
            {{ group }} as group_key,
            {{ value }} as mart_value,
            {{ 'cast(null as double)' if value.endswith('ratio') else value ~ '_ci_low' }} as mart_ci_low,
            {{ 'cast(null as double)' if value.endswith('ratio') else value ~ '_ci_high' }} as mart_ci_high
        from {{ ref(mart) }}
        where {{ value }} is not null
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
        and figures_of_marts.organisation_unit_level = conformed.organisation_unit_level
        and figures_of_marts.organisation_unit = conformed.organisation_unit
        and figures_of_marts.stratum = conformed.stratum
        and figures_of_marts.measure = conformed.measure
        and figures_of_marts.group_key = conformed."group"
where
    conformed.value is null
    or conformed.value <> figures_of_marts.mart_value
    or conformed.ci_low is distinct from figures_of_marts.mart_ci_low
    or conformed.ci_high is distinct from figures_of_marts.mart_ci_high
