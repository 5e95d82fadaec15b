"""Gather what a build would tell everyone: cells, the sums that tie them, and which of them are small by themselves.

All of it is made by the models in `models/disclosure/`; here it becomes arrays, one block for each set of tied cells.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from flows.disclose.protect import Block, Demand, NotConsistent

Array = np.ndarray[Any, Any]

PAY_SUMS = """
    select sum_id from disclosure.open_sums
    where people in (select people from disclosure.open_cells where kind = 'pay')
    group by sum_id having bool_and(stratum = 'all')
"""
"""Groups of pay add up as groups of people do; pay of a quarter is not told."""
CELLS = f"""
    select
        kind, cell_id, number, largest_number, rounded_to, row_count,
        organisation_unit_level = 'trust' and stratum = 'all' as is_of_the_trust,
        characteristic = 'all' as is_whole,
        reason is not null as is_small, possible_low, possible_high
    from disclosure.open_cells left join disclosure.small_cells using (kind, cell_id)
    where number is not null and as_at_date not in (select as_at_date from held_dates)
    union all
    select distinct
        'people', cell_id, null, null, null, 0, false, false, reason is not null, possible_low, possible_high
    from (
        select cell_id, as_at_date from disclosure.open_sums where is_latent
        union
        select cell_id, as_at_date from disclosure.open_parts where part = 'numerator' and number is null
    ) as latent
    left join (select * from disclosure.small_cells where kind = 'people') as small_cells using (cell_id)
    where as_at_date not in (select as_at_date from held_dates)
    union all
    select distinct 'pay', sums.cell_id, null, null, null, 0, false, false, false, null, null
    from disclosure.open_sums as sums
    where sums.sum_id in ({PAY_SUMS}) and sums.as_at_date not in (select as_at_date from held_dates)
        and not exists (
            select 1 from disclosure.open_cells as cells
            where cells.kind = 'pay' and cells.number is not null and cells.cell_id = sums.cell_id
        )
    order by kind, cell_id
"""
HELD_SUMS = """
    select sum_id from disclosure.open_sums where as_at_date in (select as_at_date from held_dates)
"""
"""A sum may tie two dates, and the figures of a held date are not those of this build."""
SUMS = f"""
    select 'people' as kind, sum_id, is_whole, cell_id from disclosure.open_sums
    where sum_id not in ({HELD_SUMS})
    union all
    select 'pay', sum_id, is_whole, cell_id from disclosure.open_sums
    where sum_id in ({PAY_SUMS}) and sum_id not in ({HELD_SUMS})
    order by kind, sum_id, is_whole, cell_id
"""
BOUNDS = """
    select inner_cell_id, outer_cell_id from disclosure.open_bounds
    where as_at_date not in (select as_at_date from held_dates)
    order by all
"""


@dataclass(frozen=True)
class Policy:
    """The numbers of the policy for what everyone may read (seeds/disclosure/disclosure_policy)."""

    threshold: float
    hidden_range_minimum: float
    change_minimum: float
    pay_hidden_range_share: float
    pay_rounding: float
    cost_of_a_row: float
    cost_factor_of_the_trust: float

    @classmethod
    def of(cls, con: duckdb.DuckDBPyConnection) -> Policy:
        """Read the rules from the warehouse's connection; raises KeyError where one is missing."""
        rules = dict(
            con.execute("select rule, value from definitions.disclosure_policy where output = 'open'").fetchall()
        )
        return cls(**{name: float(rules[name]) for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class Cells:
    """Every cell of the open tables as arrays of one length; a latent one has no number."""

    policy: Policy
    kind: Array
    cell_id: Array
    number: Array
    rounded_to: Array
    row_count: Array
    is_of_the_trust: Array
    is_whole: Array
    is_small: Array
    possible_low: Array
    possible_high: Array
    sums: list[tuple[int, list[int]]]
    within: list[tuple[int, int]]

    @cached_property
    def is_latent(self) -> Array:
        """The cells that no open row tells, though a sum names them."""
        return np.isnan(self.number)

    @cached_property
    def place(self) -> dict[tuple[str, str], int]:
        """Where a cell stands in the arrays, by its kind and name."""
        return {(str(kind), str(cell)): at for at, (kind, cell) in enumerate(zip(self.kind, self.cell_id, strict=True))}

    @cached_property
    def is_pay(self) -> Array:
        """The cells that are sums of pay, in pounds an hour of all their people together; the others count people."""
        return np.asarray(self.kind == "pay")

    @cached_property
    def width(self) -> Array:
        """How wide a reader's range of each hidden cell must be: people, or pounds an hour of all of them together."""
        return np.where(self.is_pay, self.number * self.policy.pay_hidden_range_share, self.policy.hidden_range_minimum)

    @cached_property
    def known(self) -> tuple[Array, Array]:
        """What a reader of a shown cell knows of its number, least and most: rounding leaves some room."""
        step = np.where(self.is_latent, 1, self.rounded_to)
        nearest = np.floor(self.number / step + 0.5) * step
        room = np.where(step > 1, np.floor((step - 1) / 2), 0.0)
        is_rounded = (step > 1) & (self.number >= self.policy.threshold)
        low = np.where(is_rounded, np.maximum(nearest - room, self.policy.threshold), self.number)
        high = np.where(is_rounded, nearest + room, self.number)
        return np.minimum(low, self.number), np.maximum(high, self.number)

    @cached_property
    def cost(self) -> Array:
        """What hiding a cell costs: its people and its rows; far more where it is a headline of the whole trust."""
        people = np.where(self.is_pay, 0.0, np.nan_to_num(self.number)) + self.policy.cost_of_a_row * self.row_count
        return people * np.where(self.is_of_the_trust, self.policy.cost_factor_of_the_trust, 1.0)

    @cached_property
    def is_fixed(self) -> Array:
        """The size of the trust itself is never hidden where it is not small."""
        return self.is_of_the_trust & self.is_whole & ~self.is_small & ~self.is_latent

    def demands(self, cells: Array) -> Iterator[Demand]:
        """What readers must hold possible of the cells that are small by themselves."""
        for cell in cells[self.is_small[cells]]:
            high, low = float(self.possible_high[cell]), float(self.possible_low[cell])
            if not np.isnan(high):
                yield Demand(int(cell), high, True)
            if not np.isnan(low):
                yield Demand(int(cell), low, False)

    def blocks(self) -> list[Array]:
        """The cells of each block: those that are tied by sums and bounds together."""
        count = len(self.number)
        pairs = [(whole, part) for whole, parts in self.sums for part in parts] + self.within
        ones = np.ones(len(pairs))
        ends = np.array(pairs, dtype=int).reshape(-1, 2)
        ties = coo_array((ones, (ends[:, 0], ends[:, 1])), shape=(count, count))
        _, label = connected_components(ties, directed=False)
        return [np.flatnonzero(label == one) for one in np.unique(label)]

    def block(self, cells: Array, is_fixed: Array) -> Block:
        """The cells of one block by themselves, numbered from nought; `is_fixed`, of all cells: not to be hidden."""
        at = {int(cell): place for place, cell in enumerate(cells)}
        low, high = self.known
        return Block(
            number=self.number[cells],
            low=low[cells],
            high=high[cells],
            cost=self.cost[cells],
            is_fixed=is_fixed[cells],
            sums=[(at[whole], [at[part] for part in parts]) for whole, parts in self.sums if whole in at],
            within=[(at[inner], at[outer]) for inner, outer in self.within if inner in at],
        )


def gather(con: duckdb.DuckDBPyConnection) -> Cells:
    """Read the cells and sums of a build from the warehouse's connection.

    Raises NotConsistent where two numbers of one cell differ, or where the parts of a sum are not its whole.
    """
    found = con.execute(CELLS).fetchnumpy()
    columns = {name: _plain(values) for name, values in found.items()}
    largest = columns.pop("largest_number")
    place = {(kind, cell): at for at, (kind, cell) in enumerate(zip(columns["kind"], columns["cell_id"], strict=True))}
    sums: dict[tuple[str, str], tuple[list[int], list[int]]] = {}
    for kind, sum_id, is_whole, cell in con.execute(SUMS).fetchall():
        whole, parts = sums.setdefault((kind, sum_id), ([], []))
        (whole if is_whole else parts).append(place[kind, cell])
    tied = _telling([(whole[0], parts) for whole, parts in sums.values()], np.isnan(columns["number"]))
    within = [(place["people", inner], place["people", outer]) for inner, outer in con.execute(BOUNDS).fetchall()]
    cells = Cells(policy=Policy.of(con), sums=tied, within=within, **columns)
    _refuse_contradictions(cells, largest)
    return cells


def _plain(values: Any) -> Array:
    """Masked numbers as nan, masked flags as false."""
    if isinstance(values, np.ma.MaskedArray):
        if values.dtype.kind in "iuf":
            return np.asarray(np.ma.filled(values.astype(float), np.nan))
        return np.asarray(np.ma.filled(values, False if values.dtype.kind == "b" else ""))
    return np.asarray(values)


def _telling(sums: list[tuple[int, list[int]]], is_latent: Array) -> list[tuple[int, list[int]]]:
    """Without the sums whose whole nobody tells and no other sum names: they say nothing."""
    named = np.zeros(len(is_latent), dtype=int)
    for whole, parts in sums:
        np.add.at(named, [whole, *parts], 1)
    return [(whole, parts) for whole, parts in sums if not (is_latent[whole] and named[whole] == 1)]


def _refuse_contradictions(cells: Cells, largest: Array) -> None:
    differing = int(np.nansum(np.abs(largest - cells.number) > 1e-6 * np.maximum(1, np.abs(cells.number))))
    if differing:
        raise NotConsistent(
            f"{differing} groups of people have two different numbers in the open tables, so nobody can say what a "
            "reader would learn. A row of seeds/disclosure/counted_people.csv names the wrong people."
        )
    wrong = 0
    for whole, parts in cells.sums:
        gap = cells.number[whole] - cells.number[parts].sum()
        wrong += bool(abs(gap) > 1e-6 * max(1.0, abs(cells.number[whole])))
    if wrong:
        raise NotConsistent(
            f"{wrong} sums of the open tables are not what their parts make. A row of "
            "seeds/disclosure/nested_groups.csv or nested_strata.csv is wrong."
        )
