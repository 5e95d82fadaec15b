"""Arrange: the tables of a report, as `seeds/report/report_tables.csv` says, with the years beside each other."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flows.report.compose import Cell, Chart, Column, Figure, Link, Table
from flows.report.draw import Bar, Form, bars, stacked
from flows.report.read import Figures, Row
from flows.report.show import day, direction, figure, measure_label
from flows.report.word import Sentence, listing

YEARS_SHOWN = 4
"""How many years stand beside each other; the page of an indicator has all of them."""

UNMAPPED = "unmapped"
"""The group of what no code map knows. It is shown where there is something in it."""

LABELLED = """
select figures.*, names.stratum_label, names.stratum_position, names.group_label, names.group_position
from shown_{table} as figures
inner join indicator_vocabulary as names
    on names.conformed_table = 'indicator_{table}' and names.indicator_id = figures.indicator_id
    and names.measure = figures.measure and names.organisation_unit_level = figures.organisation_unit_level
    and names.stratum = figures.stratum and {same_groups}
where figures.organisation_unit_level = 'trust'
    and list_contains($ids, figures.indicator_id) and list_contains($measures, figures.measure)
    and names.stratum_dimension = $dimension
order by list_position($ids, figures.indicator_id), names.stratum_position, names.group_position,
    list_position($measures, figures.measure), figures.as_at_date desc
"""

SAME_GROUPS = {
    "values": 'names."group" = figures."group"',
    "comparisons": 'names."group" = figures.minority_group and names.reference_group = figures.reference_group',
}

FORMS: dict[str, Form] = {"fraction": "percent", "ratio": "ratio", "score": "score", "gbp_per_hour": "pounds"}


@dataclass(frozen=True)
class Arranging:
    """What every table of a report is arranged from."""

    figures: Figures
    report: str
    year: str
    titles: Mapping[str, str]


def year_ends(dates: Iterable[datetime.date]) -> list[datetime.date]:
    """The dates on which a year is told, newest first: 31 March, or 31 December where all of them are (the survey)."""
    ends = {date for date in dates if (date.month, date.day) in ((3, 31), (12, 31))}
    march = {date for date in ends if date.month == 3}
    return sorted(march or ends, reverse=True)


def rows_of(  # noqa: PLR0917  what rows are looked up by
    arranging: Arranging, table: str, ids: Sequence[str], measures: Sequence[str], dimension: str, groups: Sequence[str]
) -> list[Row]:
    """The rows of indicators with their labels, at their year ends up to the report's year, newest first in each."""
    kind = table.removeprefix("indicator_")
    sql = LABELLED.format(table=kind, same_groups=SAME_GROUPS[kind])
    found = arranging.figures.rows(sql, ids=list(ids), measures=list(measures), dimension=dimension)
    group = "group" if kind == "values" else "minority_group"
    found = [row for row in found if row["reporting_year"] <= arranging.year and row[group] in (groups or [row[group]])]
    kept: list[Row] = []
    for name in ids:
        own = [row for row in found if row["indicator_id"] == name]
        ends = year_ends(row["as_at_date"] for row in own)[:YEARS_SHOWN]
        kept += [row for row in own if row["as_at_date"] in ends]
    return kept


@dataclass(frozen=True)
class Arranged:
    """One table, its chart where it has one, and the sentence that says what is in the chart."""

    table: Table
    chart: Chart | None = None
    sentence: Sentence = ()


def tables(arranging: Arranging, chosen: Iterable[Mapping[str, str]]) -> list[Arranged]:
    """The tables of a section with their charts; those of which the edition has no row are left out."""
    return [made for one in chosen if (made := _table(arranging, one)) is not None]


def _table(arranging: Arranging, one: Mapping[str, str]) -> Arranged | None:
    ids, measures = one["indicators"].split(";"), one["measure"].split(";")
    groups = [group for group in one["groups"].split(";") if group]
    rows = rows_of(arranging, one["conformed_table"], ids, measures, one["stratum_dimension"], groups)
    rows = _without_empty(rows)
    if not rows:
        return None
    columns, cells = LAYOUTS[one["layout"]](arranging, rows)
    columns[0] = Column(one["row_heading"])
    notes = [one["note"]] if one["note"] else []
    table = Table(f"report_{arranging.report}_{one['name']}", _caption(one["caption"], rows), columns, cells, notes)
    return Arranged(table, _chart(table, one["chart"], rows), _largest(rows) if one["chart"] == "bars" else ())


def _largest(rows: Sequence[Row]) -> Sentence:
    """Which groups are the largest at the latest date."""
    latest = _dates(rows)[0]
    labels = {str(row["group"]): str(row["group_label"]) for row in rows}
    return listing([row for row in rows if row["as_at_date"] == latest], labels, "list")


def _caption(caption: str, rows: Sequence[Row]) -> str:
    return f"{caption}, {day(max(row['as_at_date'] for row in rows))}"


def _without_empty(rows: Sequence[Row]) -> list[Row]:
    """Without groups and strata of what no map knows, where nothing is in them."""
    there = {
        (row["stratum"], row.get("group"))
        for row in rows
        if row.get("group") != UNMAPPED or row["value"] is None or row["value"] > 0
    }
    return [row for row in rows if (row["stratum"], row.get("group")) in there]


def _once(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _dates(rows: Sequence[Row]) -> list[datetime.date]:
    return sorted({row["as_at_date"] for row in rows}, reverse=True)


def _at(rows: Sequence[Row], date: datetime.date) -> Row | None:
    return next((row for row in rows if row["as_at_date"] == date), None)


def _cell(row: Row | None, column: str = "value") -> Cell:
    return figure(row, column) if row is not None else ""


def _years(rows: Sequence[Row], dates: Sequence[datetime.date]) -> list[Cell]:
    return [_cell(_at(rows, date)) for date in dates]


def _numbers(headings: Iterable[str]) -> list[Column]:
    return [Column(heading, is_number=True) for heading in headings]


def _has(rows: Sequence[Row], column: str) -> bool:
    """Whether any row has the number, or hides it. A marker of what does not apply is no reason for a column."""
    return any(figure(row, column).text != "[z]" for row in rows)


def group_table(arranging: Arranging, rows: Sequence[Row]) -> tuple[list[Column], list[list[Cell]]]:
    """A row for each group: how many of how many, the latest value with its interval, and earlier years."""
    latest, *earlier = _dates(rows)
    now = [row for row in rows if row["as_at_date"] == latest]
    told = [("numerator", "Number"), ("denominator", "Of")]
    told = [(column, heading) for column, heading in told if _has(now, column)]
    has_interval = any(row["ci_low"] is not None for row in now)
    ends = [("ci_low", "95% interval from"), ("ci_high", "to")] if has_interval else []
    label = measure_label("indicator_values", str(rows[0]["measure"]))
    columns = [
        Column("Group"),
        *_numbers(heading for _, heading in told),
        *_numbers([f"{label}, {day(latest)}"]),
        *_numbers(heading for _, heading in ends),
        *_numbers(day(date) for date in earlier),
    ]
    cells: list[list[Cell]] = []
    for group in _once(str(row["group_label"]) for row in rows):
        own = [row for row in rows if row["group_label"] == group]
        row = _at(own, latest)
        first = [_cell(row, column) for column, _ in told] + [_cell(row)] + [_cell(row, column) for column, _ in ends]
        cells.append([group, *first, *_years(own, earlier)])
    return columns, cells


def _stratum_table(arranging: Arranging, rows: Sequence[Row]) -> tuple[list[Column], list[list[Cell]]]:
    """A row for each stratum: of how many, and the share of each group, at the latest date."""
    latest = _dates(rows)[0]
    rows = [row for row in rows if row["as_at_date"] == latest]
    groups = _once(str(row["group_label"]) for row in rows)
    columns = [Column("Group"), *_numbers(["People", *groups])]
    cells: list[list[Cell]] = []
    for stratum in _once(str(row["stratum_label"]) for row in rows):
        own = [row for row in rows if row["stratum_label"] == stratum]
        of_group = {str(row["group_label"]): row for row in own}
        cells.append([stratum, _cell(own[0], "denominator"), *(_cell(of_group.get(group)) for group in groups)])
    return columns, [row for row in cells if not _is_nobody(row[1])]


def _is_nobody(cell: Cell) -> bool:
    return isinstance(cell, Figure) and cell.number == 0


def _stratum_years(arranging: Arranging, rows: Sequence[Row]) -> tuple[list[Column], list[list[Cell]]]:
    """A row for each stratum, a column for each year."""
    dates = _dates(rows)
    columns = [Column("Group"), *_numbers(day(date) for date in dates)]
    strata = _once(str(row["stratum_label"]) for row in rows)
    return columns, [[one, *_years([row for row in rows if row["stratum_label"] == one], dates)] for one in strata]


def _indicator_years(arranging: Arranging, rows: Sequence[Row]) -> tuple[list[Column], list[list[Cell]]]:
    """A row for each indicator, a column for each year."""
    dates = _dates(rows)
    columns = [Column("Figure"), *_numbers(day(date) for date in dates)]
    cells: list[list[Cell]] = []
    for name in _once(str(row["indicator_id"]) for row in rows):
        own = [row for row in rows if row["indicator_id"] == name]
        cells.append([Link(arranging.titles.get(name, name), f"indicators/{name}.html"), *_years(own, dates)])
    return columns, cells


def _pair_table(arranging: Arranging, rows: Sequence[Row]) -> tuple[list[Column], list[list[Cell]]]:
    """A row for each pair of groups and measure: latest value with its interval, earlier years, and the direction."""
    latest, *earlier = _dates(rows)
    has_interval = any(row["ci_low"] is not None for row in rows)
    ends = [("ci_low", "95% interval from"), ("ci_high", "to")] if has_interval else []
    columns = [
        Column("Groups"),
        Column("Measure"),
        *_numbers([day(latest)]),
        *_numbers(heading for _, heading in ends),
        *_numbers(day(date) for date in earlier),
        Column("By the trust's rule"),
    ]
    cells: list[list[Cell]] = []
    for group, measure in dict.fromkeys((str(row["group_label"]), str(row["measure"])) for row in rows):
        own = [row for row in rows if (row["group_label"], row["measure"]) == (group, measure)]
        row = _at(own, latest)
        label = measure_label("indicator_comparisons", measure)
        interval = [_cell(row, column) for column, _ in ends]
        verdict = direction(row["direction_by_threshold"] if row else None)
        cells.append([group, label, _cell(row), *interval, *_years(own, earlier), verdict])
    return columns, cells


LAYOUTS = {
    "groups": group_table,
    "strata": _stratum_table,
    "strata_years": _stratum_years,
    "indicators_years": _indicator_years,
    "pairs": _pair_table,
}


def _chart(table: Table, kind: str, rows: Sequence[Row]) -> Chart | None:
    """The chart of a table at its latest date, where one is asked for and the edition shows enough to draw."""
    if not kind:
        return None
    latest = _dates(rows)[0]
    now = [row for row in rows if row["as_at_date"] == latest and row["denominator"] != 0]
    whole = {row["stratum"] for row in now} - {row["stratum"] for row in now if row["value"] is None}
    if not whole if kind == "stacked" else sum(row["value"] is not None for row in now) < 2:
        return None
    form = FORMS[str(now[0]["unit"])]
    if kind == "bars":
        drawn = [Bar(row["group_label"], "Staff", row["value"], row["ci_low"], row["ci_high"]) for row in now]
        said = "A bar for each group, with its 95% interval; the table has the figures."
        return bars(table.name, table.caption, said, drawn, table, form)
    # A bar with a hidden part would show the parts behind it where they do not stand.
    drawn = [
        Bar(row["stratum_label"], row["group_label"], row["value"] if row["stratum"] in whole else None) for row in now
    ]
    said = "A bar for each row, in parts for each group; the table has the figures."
    return stacked(table.name, table.caption, said, drawn, table, form)
