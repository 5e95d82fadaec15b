"""Rebuild the warehouse from the kept files: the old file is set aside, and every load of the ledger is loaded again.

It goes away only when every row is back: until then whoever can still read the old file has it.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import duckdb

from flows.configure import Settings, warehouse_key
from flows.connect import WarehouseLocked
from flows.home import Home
from flows.ingest import IngestBroken, IngestResult, ingest
from flows.ingest.remember import append_to_ledger, compare_with_ledger, open_warehouse, read_ledger, read_loads
from flows.record import flush_folder

SET_ASIDE = "warehouse.set_aside_"


class RebuildRefused(Exception):
    """The warehouse is not rebuilt; the message says why and what to do. Nothing was changed."""


def rebuild(settings: Settings, home: Home, say: Callable[[str], None]) -> IngestResult:
    """Set the warehouse and what lies beside it aside, and load every file of the ledger again. Hold the home's lock.

    Marts are not built: the next night does it, because the new warehouse has none. A rebuild that dies is finished by
    the next night or the next rebuild. Raises RebuildRefused where the ledger knows of no load, so that nothing could
    be built from it, IngestBroken where it cannot be read, and ConfigurationError where the new file's key is missing.
    """
    if home.encrypted:
        warehouse_key()
    _complete_ledger(settings, home)
    if not read_ledger(home) and home.warehouse.exists():
        raise RebuildRefused(
            f"{home.ledger / 'loads.jsonl'} knows of no load, so the warehouse cannot be built from the kept files; "
            "it was left as it is. Bring private/ledger back from a backup, or move the warehouse away and drop "
            "the files again."
        )
    for path in (*home.private.glob(f"{home.warehouse.name}.*"), home.warehouse):  # the database last of all
        if path.exists():
            say(f"setting {path.name} aside")
            path.rename(_aside(home, path))
    flush_folder(home.private)
    taken = ingest(settings, home, say)
    drop_aside(settings, home, say)
    return taken


def drop_aside(settings: Settings, home: Home, say: Callable[[str], None]) -> None:
    """Remove warehouses that were set aside, once the new one has every row; the old ones hold people.

    Have no connection to the warehouse open.
    """
    aside = list(home.private.glob(f"{SET_ASIDE}*"))
    if not aside:
        return
    with open_warehouse(settings, home) as con:
        loaded = {load.load_id for load in read_loads(con) if load.is_accepted}
    lost = [load for load in read_ledger(home) if load.is_accepted and load.load_id not in loaded]
    for path in aside:
        if lost:
            say(f"{path.name} stays: the rows of {len(lost)} loads are in no kept file. Remove it when they are back")
        else:
            path.unlink()


def _complete_ledger(settings: Settings, home: Home) -> None:
    """Write into the ledger what only the old warehouse knows, as far as it can be read."""
    if not home.warehouse.exists():
        return
    with suppress(IngestBroken, WarehouseLocked, duckdb.Error), open_warehouse(settings, home) as con:
        append_to_ledger(home, compare_with_ledger(read_loads(con), read_ledger(home))[0])


def _aside(home: Home, path: Path) -> Path:
    moment = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S%f")
    return home.private / f"{SET_ASIDE}{moment}{path.name.removeprefix('warehouse')}"
