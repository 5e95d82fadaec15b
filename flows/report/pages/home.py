"""Home: the state of the trust in one screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flows.report.compose import Cell, Column, Page, Table
from flows.report.headline import Headline, headlines
from flows.report.show import day, direction, figure

if TYPE_CHECKING:
    from flows.report.write import Making

HEADINGS = (
    Column("Indicator"),
    Column("Latest", is_number=True),
    Column("A year earlier", is_number=True),
    Column("By the trust's rule"),
    Column("By a test at 95%"),
    Column("Data of"),
)


def pages(making: Making, before: Sequence[Page]) -> list[Page]:
    """One page."""
    overviews = [
        Table(f"home_{name}", caption, HEADINGS, [_row(one) for one in headlines(making.figures, name)])
        for name, caption in (
            ("wres", "Workforce Race Equality Standard: nine indicators"),
            ("wdes", "Workforce Disability Equality Standard: ten metrics"),
            ("pay_gap", "Pay gaps"),
        )
    ]
    title = "How fair a place to work we are"
    return [Page("index.html", title, "home.html.j2", "home", title, {"overviews": overviews}, overviews)]


def _row(one: Headline) -> list[Cell]:
    if one.row is None:
        return [one.link, one.missing, "", "", "", ""]
    return [
        one.link,
        figure(one.row),
        figure(one.row, "previous_value") if "previous_value" in one.row else "",
        direction(one.row.get("direction_by_threshold")),
        direction(one.row.get("direction_tested"), "tested_words"),
        day(one.row["as_at_date"]),
    ]
