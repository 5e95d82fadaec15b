"""Published and restated: the restricted edition says what the mart says, the open one no more than is open."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.report import Edition
from flows.report.compose import Figure, Page, Table
from flows.report.pages import published
from flows.report.read import read_figures, seed
from flows.report.reconcile import Reconciled, counted, reconcile
from flows.report.write import Making

NAMES = ("document", "location", "framework", "indicator", "measure", "population", "period")
UNITS = {one["unit"]: one for one in seed("published/published_units")}


def key(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in NAMES)


def reconciled(edition: Edition) -> dict[tuple[str, ...], Reconciled]:
    with read_figures(edition) as figures:
        told = reconcile(figures, edition.organisation.ods_code, is_open=not edition.is_restricted)
    return {key(one.row): one for one in told}


def page_of(edition: Edition) -> Page:
    with read_figures(edition) as figures:
        return published.pages(Making(edition, figures, lambda _: None), ())[0]


def test_the_restricted_edition_says_what_the_mart_says(restricted_edition: Edition) -> None:
    """Value as printed, whether it agrees, and why there is none: `published_reconciliation`, row by row."""
    told = reconciled(restricted_edition)
    with read_figures(restricted_edition) as figures:
        code = restricted_edition.organisation.ods_code
        mart = figures.rows("select * from published_reconciliation where organisation_code = $code", code=code)
    assert len(mart) > 50
    assert {key(row) for row in mart} == set(told)
    for row in mart:
        one = told[key(row)]
        if row["computed_as_printed"] is None:
            assert one.verdict in ("missing", "no_counterpart", "hidden"), row
            assert one.why == row["not_computed_because"]
            continue
        unit = UNITS[row["unit"]]
        form = unit["printed_form"] if unit["agreement"] == "equal_as_printed" else "{}"
        assert one.today.text.replace(",", "") == form.replace("{}", row["computed_as_printed"]), row
        assert one.verdict == ("same" if row["is_equal_as_printed"] else "differs"), row


def test_the_open_edition_agrees_where_it_tells_the_figure(open_edition: Edition, restricted_edition: Edition) -> None:
    exact = reconciled(restricted_edition)
    open_told = reconciled(open_edition)
    assert set(open_told) == set(exact), "every printed figure stands in both"
    for name, one in open_told.items():
        if one.verdict in ("same", "differs"):
            assert exact[name].verdict == one.verdict or one.is_coarse, name
        assert one.today.number is None or one.verdict in ("same", "differs"), "no number where there is no verdict"
    assert any(one.verdict == "hidden" and one.today.text == "[c]" for one in open_told.values())


def test_pay_gaps_are_compared_as_exactly_as_they_are_open(open_edition: Edition) -> None:
    coarse = [one for one in reconciled(open_edition).values() if one.is_coarse]
    assert coarse
    for one in coarse:
        assert one.row["framework"] == "pay_gap"
        apart = abs(Decimal(one.today.text.rstrip("%")) - Decimal(one.row["published_value"]))
        assert (one.verdict == "same") == (apart * 2 < Decimal("0.1") + Decimal(1).scaleb(-one.row["decimals"]))


def test_every_figure_stands_once_newest_first_and_the_summary_counts_them_all(open_edition: Edition) -> None:
    told = list(reconciled(open_edition).values())
    content = page_of(open_edition).content
    tables: list[Table] = content["reconciled"]
    assert sum(len(table.rows) for table in tables) == len(told) == sum(counted(told).values())
    assert content["summary"][0].startswith(f"{len(told)} figures were printed in 2 documents.")
    wres = next(table for table in tables if table.name == "published_wres")
    years = [str(row[1])[-4:] for row in wres.rows]
    assert years[0] == max(years)


def test_a_figure_that_was_printed_twice_is_told_with_both_values(restricted_edition: Edition) -> None:
    with read_figures(restricted_edition) as figures:
        code = restricted_edition.organisation.ods_code
        mart = figures.rows("select * from published_contradictions where organisation_code = $code", code=code)
    rows = page_of(restricted_edition).content["contradictions"].rows
    assert len(rows) == len({(row["framework"], row["indicator"], row["period"]) for row in mart}) > 0
    for row in mart:
        both = {row["printed"], row["other_printed"]}
        assert any(both <= {_bare(cell) for cell in (told[2], told[4])} for told in rows), row


def _bare(cell: object) -> str:
    text = cell.text if isinstance(cell, Figure) else str(cell)
    return text.split(" ")[0].rstrip("%")


def test_a_trust_without_documents_is_told_so(open_edition: Edition) -> None:
    other = replace(open_edition, organisation=open_edition.organisation.model_copy(update={"ods_code": "ZZZ"}))
    page = page_of(other)
    assert page.content["summary"] == []
    assert page.content["reconciled"] == []
    assert page.tables, "what is approved is told all the same"


@pytest.fixture
def approved(restricted_edition: Edition, tmp_path: Path) -> Callable[[], Edition]:
    """The restricted edition where WRES 2 was approved, restated a month later, and has changed since."""

    def make() -> Edition:
        copy = tmp_path / "marts.duckdb"
        shutil.copyfile(restricted_edition.figures, copy)
        with duckdb.connect(str(copy)) as con:
            con.execute("use marts.marts")
            one = (
                "from figure_status where indicator_id = 'wres_2' and measure = 'relative_likelihood' "
                "and reporting_year = '2024/25' and organisation_unit_level = 'trust'"
            )
            columns = [row[0] for row in con.execute("describe approved_figures").fetchall()]
            for number, value, reason in ((1, 1.5, None), (2, 1.4, "late leavers")):
                given = {
                    "approval_number": str(number),
                    "value": str(value),
                    "approved_at": f"timestamp '2025-0{number + 5}-01 12:00:00'",
                    "approved_by": "'A. Nyberg'",
                    "reason": f"'{reason}'" if reason else "null",
                    "is_restated": str(number == 2),
                    "is_latest": str(number == 2),
                    "release_id": "'r'",
                    "content_hash": "'h'",
                }
                told = ", ".join(given.get(name, f'"{name}"') for name in columns)
                con.execute(f"insert into approved_figures select {told} {one}")
            con.execute(
                "update figure_status set status = 'changed_since_approval', approved_value = 1.4 "
                f"where rowid in (select rowid {one})"
            )
        return replace(restricted_edition, figures=copy)

    return make


def test_approvals_and_restatements_are_told_with_who_when_and_why(approved: Callable[[], Edition]) -> None:
    approvals: list[Table] = page_of(approved()).content["approvals"]
    names = [table.name for table in approvals]
    assert names == ["published_approvals", "published_restated", "published_changed"]
    newest = approvals[0].rows[0]
    assert newest[0] == "1 July 2025"
    assert newest[3] == "A. Nyberg"
    assert newest[6] == "late leavers"
    restated = [cell.text if isinstance(cell, Figure) else cell for cell in approvals[1].rows[0]]
    assert restated[3:] == ["1.50", "1.40", "late leavers"]
    changed = approvals[2].rows[0]
    assert isinstance(changed[3], Figure)
    assert changed[3].text == "1.40"


def test_names_of_who_approved_never_stand_in_the_open_edition(approved: Callable[[], Edition]) -> None:
    """Even where its file held them."""
    assert page_of(replace(approved(), kind="open")).content["approvals"] == []
