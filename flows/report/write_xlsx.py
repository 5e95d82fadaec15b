"""Write a workbook as XLSX, by xlsxwriter: the same bytes for the same workbook."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from flows.neutralise import WORKBOOK_OPTIONS
from flows.report.bind import COVER, LANGUAGE, Sheet, SheetLink, Shown, Workbook, lines_of
from flows.report.tabulate import Number

FONT = {"font_name": "Arial", "font_size": 12}
RIGHT = {"valign": "top", "align": "right", "indent": 1}
COVER_WIDTH = 85
LINE_HEIGHT, HEADING_HEIGHT, TITLE_HEIGHT = 15.75, 19.5, 21.75
"""In points, of the font's sizes."""
MOST_LINES = 25
"""What a row of Excel can be high."""
DATE_FORMAT = "yyyy-mm-dd"


class _Formats:
    """The formats of one workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self.title = book.add_format(FONT | {"bold": True, "font_size": 16})
        self.cover_title = book.add_format(FONT | {"bold": True, "font_size": 16, "text_wrap": True})
        self.heading = book.add_format(FONT | {"bold": True, "font_size": 14, "text_wrap": True})
        self.line = book.add_format(FONT)
        self.text = book.add_format(FONT | {"text_wrap": True, "valign": "top"})
        self.column = book.add_format(FONT | {"text_wrap": True, "valign": "top", "bold": True, "bottom": 1})
        self.number_column = book.add_format(
            FONT | {"text_wrap": True, "valign": "top", "bold": True, "bottom": 1, "align": "right", "indent": 1}
        )
        self.marker = book.add_format(FONT | RIGHT)
        self.link = book.add_format(FONT | {"valign": "top", "underline": 1, "font_color": "#005EB8"})
        self.date = book.add_format(FONT | {"valign": "top", "num_format": DATE_FORMAT})
        self.plain_number = book.add_format(FONT | RIGHT)
        self._book = book
        self._numbers: dict[int, Any] = {}

    def number(self, decimals: int) -> Any:
        """The format of a number with so many decimals and thousands set apart."""
        if decimals not in self._numbers:
            shown = "#,##0" + (f".{'0' * decimals}" if decimals else "")
            self._numbers[decimals] = self._book.add_format(FONT | RIGHT | {"num_format": shown})
        return self._numbers[decimals]


def write_xlsx(workbook: Workbook, path: Path) -> None:
    """Write the workbook. `path` must not exist."""
    options = WORKBOOK_OPTIONS | {"in_memory": True}
    with xlsxwriter.Workbook(str(path), options) as book:
        created = workbook.published_at.astimezone(datetime.UTC).replace(tzinfo=None, microsecond=0)
        book.set_properties(
            {"title": workbook.title, "author": workbook.author, "company": workbook.author, "created": created}
        )
        book.set_custom_property("Language", LANGUAGE)
        formats = _Formats(book)
        _write_cover(book.add_worksheet(COVER), workbook, formats)
        for sheet in workbook.sheets:
            _write_sheet(book.add_worksheet(sheet.name), sheet, formats)


def _write_cover(worksheet: Any, workbook: Workbook, formats: _Formats) -> None:
    worksheet.hide_gridlines(2)
    worksheet.set_column(0, 0, COVER_WIDTH)
    worksheet.set_row(0, TITLE_HEIGHT * lines_of(workbook.title, COVER_WIDTH * 3 // 4))
    worksheet.write_string(0, 0, workbook.title, formats.cover_title)
    row = 1
    for part in workbook.cover:
        worksheet.set_row(row, HEADING_HEIGHT)
        worksheet.write_string(row, 0, part.heading, formats.heading)
        for sentence in part.sentences:
            row += 1
            worksheet.set_row(row, LINE_HEIGHT * lines_of(sentence, COVER_WIDTH))
            worksheet.write_string(row, 0, sentence, formats.text)
        row += 1
    _print_on_a4(worksheet)


def _write_sheet(worksheet: Any, sheet: Sheet, formats: _Formats) -> None:
    worksheet.hide_gridlines(2)
    worksheet.set_row(0, TITLE_HEIGHT)
    worksheet.write_string(0, 0, sheet.title, formats.title)
    for row, line in enumerate(sheet.lines, 1):
        worksheet.write_string(row, 0, line, formats.line)
    for column, width in enumerate(sheet.widths):
        worksheet.set_column(column, column, width)
    number_columns = sheet.number_columns
    _mark_as_table(worksheet, sheet, number_columns, formats)
    for row, lines in enumerate(sheet.wrapped_lines(), sheet.first_row):
        if lines > 1:
            worksheet.set_row(row, LINE_HEIGHT * min(lines, MOST_LINES))
    for row, cells in enumerate(sheet.rows, sheet.first_row + 1):
        for column, value in enumerate(cells):
            _write_cell(worksheet, (row, column), value, formats, number_columns[column])
    worksheet.repeat_rows(sheet.first_row)
    _print_on_a4(worksheet)


def _mark_as_table(worksheet: Any, sheet: Sheet, number_columns: list[bool], formats: _Formats) -> None:
    """Mark headings and rows as a table, which screen readers announce. It gets no filters and no stripes."""
    columns = [
        {"header": heading, "header_format": formats.number_column if is_number else formats.column}
        for heading, is_number in zip(sheet.headings, number_columns, strict=True)
    ]
    worksheet.add_table(
        sheet.first_row,
        0,
        sheet.first_row + len(sheet.rows),
        len(sheet.headings) - 1,
        {
            "name": f"table_{sheet.name}",
            "columns": columns,
            "style": None,
            "autofilter": False,
            "title": sheet.title[:255],
        },
    )


def _write_cell(worksheet: Any, place: tuple[int, int], value: Shown, formats: _Formats, in_numbers: bool) -> None:
    if isinstance(value, str):
        if value:
            worksheet.write_string(*place, value, formats.marker if in_numbers else formats.text)
    elif isinstance(value, Number):
        worksheet.write_number(*place, float(value), formats.number(value.decimals))
    elif isinstance(value, SheetLink):
        worksheet.write_url(*place, f"internal:'{value.sheet}'!A1", formats.link, value.sheet)
    elif isinstance(value, datetime.date):
        worksheet.write_datetime(*place, value, formats.date)
    else:
        worksheet.write_number(*place, value, formats.plain_number)


def _print_on_a4(worksheet: Any) -> None:
    worksheet.set_paper(9)
    worksheet.set_landscape()
    worksheet.fit_to_pages(1, 0)
