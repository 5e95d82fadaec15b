"""Solve for the least and the most that a cell can be, given all that a reader knows (HiGHS).

Unknown cells that no statement links, directly or through others, are apart: each connected part is a small programme
of its own, set up once, of which only the aim changes. A solution in whole numbers is a table that a reader cannot
rule out; two of them that lie far enough apart prove a cell safe before its ends are known.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, inf
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from flows.audit.hold import SLACK, Cell, Linear

FAR = 1e7
# Counts that are not whole are printed to four decimals.
PRINTED = 1e-4
WHOLE_SLACK = 1e-5
ROUNDS = 6
LARGEST_WHOLE = 2000
MOST_SECONDS = 2.0


@dataclass
class Bounds:
    """What is known of one cell: proven ends, and how far apart two possible tables were seen."""

    low: float
    high: float
    seen: float
    is_exact: bool

    @property
    def width(self) -> float:
        """Distance of the ends, or what two possible tables already prove of it."""
        return self.high - self.low


@dataclass
class Count:
    """What solving took."""

    parts: int = 0
    programmes: int = 0
    whole_programmes: int = 0
    linear_only: int = 0


@dataclass
class Part:
    """A connected part of the unknown cells."""

    cells: list[Cell]
    rows: list[tuple[list[int], list[float], float, float]] = field(default_factory=list)


class System:
    """All statements about a set of cells, split into parts that have nothing to do with each other."""

    def __init__(
        self,
        facts: Mapping[Cell, tuple[float, float]],
        sums: Iterable[Linear],
        steps: Mapping[tuple[str, str], float],
        watched: Iterable[Cell] = (),
    ) -> None:
        self.facts = facts
        self.contradicted: list[Linear] = []
        self.part_of: dict[Cell, int] = {}
        self._steps = steps
        rows = self._reduce(sums)
        self.parts = self._split(rows, watched)

    def known(self, cell: Cell) -> tuple[float, float]:
        """The interval that a statement gives directly."""
        return self.facts.get(cell, (0.0, inf))

    def step(self, cell: Cell) -> float:
        """Counts are whole, or halves; a sum of pay is neither (0)."""
        return 0.0 if ":" in cell.people else self._steps.get((cell.people, cell.stratum), 1.0)

    def _reduce(self, sums: Iterable[Linear]) -> list[tuple[list[tuple[Cell, float]], float, float]]:
        """Put known numbers into the sums; a sum without unknowns must hold."""
        rows = []
        for said in dict.fromkeys(sums):
            constant, reach, loose, terms = 0.0, 1.0, 0.0, []
            for cell, weight in said.terms:
                low, high = self.facts.get(cell, (0.0, inf))
                if high - low <= SLACK:
                    constant += weight * low
                    reach = max(reach, abs(weight * low))
                    loose += abs(weight) * PRINTED if not self.step(cell) else 0.0
                else:
                    terms.append((cell, weight))
            low, high = said.low - constant - loose, said.high - constant + loose
            if terms:
                rows.append((terms, low, high))
            elif low > SLACK * reach or high < -SLACK * reach:
                self.contradicted.append(said)
        return rows

    def _split(self, rows: list[tuple[list[tuple[Cell, float]], float, float]], watched: Iterable[Cell]) -> list[Part]:
        cells = sorted({cell for terms, _, _ in rows for cell, _ in terms} | self._unknown(watched))
        number = {cell: place for place, cell in enumerate(cells)}
        if not cells:
            return []
        left = [number[terms[0][0]] for terms, _, _ in rows for _ in terms]
        right = [number[cell] for terms, _, _ in rows for cell, _ in terms]
        links = coo_array((np.ones(len(left)), (left, right)), shape=(len(cells), len(cells)))
        count, labels = connected_components(links, directed=False)
        parts = [Part([]) for _ in range(count)]
        inside: dict[Cell, int] = {}
        for cell, label in zip(cells, labels, strict=True):
            inside[cell] = len(parts[label].cells)
            parts[label].cells.append(cell)
            self.part_of[cell] = int(label)
        for terms, low, high in rows:
            part = parts[self.part_of[terms[0][0]]]
            part.rows.append(([inside[cell] for cell, _ in terms], [weight for _, weight in terms], low, high))
        return parts

    def _unknown(self, cells: Iterable[Cell]) -> set[Cell]:
        found = set()
        for cell in cells:
            low, high = self.known(cell)
            if high - low > SLACK:
                found.add(cell)
        return found

    def bounds(
        self, needs: Mapping[Cell, float], count: Count, exact: bool = False
    ) -> tuple[dict[Cell, Bounds], list[int]]:
        """Least and most of each of these cells.

        Args:
            needs: the cells, and how wide each range must be; solving stops where that is proven, unless exact.
            count: is added to.
            exact: find both ends of every cell.

        Returns:
            Bounds of each cell, and the numbers of the parts that no table fits at all.
        """
        wanted: dict[int, list[Cell]] = defaultdict(list)
        found: dict[Cell, Bounds] = {}
        for cell in sorted(needs):
            if cell in self.part_of:
                wanted[self.part_of[cell]].append(cell)
            else:
                low, high = self.known(cell)
                found[cell] = Bounds(low, high, high - low, True)
        empty = []
        for number, part in enumerate(self.parts):
            if number not in wanted:
                continue
            count.parts += 1
            solver = Solver(self, part, count)
            if not solver.is_possible():
                empty.append(number)
                continue
            found |= solver.bounds(wanted[number], needs, exact)
        return found, empty

    def is_possible(self, number: int, count: Count) -> bool:
        """Whether any table fits all that is said in this part."""
        return Solver(self, self.parts[number], count).is_possible()


class Solver:
    """One HiGHS model of one part, set up once; only the aim changes."""

    def __init__(self, system: System, part: Part, count: Count) -> None:
        self._part = part
        self._count = count
        self._place = {cell: place for place, cell in enumerate(part.cells)}
        steps = np.array([system.step(cell) for cell in part.cells])
        self._is_whole = steps > 0
        self._scale = np.where(self._is_whole, np.maximum(steps, 0.25), 1.0)
        ends = np.array([system.known(cell) for cell in part.cells], dtype=float).reshape(-1, 2) / self._scale[:, None]
        self._low = np.where(self._is_whole, np.ceil(ends[:, 0] - SLACK), ends[:, 0])
        with np.errstate(invalid="ignore"):
            high = np.where(self._is_whole, np.floor(ends[:, 1] + SLACK), ends[:, 1])
        self._high = np.minimum(high, FAR)
        self._model = self._build(False)
        self._whole_model: highspy.Highs | None = None
        size = len(part.cells)
        self._least: npt.NDArray[Any] = np.full(size, inf)
        self._most: npt.NDArray[Any] = np.full(size, -inf)

    def _build(self, is_whole: bool) -> highspy.Highs:
        part, size = self._part, len(self._part.cells)
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = size, len(part.rows)
        lp.col_cost_ = np.zeros(size)
        lp.col_lower_, lp.col_upper_ = self._low, self._high
        lp.row_lower_ = np.array([low for _, _, low, _ in part.rows])
        lp.row_upper_ = np.array([high for _, _, _, high in part.rows])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.cumsum([0, *(len(places) for places, _, _, _ in part.rows)])
        index = np.array([place for places, _, _, _ in part.rows for place in places], dtype=int)
        lp.a_matrix_.index_ = index
        weight = np.array([weight for _, weights, _, _ in part.rows for weight in weights], dtype=float)
        lp.a_matrix_.value_ = weight * self._scale[index] if len(index) else weight
        if is_whole:
            kinds = highspy.HighsVarType
            lp.integrality_ = [kinds.kInteger if whole else kinds.kContinuous for whole in self._is_whole]
        model = highspy.Highs()  # type: ignore[no-untyped-call]
        model.setOptionValue("output_flag", False)
        model.setOptionValue("threads", 1)
        model.setOptionValue("random_seed", 1)
        if is_whole:
            model.setOptionValue("mip_rel_gap", 0.0)
            model.setOptionValue("mip_abs_gap", 0.5)
            model.setOptionValue("time_limit", MOST_SECONDS)
        else:
            model.setOptionValue("presolve", "off")
            model.setOptionValue("solver", "simplex")
        model.passModel(lp)
        return model

    def is_possible(self) -> bool:
        """Whether any table fits."""
        if bool(np.any(self._low > self._high)):
            return False
        self._count.programmes += 1
        self._model.run()
        if self._model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return False
        self._see(np.asarray(self._model.getSolution().col_value))
        return True

    def _see(self, solution: npt.NDArray[Any]) -> None:
        """Keep how far the cells moved among tables in whole numbers."""
        near = np.round(solution)
        if bool(np.any(np.abs(solution - near)[self._is_whole] > WHOLE_SLACK)):
            return
        solution = np.where(self._is_whole, near, solution)
        self._least = np.minimum(self._least, solution)
        self._most = np.maximum(self._most, solution)

    def _aim(self, places: Sequence[int], weights: Sequence[float]) -> npt.NDArray[Any] | None:
        size = len(self._part.cells)
        costs = np.zeros(size)
        costs[list(places)] = weights
        self._model.changeColsCost(size, np.arange(size, dtype=np.int32), costs)
        self._count.programmes += 1
        self._model.run()
        if self._model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        solution = np.asarray(self._model.getSolution().col_value)
        self._see(solution)
        return solution

    def bounds(self, cells: Sequence[Cell], needs: Mapping[Cell, float], exact: bool) -> dict[Cell, Bounds]:
        """Least and most of the cells of this part."""
        if not exact:
            self._spread(cells, needs)
        return {cell: self._bound(cell, needs[cell], exact) for cell in cells}

    def _spread(self, cells: Sequence[Cell], needs: Mapping[Cell, float]) -> None:
        """Move many cells at once: up, down, and against each other."""
        for turn in range(ROUNDS):
            open_ = [cell for cell in cells if not self._is_proven(cell, needs[cell])]
            if len(open_) < 2:
                return
            period = 1 << (turn // 2)
            signs = [(-1.0 if (place // period) % 2 == turn % 2 else 1.0) for place in range(len(open_))]
            self._aim([self._place[cell] for cell in open_], signs)

    def _is_proven(self, cell: Cell, need: float) -> bool:
        place = self._place[cell]
        least, most = self._least[place] * self._scale[place], self._most[place] * self._scale[place]
        return bool(most - least >= required(need, most, cell) - SLACK)

    def _seen(self, place: int) -> float:
        return float(max(0.0, (self._most[place] - self._least[place]) * self._scale[place]))

    def _bound(self, cell: Cell, need: float, exact: bool) -> Bounds:
        place, scale = self._place[cell], float(self._scale[self._place[cell]])
        if not exact and self._is_proven(cell, need):
            least, most = float(self._least[place]) * scale, float(self._most[place]) * scale
            return Bounds(least, most, self._seen(place), False)
        ends = []
        for sign in (1.0, -1.0):
            solution = self._aim([place], [sign])
            ends.append(float(solution[place]) if solution is not None else (0.0 if sign > 0 else FAR))
        low, high = ends
        if self._is_whole[place]:
            low, high = ceil(low - WHOLE_SLACK), floor(high + WHOLE_SLACK)
            if (exact or high * scale - low * scale >= need) and self._seen(place) < (high - low) * scale - SLACK:
                low, high = self._whole_ends(place, low, high)
        return Bounds(float(low) * scale, inf if high >= FAR else float(high) * scale, self._seen(place), True)

    def _whole_ends(self, place: int, low: float, high: float) -> tuple[float, float]:
        """The ends in whole numbers, where the table at an end has parts of people."""
        if len(self._part.cells) > LARGEST_WHOLE:
            self._count.linear_only += 1
            return low, high
        if self._least[place] > low:
            low = self._whole_end(place, 1.0, low)
        if self._most[place] < high:
            high = self._whole_end(place, -1.0, high)
        return low, high

    def _whole_end(self, place: int, sign: float, end: float) -> float:
        if self._whole_model is None:
            self._whole_model = self._build(True)
        model, size = self._whole_model, len(self._part.cells)
        costs = np.zeros(size)
        costs[place] = sign
        model.changeColsCost(size, np.arange(size, dtype=np.int32), costs)
        model.clearSolver()
        self._count.whole_programmes += 1
        model.run()
        solution = np.asarray(model.getSolution().col_value)
        if model.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            self._see(solution)
            return float(round(solution[place]))
        if len(solution) == size and model.getInfo().primal_solution_status == 2:
            self._see(solution)
        bound = model.getInfo().mip_dual_bound * sign
        self._count.linear_only += 1
        if not np.isfinite(bound):
            return end
        return float(max(end, ceil(bound - SLACK)) if sign > 0 else min(end, floor(bound + SLACK)))


def required(need: float, most: float, cell: Cell) -> float:
    """A count needs a range of people; a sum of pay a range that is a part of itself."""
    return need * most if ":" in cell.people else need
