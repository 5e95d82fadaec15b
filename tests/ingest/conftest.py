"""What the tests of ingest share: run it, and look into the warehouse that it left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter

from flows.configure import Settings
from flows.home import Home
from flows.ingest import IngestResult, ingest
from tests.small_trust import ORDINARY, headings

Rows = list[tuple[Any, ...]]


@pytest.fixture
def take(settings: Settings, home: Home) -> Callable[[], IngestResult]:
    """Run ingest once, in silence."""
    return lambda: ingest(settings, home, say=lambda line: None)


@pytest.fixture
def ask(home: Home) -> Callable[[str], Rows]:
    """Ask the warehouse one query."""

    def _ask(query: str) -> Rows:
        with duckdb.connect(str(home.warehouse)) as con:
            return con.execute(query).fetchall()

    return _ask


def staff_row(**values: str) -> dict[str, str]:
    """An ordinary row of the staff list under its headings; name values with underscores for spaces."""
    row = dict.fromkeys(headings("esr_staff_list"), "") | ORDINARY["esr_staff_list"]
    row["Assignment Number"] = row["Employee Number"]
    return row | {name.replace("_", " "): value for name, value in values.items()}


def write_text(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """Write a file byte for byte as the text says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path


def write_workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    """Write a real XLSX file; dates become real date cells."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(str(path))
    dated = book.add_format({"num_format": "dd-mmm-yyyy"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for y, row in enumerate(rows):
            for x, cell in enumerate(row):
                if hasattr(cell, "year"):
                    sheet.write_datetime(y, x, cell, dated)
                elif cell is not None:
                    sheet.write(y, x, cell)
    book.close()
    return path
