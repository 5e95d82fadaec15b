"""Picture: the charts of one indicator, from the rows that its tables show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flows.report import draw
from flows.report.compose import Chart, Table
from flows.report.draw import Bar, Form, Point
from flows.report.gather import Known, at_trust, value_measure
from flows.report.read import Row
from flows.report.show import day, measure_label, month

MOST_LINES = 4
"""More lines than these make a chart that nobody reads (Government Analysis Function)."""

MOST_BARS = 26

SHARED = ("percent", "ratio", "points", "pounds")
"""Forms of which a part may stand beside the whole; a sum would dwarf its parts."""

POPULATION = "population_share"
"""The measure of everyone in the population, beside whom the workforce is set."""

DRAWN_AS_BARS = ("fraction", "score", "gbp_per_hour", "gbp", "people", "count")
"""Units of values that begin at nought."""

FORMS: Mapping[str, Form] = {
    "fraction": "percent",
    "ratio": "ratio",
    "score": "score",
    "gbp_per_hour": "pounds",
    "gbp": "pounds",
    "people": "count",
    "count": "count",
}


def form_of(row: Row) -> Form:
    """How the values of a row are drawn and written."""
    if row["measure"] in ("progression_ratio", "total_score"):
        return "score"
    if row["measure"] == "difference" and row["unit"] == "fraction":
        return "points"
    return FORMS.get(row["unit"], "count")


def _when(known: Known, rows: Sequence[Row]) -> dict[Any, str]:
    """How dates are written on an axis: years where there is one date in each, else months."""
    dates = sorted({row["as_at_date"] for row in rows})
    years = {row["as_at_date"]: str(row["reporting_year"]) for row in rows}
    return years if len(set(years.values())) == len(dates) else {date: month(date) for date in dates}


def group_chart(known: Known, rows: Sequence[Row], table: Table) -> list[Chart]:
    """The newest values of all groups beside each other."""
    measure = value_measure(known, known.lead.measure)
    if any(row["measure"] == POPULATION for row in rows):
        return [_population_chart(known, rows, table)] if any(row["value"] is not None for row in rows) else []
    drawn = [row for row in rows if row["measure"] == measure and _is_drawable(row)]
    if len(drawn) < 2 or all(row["value"] is None for row in drawn) or drawn[0]["unit"] not in DRAWN_AS_BARS:
        return []
    drawn = sorted(drawn, key=lambda row: known.names.group_place(row["group"]))
    label = measure_label("indicator_values", measure)
    bars = [_bar(known.names.group(row["group"]), label, row) for row in drawn]
    date = day(drawn[0]["as_at_date"])
    title = f"{label} by group, {date}"
    told_too = f"{_with_interval(drawn)}{_largest(bars, form_of(drawn[0]))}"
    return [draw.bars(f"chart_{known.id}__groups", title, told_too, bars, table, form_of(drawn[0]))]


def _population_chart(known: Known, rows: Sequence[Row], table: Table) -> Chart:
    """Each group's share of the workforce beside its share of the population."""
    ordered = sorted(rows, key=lambda row: (known.names.group_place(row["group"]), row["measure"] == POPULATION))
    bars = [
        _bar(known.names.group(row["group"]), "Population" if row["measure"] == POPULATION else "Workforce", row)
        for row in ordered
        if _is_drawable(row)
    ]
    title = f"Share of the workforce and of the population, {day(rows[0]['as_at_date'])}"
    words = "Two bars for each group: its share of the workforce, and of the population by census."
    return draw.bars(f"chart_{known.id}__groups", title, words, bars, table, "percent")


def _is_drawable(row: Row) -> bool:
    """What is hidden has its place in a chart; what nobody can compute has none."""
    return row["value"] is not None or row["value_marker"] == "[c]"


def _bar(label: str, group: str, row: Row) -> Bar:
    return Bar(label, group, row["value"], row["ci_low"], row["ci_high"])


def _with_interval(rows: Sequence[Row]) -> str:
    has = any(row["ci_low"] is not None for row in rows)
    return "Lines show 95% intervals: the shorter, the surer the figure. " if has else ""


def _largest(bars: Sequence[Bar], form: Form) -> str:
    """The ends of a chart in words, for those who do not see it."""
    shown = sorted((one for one in bars if one.value is not None), key=lambda one: one.value or 0.0)
    if len(shown) < 2:
        return ""
    low, high = shown[0], shown[-1]
    return f"From {draw.told(low.value, form)} ({low.label}) to {draw.told(high.value, form)} ({high.label})."


def history_chart(known: Known, own: Sequence[Row], groups: Sequence[Row], tables: Sequence[Table]) -> list[Chart]:
    """The figure that leads over time, or the groups of which it is made."""
    name, title = f"chart_{known.id}__history", str(known.definition["title"])
    if own and known.lead.kind == "one" and known.lead.table == "indicator_comparisons":
        row = own[-1]
        if form_of(row) in ("ratio", "points") or "gap" in row["measure"] or len(groups) < 2:
            return _lines(known, name, f"{_lead_label(known)} over time", own, tables[0])
    lines = _lines_of(known, groups)
    is_part = len({row["group"] for row in lines}) < len({row["group"] for row in groups})
    few = f"Of the groups that are shown the {MOST_LINES} largest are drawn; the table has all. " if is_part else ""
    label = measure_label("indicator_values", groups[0]["measure"]) if groups else ""
    return _lines(known, name, f"{title}: {in_small_letters(label)} over time", lines, tables[-1], few)


def _lead_label(known: Known) -> str:
    return measure_label(known.lead.table, known.lead.measure)


def _lines_of(known: Known, rows: Sequence[Row]) -> list[Row]:
    """The groups of a chart: all, or of many those that were largest, of what is shown, at the newest date."""
    newest = max((row["as_at_date"] for row in rows), default=None)
    last = [row for row in rows if row["as_at_date"] == newest and row["value"] is not None]
    largest = [row["group"] for row in sorted(last, key=lambda row: row["value"], reverse=True)][:MOST_LINES]
    groups = {row["group"] for row in rows}
    kept = largest if len(groups) > MOST_LINES else [*groups]
    return [row for row in rows if row["group"] in kept]


def _lines(  # noqa: PLR0917  what lines are made of
    known: Known, name: str, title: str, rows: Sequence[Row], table: Table, few: str = ""
) -> list[Chart]:
    if sum(row["value"] is not None for row in rows) < 2 or len({row["as_at_date"] for row in rows}) < 2:
        return []
    whens = _when(known, rows)
    ordered = sorted(rows, key=lambda row: (row["as_at_date"], known.names.group_place(group_named(row))))
    points = [
        Point(
            whens[row["as_at_date"]], known.names.group(group_named(row)), row["value"], row["ci_low"], row["ci_high"]
        )
        for row in ordered
        if _is_drawable(row)
    ]
    form = form_of(rows[0])
    told_too = f"{_with_interval(rows)}{few}{_ends(points, form)}"
    return [draw.history(name, title, told_too, points, table, form)]


def group_named(row: Row) -> str:
    """The group that a row is about."""
    return str(row.get("minority_group") or row.get("group"))


def _ends(points: Sequence[Point], form: Form) -> str:
    """Where each line begins and ends, in words."""
    told_of = []
    for group in dict.fromkeys(one.group for one in points):
        shown = [one for one in points if one.group == group and one.value is not None]
        if len(shown) > 1:
            first, last = shown[0], shown[-1]
            ends = f"{draw.told(first.value, form)} in {first.when} to {draw.told(last.value, form)} in {last.when}"
            told_of.append(f"{group}: {ends}")
    return "; ".join(told_of) + "." if told_of else ""


def stratum_chart(  # noqa: PLR0917  what a chart of strata is made of
    known: Known, dimension: str, heading: str, leads: list[Row], values: list[Row], tables: Sequence[Table]
) -> list[Chart]:
    """The parts of one dimension beside each other, and the whole trust where it may stand beside them."""
    name = f"chart_{known.id}__{dimension}"
    if any(row["value"] is not None for row in leads):
        drawn = [row for row in leads if _is_drawable(row)]
        label = measure_label("indicator_comparisons", known.lead.measure)
        if 2 <= len(drawn) <= MOST_BARS:
            return [_stratum_bars(known, name, f"{label} by {heading.lower()}", drawn, label, tables[-1])]
        return []
    measures = list(dict.fromkeys(row["measure"] for row in values))
    if len(measures) != 1 and "quarter_share" not in measures:
        return []
    measure = "quarter_share" if "quarter_share" in measures else measures[0]
    drawn = in_strata(known, [row for row in values if row["measure"] == measure and _is_drawable(row)])
    return _stratum_values_chart(known, name, heading, drawn, tables[0])


def _stratum_bars(  # noqa: PLR0917  what bars are made of
    known: Known, name: str, title: str, rows: Sequence[Row], label: str, table: Table
) -> Chart:
    bars = [_bar(known.names.stratum(row["stratum"]), label, row) for row in rows]
    form = form_of(rows[0])
    whole = [row for row in known.latest() if row["stratum"] == "all"] if known.told() else []
    is_same = bool(whole) and (whole[-1]["as_at_date"], whole[-1]["measure"]) == (
        rows[0]["as_at_date"],
        rows[0]["measure"],
    )
    if is_same and form in SHARED:
        bars.append(_bar("The whole trust", label, whole[-1]))
    return draw.bars(name, title, f"{_with_interval(rows)}{_largest(bars, form)}", bars, table, form)


def _stratum_values_chart(known: Known, name: str, heading: str, rows: list[Row], table: Table) -> list[Chart]:
    groups = {row["group"] for row in rows}
    shown = [row for row in rows if row["value"] is not None]
    if len({row["stratum"] for row in rows}) < 2 or not shown:
        return []
    label = measure_label("indicator_values", rows[0]["measure"])
    title = f"{label} by {heading.lower()}"
    if len(groups) == 1 and len(rows) <= MOST_BARS:
        return [_stratum_bars(known, name, title, rows, label, table)]
    if len(groups) <= MOST_LINES and rows[0]["unit"] == "fraction":
        bars = [Bar(known.names.stratum(row["stratum"]), known.names.group(row["group"]), row["value"]) for row in rows]
        words = "Each bar is a whole, and its parts are the groups."
        return [draw.stacked(name, title, words, bars, table, "percent")]
    return []


def directorate_bars(known: Known, rows: Sequence[Row], label: str, table: Table) -> list[Chart]:
    """The directorates beside each other and the whole trust."""
    drawn = [row for row in rows if _is_drawable(row)]
    if sum(row["value"] is not None for row in drawn) < 2 or len(drawn) > MOST_BARS:
        return []
    bars = [_bar(row["organisation_unit"], label, row) for row in drawn]
    whole = known.latest()[-1]
    if whole["as_at_date"] == rows[0]["as_at_date"]:
        bars.append(_bar("The whole trust", label, whole))
    form = form_of(rows[0])
    words = f"{_with_interval(rows)}{_largest(bars, form)}"
    return [draw.bars(f"chart_{known.id}__directorates", f"{label} by directorate", words, bars, table, form)]


def directorate_stack(known: Known, rows: Sequence[Row], table: Table) -> list[Chart]:
    """The groups of each directorate as parts of a whole."""
    groups = {row["group"] for row in rows}
    shown = [row for row in rows if row["value"] is not None]
    is_whole = rows[0]["unit"] == "fraction" and not known.id.startswith("ftsu_")
    if len(groups) > MOST_LINES or not shown or not is_whole or len(rows) > MOST_BARS * len(groups):
        return []
    everyone = [*rows, *known.latest()]
    bars = [
        Bar(
            "The whole trust" if row["organisation_unit_level"] == "trust" else row["organisation_unit"],
            known.names.group(row["group"]),
            row["value"],
        )
        for row in everyone
    ]
    title = f"{known.definition['title']} by directorate"
    words = "Each bar is everyone of a directorate; its parts are the groups."
    return [draw.stacked(f"chart_{known.id}__directorates", title, words, bars, table, "percent")]


def sector_chart(known: Known, rows: Sequence[Row], table: Table) -> list[Chart]:
    """This trust beside others, for the first group that is told."""
    group = rows[0]["group"]
    drawn = [row for row in rows if row["group"] == group and row["measure"] == rows[0]["measure"]]
    own = own_value(known, rows[0])
    label = measure_label("indicator_values", rows[0]["measure"])
    bars = [_bar("This trust", label, own)] if own else []
    bars += [Bar(row["compared_organisation_name"], label, row["value"]) for row in drawn if row["value"] is not None]
    if len(bars) < 2 or len(bars) > MOST_BARS:
        return []
    title = f"{label} beside other trusts: {known.names.group(group)}"
    form = form_of(rows[0])
    return [draw.bars(f"chart_{known.id}__sector", title, _largest(bars, form), bars, table, form)]


def in_strata(known: Known, rows: Sequence[Row]) -> list[Row]:
    """Rows in the order of their strata, then of their groups."""
    return sorted(
        rows, key=lambda row: (known.names.stratum_place(row["stratum"]), known.names.group_place(group_named(row)))
    )


def own_value(known: Known, row: Row) -> Row | None:
    """This trust's own value beside which a row of the sector stands."""
    for one in at_trust(known.values):
        same = one["measure"] == row["measure"] and one["group"] == row["group"] and one["stratum"] == "all"
        if same and one["as_at_date"] == row["as_at_date"]:
            return one
    return None


def in_small_letters(text: str | None) -> str:
    """Words that stand within a sentence, without the full stop."""
    words = str(text or "").rstrip(".")
    return words[:1].lower() + words[1:]
