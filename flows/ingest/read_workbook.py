"""Read an XLSX workbook: the one sheet that holds the headings, each cell as text."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

from flows.ingest.batch import Poured, Row
from flows.ingest.define import Dataset
from flows.ingest.recognise import HEADER_WITHIN_ROWS, Header, find_header
from flows.ingest.refuse import FileRefused


def open_table(path: Path, dataset: Dataset) -> tuple[Poured, Iterator[Row]]:
    """The one sheet that holds the dataset's headings. Raises FileRefused where none does, or several do."""
    workbook = open_workbook(path)
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
            f"{len(found)} sheets hold the headings of {dataset.title}: {', '.join(name for name, _, _ in found)}. "
            "Leave one in the workbook."
        )
    _, header, rows = found[0]
    poured = Poured(header.headings, header.places, header.ignored())
    return poured, (row for row in rows if row.line > header.line)


def _more_telling(first: FileRefused | None, second: FileRefused) -> FileRefused:
    return second if first is None or "missing" in str(second) else first


def open_workbook(path: Path) -> Any:
    """The workbook, with its sheets' names. Raises FileRefused where it is protected or damaged."""
    from python_calamine import CalamineWorkbook

    try:
        return CalamineWorkbook.from_path(str(path))
    except Exception as error:
        kind = "it is protected by a password" if "assword" in type(error).__name__ else "it is damaged or no workbook"
        raise FileRefused(f"The workbook cannot be opened: {kind}. Save it as .xlsx without a password.") from None


def sheet_rows(workbook: Any, name: str) -> Iterator[Row]:
    """Every row of a sheet from its first, blank ones too, under its number there."""
    try:
        sheet = workbook.get_sheet_by_name(name)
    except Exception:
        raise FileRefused(f"Sheet {name} cannot be read. Save the workbook again as .xlsx.") from None
    if sheet.start is None:
        return
    for line, cells in enumerate(sheet.iter_rows(), start=1):
        yield Row(line, [cell if type(cell) is str else _as_text(cell) for cell in cells])


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
