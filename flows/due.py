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
from typing import Literal

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
    last_reporting_year: str
    last_approval: Approval
    is_overdue: bool


@functools.cache
def duties() -> tuple[Duty, ...]:
    """Every duty of the seed, in its order."""
    with (PROJECT / "seeds" / "report" / "duties.csv").open(encoding="utf-8", newline="") as handle:
        return tuple(_duty(row) for row in csv.DictReader(handle))


def _duty(row: dict[str, str]) -> Duty:
    numbers = {name: int(row[name]) for name in ("years_after", "first_year", "every_years")}
    return Duty(**{**row, **numbers})  # type: ignore[arg-type]


def due(as_of: datetime.date, statuses: Statuses | None, among: Iterable[Duty] | None = None) -> list[Due]:
    """Every duty as it stands on a date: overdue ones first, then by the next due date.

    `statuses` counts the figures of a release by framework, year and status; None where they are not known.
    """
    found = [_due(one, as_of, statuses) for one in (duties() if among is None else among)]
    return sorted(found, key=lambda one: (not one.is_overdue, one.on, one.label))


def nearest(found: Iterable[Due]) -> list[Due]:
    """Those that a short list names: what is overdue or due within 90 days, and never fewer than the next three."""
    shown = list(found)
    next_ones = sorted(shown, key=lambda one: one.on)[:NEAREST]
    return [one for one in shown if one.is_overdue or one.days_left <= SOON_DAYS or one in next_ones]


def statuses_of(rows: Iterable[tuple[str, str, str, int]]) -> dict[str, dict[str, dict[str, int]]]:
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
    counted = statuses.get(duty.framework, {}).get(year, {})
    total = sum(counted.values())
    settled = sum(counted.get(name, 0) for name in SETTLED)
    if not total:
        return "no_figures"
    if any(counted.get(name) for name in CHANGED):
        return "changed"
    if settled == total:
        return "approved"
    return "partly_approved" if settled else "draft"
