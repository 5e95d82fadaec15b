"""Kill `parity nightly` itself, as an operator runs it, at random moments of each of its steps."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from soak import PromiseBroken
from soak.kill import Ground, apart, look_at_pointer
from soak.post import delivered

STEPS = ("start", "pick up", "ingest", "build", "check", "disclose", "publish", "alert")
STAFF, MONTHS = 150, 2
TO = "nights@trust.test"
ORPHANS_END_WITHIN_SECONDS = 20.0
LONGEST_NIGHT_SECONDS = 1800.0


@dataclass
class _Trust:
    """A tiny demonstration trust on the disk, and how long each step of its night took last time."""

    config: Path
    port: int
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def home(self) -> Any:
        from flows.configure import load_settings
        from flows.home import Home

        return Home.of(load_settings(self.config))

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Run a command of parity in a session of its own; its progress is read from stderr."""
        return subprocess.Popen(
            [sys.executable, "-m", "flows.cli", "--config", str(self.config), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def whole_night(self, *command: str) -> str:
        """Run one to its end; returns its outcome as the record has it."""
        process = self.start(*(command or ("nightly",)))
        said = process.communicate(timeout=LONGEST_NIGHT_SECONDS)[1]
        for step, seconds in re.findall(r"^\S+ \S+  ([^:\n]+): done in ([\d.]+) s$", said, re.MULTILINE):
            self.seconds[step] = float(seconds)
        self.seconds.setdefault("start", 4.0)
        records = sorted(self.home.runs.glob("[!.]*.json"))
        return str(json.loads(records[-1].read_text(encoding="utf-8"))["outcome"]) if records else said[-500:]


def kill_nights(here: Ground, count: int) -> None:
    """Kill `count` nights; after one to three of them, look whether the next one does the work of all."""
    trust = _set_up(here.folder / "nights", here.port)
    _promise(trust.whole_night() == "published", "the first night did not publish")
    killed = 0
    while killed < count and not here.is_over:
        _drop_correction(trust, killed)
        for _ in range(here.chance.randint(1, 3)):
            if killed < count:
                _kill_one(trust, STEPS[killed % len(STEPS)], here)
                killed += 1
        _apart(lambda: _pointer(trust))
        outcome = trust.whole_night()
        _promise(outcome in ("published", "nothing_new"), f"after {killed} kills the next night ended as {outcome}")
        here.figures.nights_recovered += 1
        _apart(lambda: _nothing_lost(trust))
    _apart(lambda: _same_from_scratch(trust))
    got = delivered(here.taken, TO)
    sent = {f"<{path.stem}@trust.test>" for path in (trust.home.outbox / "sent").glob("*.json")}
    _promise(not list(trust.home.outbox.glob("*.json")), "messages still wait")
    _promise(sent == {one.message_id for one in got}, "what was sent is not what was delivered")
    here.figures.messages += len(sent)
    here.figures.deliveries += len(got)


def _kill_one(trust: _Trust, step: str, here: Ground) -> None:
    """Start a night and kill it at a moment of the step: with all its children, or alone in one of three."""
    process = trust.start("nightly")
    reached = _wait_for(process, step)
    time.sleep(here.chance.random() * trust.seconds.get(step, 1.0))
    alone = here.chance.randrange(3) == 0
    session = _session(process.pid)
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL) if alone else os.killpg(process.pid, signal.SIGKILL)
        here.figures.nights_killed[reached] += 1
    process.wait()
    if process.stderr:
        process.stderr.close()
    here.figures.orphans_gone += max(len(session) - 1, 0) if alone else 0
    ended_by = monotonic() + ORPHANS_END_WITHIN_SECONDS
    while (left := _session(process.pid)) and monotonic() < ended_by:
        time.sleep(0.2)
    _promise(not left, f"a night that was killed in {reached} left processes behind: {left}")
    _apart(lambda: _pointer(trust))


def _wait_for(process: subprocess.Popen[str], step: str) -> str:
    """Read the night's progress until the step has started; returns the last one that did."""
    reached = "start"
    if step == "start" or process.stderr is None:
        return reached
    for line in process.stderr:
        if started := re.search(r"  ([^:]+): started$", line.rstrip("\n")):
            reached = started[1]
            if reached == step:
                break
    return reached


def _session(leader: int) -> list[str]:
    """What runs in a session, by name."""
    told = subprocess.run(["ps", "-s", str(leader), "-o", "stat=,args="], capture_output=True, text=True, check=False)
    return [line for line in told.stdout.splitlines() if line and not line.startswith("Z")]


def _set_up(folder: Path, port: int) -> _Trust:
    from flows.configure import load_settings
    from flows.home import Home
    from soak.play import configure

    folder.mkdir()
    config = configure(folder, port, TO)
    config.write_text(config.read_text(encoding="utf-8").replace("2025-05-05", "2025-04-03"), encoding="utf-8")
    home = Home.of(load_settings(config))
    home.prepare()
    _apart(lambda: _make(home))
    return _Trust(config, port)


def _make(home: Any) -> None:
    from demo import make

    make(home.landing, staff=STAFF, months=MONTHS)


def _drop_correction(trust: _Trust, number: int) -> None:
    """The latest snapshot again, with one more person single."""
    from flows.demonstrate import repeat

    path = repeat(trust.home.landing)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"Married"', '"Single"', number + 1), encoding="utf-8")


def _pointer(trust: _Trust) -> None:
    look_at_pointer(trust.config)


def _nothing_lost(trust: _Trust) -> None:
    """Each landing file stands loaded once, warehouse and ledger agree, and rows are those that records count."""
    from flows.connect import connect

    home = trust.home
    with connect(home, read_only=True) as con:
        loads = con.execute("select load_id, file_path, outcome, dataset, rows_loaded from raw.loads").fetchall()
        for load_id, path, outcome, dataset, rows in loads:
            if outcome in ("loaded", "correction"):
                found = con.execute(f"select count(*) from raw.{dataset} where load_id = ?", [load_id]).fetchone()
                _promise(found == (rows,), f"{path}, load {load_id}: {found} rows, and its record says {rows}")
    ledger = [json.loads(line) for line in (home.ledger / "loads.jsonl").read_text(encoding="utf-8").splitlines()]
    _promise([one["load_id"] for one in ledger] == sorted(one[0] for one in loads), "warehouse and ledger differ")
    paths = [path for _, path, outcome, *_ in loads if outcome in ("loaded", "correction")]
    _promise(len(paths) == len(set(paths)), "a file was loaded twice")
    files = {path.relative_to(home.landing).as_posix() for path in home.landing.rglob("*") if path.is_file()}
    _promise(files == set(paths), f"files that no load tells of: {files ^ set(paths)}")


def _same_from_scratch(trust: _Trust) -> None:
    """After all the kills, the figures are those of a warehouse that is built anew."""
    from flows.point import current_release

    before = current_release(trust.home)
    outcome = trust.whole_night("rebuild")
    after = current_release(trust.home)
    _promise(before is not None and after is not None and outcome in ("published", "nothing_new"), outcome)
    assert before is not None and after is not None
    _promise(before.content_hash == after.content_hash, "a warehouse that is built anew gives other figures")


def _apart(work: Callable[[], Any]) -> Any:
    """Databases are opened in a process of its own, which leaves no lock or thread in this one."""
    return apart(work)[1]


def _promise(holds: bool, said: str) -> None:
    if not holds:
        raise PromiseBroken(said)
