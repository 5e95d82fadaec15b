-- The figures of WRES 1 in the form of indicator_values.
{% for group in ['white', 'ethnic_minority', 'unknown'] %}
    select
        {{ figure_columns(
            indicator_id="'wres_1'",
            as_at_date='snapshot_date',
            measure="'share'",
            group_key="'" ~ group ~ "'",
            numerator=group ~ '_count',
            denominator='all_count'
        ) }}
    from {{ ref('wres_1_representation') }}
    {{ 'union all' if not loop.last }}
{% endfor %}
