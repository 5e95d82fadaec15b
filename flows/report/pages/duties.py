"""Duties: what a trust must publish or send, by when, how many days are left, and whether its figures are approved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flows.due import FIGURE_STATUSES, Approval, Due, Statuses, coming, due, duties, overdue, statuses_of
from flows.report.compose import Cell, Column, Figure, Page, Table, Tag
from flows.report.read import Figures, seed
from flows.report.show import day, plain

if TYPE_CHECKING:
    from flows.report.write import Making

OPEN_STATUSES = """
with figures as (
    select indicator_id, reporting_year, as_at_date, organisation_unit_level, status from shown_values
    union all
    select indicator_id, reporting_year, as_at_date, organisation_unit_level, status from shown_comparisons
),

calendar_years as (
    select indicator_id
    from shown_values
    where organisation_unit_level = 'trust'
    group by indicator_id
    having count(*) = count(*) filter (month(as_at_date) = 12)
)

select
    lower(replace(catalogue.framework, ' ', '_')) as framework, figures.reporting_year, figures.status,
    count(*) as figure_count
from figures
inner join indicator_catalogue as catalogue
    on figures.indicator_id = catalogue.indicator_id and catalogue.is_current_definition
left join calendar_years on figures.indicator_id = calendar_years.indicator_id
where
    figures.organisation_unit_level = 'trust'
    and figures.status is not null
    and (
        figures.status <> 'draft'
        or strftime(figures.as_at_date, '%m-%d') = '03-31'
        or (calendar_years.indicator_id is not null and strftime(figures.as_at_date, '%m-%d') = '12-31')
    )
group by all
order by all
"""
"""The rule of the mart `figure_status`, for the open part, which does not have it: figures of a year, of the trust."""


def pages(making: Making, before: Sequence[Page]) -> list[Page]:
    """One page."""
    as_of = making.edition.as_of_date
    found = due(as_of, statuses(making.figures))
    passed, ahead = overdue(found), coming(found)
    content = {
        "as_of": as_of,
        "overdue": _passed(passed) if passed else None,
        "coming": _ahead(ahead),
        "details": _details(),
    }
    nearest = ahead[0]
    summary = f"What is due when, as of {day(as_of)}. Next: {nearest.label}, {day(nearest.on)}."
    tables = [table for table in (content["overdue"], content["coming"]) if isinstance(table, Table)]
    return [Page("duties.html", "Calendar of duties", "duties.html.j2", "duties", summary, content, tables)]


def statuses(figures: Figures) -> Statuses:
    """How many figures of each framework and year have which status in this part of the release."""
    sql = FIGURE_STATUSES if figures.has("figure_status") else OPEN_STATUSES
    names = ("framework", "reporting_year", "status", "figure_count")
    return statuses_of(tuple(row[name] for name in names) for row in figures.rows(sql))


def _passed(found: Sequence[Due]) -> Table:
    columns = (
        Column("Duty"),
        Column("Was due"),
        Column("Days ago", is_number=True),
        Column("Year"),
        Column("Figures"),
    )
    rows: list[list[Cell]] = [
        [one.label, day(one.last_on), _days(one.days_ago or 0), one.last_reporting_year, tag]
        for one in found
        if one.last_on and (tag := approval(one.last_approval))
    ]
    note = "Parity knows whether figures were approved, not whether a report was sent or published."
    return Table("duties_overdue", "Date passed, and the figures are not approved", columns, rows, [note])


def _ahead(found: Sequence[Due]) -> Table:
    columns = (
        Column("Duty"),
        Column("Due"),
        Column("Days left", is_number=True),
        Column("Year"),
        Column("Figures"),
        Column("Basis"),
    )
    rows: list[list[Cell]] = [
        [
            one.label,
            day(one.on),
            _days(one.days_left),
            one.reporting_year,
            approval(one.approval),
            one.basis.capitalize(),
        ]
        for one in found
    ]
    return Table("duties", "What is due next", columns, rows)


def _days(count: int) -> Figure:
    return Figure(plain(count) if count else "Today", float(count))


def approval(word: Approval) -> Tag:
    """How a duty's figures stand, in words and a symbol."""
    known = {row["approval"]: row for row in seed("report/approval_words")}
    row = known[word]
    return Tag(row["words"], row["symbol"], row["tone"])


def _details() -> Table:
    sure = {row["confidence"]: row["words"] for row in seed("report/duty_confidence")}
    columns = (
        Column("Duty"),
        Column("What to do"),
        Column("Who asks"),
        Column("How sure the date is"),
        Column("Where it says so"),
    )
    rows: list[list[Cell]] = [
        [one.label, one.what_to_do, one.who_asks, sure[one.confidence], one.source] for one in duties()
    ]
    return Table("duties_details", "What each duty asks for, and how sure the date is", columns, rows)
