"""The bounds are right: set against every table of whole numbers that a reader cannot rule out, counted one by one."""

from functools import cache
from itertools import product
from math import inf

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.audit.hold import Cell, Linear
from flows.audit.reckon import counts_behind, wilson
from flows.audit.solve import Count, System

ROWS, COLUMNS, LARGEST = 3, 3, 7
LINES = [str(number) for number in range(ROWS)] + ["all"]
GROUPS = [str(number) for number in range(COLUMNS)] + ["all"]
PLACES = [(line, group) for line in LINES for group in GROUPS]
Known = dict[tuple[str, str], tuple[float, float]]


def cell(line: str, group: str) -> Cell:
    return Cell("staff", "2025-03-31", "trust", line, "any", group)


SUMS = [
    Linear(((cell(line, "all"), -1.0), *((cell(line, group), 1.0) for group in GROUPS[:-1])), 0.0, 0.0)
    for line in LINES
] + [
    Linear(((cell("all", group), -1.0), *((cell(line, group), 1.0) for line in LINES[:-1])), 0.0, 0.0)
    for group in GROUPS
]


@cache
def every_table(total: int) -> npt.NDArray[np.int_]:
    """Every 3 by 3 table of whole numbers with this total, with its margins: one table per row."""
    inner = np.zeros((1, 0), dtype=int)
    for _ in range(ROWS * COLUMNS - 1):
        left = total - inner.sum(axis=1)
        inner = np.concatenate(
            [
                np.column_stack([np.repeat(inner[left == some], some + 1, axis=0), np.tile(np.arange(some + 1), n)])
                for some in range(total + 1)
                if (n := int((left == some).sum()))
            ]
        )
    inner = np.column_stack([inner, total - inner.sum(axis=1)]).reshape(-1, ROWS, COLUMNS)
    with_lines = np.concatenate([inner, inner.sum(axis=1, keepdims=True)], axis=1)
    return np.concatenate([with_lines, with_lines.sum(axis=2, keepdims=True)], axis=2).reshape(-1, len(PLACES))


def enumerate_bounds(known: Known, total: int) -> dict[tuple[str, str], tuple[int, int]]:
    tables = every_table(total)
    for place, (low, high) in known.items():
        column = tables[:, PLACES.index(place)]
        tables = tables[(column >= low) & (column <= high)]
    return {place: (int(tables[:, n].min()), int(tables[:, n].max())) for n, place in enumerate(PLACES)}


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[tuple[str, str], int], Known]:
    """A true table with few people, of which each number is shown, shown rounded, or hidden."""
    counts = draw(st.lists(st.integers(0, 2), min_size=ROWS * COLUMNS, max_size=ROWS * COLUMNS))
    counts = [count if sum(counts[: n + 1]) <= LARGEST else 0 for n, count in enumerate(counts)]
    inner = np.array(counts).reshape(ROWS, COLUMNS)
    full = np.vstack([inner, inner.sum(axis=0)])
    full = np.column_stack([full, full.sum(axis=1)])
    truth = {place: int(number) for place, number in zip(PLACES, full.flatten(), strict=True)}
    known: Known = {("all", "all"): (truth["all", "all"], truth["all", "all"])}
    for place, number in truth.items():
        how = draw(st.sampled_from(["hidden", "hidden", "shown", "rounded"]))
        if how == "shown":
            known[place] = (number, number)
        elif how == "rounded" and place not in known:
            middle = round(number / 3) * 3
            known[place] = (max(0, middle - 1), middle + 1)
    return truth, known


def system(known: Known) -> System:
    facts = {cell(*place): (float(low), float(high)) for place, (low, high) in known.items()}
    return System(facts, SUMS, {}, [cell(*place) for place in PLACES])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(tables())
def test_exact_bounds_are_those_of_every_possible_table(table: tuple[dict[tuple[str, str], int], Known]) -> None:
    truth, known = table
    expected = enumerate_bounds(known, truth["all", "all"])
    found, empty = system(known).bounds({cell(*place): 0.0 for place in PLACES}, Count(), exact=True)
    assert not empty
    assert {place: (found[cell(*place)].low, found[cell(*place)].high) for place in PLACES} == expected
    assert all(found[cell(*place)].low <= number <= found[cell(*place)].high for place, number in truth.items())


@settings(max_examples=60, deadline=None, derandomize=True)
@given(tables(), st.integers(1, 6))
def test_the_quick_way_judges_each_cell_as_every_possible_table_does(
    table: tuple[dict[tuple[str, str], int], Known], need: int
) -> None:
    truth, known = table
    expected = enumerate_bounds(known, truth["all", "all"])
    found, _ = system(known).bounds({cell(*place): float(need) for place in PLACES}, Count())
    for place, (low, high) in expected.items():
        bounds = found[cell(*place)]
        assert (bounds.width >= need) == (high - low >= need)
        if high - low < need:
            assert (bounds.low, bounds.high) == (low, high)


def test_a_range_that_only_parts_of_people_would_fill_is_not_believed() -> None:
    """Three groups of which each two make an odd number: the linear programme would halve a person."""
    a, b, c = (cell("0", group) for group in "abc")
    twice = Linear(((a, 2.0), (b, 2.0)), 3.0, 5.0)
    found, _ = System({c: (0.0, 9.0)}, [twice, Linear(((a, 2.0), (c, 2.0)), 3.0, 5.0)], {}).bounds(
        dict.fromkeys((a, b, c), 0.0), Count(), exact=True
    )
    assert [(found[each].low, found[each].high) for each in (a, b, c)] == [(0, 2), (0, 2), (0, 2)]
    assert all(float(found[each].high).is_integer() for each in (a, b, c))


def test_a_cell_that_nothing_holds_may_be_anything() -> None:
    found, _ = System({}, [], {}, [cell("0", "0")]).bounds({cell("0", "0"): 10.0}, Count(), exact=True)
    assert (found[cell("0", "0")].low, found[cell("0", "0")].high) == (0, inf)


def test_tables_that_exclude_each_other_have_no_bounds() -> None:
    a, b = cell("0", "0"), cell("0", "1")
    facts = {a: (0.0, 3.0), b: (0.0, 3.0)}
    _, empty = System(facts, [Linear(((a, 1.0), (b, 1.0)), 7.0, 7.0)], {}).bounds({a: 1.0}, Count())
    assert empty == [0]


@pytest.mark.parametrize(("count", "base"), [(1, 13), (3, 9), (7, 500), (40, 41), (4.5, 88), (512, 8146)])
def test_whatever_is_left_of_a_share_leads_back_to_its_counts(count: float, base: float) -> None:
    low, high = wilson(count, base)
    shown = {"count": count, "base": base, "share": count / base, "low": low, "high": high}
    for is_left in product((True, False), repeat=5):
        left = [value if keep else None for value, keep in zip(shown.values(), is_left, strict=True)]
        if sum(is_left) >= 2:
            assert counts_behind(*left) == (count, base), left
        elif sum(is_left) == 0:
            assert counts_behind(*left) is None
