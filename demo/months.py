"""The months of the demonstration: month 0 is 31 March 2023, month 12 is 31 March 2024, month 24 is 31 March 2025."""

from __future__ import annotations

import calendar as _calendar
from datetime import date, timedelta

FIRST, ANCHOR, LAST = 0, 12, 24
EPOCH = date(1900, 1, 1)
"""Dates are held as whole days since this one."""


def month_end(month: int) -> date:
    """The snapshot date of a month number."""
    year, index = divmod(2023 * 12 + 2 + month, 12)
    return date(year, index + 1, _calendar.monthrange(year, index + 1)[1])


def day_number(day: date) -> int:
    """Whole days since the epoch."""
    return (day - EPOCH).days


def day_of(number: int) -> date:
    """The date of a day number."""
    return EPOCH + timedelta(days=int(number))


def month_end_day(month: int) -> int:
    """The snapshot date of a month number, in days since the epoch."""
    return day_number(month_end(month))
