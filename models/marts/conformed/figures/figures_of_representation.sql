-- One row is one figure in the form of indicator_values.
-- The figures of WRES 1, WDES 1 and the race disparity ratio.
{% for indicator_id, mart, groups in [
    ('wres_1', 'wres_1_representation', ['white', 'ethnic_minority', 'unknown']),
    ('wdes_1', 'wdes_1_representation', ['disabled', 'not_disabled', 'unknown'])
] %}
    {% for group in groups %}
        select
            {{ figure_columns(
                indicator_id="'" ~ indicator_id ~ "'",
                as_at_date='snapshot_date',
                measure="'share'",
                group_key="'" ~ group ~ "'",
                numerator=group ~ '_count',
                denominator='all_count'
            ) }}
        from {{ ref(mart) }}
        union all
    {% endfor %}
{% endfor %}
{% for group in ['white', 'ethnic_minority', 'unknown'] %}
    select
        {{ figure_columns(
            indicator_id="'race_disparity_ratio'",
            as_at_date='snapshot_date',
            measure="'progression_ratio'",
            group_key="'" ~ group ~ "'",
            numerator=group ~ '_higher_count',
            denominator=group ~ '_lower_count',
            not_computed_because="'Nobody of the group is on the lower tier.'"
        ) }}
    from {{ ref('race_disparity_ratio') }}
    {{ 'union all' if not loop.last }}
{% endfor %}
