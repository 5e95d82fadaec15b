"""Returns of a small real release, and of trusts that lack something, calculated anew by one start of LibreOffice."""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import openpyxl
import pytest
import xlsxwriter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

import flows.report.read
from flows.configure import PROJECT
from flows.report import Edition
from flows.returns import FOLDER, fill_returns
from tests.report.conftest import edition, published_once, restricted_edition
from tests.share import made_once

__all__ = ["edition", "published_once", "restricted_edition"]

HEADER = 3
SURVEY = [*(f"wres_{number}" for number in range(5, 9)), "wdes_4a_i", "wdes_4a_ii", "wdes_4a_iii", "wdes_4b", "wdes_5"]
SURVEY += ["wdes_6", "wdes_7", "wdes_8", "wdes_9a"]
BOARD = ["wres_9", "wdes_10"]

VARIANTS: dict[str, list[str]] = {
    "whole": [],
    "bare": [
        f"delete from indicator_values where indicator_id in {(*SURVEY, *BOARD)}",
        f"delete from indicator_comparisons where indicator_id in {(*SURVEY, *BOARD)}",
        "delete from wres_9_board",
        "delete from wdes_10_board",
        "delete from pay_gap_gender",
        "delete from pay_gap_quarters",
        "delete from wdes_9b_voices",
    ],
    "broken": [
        "update indicator_values set numerator = denominator + 1 "
        "where indicator_id = 'wres_2' and measure = 'likelihood' and organisation_unit_level = 'trust'",
        "update wres_1_national_return set white_count = white_count - 1 where return_row = 'clinical_band_5'",
        "update wdes_9b_voices set statement_text = '=1+1'",
        "update pay_gap_gender set mean_gap_share = null, not_computed_because = 'Nobody in the group has full pay.'",
    ],
    "changed": [],
}
"""What is done to a copy of the release: a trust without survey, board, pay and statements, and one whose data break
what a return must keep."""


@dataclass(frozen=True)
class Returned:
    """The returns of one variant: as they were written, and as LibreOffice calculated them anew."""

    edition: Edition
    written: Path
    anew: Path

    def formulas(self, name: str) -> Workbook:
        """The workbook with its formulas."""
        return openpyxl.load_workbook(self.written / name)

    def cached(self, name: str) -> Workbook:
        """The workbook with what it shows before it is calculated."""
        return openpyxl.load_workbook(self.written / name, data_only=True)

    def recalculated(self, name: str) -> Workbook:
        """The workbook with what a spreadsheet makes of its formulas."""
        return openpyxl.load_workbook(self.anew / name, data_only=True)

    def names(self) -> list[str]:
        """The workbooks."""
        return sorted(path.name for path in self.written.glob("*.xlsx"))


@pytest.fixture(scope="session")
def returned(restricted_edition: Edition, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Returned]:
    """The returns of a variant. All are written and calculated anew the first time that one is asked for."""
    if not shutil.which("soffice"):
        pytest.skip("LibreOffice is not installed here (soffice is not found)")
    folder = made_once(tmp_path_factory.getbasetemp(), "returned", lambda into: _return_all(restricted_edition, into))

    def of(variant: str) -> Returned:
        return Returned(
            _variant(restricted_edition, folder, variant), folder / variant / FOLDER, folder / "anew" / variant
        )

    return of


def _variant(of: Edition, folder: Path, variant: str) -> Edition:
    trust = of.organisation.model_copy(update={"name": '=1+1 & "Fleet"'}) if variant == "broken" else of.organisation
    part = folder / variant
    return replace(of, part=part, figures=part / "marts.duckdb", organisation=trust)


def _return_all(of: Edition, folder: Path) -> None:
    for variant, changes in VARIANTS.items():
        made = _variant(of, folder, variant)
        made.part.mkdir()
        shutil.copyfile(of.figures, made.figures)
        made.figures.chmod(0o600)
        with duckdb.connect(str(made.figures)) as con:
            con.execute("use marts")
            for change in changes:
                con.execute(change)
        with seeds_with(folder / "seeds", change_layout) if variant == "changed" else seeds_with(None):
            fill_returns(made)
    _calculate_anew(folder)


@contextmanager
def seeds_with(folder: Path | None, change: Callable[[Path], None] = lambda _: None) -> Iterator[None]:
    """Definitions read from a changed copy; from the project itself where there is no folder for one."""
    with pytest.MonkeyPatch.context() as patch:
        if folder:
            shutil.copytree(PROJECT / "seeds", folder / "seeds")
            change(folder / "seeds" / "returns")
            patch.setattr(flows.report.read, "PROJECT", folder)
        flows.report.read.seed.cache_clear()
        yield
    flows.report.read.seed.cache_clear()


def change_layout(seeds: Path) -> None:
    """A template of another year: rows change places, items their numbers, labels their words, years their columns."""
    rows = _rows(seeds / "return_layouts.csv")
    for row in rows:
        if row["return"] == "wres" and row["item"]:
            row["item"] = str(int(row["item"]) + 100)
            row["formula"] = row["formula"].replace("{1..29},{31..33}", "{101..129},{131..133}")
            row["formula"] = row["formula"].replace("{35}/{34}", "{135}/{134}").replace("{36.", "{136.")
    shortlisted, appointed = (next(row for row in rows if row["item"] == item) for item in ("134", "135"))
    shortlisted["position"], appointed["position"] = appointed["position"], shortlisted["position"]
    shortlisted["label"] = "Applicants on the shortlist"
    kept = [row for row in rows if row["return"] == "wres" and (not row["item"] or int(row["item"]) < 138)]
    _write(seeds / "return_layouts.csv", kept + [row for row in rows if row["return"] == "wdes"])
    columns = _rows(seeds / "return_columns.csv")
    for column in columns:
        if column["return"] == "wres" and column["year"]:
            column["position"] = str(int(column["position"]) + (-3 if column["year"] == "current" else 3))
    _write(seeds / "return_columns.csv", columns)
    _write(seeds / "return_checks.csv", [row for row in _rows(seeds / "return_checks.csv") if row["return"] == "wdes"])


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


ALWAYS_ANEW = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""
"""A profile of LibreOffice that trusts no cached value of a workbook."""


def _calculate_anew(folder: Path) -> None:
    """Open every workbook in one LibreOffice, which calculates all formulas and writes what came out.

    A workbook with a wrong cached value goes with them, so that a test can see that they were calculated indeed.
    """
    given = folder / "given"
    given.mkdir()
    for path in folder.glob(f"*/{FOLDER}/*.xlsx"):
        shutil.copyfile(path, given / f"{path.parent.parent.name}--{path.name}")
    with xlsxwriter.Workbook(str(given / "probe--probe.xlsx")) as book:
        book.add_worksheet().write_formula(0, 0, "=1+1", None, 5)
    profile = folder / "profile" / "user"
    profile.mkdir(parents=True)
    (profile / "registrymodifications.xcu").write_text(ALWAYS_ANEW, encoding="utf-8")
    command = ["soffice", f"-env:UserInstallation={profile.parent.as_uri()}", "--headless", "--convert-to", "xlsx"]
    files = sorted(str(path) for path in given.iterdir())
    subprocess.run(
        [*command, "--outdir", str(folder / "out"), *files], check=True, timeout=180, capture_output=True, cwd=folder
    )
    for path in (folder / "out").iterdir():
        variant, _, name = path.name.partition("--")
        (folder / "anew" / variant).mkdir(parents=True, exist_ok=True)
        path.rename(folder / "anew" / variant / name)


def cell(sheet: Worksheet, item: int, heading: str) -> object:
    """What stands in a return at an item, in the column of a heading."""
    headings = {str(one.value): one.column for one in sheet[HEADER]}
    row = next(
        row for row in range(HEADER + 1, sheet.max_row + 1) if sheet.cell(row, headings["Data item no."]).value == item
    )
    return sheet.cell(row, headings[heading]).value
