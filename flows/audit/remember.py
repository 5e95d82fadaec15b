"""Set an open file beside those that were open before it: what stands in one of them is never forgotten."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf

from flows.audit.fetch import Policy
from flows.audit.hold import SLACK, Cell, Knowledge, Linear
from flows.audit.relate import without_idle

Block = tuple[str, str]


@dataclass
class Merged:
    """The candidate's knowledge with all earlier knowledge that is of the same truth."""

    knowledge: Knowledge
    older: set[Cell] = field(default_factory=set)
    changes: list[tuple[Cell, float, float]] = field(default_factory=list)
    unsettled: list[tuple[Knowledge, list[Cell]]] = field(default_factory=list)
    blocks: int = 0
    restated_blocks: int = 0


def block_of(cell: Cell) -> Block:
    """The people and the date; the pay of people is of their block."""
    return cell.people.split(":")[0], cell.as_at_date


def by_block(cells: Mapping[Cell, object] | set[Cell]) -> dict[Block, list[Cell]]:
    """Cells of each set of people and date."""
    blocks: dict[Block, list[Cell]] = defaultdict(list)
    for cell in cells:
        blocks[block_of(cell)].append(cell)
    return blocks


def is_same(first: tuple[float, float], second: tuple[float, float]) -> bool:
    """Whether two statements of a cell are one statement."""
    return all(abs(a - b) <= SLACK * max(1.0, abs(a)) or a == b for a, b in zip(first, second, strict=True))


def excludes(first: tuple[float, float], second: tuple[float, float]) -> bool:
    """Whether two statements cannot both be true of one number."""
    return max(first[0], second[0]) > min(first[1], second[1]) + SLACK


def merge(merged: Merged, earlier: Knowledge, candidate: Knowledge, policy: Policy) -> None:
    """Add what an earlier file says of the same truth, and look at what changed where the truth was restated."""
    kept: set[Block] = set()
    free: set[Cell] = set()
    sums: dict[Block, list[Linear]] | None = None
    blocks = by_block(earlier.facts.keys() | earlier.hidden.keys() | earlier.rows)
    for block in sorted(blocks):
        merged.blocks += 1
        changed = [cell for cell in blocks[block] if _is_restated(cell, earlier, merged.knowledge)]
        if not changed:
            kept.add(block)
            continue
        merged.restated_blocks += 1
        sums = sums if sums is not None else _sums_by_block(earlier, merged.knowledge)
        free |= _untouched(blocks[block], sums[block], earlier, merged.knowledge, set(changed))
        _note_changes(merged, earlier, candidate, blocks[block], policy)
    _add(merged, earlier, kept, free)


def _is_restated(cell: Cell, earlier: Knowledge, now: Knowledge) -> bool:
    first, second = earlier.facts.get(cell), now.facts.get(cell)
    if first is None or second is None:
        return False
    if cell in earlier.rounded and cell in now.rounded:
        return not is_same(first, second)
    return excludes(first, second)


def _sums_by_block(earlier: Knowledge, now: Knowledge) -> dict[Block, list[Linear]]:
    """Every sum of both files, by the blocks of its cells."""
    shown = earlier.rows | now.rows | earlier.facts.keys() | now.facts.keys()
    blocks: dict[Block, list[Linear]] = defaultdict(list)
    for said in without_idle([*earlier.sums, *now.sums], shown):
        for block in dict.fromkeys(block_of(cell) for cell, _ in said.terms):
            blocks[block].append(said)
    return blocks


def _untouched(
    cells: list[Cell], sums: list[Linear], earlier: Knowledge, now: Knowledge, changed: set[Cell]
) -> set[Cell]:
    """Cells that no sum links to a changed one, but over cells that both files show alike."""
    leader: dict[Cell, Cell] = {}

    def lead(cell: Cell) -> Cell:
        while leader.setdefault(cell, cell) != cell:
            leader[cell] = leader[leader[cell]]
            cell = leader[cell]
        return cell

    for said in sums:
        first: Cell | None = None
        for cell, _ in said.terms:
            if cell not in changed and _is_fixed(cell, earlier, now):
                continue
            if first is None:
                first = cell
            else:
                leader[lead(cell)] = lead(first)
    touched = {lead(cell) for cell in changed}
    return {cell for cell in cells if cell not in changed and lead(cell) not in touched}


def _is_fixed(cell: Cell, earlier: Knowledge, now: Knowledge) -> bool:
    first, second = earlier.facts.get(cell), now.facts.get(cell)
    return first is not None and second is not None and first[1] < inf and is_same(first, second)


def _note_changes(merged: Merged, earlier: Knowledge, candidate: Knowledge, cells: list[Cell], policy: Policy) -> None:
    """A change between two published counts must be nothing, large, or known only widely."""
    unsettled = []
    for cell in cells:
        if ":" in cell.people:
            continue
        before, after = earlier.facts.get(cell), candidate.facts.get(cell)
        if cell in earlier.rounded and cell in candidate.rounded:
            continue
        if before is None or after is None or before[1] == inf or after[1] == inf:
            if after is not None and after[1] - after[0] <= SLACK and cell in earlier.hidden:
                unsettled.append(cell)
            continue
        if is_same(before, after) and before[1] - before[0] <= SLACK:
            continue
        low, high = after[0] - before[1], after[1] - before[0]
        if is_narrow_change(low, high, policy):
            merged.changes.append((cell, low, high))
    if unsettled:
        merged.unsettled.append((earlier, unsettled))


def is_narrow_change(low: float, high: float, policy: Policy) -> bool:
    """Whether a change between two releases says too much of a few people."""
    if abs(low) <= SLACK and abs(high) <= SLACK:
        return False
    least = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
    return least < policy.change_minimum - SLACK and high - low < policy.change_range_minimum - SLACK


def _add(merged: Merged, earlier: Knowledge, kept: set[Block], free: set[Cell]) -> None:
    now = merged.knowledge

    def is_ours(cell: Cell) -> bool:
        return block_of(cell) in kept or cell in free

    for cell, (low, high) in earlier.facts.items():
        if not is_ours(cell):
            continue
        known = now.facts.get(cell)
        if known is None or not is_same(known, (low, high)):
            merged.older.add(cell)
            now.learn(cell, low, high)
    for cell, need in earlier.hidden.items():
        if is_ours(cell):
            now.hidden[cell] = min(need, now.hidden.get(cell, inf))
    now.rows |= {cell for cell in earlier.rows if is_ours(cell)}
    there = set(now.sums)
    now.sums.extend(said for said in earlier.sums if said not in there and all(is_ours(cell) for cell, _ in said.terms))
