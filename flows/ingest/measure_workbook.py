"""Measure a workbook before it is opened: the reader makes room for every cell up to the last one of a sheet."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from flows.ingest.define import Landing
from flows.ingest.refuse import FileRefused

BLOCK = 1 << 20
LONGEST_TAG = 1 << 12
ROW_OR_CELL = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?(row|c)(\s[^<>]*?)?(/?)>")
PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]*)([0-9]*)["']""")
DAMAGED = "The workbook cannot be opened: it is damaged or no workbook. Save it as .xlsx without a password."


def refuse_if_vast(path: Path, landing: Landing) -> None:
    """Refuse a workbook that would unpack to too many bytes, or whose sheets reach over too many cells.

    A single stray cell at the end of a sheet makes it reach over 17 thousand million. What is no zip archive is left to
    the reader. Raises FileRefused.
    """
    if not zipfile.is_zipfile(path):
        return
    most_bytes, most_cells = landing.limits["workbook_most_unpacked_bytes"], landing.limits["workbook_most_cells"]
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            unpacked = sum(part.file_size for part in parts)
            if unpacked > most_bytes:
                raise FileRefused(
                    f"The workbook unpacks to {unpacked / 1e6:,.0f} MB, more than the {most_bytes / 1e6:,.0f} MB that "
                    "are read. Leave only the report's sheet in it, or save it as CSV UTF-8."
                )
            reached = [_reach(_blocks(archive, part)) for part in parts]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise FileRefused(DAMAGED) from None
    if sum(rows * columns for rows, columns in reached) > most_cells:
        rows, columns = max(reached, key=lambda reach: reach[0] * reach[1])
        raise FileRefused(
            f"Its sheets reach over more than the {most_cells:,} cells that are read: the largest has something in row "
            f"{rows:,} and in column {columns:,}. Press Ctrl+End in each sheet, delete the rows below and the columns "
            "right of the table, save and drop it again."
        )


def _blocks(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """A part of the archive, unpacked block by block; each begins with the unfinished tag of the one before."""
    rest = b""
    with archive.open(part) as handle:
        while block := handle.read(BLOCK):
            block = rest + block
            begun = block.rfind(b"<")
            is_whole = begun < 0 or b">" in block[begun:] or len(block) - begun > LONGEST_TAG
            rest = b"" if is_whole else block[begun:]
            yield block if is_whole else block[:begun]


def _reach(blocks: Iterator[bytes]) -> tuple[int, int]:
    """The last row and the last column in which a cell holds something; (0, 0) for what is no sheet."""
    row = column = last_row = last_column = 0
    for block in blocks:
        for tag, attributes, closed in ROW_OR_CELL.findall(block):
            place = PLACE.search(attributes)
            if tag == b"row":
                row = int(place[2]) if place and place[2] else row + 1
                column = 0
                continue
            column = _number(place[1]) if place and place[1] else column + 1
            if place and place[2]:
                row = int(place[2])
            if not closed:
                last_row, last_column = max(last_row, row), max(last_column, column)
    return last_row, last_column


def _number(letters: bytes) -> int:
    """A column's number: A is 1, Z is 26, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
