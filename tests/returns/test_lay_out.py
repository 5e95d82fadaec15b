"""Layouts are seeds that a person changes: what cannot be laid out is named, and a year takes the right template."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.report import ReportBroken
from flows.report.read import seed
from flows.returns.gather import standing
from flows.returns.lay_out import lay_out
from tests.returns.conftest import seeds_with

Row = dict[str, str]


def changed(name: str, change: Callable[[list[Row]], list[Row]]) -> Callable[[Path], None]:
    """A change of one seed."""

    def do(seeds: Path) -> None:
        path = seeds / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as handle:
            rows = change(list(csv.DictReader(handle)))
        with path.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    return do


def with_all(**values: str) -> Callable[[list[Row]], list[Row]]:
    return lambda rows: [row | values for row in rows]


def test_the_wres_return_has_its_63_items_in_order() -> None:
    """Domain reference 1.7."""
    assert [row["item"] for row in lay_out("wres", 2025).asked] == [str(number) for number in range(1, 64)]


def test_the_rows_of_indicator_1_are_those_of_the_mart() -> None:
    """Two seeds tell the same rows: the mart's, which counts people, and the layout, which prints them."""
    printed = [
        (row["item"], row["row_key"])
        for row in lay_out("wres", 2025).asked
        if row["source_table"] == "wres_1_national_return"
    ]
    counted = [
        (row["item_number"], row["return_row"]) for row in seed("catalogue/wres_1_return_rows") if row["item_number"]
    ]
    assert printed == counted


@pytest.mark.parametrize(("year", "template"), [(2024, "2025"), (2025, "2025"), (2026, "2026"), (2030, "2026")])
def test_a_snapshot_takes_the_newest_template_that_is_not_of_a_later_year(
    tmp_path: Path, year: int, template: str
) -> None:
    """One before the first template takes the first."""

    def another_year(rows: list[Row]) -> list[Row]:
        return rows + [row | {"template_year": "2026"} for row in rows]

    with seeds_with(tmp_path, changed("return_layouts", another_year)):
        if template == "2025":
            assert lay_out("wdes", year).template_year == template
        else:
            with pytest.raises(ReportBroken, match="The template 2026 of wdes"):  # its columns were not copied
                lay_out("wdes", year)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("return_layouts", with_all(item="7"), "item 7 twice"),
        ("return_layouts", with_all(**{"return": "other"}), "has no row of wres"),
        ("return_columns", with_all(role="notes"), "no column for labels"),
        ("return_columns", with_all(role="figure", year="next"), "no column for labels"),
        ("return_checks", with_all(relation=">"), "a relation that is not"),
    ],
)
def test_what_cannot_be_laid_out_is_named(
    tmp_path: Path, name: str, change: Callable[[list[Row]], list[Row]], said: str
) -> None:
    with seeds_with(tmp_path, changed(name, change)), pytest.raises(ReportBroken, match=said):
        lay_out("wres", 2025)


@pytest.mark.parametrize(
    ("statuses", "begins"),
    [
        ({"draft": 9}, "Draft"),
        ({}, "Draft"),
        ({"approved": 9}, "Approved:"),
        ({"approved": 8, "draft": 1}, "Approved in part"),
        ({"approved": 8, "changed_since_approval": 1}, "Changed since approval"),
    ],
)
def test_a_return_says_whether_its_figures_are_signed(statuses: dict[str, int], begins: str) -> None:
    assert standing(statuses).startswith(begins)
