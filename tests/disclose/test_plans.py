"""A trust's plans in the open part: only where it says so, without numbers, and no verdict on a hidden number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.audit import audit
from flows.configure import Reports
from flows.disclose.hand_over import NotFitToOpen, refuse_unfit
from flows.disclose.plans import COLUMNS, NOT_TOLD
from tests.disclose.small_world import MONTH, YEAR_ENDS, Openings, World, ask

BEFORE, LAST = YEAR_ENDS
SHOWN = {"indicator_id": "workforce_profile_ethnicity", "measure": "share"}
LEAVERS = {"indicator_id": "leavers_ethnicity", "measure": "likelihood"}


def action(reference: str, figure: dict[str, str], latest: str = LAST, **other: Any) -> dict[str, Any]:
    """One judged action about ethnic minority staff, which is behind its target of 30 %."""
    return {
        "organisation_code": "XPT",
        "as_at_date": LAST,
        "reporting_year": "2024/25",
        "plan": "wres_action_plan",
        "plan_name": "WRES action plan",
        "reference": reference,
        "action": "Recruit fairly",
        "owner": "Pat Example",
        "status": "in_progress",
        "start_date": BEFORE,
        "due_date": "2026-03-31",
        "conformed_table": "indicator_values",
        "stratum": "all",
        "group": "ethnic_minority",
        "target_text": "30%",
        "target_value": 0.3,
        "baseline_source": "typed",
        "latest_as_at_date": latest,
        "latest_value": 0.2488888,
        "verdict": "behind",
        "verdict_label": "Behind",
    } | (figure | other)


@pytest.fixture
def public(openings: Openings) -> Openings:
    """Openings of a trust whose plans are public."""
    openings.settings = openings.settings.model_copy(update={"reports": Reports(plans_are_public=True)})
    return openings


def verdicts(path: Path) -> dict[str, str]:
    """The told verdict of each action."""
    return dict(ask(path, "select reference, verdict_label from plan_actions"))


def test_plans_stay_closed_unless_the_trust_says_otherwise(openings: Openings) -> None:
    path = openings.open(World(actions=[action("A", SHOWN)]))
    assert ask(path, "select count(*) from duckdb_tables() where table_name = 'plan_actions'") == [(0,)]


def test_open_plans_have_no_owner_target_baseline_or_figure(public: Openings) -> None:
    path = public.open(World(actions=[action("A", SHOWN)]))
    with duckdb.connect(str(path), read_only=True) as con:
        found = con.execute("select * from marts.plan_actions")
        assert [column[0] for column in found.description or ()] == list(COLUMNS)
        [row] = found.fetchall()
        explained = con.execute(
            "select column_name from duckdb_columns() where table_name = 'plan_actions' and comment is not null"
        ).fetchall()
    assert not {"Pat Example", "30%", 0.3, 0.2488888} & set(row)
    assert "In progress" in row
    assert {("status_label",), ("verdict_label",)} <= set(explained), "the mart has no words for these two"
    refuse_unfit(path, (), plans_are_public=True)
    assert audit(path, []).is_safe


def test_a_verdict_is_told_only_where_the_figures_behind_it_are_open(public: Openings) -> None:
    """Four who left are hidden: that their likelihood misses its target would say how few they may be."""
    world = World()
    world.leavers[LAST]["ethnic_minority"] = 4
    world.actions = [
        action("shown", SHOWN),
        action("hidden", LEAVERS),
        action("rounded", SHOWN, MONTH),
        action("closed", {"indicator_id": "plan_leaders_with_edi_objectives", "measure": "count"}),
        action("baseline shown", SHOWN, baseline_source="figure_at_start"),
        action("baseline rounded", SHOWN, baseline_source="figure_at_start", start_date=MONTH),
        action("words", LEAVERS, target_value=None, verdict="cannot_be_judged", verdict_label="Cannot be judged"),
    ]
    assert verdicts(public.open(world)) == {
        "shown": "Behind",
        "hidden": NOT_TOLD,
        "rounded": NOT_TOLD,
        "closed": NOT_TOLD,
        "baseline shown": "Behind",
        "baseline rounded": NOT_TOLD,
        "words": "Cannot be judged",
    }


def test_a_verdict_on_a_figure_that_is_held_back_is_not_told(public: Openings) -> None:
    """The open figure stays as it was opened; a verdict of today would tell on which side the corrected one lies."""
    public.open(World(actions=[action("A", SHOWN)]))
    world = World(actions=[action("A", SHOWN)])
    world.ethnicity[LAST]["North", "white"] -= 2
    path = public.open(world)
    assert LAST in public.held
    assert verdicts(path) == {"A": NOT_TOLD}


@pytest.mark.parametrize(
    ("spoil", "is_public", "said"),
    [
        ("select 1", False, "only where"),
        ("alter table marts.plan_actions add column owner varchar", True, "owner, which stays restricted"),
    ],
)
def test_plans_that_may_not_be_open_are_refused(public: Openings, spoil: str, is_public: bool, said: str) -> None:
    path = public.open(World(actions=[action("A", SHOWN)]))
    with duckdb.connect(str(path)) as con:
        con.execute(spoil)
    with pytest.raises(NotFitToOpen, match=said):
        refuse_unfit(path, (), plans_are_public=is_public)
