"""Read a CSV or XLSX file row by row as text, with the line of each row.

Every row that the file holds comes out: as data, as a row that could not be parted into cells, as a blank row or as a
totals row. Nothing is interpreted here; `type_rows` does that.
"""

from __future__ import annotations

import codecs
import csv
import datetime
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

from flows.ingest.define import Dataset, Landing, plain
from flows.ingest.recognise import Header, find_header
from flows.ingest.refuse import FileRefused

HEADER_WITHIN_ROWS = 200
ROWS_IN_A_BATCH = 100_000
ROWS_IN_A_SLICE = 1_000
FEWEST_SEPARATORS = 5
OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars", "~": "tildes"}
NUMBER = re.compile(r"[-+]?[0-9][0-9,]*(\.[0-9]+)?%?")


class Row(NamedTuple):
    """One row as it came: the line where it begins, its cells as text, and what is wrong with its shape."""

    line: int
    cells: Sequence[str]
    misread: str | None = None
    written: str = ""


@dataclass
class Poured:
    """What a file held: its headings, where each column stands, and how many rows of each kind."""

    headings: tuple[str, ...]
    places: dict[str, int]
    ignored: tuple[str, ...]
    rows_read: int = 0
    blank_rows: int = 0
    totals_rows: int = 0
    notes: list[str] = field(default_factory=list)


def open_rows(path: Path, dataset: Dataset, landing: Landing) -> tuple[Poured, Iterator[Row]]:
    """Open a file: its headings now, its data rows as they are taken. The counts grow meanwhile. Raises FileRefused."""
    if dataset.format == "survey_workbook":
        return _open_survey(path, dataset)
    poured, rows = _open_csv(path, dataset) if path.suffix.lower() == ".csv" else _open_workbook(path, dataset)
    return poured, _data_rows(rows, poured, dataset, landing)


def batches(rows: Iterator[Row], poured: Poured) -> Iterator[Any]:
    """The rows as Arrow tables of bounded size, counted in `poured.rows_read`.

    Each has `row_id`, `file_line`, `misread` (why the row has no proper cells, else null), `written` (the rest of a row
    that is misread) and `c0`, `c1` … (the cells as text).
    """
    import pyarrow as pa

    slices: list[Any] = []
    while rows_at_hand := list(islice(rows, ROWS_IN_A_SLICE)):
        slices.append(_as_table(rows_at_hand, poured))
        poured.rows_read += len(rows_at_hand)
        if len(slices) * ROWS_IN_A_SLICE >= ROWS_IN_A_BATCH:
            yield pa.concat_tables(slices)
            slices = []
    if slices:
        yield pa.concat_tables(slices)


def _as_table(rows: Sequence[Row], poured: Poured) -> Any:
    """A slice is small because Python's garbage collector looks through every row that is still held."""
    import pyarrow as pa

    width = len(poured.headings)
    lines, cells, misread, written = zip(*rows, strict=True)
    texts = [misread, written, *zip(*(_padded(row, width) for row in cells), strict=True)]
    first = poured.rows_read
    numbers = [pa.array(range(first, first + len(rows)), pa.int64()), pa.array(lines, pa.int64())]
    names = ["row_id", "file_line", "misread", "written", *(f"c{index}" for index in range(width))]
    return pa.table([*numbers, *(pa.array(text, pa.string()) for text in texts)], names=names)


def _padded(cells: Sequence[str], width: int) -> Sequence[str | None]:
    if len(cells) == width:
        return cells
    short: list[str | None] = [*cells[:width]]
    return short + [None] * (width - len(cells))


def _data_rows(rows: Iterator[Row], poured: Poured, dataset: Dataset, landing: Landing) -> Iterator[Row]:
    """All rows but blank ones, and but totals rows at the very end; both are counted.

    A row that looks like a totals row but has data below it is given on as data, and judged as such.
    """
    required = [column.name for column in dataset.columns if column.is_value_required]
    needed = [poured.places[name] for name in required if name in poured.places]
    key = needed[0]
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


# CSV


def _open_csv(path: Path, dataset: Dataset) -> tuple[Poured, Iterator[Row]]:
    encoding, note = tell_encoding(path)
    rows = _csv_rows(path, encoding, ",")
    head = list(islice(rows, HEADER_WITHIN_ROWS))
    try:
        header = find_header([(row.line, row.cells) for row in head], dataset)
    except FileRefused:
        _refuse_other_separator(path, encoding, dataset)
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
        if row.misread or len(row.cells) == width or not any(cell.strip() for cell in row.cells):
            yield row
            continue
        if any("\n" in cell or "\r" in cell for cell in row.cells):
            raise FileRefused(_runs_on(row.line))
        reason = f"the row has {len(row.cells)} cells where the heading row has {width}"
        yield Row(row.line, row.cells, reason, _as_csv(row.cells[width:]))


def _csv_rows(path: Path, encoding: str, separator: str) -> Iterator[Row]:
    """Every record of the file, an empty line included. Python's own csv reader parts it, strictly."""
    written = [""]

    def lines(handle: Iterable[str]) -> Iterator[str]:
        for line in handle:
            written[0] = line
            yield line

    with path.open(encoding=encoding, newline="") as handle:
        reader = csv.reader(lines(handle), delimiter=separator, strict=True)
        line = 1
        while True:
            try:
                cells = next(reader)
                if reader.line_num > line and _holds_a_row(cells, separator):
                    raise FileRefused(_runs_on(line))
                yield Row(line, cells)
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

    UTF-16 by its mark; UTF-8 where every byte is; else Windows-1252 where every byte is.
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


def _refuse_other_separator(path: Path, encoding: str, dataset: Dataset) -> None:
    for separator, name in OTHER_SEPARATORS.items():
        try:
            head = list(islice(_csv_rows(path, encoding, separator), HEADER_WITHIN_ROWS))
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


# XLSX


def _open_workbook(path: Path, dataset: Dataset) -> tuple[Poured, Iterator[Row]]:
    """The one sheet that holds the dataset's headings. Raises FileRefused where none does, or several do."""
    workbook = _workbook(path)
    found: list[tuple[str, Header, Iterator[Row]]] = []
    refusal: FileRefused | None = None
    for sheet in workbook.sheet_names:
        rows = _sheet_rows(workbook, sheet)
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


def _workbook(path: Path) -> Any:
    from python_calamine import CalamineWorkbook

    try:
        return CalamineWorkbook.from_path(str(path))
    except Exception as error:
        kind = "it is protected by a password" if "assword" in type(error).__name__ else "it is damaged or no workbook"
        raise FileRefused(f"The workbook cannot be opened: {kind}. Save it as .xlsx without a password.") from None


def _sheet_rows(workbook: Any, name: str) -> Iterator[Row]:
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


# The NHS Staff Survey's organisation workbook


def _open_survey(path: Path, dataset: Dataset) -> tuple[Poured, Iterator[Row]]:
    """One long row for each sheet, organisation and answer.

    A sheet's heading row begins the columns that name the organisation; every column right of them is an answer, under
    the question that the sheet's first rows name, and each question ends with its base.
    """
    workbook = _workbook(path)
    by_organisation = [column for column in dataset.columns if column.name not in ANSWER_COLUMNS]
    like_a_sheet = replace(dataset, columns=tuple(by_organisation))
    sheets: list[tuple[str, Header, list[Row], list[Answer]]] = []
    without = []
    for name in workbook.sheet_names:
        rows = list(_sheet_rows(workbook, name))
        try:
            header = find_header([(row.line, row.cells) for row in rows[:HEADER_WITHIN_ROWS]], like_a_sheet)
        except FileRefused:
            without.append(name)
            continue
        answers = _answers(rows[: header.line - 1], header, name)
        sheets.append((name, header, rows[header.line :], answers))
    if not sheets:
        raise FileRefused(f"No sheet holds the headings of {dataset.title} ({by_organisation[0].heading} …).")
    headings = tuple(column.heading for column in dataset.columns)
    poured = Poured(headings, {column.name: i for i, column in enumerate(dataset.columns)}, _survey_ignored(sheets))
    if without:
        poured.notes.append(f"Sheets without a table: {', '.join(without)}.")
    return poured, _long_rows(sheets, dataset, poured)


ANSWER_COLUMNS = ("sheet", "question", "answer", "value", "base")


@dataclass(frozen=True)
class Answer:
    """One answer's column in a sheet: its question, its heading, its place and the place of its base."""

    question: str
    heading: str
    place: int
    base_place: int | None


def _answers(above: Sequence[Row], header: Header, sheet: str) -> list[Answer]:
    first = max(header.places.values()) + 1
    if not above:
        raise FileRefused(f"Sheet {sheet} has no row of questions above its headings.")
    questions = max((row.cells for row in above), key=lambda cells: sum(bool(cell.strip()) for cell in cells[first:]))
    answers: list[Answer] = []
    pending: list[Answer] = []
    question = ""
    for place in range(first, len(header.headings)):
        question = questions[place].strip() or question
        heading = header.headings[place].strip()
        if not heading or not question:
            continue
        if plain(heading).startswith("base"):
            answers += [Answer(one.question, one.heading, one.place, place) for one in pending]
            pending = []
        else:
            pending.append(Answer(question, heading, place, None))
    return answers + pending


def _survey_ignored(sheets: Sequence[tuple[str, Header, list[Row], list[Answer]]]) -> tuple[str, ...]:
    ignored: dict[str, None] = {}
    for _, header, _, answers in sheets:
        read = {one.place for one in answers} | {one.base_place for one in answers} | set(header.places.values())
        ignored |= {h: None for i, h in enumerate(header.headings) if i not in read and h.strip()}
    return tuple(ignored)


def _long_rows(
    sheets: Sequence[tuple[str, Header, list[Row], list[Answer]]], dataset: Dataset, poured: Poured
) -> Iterator[Row]:
    for name, header, rows, answers in sheets:
        for row in rows:
            if not any(cell.strip() for cell in row.cells):
                poured.blank_rows += 1
                continue
            shared = {column: row.cells[place] for column, place in header.places.items()}
            for answer in answers:
                base = "" if answer.base_place is None else row.cells[answer.base_place]
                cells = {**shared, "sheet": name, "question": answer.question, "answer": answer.heading}
                cells |= {"value": row.cells[answer.place], "base": base}
                yield Row(row.line, [cells.get(column.name, "") for column in dataset.columns])
