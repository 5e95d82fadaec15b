"""Retention is code: what is past its time goes, with a record of it, and stays gone; a legal hold keeps it."""

from __future__ import annotations

import dataclasses
import datetime
import json
import os
from collections.abc import Callable
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from flows.cli import main
from flows.compare import inputs_hash
from flows.configure import Settings
from flows.hold import HoldError, lift, place
from flows.home import Home
from flows.ingest import IngestResult, ingest
from flows.ingest.remember import current_inputs
from flows.point import move_pointer, prune, read_release, record_published, releases
from flows.purge import PurgeRefused, history, known_loads, plan, purge, purge_at_night
from tests.small_trust import staff_list

Rows = list[tuple[Any, ...]]
Take = Callable[[], IngestResult]
OLD, NEW = "2018-03-31", "2025-03-31"
"""With seven years kept and 5 April 2025 as the date of today, the one is past and the other is not."""


@pytest.fixture
def take(settings: Settings, home: Home) -> Take:
    """Run ingest once, in silence."""
    return lambda: ingest(settings, home, say=lambda line: None)


@pytest.fixture
def a_life(home: Home, take: Take) -> None:
    """Loads 1 and 2 of an old date (a correction), load 3 of a new one; each has a rejected row."""
    staff_list(home.landing, OLD, [{}, {"FTE": "x"}])
    take()
    staff_list(home.landing, OLD, [{}, {}, {"FTE": "x"}], version=2)
    take()
    staff_list(home.landing, NEW, [{}, {}, {}, {"FTE": "x"}])
    take()


def ask(home: Home, query: str) -> Rows:
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        return con.execute(query).fetchall()


def with_rules(settings: Settings, **rules: int | bool) -> Settings:
    return settings.model_copy(update={"retention": settings.retention.model_copy(update=rules)})


def named(due: Any) -> list[tuple[str, int | None]]:
    return [(one.kind, one.load.load_id if one.load else None) for one in due]


def carry_out(settings: Settings, home: Home) -> None:
    purge(settings, home, plan(settings, home), "A. Tester")


@pytest.mark.usefixtures("a_life")
def test_a_load_past_its_time_goes_with_its_rows_its_quarantine_and_its_copy(settings: Settings, home: Home) -> None:
    due = plan(settings, home)
    assert named(due.going) == [("load", 1), ("load", 2)]
    purge(settings, home, due, "A. Tester")
    assert ask(home, "select load_id, count(*) from raw.esr_staff_list group by load_id") == [(3, 3)]
    assert [path.name[:2] for path in home.quarantine.iterdir()] == ["3_"]
    assert len(list(home.copies.iterdir())) == 1
    assert [(one["event"], one["load_id"], one["by"]) for one in history(home)] == [
        ("load", 1, "A. Tester"),
        ("load", 2, "A. Tester"),
    ]


@pytest.mark.usefixtures("a_life")
def test_a_purged_load_is_marked_and_its_counts_still_add_up(settings: Settings, home: Home) -> None:
    before = ask(home, "select load_id, rows_read, rows_loaded, rows_rejected, outcome, sha256 from raw.loads")
    carry_out(settings, home)
    after = "select load_id, rows_read, rows_loaded, rows_rejected, outcome, sha256 from raw.loads order by load_id"
    assert ask(home, after) == before
    assert ask(home, "select load_id from raw.loads where purged_on is not null") == [(1,), (2,)]
    assert ask(home, "select bool_and(rows_read = rows_loaded + rows_rejected) from raw.loads") == [(True,)]


@pytest.mark.usefixtures("a_life")
def test_a_dry_run_shows_what_would_go_and_removes_nothing(settings: Settings, home: Home) -> None:
    before = {path: path.read_bytes() for path in home.root.rglob("*") if path.is_file() and path != home.warehouse}
    said = CliRunner().invoke(main, ["--config", str(settings.source), "purge", "--dry-run"])
    assert said.exit_code == 0, said.output
    assert "load 1 esr_staff_list/esr_staff_list_2018-03-31.csv" in said.output
    assert "landing/esr_staff_list/esr_staff_list_2018-03-31_v2.csv" in said.output
    assert all(path.read_bytes() == content for path, content in before.items())
    assert ask(home, "select count(*) from raw.esr_staff_list") == [(6,)]


@pytest.mark.usefixtures("a_life")
def test_the_command_asks_before_it_removes(settings: Settings, home: Home) -> None:
    command = ["--config", str(settings.source), "purge"]
    assert CliRunner().invoke(main, command, input="n\n").exit_code == 1
    assert ask(home, "select count(*) from raw.esr_staff_list") == [(6,)]
    assert CliRunner().invoke(main, [*command, "--yes"]).exit_code == 0
    assert ask(home, "select count(*) from raw.esr_staff_list") == [(3,)]
    assert "Nothing is past the time" in CliRunner().invoke(main, command).output


@pytest.mark.usefixtures("a_life")
def test_no_byte_of_a_purged_person_stays_in_the_warehouse_file(settings: Settings, home: Home, take: Take) -> None:
    staff_list(home.landing, "2018-02-28", [{"Position Title": "Keeper of the odd marker Zyxwvut"}])
    take()
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute("checkpoint")
    assert b"Zyxwvut" in home.warehouse.read_bytes()
    carry_out(settings, home)
    assert b"Zyxwvut" not in home.warehouse.read_bytes()


@pytest.mark.usefixtures("a_life")
def test_a_rebuild_finds_purged_loads_gone_and_loses_nothing_else(settings: Settings, home: Home, take: Take) -> None:
    carry_out(settings, home)
    facts = "select * exclude (started_at, finished_at) from raw.loads order by load_id"
    before = ask(home, facts), ask(home, "select * exclude loaded_at from raw.esr_staff_list order by file_line")
    home.warehouse.unlink()
    result = take()
    assert (result.new, [one.name for one in result.findings if one.severity == "critical"]) == ([], [])
    assert (ask(home, facts), ask(home, "select * exclude loaded_at from raw.esr_staff_list order by file_line")) == (
        before
    )


@pytest.mark.usefixtures("a_life")
def test_an_older_warehouse_that_is_brought_back_is_purged_again(settings: Settings, home: Home, take: Take) -> None:
    older = home.warehouse.read_bytes()
    carry_out(settings, home)
    home.warehouse.write_bytes(older)
    take()
    assert ask(home, "select distinct load_id from raw.esr_staff_list") == [(3,)]
    assert ask(home, "select count(*) from raw.loads where purged_on is not null") == [(2,)]


@pytest.mark.usefixtures("a_life")
def test_files_that_still_lie_in_the_landing_folder_are_not_loaded_again(
    settings: Settings, home: Home, take: Take
) -> None:
    carry_out(settings, home)
    touched = home.landing / "esr_staff_list" / f"esr_staff_list_{OLD}_v2.csv"
    os.utime(touched, ns=(1, 1))
    assert [load.outcome for load in take().new] == ["seen"]
    assert len(list(home.copies.iterdir())) == 1
    staff_list(home.landing, OLD, [{}], version=3)
    refused = take().new
    assert [load.outcome for load in refused] == ["refused"]
    assert "was purged on" in str(refused[0].reason)
    assert ask(home, "select distinct load_id from raw.esr_staff_list") == [(3,)]


@pytest.mark.usefixtures("a_life")
def test_a_date_that_retention_keeps_again_can_be_loaded_again(settings: Settings, home: Home) -> None:
    carry_out(settings, home)
    longer = with_rules(settings, loads_years=0)
    os.utime(home.landing / "esr_staff_list" / f"esr_staff_list_{OLD}_v2.csv", ns=(1, 1))
    assert [load.outcome for load in ingest(longer, home, say=lambda line: None).new] == ["loaded"]
    assert ask(home, "select load_id, count(*) from raw.esr_staff_list group by load_id order by 1") == [(3, 3), (4, 2)]


@pytest.mark.usefixtures("a_life")
def test_a_purge_changes_what_the_next_release_is_made_from_and_a_second_one_does_not(
    settings: Settings, home: Home
) -> None:
    before = inputs_hash(settings, home)
    carry_out(settings, home)
    after = inputs_hash(settings, home)
    assert after != before
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        assert [one["load_id"] for one in current_inputs(con)] == [3]
    carry_out(settings, home)
    assert inputs_hash(settings, home) == after


@pytest.mark.usefixtures("a_life")
def test_what_a_purged_correction_corrected_does_not_come_back(settings: Settings, home: Home, take: Take) -> None:
    place(home, "A. Tester", "a claim", load_ids=[1])
    due = plan(settings, home)
    assert (named(due.going), named(due.held)) == ([("load", 2)], [("load", 1)])
    purge(settings, home, due, "A. Tester")
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        assert [one["load_id"] for one in current_inputs(con)] == [3]
    take()
    assert ask(home, "select distinct load_id from raw.esr_staff_list order by 1") == [(1,), (3,)]


@pytest.mark.usefixtures("a_life")
def test_a_legal_hold_keeps_a_load_until_it_is_lifted(settings: Settings, home: Home) -> None:
    first, kept = place(home, "A. Tester", "a claim", dataset="esr_staff_list", dates=(datetime.date(2018, 1, 1), None))
    assert [load.load_id for load in kept] == [1, 2, 3]
    due = plan(settings, home)
    assert (due.going, {one.held_by for one in due.held}) == ((), {(first.hold_id,)})
    said = CliRunner().invoke(main, ["--config", str(settings.source), "purge", "--yes"]).output
    assert "kept by legal hold 1" in said
    assert ask(home, "select count(*) from raw.esr_staff_list") == [(6,)]
    lift(home, first.hold_id, "A. Tester", "settled")
    assert named(plan(settings, home).going) == [("load", 1), ("load", 2)]


@pytest.mark.usefixtures("a_life")
def test_a_hold_says_which_loads_and_why(settings: Settings, home: Home) -> None:
    for wrong in ({}, {"load_ids": [9]}, {"load_ids": [1], "dataset": "esr_staff_list"}):
        with pytest.raises(HoldError):
            place(home, "A. Tester", "a claim", **wrong)
    with pytest.raises(HoldError):
        lift(home, 1, "A. Tester", "settled")
    carry_out(settings, home)
    with pytest.raises(HoldError, match="no load 1 with rows"):
        place(home, "A. Tester", "too late", load_ids=[1])


@pytest.mark.usefixtures("a_life")
def test_a_load_that_was_corrected_long_ago_goes_where_the_rule_says_so(settings: Settings, home: Home) -> None:
    rules = with_rules(settings, loads_years=0, superseded_loads_days=30)
    assert plan(rules, home).going == ()
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=31)
    assert named(plan(rules, home, later).going) == [("load", 1)]


@pytest.mark.usefixtures("a_life")
def test_rejected_rows_go_before_their_load_and_do_not_come_back(settings: Settings, home: Home, take: Take) -> None:
    rules = with_rules(settings, loads_years=0, quarantine_days=30)
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=31)
    due = plan(rules, home, later)
    assert named(due.going) == [("quarantine", 1), ("quarantine", 2), ("quarantine", 3)]
    purge(rules, home, due, "A. Tester")
    assert list(home.quarantine.iterdir()) == []
    home.warehouse.unlink()
    take()
    assert list(home.quarantine.iterdir()) == []
    assert ask(home, "select sum(rows_rejected)::int from raw.loads") == [(3,)]


@pytest.mark.usefixtures("a_life")
def test_a_copy_that_went_before_its_load_is_no_fault_when_the_warehouse_is_lost(
    settings: Settings, home: Home, take: Take
) -> None:
    rules = with_rules(settings, loads_years=0, copies_days=30)
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=31)
    purge(rules, home, plan(rules, home, later), "A. Tester")
    assert list(home.copies.iterdir()) == []
    assert ask(home, "select count(*) from raw.esr_staff_list") == [(6,)]
    for path in (home.landing / "esr_staff_list").iterdir():
        path.unlink()
    home.warehouse.unlink()
    findings = take().findings
    assert {(one.name, one.severity) for one in findings if one.name.startswith("load_")} == {
        ("load_purged_with_its_copy", "warning")
    }
    assert ask(home, "select count(*) from raw.loads where purged_on is not null") == [(3,)]
    assert "load_purged_with_its_copy" not in [one.name for one in take().findings]


@pytest.mark.usefixtures("a_life")
def test_landing_files_go_only_where_the_rule_says_so_and_only_as_they_were_loaded(
    settings: Settings, home: Home
) -> None:
    rules = with_rules(settings, loads_years=0, landing_days=30)
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=31)
    assert named(plan(settings, home, later).going) == [("load", 1), ("load", 2)]
    due = plan(rules, home, later)
    assert named(due.going) == [("landing_file", 1), ("landing_file", 2), ("landing_file", 3)]
    changed = home.landing / "esr_staff_list" / f"esr_staff_list_{NEW}.csv"
    changed.write_bytes(changed.read_bytes().replace(b"Paramedic", b"Physician"))
    purge(rules, home, due, "A. Tester")
    assert list((home.landing / "esr_staff_list").iterdir()) == [changed]


@pytest.mark.usefixtures("a_life")
def test_a_clock_that_is_ahead_purges_nothing(settings: Settings, home: Home) -> None:
    ahead = settings.model_copy(update={"clock": settings.clock.model_copy(update={"as_of_date": _in_years(20)})})
    due = plan(ahead, home)
    assert len(due.going) == 3
    with pytest.raises(PurgeRefused, match="as_of_date"):
        purge(ahead, home, due, "A. Tester")
    assert [one.name for one in purge_at_night(with_rules(ahead, purge_nightly=True), home, "night", print)] == [
        "purge_refused"
    ]
    assert ask(home, "select count(*) from raw.esr_staff_list") == [(6,)]


@pytest.mark.usefixtures("a_life")
def test_a_machine_whose_clock_jumped_purges_nothing(
    settings: Settings, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads = [dataclasses.replace(one, finished_at=_days_ago(400)) for one in known_loads(home)]
    monkeypatch.setattr("flows.purge.read_ledger", lambda home: loads)
    with pytest.raises(PurgeRefused, match="look whether the clock is right"):
        carry_out(settings, home)


@pytest.mark.usefixtures("a_life")
def test_the_night_tells_what_is_due_and_removes_it_only_where_it_may(settings: Settings, home: Home) -> None:
    told = purge_at_night(settings, home, "nightly", print)
    assert [(one.name, one.severity, one.counts) for one in told] == [("purge_is_due", "warning", {"loads": 2})]
    assert ask(home, "select count(*) from raw.esr_staff_list") == [(6,)]
    told = purge_at_night(with_rules(settings, purge_nightly=True), home, "nightly", print)
    assert [(one.name, one.severity) for one in told] == [("purged", "info")]
    assert ask(home, "select count(*) from raw.esr_staff_list") == [(3,)]
    assert purge_at_night(settings, home, "nightly", print) == []


def released(home: Home, name: str, load_ids: list[int], published_at: str = "2025-04-02T02:31:00+00:00") -> None:
    """A release by hand that was made from some loads, with a figure of each date, as current one."""
    restricted = home.releases / name / "restricted"
    restricted.mkdir(parents=True)
    with duckdb.connect(str(restricted / "marts.duckdb")) as con:
        con.execute("create schema marts.marts")
        con.execute(
            "create table marts.marts.quality_sources as select 'esr_staff_list' as dataset, 'a, b' as needed_by"
        )
        con.execute(
            "create table marts.marts.indicator_values as select unnest(['a', 'b', 'c', 'a']) as indicator_id, "
            f"unnest([date '{OLD}', date '{OLD}', date '{OLD}', date '{NEW}']) as as_at_date"
        )
        con.execute(
            "create table marts.marts.indicator_comparisons as select unnest(['a', 'a']) as indicator_id, "
            f"date '{NEW}' as as_at_date, unnest([date '{OLD}', null]) as previous_as_at_date"
        )
    manifest = {"run_id": name, "published_at": published_at, "as_of_date": "2025-04-02", "load_ids": load_ids}
    (home.releases / name / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    for path in (home.releases / name / "manifest.json", restricted, restricted / "marts.duckdb"):
        path.chmod(path.stat().st_mode & 0o700)
    move_pointer(home, name)
    record_published(home, read_release(home, name, name))


@pytest.mark.usefixtures("a_life")
def test_a_dry_run_says_which_figures_leave_and_which_release_keeps_them(settings: Settings, home: Home) -> None:
    released(home, "20250402T000000Z_aaaaaa", [2, 3])
    released(home, "20250403T000000Z_bbbbbb", [2, 3])
    due = plan(settings, home)
    assert due.keeping == {"20250403T000000Z_bbbbbb": [2]}
    assert [(str(one.as_at_date), one.indicators, one.value_rows, one.comparison_rows) for one in due.leaving] == [
        (OLD, ("a", "b"), 2, 1)
    ]
    said = CliRunner().invoke(main, ["--config", str(settings.source), "purge", "--dry-run"]).output
    assert "2 figures and 1 comparisons with them (a, b)" in said
    assert "20250403T000000Z_bbbbbb is kept for good" in said


@pytest.mark.usefixtures("a_life")
def test_the_last_release_of_a_purged_date_outlives_the_rules_for_releases(settings: Settings, home: Home) -> None:
    released(home, "20250402T000000Z_aaaaaa", [2, 3])
    released(home, "20250403T000000Z_bbbbbb", [2, 3])
    carry_out(settings, home)
    for name in ("20250404T000000Z_cccccc", "20250405T000000Z_dddddd"):
        released(home, name, [3])
    rules = with_rules(settings, releases_kept=1, releases_days=1)
    assert named(plan(rules, home).going) == [("release", None), ("release", None)]
    assert prune(rules, home) == ["20250404T000000Z_cccccc", "20250402T000000Z_aaaaaa"]
    assert {one.release_id for one in releases(home)} == {"20250403T000000Z_bbbbbb", "20250405T000000Z_dddddd"}


def test_old_releases_go_by_their_age_but_never_the_current_one(settings: Settings, home: Home) -> None:
    for name in ("20250402T000000Z_aaaaaa", "20250403T000000Z_bbbbbb"):
        released(home, name, [])
    rules = with_rules(settings, releases_days=30)
    assert [one.name for one in plan(rules, home).going] == ["20250402T000000Z_aaaaaa"]
    purge(rules, home, plan(rules, home), "A. Tester")
    assert [one.release_id for one in releases(home)] == ["20250403T000000Z_bbbbbb"]
    assert [(one["event"], one["name"]) for one in history(home)] == [("release", "20250402T000000Z_aaaaaa")]


def test_details_of_errors_go_when_they_are_old(settings: Settings, home: Home) -> None:
    folder = home.scratch / "errors"
    folder.mkdir()
    for name, days in (("old.txt", 100), ("new.txt", 10)):
        (folder / name).write_text("a traceback", encoding="utf-8")
        os.utime(folder / name, (_days_ago(days).timestamp(),) * 2)
    carry_out(settings, home)
    assert [path.name for path in folder.iterdir()] == ["new.txt"]


def _in_years(years: int) -> datetime.date:
    return datetime.date.today().replace(day=1) + datetime.timedelta(days=366 * years)


def _days_ago(days: int) -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days)
