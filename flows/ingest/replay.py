"""Bring the warehouse and the ledger to one state: complete the ledger, or load again from the kept copies."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from flows.ingest.erase import drop_rows, erase_standing, erased_rows
from flows.ingest.find import Dropped
from flows.ingest.keep import copy_aside, is_whole, kept_copy
from flows.ingest.load import Intake, load_copy
from flows.ingest.refuse import FileRefused, NotNow
from flows.ingest.remember import (
    Load,
    append_to_ledger,
    compare_with_ledger,
    current_loads,
    read_ledger,
    read_loads,
    write_load,
)
from flows.ingest.retain import purged_loads, purged_parts, record_purge
from flows.record import Finding

NOTHING_LOADED: dict[str, Any] = {
    "rows_read": 0,
    "rows_loaded": 0,
    "rows_rejected": 0,
    "rows_duplicate": 0,
    "rows_padded": 0,
    "rules_sha256": "",
    "rejections": (),
}
"""A record whose rows are lost. Without a fingerprint of rules, so the same bytes are welcome again."""


def bring_together(intake: Intake, say: Callable[[str], None]) -> list[Finding]:
    """Make `intake.history`, the warehouse and the ledger agree; what could not be loaded again becomes findings."""
    in_warehouse = read_loads(intake.con)
    ledger = read_ledger(intake.home)
    to_append, to_replay = compare_with_ledger(in_warehouse, ledger)
    append_to_ledger(intake.home, to_append)
    purged = purged_loads(intake.home)
    for load in in_warehouse:
        intake.remember(_let_go(intake, load, purged.get(load.load_id)))
    findings = []
    if to_replay:
        say(f"The warehouse lacks {len(to_replay)} loads of the ledger: they are loaded again from the kept copies.")
    for load in to_replay:
        findings += _load_again(intake, load, purged.get(load.load_id))
    intake.is_stained |= bool(erase_standing(intake))
    return findings + _still_lost(intake, ledger)


def _let_go(intake: Intake, load: Load, purged_on: datetime.date | None) -> Load:
    """Take the rows of a load away that the ledger says were purged: a crash or an older warehouse left them."""
    if purged_on is None or load.purged_on is not None:
        return load
    intake.is_stained = True
    return drop_rows(intake.con, load, purged_on)


def _still_lost(intake: Intake, ledger: Sequence[Load]) -> list[Finding]:
    """Loads that the ledger accepted, whose rows the warehouse lacks, until their date is loaded again."""
    loads = {load.load_id: load for load in intake.history}
    current = current_loads(intake.history)
    return [
        _lost(load, loads[load.load_id].reason or "")
        for load in ledger
        if load.is_accepted and not loads[load.load_id].is_accepted and _is_newest(load, current)
    ]


def _is_newest(load: Load, current: dict[tuple[str, datetime.date], Load]) -> bool:
    newest = current.get((load.dataset, load.as_at_date)) if load.dataset and load.as_at_date else None
    return newest is None or newest.load_id < load.load_id


def _load_again(intake: Intake, load: Load, purged_on: datetime.date | None) -> list[Finding]:
    """Put one record of the ledger, and its rows, back under its own number; of a purged load only the record."""
    load = dataclasses.replace(load, purged_on=purged_on)
    if not load.has_rows:
        write_load(intake.con, load)
        intake.remember(load)
        return []
    try:
        copy = _find_copy(intake, load)
        dataset = intake.landing.dataset(load.dataset or "")
        again = load_copy(intake, load, dataset, copy, is_replay=True)
    except FileRefused as refusal:
        if load.load_id in purged_parts(intake.home, "copy"):
            return [_purged_with_its_copy(intake, load)]
        lost = dataclasses.replace(load, outcome="refused", reason=str(refusal), **NOTHING_LOADED)
        write_load(intake.con, lost)
        intake.remember(lost)
        return []
    moved = max(erased_rows(again), erased_rows(load))
    if again.rows_read != load.rows_read or abs(again.rows_loaded - load.rows_loaded) > moved:
        return [_differs(load, again)]
    return []


def _purged_with_its_copy(intake: Intake, load: Load) -> Finding:
    """Where retention took the copy before the rows, a lost warehouse takes the rows too, and the ledger says so."""
    why = "Its kept copy had been purged ([retention] copies_days) when the warehouse was built anew."
    record_purge(intake.home, "load", {"load_id": load.load_id, "by": "rebuild", "why": why, "rows": load.rows_loaded})
    gone = dataclasses.replace(load, purged_on=purged_loads(intake.home)[load.load_id])
    write_load(intake.con, gone)
    intake.remember(gone)
    return Finding(
        kind="noticed",
        severity="warning",
        name="load_purged_with_its_copy",
        sentence=f"{load.file_path}, load {load.load_id}, is not in the warehouse that was built anew. {why}",
        counts={"rows_missing": load.rows_loaded},
        places=(load.file_path,),
        next_step="Nothing, where the date is no longer needed. Else drop the file again under its next version.",
    )


def _find_copy(intake: Intake, load: Load) -> Path:
    """The kept copy, whole; else the same bytes where they still lie in the landing folder, copied again."""
    copy = kept_copy(intake.home, load)
    if is_whole(intake.home, load):
        return copy
    dropped = intake.home.landing / load.file_path
    if dropped.is_file() and not dropped.is_symlink() and _sha256(dropped) == load.sha256:
        try:
            return copy_aside(Dropped.at(dropped, intake.home.landing), intake.home)[0]
        except NotNow:
            pass
    raise FileRefused(
        f"Its kept copy ({copy.name}) is missing or damaged, so its rows could not be loaded again. Drop the file "
        "again, or bring private/copies back from a backup and move the warehouse away."
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _lost(load: Load, reason: str) -> Finding:
    return Finding(
        kind="refused",
        severity="critical",
        name="load_lost_at_rebuild",
        sentence=f"{load.file_path}, load {load.load_id}, is not in the warehouse that was built anew. {reason}",
        counts={"rows_missing": load.rows_loaded},
        places=(load.file_path,),
        next_step="Drop the file into the landing folder again.",
    )


def _differs(load: Load, again: Load) -> Finding:
    return Finding(
        kind="noticed",
        severity="warning",
        name="load_differs_at_rebuild",
        sentence=(
            f"{load.file_path} was loaded again from its kept copy and gives other counts than load {load.load_id} "
            "did: the landing contract has changed since."
        ),
        counts={
            "rows_loaded_before": load.rows_loaded,
            "rows_loaded": again.rows_loaded,
            "rows_rejected_before": load.rows_rejected,
            "rows_rejected": again.rows_rejected,
        },
        places=(load.file_path,),
        next_step="Look at the rejected rows in private/quarantine, and at what changed in seeds/landing.",
    )
