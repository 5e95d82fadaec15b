"""Gather: what a release can return, of its latest year end and of its latest pay, and under which names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flows.report.read import Figures, seed
from flows.returns.compose import Filled
from flows.returns.declare import Declared, declare
from flows.returns.fill import fill
from flows.returns.lay_out import TITLES, SeedRow, lay_out
from flows.returns.look_up import latest_year_end


@dataclass(frozen=True)
class Returns:
    """The national returns, and the figures for gov.uk; none of either where the release has no data for it."""

    filled: Sequence[Filled]
    declared: Declared | None


def gather(figures: Figures, organisation: str) -> Returns:
    """Every return of one organisation. Raises ReportBroken where a layout is wrong."""
    snapshot = latest_year_end(figures, organisation)
    filled = (
        [fill(figures, organisation, lay_out(name, snapshot.year), snapshot) for name in TITLES] if snapshot else []
    )
    return Returns(filled, declare(figures, organisation))


def return_name(filled: Filled) -> str:
    """The file of a return, named by the year of its snapshot."""
    return f"{filled.layout.name}_return_{filled.year}.xlsx"


def pay_gap_names(declared: Declared) -> tuple[str, str]:
    """The files of the pay gap: one to look at, one for programs."""
    return f"gender_pay_gap_{declared.year}.xlsx", f"gender_pay_gap_{declared.year}.csv"


def standing(statuses: Mapping[str, int]) -> str:
    """Whether the figures are signed off, in words."""
    if set(statuses) == {"approved"}:
        return "Approved: every figure is as it was signed."
    if statuses.get("changed_since_approval"):
        return "Changed since approval: some figures are not as they were signed. See the table figure_status."
    if statuses.get("approved"):
        return "Approved in part: the table figure_status tells which figures are not."
    return "Draft: nobody has approved these figures. They may still change."


def uncertainties(name: str) -> list[SeedRow]:
    """What a person has to check of a return before it is sent."""
    return [row for row in seed("returns/return_uncertainties") if row["return"] == name]
