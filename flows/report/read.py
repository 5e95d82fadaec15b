"""Read: what a site shows, from one part of a release and from the definitions. Nothing here computes a figure."""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from flows.configure import PROJECT
from flows.report import Edition

Row = dict[str, Any]

MARKER_COLUMNS = {
    "indicator_values": ("value_marker", "denominator_marker", "rounded_to", "marker_reason"),
    "indicator_comparisons": ("value_marker", "marker_reason"),
}
"""What only the open tables have; in the restricted ones nothing is marked."""


class Figures:
    """The tables of one part of a release, asked in SQL and answered with rows by column name.

    The views `shown_values` and `shown_comparisons` are the conformed tables by their current definitions, with the
    open part's marker columns in both editions; every other table has its own name.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        found = con.execute("select table_name from duckdb_tables() where database_name = 'figures' order by all")
        self.tables = [str(name) for (name,) in found.fetchall()]

    def rows(self, sql: str, **named: Any) -> list[Row]:
        """Every row of the answer. Values are named in the SQL as `$name`."""
        found = self.con.execute(sql, named or None)
        names = [str(column[0]) for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def row(self, sql: str, **named: Any) -> Row | None:
        """The first row of the answer, None where there is none."""
        return next(iter(self.rows(sql, **named)), None)

    def has(self, table: str) -> bool:
        """Whether this part of the release has the table."""
        return table in self.tables


@contextmanager
def read_figures(edition: Edition) -> Iterator[Figures]:
    """Open the edition's file read-only, and no other."""
    with duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}) as con:
        place = str(edition.figures.resolve()).replace("'", "''")
        con.execute(f"attach '{place}' as figures (read_only)")
        con.execute("set enable_external_access = false")
        con.execute("use figures.marts")
        for table, markers in MARKER_COLUMNS.items():
            _show_current(con, table, markers)
        yield Figures(con)


def _show_current(con: duckdb.DuckDBPyConnection, table: str, markers: tuple[str, ...]) -> None:
    found = con.execute("select column_name from duckdb_columns() where table_name = ?", [table]).fetchall()
    missing = [name for name in markers if (name,) not in found]
    empty = "".join(f", cast(null as varchar) as {name}" for name in missing)
    con.execute(
        f"create temp view shown_{table.removeprefix('indicator_')} as "
        f"select *{empty} from figures.marts.{table} where is_current_definition"
    )


@functools.cache
def seed(name: str) -> list[dict[str, str]]:
    """The rows of a definition: `report/duties` is `seeds/report/duties.csv`. An empty cell is an empty text."""
    with (PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def assets() -> Path:
    """The folder of styles, script and licences that every site carries."""
    return PROJECT / "reports" / "assets"
