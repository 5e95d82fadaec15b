"""The workbooks of the national returns, read by two other programs: openpyxl, and LibreOffice, which calculates."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import openpyxl
import pytest

from tests.returns.conftest import HEADER, Returned, cell

Get = Callable[[str], Returned]

NOW, BEFORE = "31 March 2025", "31 March 2024"
WRES = {"white": "White", "ethnic_minority": "BME", "unknown": "Ethnicity unknown or null"}
WDES = {"disabled": "Disabled", "not_disabled": "Non-disabled", "unknown": "Disability unknown or null"}


def test_libreoffice_calculates_anew_and_trusts_no_cached_value(returned: Get) -> None:
    """Else the tests below would compare a number with itself."""
    folder = returned("whole").anew.parent / "probe"
    assert openpyxl.load_workbook(folder / "probe.xlsx", data_only=True).active["A1"].value == 2


@pytest.mark.parametrize("variant", ["whole", "bare", "broken", "changed"])
def test_every_formula_comes_to_the_value_that_is_written_beside_it(returned: Get, variant: str) -> None:
    found = returned(variant)
    compared = 0
    for name in found.names():
        formulas, cached, anew = found.formulas(name), found.cached(name), found.recalculated(name)
        for sheet in formulas.worksheets:
            for row in sheet.iter_rows():
                for one in row:
                    if one.data_type == "f":
                        before = cached[sheet.title][one.coordinate].value
                        after = anew[sheet.title][one.coordinate].value
                        compared += 1
                        where = f"{name} {sheet.title} {one.coordinate} {one.value}"
                        if isinstance(after, int | float):
                            assert before == pytest.approx(after, abs=1e-9), where
                        else:
                            assert (before or "") == (after or ""), where
    assert compared > 300


WRES_CELLS = {
    34: "select {group}_shortlisted_count from wres_2_shortlisting",
    35: "select {group}_appointed_count from wres_2_shortlisting",
    36: "select {group}_appointed_count / {group}_shortlisted_count from wres_2_shortlisting",
    38: "select sum({group}_count) from wres_1_national_return where item_number is not null",
    39: "select {group}_entered_count from wres_3_disciplinary where rolling_years = 1",
    40: "select {group}_likelihood from wres_3_disciplinary where rolling_years = 1",
    43: "select {group}_trained_count from wres_4_training",
    50: "select {group}_count from wres_9_board where stratum = 'all'",
    51: "select {group}_count from wres_9_board where stratum = 'voting'",
    52: "select {group}_count from wres_9_board where stratum = 'non_voting'",
    55: "select {group}_count from wres_9_board where stratum = 'non_executive'",
    56: "select {group}_count from wres_1_representation where stratum = 'all'",
    58: "select {group}_share from wres_9_board where stratum = 'voting'",
    62: "select {group}_share from wres_1_representation where stratum = 'all'",
    63: "select {group}_share_difference from wres_9_board where stratum = 'all'",
}
WDES_CELLS = {
    1: "select sum({group}_count) from wdes_1_representation where stratum = 'non_clinical / cluster_1'",
    4: "select sum({group}_count) from wdes_1_representation where stratum = 'non_clinical / cluster_4'",
    5: "select sum({group}_count) from wdes_1_representation where stratum = 'non_clinical / no_cluster'",
    6: "select {group}_count from wdes_1_representation where stratum = 'non_clinical'",
    8: "select {group}_count from wdes_1_representation where stratum = 'clinical / cluster_2'",
    15: "select {group}_count from wdes_1_representation where stratum = 'clinical'",
    16: "select {group}_shortlisted_count from wdes_2_shortlisting",
    20: "select {group}_staff_count from wdes_3_capability",
    21: "select {group}_entered_count / 2 from wdes_3_capability",
    22: "select {group}_likelihood from wdes_3_capability",
    35: "select {group}_count from wdes_10_board where stratum = 'all'",
    39: "select {group}_count from wdes_10_board where stratum = 'executive'",
    43: "select {group}_share from wdes_10_board where stratum = 'voting'",
    49: "select {group}_share_difference from wdes_10_board where stratum = 'voting'",
    50: "select {group}_share_difference from wdes_10_board where stratum = 'executive'",
}
SINGLE_CELLS = {
    ("wres", 37, "BME"): "select relative_likelihood_ratio from wres_2_shortlisting",
    ("wres", 41, "BME"): "select relative_likelihood_ratio from wres_3_disciplinary where rolling_years = 1",
    ("wres", 45, "BME"): "select relative_likelihood_ratio from wres_4_training",
    ("wres", 46, "White"): "select white_share from wres_5_harassment_by_public",
    ("wres", 47, "BME"): "select ethnic_minority_share from wres_6_harassment_by_staff",
    ("wres", 48, "BME"): "select ethnic_minority_share from wres_7_equal_opportunities",
    ("wres", 49, "White"): "select white_share from wres_8_discrimination",
    ("wdes", 19, "Disabled"): "select relative_likelihood_ratio from wdes_2_shortlisting",
    ("wdes", 23, "Disabled"): "select relative_likelihood_ratio from wdes_3_capability",
    ("wdes", 24, "Disabled"): "select disabled_share from wdes_4a_i_harassment_by_public",
    ("wdes", 27, "Non-disabled"): "select not_disabled_share from wdes_4b_reporting_harassment",
    ("wdes", 31, "Disabled"): "select disabled_share from wdes_8_reasonable_adjustments",
    ("wdes", 32, "Non-disabled"): "select not_disabled_score from wdes_9a_engagement",
    ("wdes", 33, "Disabled"): "select answer from wdes_9b_voices",
}


@pytest.mark.parametrize(("year", "date"), [(NOW, "2025-03-31"), (BEFORE, "2024-03-31")])
def test_openpyxl_finds_the_figures_of_the_marts_in_their_cells(returned: Get, year: str, date: str) -> None:
    """The marts are asked anew, each by its own name and columns, and not through the conformed tables."""
    found = returned("whole")
    sheets = {name: found.recalculated(f"{name}_return_2025.xlsx")["Return"] for name in ("wres", "wdes")}
    asked = {
        (name, item, label): sql.replace("{group}", group)
        for name, cells, groups in (("wres", WRES_CELLS, WRES), ("wdes", WDES_CELLS, WDES))
        for item, sql in cells.items()
        for group, label in groups.items()
    }
    with duckdb.connect(str(found.edition.figures), read_only=True) as con:
        con.execute("use marts")
        for (name, item, label), sql in {**asked, **SINGLE_CELLS}.items():
            released = _ask(con, sql, date)
            shown = cell(sheets[name], item, f"{year}: {label}")
            where = f"{name} item {item}, {year}: {label}"
            if released is None or isinstance(released, str):
                assert shown == (released or None) or (shown == 0 and "sum(" in sql), where
            else:
                assert shown == pytest.approx(float(released), abs=1e-9), where
        for item, label, white in con.execute(
            "select item_number, row_label, white_count from wres_1_national_return "
            f"where item_number is not null and snapshot_date = '{date}'"
        ).fetchall():
            assert cell(sheets["wres"], item, f"{year}: White") == white, label


def _ask(con: duckdb.DuckDBPyConnection, sql: str, date: str) -> float | str | None:
    table = sql.split(" from ")[1].split(maxsplit=1)[0]
    columns = {
        name
        for (name,) in con.execute(f"select column_name from duckdb_columns() where table_name = '{table}'").fetchall()
    }
    when = "snapshot_date" if "snapshot_date" in columns else "as_at_date"
    test = f"{when} = '{date}'" if "survey_year" not in columns else f"survey_year = {int(date[:4]) - 1}"
    unit = " and organisation_unit_level = 'trust'" if "organisation_unit_level" in columns else ""
    row = con.execute(f"{sql} {'and' if ' where ' in sql else 'where'} {test}{unit}").fetchone()
    value: float | str | None = row[0] if row else None
    return value


def test_calculated_cells_are_formulas_and_asked_cells_are_numbers(returned: Get) -> None:
    sheet = returned("whole").formulas("wres_return_2025.xlsx")["Return"]
    assert str(cell(sheet, 36, f"{NOW}: White")).startswith("=IF(COUNT(")
    assert str(cell(sheet, 38, f"{NOW}: BME")).count("SUM(") == 1
    assert isinstance(cell(sheet, 34, f"{NOW}: White"), int | float)
    measures = {cell(sheet, item, "Measure") for item in (36, 37, 38, 52, 57, 63)}
    assert measures == {"Auto calculated"}


def test_what_has_no_figure_is_an_empty_cell_with_its_reason(returned: Get) -> None:
    """A trust without survey and board has returns all the same."""
    found = returned("bare")
    wres = found.recalculated("wres_return_2025.xlsx")["Return"]
    wdes = found.recalculated("wdes_return_2025.xlsx")["Return"]
    for sheet, item, label, reason in (
        (wres, 46, "White", "No breakdown of the staff survey"),
        (wres, 50, "BME", "No list of the board"),
        (wres, 57, "BME", "No list of the board"),
        (wres, 30, "White", "It is not known from ESR"),
        (wdes, 31, "Disabled", "No breakdown of the staff survey"),
        (wdes, 34, "Disabled", "The trust has stated nothing"),
        (wdes, 42, "Disabled", "No list of the board"),
    ):
        assert not cell(sheet, item, f"{NOW}: {label}"), item
        assert reason in str(cell(sheet, item, "Notes")), item
    assert cell(wres, 38, f"{NOW}: White"), "the workforce needs no board"
    assert "no figure" in {row[6].value for row in found.recalculated("wres_return_2025.xlsx")["Checks"].iter_rows()}


def test_without_pay_there_are_no_figures_for_gov_uk(returned: Get) -> None:
    assert returned("bare").names() == ["wdes_return_2025.xlsx", "wres_return_2025.xlsx"]
    assert "gender_pay_gap_2025.xlsx" in returned("whole").names()


def _verdicts(workbook: openpyxl.Workbook) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in workbook["Checks"].iter_rows(min_row=HEADER + 1, values_only=True):
        found.setdefault(str(row[0]), set()).add(str(row[6]))
    return found


def test_every_check_fits_where_nothing_is_wrong(returned: Get) -> None:
    for name in ("wres_return_2025.xlsx", "wdes_return_2025.xlsx"):
        verdicts = _verdicts(returned("whole").recalculated(name))
        assert len(verdicts) > 30
        assert {word for words in verdicts.values() for word in words} <= {"OK", "no figure"}
        assert verdicts["Voting and non-voting members are the whole board."] == {"OK"}


def test_a_planted_fault_is_found_by_the_check_that_is_for_it(returned: Get) -> None:
    """More appointed than shortlisted, and a row of indicator 1 that lost a person."""
    workbook = returned("broken").recalculated("wres_return_2025.xlsx")
    verdicts = _verdicts(workbook)
    assert verdicts["No more applicants were appointed than shortlisted."] == {"look"}
    assert verdicts["The staff in the rows of indicator 1 are everyone in the workforce."] == {"OK", "look"}
    assert "look" in verdicts["Item 38 as the template calculates it is the figure of the release."]
    facts = {row[0]: row[1] for row in workbook["Cover"].iter_rows(max_col=2, values_only=True)}
    assert facts["Checks to look at"] == sum(
        row[6] == "look" for row in workbook["Checks"].iter_rows(min_row=HEADER + 1, values_only=True)
    )


def test_words_of_the_data_never_become_formulas(returned: Get) -> None:
    found = returned("broken")
    assert str(cell(found.formulas("wdes_return_2025.xlsx")["Return"], 34, f"{NOW}: Disabled")) == "'=1+1"
    cover = found.formulas("wres_return_2025.xlsx")["Cover"]
    assert all(one.data_type != "f" or str(one.value).startswith("=COUNTIF(Checks!") for row in cover for one in row)


def test_the_cover_says_whose_it_is_and_what_is_uncertain(returned: Get) -> None:
    found = returned("whole")
    for name, more in (("wres_return_2025.xlsx", "Checks that fit"), ("gender_pay_gap_2025.xlsx", "People")):
        rows = list(found.cached(name)["Cover"].iter_rows(min_row=HEADER, max_col=2, values_only=True))
        facts = {str(row[0]): str(row[1]) for row in rows}
        assert found.edition.organisation.name in facts["Trust"]
        assert found.edition.release_id in facts["Release"]
        assert NOW in facts["Year"]
        assert facts["State of the figures"].startswith("Draft: nobody has approved")
        assert [str(row[0]) for row in rows].count("Not certain") >= 4
        assert more in facts


def test_who_is_left_out_is_told(returned: Get) -> None:
    rows = list(returned("whole").cached("wres_return_2025.xlsx")["Left out"].iter_rows(values_only=True))
    assert any(row[1] == "On a local scale, without a salary or a range to place them by" for row in rows)
    assert any(row[0] == "In no figure of WRES 1" and row[1] == "Bank only" and row[4] for row in rows)


def test_sheets_are_ready_to_work_on_and_to_print(returned: Get) -> None:
    workbook = returned("whole").formulas("wdes_return_2025.xlsx")
    assert workbook.sheetnames == ["Cover", "Return", "Checks", "Left out", "Definitions", "Layout"]
    sheet = workbook["Return"]
    assert sheet.freeze_panes == "D4"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.page_setup.fitToHeight) == (
        "landscape",
        9,
        0,
    )
    assert sheet.print_title_rows == "$3:$3"
    assert not sheet.protection.sheet
    assert len(list(workbook["Definitions"].iter_rows(min_row=HEADER + 1))) >= 10


def test_a_new_template_is_a_change_of_the_seed(returned: Get) -> None:
    """Other items, labels, rows and columns: the workbook follows, and its formulas still come to the same."""
    found = returned("changed")
    sheet, anew = (
        found.formulas("wres_return_2025.xlsx")["Return"],
        found.recalculated("wres_return_2025.xlsx")["Return"],
    )
    whole = returned("whole").recalculated("wres_return_2025.xlsx")["Return"]
    headings = [one.value for one in sheet[HEADER]]
    assert headings[4:7] == [f"{NOW}: {label}" for label in WRES.values()], "the years changed places"
    assert cell(sheet, 134, "Data item") == "Applicants on the shortlist"
    items = [row[1] for row in sheet.iter_rows(min_row=HEADER + 1, values_only=True)]
    assert items.index(135) < items.index(134) and items[-1] == 137
    for new, old in ((134, 34), (135, 35), (136, 36), (137, 37)):
        for year in (NOW, BEFORE):
            label = f"{year}: BME"
            assert cell(anew, new, label) == pytest.approx(cell(whole, old, label), abs=1e-9)
    assert cell(sheet, 136, f"{NOW}: White") != cell(
        returned("whole").formulas("wres_return_2025.xlsx")["Return"], 36, f"{NOW}: White"
    )
