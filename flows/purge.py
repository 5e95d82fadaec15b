"""Purge what is past its time: loads, their quarantine and copies, landing files, old releases, details of errors.

The rules are `[retention]` of the configuration; a legal hold stands above them. What goes is written into the ledger
first, which decides: whatever a crash, a rebuild or an older backup leaves or brings back is taken away again.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import duckdb

from flows.configure import Settings
from flows.home import Home
from flows.ingest.define import read_landing
from flows.ingest.erase import drop_rows
from flows.ingest.find import Dropped, find_files
from flows.ingest.keep import kept_copy, sha256_of
from flows.ingest.remember import Load, make_tables, open_warehouse, read_ledger, read_loads
from flows.ingest.retain import (
    LegalHold,
    holds_on,
    purged_loads,
    purged_parts,
    purges_path,
    record_purge,
    standing_holds,
)
from flows.point import Release, current_release, kept_for_good, read_lines, releases, remove_release
from flows.record import Finding
from flows.rewrite import rewrite_warehouse

Kind = Literal["load", "quarantine", "copy", "landing_file", "release", "errors"]
TITLES: dict[Kind, str] = {
    "load": "loads",
    "quarantine": "files of rejected rows",
    "copy": "kept copies",
    "landing_file": "files of the landing folder",
    "release": "old releases",
    "errors": "details of errors",
}
LONGEST_SILENCE = datetime.timedelta(days=366)
"""A clock that runs further ahead of the last load than this is taken for wrong, and nothing is purged by it."""

Say = Callable[[str], None]


class PurgeRefused(Exception):
    """Nothing was purged; the message says why and what to do."""


@dataclass(frozen=True)
class Due:
    """One thing that is past its time: which, by which rule, its size, and the legal holds that keep it."""

    kind: Kind
    name: str
    why: str
    bytes: int = 0
    load: Load | None = None
    path: Path | None = None
    held_by: tuple[int, ...] = ()


@dataclass(frozen=True)
class Leaving:
    """Figures that the next release has no more: of one kind of file and date, how many rows of which tables."""

    dataset: str
    as_at_date: datetime.date
    indicators: tuple[str, ...]
    value_rows: int
    comparison_rows: int
    release_id: str | None
    """The last release that has them, which is kept for good; None where no release has them any more."""


@dataclass(frozen=True)
class Plan:
    """What a purge would do now."""

    going: tuple[Due, ...] = ()
    held: tuple[Due, ...] = ()
    leaving: tuple[Leaving, ...] = ()
    lying: tuple[str, ...] = ()
    """Files of the landing folder whose rows go, or went, and that only who drops files may take away."""
    keeping: dict[str, list[int]] = field(default_factory=dict)
    """Releases that are kept for good from now on, each with the loads of which it is the last to tell."""

    def count(self, kind: Kind) -> int:
        """How many things of a kind go."""
        return sum(one.kind == kind for one in self.going)


def plan(settings: Settings, home: Home, now: datetime.datetime | None = None) -> Plan:
    """What is due by the rules of now, and what a legal hold keeps. Nothing is changed.

    Data are as old as `[clock] as_of_date` makes them; files and releases are as old as this machine's clock does.
    """
    now = now or datetime.datetime.now(datetime.UTC)
    loads = known_loads(home)
    holds = standing_holds(home)
    due = [
        replace(one, held_by=tuple(holds_on(one.load, holds))) if one.load else one
        for one in _due(settings, home, loads, now)
    ]
    going = tuple(one for one in due if not one.held_by)
    gone = [one.load for one in going if one.kind == "load" and one.load is not None]
    current = [load for load in gone if _is_current(load, loads)]
    keeping = _last_to_tell(home, current)
    return Plan(
        going=going,
        held=tuple(one for one in due if one.held_by),
        leaving=tuple(_leaving(home, current, keeping)),
        lying=tuple(_lying(home, loads, gone, holds)),
        keeping=keeping,
    )


def purge(settings: Settings, home: Home, due: Plan, who: str, say: Say = lambda _: None) -> None:
    """Take away what a plan says goes. Hold the home's lock, and have no connection to the warehouse open.

    Raises PurgeRefused, before anything is gone, where the clock cannot be right.
    """
    if not due.going:
        return
    _refuse_wrong_clock(settings, home)
    for release_id, load_ids in due.keeping.items():
        record_purge(home, "release_kept", {"release_id": release_id, "load_ids": load_ids, "by": who})
    loads = [one for one in due.going if one.kind == "load"]
    for one in due.going:
        if one.kind != "landing_file" or _is_the_same(home, one):
            say(f"removing {_named(one)}")
            record_purge(home, one.kind, _facts(one, who))
            if one.kind != "load":
                _remove(home, one)
    _drop_loads(settings, home, loads)


def purge_at_night(settings: Settings, home: Home, who: str, say: Say) -> list[Finding]:
    """Purge what is due where `[retention] purge_nightly` says so, else tell that something is due."""
    due = plan(settings, home)
    if not due.going:
        return []
    if not settings.retention.purge_nightly:
        return [_tell_due(due)]
    try:
        purge(settings, home, due, who, say)
    except PurgeRefused as refusal:
        return [_tell_refused(str(refusal))]
    return [_tell_purged(due)]


def history(home: Home) -> list[dict[str, Any]]:
    """Everything that was ever purged, oldest first."""
    return read_lines(purges_path(home))


def known_loads(home: Home) -> list[Load]:
    """Every load of the ledger, with the day on which retention took its rows away."""
    purged = purged_loads(home)
    return [replace(load, purged_on=purged.get(load.load_id)) for load in read_ledger(home)]


def in_words(counted: Iterable[Due]) -> str:
    """`2 loads, 1 file …`: how many of each kind."""
    counts = Counter(one.kind for one in counted)
    return ", ".join(f"{count} {TITLES[kind]}" for kind, count in counts.items())


def _due(settings: Settings, home: Home, loads: Sequence[Load], now: datetime.datetime) -> Iterator[Due]:
    rules = settings.retention
    going = {load.load_id: why for load, why in _due_loads(settings, loads, now)}
    by_id = {load.load_id: load for load in loads}
    for load_id, why in going.items():
        yield Due("load", by_id[load_id].file_path, why, _size(home, by_id[load_id]), by_id[load_id])
    for path in sorted(home.quarantine.glob("*.csv")):
        load = by_id.get(int(path.name.split("_")[0])) if path.name.split("_")[0].isdigit() else None
        if load and load.load_id not in going and _is_older(load.finished_at, rules.quarantine_days, now):
            why = f"quarantine_days: more than {rules.quarantine_days} days after the load"
            yield Due("quarantine", load.file_path, why, path.stat().st_size, load, path)
    without_copy = purged_parts(home, "copy")
    for load in loads:
        copy = kept_copy(home, load)
        if (
            load.has_rows
            and load.load_id not in going.keys() | without_copy
            and _is_older(load.finished_at, rules.copies_days, now)
            and copy.is_file()
            and all(_is_older(one.finished_at, rules.copies_days, now) for one in loads if one.sha256 == load.sha256)
        ):
            why = f"copies_days: more than {rules.copies_days} days after the load"
            yield Due("copy", load.file_path, why, copy.stat().st_size, load, copy)
    yield from _due_landing_files(settings, home, loads, now)
    yield from _due_releases(settings, home, now)
    for path in sorted((home.scratch / "errors").glob("*.txt")):
        written = datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC)
        if _is_older(written, rules.errors_days, now):
            why = f"errors_days: older than {rules.errors_days} days"
            yield Due("errors", path.name, why, path.stat().st_size, path=path)


def _due_loads(settings: Settings, loads: Sequence[Load], now: datetime.datetime) -> Iterator[tuple[Load, str]]:
    """Loads of a date that is past, and those that a correction took the place of long ago."""
    rules = settings.retention
    for load in loads:
        if not load.has_rows or load.as_at_date is None:
            continue
        after = next((one for one in loads if _corrects(one, load)), None)
        if load.as_at_date < settings.kept_since:
            yield load, f"loads_years: its data are more than {rules.loads_years} years old"
        elif after is not None and _is_older(after.finished_at, rules.superseded_loads_days, now):
            days = rules.superseded_loads_days
            yield load, f"superseded_loads_days: load {after.load_id} corrected it more than {days} days ago"


def _corrects(later: Load, load: Load) -> bool:
    same = (later.dataset, later.as_at_date) == (load.dataset, load.as_at_date)
    return later.is_accepted and same and later.load_id > load.load_id


def _due_landing_files(settings: Settings, home: Home, loads: Sequence[Load], now: datetime.datetime) -> Iterator[Due]:
    days = settings.retention.landing_days
    for file, load in _landed(home, loads) if days else ():
        if _is_older(load.finished_at, days, now):
            why = f"landing_days: more than {days} days after it was loaded"
            yield Due("landing_file", load.file_path, why, file.bytes, load, file.path)


def _due_releases(settings: Settings, home: Home, now: datetime.datetime) -> Iterator[Due]:
    """Never the current release, nor the newest, nor one that is the last to tell of a purged date."""
    days = settings.retention.releases_days
    kept = kept_for_good(home)
    for release in releases(home)[1:] if days else ():
        if release.is_current or release.release_id in kept or release.published_at is None:
            continue
        if _is_older(release.published_at, days, now):
            size = sum(int(one["bytes"]) for one in release.manifest.get("files", {}).values())
            yield Due("release", release.release_id, f"releases_days: older than {days} days", size)


def _landed(home: Home, loads: Sequence[Load]) -> Iterator[tuple[Dropped, Load]]:
    """Files of the landing folder that were loaded or seen as they lie there."""
    last = {load.landed_path: load for load in loads}
    for file in find_files(home.landing, read_landing()).files:
        load = last.get(file.relative)
        if load and load.outcome != "refused" and load.bytes == file.bytes:
            yield file, load


def _lying(home: Home, loads: Sequence[Load], gone: Sequence[Load], holds: Sequence[LegalHold]) -> Iterator[str]:
    gone_bytes = {one.sha256 for one in (*gone, *(one for one in loads if one.purged_on))}
    for file, load in _landed(home, loads):
        if load.sha256 in gone_bytes and not holds_on(load, holds):
            yield file.relative


def _is_current(load: Load, loads: Sequence[Load]) -> bool:
    return load.has_rows and not any(_corrects(one, load) for one in loads)


def _last_to_tell(home: Home, loads: Sequence[Load]) -> dict[str, list[int]]:
    """For each load the newest release that was made from it."""
    told: dict[str, list[int]] = {}
    known = releases(home)
    for load in loads:
        newest = next((one for one in known if load.load_id in one.load_ids), None)
        if newest:
            told.setdefault(newest.release_id, []).append(load.load_id)
    return told


def _leaving(home: Home, loads: Sequence[Load], keeping: dict[str, list[int]]) -> Iterator[Leaving]:
    """Count, in the current release, the figures of each date that loses its file."""
    current = current_release(home) if loads else None
    last = {load_id: release_id for release_id, load_ids in keeping.items() for load_id in load_ids}
    for load in loads:
        if load.dataset is None or load.as_at_date is None:
            continue
        indicators, values, comparisons = _figures(current, load.dataset, load.as_at_date)
        yield Leaving(load.dataset, load.as_at_date, indicators, values, comparisons, last.get(load.load_id))


def _figures(release: Release | None, dataset: str, date: datetime.date) -> tuple[tuple[str, ...], int, int]:
    if release is None or not release.marts.is_file():
        return (), 0, 0
    with duckdb.connect() as con:
        con.execute("attach '" + str(release.marts).replace("'", "''") + "' as released (read_only)")
        con.execute("use released.marts")
        needed = con.execute("select needed_by from quality_sources where dataset = ?", [dataset]).fetchall()
        wanted = [one.strip() for (text,) in needed for one in (text or "").split(",")]
        values = con.execute(
            "select indicator_id, count(*) from indicator_values "
            "where as_at_date = ? and list_contains(?, indicator_id) group by indicator_id order by indicator_id",
            [date, wanted],
        ).fetchall()
        compared = con.execute(
            "select count(*) from indicator_comparisons "
            "where ? in (as_at_date, previous_as_at_date) and list_contains(?, indicator_id)",
            [date, wanted],
        ).fetchall()
    return tuple(str(one) for one, _ in values), sum(count for _, count in values), int(compared[0][0])


def _is_older(moment: datetime.datetime, days: int, now: datetime.datetime) -> bool:
    return days > 0 and now - moment > datetime.timedelta(days=days)


def _size(home: Home, load: Load) -> int:
    paths = [kept_copy(home, load), *home.quarantine.glob(f"{load.load_id}_*.csv")]
    return sum(path.stat().st_size for path in paths if path.is_file())


def _refuse_wrong_clock(settings: Settings, home: Home) -> None:
    """A purge cannot be taken back, so a clock that jumped must not decide over it."""
    today = datetime.datetime.now(datetime.UTC)
    if settings.as_of_date > today.date() + datetime.timedelta(days=1):
        raise PurgeRefused(
            f"[clock] as_of_date is {settings.as_of_date}, and this machine's date is {today.date()}. Nothing was "
            "purged: a date that is ahead would take what is not due. Set it right."
        )
    newest = max((load.finished_at for load in read_ledger(home)), default=today)
    if today - newest > LONGEST_SILENCE:
        raise PurgeRefused(
            f"This machine's date is {today.date()}, and the last file was taken in on {newest.date()}. Nothing was "
            "purged: look whether the clock is right. If it is, drop this month's file, run the night, and try again."
        )


def _is_the_same(home: Home, due: Due) -> bool:
    """Whether a landing file is still the very one that was loaded."""
    if due.path is None or due.load is None or not due.path.is_file():
        return False
    return sha256_of(Dropped.at(due.path, home.landing)) == due.load.sha256


def _facts(due: Due, who: str) -> dict[str, Any]:
    facts: dict[str, Any] = {"name": due.name, "why": due.why, "by": who, "bytes": due.bytes}
    if due.load is not None:
        facts |= {"load_id": due.load.load_id, "dataset": due.load.dataset, "as_at_date": str(due.load.as_at_date)}
    if due.kind == "load" and due.load is not None:
        facts |= {"rows": due.load.rows_loaded, "sha256": due.load.sha256}
    return facts


def _named(due: Due) -> str:
    what = {"load": "load {}", "quarantine": "the rejected rows of load {}", "copy": "the kept copy of load {}"}
    if due.kind in what and due.load is not None:
        return f"{what[due.kind].format(due.load.load_id)} ({due.name}; {due.why})"
    return f"{due.name} ({due.why})"


def _remove(home: Home, due: Due) -> None:
    if due.kind == "release":
        remove_release(home, due.name, due.why)
    elif due.path is not None:
        due.path.unlink(missing_ok=True)


def _drop_loads(settings: Settings, home: Home, loads: Sequence[Due]) -> None:
    """Take the rows of purged loads out of the warehouse and their files out of the home."""
    gone = {one.load.load_id for one in loads if one.load is not None}
    if not gone:
        return
    purged = purged_loads(home)
    if home.warehouse.exists():
        with open_warehouse(settings, home) as con:
            make_tables(con, read_landing())
            for load in read_loads(con):
                if load.load_id in gone and load.has_rows:
                    drop_rows(con, load, purged[load.load_id])
        rewrite_warehouse(settings, home)
    kept = {load.sha256 for load in known_loads(home) if load.has_rows}
    for one in loads:
        if one.load is None:
            continue
        for path in home.quarantine.glob(f"{one.load.load_id}_*.csv"):
            path.unlink()
        if one.load.sha256 and one.load.sha256 not in kept:
            for path in home.copies.glob(f"{one.load.sha256}.*"):
                path.unlink()


def _tell_due(due: Plan) -> Finding:
    return Finding(
        kind="noticed",
        severity="warning",
        name="purge_is_due",
        sentence=f"Past the time that [retention] keeps it: {in_words(due.going)}. Nothing was removed.",
        counts={TITLES[kind]: due.count(kind) for kind in TITLES if due.count(kind)},
        owner="Whoever runs Parity",
        next_step="See with `parity purge --dry-run` what would go and which figures with it; then run `parity purge`.",
    )


def _tell_purged(due: Plan) -> Finding:
    figures = sum(one.value_rows for one in due.leaving)
    leaving = f" {figures} figures of those dates are in no release from now on but those kept." if figures else ""
    return Finding(
        kind="noticed",
        severity="info",
        name="purged",
        sentence=f"Purged by the rules of [retention]: {in_words(due.going)}.{leaving}",
        counts={TITLES[kind]: due.count(kind) for kind in TITLES if due.count(kind)},
        owner="Whoever runs Parity",
        next_step="Nothing. `parity purge --history` lists what went.",
    )


def _tell_refused(said: str) -> Finding:
    return Finding(
        kind="noticed",
        severity="warning",
        name="purge_refused",
        sentence=said,
        owner="Whoever runs Parity",
        next_step="Look at the clock of the machine and at [clock] as_of_date.",
    )
