"""The models of `models/disclosure` run on marts made by hand, without dbt: the same SQL, its few macros filled in."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
import jinja2
import yaml

from flows.configure import PROJECT

MODELS = ("open_rows", "open_parts", "open_cells", "open_sums", "open_bounds", "small_cells")
"""In the order in which they build on each other."""
WORDS = ("strata", "indicator_comparison_groups", "comparison_forms", "plan_status_map")
"""Other definitions that disclosure control reads."""


def run_models(con: duckdb.DuckDBPyConnection) -> None:
    """Make the schema `disclosure` anew from the marts and definitions of the connection's current catalog."""
    con.execute("create schema if not exists disclosure")
    for model in MODELS:
        con.execute(f"create or replace table disclosure.{model} as {compiled(model)}")


@functools.cache
def compiled(model: str) -> str:
    """The SQL of one model as dbt would compile it."""
    macros = (PROJECT / "macros/disclosure.sql").read_text(encoding="utf-8")
    text = (PROJECT / f"models/disclosure/{model}.sql").read_text(encoding="utf-8")
    return jinja2.Environment().from_string(macros + text).render(ref=_where)


def _where(name: str) -> str:
    if name in MODELS:
        return f"disclosure.{name}"
    schema = {"indicator_values": "marts", "int_pay_concentration": "intermediate"}.get(name, "definitions")
    return f"{schema}.{name}"


def lay(con: duckdb.DuckDBPyConnection) -> None:
    """Make the definitions as they are, and the marts and intermediate tables that disclosure control reads, empty."""
    for schema in ("marts", "intermediate", "definitions"):
        con.execute(f"create schema {schema}")
    for path in sorted((PROJECT / "seeds").rglob("*.csv")):
        if path.parent.name == "disclosure" or path.stem in WORDS:
            read = f"read_csv('{path}', all_varchar = true, header = true, nullstr = '', delim = ',', quote = '\"')"
            con.execute(f"create table definitions.{path.stem} as select * from {read}")
    for mart in ("indicator_values", "indicator_comparisons", "plan_actions"):
        columns = ", ".join(f'"{name}" {kind}' for name, kind in columns_of(mart))
        con.execute(f"create table marts.{mart} ({columns})")
    public = con.execute("select table_name from definitions.open_tables where treatment = 'public'").fetchall()
    for (mart,) in public:
        con.execute(f"create table marts.{mart} (name varchar)")
    con.execute(
        "create table intermediate.int_pay_concentration (organisation_code varchar, as_at_date date, "
        "indicator_id varchar, group_key varchar, largest_share double, two_largest_share double)"
    )


@functools.cache
def columns_of(mart: str) -> list[tuple[str, str]]:
    """Names and types of the columns of a conformed mart, from its contract."""
    [path] = (PROJECT / "models").rglob(f"{mart}.yml")
    [told] = yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    return [(column["name"], column["data_type"]) for column in told["columns"]]


def fill(con: duckdb.DuckDBPyConnection, mart: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write these rows into a mart in place of what is there."""
    names = [name for name, _ in columns_of(mart)]
    con.execute(f"delete from marts.{mart}")
    filled = [[row.get(name) for name in names] for row in rows]
    if filled:
        marks = f"({', '.join('?' for _ in names)})"
        values = [value for row in filled for value in row]
        con.execute(f"insert into marts.{mart} values {', '.join(marks for _ in filled)}", values)
