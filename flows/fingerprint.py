"""Fingerprint a schema: one hash over tables, columns and rows, the same in every process and every copy."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol, cast

import duckdb

RUN_TABLES = (
    *("run_history", "run_steps", "run_doors", "run_inputs", "run_checks", "run_findings"),
    *("run_disclosure", "release_inputs", "release_models"),
)
"""Tables that publishing adds beside the marts. They tell of the run, so they are no part of what was judged."""

NUMBERS_OF_ARRIVAL = ("load_id", "supersedes_load_id")
"""Columns that number loads in the order in which files came. They tell of the home, so they are no part of what a hash
covers: the same files dropped in another order give the same hash."""

_TEXT_IS_EXACT = {
    *("boolean", "tinyint", "smallint", "integer", "bigint", "hugeint", "bignum"),
    *("utinyint", "usmallint", "uinteger", "ubigint", "uhugeint", "decimal"),
    *("varchar", "enum", "date", "time", "time with time zone", "interval", "uuid", "bit"),
    *("timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns"),
}
"""Types whose text says the whole value, whatever the connection's settings."""

_FLOATING = "case when {value} = 0 then '0.0' else cast({value} as varchar) end"
_EXACT_TEXT = {
    "float": _FLOATING,  # -0.0 is the number 0.0, and comes back from Parquet as that
    "double": _FLOATING,
    "timestamp with time zone": "cast(epoch_us({value}) as varchar)",  # its text depends on the connection's time zone
    "blob": "hex({value})",
}


class FingerprintError(Exception):
    """A schema cannot be fingerprinted; the message says which table or column, and what to do."""


class _Type(Protocol):
    """What a DuckDB type tells of itself."""

    @property
    def id(self) -> str: ...

    @property
    def children(self) -> list[tuple[str, object]]: ...


def content_hash(
    con: duckdb.DuckDBPyConnection,
    schema: str = "marts",
    catalog: str | None = None,
    tables: Collection[str] | None = None,
) -> str:
    """Hash what a schema holds: table names, column names, types and order, and every row.

    The order of rows and of tables does not count, nor the numbers of loads (NUMBERS_OF_ARRIVAL); a repeated row does.
    NULL and an empty text differ. The same content gives the same hash in another process, with other threads or
    settings, and in a copy in another file. Needs the memory of one row, not of a table.

    `catalog` is the attached database, by default the current one. `tables` names the tables to cover, by default
    every base table but those that publishing adds (RUN_TABLES). Returns 64 hexadecimal digits.
    Raises FingerprintError where a named table is missing or a column's type has no exact text.
    """
    catalog = catalog or current_catalog(con)
    present = base_tables(con, schema, catalog)
    covered = sorted(set(present) - set(RUN_TABLES)) if tables is None else sorted(set(tables))
    if missing := sorted(set(covered) - set(present)):
        raise FingerprintError(f"Schema {schema} has no table {', '.join(missing)}. Build again, then check again.")
    return combine(table_hashes(con, covered, schema, catalog))


def table_hashes(
    con: duckdb.DuckDBPyConnection, tables: Collection[str], schema: str = "marts", catalog: str | None = None
) -> dict[str, str]:
    """The hash of each table of a schema, by name."""
    catalog = catalog or current_catalog(con)
    return {name: table_hash(con, f"{quote(catalog)}.{quote(schema)}.{quote(name)}") for name in tables}


def combine(hashes: Mapping[str, str]) -> str:
    """One hash of a schema from the hashes of its tables, by name."""
    whole = hashlib.sha256()
    for name in sorted(hashes):
        whole.update(_framed(name) + _framed(hashes[name]))
    return whole.hexdigest()


def table_hash(con: duckdb.DuckDBPyConnection, source: str, columns: Sequence[tuple[str, str]] | None = None) -> str:
    """Hash one table, view or `read_parquet(…)`: its columns in order with their types, its rows in any order.

    `columns` are the names and types that the source should have: each is cast to its type first, so that a Parquet
    file, which knows fewer types, can be compared with the table that it came from. By default its own.
    """
    own = con.sql(f"select * from {source}")  # nothing is read until a result is fetched
    columns = columns or [(name, str(type_)) for name, type_ in zip(own.columns, own.types, strict=True)]
    if [name for name, _ in columns] != own.columns:
        raise FingerprintError(f"{source} does not have the columns that it should have. Build and check again.")
    cast_columns = ", ".join(f"cast({quote(name)} as {type_}) as {quote(name)}" for name, type_ in columns)
    typed = f"select {cast_columns} from {source}"
    types = cast(Sequence[_Type], con.sql(typed).types)
    typed_columns = [(name, type_) for (name, _), type_ in zip(columns, types, strict=True)]
    row = _joined([(quote(name), type_) for name, type_ in typed_columns if name not in NUMBERS_OF_ARRIVAL])
    lanes = ", ".join(f"sum(cast('0x' || substr(hashed, {start}, 16) as ubigint))" for start in (1, 17, 33, 49))
    found = con.execute(f"select count(*), {lanes} from (select sha256({row}) as hashed from ({typed}))").fetchone()
    if found is None:
        raise FingerprintError(f"{source} could not be read. Build and check again.")
    head = "".join(_framed(name).decode() + _framed(type_).decode() for name, type_ in columns)
    return hashlib.sha256(f"{head}|{'|'.join(str(number or 0) for number in found)}".encode()).hexdigest()


def base_tables(con: duckdb.DuckDBPyConnection, schema: str, catalog: str | None = None) -> list[str]:
    """The names of a schema's base tables, sorted."""
    rows = con.execute(
        "select table_name from duckdb_tables() where database_name = ? and schema_name = ? and not temporary "
        "order by table_name",
        [catalog or current_catalog(con), schema],
    ).fetchall()
    return [str(name) for (name,) in rows]


def current_catalog(con: duckdb.DuckDBPyConnection) -> str:
    """The database that unqualified names are looked up in."""
    found = con.execute("select current_database()").fetchone()
    return str(found[0]) if found else "memory"


def quote(name: str) -> str:
    """A name as SQL takes it, whatever it contains."""
    return '"' + name.replace('"', '""') + '"'


def _framed(text: str) -> bytes:
    """A text behind its own length, so that no two sequences of texts look alike."""
    return f"{len(text.encode())}:{text}".encode()


def _joined(values: Sequence[tuple[str, _Type]], depth: int = 0) -> str:
    """SQL for a text that only these values have, in this order: of each its length, a colon and its own text.

    A NULL has no length; an empty text has length 0.
    """
    texts = [_text(value, type_, depth) for value, type_ in values]
    fields = ", ".join(f"strlen({text}), ':', {text}" for text in texts)
    return f"concat({fields})"


def _text(value: str, type_: _Type, depth: int) -> str:
    kind = type_.id
    if kind in _TEXT_IS_EXACT:
        return f"cast({value} as varchar)"
    if kind in _EXACT_TEXT:
        return _EXACT_TEXT[kind].format(value=value)
    if kind in ("list", "array"):
        return _list_text(value, type_.children[0][1], depth)
    if kind == "map":
        (_, key), (_, of) = type_.children
        keys, values = (
            _list_text(f"map_{part}({value})", each, depth) for part, each in (("keys", key), ("values", of))
        )
        return f"(strlen({keys}) || ':' || {keys} || {values})"
    if kind == "struct":
        parts = [(f"struct_extract({value}, {_quoted(name)})", cast(_Type, of)) for name, of in type_.children]
        return f"case when {value} is not null then {_joined(parts, depth)} end"
    raise FingerprintError(f"Type {kind} cannot be fingerprinted. Give {value} a simpler type in its model.")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _list_text(value: str, of: object, depth: int) -> str:
    element = f"e{depth}"
    each = f"list_transform({value}, lambda {element}: {_joined([(element, cast(_Type, of))], depth + 1)})"
    return f"array_to_string({each}, '')"
