"""The warehouse can be lost, or left behind by a crash: ledger and kept copies bring it back to the same state."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import duckdb
import pytest

from flows.configure import Settings
from flows.home import Home
from flows.ingest import IngestBroken, IngestResult
from flows.ingest.remember import ledger_path, read_ledger
from tests.ingest.conftest import Rows
from tests.small_trust import staff_list

Take = Callable[[], IngestResult]
Ask = Callable[[str], Rows]
STATE = "select * exclude (loaded_at), loaded_at::varchar from raw.esr_staff_list order by load_id, file_line"


@pytest.fixture
def a_life(home: Home, take: Take) -> None:
    """Two snapshots, a correction, rejects, a refusal and bytes seen again."""
    staff_list(home.landing, "2024-03-31", [{}, {}])
    staff_list(home.landing, "2025-03-31", [{}, {"FTE": "x"}])
    take()
    (home.landing / "unknown.csv").write_text("x", encoding="utf-8")
    path = staff_list(home.landing, "2024-03-31", [{}, {}, {}])
    take()
    os.utime(path, ns=(1, 1))
    take()


def state(ask: Ask) -> tuple[Rows, Rows]:
    loads = ask(
        "select * replace (started_at::varchar as started_at, finished_at::varchar as finished_at) from raw.loads"
    )
    return loads, ask(STATE)


@pytest.mark.usefixtures("a_life")
def test_a_warehouse_built_anew_ends_in_the_same_state_whatever_lies_in_landing(
    home: Home, take: Take, ask: Ask
) -> None:
    before = state(ask)
    quarantined = {path.name: path.read_bytes() for path in home.quarantine.iterdir()}
    assert [load[0] for load in before[0]] == [1, 2, 3, 4, 5]
    home.warehouse.unlink()
    for path in home.quarantine.iterdir():
        path.unlink()
    for path in (home.landing / "esr_staff_list").iterdir():
        path.unlink()
    result = take()
    assert result.new == []
    assert state(ask) == before
    assert {path.name: path.read_bytes() for path in home.quarantine.iterdir()} == quarantined
    assert len(read_ledger(home)) == 5


@pytest.mark.usefixtures("a_life")
def test_a_warehouse_from_an_older_backup_catches_up(home: Home, take: Take, ask: Ask) -> None:
    before = state(ask)
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute("delete from raw.loads where load_id > 1")
        con.execute("delete from raw.esr_staff_list where load_id > 1")
    assert take().new == []
    assert state(ask) == before


@pytest.mark.usefixtures("a_life")
def test_a_crash_between_commit_and_ledger_completes_the_ledger(home: Home, take: Take, ask: Ask) -> None:
    lines = ledger_path(home).read_text(encoding="utf-8").splitlines(keepends=True)
    ledger_path(home).write_text("".join(lines[:3]) + lines[3][:40], encoding="utf-8")
    before = state(ask)
    assert take().new == []
    assert ledger_path(home).read_text(encoding="utf-8").splitlines(keepends=True) == lines
    assert state(ask) == before


@pytest.mark.usefixtures("a_life")
def test_a_copy_that_is_missing_at_rebuild_is_told_and_does_not_stop_the_rest(home: Home, take: Take, ask: Ask) -> None:
    second = ask("select sha256 from raw.loads where load_id = 2")[0][0]
    (home.copies / f"{second}.csv").unlink()
    (home.landing / "esr_staff_list/esr_staff_list_2025-03-31.csv").unlink()
    home.warehouse.unlink()
    result = take()
    finding = next(one for one in result.findings if one.name == "load_lost_at_rebuild")
    assert (finding.severity, finding.counts) == ("critical", {"rows_missing": 1})
    assert ask("select load_id, outcome, rows_loaded from raw.loads where load_id <= 3") == [
        (1, "loaded", 2),
        (2, "refused", 0),
        (3, "correction", 3),
    ]
    assert [one.name for one in take().findings].count("load_lost_at_rebuild") == 1
    staff_list(home.landing, "2025-03-31", [{}, {"FTE": "x"}])
    assert [load.outcome for load in take().new] == ["loaded"]
    assert "load_lost_at_rebuild" not in [one.name for one in take().findings]


@pytest.mark.usefixtures("a_life")
def test_a_damaged_copy_is_mended_from_the_landing_folder(home: Home, take: Take, ask: Ask) -> None:
    before = state(ask)
    second = ask("select sha256 from raw.loads where load_id = 2")[0][0]
    (home.copies / f"{second}.csv").write_text("rubbish", encoding="utf-8")
    home.warehouse.unlink()
    take()
    assert state(ask) == before


@pytest.mark.usefixtures("a_life")
def test_a_warehouse_of_another_home_is_refused(home: Home, take: Take, ask: Ask) -> None:
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute("update raw.loads set sha256 = 'another' where load_id = 2")
    with pytest.raises(IngestBroken, match="two stories of load 2"):
        take()


def test_a_damaged_warehouse_is_named_with_what_to_do(home: Home, take: Take) -> None:
    home.warehouse.write_bytes(b"no database" * 1000)
    with pytest.raises(IngestBroken, match="`parity rebuild` builds it anew"):
        take()


@pytest.mark.usefixtures("a_life")
def test_a_ledger_that_cannot_be_read_stops_ingest_and_names_the_line(home: Home, take: Take) -> None:
    lines = ledger_path(home).read_text(encoding="utf-8").splitlines()
    ledger_path(home).write_text("\n".join([lines[0], "{", *lines[2:]]) + "\n", encoding="utf-8")
    with pytest.raises(IngestBroken, match="line 2 cannot be read"):
        take()


@pytest.mark.usefixtures("a_life")
def test_the_ledger_holds_the_same_facts_as_the_warehouse(home: Home, ask: Ask) -> None:
    written = [json.loads(line) for line in ledger_path(home).read_text(encoding="utf-8").splitlines()]
    assert [(one["load_id"], one["outcome"], one["rows_loaded"]) for one in written] == ask(
        "select load_id, outcome, rows_loaded from raw.loads order by load_id"
    )


def test_a_column_that_is_new_in_the_contract_is_added_to_a_warehouse_of_before(take: Take, ask: Ask) -> None:
    take()
    ask("alter table raw.eds_scores drop column evidence")
    take()
    assert ask("select count(evidence) from raw.eds_scores") == [(0,)]


def test_a_power_cut_amid_a_load_leaves_nothing_of_it_and_the_next_run_is_whole(
    home: Home, take: Take, ask: Ask, settings: Settings
) -> None:
    staff_list(home.landing, "2024-03-31", [{}])
    take()
    staff_list(home.landing, "2025-03-31", [{}] * 300 + [{"FTE": "x"}])
    killed = _kill_amid_load(settings, home)
    assert killed == -signal.SIGKILL
    assert ask("select count(*), max(load_id) from raw.loads") == [(1, 1)]
    assert ask("select count(*) from raw.esr_staff_list") == [(1,)]
    result = take()
    assert [(load.load_id, load.rows_loaded, load.rows_rejected) for load in result.new] == [(2, 300, 1)]
    assert sorted(path.name for path in home.quarantine.iterdir()) == ["2_esr_staff_list_2025-03-31.csv"]
    assert len(list(home.copies.iterdir())) == 2


def test_what_a_crash_left_half_done_is_swept_away(home: Home, take: Take) -> None:
    left = [home.copies / ".incoming_0f.tmp", home.quarantine / ".7_x.csv.tmp", home.quarantine / "7_x.csv"]
    for path in left:
        path.write_text("half", encoding="utf-8")
    take()
    assert not any(path.exists() for path in left)


def _kill_amid_load(settings: Settings, home: Home) -> int:
    """Run ingest in another process that stops when its rows stand in the open transaction, and kill it there."""
    ready = home.root / "ready"
    code = (
        "import sys, time, pathlib\n"
        "import flows.ingest.load as load\n"
        "from flows.configure import load_settings\n"
        "from flows.home import Home\n"
        "from flows.ingest import ingest\n"
        "real = load.write_load\n"
        "def stop(con, record):\n"
        "    real(con, record)\n"
        "    pathlib.Path(sys.argv[2]).touch()\n"
        "    time.sleep(60)\n"
        "load.write_load = stop\n"
        "settings = load_settings(pathlib.Path(sys.argv[1]))\n"
        "ingest(settings, Home.of(settings))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(settings.source), str(ready)], stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while not ready.exists() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    return process.wait()
