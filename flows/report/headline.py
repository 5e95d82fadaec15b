"""Headline: the one figure of each indicator that a reader sees first. Which one it is, is a seed."""

from __future__ import annotations

from dataclasses import dataclass

from flows.report.compose import Column, Link
from flows.report.read import Figures, Row, seed

HEADINGS = (
    Column("Indicator"),
    Column("Latest", is_number=True),
    Column("A year earlier", is_number=True),
    Column("By the trust's rule"),
    Column("Told from chance?"),
    Column("Data of"),
)
"""Of a table with one headline figure a row."""

LATEST = """
select * from shown_{table}
where indicator_id = $indicator_id and measure = $measure and stratum = $stratum
    and organisation_unit_level = $level and organisation_unit = $unit
    and {group_column} = $group {reference} {year}
order by as_at_date desc
limit 1
"""


@dataclass(frozen=True)
class Headline:
    """The headline figure of one indicator: its row of a conformed table, None with the reason where there is none."""

    indicator_id: str
    framework: str
    link: Link
    row: Row | None
    missing: str


def headlines(
    figures: Figures, framework: str, level: str = "trust", unit: str = "trust", year: str = ""
) -> list[Headline]:
    """The headlines of one framework of the seed (`wres`, `wdes`, `pay_gap`), in its order, for one unit.

    They are the latest ones, or the latest of the reporting year that is given.
    """
    return [
        _headline(figures, one, level, unit, year)
        for one in seed("report/headline_figures")
        if one["framework"] == framework
    ]


def _headline(figures: Figures, chosen: dict[str, str], level: str, unit: str, year: str) -> Headline:
    is_comparison = chosen["conformed_table"] == "indicator_comparisons"
    sql = LATEST.format(
        table=chosen["conformed_table"].removeprefix("indicator_"),
        group_column="minority_group" if is_comparison else '"group"',
        reference="and reference_group = $reference" if is_comparison else "",
        year="and reporting_year = $year" if year else "",
    )
    named = {name: chosen[name] for name in ("indicator_id", "measure", "stratum", "group")}
    named |= {"level": level, "unit": unit} | ({"year": year} if year else {})
    named |= {"reference": chosen["reference_group"]} if is_comparison else {}
    link = Link(chosen["label"], f"indicators/{chosen['indicator_id']}.html")
    row = figures.row(sql, **named)
    return Headline(chosen["indicator_id"], chosen["framework"], link, row, "" if row else chosen["when_missing"])
