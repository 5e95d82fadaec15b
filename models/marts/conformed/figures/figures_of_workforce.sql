-- One row is one figure in the form of indicator_values.
-- The figures of the workforce profile, of movement and of the population beside the workforce.
select
    {{ figure_columns(
        indicator_id='indicator_id',
        as_at_date='snapshot_date',
        measure="'share'",
        group_key='"group"',
        numerator='person_count',
        denominator='all_count'
    ) }}
from {{ ref('workforce_profile') }}
where person_count is not null
union all
{% for indicator, numerator, denominator, nobody in [
    ('retention', 'stayer_count', 'headcount_before_count', 'Nobody of the group was employed twelve months before.'),
    ('leavers', 'leaver_count', 'headcount_before_count', 'Nobody of the group was employed twelve months before.'),
    ('starters', 'starter_count', 'headcount_now_count', 'Nobody of the group is employed at the snapshot.'),
    ('promotion', 'promoted_count', 'ranked_stayer_count', 'Nobody of the group has a ranked band at both dates.')
] %}
    select
        {{ figure_columns(
            indicator_id="'" ~ indicator ~ "_' || characteristic",
            as_at_date='snapshot_date',
            stratum="'all'",
            measure="'likelihood'",
            group_key='"group"',
            numerator=numerator,
            denominator=denominator,
            not_computed_because="'" ~ nobody ~ "'"
        ) }}
    from {{ ref('workforce_movement') }}
    union all
{% endfor %}
select
    {{ figure_columns(
        indicator_id='indicator_id',
        as_at_date='snapshot_date',
        stratum="'all'",
        measure="'share'",
        group_key='"group"',
        numerator='person_count',
        denominator='all_count'
    ) }}
from {{ ref('workforce_beside_population') }}
union all
select
    {{ figure_columns(
        indicator_id='indicator_id',
        as_at_date='snapshot_date',
        stratum="'all'",
        measure="'population_share'",
        group_key='"group"',
        numerator='population_count',
        denominator='population_all_count'
    ) }}
from {{ ref('workforce_beside_population') }}
where organisation_unit_level = 'trust' and population_count is not null
