"""The bounds are right: set against every table of whole numbers that a reader cannot rule out, counted one by one."""

from functools import cache
from itertools import combinations, product
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
    inner = compositions(total, ROWS * COLUMNS).reshape(-1, ROWS, COLUMNS)
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


SIDES = ("0", "1", "all")
CORNERS = list(product(SIDES, repeat=3))


def corner(place: tuple[str, ...]) -> Cell:
    return Cell("staff", "2025-03-31", place[0], place[1], "any", place[2])


def cube_sums() -> list[Linear]:
    """Each margin of a 2 by 2 by 2 table is the sum of its two parts, in every direction."""
    sums = []
    for place in CORNERS:
        for axis in range(3):
            if place[axis] == "all":
                parts = [(*place[:axis], side, *place[axis + 1 :]) for side in SIDES[:2]]
                terms = ((corner(place), -1.0), *((corner(part), 1.0) for part in parts))
                sums.append(Linear(terms, 0.0, 0.0))
    return sums


@st.composite
def cubes(draw: st.DrawFn) -> tuple[tuple[int, ...], dict[tuple[str, ...], tuple[float, float]]]:
    """A table of three characteristics: its eight counts, and what is shown of it."""
    counts = tuple(draw(st.lists(st.integers(0, 1), min_size=8, max_size=8)))
    known: dict[tuple[str, ...], tuple[float, float]] = {("all",) * 3: (sum(counts), sum(counts))}
    for place in CORNERS:
        number = int(np.array(counts) @ membership(place))
        if draw(st.sampled_from(["hidden", "shown", "rounded"])) != "hidden" and place.count("all"):
            spare = draw(st.integers(0, 1))
            known.setdefault(place, (max(0, number - spare), number + spare))
    return counts, known


@cache
def membership(place: tuple[str, ...]) -> npt.NDArray[np.int_]:
    inner = list(product(SIDES[:2], repeat=3))
    return np.array([all(a in (b, "all") for a, b in zip(place, each, strict=True)) for each in inner], dtype=int)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(cubes())
def test_bounds_are_right_where_a_linear_programme_would_split_a_person(
    cube: tuple[tuple[int, ...], dict[tuple[str, ...], tuple[float, float]]],
) -> None:
    """Three characteristics crossed leave corners in parts of people, which two never do."""
    counts, known = cube
    tables = compositions(sum(counts), 8)
    for place, (low, high) in known.items():
        number = tables @ membership(place)
        tables = tables[(number >= low) & (number <= high)]
    facts = {corner(place): (float(low), float(high)) for place, (low, high) in known.items()}
    whole = System(facts, cube_sums(), {})
    found, empty = whole.bounds({corner(place): 0.0 for place in CORNERS}, Count(), exact=True)
    assert not empty
    for place in CORNERS:
        number = tables @ membership(place)
        assert (found[corner(place)].low, found[corner(place)].high) == (number.min(), number.max())


@cache
def compositions(total: int, cells: int) -> npt.NDArray[np.int_]:
    """Every way to deal a number of people to so many cells."""
    if cells == 1:
        return np.array([[total]])
    dealt = []
    for first in range(total + 1):
        rest = compositions(total - first, cells - 1)
        dealt.append(np.column_stack([np.full(len(rest), first), rest]))
    return np.concatenate(dealt)


def test_a_range_that_only_parts_of_people_would_fill_is_not_believed() -> None:
    """Of five cells no two hold more than one person together: half a person in each would make two and a half."""
    parts = [cell("0", name) for name in "abcde"]
    total = cell("0", "all")
    sums = [Linear(((a, 1.0), (b, 1.0)), 0.0, 1.0) for a, b in combinations(parts, 2)]
    sums.append(Linear(((total, -1.0), *((part, 1.0) for part in parts)), 0.0, 0.0))
    for is_exact in (True, False):
        count = Count()
        found, _ = System({}, sums, {}).bounds({total: 2.0}, count, exact=is_exact)
        assert (found[total].low, found[total].high) == (0, 1)
        assert count.whole_programmes


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
