"""Downloads: the same cells in CSV, ODS and XLSX, by the Government Analysis Function's rules for spreadsheets.

Workbooks are read back by programs that had no part in writing them: openpyxl, odfdo and LibreOffice.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb
import openpyxl
import pytest
from odfdo import Document

from flows.configure import Organisation
from flows.report import Edition
from flows.report.bind import sheet_names
from flows.report.compose import Column, Figure, Link, Page, Table, Tag
from flows.report.export import _workbook_name, export, size_shown
from flows.report.export_tables import export_tables
from flows.report.read import Figures, seed
from flows.report.tabulate import Number, distinct, tabulate

OWN_SHEETS = ["Cover", "Contents", "Notes"]
HOSTILE = (
    "=cmd|'/C calc'!A0",
    '<b>&"Fleet"',
    "x" * 300,
    "two\nlines\x00",
    "[a](http://example.org)",
    "$$1$$",
    "@SUM(1)",
)
ODS_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}p"
ODS_LINK = re.compile(r"\[(\w+)\]\(#\w+\.A1\)")
"""How odfdo tells of a link to a sheet."""
ODS_SPAN = re.compile(rb"number-(columns|rows)-spanned|covered-table-cell")


def _table(name: str = "shares_by_group") -> Table:
    return Table(
        name,
        "Shares of the workforce by group",
        [Column("Group"), Column("Share", True), Column("Change", True), Column("People", True), Column("Verdict")],
        [
            [
                "White",
                Figure("68.8%", 0.6881927710843374),
                Figure("\N{MINUS SIGN}1.2 points", -0.012),
                _people(5712),
                _better(),
            ],
            ["Unknown", Figure("[c]", None, note="small"), Figure("+0.4 points", 0.004), Figure("[c]"), _better()],
            [Link("All", "index.html"), Figure("[x]", note="Nobody answered."), "", _people(8300), ""],
        ],
        ["A note of the table."],
    )


def _people(number: int) -> Figure:
    return Figure(f"{number:,}", number)


def _better() -> Tag:
    return Tag("Improved", "▲", "good")


def _mixed() -> Table:
    figures = [
        Figure("24.6%", 0.24602409638),
        Figure("1.30", 1.3002),
        Figure("£18.42", 18.4167),
        Figure("12 records", 12),
    ]
    rows = [[f"Row {place}", figure, "7"] for place, figure in enumerate(figures)]
    return Table(
        "mixed", "Several units in a column", [Column("Indicator"), Column("Latest", True), Column("Order", True)], rows
    )


def _hostile() -> Table:
    return Table(
        "hostile", HOSTILE[0], [Column("Name"), Column("Name"), Column("=A1")], [[name, "", "x"] for name in HOSTILE]
    )


def _empty() -> Table:
    return Table("empty", "A table without rows", [Column("Group"), Column("Share", True)], [])


PUBLISHED = datetime.datetime(2025, 4, 4, 2, 30, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The downloads of one page with tables of every kind."""
    return _written(tmp_path_factory.mktemp("export"))


def _edition(part: Path) -> Edition:
    return Edition(
        kind="open",
        figures=part / "open.duckdb",
        part=part,
        organisation=Organisation(name='A <b>&"Trust"', ods_code="RX1"),
        release_id="20250404T023000Z_1a2b3c",
        published_at=PUBLISHED,
        as_of_date=datetime.date(2025, 4, 3),
        texts=part,
    )


def _written(folder: Path) -> Path:
    edition = _edition(folder)
    edition.site.mkdir()
    page = Page(
        "indicators/shares.html",
        '=1+1 <b>&"Fleet"\x00',
        "x",
        "indicators",
        "",
        tables=[_table(), _mixed(), _hostile(), _empty()],
    )
    export(edition, [page])
    return edition.site / "downloads"


Sheets = dict[str, list[list[Any]]]


def _read_xlsx(path: Path) -> Sheets:
    book = openpyxl.load_workbook(path)
    return {sheet.title: [[_bare(cell.value) for cell in row] for row in sheet.iter_rows()] for sheet in book}


def _read_ods(path: Path) -> Sheets:
    return {
        table.name: [[_bare(value) for value in row] for row in table.get_values()]
        for table in Document(str(path)).body.tables
    }


def _read_csv(path: Path) -> list[list[Any]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return [[_bare(value) for value in row] for row in csv.reader(handle)]


def _bare(value: Any) -> Any:
    """A cell as it is compared: a number as a number, whatever kept it, and nothing as an empty text."""
    if value is None:
        return ""
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, str):
        return ODS_LINK.sub(r"\1", value)
    return round(float(value), 9)


def _numbers(rows: list[list[Any]]) -> list[list[Any]]:
    """The rows of a CSV file with the texts that are numbers as such."""
    return [[_number(one) for one in row] for row in rows]


def _number(one: Any) -> Any:
    is_number = isinstance(one, str) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", one)
    return round(float(one), 9) if is_number else one


def _below_lines(rows: list[list[Any]], headings: list[str]) -> list[list[Any]]:
    """The table of a sheet: from its headings to its end."""
    width = len(headings)
    at = next(place for place, row in enumerate(rows) if row[:width] == headings)
    return [[*row, *[""] * width][:width] for row in rows[at:]]


def _workbooks(downloads: Path) -> Iterator[tuple[Path, Sheets]]:
    for path in sorted(downloads.glob("*.xlsx")):
        yield path, _read_xlsx(path)
    for path in sorted(downloads.glob("*.ods")):
        yield path, _read_ods(path)


def test_a_table_has_the_same_cells_in_every_format(written: Path) -> None:
    for path, sheets in _workbooks(written):
        for name in ("shares_by_group", "mixed", "hostile"):
            told = _numbers(_read_csv(written / f"{name}.csv"))
            assert _numbers(_below_lines(sheets[name], [str(one) for one in told[0]])) == told, (path.name, name)


def test_numbers_are_in_the_unit_of_their_heading_and_as_exact_as_they_are_known(written: Path) -> None:
    rows = _read_csv(written / "shares_by_group.csv")
    assert rows == [
        ["Group", "Share (%)", "Change (percentage points)", "People", "Verdict", "Remark"],
        ["White", "68.8192771084", "-1.2", "5712", "Improved", ""],
        ["Unknown", "[c]", "0.4", "[c]", "Improved", ""],
        ["All", "[x]", "", "8300", "", "Nobody answered"],
    ]


def test_a_column_of_several_units_names_each(written: Path) -> None:
    assert _read_csv(written / "mixed.csv") == [
        ["Indicator", "Latest", "Latest: unit", "Order"],
        ["Row 0", "24.602409638", "%", "7"],
        ["Row 1", "1.3002", "plain number", "7"],
        ["Row 2", "18.4167", "£", "7"],
        ["Row 3", "12", "records", "7"],
    ]


def test_a_heading_that_names_its_unit_is_not_told_it_twice() -> None:
    named = ["95% interval from", "Share (%)", "Records to complete"]
    figures = [Figure("24.6%", 0.246), Figure("24.6%", 0.246), Figure("12 records", 12)]
    table = Table("named", "Named", [Column(one, True) for one in named], [figures])
    assert tabulate(table).headings == ["95% interval from (%)", "Share (%)", "Records to complete"]


def test_a_workbook_is_called_as_its_page() -> None:
    paths = ["index.html", "directorates/index.html", "directorates/a/b.html"]
    pages = [Page(path, "", "", "home", "") for path in paths]
    assert [_workbook_name(page) for page in pages] == ["home", "directorates", "directorates_a_b"]


def test_a_figure_whose_number_is_not_what_is_shown_is_taken_as_shown() -> None:
    table = Table(
        "odd",
        "Odd",
        [Column("A"), Column("B", True)],
        [["x", Figure("3,000", 2998.0)], ["y", Figure("9%", float("nan"))]],
    )
    assert [row[1] for row in tabulate(table).rows] == [Number(Decimal("3000.0")), Number(Decimal("9.0"))]


def test_a_workbook_has_cover_contents_notes_and_one_table_a_sheet(written: Path) -> None:
    for path, sheets in _workbooks(written):
        names = list(sheets)
        assert names == [*OWN_SHEETS, "shares_by_group", "mixed", "hostile", "empty"], path.name
        assert [row[0] for row in sheets["Contents"][3:]] == names[3:]
        assert all(rows[0][0] for rows in sheets.values()), "each sheet has its title in A1"


def test_every_marker_is_explained_in_the_notes(written: Path) -> None:
    for path, sheets in _workbooks(written):
        explained = {row[0] for row in sheets["Notes"]}
        assert {row["marker"] for row in seed("disclosure/disclosure_markers")} <= explained, path.name
        assert {"%", "Percentage points", "Unit", "Remark", "Empty cell"} <= explained


def test_no_row_or_column_is_empty_and_no_cell_is_merged(written: Path) -> None:
    for path, sheets in _workbooks(written):
        for name, rows in sheets.items():
            assert all(any(one != "" for one in row) for row in rows), (path.name, name)
            width = len(rows[-1])
            assert all(any(row[place] != "" for row in rows if place < len(row)) for place in range(width)), name
    for sheet in openpyxl.load_workbook(written / "indicators_shares.xlsx"):
        assert not sheet.merged_cells.ranges
        assert sheet.freeze_panes is None
    with zipfile.ZipFile(written / "indicators_shares.ods") as archive:
        assert not ODS_SPAN.search(archive.read("content.xml"))


def test_tables_are_marked_as_tables_with_their_headings(written: Path) -> None:
    book = openpyxl.load_workbook(written / "indicators_shares.xlsx")
    marked = {sheet.title: [table.ref for table in sheet.tables.values()] for sheet in book}
    assert marked["Cover"] == []
    assert all(len(found) == 1 for name, found in marked.items() if name != "Cover")
    assert marked["shares_by_group"] == ["A6:F9"]
    content = zipfile.ZipFile(written / "indicators_shares.ods").read("content.xml").decode()
    assert (
        content.count("<table:table-header-rows>")
        == content.count("<table:database-range ")
        == len(book.sheetnames) - 1
    )
    assert "'shares_by_group'.A6:'shares_by_group'.F9" in content


def test_documents_tell_title_author_language_and_the_release_time(written: Path) -> None:
    book = openpyxl.load_workbook(written / "indicators_shares.xlsx")
    assert book.properties.title == """'=1+1 <b>&"Fleet": A <b>&"Trust\""""
    assert book.properties.creator == 'A <b>&"Trust"'
    assert book.custom_doc_props["Language"].value == "en-GB"
    meta = Document(str(written / "indicators_shares.ods")).meta
    assert (meta.title, str(meta.language), meta.creator) == (book.properties.title, "en-GB", book.properties.creator)
    assert book.properties.created == PUBLISHED.replace(tzinfo=None)


def test_what_people_typed_stays_a_text(written: Path) -> None:
    expected = ["'" + HOSTILE[0], HOSTILE[1], HOSTILE[2], "two lines", *HOSTILE[4:6], "'" + HOSTILE[6]]
    for path, sheets in _workbooks(written):
        assert [row[0] for row in sheets["hostile"][-len(HOSTILE) :]] == expected, path.name
    for sheet in openpyxl.load_workbook(written / "indicators_shares.xlsx"):
        cells = [cell for row in sheet.iter_rows() for cell in row]
        assert not [cell for cell in cells if cell.data_type == "f"]
        assert not [cell for cell in cells if cell.hyperlink and cell.hyperlink.target]
    content = zipfile.ZipFile(written / "indicators_shares.ods").read("content.xml")
    assert b"table:formula" not in content
    assert set(re.findall(rb'xlink:href="(.)', content)) == {b"#"}
    assert ElementTree.fromstring(content).findall(f".//{ODS_TEXT}")


def test_names_of_sheets_are_legal_and_unlike() -> None:
    names = ["notes", "a" * 40, "b" + "a" * 39, "A" * 31, "History", "x/y:[z]", "x_y__z", "__", ""]
    told = sheet_names(names)
    assert len({name.lower() for name in told} | {"cover", "contents", "notes", "history"}) == len(names) + 4
    assert all(re.fullmatch("[A-Za-z0-9][A-Za-z0-9_]{0,30}", name) for name in told)


def test_headings_are_filled_in_and_unlike() -> None:
    assert distinct(["Name", "name", "", "Name (2)"]) == ["Name", "name (2)", "Column 3", "Name (2) (2)"]


def test_the_same_figures_give_the_same_bytes(tmp_path: Path) -> None:
    hashes = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        downloads = _written(tmp_path / name)
        hashes.append({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in downloads.iterdir()})
    assert hashes[0] == hashes[1]
    assert len(hashes[0]) == 6


def test_a_size_is_told_as_people_read_it() -> None:
    assert [size_shown(size) for size in (1, 2_400, 999_400, 1_250_000)] == ["1 KB", "2 KB", "999 KB", "1.2 MB"]


@pytest.mark.parametrize("ending", ["ods", "xlsx"])
def test_libreoffice_opens_it_and_reads_the_same_table(written: Path, tmp_path: Path, ending: str) -> None:
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("LibreOffice is not installed, so nothing but our own readers opens the workbooks here.")
    filter_of_sheet_4 = "csv:Text - txt - csv (StarCalc):44,34,76,1,,2057,false,false,false,false,false,4"
    subprocess.run(
        [
            soffice,
            "--headless",
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--convert-to",
            filter_of_sheet_4,
            "--outdir",
            str(tmp_path),
            str(written / f"indicators_shares.{ending}"),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    (found,) = tmp_path.glob("indicators_shares*.csv")
    told = _numbers(_read_csv(written / "shares_by_group.csv"))
    assert _numbers(_below_lines(_read_csv(found), [str(one) for one in told[0]])) == told


OPEN_TABLES = """
create schema figures.marts;
create table figures.marts.indicator_values as from (values
    ('wres_1', date '2025-03-31', 0.246, 12.0, 50.0, null, null, true),
    ('wres_1', date '2024-03-31', null, null, 40.0, '[c]', null, true),
    ('=cmd()', date '2023-03-31', null, null, null, '[x]', '[c]', false)
) as made (
    indicator_id, as_at_date, value, numerator, denominator, value_marker, denominator_marker, is_current_definition
);
comment on column figures.marts.indicator_values.value is 'A fraction of 1.';
create table figures.marts.open_cuts as select 1 as cut, 'trust' as level;
create table figures.marts.indicator_vocabulary as select range as place from range(5);
use figures.marts;
"""


@pytest.fixture
def own_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, dict[str, list[str]]]:
    """The workbooks of a small open part's own tables, and the formats of each table."""
    monkeypatch.setattr("flows.report.export_tables.FEW_ROWS", 2)
    edition = _edition(tmp_path)
    (edition.site / "downloads").mkdir(parents=True)
    with duckdb.connect() as con:
        con.execute(f"attach '{edition.figures}' as figures")
        con.execute(OPEN_TABLES)
        files = export_tables(edition, Figures(con))
        assert export_tables(replace(edition, kind="restricted"), Figures(con)) == {}
    return edition.site / "downloads" / "tables", {name: [one.format for one in told] for name, told in files.items()}


def test_tables_of_the_open_part_hold_markers_for_hidden_numbers(own_tables: tuple[Path, Any]) -> None:
    folder, _ = own_tables
    for _, sheets in _workbooks(folder):
        if "indicator_values" not in sheets:
            continue
        rows = [[str(value)[:10] for value in row] for row in sheets["indicator_values"][-3:]]
        assert [row[:5] for row in rows] == [
            ["wres_1", "2025-03-31", "0.246", "12.0", "50.0"],
            ["wres_1", "2024-03-31", "[c]", "[c]", "40.0"],
            ["'=cmd()", "2023-03-31", "[x]", "[x]", "[c]"],
        ]
        assert ["indicator_values", "value", "A fraction of 1."] in sheets["columns"]


def test_small_tables_stand_together_and_long_definitions_are_ods_alone(own_tables: tuple[Path, Any]) -> None:
    folder, formats = own_tables
    assert formats == {
        "tables/indicator_values": ["ODS", "XLSX"],
        "tables/indicator_vocabulary": ["ODS"],
        "tables/open_cuts": ["ODS", "XLSX"],
    }
    assert {path.stem for path in folder.iterdir()} == {"indicator_values", "indicator_vocabulary", "small_tables"}


@pytest.mark.parametrize("kind", ["open", "restricted"])
def test_every_table_of_the_site_is_there_to_take_away(site: Callable[[str], Path], kind: str) -> None:
    root = site(kind)
    pages = [path.read_text(encoding="utf-8") for path in root.rglob("*.html")]
    linked = {Path(href).name for page in pages for href in re.findall(r'href="([^"]*downloads/[^"]*)"', page)}
    there = {path.name for path in (root / "downloads").iterdir() if path.is_file()}
    assert there
    assert there <= linked
