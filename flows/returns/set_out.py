"""Set out: a national return as a workbook, with its formulas, its checks, who is left out, and what is uncertain."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xlsxwriter.worksheet import Worksheet

from flows.report import Edition
from flows.report.read import seed
from flows.report.show import day
from flows.returns.bind import COUNTED, HEADER_ROW, Book, Fact, whose
from flows.returns.compose import SAME, Box, Filled, Line, Verdict
from flows.returns.gather import standing, uncertainties
from flows.returns.lay_out import TITLES, SeedRow
from flows.returns.look_up import reporting_year
from flows.returns.work_out import Cell, Place, as_formula

WORDS = {"ok": "OK", "look": "look", "empty": "no figure"}
"""A verdict as a reader sees it."""

HOW_TO_USE = (
    "White cells are figures of the release. Pale blue cells are calculated in the workbook, by its formulas. Yellow "
    "cells have no figure, and the notes of their row say why. Grey cells are not asked for. Nothing is locked."
)
SHEETS = (
    "Return: what is asked for. Checks: what has to fit. Left out: who is in no row or figure. Definitions: what each "
    "indicator counts. Layout: how sure each row is."
)


def set_out(path: Path, edition: Edition, filled: Filled) -> None:
    """Write the workbook of one return."""
    title = f"{TITLES[filled.layout.name]}: return for {reporting_year(filled.dates['current'])}"
    with Book(path, edition, title, standing(filled.statuses)) as book:
        cover = book.sheet("Cover", [26, 100])
        _Return(book, filled).write()
        _write_checks(book, filled)
        _write_left_out(book, filled)
        _write_definitions(book, filled)
        _write_layout(book, filled)
        book.facts(cover, _facts(book, filled))


class _Return:
    """The sheet of the return itself: one row an item, in the columns of the layout."""

    def __init__(self, book: Book, filled: Filled) -> None:
        self.book, self.filled, self.columns = book, filled, filled.layout.columns
        self.formats = {one["kind"]: one["number_format"] for one in seed("returns/return_kinds")}

    def write(self) -> None:
        """Write every row."""
        sheet = self.book.sheet("Return", [float(column["width"]) for column in self.columns])
        labels = [one["role"] for one in self.columns].index("label")
        self.book.head(sheet, [self._heading(column) for column in self.columns], labels + 1)
        for row, line in enumerate(self.filled.lines, HEADER_ROW + 1):
            for number, column in enumerate(self.columns):
                if column["role"] == "figure":
                    self._put_figure(sheet, (row, number), line, column)
                elif column["role"] == "item" and line.row["item"].isdecimal():
                    sheet.write_number(row, number, int(line.row["item"]), self.book.look("number"))
                else:
                    self.book.put(sheet, row, number, _told(line, column["role"]))

    def _heading(self, column: SeedRow) -> str:
        date = self.filled.dates.get(column["year"])
        return column["heading"].replace("{date}", day(date)) if date else column["heading"]

    def _put_figure(self, sheet: Worksheet, cell: Cell, line: Line, column: SeedRow) -> None:
        box = line.boxes[column["year"], column["group"]]
        look = self.book.look(_look(line, box), self._format(line, box))
        if line.row["formula"] and box.is_asked:
            formula = _formula(self.filled, line.row["formula"], column["year"], column["group"])
            sheet.write_formula(*cell, formula, look, "" if box.value is None else box.value)
        elif isinstance(box.value, str):
            self.book.put(sheet, *cell, box.value)
        elif box.value is not None:
            sheet.write_number(*cell, box.value, look)
        else:
            sheet.write_blank(*cell, None, look)

    def _format(self, line: Line, box: Box) -> str:
        """As the kind of the row is written; a count that is an average keeps its half."""
        is_part = line.row["kind"] == "headcount" and isinstance(box.value, float) and not box.value.is_integer()
        return self.formats["average" if is_part else line.row["kind"]]


def _told(line: Line, role: str) -> str:
    return " ".join(line.notes) if role == "notes" else line.row[role]


def _look(line: Line, box: Box) -> str:
    if not box.is_asked:
        return "not_asked"
    if box.value is None:
        return "missing"
    return "calculated" if line.row["formula"] else "asked"


def _formula(filled: Filled, pattern: str, year: str, group: str, sheet: str = "") -> str:
    """A formula of the seed, in the columns of a year of the sheet of the return."""
    items = list(filled.layout.frame.items)
    columns = [(column["year"], column["group"]) for column in filled.layout.columns]

    def cell_at(place: Place) -> Cell:
        return HEADER_ROW + 1 + items.index(place[0]), columns.index((year, place[1]))

    return as_formula(pattern, group, filled.layout.frame, cell_at, sheet)


def _write_checks(book: Book, filled: Filled) -> None:
    sheet = book.sheet("Checks", [64, 16, 24, 13, 11, 13, 11, 88])
    book.head(sheet, ["Check", "Year", "Column", "This", "has to be", "that", "Verdict", "Where it says look"])
    for row, verdict in enumerate(filled.verdicts, HEADER_ROW + 1):
        _write_check(book, sheet, row, filled, verdict)
    book.point_out(sheet, 6, len(filled.verdicts), WORDS["look"])


def _write_check(book: Book, sheet: Worksheet, row: int, filled: Filled, verdict: Verdict) -> None:
    relation = {"=": "equal to", "<=": "at most"}[verdict.check["relation"]]
    texts = {
        0: verdict.check["sentence"],
        1: day(filled.dates[verdict.year]),
        2: group_label(filled, verdict.group),
        4: relation,
        7: verdict.check["what_to_do"],
    }
    for column, text in texts.items():
        book.put(sheet, row, column, text)
    group = verdict.group or filled.layout.groups[0]
    number = book.look("calculated", COUNTED)
    for column, name, value in ((3, "left_formula", verdict.left), (5, "right_formula", verdict.right)):
        if verdict.check[name]:
            formula = _formula(filled, verdict.check[name], verdict.year, group, "Return!")
            sheet.write_formula(row, column, formula, number, "" if value is None else value)
        else:
            book.put(sheet, row, column, verdict.released)
    sheet.write_formula(row, 6, _word(verdict, row + 1), book.look("text"), WORDS[verdict.verdict])


def _word(verdict: Verdict, row: int) -> str:
    test = {"=": f"ABS(D{row}-F{row})<={SAME}", "<=": f"D{row}<=F{row}+{SAME}"}[verdict.check["relation"]]
    return f'=IF(OR(D{row}="",F{row}=""),"{WORDS["empty"]}",IF({test},"{WORDS["ok"]}","{WORDS["look"]}"))'


def group_label(filled: Filled, group: str) -> str:
    """A group as the columns of the return call it; a check of a whole year is of all."""
    headings = (column["heading"] for column in filled.layout.columns if group and column["group"] == group)
    return next(headings, "All").replace("{date}: ", "")


def _write_left_out(book: Book, filled: Filled) -> None:
    rows: list[Sequence[Any]] = [
        [
            line.row["indicator"],
            line.row["label"],
            group_label(filled, group),
            *(line.boxes[year, group].value for year in filled.layout.years),
        ]
        for line in filled.left_out
        for group in filled.layout.groups
    ]
    numbers = {one["indicator_id"]: f"{one['framework']} {one['number']}" for one in filled.definitions}
    rows += [
        [
            f"In no figure of {numbers.get(one['indicator_id'], one['indicator_id'])}",
            one["reason_label"],
            one["counted"].capitalize(),
            *(one[f"{year}_count"] for year in filled.layout.years),
        ]
        for one in filled.exclusions
    ]
    dates = [day(filled.dates[year]) for year in filled.layout.years]
    book.table("Left out", [30, 70, 28, 16, 16], ["Where", "Who, or why", "Counted", *dates], rows)


def _write_definitions(book: Book, filled: Filled) -> None:
    names = ["number", "title", "definition_version", "definition", "numerator", "denominator", "exclusions", "source"]
    headings = ["Number", "Title", "Version", "Definition", "Counted above", "Counted below", "Left out", "Source"]
    rows = [[str(one[name] or "") for name in names] for one in filled.definitions]
    book.table("Definitions", [10, 30, 10, 50, 34, 34, 34, 34], headings, rows)


def _write_layout(book: Book, filled: Filled) -> None:
    names = ["item", "indicator", "label", "confidence", "source"]
    headings = ["Data item no.", "Indicator", "Data item", "How sure", "Where it is known from"]
    book.table("Layout", [10, 36, 70, 12, 70], headings, [[row[name] for name in names] for row in filled.layout.asked])


def _facts(book: Book, filled: Filled) -> list[tuple[str, Fact]]:
    now, before = filled.dates["current"], filled.dates["previous"]
    asked, unsure = len(filled.layout.asked), len(filled.layout.uncertain)
    return [
        *whose(book.edition),
        (
            "Year",
            f"{reporting_year(now)}: the snapshot of {day(now)}, the twelve months before it, and the staff survey of "
            f"autumn {now.year - 1}",
        ),
        ("Year before", f"The same of {day(before)}"),
        ("State of the figures", book.state),
        *_facts_of_checks(filled),
        ("Empty cells", _empty_cells(filled)),
        (
            "Layout",
            f"The template of {filled.layout.template_year} as Parity knows it. {unsure} of its {asked} rows are "
            "remembered and not read from the template: the sheet Layout says how sure each is.",
        ),
        *(("Not certain", one["sentence"]) for one in uncertainties(filled.layout.name)),
        ("How to use it", HOW_TO_USE),
        ("Sheets", SHEETS),
    ]


def _facts_of_checks(filled: Filled) -> list[tuple[str, Fact]]:
    found = [one.verdict for one in filled.verdicts]
    cells = f"Checks!G{HEADER_ROW + 2}:G{HEADER_ROW + 1 + len(found)}"
    headings = {"ok": "Checks that fit", "look": "Checks to look at", "empty": "Checks without a figure"}
    return [(heading, (f'=COUNTIF({cells},"{WORDS[key]}")', found.count(key))) for key, heading in headings.items()]


def _empty_cells(filled: Filled) -> str:
    boxes = [box for line in filled.lines for box in line.boxes.values() if box.is_asked]
    count = sum(box.value is None for box in boxes)
    return f"{count} of {len(boxes)}: the notes of their rows say why." if count else f"None of {len(boxes)}."
