"""The night's step between the gate and publishing: what it opens, what it withholds, and whom it tells."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

import flows.nightly
from flows.alert.remember import fates_after
from flows.disclose import Disclosure
from flows.disclose.remember import INDEX, ever_open
from flows.disclose.tell import owes_open_part
from flows.home import Home
from flows.nightly import Night
from flows.point import rollback
from flows.publish import current_release
from flows.record import Finding, RunRecord, read_run, write_run
from tests.disclose.conftest import REPORT, Nights, open_tables, shown_value
from tests.publish.conftest import a_page, a_run, judge
from tests.share import one_page

AUDIT = {"is_safe": True, "cells": 6, "hidden": 1, "releases_compared": 0}


@pytest.fixture
def step(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> Callable[..., RunRecord]:
    """One night from the verdict on, without Prefect, dbt and checks; `made` is what disclosure control does."""
    monkeypatch.setattr(flows.nightly, "build_docs", lambda settings, home, into: a_page(into))
    monkeypatch.setattr(flows.nightly, "report", one_page)
    for name in ("protect", "release"):
        monkeypatch.setattr(flows.nightly, name, getattr(flows.nightly, name).fn)

    def night(number: int, made: Callable[[], Disclosure]) -> RunRecord:
        monkeypatch.setattr(flows.nightly, "disclose", lambda *_: made())
        run = dataclasses.replace(a_run(nights.settings, number), findings=[])
        one = Night(nights.settings, nights.home, run, lambda _: None)
        monkeypatch.setattr(flows.nightly, "take_in", lambda _: None)
        monkeypatch.setattr(flows.nightly, "_nothing_new", lambda _: False)
        monkeypatch.setattr(flows.nightly, "build_marts", lambda _: SimpleNamespace(ok=True))
        monkeypatch.setattr(flows.nightly, "judge", lambda _: judge(nights.home))
        flows.nightly.work(one)
        write_run(nights.home.runs, run)
        return run

    return night


def opened(nights: Nights, number: int, value: float = 0.24) -> Disclosure:
    """What disclosure control hands over on a good night: its file lies in the scratch folder."""
    folder = nights.home.scratch / "disclose" / f"run {number}"
    folder.mkdir(parents=True)
    return Disclosure("open", open_tables(folder / "open.duckdb", value), "", REPORT, AUDIT)


def table(release: str, home: Home, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.releases / release / "restricted" / "marts.duckdb"), read_only=True) as con:
        con.execute("set schema = 'marts'")
        return con.execute(sql).fetchall()


def test_a_good_night_opens_its_part_and_tells_of_it(nights: Nights, step: Callable[..., RunRecord]) -> None:
    run = step(1, lambda: opened(nights, 1))
    assert [one.name for one in run.steps][-2:] == ["disclose", "publish"]
    assert (run.outcome, run.disclosure["outcome"], run.findings) == ("published", "open", [])
    assert run.disclosure["audit"] == AUDIT
    assert [shown_value(path) for path in ever_open(nights.home)] == [0.24]
    told = table(run.run_id, nights.home, "select outcome, table_name, cells, hidden_cells, audit from run_disclosure")
    assert told == [("open", "indicator_values", 6, 1, json.dumps(AUDIT, sort_keys=True))]
    assert table(run.run_id, nights.home, "select open_outcome from run_history") == [("open",)]
    assert not list((nights.home.scratch / "disclose").rglob("*.duckdb")), "what was made aside is cleared away"


def test_a_night_that_is_not_safe_publishes_the_restricted_part_and_warns(
    nights: Nights, step: Callable[..., RunRecord]
) -> None:
    first = step(1, lambda: opened(nights, 1))
    run = step(2, lambda: Disclosure("withheld", None, "3 numbers could be worked out.", REPORT, {"is_safe": False}))
    assert run.outcome == "published"
    release = current_release(nights.home)
    assert release is not None
    assert (release.release_id, release.open_from) == (run.run_id, first.run_id)
    [finding] = run.findings
    assert (finding.severity, finding.name) == ("warning", "open_part_withheld")
    assert "3 numbers could be worked out" in finding.sentence
    assert first.run_id in finding.sentence
    assert "docs/disclosure.md" in finding.next_step
    told = table(run.run_id, nights.home, "select outcome, reason, carried_over_from from run_disclosure order by 1")
    assert told[-1] == ("withheld", "3 numbers could be worked out.", first.run_id)


def test_where_disclosure_control_breaks_restricted_readers_get_their_figures(
    nights: Nights, step: Callable[..., RunRecord]
) -> None:
    """Its error may quote a row, so only its kind is told; and the next night tries again, even with nothing new."""

    def breaks() -> Disclosure:
        raise ValueError("Jo Bloggs, 10000001")

    run = step(1, breaks)
    assert run.outcome == "published"
    assert current_release(nights.home) is not None
    [finding] = run.findings
    assert (finding.kind, finding.severity, finding.name) == ("noticed", "critical", "open_part_broken")
    assert "ValueError" in finding.sentence
    written = json.dumps(dataclasses.asdict(run)) + (nights.home.current / "open" / "README.txt").read_text()
    assert "Bloggs" not in written
    page = (nights.home.current / "open" / "README.txt").read_text()
    assert "broke off" in page
    assert "private" not in page, "what is inside is for those who run it"
    assert owes_open_part(nights.home)
    again = step(2, lambda: opened(nights, 2))
    assert (again.outcome, again.findings) == ("published", [])
    assert not owes_open_part(nights.home)


def test_after_a_rollback_nothing_is_owed(nights: Nights, step: Callable[..., RunRecord]) -> None:
    """What was rolled back is published again only with new files or definitions."""

    def breaks() -> Disclosure:
        raise MemoryError

    first = step(1, lambda: opened(nights, 1))
    step(2, breaks)
    rollback(nights.settings, nights.home, first.run_id, "Ann Other", "a doubt")
    assert not owes_open_part(nights.home)


def test_a_part_with_a_restricted_table_never_leaves(nights: Nights, step: Callable[..., RunRecord]) -> None:
    path = nights.folder / "leaking.duckdb"
    run = step(1, lambda: Disclosure("open", open_tables(path, also="create table marts.quality_loads (load_id int);")))
    assert run.outcome == "published"
    assert [one.name for one in run.findings] == ["open_part_broken"]
    assert "quality_loads is restricted" in run.findings[0].sentence
    assert not (nights.home.current / "open" / "open.duckdb").exists()
    assert ever_open(nights.home) == []


def test_a_damaged_memory_of_what_was_open_withholds_and_says_how_to_mend(
    nights: Nights, step: Callable[..., RunRecord]
) -> None:
    step(1, lambda: opened(nights, 1))
    (nights.home.ever_open / INDEX).unlink()

    def measured() -> Disclosure:
        ever_open(nights.home)
        return opened(nights, 2)

    run = step(2, measured)
    assert run.outcome == "published"
    assert "parity restore" in run.findings[0].sentence


def test_a_problem_of_the_open_part_stands_until_a_run_came_to_it(nights: Nights) -> None:
    """A night that the gate withheld says nothing about the open part."""
    finding = Finding("noticed", "warning", "open_part_withheld", "withheld")
    run = a_run(nights.settings)
    run.outcome = "withheld"
    assert fates_after(nights.home, run)(finding) == "stands"
    run.outcome, run.disclosure = "published", {"outcome": "open"}
    assert fates_after(nights.home, run)(finding) == "solved"


def test_a_record_of_before_the_open_part_is_read(nights: Nights) -> None:
    path = write_run(nights.home.runs, a_run(nights.settings))
    facts = json.loads(path.read_text())
    del facts["disclosure"]
    path.write_text(json.dumps(facts))
    assert read_run(path).disclosure == {}
    assert nights.opened(2).marts.is_file()
