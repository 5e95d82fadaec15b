"""Bind: a workbook of ours, with the looks, the frozen headings and the print set-up that every return has."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from flows.neutralise import WORKBOOK_OPTIONS, inert
from flows.report import Edition
from flows.report.show import day

HEADER_ROW = 2
"""Above it stand the title and the state of the figures."""
COUNTED = "#,##0.####"
LINE_POINTS = 13.5
LETTERS_PER_WIDTH = 1.1
"""A column's width is told in digits, and letters of a text are narrower."""
A4 = 9

BLUE, PALE, AMBER, GREY, RED, RULE = "#005EB8", "#E8F1F9", "#FFF4D6", "#D8DDE0", "#FBE3E4", "#AEB7BD"
FONT = {"font_name": "Arial", "font_size": 10, "valign": "top"}
BOX = {"border": 1, "border_color": RULE}
LOOKS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 14, "font_color": BLUE},
    "state": {"italic": True},
    "header": {
        "bold": True,
        "align": "left",
        "indent": 1,
        "bg_color": BLUE,
        "font_color": "#FFFFFF",
        "text_wrap": True,
        "border": 1,
    },
    "text": {"text_wrap": True, "align": "left", "indent": 1, **BOX},
    "number": {"align": "center", **BOX},
    "plain": {"text_wrap": True, "align": "left"},
    "strong": {"bold": True, "text_wrap": True},
    "asked": BOX,
    "calculated": {"bg_color": PALE, **BOX},
    "missing": {"bg_color": AMBER, **BOX},
    "not_asked": {"bg_color": GREY, **BOX},
    "to_look_at": {"bg_color": RED, "bold": True},
}

Fact = str | tuple[str, float]
"""A text, or a formula with what it comes to."""


class Book:
    """A workbook that is written once, sheet by sheet. Texts stand in it as texts, whatever they begin with."""

    def __init__(self, path: Path, edition: Edition, title: str, state: str) -> None:
        self.edition, self.title, self.state = edition, title, state
        self.book = xlsxwriter.Workbook(str(path), WORKBOOK_OPTIONS)
        self.book.set_properties(
            {
                "title": title,
                "company": inert(edition.organisation.name),
                "comments": f"Release {edition.release_id}",
                "created": edition.published_at.replace(tzinfo=None),
            }
        )
        self.looks: dict[tuple[str, str], Format] = {}
        self.widths: dict[str, Sequence[float]] = {}
        self.lines: dict[tuple[str, int], int] = {}

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *_: object) -> None:
        for (name, row), lines in self.lines.items():
            self.book.get_worksheet_by_name(name).set_row(row, lines * LINE_POINTS)
        self.book.close()

    def look(self, name: str, number_format: str = "") -> Format:
        """A look of the list, with a number format."""
        key = (name, number_format)
        if key not in self.looks:
            given = {"num_format": number_format} if number_format else {}
            self.looks[key] = self.book.add_format({**FONT, **LOOKS[name], **given})
        return self.looks[key]

    def sheet(self, name: str, widths: Sequence[float]) -> Worksheet:
        """A sheet with its title, ready to be worked on and to be printed."""
        sheet = self.book.add_worksheet(name)
        self.widths[name] = widths
        for number, width in enumerate(widths):
            sheet.set_column(number, number, width)
        heading = self.title if name == "Cover" else f"{self.title}: {name.lower()}"
        sheet.write_string(0, 0, heading, self.look("title"))
        sheet.set_row(0, 2 * LINE_POINTS)
        sheet.write_string(1, 0, self.state, self.look("state"))
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        trust = self.edition.organisation.name.replace("&", "&&")
        sheet.set_footer(f"&L{trust}: restricted, exact counts&C&A&R&P of &N")
        return sheet

    def head(self, sheet: Worksheet, headings: Sequence[str], frozen_columns: int = 1) -> None:
        """The header row, which stays in sight and stands on every printed page."""
        for column, heading in enumerate(headings):
            self._write(sheet, HEADER_ROW, column, heading, "header")
        sheet.freeze_panes(HEADER_ROW + 1, frozen_columns)
        sheet.repeat_rows(HEADER_ROW)

    def table(self, name: str, widths: Sequence[float], headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """A sheet that is one table of texts and counts."""
        sheet = self.sheet(name, widths)
        self.head(sheet, headings)
        for row, values in enumerate(rows, HEADER_ROW + 1):
            for column, value in enumerate(values):
                self.put(sheet, row, column, value)

    def put(self, sheet: Worksheet, row: int, column: int, value: str | float | Decimal | None) -> None:
        """A text, a count, or an empty cell with a border."""
        if value is None or value == "":
            sheet.write_blank(row, column, None, self.look("text"))
        elif isinstance(value, str):
            self._write(sheet, row, column, value, "text")
        else:
            sheet.write_number(row, column, float(value), self.look("asked", COUNTED))

    def facts(self, sheet: Worksheet, facts: Sequence[tuple[str, Fact]]) -> None:
        """What a cover says, a line for each fact."""
        for row, (name, value) in enumerate(facts, HEADER_ROW + 1):
            self._write(sheet, row, 0, name, "strong")
            if isinstance(value, str):
                self._write(sheet, row, 1, value, "plain")
            else:
                sheet.write_formula(row, 1, value[0], self.look("plain", "0"), value[1])
        sheet.activate()

    def point_out(self, sheet: Worksheet, column: int, rows: int, word: str) -> None:
        """Make a word in a column stand out, and let a reader filter by it."""
        last = HEADER_ROW + max(rows, 1)
        rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": self.look("to_look_at")}
        sheet.conditional_format(HEADER_ROW + 1, column, last, column, rule)
        sheet.autofilter(HEADER_ROW, 0, last, len(self.widths[sheet.name]) - 1)

    def _write(self, sheet: Worksheet, row: int, column: int, text: str, look: str) -> None:
        sheet.write_string(row, column, inert(text), self.look(look))
        self._make_room(sheet.name, row, column, text)

    def _make_room(self, name: str, row: int, column: int, text: str) -> None:
        """Spreadsheets do not all make a row as high as its text needs."""
        width = self.widths[name][column] * LETTERS_PER_WIDTH
        lines = sum(max(1, math.ceil(len(line) / width)) for line in text.splitlines())
        self.lines[name, row] = max(self.lines.get((name, row), 1), lines)


def whose(edition: Edition) -> list[tuple[str, Fact]]:
    """What every cover begins with."""
    published = edition.published_at
    made = f"made on {day(published.date())} at {published:%H:%M} UTC from data as of {day(edition.as_of_date)}"
    return [
        ("Trust", f"{edition.organisation.name} ({edition.organisation.ods_code})"),
        ("Release", f"{edition.release_id}, {made}"),
        ("Who may see it", "The EDI team, and whom it is for: exact counts of small groups stand in it."),
    ]
