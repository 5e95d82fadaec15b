"""Home: the state of the trust in one screen, what is incomplete this month, and what was published when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flows.due import approval_of
from flows.report.assemble import counted
from flows.report.compose import Cell, Column, Link, Page, Table, Tag
from flows.report.headline import HEADINGS, Headline, headlines
from flows.report.pages.duties import approval, statuses
from flows.report.read import Figures, Row, seed
from flows.report.show import day, direction, figure, written

if TYPE_CHECKING:
    from flows.report.write import Making

OVERVIEWS = (
    ("wres", "Workforce Race Equality Standard (WRES): nine indicators"),
    ("wdes", "Workforce Disability Equality Standard (WDES): ten metrics"),
    ("pay_gap", "Pay gaps, by the hour"),
)

COMPLETENESS = """
select figures.*, catalogue.title
from shown_values as figures
inner join indicator_catalogue as catalogue
    on figures.indicator_id = catalogue.indicator_id and catalogue.is_current_definition
where figures.measure = 'complete_share' and figures.organisation_unit_level = 'trust' and figures.stratum = 'all'
qualify figures.as_at_date = max(figures.as_at_date) over ()
order by figures.value nulls last
"""

DOCUMENTS = """
select title, max(published_year) as published_year, count(*) as figure_count
from published_history
where organisation_code = $organisation_code
group by title
order by published_year desc, title
"""


def pages(making: Making, before: Sequence[Page]) -> list[Page]:
    """One page."""
    told = {name: headlines(making.figures, name) for name, _ in OVERVIEWS}
    overviews = [
        Table(f"home_{name}", caption, HEADINGS, [_row(one) for one in told[name]]) for name, caption in OVERVIEWS
    ]
    completeness, published = _completeness(making.figures), _published(making)
    content = {
        "findings": [f"{_short(caption)}. {counted(told[name])}" for name, caption in OVERVIEWS],
        "overviews": overviews,
        "completeness": completeness,
        "published": published,
        "noticed": _noticed(making),
    }
    title = "How fair a place to work we are"
    summary = f"The state of {making.edition.organisation.name} in one screen: WRES, WDES and pay gaps."
    return [Page("index.html", title, "home.html.j2", "home", summary, content, [*overviews, completeness])]


def _row(one: Headline) -> list[Cell]:
    if one.row is None:
        return [one.link, one.missing, "", direction(None), direction(None, "tested_words"), ""]
    return [
        one.link,
        figure(one.row),
        figure(one.row, "previous_value") if "previous_value" in one.row else "",
        direction(one.row.get("direction_by_threshold")),
        direction(one.row.get("direction_tested"), "tested_words"),
        day(one.row["as_at_date"]),
    ]


def _short(caption: str) -> str:
    return caption.partition(" (")[0].partition(",")[0]


def _completeness(figures: Figures) -> Table:
    targets = {one["field"]: one["target_share"] for one in seed("catalogue/declaration_targets")}
    rows = figures.rows(COMPLETENESS)
    month = f", {day(rows[0]['as_at_date'])}" if rows else ""
    return Table(
        "home_completeness",
        f"What is incomplete{month}: answers on record, of all staff",
        (Column("Question"), Column("On record", is_number=True), Column("Target", is_number=True), Column("Reached?")),
        [_field(row, targets) for row in rows],
        ["An answer is on record where the person gave one or chose not to. Least complete first."],
    )


def _field(row: Row, targets: dict[str, str]) -> list[Cell]:
    target = targets[str(row["indicator_id"]).removeprefix("declaration_")]
    page = Link(str(row["title"]), f"indicators/{row['indicator_id']}.html")
    return [page, figure(row), written(target, "indicator_values", row), _reached(row["value"], float(target))]


def _reached(share: Any, target: float) -> Tag:
    if share is None:
        return Tag("Cannot be told", "–", "unknown")
    return Tag("Reached", "●", "good") if share >= target else Tag("Not yet", "○", "bad")


def _noticed(making: Making) -> Table | None:
    """What the night found in the files: for those who can mend it, so in the restricted edition alone."""
    if not making.edition.is_restricted:
        return None
    found = making.edition.run.get("findings", [])
    rows: list[list[Cell]] = [[one["sentence"], one["owner"], one["next_step"]] for one in found]
    columns = (Column("What the night found"), Column("Whom it concerns"), Column("Next step"))
    return Table("home_noticed", "What is wrong or missing in the files", columns, rows)


def _published(making: Making) -> Table:
    rows: list[list[Cell]] = [[f"Release {making.edition.release_id}", "This site", day(making.edition.published_at)]]
    told = statuses(making.figures)
    for name, caption in OVERVIEWS:
        years = sorted(told.get(name, {}), reverse=True)
        states = {year: approval_of(told[name][year]) for year in years}
        said = [year for year in years if year == years[0] or states[year] != "draft"]
        rows += [[f"{_short(caption)}, {year}", "Figures", approval(states[year])] for year in said]
    if making.figures.has("published_history"):
        for row in making.figures.rows(DOCUMENTS, organisation_code=making.edition.organisation.ods_code):
            page = Link(str(row["title"]), "published.html")
            rows.append([page, "Document", f"{row['published_year']}, with {row['figure_count']} figures"])
    columns = (Column("What"), Column("Kind"), Column("When, and how final"))
    return Table("home_published", "What was published when", columns, rows)
