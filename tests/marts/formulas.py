"""The project's formula macros as one asks them in a test: render, run in DuckDB, give the value back."""

from __future__ import annotations

from functools import cache
from typing import Any

import duckdb
from jinja2 import Environment

from flows.configure import PROJECT

FILES = (
    "share.sql",
    "significance.sql",
    "direction.sql",
    "dates_of_reporting.sql",
    "family_of_comparisons.sql",
    "ratios.sql",
    "gaps.sql",
    "fisher.sql",
    "approved.sql",
    "text.sql",
)


def ask(expression: str, **columns: Any) -> Any:
    """The value of a macro call over named columns: `ask("share('a', 'b')", a=1, b=4)` is 0.25."""
    names = ", ".join(f"? as {name}" for name in columns) or "1 as nothing"
    row = duckdb.execute(f"select {_sql(expression)} from (select {names})", list(columns.values())).fetchone()
    assert row is not None
    return row[0]


@cache
def _sql(expression: str) -> str:
    macros = "\n".join((PROJECT / "macros" / name).read_text(encoding="utf-8") for name in FILES)
    return Environment(extensions=["jinja2.ext.do"]).from_string(macros + "{{ " + expression + " }}").render().strip()
