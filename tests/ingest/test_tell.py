"""What a load has to tell is told until a finished night has told it, whoever ran ingest before."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner

from flows.cli import main
from flows.configure import Settings
from flows.home import Home
from flows.ingest import IngestResult
from flows.ingest.remember import ledger_path
from flows.record import Outcome, new_run, write_run
from tests.ingest.conftest import Rows
from tests.small_trust import staff_list

Take = Callable[[], IngestResult]
Ask = Callable[[str], Rows]
TWICE = [{"Employee Number": "10000001"}] * 2
REJECTS = [{}, {"FTE": "a value of a person"}, {"FTE": "a value of a person"}]


def night(settings: Settings, home: Home, taken: IngestResult, outcome: Outcome) -> None:
    """The record that a night leaves of what ingest took in."""
    run = new_run("XPT", settings.as_of_date)
    run.outcome = outcome
    run.inputs = [load.as_record() for load in taken.loads]
    write_run(home.runs, run)


def told(result: IngestResult) -> list[str]:
    return [finding.name for finding in result.findings]


def test_what_was_loaded_before_the_night_is_told_by_the_night_in_the_same_words(home: Home, take: Take) -> None:
    staff_list(home.landing, "2025-03-31", REJECTS)
    first, second = take(), take()
    assert told(first) == ["rows_rejected"]
    assert second.findings == first.findings
    assert second.findings[0].counts == {"rows_read": 3, "rows_rejected": 2, "FTE is not a number": 2}
    assert "(2 rows, lines 3, 4)" in second.findings[0].sentence
    assert (second.new, second.loads) == ([], first.loads)


@pytest.mark.parametrize("outcome", ["published", "nothing_new", "withheld", "broken"])
def test_what_a_finished_night_has_in_its_record_is_not_told_again(
    home: Home, take: Take, settings: Settings, outcome: Outcome
) -> None:
    staff_list(home.landing, "2025-03-31", REJECTS)
    night(settings, home, take(), outcome)
    again = take()
    assert (again.findings, again.loads) == ([], [])


def test_what_a_night_that_was_cut_off_has_in_its_record_is_told_again(
    home: Home, take: Take, settings: Settings
) -> None:
    staff_list(home.landing, "2025-03-31", REJECTS)
    night(settings, home, take(), "running")
    (home.runs / "20250101T000000Z_damaged.json").write_text("{", encoding="utf-8")
    assert told(take()) == ["rows_rejected"]


def test_everything_that_a_load_has_to_tell_comes_from_its_record(home: Home, take: Take, settings: Settings) -> None:
    """Rejects, duplicates, corrections, ignored columns and another date's bytes; loads told before stay silent."""
    staff_list(home.landing, "2024-03-31", [{"Employee Number": "10000007"}, {"Employee Number": "10000007"}])
    night(settings, home, take(), "published")
    staff_list(home.landing, "2025-03-31", [{"Employee Number": "10000007"}, {"Employee Number": "10000007"}])
    staff_list(home.landing, "2023-03-31", [{}])
    take()
    path = staff_list(home.landing, "2023-03-31", REJECTS)
    heading, *rows = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([f"{heading},Nobody Knows", *(f"{row},x" for row in rows)]), "utf-8")
    first, second = take(), take()
    assert sorted(told(first)) == [
        "columns_ignored",
        "file_corrected",
        "rows_duplicate",
        "rows_rejected",
        "same_bytes_as_another_date",
    ]
    assert second.findings == first.findings
    assert [load.load_id for load in second.loads] == [2, 3, 4]
    night(settings, home, second, "published")
    assert told(take()) == []


def test_a_warehouse_built_anew_tells_the_same(home: Home, take: Take) -> None:
    staff_list(home.landing, "2025-03-31", REJECTS)
    first = take()
    home.warehouse.unlink()
    assert take().findings == first.findings


def test_a_load_that_a_crash_kept_out_of_the_ledger_is_told(home: Home, take: Take) -> None:
    staff_list(home.landing, "2025-03-31", REJECTS)
    first = take()
    ledger_path(home).write_text("", encoding="utf-8")
    assert take().findings == first.findings
    assert json.loads(ledger_path(home).read_text("utf-8"))["rejections"] == [
        {"reason": "FTE is not a number", "count": 2, "first_lines": [3, 4]}
    ]


def test_neither_record_nor_finding_holds_a_value_of_a_row(home: Home, take: Take, ask: Ask) -> None:
    staff_list(home.landing, "2025-03-31", REJECTS)
    findings = take().findings
    kept = f"{ask('select rejections from raw.loads')} {ledger_path(home).read_text('utf-8')} {findings}"
    assert "a value of a person" not in kept


def test_records_of_before_rejections_were_kept_are_read(home: Home, take: Take, ask: Ask) -> None:
    staff_list(home.landing, "2025-03-31", REJECTS)
    take()
    ask("alter table raw.loads drop column rejections")
    record = json.loads(ledger_path(home).read_text("utf-8"))
    del record["rejections"]
    ledger_path(home).write_text(json.dumps(record) + "\n", encoding="utf-8")
    finding = take().findings[0]
    assert finding.counts == {"rows_read": 3, "rows_rejected": 2}
    assert "not counted: the reasons stand beside them." in finding.sentence


def test_a_refusal_is_told_once_a_night_while_the_file_lies_there_and_once_when_it_is_gone(
    home: Home, take: Take, settings: Settings
) -> None:
    path = home.landing / "pay" / "wages.csv"
    path.write_text("x", encoding="utf-8")
    assert told(take()) == told(take()) == ["file_refused"]
    path.unlink()
    gone = take()
    assert told(gone) == ["file_refused"]
    assert "taken away since" in gone.findings[0].next_step
    night(settings, home, gone, "published")
    assert told(take()) == []


def test_a_refusal_that_was_put_right_before_the_night_is_not_told(home: Home, take: Take) -> None:
    staff_list(home.landing, "2025-03-31", [{"FTE": "x"}])
    assert told(take()) == ["file_refused"]
    staff_list(home.landing, "2025-03-31", [{}])
    result = take()
    assert told(result) == []
    assert [load.outcome for load in result.loads] == ["refused", "loaded"]


def test_a_night_does_not_take_the_loads_of_another_home_for_told(home: Home, take: Take, settings: Settings) -> None:
    staff_list(home.landing, "2025-03-31", REJECTS)
    taken = take()
    other = IngestResult(loads=[dataclasses.replace(load, sha256="other") for load in taken.loads])
    night(settings, home, other, "published")
    assert told(take()) == ["rows_rejected"]


@pytest.mark.parametrize(("released", "severity"), [({1}, "warning"), ({2}, "warning"), (set(), "info"), ({7}, "info")])
def test_a_correction_of_a_date_that_was_published_is_a_warning(
    home: Home, take: Take, monkeypatch: pytest.MonkeyPatch, released: set[int], severity: str
) -> None:
    """Load 1 is corrected by 2 and that by 3; a release that holds 1 or 2 had figures of the date."""
    monkeypatch.setattr("flows.point.released_load_ids", lambda _: released)
    for people in ([{}], [{}, {}], [{}, {}, {}]):
        staff_list(home.landing, "2025-03-31", people)
        result = take()
    correction = result.findings[-1]
    assert (correction.kind, correction.name, correction.severity) == ("restated", "file_corrected", severity)
    assert ("already published" in correction.sentence) == (severity == "warning")


def test_a_correction_of_another_date_than_the_published_one_is_no_warning(
    home: Home, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.point.released_load_ids", lambda _: {1})
    staff_list(home.landing, "2024-03-31", [{}])
    staff_list(home.landing, "2025-03-31", [{}])
    take()
    staff_list(home.landing, "2025-03-31", [{}, {}])
    assert [one.severity for one in take().findings if one.name == "file_corrected"] == ["info"]


def test_ingest_by_hand_says_each_file_once(home: Home, take: Take, settings: Settings) -> None:
    """What is kept for the night to tell is nothing new to whoever runs `parity ingest` a second time."""
    staff_list(home.landing, "2025-03-31", REJECTS)
    said = [
        CliRunner().invoke(main, ["--config", str(settings.source), "ingest"], catch_exceptions=False) for _ in range(2)
    ]
    assert [one.exit_code for one in said] == [3, 0]
    assert ["2 put aside" in one.stdout for one in said] == [True, False]
    assert "Nothing new in the landing folder." in said[1].stdout
    assert told(take()) == ["rows_rejected"]


def test_the_step_of_a_night_records_what_it_tells_so_that_the_next_night_is_silent(
    home: Home, take: Take, settings: Settings
) -> None:
    from flows.nightly import Night, take_in

    staff_list(home.landing, "2025-03-31", REJECTS)
    take()
    runs = []
    for _ in range(2):
        run = new_run("XPT", settings.as_of_date)
        take_in.fn(Night(settings, home, run, lambda line: None))
        run.outcome = "withheld"
        write_run(home.runs, run)
        runs.append(([finding.name for finding in run.findings], [one["load_id"] for one in run.inputs]))
    assert runs == [(["rows_rejected"], [1]), ([], [])]
