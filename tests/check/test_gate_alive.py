"""A gate that breaks withholds: it passes nothing unjudged, and does not take its own fault for one of the data."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.check import check
from flows.check.judge import Gate
from flows.configure import Settings
from flows.home import Home
from flows.record import Finding
from tests.check.conftest import Judge
from tests.check.marts import MARCH, NORTH, SOUTH, TABLES, Tables, blank, of, sound
from tests.check.test_suites import change, fault, only

MARKER = "Zebedee Quillfeather"


@pytest.fixture
def few(suites: Path) -> Path:
    """Two checks and the two canaries, for tests of the gate itself."""
    return only(suites, "4_sources.yml")


def test_a_gate_that_lets_everything_through_is_caught_by_the_canary(
    judge: Judge, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gate, "holds", lambda *_: True)
    assert "canary_that_must_fail" in fault(judge(sound(), suites=few))


def test_a_gate_that_lets_nothing_through_is_caught_by_the_canary(
    judge: Judge, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gate, "holds", lambda *_: False)
    assert "canary_that_must_pass" in fault(judge(sound(), suites=few))


def test_the_canary_needs_no_second_reading_to_be_caught(
    judge: Judge, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gate, "holds", lambda *_: True)
    monkeypatch.setattr("flows.check.judge._outside", lambda expectation, column: column.isna())
    assert "canary_that_must_fail did not" in fault(judge(sound(), suites=few))


def test_both_canaries_are_in_the_record_of_every_run(judge: Judge, few: Path) -> None:
    canaries = [one for one in judge(sound(), suites=few).checks if one["suite"] == "canaries"]
    assert [(one["name"], one["passed"]) for one in canaries] == [
        ("canary_that_must_pass", True),
        ("canary_that_must_fail", True),
    ]


def test_great_expectations_that_does_not_import_withholds(
    judge: Judge, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "great_expectations", None)
    verdict = judge(sound(), suites=few)
    assert "Great Expectations did not start" in fault(verdict)
    assert verdict.content_hash
    assert verdict.checks == []


def test_great_expectations_that_raises_while_it_starts_withholds(
    judge: Judge, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import great_expectations

    def refuse(**_: object) -> None:
        raise RuntimeError(MARKER)

    monkeypatch.setattr(great_expectations, "get_context", refuse)
    sentence = fault(judge(sound(), suites=few))
    assert "Great Expectations did not start (RuntimeError)" in sentence
    assert MARKER not in sentence


def test_great_expectations_that_raises_at_one_check_withholds_and_judges_the_rest(
    judge: Judge, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from great_expectations.datasource.fluent.interfaces import Batch

    validate = Batch.validate

    def sometimes(self: Any, suite: Any, **more: Any) -> Any:
        if suite.name == "staff_list_is_there":
            raise RuntimeError(MARKER)
        return validate(self, suite, **more)

    monkeypatch.setattr(Batch, "validate", sometimes)
    verdict = judge(sound(), suites=few)
    sentence = fault(verdict)
    assert "'staff_list_is_there': it could not be evaluated (RuntimeError)" in sentence
    assert MARKER not in sentence
    assert [one["name"] for one in verdict.checks if one["suite"] == "sources"] == ["needed_sources_are_there"]


def test_an_expectation_that_is_dropped_in_silence_withholds(
    judge: Judge, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from great_expectations.datasource.fluent.interfaces import Batch

    validate = Batch.validate

    def dropping(self: Any, suite: Any, **more: Any) -> Any:
        result = validate(self, suite, **more)
        if suite.name == "staff_list_is_there":
            result.results.clear()
        return result

    monkeypatch.setattr(Batch, "validate", dropping)
    assert "'staff_list_is_there': it was declared and not evaluated" in fault(judge(sound(), suites=few))


def test_an_exception_inside_an_expectation_is_no_failed_check(judge: Judge, suites: Path) -> None:
    only(suites, "4_sources.yml")
    change(
        suites,
        "4_sources.yml",
        "settings: {column: is_present, value_set: [true]}",
        "settings: {column: needed_by, min_value: 1}",
    )
    change(
        suites,
        "4_sources.yml",
        "expect: expect_column_values_to_be_in_set",
        "expect: expect_column_values_to_be_between",
    )
    verdict = judge(sound(), suites=suites)
    assert "'staff_list_is_there': it broke while it was evaluated, so it neither passed nor failed" in fault(verdict)
    assert "staff_list_is_there" not in {one["name"] for one in verdict.checks}


def test_great_expectations_sees_the_judged_columns_only_and_answers_yes_or_no(
    judge: Judge, suites: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from great_expectations.datasource.fluent.interfaces import Batch

    validate = Batch.validate
    columns: set[str] = set()
    results: list[Any] = []

    def watched(self: Any, suite: Any, **more: Any) -> Any:
        columns.update(self.data.dataframe.columns)
        result = validate(self, suite, **more)
        results.extend(result.results)
        return result

    monkeypatch.setattr(Batch, "validate", watched)
    tables = sound()
    blank(tables, NORTH, "ethnicity", 300)
    judge(tables, suites=only(suites, "2_directorates.yml", "3_declarations.yml"))
    assert columns & {"directorate", "organisation_unit", "spelt"} == set()
    assert len(results) > 40
    assert [one.result for one in results if one.result] == []


def test_great_expectations_must_agree_with_our_own_reading(
    judge: Judge, suites: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds = Gate.holds

    def wrong(self: Any, expectation: Any, frame: Any) -> bool:
        return expectation.name == "nobody_is_counted_twice" or holds(self, expectation, frame)

    monkeypatch.setattr(Gate, "holds", wrong)
    tables = sound()
    of(tables, "quality_snapshots", snapshot_date=MARCH)["duplicate_person_count"] = 1
    assert "'nobody_is_counted_twice': Great Expectations and our own reading" in fault(
        judge(tables, suites=only(suites, "1_snapshots.yml"))
    )


def test_a_number_that_was_never_computed_is_no_pass(judge: Judge, suites: Path) -> None:
    tables = sound()
    of(tables, "quality_snapshots", snapshot_date=MARCH)["shared_with_previous_share"] = None
    assert "'snapshot_is_of_this_trust': shared_with_previous_share is empty" in fault(
        judge(tables, suites=only(suites, "1_snapshots.yml"))
    )


@pytest.mark.parametrize("table", ["quality_snapshots", "quality_directorates", "declaration_rates"])
def test_a_build_without_rows_is_no_pass(judge: Judge, table: str) -> None:
    tables = sound()
    tables[table] = []
    verdict = judge(tables)
    assert (verdict.outcome, verdict.broken) == ("withheld", False)
    assert [one.sentence for one in verdict.findings if one.name.endswith("_has_rows")]


@pytest.mark.parametrize("others", [True, False], ids=["other files came", "an empty home"])
def test_without_a_staff_list_that_alone_is_told(judge: Judge, others: bool) -> None:
    """Whether nothing ever came, or everything but the staff list did."""
    tables: Tables = {name: [] for name in TABLES}
    if others:
        tables["quality_sources"] = sound()["quality_sources"]
        of(tables, "quality_sources", dataset="esr_staff_list")["is_present"] = False
    verdict = judge(tables)
    assert (verdict.outcome, verdict.broken) == ("withheld", False)
    (told,) = verdict.findings
    assert (told.sentence, told.severity) == ("No staff list has been loaded.", "critical")
    assert told.next_step.startswith("Drop the ESR staff list into landing/esr_staff_list")


def test_an_empty_build_is_withheld_where_the_staff_list_is_no_longer_critical(judge: Judge, suites: Path) -> None:
    change(suites, "4_sources.yml", "severity: critical", "severity: warning")
    verdict = judge({name: [] for name in TABLES}, suites=suites)
    assert verdict.outcome == "withheld"
    assert "snapshots_has_rows" in {one.name for one in verdict.findings}


def test_a_field_that_is_no_longer_there_is_no_pass(judge: Judge, suites: Path) -> None:
    tables = sound()
    tables["declaration_rates"] = [row for row in tables["declaration_rates"] if row["field"] != "disability"]
    verdict = judge(tables, suites=only(suites, "3_declarations.yml"))
    assert verdict.outcome == "withheld"
    said = {one.name: one.sentence for one in verdict.findings}
    assert said["disability_is_filled_in_across_the_trust"].startswith("There was nothing to judge")


def test_a_build_without_a_hash_is_withheld(judge: Judge, few: Path) -> None:
    verdict = judge(sound(), suites=few, fingerprint=lambda con: "")
    assert "no content hash" in fault(verdict)


def test_a_hash_that_cannot_be_made_withholds_without_saying_values(judge: Judge, few: Path) -> None:
    def broken(con: duckdb.DuckDBPyConnection) -> str:
        raise duckdb.ConversionException(f"Could not convert string '{MARKER}'")

    verdict = judge(sound(), suites=few, fingerprint=broken)
    assert "ConversionException" in fault(verdict)
    assert MARKER not in str(verdict)
    assert verdict.content_hash == ""


def test_no_warehouse_is_withheld(settings: Settings, home: Home) -> None:
    verdict = check(settings, home)
    assert "it was never built, or another program holds it" in fault(verdict)
    assert verdict.content_hash == ""


def test_the_gate_only_reads(judge: Judge, few: Path, settings: Settings, home: Home) -> None:
    judge(sound(), suites=few)
    before = home.warehouse.read_bytes()
    check(settings, home, {1}, suites=few)
    assert home.warehouse.read_bytes() == before
    assert not list(home.private.glob("*.wal"))


def planted() -> Tables:
    """A file whose columns have shifted: a person's name stands where the directorate should."""
    tables = sound()
    directorates = tables["quality_directorates"]
    directorates.append(
        of(tables, "quality_directorates", snapshot_date=MARCH, directorate=SOUTH)
        | {"directorate": MARKER, "headcount": 0, "previous_headcount": 3, "is_missing": True}
    )
    north = of(tables, "declaration_rates", snapshot_date=MARCH, organisation_unit=NORTH, field="gender")
    tables["declaration_rates"].append(
        north
        | {"organisation_unit": MARKER, "headcount": 9, "declared_count": 0, "declined_count": 0, "blank_count": 9}
    )
    blank(tables, NORTH, "ethnicity", 300)
    return tables


def test_no_value_of_a_person_is_in_a_verdict_or_a_log(
    judge: Judge, suites: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    change(suites, "4_sources.yml", "column: is_present, value_set: [true]", "column: needed_by, min_value: 1")
    change(suites, "4_sources.yml", "expect_column_values_to_be_in_set", "expect_column_values_to_be_between")
    tables = planted()
    of(tables, "quality_sources", dataset="esr_staff_list")["needed_by"] = MARKER
    lines: list[str] = []
    verdict = judge(tables, suites=suites, say=lines.append)
    out, err = capfd.readouterr()
    places = {one.name: one.places for one in verdict.findings}
    assert places["every_small_directorate_is_still_there"] == ("a small directorate",)
    assert places["gender_is_filled_in_in_small_directorates"] == ("a small directorate",)
    assert places["ethnicity_is_filled_in_in_every_directorate"] == (NORTH,)
    assert verdict.broken
    text = json.dumps(dataclasses.asdict(verdict)) + "\n".join(lines) + caplog.text + out + err
    assert MARKER not in text


def test_a_standing_problem_keeps_its_key_when_its_counts_change(judge: Judge, suites: Path) -> None:
    def ethnicity(people: int) -> Finding:
        tables = sound()
        blank(tables, NORTH, "ethnicity", people)
        found = {one.name: one for one in judge(tables, suites=only(suites, "3_declarations.yml")).findings}
        return found["ethnicity_is_filled_in_in_every_directorate"]

    assert ethnicity(200).counts != ethnicity(210).counts
    assert ethnicity(200).key == ethnicity(210).key


def test_nothing_is_sent_and_nothing_is_drawn(judge: Judge, few: Path, capfd: pytest.CaptureFixture[str]) -> None:
    judge(sound(), suites=few)
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"
