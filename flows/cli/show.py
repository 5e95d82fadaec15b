"""Show rows on standard output: as a table for people, as CSV or JSON for programs."""

from __future__ import annotations

import csv
import datetime
import decimal
import json
import sys
from collections.abc import Sequence
from typing import Any

import click

Row = Sequence[Any]


def show(columns: Sequence[str], rows: Sequence[Row], shape: str) -> None:
    """Write rows as `table`, `csv` or `json`: a list of objects, dates as ISO 8601, decimals as numbers."""
    {"table": _table, "csv": _csv, "json": _json}[shape](columns, rows)


def _table(columns: Sequence[str], rows: Sequence[Row]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for index, name in enumerate(columns):
        numbers = rows and all(_is_number(row[index]) for row in rows)
        table.add_column(Text(name), justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_said(value)) for value in row))
    console = Console(highlight=False)
    if not console.is_terminal:
        # A pipe has no width: nothing is folded there.
        console = Console(highlight=False, width=max(_width(columns, rows), 80))
    console.print(table)
    click.echo(f"{len(rows):,} row{'' if len(rows) == 1 else 's'}")


def _width(columns: Sequence[str], rows: Sequence[Row]) -> int:
    widths = [max([len(name), *(len(_said(row[index])) for row in rows)]) for index, name in enumerate(columns)]
    return sum(widths) + 3 * len(columns) + 2


def _csv(columns: Sequence[str], rows: Sequence[Row]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(["" if value is None else _plain(value) for value in row] for row in rows)


def _json(columns: Sequence[str], rows: Sequence[Row]) -> None:
    objects = [dict(zip(columns, map(_plain, row), strict=True)) for row in rows]
    click.echo(json.dumps(objects, ensure_ascii=False, indent=2, default=str))


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float | decimal.Decimal) and not isinstance(value, bool))


def _said(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, decimal.Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime.date | datetime.datetime):
        return value.isoformat()
    return value
