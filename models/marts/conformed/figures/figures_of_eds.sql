-- One row is one figure in the form of indicator_values.
-- The figures of EDS 2022: the outcomes, the sums of the domains, the total and the rating.
select
    {{ figure_columns(
        indicator_id="'eds'",
        organisation_unit_level="'trust'",
        organisation_unit="'trust'",
        organisation_unit_parent='null',
        as_at_date='as_at_date',
        stratum='outcome',
        measure="'score'",
        group_key="'all'",
        value='score',
        method_key="'middle_score'",
        not_computed_because='not_computed_because'
    ) }}
from {{ ref('eds_outcomes') }}
{% for stratum, column in {
    'all': 'total_score',
    'domain_1': 'domain_1_score',
    'domain_2': 'domain_2_score',
    'domain_3': 'domain_3_score'
}.items() %}
    union all
    select
        {{ figure_columns(
            indicator_id="'eds'",
            organisation_unit_level="'trust'",
            organisation_unit="'trust'",
            organisation_unit_parent='null',
            as_at_date='as_at_date',
            stratum="'" ~ stratum ~ "'",
            measure="'total_score'",
            group_key="'all'",
            value=column,
            not_computed_because='not_computed_because'
        ) }}
    from {{ ref('eds_rating') }}
{% endfor %}
union all
select
    {{ figure_columns(
        indicator_id="'eds'",
        organisation_unit_level="'trust'",
        organisation_unit="'trust'",
        organisation_unit_parent='null',
        as_at_date='as_at_date',
        stratum="'all'",
        measure="'rating'",
        group_key="'all'",
        value_text='rating',
        not_computed_because='not_computed_because'
    ) }}
from {{ ref('eds_rating') }}
