"""Inflate landing files to what no report ever is: fields of megabytes, bombs, sheets that reach to the end."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import xlsxwriter

from flows.ingest.define import Landing

STAFF_LIST = "esr_staff_list/esr_staff_list_2025-03-31"
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"


def headings(landing: Landing) -> list[str]:
    """Those of the staff list."""
    return [column.heading for column in landing.datasets[0].columns]


def row(landing: Landing, line: int) -> list[str]:
    """A row of the staff list that can be loaded, with what must be filled and some text."""
    filled = {
        "employee_number": f"{10_000_000 + line}",
        "assignment_number": f"{10_000_000 + line}",
        "yes_no": "Y",
        "date": "15/06/1990",
        "decimal": "1",
        "text": "Paramedic",
    }
    return ["" if column.name == "employer" else filled[column.value_type] for column in landing.datasets[0].columns]


def long_field(folder: Path, landing: Landing, megabytes: int) -> Path:
    """A CSV file with one field of so many megabytes."""
    path = _dropped(folder, "csv")
    with path.open("w", encoding="utf-8") as handle:
        handle.write(",".join(headings(landing)) + "\n" + ",".join(row(landing, 0)) + ",")
        for _ in range(megabytes):
            handle.write("x" * 1_000_000)
        handle.write("\n" + ",".join(row(landing, 1)) + "\n")
    return path


def quoted_field(folder: Path, landing: Landing, megabytes: int) -> Path:
    """A CSV file whose second row opens a quotation mark that never ends, over many lines."""
    path = _dropped(folder, "csv")
    with path.open("w", encoding="utf-8") as handle:
        handle.write(",".join(headings(landing)) + "\n" + ",".join(row(landing, 0)) + '\n"')
        for _ in range(megabytes):
            handle.write("some text, in a line of its own\n" * 31_250)
    return path


def many_columns(folder: Path, landing: Landing, count: int) -> Path:
    """A CSV file with so many columns, in every row."""
    path = _dropped(folder, "csv")
    with path.open("w", encoding="utf-8") as handle:
        for cells in (headings(landing), row(landing, 0)):
            handle.write(",".join(cells) + "," + ",".join(f"c{one}" for one in range(count)) + "\n")
    return path


def full_records(folder: Path, landing: Landing, count: int) -> Path:
    """A CSV file of rows each as long as a record may be, none of which can be loaded."""
    path = _dropped(folder, "csv")
    filler = "y" * (landing.limits["record_most_characters"] - 400)
    with path.open("w", encoding="utf-8") as handle:
        handle.write(",".join(headings(landing)) + "\n" + ",".join(row(landing, 0)) + "\n")
        for line in range(count):
            cells = row(landing, line)
            cells[0], cells[-1] = "none", filler
            handle.write(",".join(cells) + "\n")
    return path


def plain_bomb(folder: Path, landing: Landing, megabytes: int) -> Path:
    """A workbook with a part that unpacks to so many megabytes, as its own list of parts says."""
    return _with_part(folder, landing, "xl/media/image1.bmp", b"\0" * 1_000_000, megabytes)


def lying_bomb(folder: Path, landing: Landing, megabytes: int) -> Path:
    """A bomb whose list of parts says that it has a thousand bytes, with the checksum of those."""
    path = plain_bomb(folder, landing, megabytes)
    content = bytearray(path.read_bytes())
    at = content.rfind(b"PK\x01\x02", 0, content.rfind(b"xl/media/image1.bmp"))
    content[at + 16 : at + 20] = struct.pack("<I", zlib.crc32(b"\0" * 1000))
    content[at + 24 : at + 28] = struct.pack("<I", 1000)
    path.write_bytes(content)
    return path


def shared_text(folder: Path, landing: Landing, cells: int) -> Path:
    """A workbook in which so many cells share one text of 32,000 characters."""
    parts = _parts(landing)
    line = b"".join(b'<c r="%s%%d" t="s"><v>0</v></c>' % _letters(one) for one in range(100))
    rows = (b'<row r="%d">' % one + line.replace(b"%d", b"%d" % one) + b"</row>" for one in range(3, 3 + cells // 100))
    parts[SHEET] = parts[SHEET].replace(b"</sheetData>", b"".join(rows) + b"</sheetData>")
    parts[STRINGS] = parts[STRINGS].replace(b"<t>Employee Number</t>", b"<t>" + b"x" * 32_000 + b"</t>", 1)
    return _zipped(folder, parts)


def one_sheet_many_times(folder: Path, landing: Landing, times: int) -> Path:
    """A workbook that names one sheet of 200,000 cells under many names."""
    rows = [headings(landing), *(row(landing, line) for line in range(8_000))]
    parts = _parts(landing, rows)
    names = b"".join(b'<sheet name="S%d" sheetId="%d" r:id="rId1"/>' % (one, one) for one in range(2, times + 2))
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b"</sheets>", names + b"</sheets>")
    return _zipped(folder, parts)


def full_workbook(folder: Path, landing: Landing, rows: int, columns: int) -> Path:
    """A workbook that holds as many cells as are read, all of them with a text of its own."""
    path = _dropped(folder, "xlsx")
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        more = columns - len(headings(landing))
        for y, cells in enumerate(_rows(landing, rows)):
            extra = [f"extra {x}" if y == 0 else f"text {y} {x}" for x in range(more)]
            for x, cell in enumerate([*cells, *extra]):
                sheet.write_string(y, x, cell)
    return path


def full_csv(folder: Path, landing: Landing, rows: int) -> Path:
    """A staff list of so many rows."""
    path = _dropped(folder, "csv")
    with path.open("w", encoding="utf-8") as handle:
        handle.writelines(",".join(cells) + "\n" for cells in _rows(landing, rows))
    return path


def _rows(landing: Landing, rows: int) -> Iterator[list[str]]:
    yield headings(landing)
    yield from (row(landing, line) for line in range(rows - 1))


def _dropped(folder: Path, ending: str) -> Path:
    path = folder / f"{STAFF_LIST}.{ending}"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _parts(landing: Landing, rows: list[list[str]] | None = None) -> dict[str, bytes]:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    for y, cells in enumerate(rows or [headings(landing), row(landing, 0)]):
        for x, cell in enumerate(cells):
            sheet.write_string(y, x, cell)
    book.close()
    with zipfile.ZipFile(out) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _zipped(folder: Path, parts: dict[str, bytes]) -> Path:
    path = _dropped(folder, "xlsx")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def _with_part(folder: Path, landing: Landing, name: str, block: bytes, times: int) -> Path:
    path = _zipped(folder, _parts(landing))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as handle:
        for _ in range(times):
            handle.write(block)
    return path


def _letters(column: int) -> bytes:
    return (b"" if column < 26 else bytes([64 + column // 26])) + bytes([65 + column % 26])
