"""The run record: written whole, read back the same, one key for one standing problem."""

from __future__ import annotations

import dataclasses
import datetime
import stat
from pathlib import Path

import pytest

from flows.record import Finding, new_run, read_run, read_runs, write_run, write_whole

FINDING = Finding("withheld", "critical", "ethnicity_floor", "Too few.", {"missing": 12}, ("North",))


def test_a_record_reads_back_the_same(tmp_path: Path) -> None:
    run = new_run("XPT", datetime.date(2025, 4, 3))
    with run.step("ingest"):
        run.findings.append(FINDING)
    assert read_run(write_run(tmp_path, run)) == run


def test_records_are_listed_oldest_first(tmp_path: Path) -> None:
    runs = [dataclasses.replace(new_run("XPT", datetime.date(2025, 4, 3)), run_id=name) for name in ("b", "a", "c")]
    for run in runs:
        write_run(tmp_path, run)
    assert [run.run_id for run in read_runs(tmp_path)] == ["a", "b", "c"]


def test_a_step_that_raises_is_recorded_as_broken() -> None:
    run = new_run("XPT", datetime.date(2025, 4, 3))
    with pytest.raises(ZeroDivisionError), run.step("build"):
        raise ZeroDivisionError
    assert [(step.name, step.outcome) for step in run.steps] == [("build", "broken")]


def test_a_standing_problem_keeps_its_key_when_its_counts_change() -> None:
    assert FINDING.key == dataclasses.replace(FINDING, counts={"missing": 99}).key
    assert FINDING.key != dataclasses.replace(FINDING, places=("South",)).key


def test_a_file_is_replaced_whole_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "note.json"
    write_whole(path, "old")
    write_whole(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["note.json"]
