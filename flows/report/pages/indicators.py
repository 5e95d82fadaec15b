"""Indicators: an index by framework, and a page for each: what it found, since when, where, and how it is defined."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from flows.report.compose import Cell, Chart, Column, Figure, Link, Page, Table, Tag
from flows.report.gather import Known, at_trust, gather, told, value_measure
from flows.report.headline import HEADINGS
from flows.report.picture import (
    directorate_bars,
    directorate_stack,
    form_of,
    group_chart,
    group_named,
    history_chart,
    in_small_letters,
    in_strata,
    own_value,
    sector_chart,
    stratum_chart,
)
from flows.report.place import places
from flows.report.read import Figures, Row, seed
from flows.report.set_out import (
    MOST_GROUPS_BESIDE,
    Told,
    beside,
    comparison_columns,
    dated,
    group_of,
    measure_of,
    reference_of,
    set_out,
    stratum_of,
    value_columns,
)
from flows.report.show import day, direction, figure, measure_label, written
from flows.report.word import parity_of, said

if TYPE_CHECKING:
    from flows.report.write import Making

INDEX = "indicators/index.html"

MAY_BE_ABSENT = ("directorates", "sector", "actions")

ACTIONS = """
select * from plan_actions
where as_at_date = (select max(as_at_date) from plan_actions)
order by plan_name, reference
"""

SECTOR = "select * from sector_benchmarks order by as_at_date, compared_kind desc, compared_organisation_name"

TEAM_SIZES = """
select organisation_unit_parent as parent, organisation_unit as name, max(denominator) as people
from shown_values
where organisation_unit_level = 'team' and stratum = 'all' and starts_with(indicator_id, 'declaration_')
    and as_at_date = (select max(as_at_date) from shown_values where starts_with(indicator_id, 'declaration_'))
group by all
"""


@dataclass(frozen=True)
class Part:
    """A part of a page: its heading, words, charts and tables, in this order."""

    id: str
    heading: str
    words: Sequence[str]
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()


@dataclass(frozen=True)
class Around:
    """What stands around the indicators: pages of directorates, actions, other trusts, and how large teams are."""

    is_restricted: bool
    pages_of: Mapping[str, str]
    actions: Mapping[str, Sequence[Row]]
    has_actions: bool
    sector: Mapping[str, Sequence[Row]]
    team_sizes: Mapping[tuple[str, str], int]


def pages(making: Making, before: Sequence[Page]) -> list[Page]:
    """The index, then a page for each indicator of the catalogue, in its order."""
    around = _around(making.figures, making.edition.is_restricted)
    known = sorted(gather(making.figures, making.edition.is_restricted), key=_place)
    return [_index(known), *(_page(one, around) for one in known)]


def _place(known: Known) -> tuple[int, int]:
    frameworks = [one["framework"] for one in seed("report/indicator_frameworks")]
    framework = known.definition["framework"]
    return frameworks.index(framework) if framework in frameworks else len(frameworks), known.definition["position"]


def _around(figures: Figures, is_restricted: bool) -> Around:
    has_actions = figures.has("plan_actions")
    sizes = {(row["parent"], row["name"]): int(row["people"] or 0) for row in figures.rows(TEAM_SIZES)}
    return Around(
        is_restricted,
        {unit.name: unit.path for unit in places(figures) if unit.level == "directorate"},
        _by_indicator(figures.rows(ACTIONS)) if has_actions else {},
        has_actions,
        _by_indicator(figures.rows(SECTOR)) if figures.has("sector_benchmarks") else {},
        sizes,
    )


def _by_indicator(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(str(row["indicator_id"]), []).append(row)
    return found


# The index.


def _index(known: Sequence[Known]) -> Page:
    tables = [
        Table(
            f"indicators_{_slug(framework)}",
            f"{framework}: latest figures",
            HEADINGS,
            [_index_row(one) for one in members],
        )
        for framework, members in (
            (name, list(ones)) for name, ones in groupby(known, key=lambda one: str(one.definition["framework"]))
        )
    ]
    described = {one["framework"]: one["description"] for one in seed("report/indicator_frameworks")}
    overviews = [
        (
            one.caption.removesuffix(": latest figures"),
            described.get(one.caption.removesuffix(": latest figures"), ""),
            one,
        )
        for one in tables
    ]
    summary = "Every indicator by framework: its latest figure, a year earlier, and which way it went."
    content = {"overviews": overviews, "count": len(known)}
    return Page(INDEX, "All indicators", "indicators.html.j2", "indicators", summary, content, tables)


def _slug(text: str) -> str:
    return "_".join(text.lower().split())


def _index_row(known: Known) -> list[Cell]:
    link = Link(known.title, path_of(known.id))
    if not known.definition["is_computed"]:
        return [link, "Not computed", "", "", "", ""]
    latest = known.latest() if known.told() else []
    if not latest:
        return [link, "No figure yet", "", "", "", ""]
    row = latest[-1]
    if known.lead.kind != "one":
        return [link, "Several groups", "", "", "", day(row["as_at_date"])]
    if "previous_value" not in row:
        return [link, figure(row), "", "", "", day(row["as_at_date"])]
    return [
        link,
        figure(row),
        figure(row, "previous_value") if row["previous_value"] is not None else "",
        direction(row["direction_by_threshold"]),
        direction(row["direction_tested"], "tested_words"),
        day(row["as_at_date"]),
    ]


def path_of(indicator_id: str) -> str:
    """Where the page of an indicator stands."""
    return f"indicators/{indicator_id}.html"


# The page of one indicator.


def _page(known: Known, around: Around) -> Page:
    sentence = told(known)
    parts = [
        part
        for part in (
            _headline(known),
            _history(known),
            *_strata(known),
            _directorates(known, around),
            _teams(known, around),
            _sector(known, around),
            _actions(known, around),
        )
        if part
    ]
    definition = _definition(known)
    content = {
        "sentence": sentence,
        "facts": _facts(known),
        "parts_of_page": [*filter(_has_something, parts), *_absent(parts)],
        "definition": definition,
        "versions": _versions(known),
        "framework": known.definition["framework"],
        "directions": _directions(),
    }
    tables = [table for part in parts for table in part.tables]
    return Page(path_of(known.id), known.title, "indicator.html.j2", "indicators", said(sentence), content, tables)


def _has_something(part: Part) -> bool:
    return bool(part.charts or part.tables) or part.id not in MAY_BE_ABSENT


def _absent(parts: Sequence[Part]) -> list[Part]:
    """One part for all that a reader may look for and this indicator does not have, each with the reason."""
    words = [f"{part.heading}: {in_small_letters(part.words[0])}." for part in parts if not _has_something(part)]
    return [Part("absent", "What is not here", words)] if words else []


def _facts(known: Known) -> list[tuple[str, list[Cell]]]:
    """What a reader asks first of one figure: how sure, since when, which way, of when."""
    if known.lead.kind != "one" or not known.told():
        return []
    row = known.latest()[-1]
    facts: list[tuple[str, list[Cell]]] = [(_fact_label(known, row), [figure(row)])]
    if row["ci_low"] is not None:
        facts.append(("95% interval", [figure(row, "ci_low"), " to ", figure(row, "ci_high")]))
    if "previous_value" in row and row["value"] is not None:
        if row["previous_value"] is not None:
            facts += [("A year earlier", [figure(row, "previous_value")]), ("Change", [figure(row, "change")])]
            facts.append(("By the trust’s rule", [direction(row["direction_by_threshold"])]))
            facts.append(("Told from chance?", [direction(row["direction_tested"], "tested_words")]))
        if row["within_four_fifths"] is not None:
            facts.append((_four_fifths_label(), [_four_fifths(row)]))
    facts.append(("Data of", [f"{day(row['as_at_date'])}, year {row['reporting_year']}"]))
    return facts


def _four_fifths_label() -> str:
    rule = next(one for one in seed("catalogue/ratio_rules") if one["rule"] == "four_fifths")
    return f"Four-fifths rule ({rule['lowest_ratio']} to {rule['highest_ratio']})"


def _fact_label(known: Known, row: Row) -> str:
    label = measure_label(known.lead.table, known.lead.measure)
    if form_of(row) == "ratio" and known.definition["ratio_direction"]:
        return f"{label}: {in_small_letters(known.definition['ratio_direction'])}"
    if "minority_group" not in row or row["minority_group"] == row["reference_group"]:
        return label
    return f"{label}: {known.names.group(row['minority_group'])}"


def _four_fifths(row: Row) -> Tag:
    return Tag("Within it", "●", "good") if row["within_four_fifths"] else Tag("Outside it", "○", "bad")


# The headline: the newest figures of all groups, and every measure of them.


def _headline(known: Known) -> Part | None:
    values = [row for row in _newest(known.values) if row["stratum"] == known.lead.stratum]
    comparisons = [row for row in _newest(known.comparisons) if row["stratum"] == known.lead.stratum]
    if not values and not comparisons:
        return None
    date = day((values or comparisons)[0]["as_at_date"])
    tables = []
    if values and not _is_told_by(comparisons, values):
        tables.append(_values_table(known, values, date))
    if len(comparisons) > 1 or (comparisons and not _has_history(known)):
        tables.append(_comparisons_table(known, comparisons, date))
    charts = group_chart(known, values, tables[0]) if values and tables else []
    return Part("latest", "The latest figures", _counted(known), charts, tables)


def _is_told_by(comparisons: Sequence[Row], values: Sequence[Row]) -> bool:
    """Whether the comparisons hold every value, and a year earlier beside it: values alone would say it twice."""
    told_of = {(row["minority_group"], row["measure"]) for row in comparisons if parity_of(row) is None}
    return len(comparisons) > 1 and {(row["group"], row["measure"]) for row in values} <= told_of


def _counted(known: Known) -> list[str]:
    """Of whom and out of whom, without the numbers of questions, which the definition has."""
    counted, base = (re.sub(r" \(question [^)]*\)", "", _said_of(known, name)) for name in ("numerator", "denominator"))
    if not counted or not base:
        return []
    return [f"Counted: {in_small_letters(counted).split('. ')[0]}. Out of: {in_small_letters(base)}."]


def _said_of(known: Known, column: str) -> str:
    text = str(known.definition[column] or "")
    return "" if text == "None" or text.startswith("None:") else text


def _newest(rows: Sequence[Row]) -> list[Row]:
    own = at_trust(rows)
    newest = max((row["as_at_date"] for row in own), default=None)
    return [row for row in own if row["as_at_date"] == newest]


def _values_table(known: Known, rows: Sequence[Row], date: str) -> Table:
    measures = {row["measure"] for row in rows}
    order = sorted(rows, key=lambda row: (_measure_place(known, row), known.names.group_place(row["group"])))
    heading = measure_label("indicator_values", *measures) if len(measures) == 1 else "Value"
    head = [group_of(known), *([measure_of("indicator_values")] if len(measures) > 1 else [])]
    caption = f"{known.definition['title']} by group, {date}"
    if len({row["group"] for row in rows}) == 1:
        head, caption = [measure_of("indicator_values")], f"{known.definition['title']}, {date}"
    return set_out(f"{known.id}__groups", caption, order, [*head, *value_columns(heading)])


def _measure_place(known: Known, row: Row) -> tuple[int, str]:
    """The lead's measure first, then as the seed of measures has them."""
    pairs = [(one["comparison_measure"], one["value_measure"]) for one in seed("report/finding_measures")]
    places = [at for at, pair in enumerate(pairs) if row["measure"] in pair]
    is_lead = row["measure"] in (known.lead.measure, value_measure(known, known.lead.measure))
    return -1 if is_lead else min(places, default=len(pairs)), row["measure"]


def _comparisons_table(known: Known, rows: Sequence[Row], date: str) -> Table:
    order = sorted(rows, key=lambda row: (_measure_place(known, row), known.names.group_place(row["minority_group"])))
    head = [group_of(known), reference_of(known), measure_of("indicator_comparisons")]
    caption = f"{known.definition['title']}: groups compared, {date}"
    minorities, references, measures = (
        {row[name] for row in rows} for name in ("minority_group", "reference_group", "measure")
    )
    if len(references) == 1:
        minority = known.names.group(*minorities) if len(minorities) == 1 else "groups"
        caption = f"{known.definition['title']}: {minority} beside {known.names.group(*references)}, {date}"
        head = [group_of(known)] if len(measures) == 1 else [group_of(known), head[2]]
        head = head if len(minorities) > 1 or len(measures) == 1 else head[1:]
    heading = measure_label("indicator_comparisons", *measures) if len(measures) == 1 else "Value"
    columns = [*head, *comparison_columns(known, order, heading)]
    return set_out(f"{known.id}__comparisons", caption, order, columns)


# History.


def _has_history(known: Known) -> bool:
    """Whether the figure that leads has a table of its own over time."""
    return known.lead.kind == "one" and len({row["as_at_date"] for row in known.told()}) > 1


def _history(known: Known) -> Part | None:
    own, groups = known.told(), _group_rows(known)
    tables = [_lead_history(known, own)] if _has_history(known) else []
    is_more = len({row["group"] for row in groups}) > 1 or len(groups) > len(own)
    if len({row["as_at_date"] for row in groups}) > 1 and (is_more or not tables):
        tables.append(_group_history(known, groups))
    if not tables:
        return None
    charts = history_chart(known, own, groups, tables)
    return Part("history", "Over time", [], charts, tables)


def _group_rows(known: Known) -> list[Row]:
    """The values of every group at the lead's stratum, at every date."""
    measure = value_measure(known, known.lead.measure)
    return [row for row in at_trust(known.values) if row["stratum"] == known.lead.stratum and row["measure"] == measure]


def _lead_history(known: Known, rows: Sequence[Row]) -> Table:
    heading = measure_label(known.lead.table, known.lead.measure)
    newest_first = list(reversed(rows))
    if known.lead.table == "indicator_values":
        columns = value_columns(heading)
    else:
        columns = comparison_columns(known, newest_first, heading)
    caption = f"{known.definition['title']}: {in_small_letters(heading)} over time"
    return set_out(f"{known.id}__history", caption, newest_first, [*dated(known), *columns])


def _group_history(known: Known, rows: Sequence[Row]) -> Table:
    label = measure_label("indicator_values", rows[0]["measure"])
    caption = f"{known.definition['title']}: {in_small_letters(label)} over time, by group"
    name = f"{known.id}__group_history"
    groups = {row["group"] for row in rows}
    if len(groups) <= MOST_GROUPS_BESIDE:
        newest_first = sorted(rows, key=lambda row: row["as_at_date"], reverse=True)
        return beside(known, name, caption, newest_first, dated(known), "as_at_date")
    return _by_year(known, name, caption, rows)


def _by_year(known: Known, name: str, caption: str, rows: Sequence[Row]) -> Table:
    """Of many groups a line each, with the same day of each year beside each other."""
    newest = max(row["as_at_date"] for row in rows)
    dates = sorted({row["as_at_date"] for row in rows if row["as_at_date"].month == newest.month})
    found = {(row["group"], row["as_at_date"]): row for row in rows}
    groups = sorted({row["group"] for row in rows}, key=known.names.group_place)
    columns: list[Told] = [group_of(known)]
    for date in dates:
        columns.append((f"{day(date)}: counted", True, _cell_of(found, date, "numerator")))
        columns.append((day(date), True, _cell_of(found, date, "value")))
    firsts = [next(row for row in rows if row["group"] == group) for group in groups]
    return set_out(name, caption, firsts, columns)


def _cell_of(found: Mapping[tuple[str, Any], Row], date: Any, column: str) -> Any:
    def tell(row: Row) -> Cell:
        one = found.get((row["group"], date))
        return figure(one, column) if one else ""

    return tell


# Strata.


def _strata(known: Known) -> list[Part]:
    values = [row for row in _newest(known.values) if row["stratum"] != "all"]
    comparisons = [row for row in _newest(known.comparisons) if row["stratum"] != "all"]
    dimensions = dict.fromkeys(known.names.dimension(row["stratum"]) for row in [*values, *comparisons])
    parts = []
    for dimension in sorted(one for one in dimensions if one):
        ours = [row for row in values if known.names.dimension(row["stratum"]) == dimension]
        theirs = [row for row in comparisons if known.names.dimension(row["stratum"]) == dimension]
        if {row["stratum"] for row in [*ours, *theirs]} != {known.lead.stratum}:
            parts += _stratum_part(known, dimension, ours, theirs)
    return parts


def _stratum_part(known: Known, dimension: str, values: list[Row], comparisons: list[Row]) -> list[Part]:
    heading = "Part of the score" if dimension.startswith("sub_score_of_") else _dimension(dimension)
    tables: list[Table] = []
    date = day((values or comparisons)[0]["as_at_date"])
    leads = in_strata(known, [row for row in comparisons if _is_lead_measure(known, row)])
    is_told_by_leads = bool(leads) and all(row["minority_group"] == row["reference_group"] for row in leads)
    for measure in sorted({row["measure"] for row in values}, key=lambda one: _measure_place(known, {"measure": one})):
        rows = in_strata(known, [row for row in values if row["measure"] == measure])
        if is_told_by_leads and measure == known.lead.measure:
            continue
        tables += _stratum_values(known, dimension, measure, rows, heading, date)
    if leads:
        name = f"{known.id}__{dimension}_compared"
        label = measure_label("indicator_comparisons", known.lead.measure)
        caption = f"{known.definition['title']}: {in_small_letters(label)} by {heading.lower()}, compared, {date}"
        columns = [stratum_of(known, heading), *comparison_columns(known, leads, label)]
        tables.append(set_out(name, caption, leads, columns))
    if not tables:
        return []
    charts = stratum_chart(known, dimension, heading, leads, values, tables)
    return [Part(f"by_{dimension}", f"By {heading.lower()}", [], charts, tables)]


def _dimension(dimension: str) -> str:
    labels = {one["stratum_dimension"]: one["label"] for one in seed("report/dimension_labels")}
    return labels.get(dimension, dimension.replace("_", " ").capitalize())


def _is_lead_measure(known: Known, row: Row) -> bool:
    same = row["measure"] == known.lead.measure
    return same and known.lead.kind == "one" and known.lead.group in ("", group_named(row))


def _stratum_values(  # noqa: PLR0917  what a table of strata is made of
    known: Known, dimension: str, measure: str, rows: Sequence[Row], heading: str, date: str
) -> list[Table]:
    groups = {row["group"] for row in rows}
    label = measure_label("indicator_values", measure)
    name, caption = (
        f"{known.id}__{dimension}_{measure}",
        f"{known.definition['title']}: {in_small_letters(label)} by {heading.lower()}, {date}",
    )
    if len(groups) == 1:
        return [set_out(name, caption, rows, [stratum_of(known, heading), *value_columns(label)])]
    if len(groups) <= MOST_GROUPS_BESIDE:
        return [beside(known, name, caption, rows, [stratum_of(known, heading)], "stratum")]
    if len(rows) > 400:
        return []
    return [set_out(name, caption, rows, [stratum_of(known, heading), group_of(known), *value_columns(label)])]


# Directorates and teams.


def _directorates(known: Known, around: Around) -> Part | None:
    if not known.definition["is_computed"] or not known.told():
        return None
    rows = _at_level(known, "directorate")
    heading = "By directorate"
    if not rows:
        why = "In this edition it is told for the whole trust alone."
        return Part("directorates", heading, [why])
    tables, charts = [], []
    head = _unit_heading(around)
    name = f"{known.id}__directorates"
    caption = f"{known.definition['title']} by directorate, {day(rows[0]['as_at_date'])}"
    if known.lead.kind == "one":
        label = measure_label(known.lead.table, known.lead.measure)
        columns = comparison_columns(known, rows, label) if "minority_group" in rows[0] else value_columns(label)
        tables.append(set_out(name, caption, rows, [head, *columns]))
        charts = directorate_bars(known, rows, label, tables[0])
    elif "group" in rows[0] and len({row["group"] for row in rows}) <= MOST_GROUPS_BESIDE:
        tables.append(beside(known, name, caption, rows, [head], "organisation_unit"))
        charts = directorate_stack(known, rows, tables[0])
    else:
        columns = value_columns() if "group" in rows[0] else comparison_columns(known, rows, "Value")
        tables.append(set_out(name, caption, rows, [head, group_of(known), *columns]))
    words = []
    if any(row["value_marker"] == "[c]" for row in rows):
        words = [
            "Figures marked [c] are hidden: too few people are behind them, or they would give away another number."
        ]
    return Part("directorates", heading, words, charts, tables)


def _at_level(known: Known, level: str) -> list[Row]:
    found: list[Row] = []
    for table in (known.lead.table, "indicator_values"):
        rows = known.rows(table)
        found = found or [row for row in rows if row["organisation_unit_level"] == level and known.is_lead(row)]
    return sorted(found, key=lambda row: (_unit_place(row), known.names.group_place(group_named(row))))


def _unit_place(row: Row) -> tuple[str, str, str]:
    return str(row["organisation_unit_parent"] or ""), row["organisation_unit"].casefold(), row["organisation_unit"]


def _unit_heading(around: Around) -> Told:
    def tell(row: Row) -> Cell:
        path = around.pages_of.get(row["organisation_unit"])
        return Link(row["organisation_unit"], path) if path else str(row["organisation_unit"])

    return "Directorate", False, tell


def _teams(known: Known, around: Around) -> Part | None:
    """Teams stand in the restricted edition alone, and only such as are large enough."""
    smallest = next(int(one["value"]) for one in seed("report/report_rules") if one["rule"] == "smallest_team_page")
    rows = [row for row in _at_level(known, "team") if _size(around, row) >= smallest] if around.is_restricted else []
    if not rows or known.lead.kind != "one" or not any(row["value"] is not None for row in rows):
        return None
    label = measure_label(known.lead.table, known.lead.measure)
    columns = comparison_columns(known, rows, label) if "minority_group" in rows[0] else value_columns(label)
    head: list[Told] = [
        ("Team", False, lambda row: str(row["organisation_unit"])),
        ("Directorate", False, lambda row: str(row["organisation_unit_parent"] or "")),
    ]
    caption = f"{known.definition['title']} by team, {day(rows[0]['as_at_date'])}"
    words = [f"Teams of {smallest} people and more. In smaller ones each person moves a figure too far to read it."]
    return Part("teams", "By team", words, (), [set_out(f"{known.id}__teams", caption, rows, [*head, *columns])])


def _size(around: Around, row: Row) -> int:
    return around.team_sizes.get((row["organisation_unit_parent"], row["organisation_unit"]), 0)


# Beside other trusts.


def _sector(known: Known, around: Around) -> Part | None:
    if not known.definition["is_computed"]:
        return None
    heading = "Beside other trusts"
    rows = around.sector.get(known.id, [])
    if not rows:
        return Part("sector", heading, ["No official figures of other trusts are loaded for this indicator."])
    newest = max(row["as_at_date"] for row in rows)
    rows = [row for row in rows if row["as_at_date"] == newest]
    parts_of = {(row["measure"], row["group"]) for row in rows}
    lines: list[list[Cell]] = []
    for measure, group in sorted(parts_of):
        lines += _sector_lines(known, [row for row in rows if (row["measure"], row["group"]) == (measure, group)])
    columns = [
        Column("Organisation"),
        Column("Group"),
        Column("Value", is_number=True),
        Column("Answers", is_number=True),
    ]
    caption = f"{known.definition['title']}, this trust and others, {day(newest)}"
    notes = [f"Source: {source}" for source in dict.fromkeys(str(row["source"]) for row in rows)]
    table = Table(f"{known.id}__sector", caption, columns, lines, notes)
    return Part("sector", heading, [], sector_chart(known, rows, table), [table])


def _sector_lines(known: Known, rows: Sequence[Row]) -> list[list[Cell]]:
    first = rows[0]
    own = own_value(known, first)
    lines: list[list[Cell]] = []
    if own is not None:
        lines.append(["This trust", known.names.group(first["group"]), figure(own), figure(own, "denominator")])
    for row in rows:
        value = Figure("[x]", None, "", "The official figures leave it out.")
        if row["value"] is not None:
            value = Figure(written(row["value"], "indicator_values", row), float(row["value"]))
        base = "" if row["base_count"] is None else Figure(f"{int(row['base_count']):,}", float(row["base_count"]))
        lines.append([row["compared_organisation_name"], known.names.group(first["group"]), value, base])
    return lines


# Actions and definition.


def _actions(known: Known, around: Around) -> Part:
    heading = "What is being done"
    rows = around.actions.get(known.id, [])
    if not around.has_actions:
        return Part("actions", heading, ["The trust’s action plans are not part of what is published here."])
    if not rows:
        return Part("actions", heading, ["No action of the trust’s plans names this indicator."])
    columns: list[Told] = [
        ("Action", False, lambda row: f"{row['reference']}: {row['action']}"),
        ("Plan", False, lambda row: str(row["plan_name"])),
        ("Target", False, lambda row: str(row.get("target_text") or "")),
        (
            "Status",
            False,
            lambda row: str(row.get("status_label") or row["status"] or "").replace("_", " ").capitalize(),
        ),
        ("Due", False, lambda row: day(row["due_date"]) if row["due_date"] else ""),
        ("Verdict", False, lambda row: str(row["verdict_label"] or "")),
    ]
    once = list({(row["plan"], row["reference"], row["verdict_label"]): row for row in rows}.values())
    caption = f"Actions that name this indicator, as at {day(rows[0]['as_at_date'])}"
    return Part("actions", heading, [], (), [set_out(f"{known.id}__actions", caption, once, columns)])


def _definition(known: Known) -> list[tuple[str, str]]:
    better = {one["better_when"]: one["words"] for one in seed("report/better_words")}
    told_of = []
    for one in seed("report/definition_rows"):
        text = _said_of(known, one["catalogue_column"])
        text = better.get(text, text) if one["catalogue_column"] == "better_when" else text
        if text:
            told_of.append((one["label"], text))
    return told_of


def _versions(known: Known) -> list[Row]:
    return list(known.versions) if len(known.versions) > 1 else []


def _directions() -> list[tuple[Tag, str]]:
    return [(direction(one["direction"]), one["meaning"]) for one in seed("report/direction_meanings")]
