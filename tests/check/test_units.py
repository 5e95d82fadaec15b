"""A staff list whose columns have shifted is withheld before people stand in the marts as units; nobody is named."""

from __future__ import annotations

import dataclasses
import json
import logging
from pathlib import Path

import pytest

from flows.check import Verdict
from tests.check.conftest import Judge
from tests.check.marts import FEBRUARY, MARCH, TEAMS, sound
from tests.check.shifted import (
    MARKER,
    Plant,
    everybody,
    leave_out,
    new_directorate,
    one_team_called,
    person,
    renamed,
    some_people,
    teams,
)
from tests.check.test_suites import change, only

DATE_OR_NUMBER = "no_unit_is_a_date_or_a_personal_number"


@pytest.fixture
def units(suites: Path) -> Path:
    """The suite of the units alone."""
    return only(suites, "7_units.yml")


def verdict_on(judge: Judge, suites: Path, *plants: Plant) -> Verdict:
    tables = sound()
    for plant in plants:
        plant(tables)
    verdict = judge(tables, suites=suites)
    assert not verdict.broken, [one.sentence for one in verdict.findings]
    return verdict


def failed(verdict: Verdict) -> set[str]:
    return {one.name for one in verdict.findings}


@pytest.mark.parametrize("plant", [everybody(), everybody(", 12/03/1985"), everybody(" 10000001")])
def test_people_in_the_column_of_teams_withhold(judge: Judge, units: Path, plant: Plant) -> None:
    verdict = verdict_on(judge, units, plant)
    assert verdict.outcome == "withheld"
    assert all(one.severity == "critical" for one in verdict.findings)


def test_people_in_the_first_snapshot_of_all_withhold(judge: Judge, units: Path) -> None:
    verdict = verdict_on(judge, units, lambda tables: leave_out(tables, "team", FEBRUARY), everybody())
    assert failed(verdict) == {"few_people_are_alone_in_their_unit", "units_are_fewer_than_people"}
    assert verdict.outcome == "withheld"


@pytest.mark.parametrize(
    "plant",
    [
        everybody(", 12/03/1985"),
        some_people(30),
        new_directorate(1),
        new_directorate(9),
        one_team_called(f"{MARKER} 10000001"),
    ],
)
def test_no_unit_is_named_in_a_verdict_or_a_log(
    judge: Judge, units: Path, plant: Plant, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    verdict = verdict_on(judge, units, plant)
    assert verdict.findings
    out, err = capfd.readouterr()
    text = json.dumps(dataclasses.asdict(verdict)) + caplog.text + out + err
    assert MARKER not in text
    assert not any(team in text for team in TEAMS)


@pytest.mark.parametrize(
    "name",
    [
        "12/03/1985",
        "Quillfeather Z 12-3-85",
        "1985-03-12 00:00:00",
        "12 Mar 1985",
        "Quillfeather 12-MAR-85",
        "10000001",
        "Quillfeather 10000001-2",
        "19850312",
    ],
)
def test_a_name_with_a_date_or_an_employee_number_withholds(judge: Judge, units: Path, name: str) -> None:
    verdict = verdict_on(judge, units, one_team_called(name))
    assert failed(verdict) == {DATE_OR_NUMBER}
    assert verdict.outcome == "withheld"


@pytest.mark.parametrize(
    "name",
    [
        "24/7 Control Room",
        "111 and 999 Calls",
        "367 A7D100 Camden Complex",
        "Project 2024",
        "Budget 2024/25",
        "Rota 1-2-3",
        "Cost Centre 123456789",
        "Marshalling 12 Maryland",
        "Unknown (Operations)",
    ],
)
def test_an_ordinary_name_passes(judge: Judge, units: Path, name: str) -> None:
    verdict = verdict_on(judge, units, one_team_called(name))
    assert (verdict.outcome, failed(verdict)) == ("passed", set())


def test_a_few_teams_of_one_person_pass_where_the_trust_is_small(judge: Judge, units: Path) -> None:
    """Nineteen of forty people: a large share, and still no sign of a shifted column."""
    small = [("Station", 21), *((person(number), 1) for number in range(19))]
    verdict = verdict_on(judge, units, teams([*small[:19]], FEBRUARY), teams(small[:19]))
    assert verdict.outcome == "passed"


def test_limits_are_reached_and_not_passed(judge: Judge, units: Path) -> None:
    assert failed(verdict_on(judge, units, some_people(25, FEBRUARY, MARCH))) == set(), "25 of 500 are 5 %"
    assert failed(verdict_on(judge, units, renamed(12))) == set(), "48 % have a new team"
    assert failed(verdict_on(judge, units, some_people(10))) == set(), "ten new teams of one"
    assert failed(verdict_on(judge, units, new_directorate(10))) == set(), "a new directorate of ten"


def test_teams_are_new_only_where_the_snapshot_before_knows_teams(judge: Judge, units: Path) -> None:
    """A trust that begins to fill in Org L5 is not told that every team is new."""
    blank = teams([("Unknown (Ambulance Operations North)", 500)], FEBRUARY)
    assert failed(verdict_on(judge, units, blank)) == set()


def test_people_without_a_team_are_no_team(judge: Judge, units: Path) -> None:
    blank = teams([("Unknown (Ambulance Operations North)", 480), ("Unknown (People and Culture)", 20)])
    assert failed(verdict_on(judge, units, blank)) == set()


def test_a_warning_of_a_small_new_directorate_is_published(judge: Judge, units: Path) -> None:
    verdict = verdict_on(judge, units, new_directorate(1))
    (finding,) = verdict.findings
    assert (verdict.outcome, finding.severity) == ("passed", "warning")
    assert finding.counts == {"new and small": 1, "people": 1}


def test_a_build_without_units_is_no_pass(judge: Judge, units: Path) -> None:
    tables = sound()
    tables["workforce_profile"] = []
    verdict = judge(tables, suites=units)
    assert (verdict.outcome, failed(verdict)) == ("withheld", {"units_has_rows"})


def test_a_reorganisation_that_is_accepted_is_published(judge: Judge, units: Path) -> None:
    accepted = (
        "accepted:\n  - check: most_people_keep_a_team_that_is_known\n    place: teams, 31 March 2025\n"
        "    snapshot_date: 2025-03-31\n    by: Head of EDI\n    because: All stations were renamed on 1 March.\n"
    )
    change(units, "7_units.yml", "expectations:\n", accepted + "expectations:\n")
    assert verdict_on(judge, units, renamed(25)).outcome == "passed"


def test_a_pattern_that_is_no_pattern_is_named_and_withholds(judge: Judge, units: Path) -> None:
    change(units, "7_units.yml", "'(^|[^0-9])[0-9]{8}([^0-9]|$)'", "'([0-9]{8}'")
    verdict = judge(sound(), suites=units)
    assert (verdict.outcome, verdict.broken) == ("withheld", True)
    assert "units cannot be read" in verdict.findings[0].sentence
