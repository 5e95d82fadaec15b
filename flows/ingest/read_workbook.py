"""Read an XLSX workbook: the one sheet that holds the headings, each cell as text."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from flows.ingest.batch import Poured, Row
from flows.ingest.define import Dataset, Landing, read_landing
from flows.ingest.measure_workbook import NEVER_COMPUTED, Unreadable, refuse_if_vast
from flows.ingest.recognise import HEADER_WITHIN_ROWS, Header, find_header, refuse_if_wide
from flows.ingest.refuse import FileRefused

IN_ERROR = (
    f"an Excel error such as #N/A, or a formula that was never computed ({NEVER_COMPUTED}): a text that nobody knows"
)


@dataclass
class Workbook:
    """An open workbook, its limits, and its cells that cannot be read, by sheet."""

    book: Any
    landing: Landing
    unreadable: Unreadable
    cells_read: dict[str, int] = field(default_factory=dict)

    @property
    def sheet_names(self) -> list[str]:
        """As they stand in the workbook."""
        return list(self.book.sheet_names)

    def in_error(self, name: str, columns: Iterable[int]) -> int:
        """How many cells of these columns of a sheet, by place from 0, hold what cannot be read."""
        wanted = {column + 1 for column in columns}
        return sum(column in wanted for _, column in self.unreadable.get(name, {}))


def open_workbook(path: Path, landing: Landing | None = None) -> Workbook:
    """The workbook, measured first. Raises FileRefused where it is too large, protected or damaged."""
    from python_calamine import CalamineWorkbook

    landing = landing or read_landing()
    unreadable = refuse_if_vast(path, landing)
    try:
        return Workbook(CalamineWorkbook.from_path(str(path)), landing, unreadable)
    except BaseException as error:
        _raise_unless_the_readers(error)
        kind = "it is protected by a password" if "assword" in type(error).__name__ else "it is damaged or no workbook"
        raise FileRefused(f"The workbook cannot be opened: {kind}. Save it as .xlsx without a password.") from None


def sheet_rows(workbook: Workbook, name: str) -> Iterator[Row]:
    """Every row of a sheet from its first, blank ones too, under its number there.

    A cell with an error, or with a formula that was never computed, holds its sign, such as #N/A: the reader would
    give a blank. Raises FileRefused.
    """
    sheet = _sheet(workbook, name)
    if sheet.start is None:
        return
    unreadable: dict[int, dict[int, str]] = {}
    for (line, column), text in workbook.unreadable.get(name, {}).items():
        unreadable.setdefault(line, {})[column] = text
    longest = workbook.landing.limits["workbook_longest_text_characters"]
    for line, read in enumerate(sheet.iter_rows(), start=1):
        cells = [cell if type(cell) is str else _as_text(cell) for cell in read]
        if max(map(len, cells), default=0) > longest:
            raise FileRefused(
                f"In row {line:,} a cell holds more than {longest:,} characters, which Excel itself does not take. "
                "Shorten it and drop the file again."
            )
        for column, text in unreadable.get(line, {}).items():
            if column <= len(cells):
                cells[column - 1] = text
        yield Row(line, cells)


def _sheet(workbook: Workbook, name: str) -> Any:
    try:
        sheet = workbook.book.get_sheet_by_name(name)
    except BaseException as error:
        _raise_unless_the_readers(error)
        number = workbook.sheet_names.index(name) + 1
        raise FileRefused(f"Sheet {number} cannot be read. Save the workbook again as .xlsx.") from None
    workbook.cells_read[name] = sheet.total_height * sheet.total_width
    if sum(workbook.cells_read.values()) > workbook.landing.limits["workbook_most_cells"]:
        raise FileRefused("Several of its sheets are one and the same. Save the workbook again as .xlsx.")
    return sheet


def _raise_unless_the_readers(error: BaseException) -> None:
    """Where the reader's own code gives up it raises no Exception; what asks this program to stop is not its."""
    if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
        raise error


def open_table(workbook: Workbook, dataset: Dataset) -> tuple[Poured, Iterator[Row]]:
    """The one sheet that holds the dataset's headings. Raises FileRefused where none does, or several do."""
    found: list[tuple[str, Header, Iterator[Row]]] = []
    refusal: FileRefused | None = None
    for sheet in workbook.sheet_names:
        rows = sheet_rows(workbook, sheet)
        head = list(islice(rows, HEADER_WITHIN_ROWS))
        try:
            header = find_header([(row.line, row.cells) for row in head], dataset)
            found.append((sheet, header, chain(head, rows)))
        except FileRefused as error:
            refusal = _more_telling(refusal, error)
    if not found:
        raise refusal or FileRefused("The workbook has no sheet.")
    if len(found) > 1:
        raise FileRefused(
            f"{len(found)} sheets hold the headings of {dataset.title}: "
            f"sheets {' and '.join(str(workbook.sheet_names.index(name) + 1) for name, _, _ in found)}. "
            "Leave one in the workbook."
        )
    name, header, rows = found[0]
    refuse_if_wide(len(header.headings), workbook.landing, header.line)
    poured = Poured(header.headings, header.places, header.ignored())
    if count := workbook.in_error(name, header.places.values()):
        poured.notes.append(f"{count:,} cell{'s hold' if count > 1 else ' holds'} {IN_ERROR}.")
    return poured, (row for row in rows if row.line > header.line)


def _more_telling(first: FileRefused | None, second: FileRefused) -> FileRefused:
    return second if first is None or "missing" in str(second) else first


def _as_text(cell: Any) -> str:
    """A workbook's cell as text: whole floats without `.0`, dates as 2025-03-31."""
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        written = repr(cell)
        return written if "e" not in written else f"{cell:.12f}".rstrip("0")
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    return "" if cell is None else str(cell)
