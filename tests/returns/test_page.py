"""The page of the returns: in the restricted site alone, and as it says with every trust."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from flows.report.compose import Figure, Link, Page, Tag
from flows.report.pages import returns
from flows.report.read import read_figures
from flows.report.write import Making
from flows.returns import FOLDER
from tests.returns.conftest import HEADER, Returned

Get = Callable[[str], Returned]


def page_of(found: Returned, kind: str = "restricted") -> list[Page]:
    """The pages that the module makes for a variant."""
    edition = replace(found.edition, kind=kind)  # type: ignore[arg-type]
    with read_figures(edition) as figures:
        return returns.pages(Making(edition, figures, lambda _: None), ())


def test_the_open_site_has_no_returns(returned: Get) -> None:
    """They hold exact counts of small groups."""
    assert page_of(returned("whole"), "open") == []


def test_every_workbook_is_linked_from_where_the_site_stands(returned: Get) -> None:
    found = returned("whole")
    [page] = page_of(found)
    links = [cell.href for row in page.content["overview"].rows for cell in row if isinstance(cell, Link)]
    links.append(page.content["declared"]["csv"].href)
    places = {(found.edition.site / link).resolve() for link in links}
    assert places == {path.resolve() for path in (found.edition.part / FOLDER).iterdir()}


def test_the_page_counts_verdicts_as_the_workbook_does(returned: Get) -> None:
    for variant in ("whole", "bare", "broken"):
        found = returned(variant)
        [page] = page_of(found)
        for row in page.content["overview"].rows[:2]:
            workbook = found.recalculated(row[-1].text)
            words = [str(one[6]) for one in workbook["Checks"].iter_rows(min_row=HEADER + 1, values_only=True)]
            counts = [cell.number for cell in row if isinstance(cell, Figure)]
            assert counts == [words.count(word) for word in ("OK", "look", "no figure")], variant


def test_what_to_look_at_is_told_with_its_column_and_what_to_do(returned: Get) -> None:
    [page] = page_of(returned("broken"))
    rows = {row[0]: row for row in page.content["filled"][0]["checks"].rows}
    check = rows["The staff in the rows of indicator 1 are everyone in the workforce."]
    assert isinstance(check[1], Tag) and check[1].text == "Look"
    assert check[2] == "31 March 2025, White; 31 March 2024, White" or "White" in str(check[2])
    assert "Left out" in str(check[3])


def test_what_is_empty_is_told_with_its_reason(returned: Get) -> None:
    [page] = page_of(returned("bare"))
    assert any("No breakdown of the staff survey" in sentence for sentence in page.content["filled"][0]["empty"])
    assert page.content["declared"] is None
    assert page.content["nothing"] == [returns.NOTHING_DECLARED]


def test_figures_to_type_are_those_of_the_file_and_drafts(returned: Get) -> None:
    found = returned("whole")
    [page] = page_of(found)
    table = page.content["declared"]["fields"]
    names, typed = (found.written / "gender_pay_gap_2025.csv").read_text(encoding="utf-8").splitlines()
    assert [row[3] for row in table.rows] == names.split(",")
    assert [row[2].text for row in table.rows if isinstance(row[2], Figure)] == typed.split(",")
    assert {row[2].status for row in table.rows if isinstance(row[2], Figure)} == {"draft"}


def test_a_release_without_a_year_end_has_a_page_that_says_so(returned: Get, tmp_path: Path) -> None:
    whole = returned("whole")
    edition = replace(whole.edition, figures=tmp_path / "marts.duckdb", part=tmp_path)
    edition.figures.write_bytes(whole.edition.figures.read_bytes())
    with duckdb.connect(str(edition.figures)) as con:
        con.execute("use marts; delete from wres_1_national_return; delete from pay_gap_gender")
    [page] = page_of(replace(whole, edition=edition))
    assert page.content["nothing"] == [returns.NOTHING_FILLED, returns.NOTHING_DECLARED]
    assert list(page.content["overview"].rows) == []


@pytest.mark.parametrize("name", ["wres", "wdes"])
def test_page_and_cover_tell_the_same_uncertain_points(returned: Get, name: str) -> None:
    found = returned("whole")
    [page] = page_of(found)
    told = next(one["uncertain"] for one in page.content["filled"] if one["name"] == name)
    cover = found.cached(f"{name}_return_2025.xlsx")["Cover"].iter_rows(max_col=2, values_only=True)
    assert [str(row[1]) for row in cover if row[0] == "Not certain"] == told
