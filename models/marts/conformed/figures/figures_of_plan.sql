-- The figures of the plans in the form of indicator_values: actions by the status that the plan itself gives them. What is on
-- track is judged from indicator_values, so it stands in plan_actions and plan_progress and is no figure here.
select
    {{ figure_columns(
        indicator_id="'plan_actions_completed'",
        organisation_unit_level="'trust'",
        organisation_unit="'trust'",
        organisation_unit_parent='null',
        as_at_date='as_at_date',
        stratum="case when plan = 'all' then 'all' else 'plan_' || plan end",
        measure="'share'",
        group_key='status',
        numerator='action_count',
        denominator='all_count',
        method_key="'share_of_actions'"
    ) }}
from {{ ref('plan_statuses') }}
