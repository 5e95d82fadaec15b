"""Show rows on standard output: as a table for people, as CSV or JSON for programs."""

from __future__ import annotations

import csv
import datetime
import decimal
import json
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import click

from flows.neutralise import inert_row, visible

if TYPE_CHECKING:
    from rich.console import Console

Row = Sequence[Any]


NARROWEST = 14
"""No column of a terminal's table gets narrower, in characters, unless it has no more to show."""
LONGEST_WORD = 32
"""A word up to so many characters, such as a release's id, is not broken: it could not be copied."""
LONGEST = 200
"""Of a longer value a terminal's table shows the beginning, in characters: it would fill the screen alone."""
NUMBER = re.compile(r"[£−-]?[\d,.]*( %)?")
"""A text that is a number, or nothing."""
GAP = 3
"""What stands between two columns, in characters."""


def show(columns: Sequence[str], rows: Sequence[Row], shape: str, whole: str = "--json") -> None:
    """Write rows as `table`, `csv` or `json`: a list of objects, dates as ISO 8601, decimals as numbers.

    In a CSV file no text is a formula for a spreadsheet; in a table none moves the terminal's cursor.
    On a terminal a table is no wider than the terminal: values are wrapped, long ones cut, and columns that have no
    room left out. What was cut is said, with `whole`, the option that shows everything. Nothing is cut in a pipe.
    """
    if shape == "table":
        _table(columns, rows, whole)
    else:
        {"csv": _csv, "json": _json}[shape](columns, rows)


def _table(columns: Sequence[str], rows: Sequence[Row], whole: str) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    columns = [visible(name) for name in columns]
    said = [[visible(_said(value)) for value in row] for row in rows]
    numeric = [bool(rows) and all(_is_number(row[index]) for row in rows) for index in range(len(columns))]
    widths = [max([len(name), *(len(row[index]) for row in said)]) for index, name in enumerate(columns)]
    least = [_least([name, *(row[index] for row in said)]) for index, name in enumerate(columns)]
    count, long = len(columns), 0
    if sys.stdout.isatty():
        count = _fitting(least, console.width)
        long = sum(len(text) > LONGEST for row in said for text in row[:count])
        said = [[_cut(text) for text in row] for row in said]
    else:
        console = Console(highlight=False, width=max(sum(widths) + GAP * len(widths) + 2, 80))
    _draw(console, columns[:count], [row[:count] for row in said], numeric, least)
    click.echo(f"{len(rows):,} row{'' if len(rows) == 1 else 's'}")
    if said_cut := _what_was_cut(columns[count:], long):
        console.print(f"{said_cut} Everything is shown by {whole}.", markup=False)


def draw(columns: Sequence[str], rows: Sequence[Sequence[str]], indent: int = 0) -> None:
    """Draw texts as a table behind a margin: wrapped to a terminal's width, whole in a pipe. Numbers stand right."""
    from rich import box
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    columns, rows = [visible(name) for name in columns], [[visible(text) for text in row] for row in rows]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    widths = [max(map(len, texts)) for texts in zip(columns, *rows, strict=True)]
    for index, name in enumerate(columns):
        numbers = all(NUMBER.fullmatch(row[index]) for row in rows)
        table.add_column(Text(name), justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(text) for text in row))
    whole = None if sys.stdout.isatty() else sum(widths) + GAP * len(widths) + indent + 2
    Console(highlight=False, width=whole).print(Padding(table, (0, 0, 0, indent), expand=False))


def _draw(
    console: Console, columns: Sequence[str], said: Sequence[Sequence[str]], numeric: list[bool], least: list[int]
) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for name, numbers, width in zip(columns, numeric, least, strict=False):
        justify: Literal["left", "right"] = "right" if numbers else "left"
        table.add_column(Text(name), justify=justify, overflow="fold", min_width=width)
    for row in said:
        table.add_row(*(Text(text) for text in row))
    console.print(table)


def _least(texts: Sequence[str]) -> int:
    """The least width of a column: room for its longest word, within bounds."""
    word = max((len(word) for text in texts for word in text.split()), default=0)
    return min(max(map(len, texts)), max(NARROWEST, min(word, LONGEST_WORD)))


def _fitting(least: Sequence[int], room: int) -> int:
    """How many columns, from the left, can stand side by side; one stands always."""
    count, taken = 0, 0
    for width in least:
        taken += width + (GAP if count else 0)
        if count and taken > room:
            break
        count += 1
    return count


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def _what_was_cut(columns: Sequence[str], long: int) -> str:
    parts = []
    if columns:
        named = ", ".join(columns[:6]) + (" …" if len(columns) > 6 else "")
        parts.append(f"{len(columns)} column{'' if len(columns) == 1 else 's'} left out ({named})")
    if long:
        parts.append(f"{long:,} long value{'' if long == 1 else 's'} cut")
    return f"To fit the terminal: {', '.join(parts)}." if parts else ""


def _csv(columns: Sequence[str], rows: Sequence[Row]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(inert_row(columns))
    writer.writerows(inert_row("" if value is None else _plain(value) for value in row) for row in rows)


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
