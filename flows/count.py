"""Count what went in and out at every door between the landing folder and the marts."""

from __future__ import annotations

from typing import Any

from flows.connect import connect
from flows.home import Home

DOORS = """
with latest as (
    select snapshot_date, load_id, headcount from marts.quality_snapshots where is_latest
),

loads as (
    select sum(rows_read) as rows_read, sum(rows_loaded) as rows_loaded, sum(rows_rejected) as rows_rejected
    from marts.quality_loads
    where outcome in ('loaded', 'correction')
),

people as (
    select
        sum(person_count) as person_count,
        sum(person_count) filter (where reason = 'in_scope') as in_scope_count
    from marts.quality_scope
    where snapshot_date = (select max(snapshot_date) from latest)
)

select 'landing to raw' as door, rows_read as count_in, rows_loaded as count_out, 'rows rejected' as left_out,
    rows_rejected as left_out_count
from loads
union all
select 'raw to staging', quality_loads.rows_loaded, quality_loads.rows_loaded - quality_loads.rows_duplicate,
    'identical rows of the latest snapshot', quality_loads.rows_duplicate
from marts.quality_loads inner join latest using (load_id)
union all
select 'people to employed scope', person_count, in_scope_count, 'people not in scope at the latest snapshot',
    person_count - in_scope_count
from people
union all
select 'employed scope to marts', people.in_scope_count, latest.headcount, 'people missing from the marts',
    people.in_scope_count - latest.headcount
from people cross join latest
"""


def count_doors(home: Home) -> list[dict[str, Any]]:
    """One entry a door: what came in, what went out, what was left out and why it may be.

    `count_in` = `count_out` + `left_out_count` at every door; the first counts the rows of every accepted load, the
    others those of the latest snapshot.
    """
    with connect(home, read_only=True) as connection:
        found = connection.execute(DOORS)
        names = [column[0] for column in found.description or ()]
        return [
            {name: value if isinstance(value, str) else int(value or 0) for name, value in zip(names, row, strict=True)}
            for row in found.fetchall()
        ]
