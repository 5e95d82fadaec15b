"""Take files from the landing folder into the warehouse: each whole or not at all, each remembered, none twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from flows.configure import Settings
from flows.freeze import pour_approvals
from flows.home import Home
from flows.ingest.define import Landing, read_landing
from flows.ingest.find import Dropped, find_files, settle
from flows.ingest.load import Intake, take_in
from flows.ingest.recognise import recognise_name, shown_folder, shown_waiting
from flows.ingest.refuse import FileRefused, IngestBroken, NotNow
from flows.ingest.rehearse import FileCheck, check_file
from flows.ingest.remember import (
    Load,
    append_to_ledger,
    current_inputs,
    make_tables,
    open_warehouse,
    read_ledger,
    untold_loads,
)
from flows.ingest.replay import bring_together
from flows.ingest.retain import purged_loads, purged_parts
from flows.ingest.tell import tell_accepted, tell_closed, tell_dated_ahead, tell_not_now, tell_refused
from flows.record import Finding

__all__ = ["FileCheck", "IngestBroken", "IngestResult", "Load", "check_file", "current_inputs", "ingest"]

KEPT_COPY = re.compile(r"[0-9a-f]{64}(\..*)?")


STILL_WRITTEN = "It is still being written."


@dataclass
class IngestResult:
    """What a night has to record and to tell after ingest.

    `loads` are the load records that stand in no finished night's record yet, oldest first: those of this run, which
    are `new`, and those of earlier runs that no night told of. `findings` tell what people should know of all of them.
    `waiting` are files left for the next run, as `<file>: <reason>`.
    """

    loads: list[Load] = field(default_factory=list)
    new: list[Load] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)


def ingest(settings: Settings, home: Home, say: Callable[[str], None] = print) -> IngestResult:
    """Take in every new or changed file of the landing folder.

    Files are taken in the order of the landing contract, then date, version and name. Each ends up loaded, seen,
    refused or waiting; a file that was judged before and has not changed is not read again. What a load has to tell is
    told again until a finished night has it in its record. Raises IngestBroken where the ledger contradicts the
    warehouse, or DuckDB itself fails.
    """
    home.prepare()
    landing = read_landing()
    result = IngestResult()
    with open_warehouse(settings, home) as con:
        make_tables(con, landing)
        pour_approvals(con, home)
        intake = Intake(settings, home, con, landing)
        result.findings += bring_together(intake, say)
        _sweep(intake)
        result.loads += untold_loads(home, intake.history)
        found = find_files(home.landing, landing)
        files = found.files
        known = [file for file in files if intake.is_known(file)]
        new, moving = settle(sorted({*files} - {*known}, key=_by_path), settings.ingest.settle_seconds)
        unfinished = [shown_waiting(relative, landing) for relative in (*found.unfinished, *moving)]
        result.waiting += [f"{shown}: {STILL_WRITTEN}" for shown in unfinished]
        closed = [(shown_folder(folder, landing), why) for folder, why in found.closed.items()]
        result.waiting += [f"{folder}: It could not be looked into: {why}." for folder, why in closed]
        result.findings += [tell_closed(folder, why, landing) for folder, why in found.closed.items()]
        result.findings += _standing_refusals(intake, known)
        for file in sorted(new, key=lambda file: _turn(file, landing)):
            _take_one(intake, file, result, say)
        result.findings += _tell_loads(intake, result, {file.relative for file in files})
    if intake.is_stained:
        from flows.rewrite import rewrite_warehouse  # it opens the warehouse as this module does

        rewrite_warehouse(settings, home)
    for one in result.waiting:
        say(f"Left for the next run: {one}")
    say(_summary(result, len(known)))
    return result


def _by_path(file: Dropped) -> str:
    return file.relative


def _take_one(intake: Intake, file: Dropped, result: IngestResult, say: Callable[[str], None]) -> None:
    if ahead := _dated_ahead(intake, file):
        result.waiting.append(f"{file.relative}: It is dated ahead of {intake.settings.as_of_date}.")
        result.findings.append(ahead)
        return
    try:
        load = take_in(intake, file)
    except NotNow as reason:
        shown = shown_waiting(file.relative, intake.landing)
        result.waiting.append(f"{shown}: {reason if reason.needs_a_person else STILL_WRITTEN}")
        if reason.needs_a_person:
            result.findings.append(tell_not_now(shown, str(reason)))
        return
    append_to_ledger(intake.home, [load])
    result.loads.append(load)
    result.new.append(load)
    say(_line(load))


def _tell_loads(intake: Intake, result: IngestResult, there: set[str]) -> list[Finding]:
    """What the loads have to tell. Of a refusal only the last word on its file, unless it is told already."""
    told = {finding.key for finding in result.findings}
    findings = []
    for load in result.loads:
        if load.is_accepted:
            findings += tell_accepted(load, _same_bytes_elsewhere(intake, load), was_published=_restates(intake, load))
        elif load.outcome == "refused" and intake.last_of(load.landed_path) == load:
            refused = tell_refused(load, intake.landing, load.landed_path in there)
            findings += [] if refused.key in told else [refused]
    return findings


def _restates(intake: Intake, load: Load) -> bool:
    return load.outcome == "correction" and intake.was_published(load)


def _turn(file: Dropped, landing: Landing) -> tuple[int, str, int, str]:
    """Its place in the order of a run; files whose name nobody knows come last."""
    try:
        named = recognise_name(file.relative, landing)
    except FileRefused:
        return len(landing.datasets), "", 0, file.relative
    return named.dataset.order, named.as_at_date.isoformat(), named.version, file.relative


def _dated_ahead(intake: Intake, file: Dropped) -> Finding | None:
    try:
        as_at_date = recognise_name(file.relative, intake.landing).as_at_date
    except FileRefused:
        return None
    today = intake.settings.as_of_date
    return tell_dated_ahead(file.relative, as_at_date.isoformat(), today.isoformat()) if as_at_date > today else None


def _standing_refusals(intake: Intake, known: list[Dropped]) -> list[Finding]:
    """Files that were refused on an earlier night and still lie there unchanged."""
    lasts = [intake.last_of(file.relative) for file in known]
    return [tell_refused(last, intake.landing) for last in lasts if last is not None and last.outcome == "refused"]


def _same_bytes_elsewhere(intake: Intake, load: Load) -> Load | None:
    """An earlier accepted load of the same dataset and bytes for another date."""
    earlier = (one for one in intake.history if one.is_accepted and one.load_id < load.load_id)
    others = (one for one in earlier if one.sha256 == load.sha256 and one.dataset == load.dataset)
    return next((one for one in others if one.as_at_date != load.as_at_date), None)


def _sweep(intake: Intake) -> None:
    """Take away what a crash left half done: unfinished copies, copies and quarantine of loads that never were, or
    that were purged.

    Where no load is known at all, copies stay: they may be all that is left of a lost warehouse and ledger.
    """
    for left in (*intake.home.copies.glob(".incoming_*.tmp"), *intake.home.quarantine.glob(".*.tmp")):
        left.unlink(missing_ok=True)
    purged = purged_loads(intake.home)
    accepted = [load for load in (*intake.history, *read_ledger(intake.home)) if load.is_accepted]
    named = {load.sha256 for load in accepted if load.load_id not in purged}
    for copy in intake.home.copies.iterdir() if accepted else ():
        if KEPT_COPY.fullmatch(copy.name) and copy.name[:64] not in named:
            copy.unlink(missing_ok=True)
    loaded = {str(load.load_id) for load in intake.history if load.has_rows}
    loaded -= {str(load_id) for load_id in purged_parts(intake.home, "quarantine")}
    for path in intake.home.quarantine.glob("*.csv"):
        if path.name.split("_")[0] not in loaded:
            path.unlink(missing_ok=True)


def _line(load: Load) -> str:
    if load.outcome == "refused":
        return f"{load.file_path}: refused. {load.reason}"
    if load.outcome == "seen":
        return f"{load.file_path}: seen before. {load.reason}"
    rejected = f", {load.rows_rejected:,} rejected" if load.rows_rejected else ""
    what = "correction loaded" if load.outcome == "correction" else "loaded"
    return f"{load.file_path}: {what}, {load.rows_loaded:,} rows{rejected}."


def _summary(result: IngestResult, known_count: int) -> str:
    counts = {
        name: sum(load.outcome == name for load in result.new) for name in ("loaded", "correction", "seen", "refused")
    }
    if not result.new:
        return f"Nothing new in the landing folder ({known_count} files known, {len(result.waiting)} waiting)."
    said = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return f"Landing folder: {said}; {known_count} files known, {len(result.waiting)} waiting."
