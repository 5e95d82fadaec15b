"""Query a release: read-only SQL on the published marts and on nothing else, at any hour, while a night runs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from flows.home import Home
from flows.point import Release, ReleaseError, current_id, current_release, read_release

SPEAKS_OF_THE_QUERY = (
    duckdb.ParserException,
    duckdb.SyntaxException,
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.NotImplementedException,
)
"""Errors whose words are of the query alone. Any other may quote a value of a row."""


LOOKED_UP_AT_MOST = 5
"""How often the current release is looked up for one query."""


class QueryError(Exception):
    """A query cannot be answered; the message says why and what to do."""


class Answer(NamedTuple):
    """What a query found: the names of its columns, its rows, and the DuckDB type of each column."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    types: list[str]


def run_sql(home: Home, sql: str, release_id: str | None = None, of_open_part: bool = False) -> Answer:
    """Answer one query from the current release, or from the one named; `of_open_part` asks what everyone may read.

    Tables may be named as `indicator_values` or `marts.indicator_values`. The release is found once, at the start: a
    publish in between changes nothing in the answer. The query can neither write nor reach any other file.
    Raises QueryError where there is no release, no such table or column, or the SQL is wrong.
    """
    if not sql.strip():
        raise QueryError("The query is empty. Try: select * from indicator_catalogue limit 5")
    with open_release(home, release_id, of_open_part) as (_, con):
        tables = _tables(con)
        try:
            _only_a_question(con, sql)
            con.execute(sql)
            found = con.description or []
            rows = con.fetchall()
        except duckdb.Error as error:
            raise QueryError(_said(error, tables)) from None
    return Answer([str(column[0]) for column in found], rows, [str(column[1]) for column in found])


@contextmanager
def open_release(
    home: Home, release_id: str | None = None, of_open_part: bool = False
) -> Iterator[tuple[Release, duckdb.DuckDBPyConnection]]:
    """The current release, or the one named, and a read-only connection that reaches its marts and nothing else.

    With `of_open_part` it reaches the tables that everyone may read, and no other.

    Raises QueryError where there is no release, or it cannot be opened.
    """
    with tempfile.TemporaryDirectory(prefix="parity_sql_") as spill:
        release, con = _opened(home, release_id, of_open_part, Path(spill))
        with con:
            yield release, con


def _opened(
    home: Home, release_id: str | None, of_open_part: bool, spill: Path
) -> tuple[Release, duckdb.DuckDBPyConnection]:
    """The release and its connection. A current one that is removed between looking up and opening is looked up again.

    The pointer must have moved twice meanwhile: a busy machine can do that where few releases are kept.
    """
    for tries_left in reversed(range(LOOKED_UP_AT_MOST)):
        looked_up = current_id(home)
        try:
            release = _release(home, release_id)
            return release, _open(release, _open_marts(release) if of_open_part else _marts(release), spill)
        except QueryError:
            if release_id is not None or not tries_left or looked_up == current_id(home):
                raise
    raise AssertionError("the last try returns or raises")


def _release(home: Home, release_id: str | None) -> Release:
    try:
        release = read_release(home, release_id, current_id(home)) if release_id else current_release(home)
    except ReleaseError as error:
        raise QueryError(str(error)) from None
    if release is None:
        raise QueryError("Nothing is published yet. Run `parity nightly` first.")
    if release_id is not None and Path(release_id).name != release_id:
        raise QueryError(f"{release_id!r} is no release's name. `parity releases` lists them.")
    return release


def _marts(release: Release) -> Path:
    if not release.marts.is_file():
        raise QueryError(f"There is no release {release.release_id}, or it lost its database. See `parity releases`.")
    return release.marts


def _open_marts(release: Release) -> Path:
    if not release.open_marts.is_file():
        raise QueryError(
            f"The release {release.release_id} has no open part. {release.open}/README.txt says why, where there is "
            "such a release; `parity releases` lists them."
        )
    return release.open_marts


def _open(release: Release, path: Path, spill: Path) -> duckdb.DuckDBPyConnection:
    """The release's database alone: no other file, no extension, no Python variable, no setting can be reached."""
    con = duckdb.connect(
        config={
            "temp_directory": str(spill),
            "python_enable_replacements": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    try:
        con.execute(f"attach '{str(path.resolve()).replace(chr(39), chr(39) * 2)}' as parity (read_only)")
        con.execute("use parity.marts")
        con.execute("set enable_external_access = false")
        con.execute("set lock_configuration = true")
    except duckdb.Error as error:
        con.close()
        raise QueryError(
            f"The database of release {release.release_id} cannot be opened. It is read by its owner"
            " and by the group of [home] restricted_group; ask to be made a member of it."
            if isinstance(error, duckdb.IOException)
            else f"The database of release {release.release_id} has no marts."
        ) from None
    return con


def _only_a_question(con: duckdb.DuckDBPyConnection, sql: str) -> None:
    kinds = [statement.type for statement in con.extract_statements(sql)]
    if not kinds:
        raise QueryError("The query asks for nothing. Try: select * from indicator_catalogue limit 5")
    if len(kinds) > 1:
        raise QueryError("Ask one question at a time: the text holds more than one statement.")
    if kinds[0] not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        raise QueryError(
            "A release is read, never written, and a query reaches no other file. Ask with select, from, with, "
            "describe, summarize, show or explain."
        )


def _tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    rows = con.execute(
        "select table_name from duckdb_tables() where database_name = 'parity' and schema_name = 'marts' order by 1"
    ).fetchall()
    return [str(name) for (name,) in rows]


def _said(error: duckdb.Error, tables: Sequence[str]) -> str:
    first = str(error).split("\n\n", maxsplit=1)[0]
    if isinstance(error, duckdb.CatalogException) and "Table with name" in first:
        return f"There is no such table in this release. It has: {', '.join(tables)}."
    if isinstance(error, duckdb.PermissionException):
        return "A query reads the published marts and no other file."
    if not isinstance(error, SPEAKS_OF_THE_QUERY):
        kind = type(error).__name__.removesuffix("Exception")
        return (
            f"A value in the tables cannot be worked with ({kind}); it is not repeated here. try_cast gives null "
            "where a text is no number or date."
        )
    return f"The query is not understood: {first}"
