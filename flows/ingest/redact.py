"""Take an erased person out of a kept copy: the file stays what it was for everybody else, row for row, line for line.

A row of theirs becomes blank but for a mark, so that a warehouse that is built anew counts it as rejected and finds
every other row in the line that it had. The copy is another file then, and a ledger holds its hash.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from flows.home import Home
from flows.ingest.batch import Row
from flows.ingest.define import Dataset
from flows.ingest.forget import MARK, Forgotten, id_places
from flows.ingest.read_csv import open_csv, tell_encoding
from flows.ingest.read_workbook import open_workbook, sheet_rows
from flows.ingest.recognise import HEADER_WITHIN_ROWS, Header, find_header
from flows.ingest.refuse import FileRefused
from flows.neutralise import WORKBOOK_OPTIONS
from flows.point import append_line, now, read_lines
from flows.record import flush_folder

Changes = dict[int, tuple[int, list[str]]]
"""Rows to write otherwise: first line → (how many lines it took, its cells now)."""


def redacted_path(copy: Path) -> Path:
    """Where the copy without the person lies: beside the one that it takes the place of."""
    return copy if _is_redacted(copy) else copy.with_name(f"{copy.stem}.erased{copy.suffix}")


def known_hashes(home: Home, sha256: str) -> set[str]:
    """The SHA-256 of every redacted copy that was made of a file with these bytes."""
    return {one["copy_sha256"] for one in read_lines(_ledger(home)) if one["sha256"] == sha256}


@dataclass(frozen=True)
class Redacted:
    """What was found of people in a copy: the lines of all rows that are blank or become so, and of those that become.

    `mentions` counts rows of others that name them in a column that is not read.
    """

    headings: tuple[str, ...] = ()
    lines: frozenset[int] = frozenset()
    named: frozenset[int] = frozenset()
    mentions: int = 0


def redacted_files(home: Home) -> set[str]:
    """The SHA-256 of every file of which a copy without somebody was made."""
    return {one["sha256"] for one in read_lines(_ledger(home))}


def look(copy: Path, dataset: Dataset, forgotten: Forgotten) -> Redacted:
    """Where people stand in a copy, or in a file that is none yet. Raises FileRefused where it cannot be read."""
    return _look(copy, dataset, forgotten)[0]


def redact(home: Home, copy: Path, dataset: Dataset, forgotten: Forgotten) -> Redacted:
    """Write a kept copy without the erased people, in the place of the one that it was.

    Where nobody of them is in it, the copy stays as it was. The new hash is in the ledger before the file takes its
    place, so that no crash leaves a copy that nobody knows. Raises FileRefused where the copy cannot be read.
    """
    found, changes = _look(copy, dataset, forgotten)
    if not changes:
        return found
    beside = home.copies / f".incoming_{copy.stem[:16]}.tmp"
    beside.unlink(missing_ok=True)
    os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    write = _write_csv if copy.suffix == ".csv" else _write_workbook
    write(copy, beside, dataset, changes)
    with beside.open("rb") as handle:
        os.fsync(handle.fileno())
        copy_sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
    facts = {"at": now(), "sha256": copy.name[:64], "copy_sha256": copy_sha256, "rows": len(changes)}
    append_line(_ledger(home), facts)
    beside.replace(redacted_path(copy))
    if not _is_redacted(copy):
        copy.unlink()
    flush_folder(home.copies)
    return found


def _is_redacted(copy: Path) -> bool:
    return copy.stem.endswith(".erased")


def _ledger(home: Home) -> Path:
    return home.ledger / "erased_copies.jsonl"


def _look(copy: Path, dataset: Dataset, forgotten: Forgotten) -> tuple[Redacted, Changes]:
    """The rows of a file that name an erased person, and what each becomes. A row takes the lines to the next one."""
    headings, places, rows = _open(copy, dataset)
    ids = id_places(dataset, places)
    others = [place for place in range(len(headings)) if place not in places.values()]
    changes: Changes = {}
    marked: set[int] = set()
    named: set[int] = set()
    before = 0
    for row in rows if ids else ():
        if before in changes:
            changes[before] = (row.line - before, changes[before][1])
        before = row.line
        if any(row.cells[place] == MARK for place in ids if place < len(row.cells)):
            marked.add(row.line)
        elif _is_theirs(row, ids, forgotten):
            named.add(row.line)
            changes[row.line] = (1, [MARK if place == ids[0] else "" for place in range(len(headings))])
        elif mentions := _mentions(row, others, forgotten):
            changes[row.line] = (1, [MARK if place in mentions else cell for place, cell in enumerate(row.cells)])
    if before in changes and copy.suffix == ".csv":
        changes[before] = (_lines_in(copy) - before + 1, changes[before][1])
    return Redacted(headings, frozenset(marked | named), frozenset(named), len(changes.keys() - named)), changes


def _is_theirs(row: Row, ids: Sequence[int], forgotten: Forgotten) -> bool:
    if row.misread:
        return forgotten.names([*row.cells, row.written], wholly=True)
    return forgotten.names(row.cells[place] for place in ids if place < len(row.cells))


def _mentions(row: Row, others: Sequence[int], forgotten: Forgotten) -> list[int]:
    """Cells of another person's row, in columns that are not read, that hold the number: of it only the number goes."""
    if row.misread:
        return []
    return [p for p in others if p < len(row.cells) and _is_number_of(row.cells[p].strip(), forgotten)]


def _is_number_of(cell: str, forgotten: Forgotten) -> bool:
    """Whether a cell of a column that is not read is the number in full, as a manager's is; 30000 may be a salary."""
    return len(cell) == forgotten.digits and cell.isdigit() and forgotten.is_of(cell)


def _open(copy: Path, dataset: Dataset) -> tuple[tuple[str, ...], dict[str, int], Iterator[Row]]:
    if copy.suffix == ".csv":
        poured, rows = open_csv(copy, dataset)
        return poured.headings, poured.places, rows
    sheet, header = _sheet(copy, dataset)
    rows = (row for row in sheet_rows(open_workbook(copy), sheet) if row.line > header.line)
    return header.headings, header.places, rows


def _sheet(copy: Path, dataset: Dataset) -> tuple[str, Header]:
    """The sheet that holds the headings, and where they stand."""
    workbook = open_workbook(copy)
    for sheet in workbook.sheet_names:
        head = [(row.line, row.cells) for row in islice(sheet_rows(workbook, sheet), HEADER_WITHIN_ROWS)]
        try:
            return sheet, find_header(head, dataset)
        except FileRefused:
            continue
    raise FileRefused("The workbook has no sheet with the headings.")


def _lines_in(copy: Path) -> int:
    with copy.open(encoding=tell_encoding(copy)[0], newline="") as handle:
        return sum(1 for _ in handle)


def _write_csv(copy: Path, beside: Path, dataset: Dataset, changes: Changes) -> None:
    """Every other line as it is, byte for byte. A blank row takes as many lines as the row did that it stands for."""
    encoding = tell_encoding(copy)[0]
    left = 0
    with (
        copy.open(encoding=encoding, newline="") as read,
        beside.open("w", encoding=encoding, newline="") as write,
    ):
        for number, line in enumerate(read, start=1):
            if number in changes:
                left, cells = changes[number]
                write.write(_as_lines(cells, left))
            if left:
                left -= 1
            else:
                write.write(line)


def _as_lines(cells: list[str], count: int) -> str:
    within = sum(cell.count("\n") or cell.count("\r") for cell in cells)
    out = io.StringIO()
    padded = list(cells)
    if count - 1 > within:
        empty = next(place for place, cell in enumerate(cells) if not cell)
        padded[empty] = "\n" * (count - 1 - within)
    csv.writer(out, lineterminator="\n").writerow(padded)
    return out.getvalue()


def _write_workbook(copy: Path, beside: Path, dataset: Dataset, changes: Changes) -> None:
    """The one sheet that is read, each cell as the text that it was read as, in the row that it stood in."""
    import xlsxwriter  # only where a workbook is written

    name, _ = _sheet(copy, dataset)
    book = xlsxwriter.Workbook(str(beside), {**WORKBOOK_OPTIONS, "in_memory": True})
    sheet = book.add_worksheet(name)
    for row in sheet_rows(open_workbook(copy), name):
        cells = changes[row.line][1] if row.line in changes else row.cells
        for column, cell in enumerate(cells):
            if cell:
                sheet.write_string(row.line - 1, column, cell)
    book.close()
