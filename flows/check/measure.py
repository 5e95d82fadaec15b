"""Lay the small tables of `expectations/tables/` over a build's marts and read the rows that are to be judged."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from flows.check.declare import SuiteError

Row = dict[str, Any]

FIRST = "judged_snapshots"
"""The other tables read this one, so it is laid first."""


@dataclass(frozen=True)
class Measured:
    """The rows of one query: `columns` in order, and each row by column name."""

    columns: tuple[str, ...]
    rows: list[Row]


def lay_tables(
    con: duckdb.DuckDBPyConnection, folder: Path, as_of_date: datetime.date, released_load_ids: Iterable[int]
) -> set[str]:
    """Make a temporary view of every `*.sql` in the folder, in a connection that may be read-only; return their names.

    Raises SuiteError that names the file where a mart or a column that it reads is not in the build.
    """
    con.execute("set variable as_of_date = ?::date", [as_of_date])
    con.execute("set variable released_load_ids = ?::bigint[]", [sorted(released_load_ids)])
    files = sorted(folder.glob("*.sql"), key=lambda file: (file.stem != FIRST, file.stem))
    for file in files:
        try:
            con.execute(f'create or replace temp view "{file.stem}" as {file.read_text(encoding="utf-8")}')
        except duckdb.Error as error:
            raise SuiteError(
                f"{folder.parent.name}/tables/{file.name} does not fit the build: {_said(error)}"
            ) from None
    return {file.stem for file in files}


def measure(
    con: duckdb.DuckDBPyConnection, table: str, rows: str | None = None, variables: Mapping[str, int] | None = None
) -> Measured:
    """Read the rows of a laid table that meet the SQL condition `rows`, or all of them.

    Raises SuiteError where the condition is no SQL over the table's columns.
    """
    for name, value in (variables or {}).items():
        con.execute(f'set variable "{name}" = ?::bigint', [value])
    try:
        found = con.execute(f'select * from temp.main."{table}"' + (f" where ({rows})" if rows else ""))
        columns = tuple(column[0] for column in found.description or ())
        return Measured(columns, [dict(zip(columns, row, strict=True)) for row in found.fetchall()])
    except duckdb.Error as error:
        raise SuiteError(f"its rows cannot be read: {_said(error)}") from None


def _said(error: duckdb.Error) -> str:
    """What DuckDB said where it speaks of names only; of an error that may hold values, its kind."""
    if isinstance(error, (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)):
        return str(error).splitlines()[0]
    return type(error).__name__
