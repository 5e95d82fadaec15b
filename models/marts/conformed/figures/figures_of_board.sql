-- One row is one figure in the form of indicator_values.
-- The figures of WRES 9 and WDES 10: the share of each group among the members of each part of the
-- board.
{% for indicator_id, mart, groups in [
    ('wres_9', 'wres_9_board', ['white', 'ethnic_minority', 'unknown']),
    ('wdes_10', 'wdes_10_board', ['not_disabled', 'disabled', 'unknown'])
] %}
    {% set outer_loop = loop %}
    {% for group in groups %}
        select
            {{ figure_columns(
                indicator_id="'" ~ indicator_id ~ "'",
                as_at_date='as_at_date',
                measure="'share'",
                group_key="'" ~ group ~ "'",
                numerator=group ~ '_count',
                denominator='member_count',
                not_computed_because='not_computed_because'
            ) }}
        from {{ ref(mart) }}
        {{ 'union all' if not (loop.last and outer_loop.last) }}
    {% endfor %}
{% endfor %}
