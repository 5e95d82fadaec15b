"""Read a CSV file: tell its encoding, find its headings, and part it into rows with the line of each."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

from flows.ingest.batch import Poured, Row
from flows.ingest.define import Dataset, Landing, read_landing
from flows.ingest.recognise import HEADER_WITHIN_ROWS, Header, find_header, refuse_if_wide
from flows.ingest.refuse import FileRefused

FEWEST_SEPARATORS = 5
HOLDS_NUL = "the row holds NUL characters, which stand for bytes that were lost"
UTF_8_LETTER = re.compile(rb"\xc3[\x80-\xbf]")
OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars", "~": "tildes"}


def open_csv(path: Path, dataset: Dataset, landing: Landing | None = None) -> tuple[Poured, Iterator[Row]]:
    """The headings, and every row below them as it is taken. Raises FileRefused."""
    landing = landing or read_landing()
    encoding, note = tell_encoding(path)
    rows = _csv_rows(path, encoding, ",", landing)
    head = list(islice(rows, HEADER_WITHIN_ROWS))
    try:
        header = find_header([(row.line, row.cells) for row in head], dataset)
    except FileRefused:
        _refuse_other_separator(path, encoding, dataset, landing)
        raise
    poured = Poured(header.headings, header.places, header.ignored())
    if note:
        poured.notes.append(note)
    return poured, _of_width(chain(head, rows), header)


def _of_width(rows: Iterable[Row], header: Header) -> Iterator[Row]:
    """Rows below the header; one with another number of cells is misread. Raises FileRefused where rows run on."""
    width = len(header.headings)
    for row in rows:
        if row.line <= header.line:
            continue
        if row.written or len(row.cells) == width or not any(cell.strip() for cell in row.cells):
            yield row
            continue
        if any("\n" in cell or "\r" in cell for cell in row.cells):
            raise FileRefused(_runs_on(row.line))
        reason = f"the row has {len(row.cells)} cells where the heading row has {width}"
        yield Row(row.line, row.cells, reason, _as_csv(row.cells[width:]))


def _csv_rows(path: Path, encoding: str, separator: str, landing: Landing) -> Iterator[Row]:
    """Every record of the file, an empty line included. Python's own csv reader parts it, strictly.

    Raises FileRefused where a record is longer or wider than any report's: no more of it is read.
    """
    written, length, has_nul = [""], [0], [False]
    most = landing.limits["record_most_characters"]

    def lines(handle: TextIO) -> Iterator[str]:
        while line := handle.readline(most + 1):
            written[0] = line
            length[0] += len(line)
            has_nul[0] |= "\0" in line
            if length[0] > most:
                raise FileRefused(
                    f"Line {begins:,}: the row has more than {most:,} characters, so no report wrote it. Look for a "
                    "quotation mark that never ends, or save it as CSV UTF-8 again."
                )
            yield line

    with path.open(encoding=encoding, newline="") as handle:
        reader = csv.reader(lines(handle), delimiter=separator, strict=True)
        line = begins = 1
        while True:
            try:
                begins, length[0], has_nul[0] = line, 0, False
                cells = next(reader)
                refuse_if_wide(len(cells), landing, line)
                if reader.line_num > line and _holds_a_row(cells, separator):
                    raise FileRefused(_runs_on(line))
                yield Row(line, cells, HOLDS_NUL if has_nul[0] else None)
            except StopIteration:
                return
            except csv.Error:
                if reader.line_num > line:
                    raise FileRefused(_runs_on(line)) from None
                yield Row(line, (), "its quotation marks do not pair", written[0].rstrip("\r\n"))
            line = reader.line_num + 1


def _holds_a_row(cells: Sequence[str], separator: str) -> bool:
    """Whether a text of several lines holds as many separators, without a space after them, as a row has."""
    joined = re.compile(rf"{re.escape(separator)}(?! )")
    enough = max(len(cells) - 1, FEWEST_SEPARATORS)
    return any("\n" in cell and len(joined.findall(cell)) >= enough for cell in cells)


def _runs_on(line: int) -> str:
    return (
        f"Line {line}: a quotation mark opens a text that does not end there, so the rows after it cannot be told "
        "apart. Mend the quotation mark and drop the file again."
    )


def tell_encoding(path: Path) -> tuple[str, str | None]:
    """The encoding of the whole file, and a note where it is not UTF-8. Raises FileRefused where it is none we know.

    UTF-16 by its mark; UTF-8 where every byte is; else Windows-1252 where every byte is, and none looks like UTF-8.
    """
    with path.open("rb") as handle:
        mark = handle.read(4)
    if mark.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        _bad_byte_line(path, "utf-16", refuse=True)
        return "utf-16", "Read as UTF-16."
    if mark == b"PK\x03\x04":
        raise FileRefused("It is a workbook, not a CSV file. Name it with the ending .xlsx.")
    if b"\0" in mark:
        raise FileRefused("It is no text file that can be read. Save it as CSV UTF-8.")
    if _bad_byte_line(path, "utf-8") is None:
        return "utf-8-sig", None
    _bad_byte_line(path, "cp1252", refuse=True)
    _refuse_mixed(path)
    return "cp1252", "Read as Windows-1252."


def _bad_byte_line(path: Path, encoding: str, refuse: bool = False) -> int | None:
    """The line of the first byte that the encoding does not know; None where there is none."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as handle:
        while block := handle.read(1 << 20):
            try:
                line += decoder.decode(block).count("\n")
            except UnicodeDecodeError:
                break
        else:
            try:
                decoder.decode(b"", final=True)
                return None
            except UnicodeDecodeError:
                pass
    if refuse:
        raise FileRefused(
            f"After line {line} it holds bytes that are no text in UTF-8 or Windows-1252. Save it as CSV UTF-8."
        )
    return line


def _refuse_mixed(path: Path) -> None:
    """A file that is not all UTF-8, but in which letters are written as UTF-8 writes them, was made of two others."""
    line, rest = 1, b""
    with path.open("rb") as handle:
        while block := handle.read(1 << 20):
            block = rest + block
            if found := UTF_8_LETTER.search(block):
                line += block.count(b"\n", 0, found.start())
                raise FileRefused(
                    f"It mixes two encodings: line {line} is UTF-8, others are Windows-1252. Save it as CSV UTF-8."
                )
            line, rest = line + block.count(b"\n", 0, len(block) - 1), block[-1:]


def _refuse_other_separator(path: Path, encoding: str, dataset: Dataset, landing: Landing) -> None:
    for separator, name in OTHER_SEPARATORS.items():
        try:
            head = list(islice(_csv_rows(path, encoding, separator, landing), HEADER_WITHIN_ROWS))
            find_header([(row.line, row.cells) for row in head], dataset)
        except FileRefused:
            continue
        raise FileRefused(
            f"Its columns are parted by {name}. Save it with commas (in Excel: CSV UTF-8, comma delimited)."
        )


def _as_csv(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()
