"""Choose which numbers are hidden: the small ones, and as few others as it takes that nobody can work them out.

A block is a set of cells that are tied by sums. Each small number makes a demand: a reader must find that it could as
well be nought, and as well the threshold. For each demand a linear program looks for other numbers that keep every sum,
reach what is demanded and differ from the truth where that costs least; where they differ, numbers are hidden. These
other numbers are the demand's witness: as long as they differ only in hidden cells, no reader can rule them out. At the
end each hidden cell that no witness needs is shown again. (The linear heuristic for linked tables, after Kelly, Golden
and Assad 1992; the solver is HiGHS.)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import highspy
import numpy as np

TINY = 1e-6
"""Numbers that differ by less are the same: the solver works to seven digits."""
ALMOST_FREE = 1e-3
"""What it costs to move a number that is hidden already: just enough that a witness moves none without need."""


class NotConsistent(Exception):
    """The open numbers contradict each other; the message says how many, and which definition to look at."""


@dataclass(frozen=True)
class Block:
    """Cells that are tied by sums, as arrays of one length; a cell is known by its place in them.

    `number` is the truth (nan where latent: nobody tells that number); a reader of a shown cell knows `low` to `high`
    of it. `cost` is what hiding it costs, `is_fixed` that it is never hidden. `sums` are the wholes with their parts,
    `within` the pairs of an inner and an outer count.
    """

    number: np.ndarray
    low: np.ndarray
    high: np.ndarray
    cost: np.ndarray
    is_fixed: np.ndarray
    sums: list[tuple[int, list[int]]]
    within: list[tuple[int, int]] = field(default_factory=list)

    @property
    def is_latent(self) -> np.ndarray:
        """The cells whose number nobody tells."""
        return np.asarray(np.isnan(self.number))


@dataclass(frozen=True)
class Demand:
    """What a reader must hold possible: that the number of `cell` is `target` or beyond it, upwards or downwards."""

    cell: int
    target: float
    is_upwards: bool


@dataclass(frozen=True)
class Protection:
    """Which cells are hidden, and the demands that could not be met however much was hidden."""

    is_hidden: np.ndarray
    unmet: list[Demand]


def protect(block: Block, small: np.ndarray, demands: Iterable[Demand], width: np.ndarray) -> Protection:
    """Hide `small` and what else the demands take, so that no hidden cell is known more narrowly than its `width`.

    Raises NotConsistent where the true numbers do not keep the sums.
    """
    chooser = _Chooser(block, small.copy(), width)
    chooser.refuse_contradictions()
    unmet = [demand for demand in demands if not chooser.meet(demand)]
    unmet += chooser.widen()
    chooser.show_what_no_witness_needs(small)
    return Protection(chooser.is_hidden, unmet)


class _Chooser:
    """The linear program of one block, kept warm from demand to demand.

    Columns: four for each cell, how far its number lies above and below the truth, and how far of that rounding hides
    anyway. A latent cell lies above nought by its number.
    """

    def __init__(self, block: Block, is_hidden: np.ndarray, width: np.ndarray) -> None:
        self.block = block
        self.is_hidden = is_hidden
        self.width = width
        self.demands: list[Demand] = []
        self.witnesses = np.zeros((1, len(block.number)))  # a row each: how far the cells lie from the truth
        count = len(block.number)
        truth = np.where(block.is_latent, 0.0, block.number)
        self.truth = truth
        self.above = np.arange(count)
        self.below = np.arange(count, 2 * count)
        free_above = np.where(block.is_latent, 0.0, block.high - truth)
        free_below = np.where(block.is_latent, 0.0, truth - block.low)
        self.slack_above = np.arange(2 * count, 3 * count)
        self.slack_below = np.arange(3 * count, 4 * count)
        infinite = highspy.kHighsInf
        upper = np.concatenate(
            [
                np.where(block.is_fixed, 0.0, infinite),
                np.where(block.is_latent | block.is_fixed, 0.0, truth),
                np.maximum(free_above, 0.0),
                np.maximum(free_below, 0.0),
            ]
        )
        self.upper = upper
        self.solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self.solver.silent()
        self.solver.setOptionValue("threads", 1)
        self.solver.addVars(4 * count, np.zeros(4 * count), upper)
        self._add_rows()
        self._set_costs(np.arange(count))

    def _add_rows(self) -> None:
        for whole, parts in self.block.sums:
            cells = np.array([*parts, whole])
            signs = np.array([*([1.0] * len(parts)), -1.0])
            rest = -float(signs @ self.truth[cells])
            self._add_row(cells, signs, rest, rest)
        for inner, outer in self.block.within:
            cells, signs = np.array([inner, outer]), np.array([1.0, -1.0])
            self._add_row(cells, signs, -highspy.kHighsInf, -float(signs @ self.truth[cells]))

    def _add_row(self, cells: np.ndarray, signs: np.ndarray, low: float, high: float) -> None:
        columns = np.concatenate(
            [self.above[cells], self.below[cells], self.slack_above[cells], self.slack_below[cells]]
        )
        weights = np.concatenate([signs, -signs, signs, -signs])
        used = self.upper[columns] > 0
        self.solver.addRow(low, high, int(used.sum()), columns[used].astype(np.int32), weights[used])

    def _set_costs(self, cells: np.ndarray) -> None:
        costs = np.where(self.is_hidden[cells], ALMOST_FREE, self.block.cost[cells])
        costs[self.block.is_latent[cells]] = 0.0
        columns = np.concatenate([self.above[cells], self.below[cells]]).astype(np.int32)
        self.solver.changeColsCost(len(columns), columns, np.concatenate([costs, costs]))

    def refuse_contradictions(self) -> None:
        """Raise NotConsistent where even the true numbers do not keep every sum: a definition is wrong."""
        self.solver.run()
        if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal or self._cost_now() > TINY:
            raise NotConsistent(
                "The sums that tie the open tables contradict each other, so nobody can say what a reader would learn. "
                "A row of seeds/disclosure/nested_groups.csv or nested_strata.csv is wrong."
            )

    def _cost_now(self) -> float:
        return float(self.solver.getInfo().objective_function_value)

    def meet(self, demand: Demand) -> bool:
        """See to it that the demand is met, now and for good; False where no numbers can meet it at all."""
        self.demands.append(demand)
        return self._is_met(demand) or self._witness(demand)

    def _is_met(self, demand: Demand) -> bool:
        reached = self.truth[demand.cell] + self.witnesses[:, demand.cell]
        return bool((reached >= demand.target - TINY if demand.is_upwards else reached <= demand.target + TINY).any())

    def _witness(self, demand: Demand) -> bool:
        """Find a new witness of the demand and hide what it takes; False where there is none."""
        moved = self._solve(demand)
        if moved is None:
            return False
        self._hide(np.flatnonzero(self._gives_away(moved)))
        self.witnesses = np.vstack([self.witnesses, moved])
        return True

    def _hide(self, cells: np.ndarray) -> None:
        self.is_hidden[cells] = True
        if len(cells):
            self._set_costs(cells)

    def _gives_away(self, moved: np.ndarray) -> np.ndarray:
        """The shown cells that lie in a witness where rounding does not hide it, so that a reader would rule it out."""
        number = self.truth + moved
        is_told = (number > self.block.high + TINY) | (number < self.block.low - TINY)
        return np.asarray(is_told & ~self.is_hidden & ~self.block.is_latent)

    def _solve(self, demand: Demand) -> np.ndarray | None:
        """How far each cell lies from the truth in the cheapest numbers that meet the demand, or None."""
        cell, truth = demand.cell, self.truth[demand.cell]
        if demand.is_upwards:
            away, column, other = demand.target - truth, int(self.above[cell]), int(self.below[cell])
        else:
            away, column, other = truth - demand.target, int(self.below[cell]), int(self.above[cell])
        if away <= TINY:
            return np.zeros(len(self.truth))
        upper = float(self.upper[column])
        if away > upper + TINY:
            return None
        still = (other, int(self.slack_above[cell]), int(self.slack_below[cell]))
        self.solver.changeColBounds(column, min(away, upper), upper)
        for one in still:
            self.solver.changeColBounds(one, 0.0, 0.0)
        self.solver.run()
        status = self.solver.getModelStatus()
        values = np.asarray(self.solver.getSolution().col_value)
        self.solver.changeColBounds(column, 0.0, upper)
        for one in still:
            self.solver.changeColBounds(one, 0.0, float(self.upper[one]))
        if status != highspy.HighsModelStatus.kOptimal:
            return None
        return np.asarray(values[self.above] - values[self.below] + values[self.slack_above] - values[self.slack_below])

    def widen(self) -> list[Demand]:
        """Hide more until every hidden cell differs by its width between two witnesses; return what cannot be had."""
        unmet: list[Demand] = []
        done: set[int] = set()
        while cells := [int(cell) for cell in np.flatnonzero(self.is_hidden) if int(cell) not in done]:
            for cell in cells:
                done.add(cell)
                demand = self._further(cell)
                if demand is not None and not self._witness(demand):
                    unmet.append(demand)
        return unmet

    def _further(self, cell: int) -> Demand | None:
        """Where the witnesses differ too little in the cell, the cheaper demand: further up, or further down."""
        most, least = float(self.witnesses[:, cell].max()), float(self.witnesses[:, cell].min())
        width, truth = float(self.width[cell]), float(self.truth[cell])
        if most - least >= width - TINY:
            return None
        ways = [Demand(cell, truth + least + width, True)]
        if truth + most >= width:
            ways.append(Demand(cell, truth + most - width, False))
        costs = {way: self._cost(way) for way in ways}
        return min(ways, key=lambda way: costs[way])

    def _cost(self, demand: Demand) -> float:
        return np.inf if self._solve(demand) is None else self._cost_now()

    def show_what_no_witness_needs(self, small: np.ndarray) -> None:
        """Show again, dearest first, each cell that no demand needs, or needs no longer once others stand in for it."""
        candidates = np.flatnonzero(self.is_hidden & ~small)
        for cell in candidates[np.argsort(-self.block.cost[candidates], kind="stable")]:
            self._try_to_show(int(cell))

    def _try_to_show(self, cell: int) -> None:
        before = self.witnesses
        self.is_hidden[cell] = False
        self._set_costs(np.array([cell]))
        number = self.truth[cell] + before[:, cell]
        is_told = (number > self.block.high[cell] + TINY) | (number < self.block.low[cell] - TINY)
        self.witnesses = before[~is_told]
        if not self._holds():
            self.witnesses = before
            self._hide(np.array([cell]))

    def _holds(self) -> bool:
        """Whether every demand and every width still has its witnesses, or finds new ones that give nothing away."""
        highest, lowest = self.truth + self.witnesses.max(axis=0), self.truth + self.witnesses.min(axis=0)
        for demand in self.demands:
            reached = highest[demand.cell] if demand.is_upwards else lowest[demand.cell]
            short = demand.target - reached if demand.is_upwards else reached - demand.target
            if short > TINY and not self._is_met(demand) and not self._witness_freely(demand):
                return False
        apart = self.witnesses.max(axis=0) - self.witnesses.min(axis=0)
        for cell in np.flatnonzero(self.is_hidden & (apart < self.width - TINY)):
            further = self._further(int(cell))
            if further is not None and not self._witness_freely(further):
                return False
        return True

    def _witness_freely(self, demand: Demand) -> bool:
        """Find a new witness of the demand that takes no further hiding, if there is one."""
        moved = self._solve(demand)
        if moved is None or self._gives_away(moved).any():
            return False
        self.witnesses = np.vstack([self.witnesses, moved])
        return True
