"""Bind: tables into one workbook by the Government Analysis Function's rules, whatever its file format.

A cover, a list of contents, a sheet of notes, and one table a sheet: its title in A1, what a reader must know below it,
then the headings and the rows, with no empty row or column and no merged cell. Names of sheets are short and stay.
Source: Government Analysis Function, Releasing statistics in spreadsheets; Using symbols and shorthand in tables.
"""

from __future__ import annotations

import datetime
import functools
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flows.report import Edition
from flows.report.read import seed
from flows.report.show import day
from flows.report.tabulate import Number, Tabulated, Value, plain_text

LANGUAGE = "en-GB"
COVER, CONTENTS, NOTES = "Cover", "Contents", "Notes"
LONGEST_NAME = 31
"""Of a sheet, in Excel."""
RESERVED = {"history"}
"""A name that Excel keeps for itself."""
NOTHING = "There is nothing to show here yet."
WIDEST, NARROWEST = 60, 9
"""Of a column, in characters; longer texts are wrapped."""
WIDEST_HEADING = 16
LOOKED_AT = 200
"""Rows whose texts make a column as wide as it is."""


@dataclass(frozen=True)
class SheetLink:
    """A text that leads to another sheet of the workbook."""

    sheet: str


Shown = Value | SheetLink


@dataclass(frozen=True)
class Sheet:
    """One sheet with one table. `lines` stand between the title and the headings, one a row."""

    name: str
    title: str
    lines: Sequence[str]
    headings: Sequence[str]
    rows: Sequence[Sequence[Shown]]

    @property
    def first_row(self) -> int:
        """The row of the headings, from 0."""
        return 1 + len(self.lines)

    @functools.cached_property
    def widths(self) -> list[int]:
        """The width of each column in characters, by its first rows; a heading is wrapped."""
        return [self._width(place, heading) for place, heading in enumerate(self.headings)]

    def _width(self, place: int, heading: str) -> int:
        longest = max((_length(row[place]) for row in self.rows[:LOOKED_AT]), default=0)
        words = max(len(word) for word in heading.split())
        return max(NARROWEST, min(WIDEST, 2 + max(longest, words, min(len(heading), WIDEST_HEADING))))

    def wrapped_lines(self) -> list[int]:
        """How many lines each of the first rows takes, headings first: not every program finds out by itself."""
        return [
            max(lines_of(value, width) for value, width in zip(row, self.widths, strict=True))
            for row in [self.headings, *self.rows[:LOOKED_AT]]
        ]

    @functools.cached_property
    def number_columns(self) -> list[bool]:
        """Which columns hold numbers: those stand on the right, markers among them too."""
        looked_at = self.rows[:LOOKED_AT]
        return [
            any(not isinstance(row[place], str | SheetLink | datetime.date) for row in looked_at)
            for place in range(len(self.headings))
        ]


@dataclass(frozen=True)
class CoverPart:
    """A heading of the cover and the sentences below it."""

    heading: str
    sentences: Sequence[str]


@dataclass(frozen=True)
class Workbook:
    """A workbook as plain values: `cover` for its first sheet, then contents, notes and the tables."""

    title: str
    author: str
    published_at: datetime.datetime
    cover: Sequence[CoverPart]
    sheets: Sequence[Sheet]


def bind(edition: Edition, title: str, tables: Sequence[Tabulated], has_drafts: bool, about: Sequence[str]) -> Workbook:
    """The tables as a workbook. `about` are sentences for its cover."""
    names = sheet_names([table.name for table in tables])
    sheets = [_sheet(edition, name, table) for name, table in zip(names, tables, strict=True)]
    contents = Sheet(
        CONTENTS,
        "Contents",
        ["This sheet holds one table: the sheets of this workbook."],
        ["Sheet", "What it holds", "Rows"],
        [[SheetLink(one.name), one.title, len(table.rows)] for one, table in zip(sheets, tables, strict=True)],
    )
    notes = Sheet(
        NOTES,
        "Notes",
        ["This sheet holds one table: what markers, units and empty cells mean."],
        ["Marker or word", "What it means"],
        _notes(tables),
    )
    author = plain_text(edition.organisation.name)
    cover = _cover(edition, has_drafts, about)
    return Workbook(plain_text(title), author, edition.published_at, cover, [contents, notes, *sheets])


def sheet_names(names: Iterable[str]) -> list[str]:
    """Names that every spreadsheet takes, each once whatever its case, and as like the table's as may be."""
    seen = {COVER.lower(), CONTENTS.lower(), NOTES.lower(), *RESERVED}
    told = []
    for name in names:
        legal = re.sub("[^A-Za-z0-9_]", "_", name)
        short = legal if len(legal) <= LONGEST_NAME else legal[-LONGEST_NAME:]
        one = short = short.strip("_") or "table"
        count = 1
        while one.lower() in seen:
            count += 1
            one = f"{short[: LONGEST_NAME - len(str(count)) - 1]}_{count}"
        seen.add(one.lower())
        told.append(one)
    return told


def _sheet(edition: Edition, name: str, table: Tabulated) -> Sheet:
    empty = "An empty cell has nothing to tell." if table.has_empty_cells else ""
    lines = [
        f"This sheet holds one table. The sheet {NOTES} says what its markers mean.",
        *table.lines,
        empty,
        plain_text(_source(edition)),
    ]
    rows: Sequence[Sequence[Shown]] = table.rows or [[NOTHING, *[""] * (len(table.headings) - 1)]]
    return Sheet(name, table.title, [line for line in lines if line], table.headings, rows)


def _source(edition: Edition) -> str:
    return f"Source: {edition.organisation.name}, release {edition.release_id}, data as of {day(edition.as_of_date)}."


def _cover(edition: Edition, has_drafts: bool, about: Sequence[str]) -> list[CoverPart]:
    people = (
        "Restricted: exact counts of small groups. It is for the equality team alone; do not pass it on."
        if edition.is_restricted
        else "Small numbers are hidden, so that nobody can be found in these figures."
    )
    drafts = ["Draft: nobody has approved these figures yet. They may still change."] if has_drafts else []
    note = [edition.note] if edition.note else []
    return [
        CoverPart(
            "About this workbook",
            [
                f"{edition.organisation.name} ({edition.organisation.ods_code})",
                f"Release {edition.release_id}, published on {day(edition.published_at.date())}.",
                f"Data as of {day(edition.as_of_date)}.",
                *drafts,
                *note,
                *map(plain_text, about),
            ],
        ),
        CoverPart("Who may be shown it", [people]),
        CoverPart(
            "How to read it",
            [
                f"The sheet {CONTENTS} lists the tables, one a sheet. The sheet {NOTES} explains markers and units.",
                "A number stands in the unit that its heading names. It is kept as exactly as it is known, and "
                "shown with the decimals of the page.",
                "A marker in square brackets stands in place of a number that is not there.",
            ],
        ),
    ]


def _notes(tables: Sequence[Tabulated]) -> list[list[Shown]]:
    """Every marker, met here or not, so that the sheet is the same in all workbooks; then the units and words met."""
    markers: list[list[Shown]] = [
        [row["marker"], _capital(row["meaning"])] for row in seed("disclosure/disclosure_markers")
    ]
    headings = {heading for table in tables for heading in table.headings}
    words: list[list[Shown]] = [
        [row["note"], row["meaning"]]
        for row in seed("report/workbook_notes")
        if any(heading.endswith(row["heading_ends_with"]) for heading in headings)
    ]
    empty: list[list[Shown]] = (
        [["Empty cell", "There is nothing to tell there."]] if any(one.has_empty_cells for one in tables) else []
    )
    return markers + words + empty


def lines_of(value: Shown, width: int) -> int:
    """How many lines a text takes in so many characters; letters are a little narrower than figures."""
    return math.ceil(len(value) / (1.1 * width)) if isinstance(value, str) and value else 1


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _length(value: Shown) -> int:
    if isinstance(value, Number):
        return len(f"{value.value:,.{value.decimals}f}")
    return len(value.sheet if isinstance(value, SheetLink) else str(value))
