"""Open a trust's plans where it says that they are public: what is to be done, by when, and how it stands.

Owners, targets, baselines and figures stay restricted. A verdict is made of exact figures, so it is told only where a
reader has those figures too: "behind" would else tell on which side of its target a hidden number lies.
"""

from __future__ import annotations

import duckdb

TABLE = "plan_actions"
TREATMENT = "plans"
"""The treatment of `open_tables` that stands for: open where `[reports] plans_are_public` is true."""

COLUMNS = (
    *("organisation_code", "as_at_date", "plan", "plan_name", "reference", "action", "status", "status_label"),
    *("due_date", "indicator_id", "indicator_title", "verdict_label"),
)
"""All that the open table has."""

NOT_TOLD = "Not told: a figure that it is made of is not open"

ADDED = {
    "status_label": "The status in words.",
    "verdict_label": "Whether the action is on track, by the rules of on_track_rules; not told where a figure that "
    "it is made of is hidden, rounded or not open.",
}

PLANS = """
create table opened.marts.plan_actions as
with exact_dates as (
    select
        organisation_code, 'indicator_values' as conformed_table, indicator_id, measure, stratum, "group",
        '' as reference_group, as_at_date
    from marts.indicator_values
    where organisation_unit_level = 'trust' and is_current_definition
    union all
    select
        organisation_code, 'indicator_comparisons', indicator_id, measure, stratum, minority_group,
        reference_group, as_at_date
    from marts.indicator_comparisons
    where organisation_unit_level = 'trust' and is_current_definition
),

told as (
    select
        organisation_code, 'indicator_values' as conformed_table, indicator_id, measure, stratum, "group",
        '' as reference_group, as_at_date
    from opened.marts.indicator_values
    where
        organisation_unit_level = 'trust' and value_marker is null and denominator_marker is distinct from '[c]'
        and coalesce(rounded_to, 1) = 1
        and as_at_date not in (select as_at_date from held_dates)
    union all
    select
        organisation_code, 'indicator_comparisons', indicator_id, measure, stratum, minority_group,
        reference_group, as_at_date
    from opened.marts.indicator_comparisons
    where
        organisation_unit_level = 'trust' and value_marker is null
        and as_at_date not in (select as_at_date from held_dates)
),

actions as (
    select
        actions.*,
        coalesce(actions.reference_group, '') as compared_with,
        (
            select max(exact_dates.as_at_date) from exact_dates
            where
                exact_dates.organisation_code = actions.organisation_code
                and exact_dates.conformed_table = actions.conformed_table
                and exact_dates.indicator_id = actions.indicator_id
                and exact_dates.measure = actions.measure
                and exact_dates.stratum = actions.stratum
                and exact_dates."group" = actions."group"
                and exact_dates.reference_group = coalesce(actions.reference_group, '')
                and exact_dates.as_at_date <= actions.start_date
        ) as baseline_date
    from marts.plan_actions as actions
),

judged as (
    select
        *,
        target_value is null
        or (
            {latest_is_told}
            and (baseline_source is distinct from 'figure_at_start' or {baseline_is_told})
        ) as is_verdict_told
    from actions
),

labels as (
    select distinct status_key, status_label from definitions.plan_status_map
)

select
    judged.organisation_code,
    judged.as_at_date,
    judged.plan,
    judged.plan_name,
    judged.reference,
    judged.action,
    judged.status,
    labels.status_label,
    judged.due_date,
    judged.indicator_id,
    judged.indicator_title,
    case when judged.is_verdict_told then judged.verdict_label else $not_told end as verdict_label
from judged
left join labels on judged.status = labels.status_key
order by all
"""
IS_TOLD = """exists (
                select 1 from told
                where
                    told.organisation_code = actions.organisation_code
                    and told.conformed_table = actions.conformed_table
                    and told.indicator_id = actions.indicator_id
                    and told.measure = actions.measure
                    and told.stratum = actions.stratum
                    and told."group" = actions."group"
                    and told.reference_group = actions.compared_with
                    and told.as_at_date = actions.{date}
            )"""


def write_plans(con: duckdb.DuckDBPyConnection) -> None:
    """Write the open table of actions beside the open figures, which must be there; needs `held_dates`."""
    latest, baseline = (IS_TOLD.format(date=date) for date in ("latest_as_at_date", "baseline_date"))
    con.execute(PLANS.format(latest_is_told=latest, baseline_is_told=baseline), {"not_told": NOT_TOLD})
