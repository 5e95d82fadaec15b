"""What people type cannot act where it is read: in a spreadsheet, or in a terminal."""

from __future__ import annotations

import csv
import datetime
import decimal
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from flows.build import _unbroken
from flows.cli.show import show
from flows.configure import PROJECT
from flows.neutralise import WORKBOOK_OPTIONS, inert, inert_row, visible

FORMULAS = (
    "=1+1",
    '=HYPERLINK("http://elsewhere.test","open")',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "+44 20 7921 5100",
    "-1+1",
    "-",
    "--5",
    "-5 people",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\tordinary",
    "  =1+1",
    "\u00a0=1+1",
    "\ufeff=1+1",
    "\u200b@x",
    "\x00=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "=",
    "1e5\n=1",
)
ORDINARY = (
    *("", "-5", "-0.25", "+44", "-.5", "-1e-7", "-4.53%"),
    *("1e5\n=1", "Ambulance Operations", "[c]", "<10", "a=b", "x@y.test", "'=1", "1-2", "9 - 5"),
)
WRITERS = {"flows/neutralise.py"}
"""Modules that may build a writer of their own: the rule itself."""


@pytest.mark.parametrize("text", [one for one in FORMULAS if one[0] != "1"])
def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe_and_loses_nothing(text: str) -> None:
    assert inert(text) == f"'{text}"


@pytest.mark.parametrize(
    "value",
    [-5, -0.25, decimal.Decimal("-1.30"), None, True, datetime.date(2025, 3, 31), *ORDINARY],
)
def test_numbers_and_ordinary_texts_stay_as_they_are(value: Any) -> None:
    assert inert(value) is value


@given(st.text(max_size=30))
def test_no_text_begins_a_cell_with_a_formula_and_every_text_can_be_read_back(text: str) -> None:
    written = inert(text)
    assert written in (text, f"'{text}")
    if written[:1] in ("=", "+", "-", "@", "\t", "\r"):
        assert float(written.removesuffix("%")) is not None, "only a number may"
    out = io.StringIO()
    csv.writer(out).writerow(inert_row([text, "b"]))
    assert next(csv.reader(io.StringIO(out.getvalue(), newline=""))) == [written, "b"]


def test_in_a_workbook_every_text_is_a_text_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path), WORKBOOK_OPTIONS)
    sheet = book.add_worksheet()
    for line, text in enumerate((*FORMULAS, "http://elsewhere.test", "file:///etc/passwd", -1.5)):
        sheet.write(line, 0, inert(text))
    book.close()
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode("utf-8") for name in archive.namelist()}
    assert "<f>" not in parts["xl/worksheets/sheet1.xml"]
    assert not any("hyperlink" in name.lower() or "<hyperlink" in text for name, text in parts.items())
    read = [row[0] for row in CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).iter_rows()]
    assert read[0] == "'=1+1"
    assert read[-1] == -1.5


def test_a_query_written_as_csv_holds_no_formula_and_keeps_negative_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    show(["=evil()", "n"], [["=1+1", -2], ["@x", decimal.Decimal("-0.5")], ["\tx", None]], "csv")
    assert capsys.readouterr().out == "'=evil(),n\n'=1+1,-2\n'@x,-0.5\n'\tx,\n"


def test_a_name_cannot_drive_the_terminal_that_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    show(["team\x1b]0;x\x07"], [["\x1b[2J\x1b[31mNorth\u202egnorW"]], "table")
    said = capsys.readouterr().out
    assert not {"\x1b", "\x07", "\u202e"} & set(said)
    assert "\\x1b[2J" in said
    assert visible("Zoë – Café\nNorth\u00a0West") == "Zoë – Café\nNorth\u00a0West"


def test_a_description_cannot_end_the_script_of_the_documentation() -> None:
    """dbt writes every description into one script of the page; what ends it there would be read as a page."""
    told = {"description": "A team</script><img src=x onerror=alert(1)>", "name": "</SCRIPT >"}
    page = _unbroken(f"<html><script>var told = {json.dumps(told)};</script></html>")
    assert page.lower().count("</script") == 1
    inside = page.split("var told = ")[1].rpartition(";</script>")[0]
    assert json.loads(inside)["description"] == told["description"]


def test_whoever_writes_a_csv_or_a_workbook_makes_its_cells_inert() -> None:
    """A new writer is found here: it must call `inert` or `inert_row`, or use the one function that does."""
    writes = re.compile(r"csv\.(?:Dict)?[wW]riter\(|xlsxwriter\.Workbook\(|\.to_csv\(|\.to_excel\(")
    found = {
        path.relative_to(PROJECT).as_posix(): path.read_text(encoding="utf-8")
        for path in (PROJECT / "flows").rglob("*.py")
        if writes.search(path.read_text(encoding="utf-8"))
    }
    assert found
    forgotten = {name for name, text in found.items() if "flows.neutralise" not in text} - WRITERS
    assert forgotten <= {
        "flows/demonstrate.py",  # writes landing files of the demonstration, as ESR would
        "flows/ingest/read_csv.py",  # puts cells back together for the quarantine, which makes them inert
        "flows/pledge.py",  # writes names of tables and columns of this project into a seed
    }
