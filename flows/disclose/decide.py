"""Decide for each cell whether it is hidden, block by block, and count what that costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import duckdb
import numpy as np

from flows.disclose.gather import Array, Cells
from flows.disclose.hold import Earlier
from flows.disclose.protect import Demand, protect

Say = Callable[[str], None]


def decide(cells: Cells, earlier: Earlier, say: Say) -> Array:
    """Hide the small cells, those that were hidden before, and what else it takes, in every block of tied cells.

    Returns, of all cells, which are hidden. What is public already and has not moved can neither be hidden nor help to
    hide. A demand that no choice could meet is left to the attack, which finds the cell.
    """
    is_public, was_hidden = earlier.shown(cells), earlier.hidden(cells)
    is_new = ~(is_public | was_hidden | cells.is_latent)
    must_hide = (cells.is_small | was_hidden) & ~is_public
    is_fixed = cells.is_fixed | is_public
    is_hidden = np.zeros(len(cells.number), dtype=bool)
    for block in cells.blocks():
        if not is_new[block].any():  # as the last open tables were decided, so are these
            is_hidden[block] = must_hide[block]
            continue
        if not must_hide[block].any():
            continue
        at = {int(cell): place for place, cell in enumerate(block)}
        demands = [replace(one, cell=at[one.cell]) for one in _demands(cells, block, is_public)]
        protection = protect(cells.block(block, is_fixed), must_hide[block], demands, cells.width[block])
        is_hidden[block[protection.is_hidden]] = True
    told = int((~cells.is_latent).sum())
    say(f"{told} numbers: {int(cells.is_small.sum())} are small, {int(is_hidden.sum())} are hidden")
    return is_hidden


def _demands(cells: Cells, block: Array, is_public: Array) -> list[Demand]:
    return [demand for demand in cells.demands(block) if not is_public[demand.cell]]


REPORT = """
select
    parts_of.indicator_id, parts_of.organisation_unit_level,
    count(*) as cells,
    count(*) filter (is_hidden) as hidden_cells,
    sum(number) filter (decided.kind = 'people') as people,
    sum(number) filter (decided.kind = 'people' and is_hidden) as hidden_people,
    count(*) filter (is_hidden and not is_small) as complementary_cells
from (
    select distinct rows.indicator_id, rows.organisation_unit_level, parts.kind, parts.cell_id
    from disclosure.open_parts as parts
    inner join disclosure.open_rows as rows using (row_id)
    where parts.part <> 'denominator'
) as parts_of
inner join decided on parts_of.kind = decided.kind and parts_of.cell_id = decided.cell_id
group by all
order by all
"""


def report(con: duckdb.DuckDBPyConnection, cells: Cells, is_hidden: Array) -> list[dict[str, Any]]:
    """Per indicator and level of units: the numbers, how many are hidden, and what share of the people is in them.

    The shares of people are for those who run Parity: in an open table they would be one more sum to reckon with.
    """
    con.execute(
        "create or replace temp table decided "
        "(kind varchar, cell_id varchar, number double, is_small boolean, is_hidden boolean)"
    )
    told = np.flatnonzero(~cells.is_latent)
    import pyarrow as pa  # DuckDB takes arrays in one go only from it

    decided = pa.table(
        {
            "kind": cells.kind[told].astype(str),
            "cell_id": cells.cell_id[told].astype(str),
            "number": cells.number[told],
            "is_small": cells.is_small[told],
            "is_hidden": is_hidden[told],
        }
    )
    con.register("decided_now", decided)
    con.execute("insert into decided select * from decided_now")
    con.unregister("decided_now")
    found = con.execute(REPORT).fetchall()
    return [
        {
            "table_name": "indicator_values",
            "cut": f"{indicator} by {level}",
            "cells": int(count),
            "hidden_cells": int(hidden),
            "complementary_cells": int(complementary),
            "hidden_cells_share": hidden / count,
            "people": float(people or 0),
            "hidden_people_share": float(hidden_people or 0) / float(people) if people else 0.0,
            "sentence": f"{hidden} of {count} numbers are hidden.",
        }
        for indicator, level, count, hidden, people, hidden_people, complementary in found
    ]
