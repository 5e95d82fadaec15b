"""Tabulate: a table of a page as plain cells, the same ones for a CSV file and for both kinds of workbook.

Numbers are numbers, in the unit that their heading tells: `24.6%` is 24.602… under a heading that ends in `(%)`, not
rounded; a workbook shows as many decimals as the page does. A marker stands in place of a number that is not there.
"""

from __future__ import annotations

import datetime
import functools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from flows.neutralise import inert
from flows.report.compose import Cell, Column, Figure, Table

SHOWN = re.compile(
    r"(?P<sign>[+\-\N{MINUS SIGN}]?)(?P<prefix>£?)"
    r"(?P<digits>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.(?P<decimals>[0-9]+))?(?P<suffix>%| [A-Za-z][A-Za-z ]*)?"
)
"""A number as pages write it: `+7.7 points`, `£18.42`, `8,146`."""
KEPT_DECIMALS = Decimal("1e-10")
"""What is finer is dust of binary fractions, and would make one file's digits differ from another's."""
LONGEST = 32_000
"""A cell of a workbook takes 32,767 characters."""
NO_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What XML cannot hold, and no reader can see."""
SCALES = (Decimal(1), Decimal(100))
"""A figure's number stands for itself, or is a fraction that is shown as a percentage or in points."""
NO_UNIT = "plain number"
"""A count, a ratio or a score beside numbers that have a unit."""
UNIT_WORDS = {"points": "percentage points"}


@dataclass(frozen=True)
class Number:
    """A number in the unit of its column, and how many decimals a reader is shown."""

    value: Decimal
    decimals: int = 0

    def __str__(self) -> str:
        return f"{self.value.normalize():f}" if self.value else "0"

    def __float__(self) -> float:
        return float(self.value)


Value = str | Number | int | float | datetime.date
"""A cell: an empty text is an empty cell. Plain numbers and dates stand in the tables of a release alone."""


@dataclass(frozen=True)
class Tabulated:
    """A table as plain cells: what stands above it, its headings, each once, and its rows, as long as those."""

    name: str
    title: str
    lines: Sequence[str]
    headings: Sequence[str]
    rows: Sequence[Sequence[Value]]

    @property
    def has_empty_cells(self) -> bool:
        """Whether some cell has nothing in it, which readers are told above the table."""
        return any(value == "" for row in self.rows for value in row)


def tabulate(table: Table) -> Tabulated:
    """The table as plain cells. A column of several units has them in a column of its own beside it."""
    headings: list[str] = []
    columns: list[list[Value]] = []
    for column, cells in zip(table.columns, _turned(table), strict=True):
        values, units = _values(column, cells)
        known = list(dict.fromkeys(unit for unit in units if unit is not None))
        heading = plain_text(column.heading)
        headings.append(_with_unit(heading, known[0]) if len(known) == 1 else heading)
        columns.append(values)
        if len(known) > 1:
            headings.append(f"{heading}: unit")
            columns.append(["" if unit is None else unit or NO_UNIT for unit in units])
    remarks: list[Value] = [_remark(row) for row in table.rows]
    if any(remarks):
        headings.append("Remark")
        columns.append(remarks)
    lines = [plain_text(note) for note in table.notes]
    return Tabulated(table.name, plain_text(table.caption), lines, distinct(headings), list(zip(*columns, strict=True)))


@functools.lru_cache(maxsize=50_000)
def plain_text(text: str) -> str:
    """A text in one line, as a page shows it, that no spreadsheet takes for a formula."""
    told = NO_TEXT.sub("", " ".join(text.split()))
    return str(inert(told if len(told) <= LONGEST else f"{told[:LONGEST]}…"))


def distinct(headings: Sequence[str]) -> list[str]:
    """The headings, each filled in and each once whatever its case: a table of Excel takes no others."""
    seen: set[str] = set()
    told = []
    for place, heading in enumerate(headings, 1):
        first = one = heading or f"Column {place}"
        count = 1
        while one.lower() in seen:
            count += 1
            one = f"{first} ({count})"
        seen.add(one.lower())
        told.append(one)
    return told


def _turned(table: Table) -> list[list[Cell]]:
    """The cells by column; a short row is filled up, since every cell of a table must be there."""
    width = len(table.columns)
    rows = [[*row, *[""] * (width - len(row))] for row in table.rows]
    return [[row[place] for row in rows] for place in range(width)]


def _values(column: Column, cells: Sequence[Cell]) -> tuple[list[Value], list[str | None]]:
    read = [_value(column, cell) for cell in cells]
    return [value for value, _ in read], [unit for _, unit in read]


def _value(column: Column, cell: Cell) -> tuple[Value, str | None]:
    """A cell, and the unit of a number: an empty one for a number that has none, None for what is no number."""
    if isinstance(cell, Figure):
        return _number(cell.text, cell.number) or (plain_text(cell.text), None)
    text = cell if isinstance(cell, str) else cell.text
    found = _number(text, None) if column.is_number else None
    return found or (plain_text(text), None)


def _number(text: str, number: float | None) -> tuple[Value, str | None] | None:
    """The number that a text shows, as exactly as it is known; None where the text is more than a number."""
    shown = SHOWN.fullmatch(text.strip())
    if shown is None:
        return None
    decimals = len(shown["decimals"] or "")
    seen = Decimal(shown["digits"].replace(",", "") + f".{shown['decimals'] or 0}")
    seen = -seen if shown["sign"] in ("-", "\N{MINUS SIGN}") else seen
    suffix = (shown["suffix"] or "").strip()
    unit = " ".join(filter(None, [shown["prefix"], UNIT_WORDS.get(suffix, suffix)]))
    return Number(_exact(seen, number, decimals), decimals), unit


def _exact(seen: Decimal, number: float | None, decimals: int) -> Decimal:
    """The number behind what is seen, in the unit in which it is seen; what is seen where the two do not agree."""
    if number is not None and math.isfinite(number):
        for scale in SCALES:
            exact = (Decimal(str(number)) * scale).quantize(KEPT_DECIMALS, ROUND_HALF_UP)
            if exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) == seen:
                return exact
    return seen


def _with_unit(heading: str, unit: str) -> str:
    told = unit.lower() if len(unit) > 1 else f"({unit})"
    return heading if not unit or told in heading.lower() else f"{heading} ({unit})"


def _remark(row: Sequence[Cell]) -> str:
    """Why figures of the row are not there. What is hidden needs no reason but the marker's own."""
    notes = [cell.note for cell in row if isinstance(cell, Figure) and cell.note and cell.text != "[c]"]
    return plain_text(". ".join(note.strip().rstrip(".") for note in dict.fromkeys(notes)))
