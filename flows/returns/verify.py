"""Verify: what the checks of a return say of its figures, as the template would, and beside the release."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flows.returns.compose import SAME, Line, Verdict
from flows.returns.lay_out import Layout, SeedRow
from flows.returns.look_up import Source, figure_of, of_group
from flows.returns.work_out import Place, places, worked_out

CALCULATED = "What the template calculates is the figure of the release."
"""The topic of the checks that each calculated item has."""


def verify(source: Source, layout: Layout, lines: Sequence[Line], dates: Mapping[str, datetime.date]) -> list[Verdict]:
    """What the checks of the seed say of each column, and whether what is calculated is what the release has."""
    checks = [*layout.checks, *(_agreement(row) for row in layout.asked if row["formula"])]
    checker = _Checker(source, layout, {line.row["item"]: line for line in lines})
    return [
        checker.verdict(check, year, group, dates[year])
        for check in checks
        for year in layout.years
        for group in (layout.groups if check["scope"] == "group" else [""])
        if checker.asks(check, year, group)
    ]


def _agreement(row: SeedRow) -> SeedRow:
    """The check that a calculated item comes to the figure of the release."""
    return {
        **row,
        "sentence": f"Item {row['item']} as the template calculates it is the figure of the release.",
        "topic": CALCULATED,
        "scope": "group",
        "left_formula": f"{{{row['item']}}}",
        "relation": "=",
        "right_formula": "",
        "what_to_do": "See the first checks and the sheet Left out: the template counts other people than the release.",
    }


@dataclass(frozen=True)
class _Checker:
    source: Source
    layout: Layout
    by_item: Mapping[str, Line]

    def asks(self, check: SeedRow, year: str, group: str) -> bool:
        """Whether the template asks for all that the check needs in that column."""
        formulas = [formula for formula in (check["left_formula"], check["right_formula"]) if formula]
        needed = [place for one in formulas for place in places(one, self._one(group), self.layout.frame)]
        return all(self.by_item[item].boxes[year, at].is_asked for item, at in needed)

    def verdict(self, check: SeedRow, year: str, group: str, date: datetime.date) -> Verdict:
        """Both sides and the word for them; the right side is the release's where the check has no formula for it."""
        left = self._side(check["left_formula"], year, group)
        right = self._side(check["right_formula"], year, group)
        released = None if check["right_formula"] else self._released(check, group, date)
        word = _word(check["relation"], left, right if check["right_formula"] else released)
        return Verdict(check, year, group, left, right, released, word)

    def _one(self, group: str) -> str:
        """A check of a whole year names its groups itself."""
        return group or self.layout.groups[0]

    def _side(self, formula: str, year: str, group: str) -> float | None:
        def value_at(place: Place) -> float | None:
            value = self.by_item[place[0]].boxes[year, place[1]].value
            return value if isinstance(value, float) else None

        return worked_out(formula, self._one(group), self.layout.frame, value_at) if formula else None

    def _released(self, check: SeedRow, group: str, date: datetime.date) -> float | None:
        found = of_group(self.source.rows(check, date), group)
        value = figure_of(check, group, found) if found else None
        return None if value is None else float(value)


def _word(relation: str, left: float | None, right: float | None) -> str:
    if left is None or right is None:
        return "empty"
    fits = left <= right + SAME if relation == "<=" else abs(left - right) <= SAME
    return "ok" if fits else "look"
