"""Published and restated: what documents printed beside what the same figure is today, and what was approved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from flows.report.compose import Cell, Column, Figure, Link, Page, Table, Tag
from flows.report.read import Figures, Row, seed
from flows.report.reconcile import Reconciled, counted, reconcile
from flows.report.show import day, indicator_number, measure_label, plain, written

if TYPE_CHECKING:
    from flows.report.write import Making

COLUMNS = (
    Column("Figure"),
    Column("Of"),
    Column("Printed", is_number=True),
    Column("Where"),
    Column("Today", is_number=True),
    Column("Do they agree?"),
    Column("Why, and what else was printed"),
)

MOST_LISTED = 200
"""Rows of a table of restatements; the mart has all of them."""

SIGNED = """
select
    catalogue.framework, figures.reporting_year,
    count(*) as figure_count,
    count(*) filter (figures.status = 'approved') as approved_count,
    count(*) filter (figures.status = 'changed_since_approval') as changed_count,
    count(*) filter (figures.status = 'draft') as draft_count
from (
    select indicator_id, reporting_year, organisation_unit_level, as_at_date, status from shown_values
    union all
    select indicator_id, reporting_year, organisation_unit_level, as_at_date, status from shown_comparisons
) as figures
inner join indicator_catalogue as catalogue
    on figures.indicator_id = catalogue.indicator_id and catalogue.is_current_definition
where figures.organisation_unit_level = 'trust' and strftime(figures.as_at_date, '%m-%d') in ('03-31', '12-31')
group by catalogue.framework, figures.reporting_year
order by figures.reporting_year desc, min(catalogue.position)
"""

APPROVALS = """
select
    approval_number, any_value(framework) as framework, any_value(reporting_year) as reporting_year,
    any_value(approved_at) as approved_at, any_value(approved_by) as approved_by, any_value(reason) as reason,
    count(*) as figure_count, count(*) filter (is_restated) as restated_count
from approved_figures
group by approval_number
order by approval_number desc
"""

RESTATED = """
select
    restated.*, catalogue.title,
    lag(restated.value) over history as value_before, lag(restated.value_text) over history as text_before
from approved_figures as restated
inner join indicator_catalogue as catalogue
    on restated.indicator_id = catalogue.indicator_id and catalogue.is_current_definition
window history as (
    partition by restated.conformed_table, restated.indicator_id, restated.as_at_date, restated.organisation_unit,
        restated.stratum, restated.measure, restated."group", restated.reference_group
    order by restated.approval_number
)
qualify restated.is_restated
order by restated.approval_number desc, catalogue.position, restated.stratum, restated.measure, restated."group"
limit $most
"""

CHANGED = """
select changed.*, catalogue.title
from figure_status as changed
inner join indicator_catalogue as catalogue
    on changed.indicator_id = catalogue.indicator_id and catalogue.is_current_definition
where changed.status not in ('draft', 'approved')
order by changed.reporting_year desc, catalogue.position, changed.stratum, changed.measure, changed."group"
limit $most
"""


def pages(making: Making, before: Sequence[Page]) -> list[Page]:
    """One page."""
    edition, figures = making.edition, making.figures
    there = {page.path for page in before}
    told = reconcile(figures, edition.organisation.ods_code, is_open=not edition.is_restricted)
    contradictions = _contradictions(told, there)
    reconciled = [_framework(name, told, there) for name in _frameworks(told)]
    signed, approvals = _signed(figures), _approvals(figures) if edition.is_restricted else []
    content = {
        "summary": summary(told) if told else [],
        "contradictions": contradictions,
        "reconciled": reconciled,
        "signed": signed,
        "approvals": approvals,
    }
    tables = [*([contradictions] if contradictions.rows else []), *reconciled, signed, *approvals]
    said = "What the trust's documents printed, beside what the same figures are today, and which of them are approved."
    return [Page("published.html", "Published and restated", "published.html.j2", "published", said, content, tables)]


def summary(told: Sequence[Reconciled]) -> list[str]:
    """`Of 94 printed figures, 76 are reproduced as printed and 3 differ. …`, in words by rule."""
    counts = counted(told)
    documents = len({one.row["document"] for one in told})
    said = [
        f"{_are(len(told), 'figure was', 'figures were')} printed in {_are(documents, 'document', 'documents')}. "
        f"{_are(counts['same'], 'is', 'are')} reproduced as printed, {_are(counts['differs'], 'differs', 'differ')}."
    ]
    if counts["hidden"]:
        said.append(
            f"{_are(counts['hidden'], 'is', 'are')} hidden in this edition, so that nobody can be found; the EDI team "
            "compares them in its own."
        )
    if counts["missing"]:
        said.append(f"{_are(counts['missing'], 'has', 'have')} no figure in this edition to be compared with.")
    if counts["no_counterpart"]:
        said.append(f"{_are(counts['no_counterpart'], 'is', 'are')} compared with nothing, such as targets.")
    twice = len({_same_figure(one) for one in told if one.row["is_contradicted"]})
    if twice:
        said.append(
            f"{_are(twice, 'figure was', 'figures were')} printed twice with values that cannot both be right: at "
            "least one of the two differs, whatever is computed."
        )
    return said


def _are(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


# What was printed.


def _frameworks(told: Iterable[Reconciled]) -> list[str]:
    """The frameworks that have figures, in the order of the seed; one that it does not know comes last."""
    order = list(_words("framework"))
    names = dict.fromkeys(str(one.row["framework"]) for one in told)
    return sorted(names, key=lambda name: order.index(name) if name in order else len(order))


def _framework(name: str, told: Iterable[Reconciled], there: set[str]) -> Table:
    own = [one for one in told if one.row["framework"] == name]
    own.sort(key=lambda one: (one.row["as_at_date"], one.row["published_year"]), reverse=True)
    label = _words("framework")[name]["words"] if name in _words("framework") else name.replace("_", " ").capitalize()
    return Table(f"published_{name}", label, COLUMNS, [_row(one, there) for one in own])


def _row(one: Reconciled, there: set[str]) -> list[Cell]:
    return [_name(one, there), _period(one.row), _printed(one), _where(one.row), one.today, _verdict(one), _else(one)]


def _name(one: Reconciled, there: set[str]) -> Cell:
    row = one.row
    number = f"{indicator_number(row['indicator'])}. " if str(row["indicator"])[:1].isdigit() else ""
    text = f"{number}{str(row['measure'])[:1].upper()}{str(row['measure'])[1:]}: {row['population']}"
    page = f"indicators/{row['indicator_id']}.html"
    return Link(text, page) if page in there else text


def _period(row: Row) -> str:
    words = _words("period")[row["period_type"]]["words"]
    return words.replace("{day}", day(row["as_at_date"])).replace("{year}", str(row["period"])[:4])


def _printed(one: Reconciled) -> Figure:
    count = one.row["published_count"]
    beside = f" ({plain(count)})" if count is not None and one.row["unit"] != "people" else ""
    return Figure(f"{one.row['printed']}{beside}")


def _where(row: Row) -> str:
    return f"{row['title']}, {row['location']}"


def _verdict(one: Reconciled) -> Tag:
    words = _words("verdict")["same_coarse" if one.verdict == "same" and one.is_coarse else one.verdict]
    return Tag(words["words"], words["symbol"], words["tone"])


def _else(one: Reconciled) -> str:
    also = f"Also printed as {one.row['contradicted_by']}." if one.row["is_contradicted"] else ""
    return " ".join(part for part in (also, one.why) if part)


def _contradictions(told: Iterable[Reconciled], there: set[str]) -> Table:
    """Each figure that was printed twice, once, as it was printed first."""
    first: dict[tuple[str, ...], Reconciled] = {}
    for one in sorted(told, key=lambda one: (one.row["published_year"], one.row["location"])):
        if one.row["is_contradicted"]:
            first.setdefault(_same_figure(one), one)
    columns = [
        Column("Figure"),
        Column("Of"),
        Column("Printed", is_number=True),
        Column("Where"),
        Column("Also printed as"),
        Column("Today", is_number=True),
    ]
    rows: list[list[Cell]] = [
        [
            _name(one, there),
            _period(one.row),
            _printed(one),
            _where(one.row),
            str(one.row["contradicted_by"]),
            one.today,
        ]
        for one in first.values()
    ]
    return Table("published_contradictions", "Printed twice, with values that cannot both be right", columns, rows)


def _same_figure(one: Reconciled) -> tuple[str, ...]:
    return tuple(str(one.row[name]) for name in ("framework", "indicator", "measure", "population", "period"))


def _words(kind: str) -> dict[str, dict[str, str]]:
    return {row["name"]: row for row in seed("report/published_words") if row["kind"] == kind}


# What was approved and restated.


def _signed(figures: Figures) -> Table:
    columns = [
        Column("Framework"),
        Column("Year"),
        Column("Figures", is_number=True),
        Column("Approved", is_number=True),
        Column("Changed since", is_number=True),
        Column("Draft", is_number=True),
    ]
    counts = ("figure_count", "approved_count", "changed_count", "draft_count")
    rows: list[list[Cell]] = [
        [str(row["framework"]), str(row["reporting_year"]), *(Figure(plain(row[name]), row[name]) for name in counts)]
        for row in figures.rows(SIGNED)
    ]
    return Table("published_approved", "How many figures of each year are approved", columns, rows)


def _approvals(figures: Figures) -> list[Table]:
    """Who approved what and when, and what was restated: for the EDI team alone."""
    if not figures.has("approved_figures"):
        return []
    approvals = figures.rows(APPROVALS)
    if not approvals:
        return []
    columns = [Column(name) for name in ("When", "Framework", "Year", "By", "Figures", "Restated", "Reason")]
    cells: list[list[Cell]] = [
        [
            day(row["approved_at"]),
            str(row["framework"]),
            str(row["reporting_year"]),
            str(row["approved_by"]),
            Figure(plain(row["figure_count"]), row["figure_count"]),
            Figure(plain(row["restated_count"]), row["restated_count"]),
            str(row["reason"] or ""),
        ]
        for row in approvals
    ]
    made = [Table("published_approvals", "What was approved, when and by whom", columns, cells)]
    if restated := figures.rows(RESTATED, most=MOST_LISTED):
        made.append(_moved("published_restated", "What was restated", "As approved before", "As restated", restated))
    if changed := figures.rows(CHANGED, most=MOST_LISTED):
        made.append(_moved("published_changed", "What changed since it was approved", "As approved", "Today", changed))
    return made


def _moved(name: str, caption: str, then: str, now: str, rows: Sequence[Row]) -> Table:
    """Figures as they were and as they are; `value_before` or `approved_value` holds what was."""
    columns = [
        *(Column(heading) for heading in ("Figure", "Group", "Of")),
        Column(then, is_number=True),
        Column(now, is_number=True),
        Column("Reason"),
    ]
    before = ("value_before", "text_before") if "value_before" in rows[0] else ("approved_value", "approved_value_text")
    cells: list[list[Cell]] = [
        [
            f"{row['title']}: {measure_label(row['conformed_table'], row['measure']).lower()}",
            _group(row),
            day(row["as_at_date"]),
            _value(row, *before),
            _value(row, "value", "value_text"),
            str(row.get("reason") or ""),
        ]
        for row in rows
    ]
    notes = [f"The first {MOST_LISTED} are shown; the mart has all."] if len(rows) == MOST_LISTED else []
    return Table(name, caption, columns, cells, notes)


def _group(row: Row) -> str:
    beside = f" beside {row['reference_group']}" if row["reference_group"] else ""
    stratum = "" if row["stratum"] == "all" else f"{row['stratum']}: "
    return f"{stratum}{row['group']}{beside}".replace("_", " ")


def _value(row: Row, column: str, text: str) -> Figure:
    if row[column] is None:
        return Figure(str(row[text] or "[x]"))
    return Figure(written(row[column], str(row["conformed_table"]), row), float(row[column]))
