"""Lay the small tables of `expectations/tables/` over a build's marts and read the rows that are to be judged."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from flows.check.declare import SuiteError

if TYPE_CHECKING:
    import pandas

FIRST = "judged_snapshots"
"""The other tables read this one, so it is laid first."""


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


def gather(con: duckdb.DuckDBPyConnection, table: str, variables: Mapping[str, int | str]) -> int:
    """Read a laid table once into `judged_rows`, for all expectations of its suite. Returns the number of its rows.

    `variables` are the suite's own, which the table's SQL reads with `getvariable`. Raises SuiteError where it fails.
    """
    for name, value in variables.items():
        kind = "bigint" if isinstance(value, int) else "varchar"
        con.execute(f'set variable "{name}" = ?::{kind}', [value])
    try:
        con.execute(f'create or replace temp table judged_rows as from temp.main."{table}"')
    except duckdb.Error as error:
        raise SuiteError(f"{table} cannot be read: {_said(error)}") from None
    found = con.execute("select count(*) from judged_rows").fetchone()
    return int(found[0]) if found else 0


def measure(con: duckdb.DuckDBPyConnection, rows: str | None) -> pandas.DataFrame:
    """The gathered rows that meet the SQL condition `rows`, or all of them. No person stands in them.

    Raises SuiteError where the condition is no SQL over the table's columns.
    """
    try:
        return con.execute("select * from judged_rows" + (f" where ({rows})" if rows else "")).fetchdf()
    except duckdb.Error as error:
        raise SuiteError(f"its rows cannot be read: {_said(error)}") from None


def _said(error: duckdb.Error) -> str:
    """What DuckDB said where it speaks of names only; of an error that may hold values, its kind."""
    if isinstance(error, (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)):
        return str(error).splitlines()[0]
    return type(error).__name__
