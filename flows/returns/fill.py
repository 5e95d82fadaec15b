"""Fill: the figures of a national return from the restricted marts, by its layout."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flows.report import ReportBroken
from flows.report.read import Figures, Row
from flows.report.show import day
from flows.returns.compose import SAME, Box, Filled, Line
from flows.returns.lay_out import Layout, SeedRow
from flows.returns.look_up import Source, figure_of, of_group
from flows.returns.verify import verify
from flows.returns.work_out import Place, worked_out


def fill(figures: Figures, organisation: str, layout: Layout, snapshot: datetime.date) -> Filled:
    """The return of one snapshot, with the year before beside it. Raises ReportBroken where a layout is wrong."""
    dates = {"previous": snapshot.replace(year=snapshot.year - 1), "current": snapshot}
    source = Source(figures, organisation)
    lines = _calculated([_line(source, layout, row, dates) for row in layout.asked], layout)
    return Filled(
        layout,
        dates,
        lines,
        [_line(source, layout, row, dates) for row in layout.left_out],
        source.exclusions(layout, dates),
        source.definitions(layout),
        source.statuses(layout, snapshot),
        verify(source, layout, lines, dates),
    )


def _line(source: Source, layout: Layout, row: SeedRow, dates: Mapping[str, datetime.date]) -> Line:
    asked = row["cells"].split(";")
    boxes: dict[tuple[str, str], Box] = {}
    notes = [row["note"]] if row["note"] else []
    for year, date in dates.items():
        found = source.rows(row, date)
        is_nought = not found and row["when_absent"] == "zero" and source.has_others(row, date)
        for group in layout.groups:
            boxes[year, group] = _box(row, group, found, is_nought) if group in asked else Box(is_asked=False)
        notes += _remark(row, date, found)
    return Line(row, boxes, notes + _reasons(boxes, dates))


def _box(row: SeedRow, group: str, found: Sequence[Row], is_nought: bool) -> Box:
    if is_nought:
        return _valued(row, 0.0)
    one = of_group(found, group)
    if one is None:
        return Box(because=row["when_missing"])
    value = figure_of(row, group, one)
    return Box(because=_because(row, one)) if value is None else _valued(row, value)


def _because(row: SeedRow, found: Row) -> str:
    return str(found.get("not_computed_because") or row["when_missing"] or "The release has no figure.")


def _valued(row: SeedRow, value: Any) -> Box:
    if row["kind"] == "text":
        return Box(str(value))
    number = float(value)
    return Box(None if row["formula"] else number, number)


def _reasons(boxes: Mapping[tuple[str, str], Box], dates: Mapping[str, datetime.date]) -> list[str]:
    """Why cells are empty: each reason once, with its years."""
    years: dict[str, dict[str, None]] = {}
    for (year, _), box in boxes.items():
        if box.because:
            years.setdefault(box.because, {})[day(dates[year])] = None
    return [f"{' and '.join(when)}: {reason}" for reason, when in years.items()]


def _remark(row: SeedRow, date: datetime.date, found: Sequence[Row]) -> list[str]:
    counts = [one[row["remark_column"]] for one in found if row["remark_column"] and one[row["remark_column"]]]
    return [f"{day(date)}: {row['remark'].replace('{count}', str(count))}" for count in counts]


def _calculated(lines: Sequence[Line], layout: Layout) -> list[Line]:
    """The lines with what their formulas come to, whatever their order."""
    return [
        replace(
            line,
            boxes={
                (year, group): _worked(lines, layout, line, year, group) if line.row["formula"] else box
                for (year, group), box in line.boxes.items()
            },
        )
        for line in lines
    ]


def _worked(lines: Sequence[Line], layout: Layout, line: Line, year: str, group: str) -> Box:
    box = line.boxes[year, group]
    if not box.is_asked:
        return box
    value = _value_at(lines, layout, year, (line.row["item"], group), ())
    if value is not None and box.released is not None and abs(value - box.released) <= SAME:
        value = box.released
    return replace(box, value=value)


def _value_at(lines: Sequence[Line], layout: Layout, year: str, place: Place, above: tuple[Place, ...]) -> float | None:
    """What stands at a place, worked out through as many formulas as it takes."""
    item, group = place
    if place in above:
        raise ReportBroken(f"Item {item} of {layout.name} is calculated from itself. Correct seeds/returns.")
    line = next(one for one in lines if one.row["item"] == item)
    box = line.boxes[year, group]
    if not line.row["formula"]:
        return box.value if isinstance(box.value, float) else None
    if not box.is_asked:
        return None
    return worked_out(
        line.row["formula"],
        group,
        layout.frame,
        lambda needed: _value_at(lines, layout, year, needed, (*above, place)),
    )
