"""Every check of the suites fails for its own defect, with its severity and its places, and for nothing else."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from flows.check import SUITES, Verdict
from flows.check.declare import read_suites
from flows.configure import Settings
from flows.fingerprint import content_hash
from flows.home import Home
from tests.check.conftest import Judge
from tests.check.marts import FEBRUARY, FIELDS, MARCH, NORTH, PEOPLE, SOUTH, Tables, blank, of, sound
from tests.check.shifted import everybody, new_directorate, one_team_called, renamed, some_people, teams
from tests.check.test_suites import change

TRUST = ["the whole trust"]
TEAMS_OF_MARCH = ["teams, 31 March 2025"]
HARD = ("ethnicity", "disability", "gender", "age")
DECLARED = {one.name: one for suite in read_suites(SUITES) for one in suite.expectations}


@dataclass(frozen=True)
class Defect:
    """What is planted, and for each check that must see it: its places."""

    plant: Callable[[Tables], object]
    seen: dict[str, list[str]]
    says: str = ""
    as_of: datetime.date = field(default=datetime.date(2025, 4, 5))


def march(**values: object) -> Callable[[Tables], object]:
    return lambda tables: of(tables, "quality_snapshots", snapshot_date=MARCH).update(values)


def directorate(name: str, **values: object) -> Callable[[Tables], object]:
    return lambda tables: of(tables, "quality_directorates", snapshot_date=MARCH, directorate=name).update(values)


def every_field(unit: str, people: int) -> Callable[[Tables], object]:
    return lambda tables: [blank(tables, unit, name, people) for name in FIELDS]


def declared(unit: str, **values: object) -> Callable[[Tables], object]:
    def plant(tables: Tables) -> None:
        for name in FIELDS:
            keys = {"snapshot_date": MARCH, "organisation_unit": unit, "field": name}
            of(tables, "declaration_rates", **keys).update(values)

    return plant


def gone(name: str, headcount: int) -> Callable[[Tables], object]:
    def plant(tables: Tables) -> None:
        values = {"headcount": 0, "previous_headcount": headcount, "headcount_change_share": -1.0, "is_missing": True}
        directorate(name, **values)(tables)
        of(tables, "quality_directorates", snapshot_date=FEBRUARY, directorate=name)["headcount"] = headcount
        rows = of(tables, "quality_directorates", snapshot_date=MARCH, directorate=SOUTH if name != SOUTH else NORTH)
        rows["headcount"] += {NORTH: 300, SOUTH: 180, PEOPLE: 20}[name]
        rows["previous_headcount"] = rows["headcount"]

    return plant


def without_directorate(tables: Tables) -> None:
    north = of(tables, "quality_directorates", snapshot_date=MARCH, directorate=NORTH)
    north["headcount"] -= 15
    values = {"directorate": "Unknown", "headcount": 15, "previous_headcount": 0, "headcount_change_share": None}
    tables["quality_directorates"].append(north | values)


def absent(dataset: str) -> Callable[[Tables], object]:
    return lambda tables: of(tables, "quality_sources", dataset=dataset).update(is_present=False)


def unmapped(tables: Tables) -> None:
    common = {"organisation_code": "XPT", "dataset": "esr_staff_list", "as_at_date": MARCH, "is_current_load": True}
    common |= {"load_id": 2, "is_blank": False, "file_name": "esr_staff_list_2025-03-31.csv"}
    tables["quality_unmapped_values"] += [
        common | {"heading": "Pay Scale", "value_shown": "XQ05", "row_count": 12, "first_lines": "2, 3, 4, 5, 6"},
        common | {"heading": "Ethnic Origin", "row_count": 15, "first_lines": "11, 12, 13, 14, 15"},
        common | {"heading": "Ethnic Origin", "row_count": 3, "first_lines": "7, 9, 11"},
        common | {"heading": "Gender", "row_count": 1, "first_lines": "8"},
        common | {"heading": "Staff Group", "row_count": 2, "first_lines": "3, 4", "is_blank": True},
    ]


def january_missing(tables: Tables) -> None:
    """A gap before a snapshot that is published already and is not the latest."""
    before = {"previous_snapshot_date": datetime.date(2024, 12, 31), "missing_snapshot_count": 1}
    of(tables, "quality_snapshots", snapshot_date=FEBRUARY).update(before)


DEFECTS = {
    "nobody in scope": Defect(
        march(headcount=0, headcount_change_share=-1.0, shared_with_previous_share=0.0),
        {
            "snapshot_has_people": ["31 March 2025"],
            "headcount_is_near_the_snapshot_before": ["31 March 2025"],
            "headcount_moves_slowly": ["31 March 2025"],
            "everybody_is_in_a_directorate": ["31 March 2025"],
        },
    ),
    "a person twice": Defect(march(duplicate_person_count=1), {"nobody_is_counted_twice": ["31 March 2025"]}),
    "another trust's file": Defect(
        march(shared_with_previous_share=0.49),
        {"snapshot_is_of_this_trust": ["31 March 2025"]},
        says="Only 49.0% of the people of 31 March 2025 are also in the snapshot of 28 February 2025.",
    ),
    "a date to come": Defect(
        lambda tables: None, {"snapshot_is_not_from_the_future": ["31 March 2025"]}, as_of=datetime.date(2025, 3, 30)
    ),
    "a file cut short": Defect(
        march(previous_headcount=700, headcount_change_share=500 / 700 - 1),
        {
            "headcount_is_near_the_snapshot_before": ["31 March 2025"],
            "headcount_moves_slowly": ["31 March 2025"],
        },
        says="Headcount went from 700 on 28 February 2025 to 500 on 31 March 2025.",
    ),
    "an unusual month": Defect(
        march(previous_headcount=470, headcount_change_share=500 / 470 - 1),
        {"headcount_moves_slowly": ["31 March 2025"]},
    ),
    "a month missing": Defect(
        january_missing,
        {"no_snapshot_is_missing": ["January 2025"]},
        says="There is no staff list of January 2025, between those of 31 December 2024 and 28 February 2025.",
    ),
    "late": Defect(
        lambda tables: None,
        {"latest_snapshot_is_on_time": ["XPT"]},
        says="The latest snapshot is of 31 March 2025, 46 days ago.",
        as_of=datetime.date(2025, 5, 16),
    ),
    "a directorate that does not add up": Defect(
        directorate(NORTH, headcount=299), {"everybody_is_in_a_directorate": ["31 March 2025"]}
    ),
    "an unknown status": Defect(
        march(unknown_scope_value_count=4), {"statuses_and_categories_are_known": ["31 March 2025"]}
    ),
    "rows that disagree": Defect(
        march(conflicting_characteristics_count=6), {"one_person_has_one_set_of_characteristics": ["31 March 2025"]}
    ),
    "rows that repeat": Defect(march(duplicate_row_count=2), {"rows_are_there_once": ["31 March 2025"]}),
    "a directorate gone": Defect(
        gone(SOUTH, 180),
        {"every_directorate_is_still_there": [SOUTH]},
        says=f"{SOUTH} had 180 people on 28 February 2025 and has nobody on 31 March 2025.",
    ),
    "a small directorate gone": Defect(gone(PEOPLE, 19), {"every_small_directorate_is_still_there": [PEOPLE]}),
    "a directorate that shrank": Defect(
        directorate(SOUTH, previous_headcount=280, headcount_change_share=180 / 280 - 1),
        {"directorates_keep_their_size": [SOUTH]},
    ),
    "people without a directorate": Defect(without_directorate, {"few_people_without_a_directorate": ["Unknown"]}),
    "every field blank in a directorate": Defect(
        every_field(NORTH, 300),
        {f"{name}_is_filled_in_across_the_trust": TRUST for name in FIELDS}
        | {f"{name}_has_not_fallen_across_the_trust": TRUST for name in FIELDS}
        | {f"{name}_is_filled_in_in_every_directorate": [NORTH] for name in FIELDS}
        | {f"{name}_has_not_fallen_in_any_directorate": [NORTH] for name in FIELDS},
        says=f"{NORTH}: 300 of 300 people have their ethnicity blank on 31 March 2025; 0.0% have it filled in.",
    ),
    "a field lost slowly": Defect(
        lambda tables: blank(tables, SOUTH, "ethnicity", 19), {"ethnicity_has_not_fallen_in_any_directorate": [SOUTH]}
    ),
    "every field blank in a small directorate": Defect(
        lambda tables: [blank(tables, PEOPLE, name, 4) for name in ("gender", "age")],
        {f"{name}_is_filled_in_in_small_directorates": [PEOPLE] for name in ("gender", "age")},
    ),
    "a small directorate with nobody's answer": Defect(
        lambda tables: blank(tables, PEOPLE, "ethnicity", 20),
        {
            "ethnicity_is_filled_in_in_small_directorates": [PEOPLE],
            "ethnicity_has_not_fallen_in_any_directorate": [PEOPLE],
        },
    ),
    "a shifted column": Defect(
        declared("trust", declared_count=300, unmapped_count=175), {f"{name}_is_understood": TRUST for name in FIELDS}
    ),
    "classes that do not add up": Defect(
        declared(SOUTH, declared_count=1),
        {"every_person_is_in_one_declaration_class": [f"{SOUTH}, {name}" for name in sorted(FIELDS)]},
    ),
    "no staff list": Defect(absent("esr_staff_list"), {"staff_list_is_there": ["esr_staff_list"]}),
    "no applications": Defect(
        absent("recruitment_applications"), {"needed_sources_are_there": ["recruitment_applications"]}
    ),
    "values that no map knows": Defect(
        unmapped,
        {
            "every_value_is_in_its_map": [
                "esr_staff_list_2025-03-31.csv, Ethnic Origin, lines 11, 12, 13, 14, 15 and 10 more",
                "esr_staff_list_2025-03-31.csv, Ethnic Origin, lines 7, 9, 11",
                "esr_staff_list_2025-03-31.csv, Gender, line 8",
                "esr_staff_list_2025-03-31.csv, Pay Scale 'XQ05'",
                "esr_staff_list_2025-03-31.csv, Staff Group left blank",
            ]
        },
        says="No map knows Pay Scale 'XQ05', in 12 rows of esr_staff_list_2025-03-31.csv.",
    ),
    "names where the teams should be": Defect(
        everybody(),
        {
            "few_people_are_alone_in_their_unit": TEAMS_OF_MARCH,
            "units_are_fewer_than_people": TEAMS_OF_MARCH,
            "most_people_keep_a_team_that_is_known": TEAMS_OF_MARCH,
            "few_new_units_have_one_person": TEAMS_OF_MARCH,
        },
        says="On 31 March 2025 500 teams have one person only: 100.0% of all who are in one.",
    ),
    "many people alone for years": Defect(
        some_people(26, FEBRUARY, MARCH), {"few_people_are_alone_in_their_unit": TEAMS_OF_MARCH}
    ),
    "a unit for every two people": Defect(
        teams([(f"Pair {number}", 2) for number in range(250)], FEBRUARY, MARCH),
        {"units_are_fewer_than_people": TEAMS_OF_MARCH},
        says="On 31 March 2025 there are 250 teams for 500 people.",
    ),
    "other teams than a month ago": Defect(
        renamed(13),
        {"most_people_keep_a_team_that_is_known": TEAMS_OF_MARCH},
        says="260 of 500 people (52.0%) are in teams that were not there on 28 February 2025.",
    ),
    "names in eleven rows": Defect(some_people(11), {"few_new_units_have_one_person": TEAMS_OF_MARCH}),
    "a new directorate of one person": Defect(
        new_directorate(1),
        {"no_new_directorate_is_small": ["directorates, 31 March 2025"]},
        says="there is a small directorate that was not there on 28 February 2025 (1 in all, 1 people)",
    ),
    "a team named by a date": Defect(
        one_team_called("Zebedee Quillfeather 12/03/1985"),
        {"no_unit_is_a_date_or_a_personal_number": TEAMS_OF_MARCH},
        says="On 31 March 2025 1 teams have a date or a number of eight digits in their names.",
    ),
}


def failed(verdict: Verdict) -> dict[str, list[str]]:
    return {one["name"]: one["places"] for one in verdict.checks if not one["passed"]}


def test_a_sound_build_passes_every_check_that_is_declared(judge: Judge, home: Home) -> None:
    lines: list[str] = []
    verdict = judge(sound(), say=lines.append)
    assert (verdict.outcome, verdict.broken, verdict.findings, failed(verdict)) == ("passed", False, [], {})
    names = [one["name"] for one in verdict.checks]
    assert sorted(names) == sorted([*DECLARED, "canary_that_must_pass", "canary_that_must_fail"])
    assert lines == [f"{len(names)} checks, 0 not as expected, 0 of them withhold publication"]
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        assert verdict.content_hash == content_hash(con, schema="marts")


@pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS.keys())
def test_a_defect_fails_its_own_checks_and_no_other(judge: Judge, settings: Settings, defect: Defect) -> None:
    tables = sound()
    defect.plant(tables)
    at = settings.model_copy(update={"clock": settings.clock.model_copy(update={"as_of_date": defect.as_of})})
    verdict = judge(tables, settings=at)
    assert not verdict.broken, [one.sentence for one in verdict.findings]
    assert failed(verdict) == defect.seen
    critical = {name for name in defect.seen if DECLARED[name].severity == "critical"}
    assert verdict.outcome == ("withheld" if critical else "passed")
    told = {one.name: one for one in verdict.findings}
    assert told.keys() == defect.seen.keys()
    for name, finding in told.items():
        declared = DECLARED[name]
        assert (finding.severity, finding.owner, finding.next_step) == (
            declared.severity,
            declared.owner,
            declared.what_to_do,
        )
        assert finding.kind == ("withheld" if name in critical else declared.tell_as)
        assert finding.counts.keys() == declared.counts.keys()
        assert list(finding.places) == defect.seen[name]
    assert any(defect.says in one.sentence for one in verdict.findings)


def test_every_declared_check_has_a_defect_that_it_must_see() -> None:
    seen = {name for defect in DEFECTS.values() for name in defect.seen}
    small = {f"{name}_is_filled_in_in_small_directorates" for name in FIELDS}
    assert seen | small == DECLARED.keys()


def test_the_characteristics_that_the_standards_are_made_of_withhold() -> None:
    for name in FIELDS:
        for check in ("is_filled_in_across_the_trust", "is_filled_in_in_every_directorate"):
            assert DECLARED[f"{name}_{check}"].severity == ("critical" if name in HARD else "warning")


def test_counts_are_of_the_newest_snapshot_and_not_added_up_over_months(judge: Judge) -> None:
    tables = sound()
    for date in (FEBRUARY, MARCH):
        of(tables, "quality_snapshots", snapshot_date=date)["unknown_scope_value_count"] = 4
    verdict = judge(tables, released=set())
    (finding,) = verdict.findings
    assert finding.counts == {"assignments": 4}
    assert finding.places == ("28 February 2025", "31 March 2025")


def test_a_snapshot_that_is_published_and_not_the_latest_is_not_judged_again(judge: Judge) -> None:
    tables = sound()
    of(tables, "quality_snapshots", snapshot_date=FEBRUARY)["duplicate_person_count"] = 3
    assert judge(tables, released={1}).outcome == "passed"
    assert failed(judge(tables, released={2})) == {"nobody_is_counted_twice": ["28 February 2025"]}


def test_the_latest_snapshot_is_judged_even_where_it_is_published(judge: Judge) -> None:
    tables = sound()
    of(tables, "quality_snapshots", snapshot_date=MARCH)["duplicate_person_count"] = 3
    assert "nobody_is_counted_twice" in failed(judge(tables, released={1, 2}))


def test_the_verdict_is_bound_to_the_content_that_it_judged(judge: Judge) -> None:
    tables = sound()
    before = judge(tables).content_hash
    assert judge(tables).content_hash == before
    march(unranked_band_count=11)(tables)
    assert judge(tables).content_hash != before


def test_a_new_code_that_few_people_have_does_not_withhold(judge: Judge) -> None:
    tables = sound()
    unmapped(tables)
    for unit in ("trust", PEOPLE):
        row = of(tables, "declaration_rates", snapshot_date=MARCH, organisation_unit=unit, field="ethnicity")
        row["declared_count"] -= 15
        row["unmapped_count"] += 15
    verdict = judge(tables)
    assert verdict.outcome == "passed"
    assert [one.kind for one in verdict.findings] == ["unmapped"]


def test_a_team_in_which_nobody_has_told_is_judged_with_its_directorate(judge: Judge) -> None:
    tables = sound()
    for date in (FEBRUARY, MARCH):
        row = of(tables, "declaration_rates", snapshot_date=date, organisation_unit=PEOPLE, field="ethnicity")
        team = {**row, "organisation_unit_level": "team", "organisation_unit": "Night", "headcount": 30}
        blanks = 30 if date == MARCH else 0
        tables["declaration_rates"].append({**team, "declared_count": 30 - blanks, "blank_count": blanks})
    verdict = judge(tables)
    assert (verdict.outcome, verdict.findings) == ("passed", [])


def test_a_missing_month_is_told_until_it_comes_or_is_accepted(judge: Judge, suites: Path) -> None:
    tables = sound()
    gap = {"previous_snapshot_date": datetime.date(2024, 10, 31), "missing_snapshot_count": 3}
    of(tables, "quality_snapshots", snapshot_date=FEBRUARY).update(gap)
    (finding,) = judge(tables, released={1, 2}, suites=suites).findings
    assert (finding.places, finding.counts) == (
        ("November 2024", "December 2024", "January 2025"),
        {"snapshots missing": 3},
    )
    accepted = (
        "accepted:\n  - {check: no_snapshot_is_missing, place: December 2024, snapshot_date: 2024-12-31,"
        " by: EDI lead, because: ESR was being moved and nobody ran it.}\nexpectations:\n"
    )
    change(suites, "6_series.yml", "expectations:\n", accepted)
    (finding,) = judge(tables, released={1, 2}, suites=suites).findings
    assert finding.places == ("November 2024", "January 2025")
