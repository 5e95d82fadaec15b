"""Compose: what a national return is made of once it is filled, as plain values for workbooks and pages."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flows.report.read import Row
from flows.returns.lay_out import Layout, SeedRow

SAME = 1e-9
"""Two figures that differ by no more than this are the same: they may have been added up in another order."""


@dataclass(frozen=True)
class Box:
    """One cell of a return: what stands in it, what the release has for it, and why it is empty.

    `is_asked` is false where the template wants nothing of that group.
    """

    value: float | str | None = None
    released: float | None = None
    because: str = ""
    is_asked: bool = True


@dataclass(frozen=True)
class Line:
    """One row of a return with its boxes by year and group, and what a reader has to know of it."""

    row: SeedRow
    boxes: Mapping[tuple[str, str], Box]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Verdict:
    """What one check says of one column: `ok`, `look` or, where a figure is missing, `empty`."""

    check: SeedRow
    year: str
    group: str
    left: float | None
    right: float | None
    released: float | None
    verdict: str


@dataclass(frozen=True)
class Filled:
    """A return with its figures. `dates` are the snapshots of its years, `statuses` how many figures stand how."""

    layout: Layout
    dates: Mapping[str, datetime.date]
    lines: Sequence[Line]
    left_out: Sequence[Line]
    exclusions: Sequence[Row]
    definitions: Sequence[Row]
    statuses: Mapping[str, int]
    verdicts: Sequence[Verdict]

    @property
    def year(self) -> int:
        """The year of the snapshot."""
        return self.dates["current"].year
