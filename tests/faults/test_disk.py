"""A disk without room, a home that cannot be written, a file that cannot be read: said, told of, and nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from flows.configure import load_settings
from flows.record import read_runs
from soak.kill import apart
from soak.play import TOLD, facts, play
from tests.faults.conftest import Played
from tests.faults.machine import make_room, move_to_small_disk, parity


@pytest.mark.parametrize("spare_kilobytes", [0, 300, 1500])
def test_a_full_disk_stops_the_night_is_told_of_and_loses_nothing(dropped: Played, spare_kilobytes: int) -> None:
    """At 0 not even the record and the message can be written, at 300 a load fits, at 1500 a build."""

    def work() -> tuple[str, Any, Any]:
        move_to_small_disk(dropped.home.root.parent, spare_kilobytes)
        try:
            outcome = play(dropped.config, lambda _: None)
        except OSError as error:
            outcome = f"ended by itself: {error.strerror}"
        told = {one.to: one.text for one in dropped.mail()}
        make_room(dropped.home.root.parent)
        after = play(dropped.config, lambda _: None)
        findings = [vars(one) for run in read_runs(dropped.home.runs) for one in run.findings]
        return outcome, told, (after, findings, facts(dropped.home))

    outcome, told, (after, findings, stands) = apart(work)[1]
    assert outcome.startswith(("broken", "ended by itself")), outcome
    assert told, "somebody was told though the disk could keep nothing"
    assert after == "published"
    assert stands["rows_are_recorded"]
    outcomes = [load[4] for load in stands["loads"]]
    assert outcomes == ["loaded"] * 3 + ["correction", "correction", "loaded", "refused"]
    texts = "".join(one.text for one in dropped.mail())
    assert [words for words in TOLD if words not in texts] == []
    assert "warehouse_is_damaged" not in {one["name"] for one in findings}


def test_a_night_does_not_begin_on_a_disk_that_is_nearly_full(dropped: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    """Prefect's server would not start there, and would be waited for."""

    def work() -> Any:
        import shutil

        from flows.nightly import run_night

        full = shutil.disk_usage(dropped.home.root)._replace(free=10 * 2**20)
        shutil.disk_usage = lambda _: full  # type: ignore[assignment]
        run = run_night(load_settings(dropped.config), dropped.home, lambda _: None)
        return run.outcome, [one.sentence for one in run.findings], [step.name for step in run.steps]

    outcome, sentences, steps = apart(work)[1]
    assert (outcome, steps) == ("broken", [])
    assert "has 10 MB free, and a night needs at least 256 MB. The night did not begin." in sentences[0]
    assert [sentences[0] in one.text for one in dropped.mail()] == [True]
    assert dropped.night()[0] == "published"


def test_a_message_that_no_disk_keeps_is_sent_and_told_again(dropped: Played) -> None:
    """It has no receipt, so nobody can know that it came; the next night tells it under an id of its own."""

    def work() -> Any:
        from flows.alert import alert, pending, sent
        from flows.record import Finding, new_run

        settings = load_settings(dropped.config)
        run = new_run("XPT", settings.as_of_date)
        run.outcome, run.findings = "broken", [Finding("broken", "critical", "it_broke", "It broke.")]
        move_to_small_disk(dropped.home.root.parent, 0)
        before = len(sent(dropped.home))
        first = alert(settings, dropped.home, run)
        kept = len(pending(dropped.home)) + len(sent(dropped.home)) - before
        make_room(dropped.home.root.parent)
        second = alert(settings, dropped.home, run)
        return first[0]["delivered"], kept, second[0]["delivered"]

    assert apart(work)[1] == [True, 0, True]
    assert ["It broke." in one.text for one in dropped.mail()] == [True, True]


@contextmanager
def unwritable(folder: Path) -> Iterator[None]:
    """Take the permission to write from a folder and all in it."""
    modes = {path: path.stat().st_mode for path in (folder, *folder.rglob("*")) if not path.is_symlink()}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222)
    try:
        yield
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


def test_a_home_that_cannot_be_written_is_said_in_a_sentence_and_stays_as_it_is(dropped: Played) -> None:
    before = dropped.facts()
    with unwritable(dropped.home.root):
        for command in ("ingest", "nightly"):
            done = parity("--config", str(dropped.config), command)
            assert done.returncode == 1, done.stderr
            assert "The machine refused it: Permission denied" in done.stderr
            assert "Traceback" not in done.stderr
        asked = parity("--config", str(dropped.config), "sql", "select max(person_count) as people from headcount")
        assert "42" in asked.stdout, "who only reads needs no permission to write"
    assert dropped.facts() == before
    assert dropped.night()[0] == "published"


def test_a_file_that_may_not_be_read_waits_is_said_and_is_loaded_once_it_may(dropped: Played) -> None:
    path = dropped.home.landing / "esr_staff_list" / "esr_staff_list_2025-04-30.csv"
    path.chmod(0)
    done = parity("--config", str(dropped.config), "ingest")
    assert "esr_staff_list_2025-04-30.csv: It cannot be read: Permission denied." in done.stdout
    assert "2025-03-31_v2.csv" in done.stdout, "the others are taken in"
    path.chmod(0o640)
    assert dropped.night()[0] == "published"
    assert dropped.facts()["rows_are_recorded"]


def test_a_warehouse_that_may_not_be_read_is_said_and_is_not_called_damaged(dropped: Played) -> None:
    dropped.home.warehouse.chmod(0)
    done = parity("--config", str(dropped.config), "ingest")
    assert done.returncode == 1
    assert "Permission denied" in done.stderr
    dropped.home.warehouse.chmod(0o600)
    assert dropped.night()[0] == "published"
