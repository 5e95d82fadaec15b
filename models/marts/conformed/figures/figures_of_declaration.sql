-- One row is one figure in the form of indicator_values.
-- The declaration rates.
{% for measure, group, numerator in [
    ('share', 'declared', 'declared_count'),
    ('share', 'declined', 'declined_count'),
    ('share', 'blank', 'blank_count'),
    ('share', 'unmapped', 'unmapped_count'),
    ('complete_share', 'all', 'complete_count'),
    ('usable_share', 'all', 'usable_count')
] %}
    select
        {{ figure_columns(
            indicator_id="'declaration_' || field",
            as_at_date='snapshot_date',
            stratum="'all'",
            measure="'" ~ measure ~ "'",
            group_key="'" ~ group ~ "'",
            numerator=numerator,
            denominator='headcount'
        ) }}
    from {{ ref('declaration_rates') }}
    {{ 'union all' if not loop.last }}
{% endfor %}
