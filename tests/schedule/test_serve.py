"""The night is fired for real: served by `parity schedule`, and deployed to a Prefect server by prefect.yaml."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from flows.configure import PROJECT, Settings
from flows.home import Home
from flows.lock import hold, holder
from flows.record import RunRecord, read_runs
from flows.schedule import _prefect_api
from tests.small_trust import staff_list

pytestmark = pytest.mark.night
MARK = "PARITY_TEST_MARK"


def eventually_none(mark: str, seconds: float = 30) -> list[int]:
    """The processes of a test that still live: none, once those that are on their way out have gone."""
    end = time.monotonic() + seconds
    while (left := alive(mark)) and time.monotonic() < end:
        time.sleep(0.2)
    return left


@pytest.fixture
def trust(settings: Settings, home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home with one small snapshot. At the end no process that the test started may be left."""
    staff_list(home.landing, "2025-03-31", [{}] * 30)
    mark = uuid.uuid4().hex
    monkeypatch.setenv(MARK, mark)
    for name in list(os.environ):
        if name.startswith("PREFECT_"):
            monkeypatch.delenv(name)
    assert settings.source is not None
    monkeypatch.setenv("PARITY_CONFIG", str(settings.source))
    yield home
    left = eventually_none(mark)
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert not left, "processes were left behind"


def alive(mark: str) -> list[int]:
    """Processes other than this one that were started with the mark."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            is_marked = f"{MARK}={mark}".encode() in path.read_bytes()
        except OSError:
            continue
        if is_marked and int(path.parent.name) != os.getpid():
            found.append(int(path.parent.name))
    return found


def until(what: str, seen: Callable[[], Any], seconds: float) -> Any:
    """Wait until something is there, and give it; fail by name where it does not come."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := seen():
            return found
        time.sleep(0.2)
    pytest.fail(f"waited {seconds:g} s for {what}")


def ask(address: str, path: str, body: Any = None) -> Any:
    """Ask a Prefect server."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{address}/{path}", data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


@contextmanager
def schedule(log: Path, every: float) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run `parity schedule` as a process of its own; give it and the address of its API."""
    with log.open("wb") as output:
        command = [sys.executable, "-m", "flows.cli", "schedule", "--every", str(every)]
        process = subprocess.Popen(command, cwd=PROJECT, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        try:
            found = until("the address of the page", lambda: re.search(r"http://127\.0\.0\.1:\d+", log.read_text()), 90)
            until("the schedule", lambda: "A night starts every" in log.read_text(), 30)
            yield process, f"{found[0]}/api"
        finally:
            process.terminate()
            process.wait(timeout=60)


def ended(home: Home) -> list[RunRecord]:
    return [run for run in read_runs(home.runs) if run.outcome != "running"]


def served(address: str) -> dict[str, Any]:
    deployments = ask(address, "deployments/filter", {})
    return deployments[0] if deployments else {}


def answers(address: str) -> bool:
    try:
        return bool(ask(address, "health"))
    except OSError:
        return False


def test_the_schedule_fires_stops_cleanly_and_goes_on(trust: Home, tmp_path: Path) -> None:
    log = tmp_path / "schedule.log"
    with schedule(log, every=2) as (process, address):
        first = until("a night that ended", lambda: ended(trust), 120)[0]
        assert first.outcome in ("published", "withheld"), log.read_text()
        assert [step.name for step in first.steps][:3] == ["pick up", "ingest", "build"]
        until("the next night", lambda: holder(trust), 60)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0, "told to stop, it stops well"
    assert not answers(address), "the server stops with the schedule"
    assert holder(trust) is None, "the night that was under way is stopped with it"

    with schedule(log, every=3600) as (process, address):
        deployment = until("the schedule on the page", lambda: served(address), 30)
        assert not deployment["paused"], "stopping does not pause the schedule"
        assert [one["active"] for one in deployment["schedules"]] == [True]
        process.kill()
        process.wait()
        until("the server's end", lambda: not answers(address), 20)


def test_prefect_yaml_deploys_the_night_and_a_worker_runs_it(
    trust: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The home is held meanwhile, so that the run is short; that it says by whom is a promise of its own."""
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    monkeypatch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    with _prefect_api(lambda line: None) as address, hold(trust, "backup"):
        monkeypatch.setenv("PREFECT_API_URL", address)
        ask(address, "work_pools/", {"name": "parity", "type": "process"})
        prefect("deploy", "--name", "nightly")
        deployment = served(address)
        assert [one["schedule"]["cron"] for one in deployment["schedules"]] == ["30 3 * * *"]
        assert deployment["schedules"][0]["schedule"]["timezone"] == "Europe/London"
        assert deployment["global_concurrency_limit"]["limit"] == 1
        run = ask(address, f"deployments/{deployment['id']}/create_flow_run", {})
        prefect("worker", "start", "--pool", "parity", "--type", "process", "--run-once", "--limit", "1")
        state = ask(address, f"flow_runs/{run['id']}")["state"]
    assert state["type"] == "FAILED"
    assert f"`parity backup` (process {os.getpid()} on {socket.gethostname()}" in state["message"]
    assert not ended(trust)


def prefect(*words: str) -> None:
    """Run one command of Prefect from the project's folder."""
    command = [sys.executable, "-m", "prefect", "--no-prompt", *words]
    done = subprocess.run(
        command, cwd=PROJECT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=180
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
