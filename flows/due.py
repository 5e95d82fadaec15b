"""Due: what a trust must publish or send next, how many days are left, and whether its figures are approved.

The duties are a seed (`seeds/report/duties.csv`). The calendar page of the site and `parity status` say the same, for
both ask here.
"""

from __future__ import annotations

import calendar
import csv
import datetime
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from flows.configure import PROJECT

Approval = Literal["approved", "partly_approved", "changed", "draft", "no_figures", "not_known", "not_applicable"]
"""What can be said of the figures of a duty and year. `changed`: some are not as they were signed any more."""

Statuses = Mapping[str, Mapping[str, Mapping[str, int]]]
"""How many figures of each framework and reporting year have which status: `["wres"]["2024/25"]["approved"]`."""

FIGURE_STATUSES = """
select framework, reporting_year, status, count(*) as figure_count
from figure_status
group by framework, reporting_year, status
order by framework, reporting_year, status
"""
"""How the figures of a release stand, from its mart of that name; for `statuses_of`."""

SETTLED = ("approved", "withdrawn")
CHANGED = ("changed_since_approval", "no_longer_computed")
SOON_DAYS = 90
NEAREST = 3


@dataclass(frozen=True)
class Duty:
    """One row of the seed: what is due, when, by what right, and who says so."""

    duty_id: str
    label: str
    framework: str
    due_month_day: str
    years_after: int
    first_year: int
    every_years: int
    basis: str
    who_asks: str
    what_to_do: str
    confidence: str
    source: str


@dataclass(frozen=True)
class Due:
    """A duty on an as-of date: when it is due next, of which year, and how its figures stand.

    `last_on` is the last due date that has passed, None before the first one; a duty that is due on the as-of date
    itself is due today and has not passed.
    """

    duty_id: str
    label: str
    basis: str
    framework: str
    on: datetime.date
    days_left: int
    reporting_year: str
    approval: Approval
    last_on: datetime.date | None
    days_ago: int | None
    last_reporting_year: str
    last_approval: Approval
    is_overdue: bool


@functools.cache
def duties() -> tuple[Duty, ...]:
    """Every duty of the seed, in its order."""
    return tuple(_duty(row) for row in _seed("duties"))


@functools.cache
def approval_words() -> dict[str, str]:
    """How a line of text says each state of approval."""
    return {row["approval"]: row["short_words"] for row in _seed("approval_words")}


def _seed(name: str) -> list[dict[str, str]]:
    with (PROJECT / "seeds" / "report" / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _duty(row: dict[str, str]) -> Duty:
    numbers = {name: int(row[name]) for name in ("years_after", "first_year", "every_years")}
    return Duty(**{**row, **numbers})  # type: ignore[arg-type]


def due(as_of: datetime.date, statuses: Statuses | None, among: Iterable[Duty] | None = None) -> list[Due]:
    """Every duty as it stands on a date, in the order of the seed.

    `statuses` counts the figures of a release by framework, year and status; None where they are not known.
    """
    return [_due(one, as_of, statuses) for one in (duties() if among is None else among)]


def overdue(found: Iterable[Due]) -> list[Due]:
    """Those whose last date has passed without their figures approved, longest ago first."""
    return sorted((one for one in found if one.is_overdue), key=lambda one: -(one.days_ago or 0))


def coming(found: Iterable[Due]) -> list[Due]:
    """All of them by their next date."""
    return sorted(found, key=lambda one: one.on)


def lines(found: Iterable[Due]) -> list[str]:
    """A short list in words, a line a duty: what is overdue, then all within 90 days, and never fewer than three."""
    ahead = coming(known := list(found))
    soon = [one for number, one in enumerate(ahead) if number < NEAREST or one.days_left <= SOON_DAYS]
    return [_passed(one) for one in overdue(known)] + [_ahead(one) for one in soon]


def _passed(one: Due) -> str:
    how = approval_words()[one.last_approval]
    return f"overdue: {one.label}, since {_day(one.last_on)} ({_days(one.days_ago)}), {one.last_reporting_year} {how}"


def _ahead(one: Due) -> str:
    when = f"{_days(one.days_left)} left" if one.days_left else "today"
    return f"{_day(one.on)} ({when}): {one.label}, {one.reporting_year} {approval_words()[one.approval]}"


def _day(date: datetime.date | None) -> str:
    return f"{date.day} {date:%B %Y}" if date else ""


def _days(count: int | None) -> str:
    return "1 day" if count == 1 else f"{count or 0:,} days"


def statuses_of(rows: Iterable[tuple[Any, ...]]) -> dict[str, dict[str, dict[str, int]]]:
    """Counts of figures as `due` takes them, from rows of framework, reporting year, status and count."""
    counted: dict[str, dict[str, dict[str, int]]] = {}
    for framework, year, status, count in rows:
        counted.setdefault(framework, {}).setdefault(year, {})[status] = int(count)
    return counted


def _due(duty: Duty, as_of: datetime.date, statuses: Statuses | None) -> Due:
    year = duty.first_year
    while _date(duty, year) < as_of:
        year += duty.every_years
    last = year - duty.every_years
    has_last = last >= duty.first_year
    last_year = _reporting_year(duty, last) if has_last else ""
    last_approval: Approval = _approval(duty, last_year, statuses) if has_last else "not_applicable"
    is_asked = duty.basis != "voluntary"
    on = _date(duty, year)
    return Due(
        duty_id=duty.duty_id,
        label=duty.label,
        basis=duty.basis,
        framework=duty.framework,
        on=on,
        days_left=(on - as_of).days,
        reporting_year=_reporting_year(duty, year),
        approval=_approval(duty, _reporting_year(duty, year), statuses),
        last_on=_date(duty, last) if has_last else None,
        days_ago=(as_of - _date(duty, last)).days if has_last else None,
        last_reporting_year=last_year,
        last_approval=last_approval,
        is_overdue=is_asked and last_approval in ("draft", "partly_approved"),
    )


def _date(duty: Duty, year: int) -> datetime.date:
    month, day = (int(part) for part in duty.due_month_day.split("-"))
    return datetime.date(year, month, min(day, calendar.monthrange(year, month)[1]))  # 02-29 in other years


def _reporting_year(duty: Duty, due_year: int) -> str:
    """`2024/25`: the year that ends on 31 March 2025."""
    ends = due_year - duty.years_after
    return f"{ends - 1}/{ends % 100:02d}"


def _approval(duty: Duty, year: str, statuses: Statuses | None) -> Approval:
    if not duty.framework:
        return "not_applicable"
    if statuses is None:
        return "not_known"
    return approval_of(statuses.get(duty.framework, {}).get(year, {}))


def approval_of(counted: Mapping[str, int]) -> Approval:
    """Whether figures are approved, from how many of them have which status."""
    total = sum(counted.values())
    settled = sum(counted.get(name, 0) for name in SETTLED)
    if not total:
        return "no_figures"
    if any(counted.get(name) for name in CHANGED):
        return "changed"
    if settled == total:
        return "approved"
    return "partly_approved" if settled else "draft"
