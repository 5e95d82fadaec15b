"""Recover from what stopped an earlier night: say which ones died, clear what they left, look whether all is whole."""

from __future__ import annotations

import datetime
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import duckdb

from flows.alert.remember import NIGHT_DIED
from flows.configure import ConfigurationError
from flows.connect import connect
from flows.fingerprint import quote
from flows.home import Home
from flows.point import ReleaseError, current_id, read_lines, verify
from flows.record import Finding, RunRecord, read_run, write_run

LEAST_FREE = 256 * 1024 * 1024
"""Bytes that the disk must have free for a night to begin: with less, not even its record is certain to be written."""

HALF_WRITTEN_FOR = 3600.0
"""Seconds after which a file that was being written beside its place is taken for left over."""

CLOCK_MAY_DIFFER = datetime.timedelta(minutes=10)
"""How far a clock may be set back without a word: a time server does less."""

_RUN_ID = re.compile(r"\d{8}T\d{6}Z_[0-9a-f]{6}")


def latest_id(home: Home) -> str:
    """The last id that a run or a release of this home was given, by name; empty in a new home."""
    runs = (path.stem for path in home.runs.glob("[!.]*.json"))
    folders = (path.name for path in home.releases.glob("[!.]*"))
    published = (str(line.get("release_id")) for line in read_lines(home.ledger / "releases.jsonl"))
    return max((one for one in (*runs, *folders, *published) if _RUN_ID.fullmatch(one)), default="")


def died(home: Home) -> list[RunRecord]:
    """Records of nights that began, did not end, and were not told of yet, oldest first. Hold the home's lock."""
    return [run for run in _unended(home) if all(one.name != NIGHT_DIED for one in run.findings)]


def tell_died(dead: Sequence[RunRecord]) -> list[Finding]:
    """One finding on the nights that died; none where none did."""
    if not dead:
        return []
    began = ", ".join(run.started_at for run in dead)
    which = "The night that began" if len(dead) == 1 else "The nights that began"
    return [
        Finding(
            kind="noticed",
            severity="warning",
            name=NIGHT_DIED,
            sentence=(
                f"{which} at {began} did not end: the process was killed, or the machine went down. Readers kept a "
                "whole release, and this night did the work again."
            ),
            counts={"nights": len(dead)},
            places=tuple(run.run_id for run in dead),
            owner="Whoever runs Parity",
            next_step="Look whether the machine ran out of memory or was switched off at that time.",
        )
    ]


def mark_told(home: Home, dead: Sequence[RunRecord]) -> None:
    """Note in the records of dead nights that they were told of, once the message that tells it is written."""
    for run in dead:
        write_run(home.runs, replace(run, findings=[*run.findings, *tell_died([run])]))


def tell_clock(home: Home, latest: str, now: datetime.datetime) -> list[Finding]:
    """A finding where the last run began later than it is now: the clock was wrong then, or is now."""
    try:
        began = datetime.datetime.fromisoformat(read_run(home.runs / f"{latest}.json").started_at)
    except (OSError, ValueError, KeyError, TypeError):
        return []
    if began - now <= CLOCK_MAY_DIFFER:
        return []
    return [
        Finding(
            kind="noticed",
            severity="warning",
            name="clock_went_back",
            sentence=(
                f"The machine's clock says {now.isoformat(timespec='minutes')}, and the last night began at "
                f"{began.isoformat(timespec='minutes')}: the clock was wrong then, or is now. Releases keep their "
                "order; what is late may be judged wrongly."
            ),
            owner="Whoever runs Parity",
            next_step="Have the clock set by a time server (timedatectl).",
        )
    ]


def tell_release(home: Home) -> list[Finding]:
    """A finding where the release that readers are pointed to is not as it was published."""
    try:
        name = current_id(home)
        if name is None:
            return []
        verify(home, name)
    except ReleaseError as error:
        said = str(error)
    except OSError as error:
        said = f"The current release cannot be read: {error.strerror}."
    else:
        return []
    return [
        Finding(
            kind="noticed",
            severity="critical",
            name="current_release_is_damaged",
            sentence=f"{said} Readers may have met it. This night publishes a whole one in its place.",
            owner="Whoever runs Parity",
            next_step="Find out who can write in releases/ (only the account of the nights should), and close it.",
        )
    ]


def sweep(home: Home) -> None:
    """Take away what dying processes left: files written beside their place, and what DuckDB spilt of people's rows.

    Hold the home's lock, and have no connection open.
    """
    for folder in (home.runs, home.ledger, home.outbox, home.outbox / "sent", home.private, home.scratch / "errors"):
        for path in folder.glob(".*.tmp"):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > HALF_WRITTEN_FOR:
                    path.unlink()
    for name in ("duckdb", "publish", "rewritten"):
        shutil.rmtree(home.scratch / name, ignore_errors=True)


def tell_full_disk(home: Home) -> list[Finding]:
    """A finding where the disk has so little room left that no night should begin."""
    free = shutil.disk_usage(home.private).free
    if free >= LEAST_FREE:
        return []
    return [
        Finding(
            kind="broken",
            severity="critical",
            name="disk_is_full",
            sentence=(
                f"The disk of {home.root} has {free // 2**20} MB free, and a night needs at least "
                f"{LEAST_FREE // 2**20} MB. The night did not begin. Readers keep the release that they had."
            ),
            counts={"megabytes_free": free // 2**20},
            owner="Whoever runs Parity",
            next_step="Make room on that disk, or keep fewer releases ([retention] releases_kept), and run it again.",
        )
    ]


def damage(home: Home) -> str | None:
    """What is wrong with the warehouse file, in words without a row's value; None where every row can be read.

    Reads the whole file, so it is asked only where something has failed. A file that another program holds is not
    damaged.
    """
    if not home.warehouse.is_file():
        return None
    try:
        with connect(home, read_only=True) as con:
            for schema, table in _tables(con):
                con.execute(f"select bit_xor(hash(one)) from {quote(schema)}.{quote(table)} as one").fetchall()
    except ConfigurationError:  # a file whose key is missing or another one is not damaged, and says so by itself
        return None
    except duckdb.Error as error:
        return _kind_of_damage(str(error))
    return None


def tell_damage(home: Home) -> list[Finding]:
    """A finding where the warehouse is damaged, with the one command that builds it anew."""
    said = damage(home)
    if said is None:
        return []
    return [
        Finding(
            kind="broken",
            severity="critical",
            name="warehouse_is_damaged",
            sentence=f"The warehouse is damaged: {said}. Nothing is lost: the kept files build it anew.",
            owner="Whoever runs Parity",
            next_step="Run `parity rebuild`, and have the disk looked at.",
        )
    ]


_DAMAGE = {
    "Could not set lock": None,
    "WAL": "the write-ahead file beside it belongs to another state of it",
    "not a valid DuckDB": "it is no database",
    "Corrupt": "a block does not have the checksum that it was written with",
    "checksum": "a block does not have the checksum that it was written with",
    "Could not read enough": "it is shorter than it was written",
    "Permission denied": None,
    "No space left": None,
}
"""What DuckDB says and what it means, the first that fits; None where the file itself is not at fault."""


def _kind_of_damage(said: str) -> str | None:
    return next((meaning for words, meaning in _DAMAGE.items() if words in said), "it cannot be read to its end")


def _tables(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    rows = con.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = current_database() order by all"
    ).fetchall()
    return [(str(schema), str(table)) for schema, table in rows]


def _unended(home: Home) -> Iterator[RunRecord]:
    for path in sorted(home.runs.glob("[!.]*.json")):
        with suppress(OSError, ValueError, KeyError, TypeError):
            if _may_be_running(path) and (run := read_run(path)).outcome == "running":
                yield run


def _may_be_running(path: Path) -> bool:
    """Years of records lie there, and reading a text is cheaper than taking it apart."""
    return '"outcome": "running"' in path.read_text(encoding="utf-8")
