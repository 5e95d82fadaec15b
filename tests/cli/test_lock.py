"""One writer at a time in a home, and whoever is turned away is told by whom."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flows.home import Home
from flows.lock import NightIsHeld, hold, holder, wait_until_free

HOLDER = """
import sys, time
from pathlib import Path
from flows.home import Home
from flows.lock import hold
with hold(Home(Path(sys.argv[1])), "nightly"):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@contextmanager
def another_process(home: Home, seconds: float = 60) -> Iterator[subprocess.Popen[str]]:
    """Hold the lock in a second process until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home.root), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_the_second_is_told_who_holds_the_home(home: Home) -> None:
    with another_process(home) as process, pytest.raises(NightIsHeld) as told, hold(home, "ingest"):
        pass
    assert told.value.holder is not None
    assert told.value.holder.pid == process.pid
    assert told.value.holder.host == socket.gethostname()
    assert told.value.holder.command == "nightly"
    assert f"process {process.pid} on {socket.gethostname()}, since {told.value.holder.since}" in str(told.value)


def test_being_turned_away_leaves_the_holders_note_as_it_was(home: Home) -> None:
    with another_process(home) as process:
        for _ in range(2):
            with pytest.raises(NightIsHeld), hold(home, "ingest"):
                pass
        now = holder(home)
    assert now is not None
    assert now.pid == process.pid


def test_a_killed_holder_holds_nothing(home: Home) -> None:
    with another_process(home) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert home.lock.with_name("night.lock.json").exists(), "the note of the dead process is still there"
        with hold(home, "nightly"):
            held_by = holder(home)
    assert held_by is not None
    assert held_by.pid == os.getpid()
    assert holder(home) is None


def test_waiting_gets_the_lock_when_the_holder_ends(home: Home) -> None:
    started = time.monotonic()
    with another_process(home, seconds=0.6), hold(home, "nightly", wait_seconds=20):
        waited = time.monotonic() - started
    assert waited < 15


def test_waiting_ends_when_the_home_is_free(home: Home) -> None:
    with another_process(home, seconds=0.3):
        assert wait_until_free(home, 0) is not None
        assert wait_until_free(home, 20) is None


def test_the_lock_is_let_go_when_the_work_breaks(home: Home) -> None:
    with pytest.raises(ValueError, match="broke"), hold(home, "nightly"):
        raise ValueError("broke")
    assert holder(home) is None


def test_lock_and_note_are_their_owners_alone(home: Home, tmp_path: Path) -> None:
    with hold(home, "nightly"):
        for path in (home.lock, home.lock.with_name("night.lock.json")):
            assert path.stat().st_mode & 0o077 == 0, path.relative_to(tmp_path)
