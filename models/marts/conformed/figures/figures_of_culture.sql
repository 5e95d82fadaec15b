-- One row is one figure in the form of indicator_values.
-- The figures of culture: concerns, staff networks, training, recruitment to named posts.
select
    {{ figure_columns(
        indicator_id='indicator_id',
        as_at_date='as_at_date',
        stratum="'all'",
        measure="'share'",
        group_key='"group"',
        numerator='concern_count',
        denominator='all_count',
        method_key="'share_of_concerns'",
        not_computed_because='not_computed_because'
    ) }}
from {{ ref('ftsu_concerns') }}
union all
-- A network that the map does not know counts in the total and has no word of its own here.
select
    {{ figure_columns(
        indicator_id="'staff_network_members'",
        organisation_unit_level="'trust'",
        organisation_unit="'trust'",
        organisation_unit_parent='null',
        as_at_date='as_at_date',
        stratum='staff_network',
        measure="'headcount'",
        group_key="'all'",
        numerator='members_count',
        value='members_count',
        method_key="'members'"
    ) }}
from {{ ref('staff_networks') }}
where staff_network <> 'unlisted'
union all
select
    {{ figure_columns(
        indicator_id="'staff_network_members'",
        organisation_unit_level="'trust'",
        organisation_unit="'trust'",
        organisation_unit_parent='null',
        as_at_date='as_at_date',
        stratum='staff_network',
        measure="'growth_ratio'",
        group_key="'all'",
        numerator='members_count',
        denominator='previous_members_count',
        not_computed_because='not_computed_because'
    ) }}
from {{ ref('staff_networks') }}
where staff_network <> 'unlisted'
union all
select
    {{ figure_columns(
        indicator_id='indicator_id',
        as_at_date='as_at_date',
        stratum='training_course',
        measure="'coverage'",
        group_key='"group"',
        numerator='completed_count',
        denominator='staff_count',
        not_computed_because='not_computed_because'
    ) }}
from {{ ref('training_coverage') }}
union all
select
    {{ figure_columns(
        indicator_id='indicator_id',
        as_at_date='as_at_date',
        stratum='training_course',
        measure="'headcount'",
        group_key='"group"',
        numerator='anyone_completed_count',
        value='anyone_completed_count',
        method_key="'anyone_completed'"
    ) }}
from {{ ref('training_coverage') }}
where anyone_completed_count is not null
{% for measure, numerator, denominator, nobody in [
    ('applicant_share', 'applied_count', 'all_applied_count', 'Nobody applied for the post in the year.'),
    ('shortlisted_share', 'shortlisted_count', 'all_shortlisted_count', 'Nobody was shortlisted.'),
    ('appointed_share', 'appointed_count', 'all_appointed_count', 'Nobody was appointed.'),
    ('shortlisting_likelihood', 'shortlisted_count', 'applied_count', 'Nobody of the group applied.'),
    ('interview_likelihood', 'interviewed_count', 'shortlisted_count', 'Nobody of the group was shortlisted.'),
    (
        'success_at_interview_likelihood', 'appointed_at_interview_count', 'interviewed_count',
        'Nobody of the group was interviewed.'
    ),
    ('appointment_likelihood', 'appointed_count', 'shortlisted_count', 'Nobody of the group was shortlisted.')
] %}
    union all
    select
        {{ figure_columns(
            indicator_id='indicator_id',
            as_at_date='as_at_date',
            stratum='named_post',
            measure="'" ~ measure ~ "'",
            group_key='"group"',
            numerator=numerator,
            denominator=denominator,
            not_computed_because="coalesce(not_computed_because, '" ~ nobody ~ "')"
        ) }}
    from {{ ref('positive_action_recruitment') }}
{% endfor %}
