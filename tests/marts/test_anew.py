"""A night builds only what came; what it ends with is what building everything anew ends with."""

from __future__ import annotations

import datetime
from pathlib import Path

import flows.build
from tests.marts.conftest import BLACK, NORTH, SOUTH, WHITE, Trust, these
from tests.small_trust import staff_list, write_csv

MOVEMENT = """
    select snapshot_date, sum(headcount_before_count)::int, sum(leaver_count)::int, sum(starter_count)::int
    from marts.workforce_movement where organisation_unit_level = 'trust' and characteristic = 'gender'
    group by snapshot_date order by snapshot_date
"""

ENTERED = (
    "select white_entered_count, ethnic_minority_entered_count from marts.wres_3_disciplinary"
    " where definition_version = '1' and organisation_unit_level = 'trust'"
)
TRAINED = "select trained_count from marts.wres_4_training where organisation_unit_level = 'trust'"


def _cases(landing: Path, first_stage: str, version: str = "") -> None:
    """Three disciplinary cases; whether the first is formal is what a correction changes."""
    rows = [
        {"Case Reference": "ER-1", "Employee Number": "10000001", "Stage": first_stage, "Formal Date": "01/02/2025"},
        {"Case Reference": "ER-2", "Employee Number": "10000013", "Stage": "Formal", "Formal Date": "10/02/2025"},
        {"Case Reference": "ER-3", "Employee Number": "10000011", "Stage": "Formal", "Formal Date": "10/02/2025"},
    ]
    path = landing / "employee_relations" / f"employee_relations_2025-03-31{version}.csv"
    write_csv(path, "employee_relations_cases", [{"Case Type": "Disciplinary"} | row for row in rows])


def _completion(landing: Path, version: str = "", course_type: str = "CPD") -> None:
    row = {
        "Employee Number": "10000001",
        "Course": "Leading",
        "Completed Date": "01/05/2024",
        "Course Type": course_type,
    }
    write_csv(landing / "learning" / f"learning_2025-03-31{version}.csv", "learning_completions", [row])


def test_a_night_after_a_correction_and_a_late_month_ends_as_a_build_anew(tmp_path: Path) -> None:
    trust = Trust(tmp_path)
    landing = trust.home.landing
    odd = these(12, SOUTH, BLACK, {"Pay Scale": "XR13"})
    staff_list(landing, "2024-03-31", these(15, NORTH, WHITE))
    staff_list(landing, "2025-01-31", [*these(10, NORTH, WHITE), *odd])
    staff_list(landing, "2025-03-31", [*these(12, NORTH, WHITE), *these(8, SOUTH, BLACK)])
    _cases(landing, "Formal")
    _completion(landing)
    assert trust.night().full_refresh
    assert trust.ask("select row_count from marts.quality_unmapped_values where dataset = 'esr_staff_list'") == [(12,)]
    assert trust.ask(ENTERED) == [(1, 2)]
    assert trust.ask(TRAINED) == [(1,)]
    # A year before March there were 15 people, who all stayed; the other 5 of 20 are new. January has no year before.
    assert trust.ask(MOVEMENT) == [(datetime.date(2025, 3, 31), 15, 0, 5)]

    # January is corrected: the pay scale is known and two people more are there. February comes late, between the two.
    # March 2024 is corrected: there were 22, of whom 2 have left. January 2024 comes late.
    staff_list(landing, "2025-01-31", [*these(12, NORTH, WHITE), *these(12, SOUTH, BLACK)], version=2)
    staff_list(landing, "2025-02-28", [*these(12, NORTH, WHITE), *these(4, SOUTH, BLACK)])
    staff_list(landing, "2024-03-31", these(22, NORTH, WHITE), version=2)
    staff_list(landing, "2024-01-31", these(20, NORTH, WHITE))
    # So are the cases: one was informal. And who had a case in February was white in the January that is right.
    _cases(landing, "Informal", "_v2")
    _completion(landing, "_v2", "Mandatory")
    night = trust.night()
    assert night.ok
    assert not night.full_refresh
    after_the_night = trust.content()
    assert trust.ask("select count(*) from marts.quality_unmapped_values") == [(0,)]
    assert trust.ask(ENTERED) == [(1, 1)]
    assert trust.ask(TRAINED) == [(0,)]
    assert trust.ask(
        "select snapshot_date, headcount, previous_headcount, missing_snapshot_count, shared_with_previous_share"
        " from marts.quality_snapshots order by snapshot_date"
    ) == [
        (datetime.date(2024, 1, 31), 20, None, None, None),
        (datetime.date(2024, 3, 31), 22, 20, 1, 1.0),
        (datetime.date(2025, 1, 31), 24, 22, 9, 1.0),
        (datetime.date(2025, 2, 28), 16, 24, 0, 1.0),
        (datetime.date(2025, 3, 31), 20, 16, 0, 1.0),
    ]
    assert trust.ask(MOVEMENT) == [(datetime.date(2025, 1, 31), 20, 0, 4), (datetime.date(2025, 3, 31), 22, 2, 0)]

    flows.build._remember(trust.home, None)
    assert trust.night().full_refresh
    assert trust.content() == after_the_night
