"""A slip in a suite is named with its file and its expectation, and never weakens the gate: the night is withheld."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.check import Verdict
from flows.check.declare import SuiteError, read_suites
from flows.configure import PROJECT, Settings, Threshold
from tests.check.conftest import Judge
from tests.check.marts import MARCH, NORTH, SOUTH, blank, of, sound


def change(suites: Path, file: str, old: str, new: str) -> None:
    path = suites / file
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{file} has no {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def only(suites: Path, *files: str) -> Path:
    """Take the other suites away, where a test is not about them: judging takes its time."""
    for path in suites.glob("*.yml"):
        if path.name not in files:
            path.unlink()
    return suites


def fault(verdict: Verdict) -> str:
    assert (verdict.outcome, verdict.broken) == ("withheld", True)
    (finding,) = [one for one in verdict.findings if one.kind == "broken"]
    assert (finding.name, finding.severity) == ("gate_is_broken", "critical")
    return finding.sentence


ACCEPTED = """accepted:
- {{check: {check}, place: A, snapshot_date: 2025-03-31, by: EDI lead, {because}}}
expectations:"""

# file, what stands there, what is written instead, what the gate must say
SLIPS = {
    "unknown key": (
        "1_snapshots.yml",
        "    protects: A snapshot",
        "    protect: A snapshot",
        "protect: there is no such key",
    ),
    "unknown severity": (
        "1_snapshots.yml",
        "severity: critical",
        "severity: severe",
        "severity: Input should be 'critical'",
    ),
    "no owner": ("4_sources.yml", "owner: EDI team\n", "", "owner: Field required"),
    "a key twice": (
        "1_snapshots.yml",
        "    severity: critical\n",
        "    severity: critical\n    severity: info\n",
        "the key 'severity' is there twice",
    ),
    "not YAML": ("4_sources.yml", "suite: sources", "suite: [sources", "is not valid YAML"),
    "a name twice": (
        "4_sources.yml",
        "name: staff_list_is_there",
        "name: needed_sources_are_there",
        "the expectation 'needed_sources_are_there' is there twice, first in expectations/4_sources.yml",
    ),
    "a suite twice": ("1_snapshots.yml", "suite: snapshots", "suite: sources", "the suite 'sources' is there twice"),
    "a list that is not there": (
        "3_declarations.yml",
        "for_each: fields",
        "for_each: feilds",
        "for_each names 'feilds', and `lists` has fields",
    ),
    "a floor that is no number": (
        "3_declarations.yml",
        "trust_floor: 0.90",
        "trust_floor: ninety",
        "'ethnicity_is_filled_in_across_the_trust': its settings are not those of expect_column_values_to_be_between",
    ),
    "an acceptance of nothing": (
        "2_directorates.yml",
        "expectations:",
        ACCEPTED.format(check="every_one", because="because: it was closed"),
        "the suite has no expectation 'every_one'",
    ),
    "an acceptance without a reason": (
        "2_directorates.yml",
        "expectations:",
        ACCEPTED.format(check="every_directorate_is_still_there", because=""),
        "because: Field required",
    ),
    "a misspelt expectation": (
        "1_snapshots.yml",
        "expect_column_values_to_be_between",
        "expect_column_values_to_be_betwen",
        "'snapshot_has_people': expect_column_values_to_be_betwen is no expectation of Great Expectations. "
        "Did you mean expect_column_values_to_be_between?",
    ),
    "a misspelt setting": (
        "1_snapshots.yml",
        "{column: headcount, min_value: 1}",
        "{column: headcount, minimum: 1}",
        "'snapshot_has_people': its settings are not those of",
    ),
    "a setting that weakens": (
        "1_snapshots.yml",
        "{column: headcount, min_value: 1}",
        "{column: headcount, min_value: 1, mostly: 0}",
        "settings may not have mostly",
    ),
    "a column that is not there": (
        "1_snapshots.yml",
        "{column: headcount, min_value: 1}",
        "{column: heads, min_value: 1}",
        "'snapshot_has_people': its table has no column heads; it has organisation_code",
    ),
    "a word that is not there": (
        "1_snapshots.yml",
        "The snapshot of {snapshot_date} has nobody",
        "The snapshot of {date} has nobody",
        "'snapshot_has_people': its table has no column date",
    ),
    "rows that are no SQL": (
        "1_snapshots.yml",
        "rows: is_latest",
        "rows: is_newest",
        "'latest_snapshot_is_on_time': its rows cannot be read",
    ),
    "a table that is not there": ("4_sources.yml", "table: sources", "table: source", "there is no table 'source'"),
    "a table without its mart": (
        "tables/sources.sql",
        "from marts.quality_sources",
        "from marts.quality_source",
        "expectations/tables/sources.sql does not fit the build",
    ),
    "places of a column as a whole": (
        "1_snapshots.yml",
        "expect: expect_column_values_to_be_between\n    settings: {column: headcount, min_value: 1}",
        "expect: expect_column_mean_to_be_between\n    settings: {column: headcount, min_value: 1}",
        "expect_column_mean_to_be_between has no failing rows",
    ),
}


@pytest.mark.parametrize("slip", SLIPS.values(), ids=SLIPS.keys())
def test_a_slip_is_named_and_withholds(judge: Judge, suites: Path, slip: tuple[str, str, str, str]) -> None:
    file, old, new, said = slip
    change(suites, file, old, new)
    only(suites, file, "4_sources.yml")
    sentence = fault(judge(sound(), suites=suites))
    assert said in sentence
    assert file in sentence or "twice" in said


def test_one_broken_expectation_does_not_keep_the_others_from_being_judged(judge: Judge, suites: Path) -> None:
    change(suites, "1_snapshots.yml", "expect_column_values_to_be_between", "expect_column_values_to_be_betwen")
    tables = sound()
    blank(tables, NORTH, "ethnicity", 300)
    verdict = judge(tables, suites=suites)
    fault(verdict)
    assert "ethnicity_is_filled_in_in_every_directorate" in {one.name for one in verdict.findings}


def test_no_suite_is_no_pass(judge: Judge, suites: Path) -> None:
    for file in suites.glob("*.yml"):
        file.unlink()
    assert "There is no suite in expectations/" in fault(judge(sound(), suites=suites))


def test_a_suite_without_expectations_is_no_pass(suites: Path) -> None:
    path = suites / "4_sources.yml"
    path.write_text(path.read_text(encoding="utf-8").split("expectations:")[0] + "expectations: []\n", encoding="utf-8")
    with pytest.raises(SuiteError, match=r"expectations/4_sources.yml is wrong: expectations: .* at least 1 item"):
        read_suites(suites)


def test_a_floor_is_changed_in_one_number(judge: Judge, suites: Path) -> None:
    only(suites, "3_declarations.yml")
    tables = sound()
    for unit in (NORTH, SOUTH):
        blank(tables, unit, "ethnicity", 20)
    assert judge(tables, suites=suites).outcome == "withheld", "40 of 500 blank after none is a fall of 8 points"
    change(
        suites,
        "3_declarations.yml",
        "trust_fall: -0.05, directorate_fall: -0.10",
        "trust_fall: -0.2, directorate_fall: -0.2",
    )
    assert judge(tables, suites=suites).outcome == "passed", "92 % is above the floor of 90 %"
    change(suites, "3_declarations.yml", "trust_floor: 0.90", "trust_floor: 0.93")
    verdict = judge(tables, suites=suites)
    assert [one.name for one in verdict.findings] == ["ethnicity_is_filled_in_across_the_trust"]


def test_a_trust_writes_its_own_number_without_touching_the_files(judge: Judge, settings: Settings) -> None:
    tables = sound()
    for unit in (NORTH, SOUTH):
        blank(tables, unit, "ethnicity", 10)
    floor = "ethnicity_is_filled_in_across_the_trust"
    assert floor not in [one.name for one in judge(tables).findings], "96 % is above the floor of 90 %"
    own = settings.model_copy(update={"thresholds": {floor: Threshold(min_value=0.97)}})
    assert floor in [one.name for one in judge(tables, settings=own).findings]


@pytest.mark.parametrize(
    ("thresholds", "named"),
    [
        ({"no_such_check": Threshold(min_value=1)}, "thresholds.no_such_check"),
        ({"snapshot_has_people": Threshold(max_value=1)}, "thresholds.snapshot_has_people.max_value"),
    ],
)
def test_a_threshold_of_no_check_is_named_and_withholds(
    judge: Judge, settings: Settings, thresholds: dict[str, Threshold], named: str
) -> None:
    own = settings.model_copy(update={"thresholds": thresholds})
    assert named in fault(judge(sound(), settings=own))


def test_an_accepted_failure_is_counted_and_no_longer_withholds(judge: Judge, suites: Path) -> None:
    only(suites, "1_snapshots.yml")
    tables = sound()
    of(tables, "quality_snapshots", snapshot_date=MARCH)["shared_with_previous_share"] = 0.4
    assert judge(tables, suites=suites).outcome == "withheld"
    accepted = (
        "accepted:\n  - check: snapshot_is_of_this_trust\n    place: 31 March 2025\n    snapshot_date: 2025-03-31\n"
        "    by: Head of EDI\n    because: Two trusts merged on 1 March and the staff of the other came over.\n"
    )
    change(suites, "1_snapshots.yml", "expectations:\n", accepted + "expectations:\n")
    verdict = judge(tables, suites=suites)
    assert verdict.outcome == "passed"
    (check,) = [one for one in verdict.checks if one["name"] == "snapshot_is_of_this_trust"]
    assert (check["passed"], check["accepted_count"], check["judged_count"]) == (True, 1, 0)


def test_an_acceptance_is_for_its_own_snapshot_and_place_only(judge: Judge, suites: Path) -> None:
    only(suites, "3_declarations.yml")
    tables = sound()
    blank(tables, NORTH, "religion", 300)
    blank(tables, SOUTH, "religion", 180)
    accepted = (
        "accepted:\n  - check: religion_is_filled_in_in_every_directorate\n"
        "    place: {place}\n    snapshot_date: {date}\n"
        "    by: Head of EDI\n    because: The field was frozen while ESR was moved.\n"
    )
    change(suites, "3_declarations.yml", "lists:\n", accepted.format(place=NORTH, date="2025-03-31") + "lists:\n")
    places = {one.name: one.places for one in judge(tables, suites=suites).findings}
    assert places["religion_is_filled_in_in_every_directorate"] == (SOUTH,)
    change(suites, "3_declarations.yml", "snapshot_date: 2025-03-31", "snapshot_date: 2025-02-28")
    places = {one.name: one.places for one in judge(tables, suites=suites).findings}
    assert places["religion_is_filled_in_in_every_directorate"] == (NORTH, SOUTH)


def test_the_page_on_checks_has_every_check_with_its_severity() -> None:
    page = (PROJECT / "docs" / "checks.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip(): line for line in page.splitlines() if line.startswith("| `")}
    declared = {one.name: one for suite in read_suites(PROJECT / "expectations") for one in suite.expectations}
    fields = ("ethnicity", "disability", "gender", "age", "religion", "sexual_orientation", "marital_status")
    for name, one in declared.items():
        field = next((word for word in fields if name.startswith(word + "_")), None)
        row = rows[f"`{name.replace(field, '<field>', 1)}`" if field else f"`{name}`"]
        assert one.severity in row or "by field" in row, f"docs/checks.md: {name} is {one.severity}"
        assert one.owner in row, f"docs/checks.md: {name} belongs to {one.owner}"
    written = {name.strip("`").replace("<field>", "ethnicity") for name in rows if "_" in name}
    assert written <= declared.keys() | {f"ethnicity_{name.split('_', 1)[1]}" for name in declared}
