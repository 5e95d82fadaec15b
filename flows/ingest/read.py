"""Read a landing file row by row as text: its data rows, and the count of blank and totals rows that are none.

Every row that the file holds comes out as one of these. Nothing is interpreted here; `type_rows` does that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from flows.ingest.batch import Poured, Row
from flows.ingest.define import Dataset, Landing, plain
from flows.ingest.read_csv import open_csv
from flows.ingest.read_workbook import open_table, open_workbook
from flows.ingest.unpivot_survey import open_survey

NUMBER = re.compile(r"[-+]?[0-9][0-9,]*(\.[0-9]+)?%?")


def open_rows(path: Path, dataset: Dataset, landing: Landing) -> tuple[Poured, Iterator[Row]]:
    """Open a file: its headings now, its data rows as they are taken. The counts grow meanwhile. Raises FileRefused."""
    if path.suffix.lower() == ".csv":
        poured, rows = open_csv(path, dataset, landing)
    else:
        workbook = open_workbook(path, landing)
        if dataset.format == "survey_workbook":
            return open_survey(workbook, dataset)
        poured, rows = open_table(workbook, dataset)
    return poured, _data_rows(rows, poured, dataset, landing)


def _data_rows(rows: Iterator[Row], poured: Poured, dataset: Dataset, landing: Landing) -> Iterator[Row]:
    """All rows but blank ones, and but totals rows at the very end; both are counted.

    A row that looks like a totals row but has data below it is given on as data, and judged as such.
    """
    required = [column.name for column in dataset.columns if column.is_value_required]
    needed = [poured.places[name] for name in required if name in poured.places]
    key = needed[0]
    headings = [plain(heading) for heading in poured.headings]
    held: list[Row] = []
    for row in rows:
        cells = row.cells
        if (
            not held
            and not row.misread
            and len(cells) > key
            and cells[key][:1].isdigit()
            and (key == 0 or not cells[0])
        ):
            yield row
        elif not any(cell and not cell.isspace() for cell in cells) and not row.written:
            poured.blank_rows += 1
        elif _looks_like_totals(row, needed, landing):
            held.append(row)
        elif not row.misread and [plain(cell) for cell in row.cells] == headings:
            yield from held
            held = []
            yield Row(row.line, row.cells, "the row repeats the headings")
        else:
            yield from held
            held = []
            yield row
    poured.totals_rows += len(held)


def _looks_like_totals(row: Row, needed: Sequence[int], landing: Landing) -> bool:
    """A label such as "Grand Total" and numbers only; or numbers only, with every column blank that a row must fill."""
    filled = [cell.strip() for cell in row.cells if cell and not cell.isspace()]
    if not filled:
        return False
    label = plain(re.sub(r"[\s:=0-9,.]+$", "", filled[0]))
    if label in landing.totals_words:
        return all(NUMBER.fullmatch(cell) for cell in filled[1:])
    blank_keys = not row.misread and not any(row.cells[index].strip() for index in needed)
    return blank_keys and all(NUMBER.fullmatch(cell) for cell in filled)
