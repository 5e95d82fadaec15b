"""Export: the tables of a site as files to take away, each as CSV and, with its page's others, as ODS and XLSX.

All three hold the same cells (`tabulate`), in workbooks that every page has the like of (`bind`).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from flows.neutralise import inert_row
from flows.report import Edition, ReportBroken
from flows.report.bind import Workbook, bind
from flows.report.compose import Figure, Page, Table
from flows.report.tabulate import Tabulated, tabulate
from flows.report.write_ods import write_ods
from flows.report.write_xlsx import write_xlsx

FOLDER = "downloads"
KILOBYTE, MEGABYTE = 1000, 1_000_000
WRITERS = {"ODS": write_ods, "XLSX": write_xlsx}
FORMATS = tuple(WRITERS)
OWN_SHEETS = 2
"""Contents and notes, which are no table of the page."""


@dataclass(frozen=True)
class File:
    """A file to take away: its format and size as a reader is told, and how many tables it holds."""

    format: str
    href: str
    size: str
    tables: int


def export(edition: Edition, pages: Sequence[Page]) -> Mapping[str, Sequence[File]]:
    """Write every table of the pages into the site's `downloads`. Returns the files that hold each table, by its name.

    A table is a file of its own as CSV, and a sheet of its page's workbook as ODS and XLSX.
    """
    (edition.site / FOLDER).mkdir(mode=0o700)
    files: dict[str, list[File]] = {}
    for page in pages:
        if page.tables:
            files |= _export_page(edition, page)
    return files


def _export_page(edition: Edition, page: Page) -> dict[str, list[File]]:
    tables = [tabulate(table) for table in page.tables]
    about = [f"The tables of the page “{page.title}” of the site ({page.path})."]
    workbook = bind(edition, f"{page.title}: {edition.organisation.name}", tables, _has_drafts(page.tables), about)
    books = write_workbook(edition, workbook, _workbook_name(page))
    return {table.name: [_write_csv(edition, table), *books] for table in tables}


def _workbook_name(page: Page) -> str:
    """`indicators_wres_2` for `indicators/wres_2.html`; an index is called by its folder or section."""
    *folders, name = PurePosixPath(page.path).with_suffix("").parts
    return "_".join([*folders, name] if name != "index" else folders or [page.section])


def _has_drafts(tables: Sequence[Table]) -> bool:
    cells = (cell for table in tables for row in table.rows for cell in row)
    return any(isinstance(cell, Figure) and cell.status == "draft" for cell in cells)


def write_workbook(edition: Edition, workbook: Workbook, name: str, formats: Sequence[str] = FORMATS) -> list[File]:
    """Write a workbook into the site's `downloads`, in both formats or in those named."""
    files = []
    for kind in formats:
        path = edition.site / FOLDER / f"{name}.{kind.lower()}"
        WRITERS[kind](workbook, path)
        files.append(_file(edition, path, kind, len(workbook.sheets) - OWN_SHEETS))
    return files


def _write_csv(edition: Edition, table: Tabulated) -> File:
    """RFC 4180 in UTF-8: one row of headings, then the rows; a number as digits without thousands set apart."""
    if not table.name.replace("_", "").isalnum() or not table.name.isascii() or table.name != table.name.lower():
        raise ReportBroken(f"The table {table.name} must be called in lower case letters, digits and underscores.")
    path = edition.site / FOLDER / f"{table.name}.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(inert_row(table.headings))
        writer.writerows(inert_row(str(value) for value in row) for row in table.rows)
    return _file(edition, path, "CSV", 1)


def _file(edition: Edition, path: Path, kind: str, tables: int) -> File:
    return File(kind, path.relative_to(edition.site).as_posix(), size_shown(path.stat().st_size), tables)


def size_shown(size: int) -> str:
    """A file's size as GOV.UK tells it: `3 KB`, `1.2 MB`."""
    return f"{size / MEGABYTE:.1f} MB" if size >= MEGABYTE else f"{max(1, round(size / KILOBYTE))} KB"
