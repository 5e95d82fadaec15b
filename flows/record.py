"""What a run leaves behind, as one JSON file: inputs, doors, checks, findings, outcome. Never a person's values."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

Severity = Literal["critical", "warning", "info"]
Kind = Literal["withheld", "refused", "rejected", "unmapped", "late", "broken", "restated", "noticed"]
ID_TIME = "%Y%m%dT%H%M%SZ"
"""How a run's id tells its moment, in UTC."""

Outcome = Literal["running", "published", "nothing_new", "withheld", "broken"]


OPEN_PART = "open_part_"
"""How the name of a finding begins that tells of the open part: only a run that came to it can say that it is over."""
OPEN_PART_UNSAFE, OPEN_PART_UNPROVEN = f"{OPEN_PART}unsafe", f"{OPEN_PART}unproven"
"""Findings of an attack on what is open already: it does not stand, or the attack broke off."""
ATTACKED = "attacked"
"""The outcome of disclosure control in a run that opened nothing and attacked what is open."""


@dataclass(frozen=True)
class Finding:
    """One thing that a person may need to know: counts, names of checks, files and directorates; no person's values."""

    kind: Kind
    severity: Severity
    name: str
    sentence: str
    counts: dict[str, int] = field(default_factory=dict)
    places: tuple[str, ...] = ()
    owner: str = "EDI team"
    next_step: str = ""

    @property
    def key(self) -> str:
        """The same standing problem has the same key on every night, whatever its counts."""
        return hashlib.sha256("\x1f".join((self.kind, self.name, *sorted(self.places))).encode()).hexdigest()[:16]


@dataclass
class Step:
    """One step of a run: how long it took and how it ended."""

    name: str
    seconds: float
    outcome: str


@dataclass
class RunRecord:
    """All facts of one run. `inputs` are load records, `doors` the counts in and out, `checks` the verdicts.

    `disclosure` tells of the open part: outcome, reason, carried_over_from, report, audit; empty where the run did not
    come to it, and in a record of before there was one.
    """

    run_id: str
    started_at: str
    organisation_code: str
    as_of_date: str
    outcome: Outcome = "running"
    finished_at: str | None = None
    release_id: str | None = None
    content_hash: str | None = None
    inputs_hash: str | None = None
    versions: dict[str, str] = field(default_factory=dict)
    inputs: list[dict[str, Any]] = field(default_factory=list)
    doors: list[dict[str, Any]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    disclosure: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Time one step; a step that raises is recorded as broken and raises on."""
        started = perf_counter()
        step = Step(name, 0.0, "done")
        self.steps.append(step)
        try:
            yield step
        except BaseException:
            step.outcome = "broken"
            raise
        finally:
            step.seconds = round(perf_counter() - started, 3)


def new_run(organisation_code: str, as_of_date: datetime.date, after: str = "") -> RunRecord:
    """A record for a run that starts now. Its id sorts by time: `20250402T023000Z_3fa9c1`.

    It sorts behind the id `after` even where the clock was set back since: releases are told apart by it.
    """
    now = datetime.datetime.now(datetime.UTC)
    named = now
    if after and f"{now:{ID_TIME}}" <= (last := after.partition("_")[0]):
        named = datetime.datetime.strptime(last, ID_TIME) + datetime.timedelta(seconds=1)
    return RunRecord(
        run_id=f"{named:{ID_TIME}}_{secrets.token_hex(3)}",
        started_at=now.isoformat(timespec="seconds"),
        organisation_code=organisation_code,
        as_of_date=as_of_date.isoformat(),
    )


def write_run(runs: Path, run: RunRecord) -> Path:
    """Write the record to `<runs>/<run_id>.json`, whole or not at all."""
    path = runs / f"{run.run_id}.json"
    write_whole(path, json.dumps(dataclasses.asdict(run), indent=2, ensure_ascii=False))
    return path


def read_run(path: Path) -> RunRecord:
    """Read one record back."""
    written = json.loads(path.read_text(encoding="utf-8"))
    written["steps"] = [Step(**one) for one in written["steps"]]
    written["findings"] = [Finding(**{**one, "places": tuple(one["places"])}) for one in written["findings"]]
    return RunRecord(**written)


def read_runs(runs: Path) -> list[RunRecord]:
    """Every record of the folder, oldest first."""
    return [read_run(path) for path in sorted(runs.glob("*.json"))]


def write_whole(path: Path, text: str, mode: int = 0o600) -> None:
    """Replace a file's content so that a reader sees the old or the new, never a part; flushed to disk."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    beside.replace(path)
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Make renames and new names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
