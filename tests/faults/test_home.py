"""Homes of other versions, locks of dead holders, releases that were written to: carried over, refused, or mended."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from flows.carry import FORMAT, HomeOfAnotherParity, carry_over, refuse_newer
from flows.configure import load_settings
from flows.home import Home
from flows.lock import hold, holder
from flows.point import current_id, releases, rollback
from flows.recover import sweep
from soak.kill import apart
from soak.play import drop_second
from tests.faults.conftest import Played


def everything_in(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.lstat().st_size, path.lstat().st_mtime_ns) for path in folder.rglob("*")}


def test_a_home_is_marked_with_the_format_of_its_files(home: Home) -> None:
    with hold(home, "ingest"):
        assert (home.private / "format.txt").read_text(encoding="utf-8") == f"{FORMAT}\n"


def test_a_home_of_a_newer_parity_is_refused_by_every_command_that_writes_and_stays_as_it_is(dropped: Played) -> None:
    (dropped.home.private / "format.txt").write_text(f"{FORMAT + 1}\n", encoding="utf-8")
    before = everything_in(dropped.home.root)
    for command in (
        ["ingest"],
        ["nightly"],
        ["rebuild"],
        ["rollback", releases(dropped.home)[1].release_id, "--why", "x"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "flows.cli", "--config", str(dropped.config), *command],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2, (command, done.stderr)
        assert f"newer Parity (its files are of format {FORMAT + 1}, and this one knows {FORMAT})" in done.stderr
        assert "Install that Parity again, or restore a backup" in done.stderr
    after = everything_in(dropped.home.root)
    lock = str(dropped.home.lock)
    assert {name: facts for name, facts in after.items() if name != lock} == {
        name: facts for name, facts in before.items() if name != lock
    } | {name: facts for name, facts in after.items() if name == str(dropped.home.private)}


@pytest.mark.parametrize("written", ["", "one", "0", "-1", "1.0"])
def test_a_mark_that_cannot_be_read_is_said(home: Home, written: str) -> None:
    (home.private / "format.txt").write_text(written, encoding="utf-8")
    with pytest.raises(HomeOfAnotherParity, match=f"write {FORMAT} into it"):
        refuse_newer(home)


def test_a_home_of_before_homes_were_marked_is_carried_over_with_all_that_it_holds(dropped: Played) -> None:
    """As the first Parity wrote it: no mark, fewer columns in its load record, fewer facts in its ledger."""
    before = dropped.facts()
    lacked = ("rejections", "rows_padded", "changed_ns", "dropped_path")
    (dropped.home.private / "format.txt").unlink()
    with duckdb.connect(str(dropped.home.warehouse)) as con:
        for column in lacked:
            con.execute(f"alter table raw.loads drop column {column}")
    ledger = dropped.home.ledger / "loads.jsonl"
    lines = [json.loads(line) for line in ledger.read_text(encoding="utf-8").splitlines()]
    old = [{name: value for name, value in line.items() if name not in lacked} for line in lines]
    ledger.write_text("".join(json.dumps(line) + "\n" for line in old), encoding="utf-8")
    assert dropped.night()[0] == "published"
    after = dropped.facts()
    assert after["loads"][: len(before["loads"])] == before["loads"], "nothing was loaded again"
    assert len(after["loads"]) == len(before["loads"]) + 3
    assert (dropped.home.private / "format.txt").read_text(encoding="utf-8") == f"{FORMAT}\n"


def test_carrying_over_can_be_done_again(home: Home) -> None:
    carry_over(home)
    carry_over(home)
    refuse_newer(home)


@pytest.mark.parametrize("host", [socket.gethostname(), "another-machine"])
def test_a_lock_file_left_by_a_power_cut_holds_nothing(home: Home, host: str) -> None:
    """Its note names a process that lives (its number was given again), or one of another machine."""
    home.lock.touch(mode=0o600)
    note = {"pid": os.getpid(), "host": host, "since": "2020-01-01T03:30:00+00:00", "command": "nightly"}
    home.lock.with_name("night.lock.json").write_text(json.dumps(note), encoding="utf-8")
    assert holder(home) is None
    with hold(home, "ingest"):
        now = holder(home)
    assert now is not None
    assert (now.command, now.pid) == ("ingest", os.getpid())


def test_a_release_that_somebody_wrote_to_is_told_and_a_whole_one_takes_its_place(played: Played) -> None:
    """Opened for writing by its owner and killed: a write-ahead file lies beside it, and readers would replay it."""
    marts = played.home.current / "restricted" / "marts.duckdb"
    marts.chmod(0o600)
    program = (
        "import duckdb, os, signal, sys\n"
        "con = duckdb.connect(sys.argv[1]); con.execute('update marts.marts.headcount set person_count = 1')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(marts.resolve())], check=False)
    assert done.returncode == -signal.SIGKILL
    marts.chmod(0o400)
    damaged = current_id(played.home)
    outcome, findings = played.night()
    assert outcome == "published"
    found = next(one for one in findings if one["name"] == "current_release_is_damaged")
    assert "marts.duckdb.wal" in found["sentence"]
    assert current_id(played.home) != damaged
    played.look()
    assert played.night()[0] == "nothing_new", "it is told once"


def test_a_release_whose_folder_is_gone_is_told_and_published_again(played: Played) -> None:
    import shutil

    shutil.rmtree(played.home.current.resolve())
    outcome, findings = played.night()
    assert outcome == "published"
    assert "current_release_is_damaged" in {one["name"] for one in findings}
    played.look()


def test_a_night_that_died_does_not_undo_a_rollback(played: Played) -> None:
    """The night after it builds again, to tell what the dead one found, and publishes nothing that is not new."""
    settings = load_settings(played.config)
    older = releases(played.home)[1].release_id
    apart(lambda: rollback(settings, played.home, older, "Analyst", "it was wrong") and None)
    record = max(played.home.runs.glob("*.json"))
    run = json.loads(record.read_text(encoding="utf-8")) | {"outcome": "running", "finished_at": None}
    record.write_text(json.dumps(run, indent=2), encoding="utf-8")
    outcome, findings = played.night()
    assert outcome == "nothing_new"
    assert "night_died" in {one["name"] for one in findings}
    assert current_id(played.home) == older
    assert any("did not end: the process was killed" in one.text for one in played.mail())
    outcome, findings = played.night()
    assert "night_died" not in {one["name"] for one in findings}, "it is told once"


def test_a_rollback_holds_until_something_new_arrives_and_old_releases_go(played: Played) -> None:
    played.config.write_text(
        played.config.read_text(encoding="utf-8").replace("releases_kept = 2", "releases_kept = 1")
    )
    settings = load_settings(played.config)
    older = releases(played.home)[1].release_id
    apart(lambda: rollback(settings, played.home, older, "Analyst", "the correction was wrong") and None)
    assert played.night()[0] == "nothing_new"
    assert current_id(played.home) == older
    drop_second(played.home)
    assert played.night()[0] == "published"
    newest = current_id(played.home)
    kept = {one.release_id for one in releases(played.home)}
    assert newest != older
    assert kept == {older, newest}, "the one that readers were pointed to a moment ago stays for now"


def test_what_dying_processes_left_is_cleared_and_what_living_ones_write_is_not(home: Home) -> None:
    """DuckDB spills people's rows beside the warehouse; a kill leaves them there in plain text."""
    spilt = home.scratch / "duckdb" / "duckdb_temp_storage.tmp"
    spilt.parent.mkdir()
    old, new = home.runs / ".old.json.0f.tmp", home.outbox / ".new.json.0f.tmp"
    for path in (spilt, old, new):
        path.write_text("half", encoding="utf-8")
    os.utime(old, (0, 0))
    sweep(home)
    assert [path.exists() for path in (spilt, old, new)] == [False, False, True]
