"""The formulas of a return: one pattern, worked out here and written for a spreadsheet."""

from __future__ import annotations

import pytest

from flows.report import ReportBroken
from flows.returns.work_out import Frame, Place, as_formula, places, worked_out

FRAME = Frame(["1", "2", "3", "4"], ["white", "bme"])
VALUES: dict[Place, float] = {
    (item, group): float(10 * int(item) + (group == "bme")) for item in FRAME.items for group in FRAME.groups
}


def at(place: Place) -> float | None:
    return VALUES[place]


@pytest.mark.parametrize(
    ("pattern", "result"),
    [
        ("{2}/{1}", 2.0),
        ("{1}+{2}-{3}", 0.0),
        ("{2.bme}/{1.white}", 2.1),
        ("SUM({1..2},{4})", 70.0),
        ("SUM({1.*})", 21.0),
        ("{1}/SUM({1.*})", 10 / 21),
        ("ABS({1}-{2})", 10.0),
        ("2*({1}+0.5)", 21.0),
    ],
)
def test_a_formula_is_worked_out_in_the_column_of_its_group(pattern: str, result: float) -> None:
    assert worked_out(pattern, "white", FRAME, at) == pytest.approx(result)


def test_a_formula_has_no_result_while_a_figure_that_it_needs_is_missing() -> None:
    """A sum of what happens to be known would look like a total."""
    assert worked_out("SUM({1..3})", "white", FRAME, lambda place: None if place[0] == "2" else 1.0) is None


def test_nothing_is_divided_by_nought() -> None:
    assert worked_out("{1}/{2}", "white", FRAME, lambda place: 0.0) is None


def _cell(place: Place) -> tuple[int, int]:
    return FRAME.items.index(place[0]) + 3, 4 + FRAME.groups.index(place[1])


@pytest.mark.parametrize(
    ("pattern", "formula"),
    [
        ("{2}/{1}", '=IF(COUNT(E4:E5)<2,"",IFERROR(E5/E4,""))'),
        ("SUM({1..2},{4})", '=IF(COUNT(E4:E5,E7)<3,"",IFERROR(SUM(E4:E5,E7),""))'),
        ("{2.bme}/{1.white}", '=IF(COUNT(E4,F5)<2,"",IFERROR(F5/E4,""))'),
    ],
)
def test_a_formula_is_written_in_the_cells_of_a_sheet(pattern: str, formula: str) -> None:
    assert as_formula(pattern, "white", FRAME, _cell) == formula


def test_a_formula_finds_items_wherever_they_stand() -> None:
    """A template may print its items in another order than their numbers."""
    upside_down = as_formula("SUM({1..3})", "white", FRAME, lambda place: (9 - 2 * int(place[0]), 0), "Return!")
    assert (
        upside_down == '=IF(COUNT(Return!A4,Return!A6,Return!A8)<3,"",IFERROR(SUM(Return!A4,Return!A6,Return!A8),""))'
    )


def test_columns_beyond_z_have_two_letters() -> None:
    assert "AA1" in as_formula("{1}", "white", FRAME, lambda place: (0, 26))


@pytest.mark.parametrize("pattern", ["{9}", "{1.purple}", "{1..9}"])
def test_an_item_or_a_group_that_is_not_there_is_named(pattern: str) -> None:
    with pytest.raises(ReportBroken, match=r"is no item or no group"):
        places(pattern, "white", FRAME)


@pytest.mark.parametrize("pattern", ["{1}**2", "MAX({1})", "__import__('os')", "{1} if 1 else 2"])
def test_a_formula_can_do_nothing_else(pattern: str) -> None:
    with pytest.raises(ReportBroken, match="uses what it may not"):
        worked_out(pattern, "white", FRAME, at)
