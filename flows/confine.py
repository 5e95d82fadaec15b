"""Confine what tells of one person to the room that it may stand in, looked up in the warehouse as it was built.

`seeds/release/never_released_columns.csv` names columns and the first room that must not have them; what stands in no
room beyond `raw` is looked for by its values too, so that another name does not carry it further.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb

from flows.configure import PROJECT
from flows.connect import CATALOG
from flows.fingerprint import quote
from flows.ingest.define import LANDING_SEEDS

ROOMS = ("staging", "intermediate", "marts")
"""Schemas of the warehouse in the order in which data go through them."""
WITHOUT_LIMIT = ("raw", "definitions")
"""Rows as they came, and the seeds, which hold no people."""
PSEUDONYM = "person_key"
PSEUDONYM_LENGTH = 64
NUMBERS = ("employee_number", "assignment_number")
"""Types of the landing contract whose values are a person's number."""
BIRTH = "date_of_birth"


@dataclass(frozen=True)
class Kept:
    """One column that tells of a person: the first room that must not have it, and why."""

    column: str
    out_of: str
    reason: str


@dataclass(frozen=True)
class _Table:
    """A table or view with its columns, each with its DuckDB type."""

    schema: str
    name: str
    columns: tuple[tuple[str, str], ...]


def out_of_place(con: duckdb.DuckDBPyConnection) -> list[str]:
    """A sentence for each column of the connection's warehouse that stands in a room where it must not.

    The names of every schema are compared with the seed, and the values of staging with the newest load of the raw
    table that each view reads; a `person_key` must look like one. No sentence holds a value.
    """
    tables = _tables(con, CATALOG)
    staging, intermediate = ([one for one in tables if one.schema == room] for room in ("staging", "intermediate"))
    return [*_by_name(tables), *_by_value(con, staging), *_unkeyed(con, intermediate)]


def names_out_of_place(con: duckdb.DuckDBPyConnection, catalog: str, room: str = "marts") -> list[str]:
    """The same by name alone, for every schema of an attached database, judged as if it were `room`."""
    return [said for table in _tables(con, catalog) for said in _names(table, room)]


def kept_out() -> list[Kept]:
    """Every line of the seed. Raises ValueError where a line names a room that there is not."""
    path = PROJECT / "seeds" / "release" / "never_released_columns.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        found = [Kept(row["column_name"], row["kept_out_of"], row["reason"]) for row in csv.DictReader(handle)]
    if strange := next((one for one in found if one.out_of not in ROOMS), None):
        raise ValueError(f"{path.name}: {strange.column} is kept out of {strange.out_of!r}, which is no room.")
    return found


def _tables(con: duckdb.DuckDBPyConnection, catalog: str) -> list[_Table]:
    rows = con.execute(
        "select schema_name, table_name, list((column_name, data_type) order by column_index) from duckdb_columns() "
        "where database_name = ? and not internal group by all order by all",
        [catalog],
    ).fetchall()
    return [_Table(schema, name, tuple((column, kind) for column, kind in columns)) for schema, name, columns in rows]


def _by_name(tables: Sequence[_Table]) -> list[str]:
    """What is beyond the rooms, as what disclosure control reads, is judged as the marts are."""
    beyond = [table for table in tables if table.schema not in WITHOUT_LIMIT]
    return [said for one in beyond for said in _names(one, one.schema if one.schema in ROOMS else ROOMS[-1])]


def _names(table: _Table, room: str) -> Iterator[str]:
    """A column is found in any case, and inside a structure too."""
    kept = {one.column: one for one in kept_out() if ROOMS.index(one.out_of) <= ROOMS.index(room)}
    for column, kind in table.columns:
        for word in re.findall(r"\w+", f"{column} {kind}".lower()):
            if word in kept:
                place = f"{table.schema}.{table.name}"
                yield f"{place} has the column {word}, which may not stand there. {kept[word].reason}"


def _by_value(con: duckdb.DuckDBPyConnection, views: Sequence[_Table]) -> Iterator[str]:
    sources = dict(
        con.execute(
            "select view_name, sql from duckdb_views() where database_name = ? and schema_name = 'staging'", [CATALOG]
        ).fetchall()
    )
    personal = _personal_columns()
    for view in views:
        names = {name for name, _ in view.columns}
        read = set(re.findall(r'\braw"?\."?(\w+)', sources.get(view.name, "")))
        for raw in sorted(read & set(personal)):
            if {"load_id", "file_line"} <= names:
                yield from _compared(con, view, raw, personal[raw])


def _personal_columns() -> dict[str, list[str]]:
    """The columns of each raw table whose values are a person's number or date of birth."""
    found: dict[str, list[str]] = {}
    with (LANDING_SEEDS / "landing_columns.csv").open(encoding="utf-8-sig", newline="") as handle:
        for row in csv.DictReader(handle):
            if row["value_type"] in NUMBERS or row["column_name"] == BIRTH:
                found.setdefault(row["dataset"], []).append(row["column_name"])
    return found


def _compared(con: duckdb.DuckDBPyConnection, view: _Table, raw: str, personal: Sequence[str]) -> Iterator[str]:
    """Compare the view with the raw rows that its lines come from; equal in most lines of one load is the same."""
    columns = [name for name, kind in view.columns if kind in ("VARCHAR", "DATE") and name != PSEUDONYM]
    pairs = [(name, secret) for name in columns for secret in personal]
    tests = [
        f"count(*) filter (v.{quote(name)}::varchar = r.{quote(secret)}::varchar) * 2 > count(v.{quote(name)})"
        for name, secret in pairs
    ]
    asked = (
        f"select {', '.join(tests)} from {CATALOG}.staging.{quote(view.name)} v "
        f"join {CATALOG}.raw.{quote(raw)} r using (load_id, file_line) "
        "where v.load_id = $load and r.load_id = $load"
    )
    try:
        found = con.execute(asked, {"load": _newest_load(con, raw)}).fetchall()[0]
    except duckdb.Error as error:  # its words may quote a value
        kind = type(error).__name__
        yield f"staging.{view.name} cannot be read through ({kind}), so nobody can say what it hands on."
        return
    for (name, secret), is_same in zip(pairs, found, strict=True):
        if is_same:
            yield f"staging.{view.name} hands on {secret} in its column {name}; only a pseudonym may pass staging."


def _newest_load(con: duckdb.DuckDBPyConnection, raw: str) -> int | None:
    """A filter that is known beforehand lets DuckDB read one load instead of all."""
    newest: int | None = con.execute(f"select max(load_id) from {CATALOG}.raw.{quote(raw)}").fetchall()[0][0]
    return newest


def _unkeyed(con: duckdb.DuckDBPyConnection, tables: Sequence[_Table]) -> Iterator[str]:
    for table in tables:
        if (PSEUDONYM, "VARCHAR") not in table.columns:
            continue
        source = f"{CATALOG}.{table.schema}.{quote(table.name)}"
        if con.execute(f"select 1 from {source} where strlen({PSEUDONYM}) <> {PSEUDONYM_LENGTH} limit 1").fetchall():
            yield f"{table.schema}.{table.name} has a {PSEUDONYM} that is no pseudonym (HMAC-SHA-256 in 64 digits)."
