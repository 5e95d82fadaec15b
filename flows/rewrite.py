"""Rewrite the warehouse into a new file with the raw tables alone, so that no block of it holds what was deleted.

DuckDB marks deleted rows and frees blocks, whose bytes stay until something is written over them. What is made from the
raw tables is left behind with the old file: the next night builds it anew.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from flows.configure import Settings
from flows.home import Home
from flows.ingest.remember import open_warehouse
from flows.record import flush_folder

ROWS_AT_A_TIME = 100_000


class _Beside(Home):
    """The same home with another warehouse file, of the same name in a folder of its own."""

    @property
    def warehouse(self) -> Path:
        return self.scratch / "rewritten" / "warehouse.duckdb"


def rewrite_warehouse(settings: Settings, home: Home) -> None:
    """Put a new file with the raw tables in the place of the warehouse. Hold the home's lock, and no connection.

    Until the last step, which is a rename, the old file is as it was; raises OSError where the disk has no room.
    """
    if not home.warehouse.exists():
        return
    beside = _Beside.of(settings)
    folder = beside.warehouse.parent
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        _copy_raw(settings, home, beside)
        for leftover in home.private.glob("warehouse.duckdb.*"):
            leftover.unlink()  # a write-ahead file would be replayed into the new one
        beside.warehouse.replace(home.warehouse)
        flush_folder(home.private)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy_raw(settings: Settings, home: Home, beside: Home) -> None:
    with open_warehouse(settings, home) as old, open_warehouse(settings, beside) as new:
        old.execute("checkpoint")
        new.execute("create schema raw")
        tables = old.execute(
            "select table_name, sql from duckdb_tables() where schema_name = 'raw' order by table_name"
        ).fetchall()
        for name, made in tables:
            new.execute(made)
            rows = old.execute(f"select * from raw.{name}").to_arrow_reader(ROWS_AT_A_TIME)
            new.register("rows_of_before", rows)
            new.execute(f"insert into raw.{name} by name select * from rows_of_before")
            new.unregister("rows_of_before")
        new.execute("checkpoint")
