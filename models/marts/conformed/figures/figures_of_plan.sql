-- One row is one figure in the form of indicator_values.
-- The figures of the plans: actions by the status that the plan itself gives them, and the
-- numbers that the trust states. What is on track is judged from indicator_values, so it stands in plan_actions and
-- plan_progress and is no figure here.
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
union all
select
    {{ figure_columns(
        indicator_id='indicator_id',
        organisation_unit_level="'trust'",
        organisation_unit="'trust'",
        organisation_unit_parent='null',
        as_at_date='as_at_date',
        stratum="'all'",
        measure='measure',
        group_key="'all'",
        numerator='answer_count',
        value='answer_count',
        method_key="'answer'",
        not_computed_because='not_computed_because'
    ) }}
from {{ ref('plan_statements') }}
where indicator_id is not null
