"""What a reader holds in mind: cells, what is said of them, and what must be true between them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

SLACK = 1e-6


class Cell(NamedTuple):
    """One number of people (or of their pay): which set, when, where, and which part of it."""

    people: str
    as_at_date: str
    organisation_unit: str
    stratum: str
    characteristic: str
    group: str


class Linear(NamedTuple):
    """A weighted sum of cells that lies between two bounds."""

    terms: tuple[tuple[Cell, float], ...]
    low: float
    high: float


@dataclass
class Knowledge:
    """Everything that one open file says about its cells."""

    facts: dict[Cell, tuple[float, float]] = field(default_factory=dict)
    rounded: set[Cell] = field(default_factory=set)
    hidden: dict[Cell, float] = field(default_factory=dict)
    rows: set[Cell] = field(default_factory=set)
    sums: list[Linear] = field(default_factory=list)
    leaks: list[tuple[Cell, float, float, str]] = field(default_factory=list)
    broken: list[Cell] = field(default_factory=list)
    # People and dates of which the file tells wholes at all: only of those does a missing whole mean nobody.
    wholes: set[tuple[str, str]] = field(default_factory=set)

    def learn(self, cell: Cell, low: float, high: float) -> None:
        """Narrow what is known of a cell; two statements that exclude each other are kept as broken."""
        old_low, old_high = self.facts.get(cell, (0.0, inf))
        low, high = max(low, old_low), min(high, old_high)
        if low > high + SLACK * max(1.0, abs(high)):
            self.broken.append(cell)
            return
        self.facts[cell] = (low, max(low, high))

    def is_known(self, cell: Cell) -> bool:
        """Whether the cell's number itself is known."""
        low, high = self.facts.get(cell, (0.0, inf))
        return high - low <= SLACK

    def of_dates(self, dates: Iterable[str]) -> "Knowledge":
        """The same knowledge, of the cells of these dates alone."""
        wanted = set(dates)
        return Knowledge(
            {cell: fact for cell, fact in self.facts.items() if cell.as_at_date in wanted},
            {cell for cell in self.rounded if cell.as_at_date in wanted},
            {cell: need for cell, need in self.hidden.items() if cell.as_at_date in wanted},
            {cell for cell in self.rows if cell.as_at_date in wanted},
            [said for said in self.sums if all(cell.as_at_date in wanted for cell, _ in said.terms)],
        )
