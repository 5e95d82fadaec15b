-- One row is one figure in the form of indicator_values.
-- The figures of WRES 2 to 4, WDES 2 and 3: the likelihood of each group. Where several years are
-- taken together the numerator is the mean of their counts.
{% set ethnicities, disabilities = ['white', 'ethnic_minority', 'unknown'], ['not_disabled', 'disabled', 'unknown'] %}
{% for indicator_id, mart, groups, base, event in [
    ('wres_2', 'wres_2_shortlisting', ethnicities, 'shortlisted', 'appointed'),
    ('wres_3', 'wres_3_disciplinary', ethnicities, 'staff', 'entered'),
    ('wres_4', 'wres_4_training', ethnicities, 'staff', 'trained'),
    ('wdes_2', 'wdes_2_shortlisting', disabilities, 'shortlisted', 'appointed'),
    ('wdes_3', 'wdes_3_capability', disabilities, 'staff', 'entered')
] %}
    {% set outer_loop = loop %}
    {% for group in groups %}
        select
            {{ figure_columns(
                indicator_id="'" ~ indicator_id ~ "'",
                definition_version='definition_version',
                as_at_date='as_at_date',
                stratum="'all'",
                measure="'likelihood'",
                group_key="'" ~ group ~ "'",
                numerator=group ~ '_' ~ event ~ '_count / cast(rolling_years as double)',
                denominator=group ~ '_' ~ base ~ '_count',
                value=group ~ '_likelihood',
                not_computed_because='case when ' ~ group ~ '_' ~ base ~ '_count is null then not_computed_because end'
            ) }}
        from {{ ref(mart) }}
        {{ 'union all' if not (loop.last and outer_loop.last) }}
    {% endfor %}
{% endfor %}
