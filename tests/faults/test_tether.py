"""A night that is killed leaves no server of Prefect's behind."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from flows import tether


def test_what_is_tethered_ends_when_its_caller_is_gone() -> None:
    """The caller's death closes the pipe, whatever it died of."""
    program = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-m', 'flows.tether', 'http.server', '0', '--bind', '127.0.0.1'],\n"
        "                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)\n"
        "print(child.pid, flush=True); sys.stdin.read()\n"
    )
    caller = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert caller.stdin and caller.stdout
    child = int(caller.stdout.readline())
    assert _runs(child)
    caller.kill()
    caller.wait()
    for _ in range(100):
        if not _runs(child):
            return
        subprocess.run(["sleep", "0.1"], check=True)
    pytest.fail("the child outlived its caller")


def _runs(pid: int) -> bool:
    told = subprocess.run(["ps", "-p", str(pid), "-o", "stat="], capture_output=True, text=True, check=False).stdout
    return bool(told.strip()) and not told.startswith("Z")


def test_prefect_starts_its_temporary_server_tethered(monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds for the very Prefect that is installed: another release may start its server in another way."""
    from prefect.server.api import server

    started: list[Any] = []
    monkeypatch.setattr(server, "subprocess", subprocess)
    tether.tether()
    monkeypatch.setattr(tether.subprocess, "Popen", lambda args, **options: started.append((args, options)))
    server.SubprocessASGIServer(port=1)._run_uvicorn_command()
    ((args, options),) = started
    assert args[:4] == [sys.executable, "-m", "flows.tether", "uvicorn"]
    assert options["stdin"] == subprocess.PIPE
