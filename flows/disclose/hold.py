"""Hold to what was opened before: what is public stays known, so each release is decided with the last one in view.

A number that was shown and has not moved cannot be hidden any more; one that was hidden stays hidden. Where figures of
a date have moved by a few people only, the difference of two releases would tell who: that date stays as it was opened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from flows.disclose.gather import Array, Cells

BEFORE = "before"
"""The catalog under which the last open tables are attached."""

# The parts of its rows as models/disclosure/open_parts has them, but by the definitions that the earlier file carries.
SAID_BEFORE = """
create or replace temp table said_before as
with parts as (
    select
        open_rows.organisation_code,
        counted_people.part,
        counted_people.people,
        case counted_people.date_rule
            when 'year_before' then cast(open_rows.as_at_date - interval 1 year as date)
            else open_rows.as_at_date
        end as as_at_date,
        open_rows.organisation_unit_level,
        open_rows.organisation_unit,
        case counted_people.stratum_rule
            when 'all' then 'all' else coalesce(stratum_meanings.cell_stratum, open_rows.stratum)
        end as stratum,
        counted_people.characteristic,
        case counted_people.group_key when '*' then open_rows."group" else counted_people.group_key end as group_key,
        open_rows.rounded_to,
        case counted_people.part
            when 'numerator' then open_rows.numerator when 'denominator' then open_rows.denominator
            else open_rows.value
        end as number,
        case counted_people.part when 'denominator' then denominator_marker else value_marker end as marker
    from {catalog}.marts.indicator_values as open_rows
    inner join {catalog}.marts.counted_people using (indicator_id, measure)
    left join {catalog}.marts.stratum_meanings
        on
            stratum_meanings.indicator_id = open_rows.indicator_id
            and stratum_meanings.stratum = open_rows.stratum
            and stratum_meanings.part in ('*', counted_people.part)
    where counted_people.part <> 'median'
)

select
    case part when 'mean' then 'pay' else 'people' end as kind,
    md5(concat_ws(
        chr(31), organisation_code, people, as_at_date, organisation_unit_level, organisation_unit, stratum,
        characteristic, group_key
    )) as cell_id,
    as_at_date,
    min(rounded_to) as rounded_to,
    max(number) as number,
    bool_or(marker = '[c]') and max(number) is null as was_hidden
from parts
group by all
"""

SAID_NOW = """
create or replace temp table compared as
with now as (
    select
        cells.kind, cells.cell_id, cells.as_at_date, cells.rounded_to,
        case cells.kind
            when 'pay' then min(round(open_rows.value / $pay_rounding) * $pay_rounding)
            else min(floor(cells.number / cells.rounded_to + 0.5) * cells.rounded_to)
        end as said,
        min(cells.number) as number
    from disclosure.open_cells as cells
    left join disclosure.open_parts as parts
        on cells.kind = 'pay' and parts.part = 'mean' and cells.cell_id = parts.cell_id
    left join disclosure.open_rows as open_rows on parts.row_id = open_rows.row_id
    where cells.number is not null
    group by cells.kind, cells.cell_id, cells.as_at_date, cells.rounded_to
)

select
    kind, cell_id, said_before.as_at_date, was_hidden,
    said_before.number is not null as was_shown,
    said_before.number is not null
    and (now.cell_id is null or now.rounded_to <> said_before.rounded_to or abs(now.said - said_before.number) > 1e-9)
        as has_moved,
    case when kind = 'people' then abs(coalesce(now.number, 0) - said_before.number) end as moved_by,
    said_before.rounded_to
from said_before left join now using (kind, cell_id)
"""

NARROWLY_MOVED = """
select distinct as_at_date from compared
where
    as_at_date in (select as_at_date from disclosure.open_rows)
    and (has_moved and kind = 'people' and rounded_to = 1 and moved_by < $change_minimum)
union
select distinct as_at_date from compared
where
    kind = 'pay' and has_moved
    and as_at_date in (select as_at_date from disclosure.open_rows)
    and cell_id not in (select cell_id from compared where kind = 'people' and has_moved) -- those who are paid
union
select open_rows.as_at_date
from disclosure.open_rows as open_rows
inner join before.marts.indicator_values as said
    using (
        organisation_code, indicator_id, as_at_date, organisation_unit_level, organisation_unit, stratum, measure,
        "group"
    )
inner join definitions.counted_people as counted using (indicator_id, measure)
where
    counted.part = 'median'
    and abs(round(open_rows.value / $pay_rounding) * $pay_rounding - said.value) > 1e-9
    and open_rows.denominator = said.denominator -- the same people, one of whom is in the middle
union
select as_at_date from disclosure.open_rows
where as_at_date in (select as_at_date from before.marts.indicator_values)
group by as_at_date
having
    list_sort(list(distinct organisation_unit)) <> (
        select list_sort(list(distinct said.organisation_unit)) from before.marts.indicator_values as said
        where said.as_at_date = open_rows.as_at_date
    )
"""
MOVED = """
select distinct as_at_date from compared_last
where has_moved and as_at_date not in (select as_at_date from held_dates)
"""


@dataclass(frozen=True)
class Earlier:
    """What the last open tables bind the next ones to. `held` are the dates that stay as they were opened."""

    was_shown: frozenset[tuple[str, str]] = frozenset()
    was_hidden: frozenset[tuple[str, str]] = frozenset()
    held: list[str] = field(default_factory=list)

    def shown(self, cells: Cells) -> Array:
        """Of all cells: those whose number is public already and has not moved."""
        return self._among(cells, self.was_shown)

    def hidden(self, cells: Cells) -> Array:
        """Of all cells: those that were hidden, and so stay hidden."""
        return self._among(cells, self.was_hidden)

    @staticmethod
    def _among(cells: Cells, names: frozenset[tuple[str, str]]) -> Array:
        found = np.zeros(len(cells.number), dtype=bool)
        found[[cells.place[name] for name in names if name in cells.place]] = True
        return found & ~cells.is_latent


def look_back(con: duckdb.DuckDBPyConnection, before: Sequence[Path]) -> Earlier:
    """Compare every earlier open part with this build, and write down which dates are held (temporary `held_dates`).

    The tables of the last one stay attached as `before`: they bind what is shown and hidden now, and a held date stays
    as they have it. A date is held where a count of it that was shown has moved by fewer people than the policy asks
    for, or where a mean or median of pay has moved and those who are paid have not. `before` are the files of all
    earlier parts, the last one at the end; the others are asked only of dates that have moved.
    """
    con.execute("create or replace temp table held_dates (as_at_date date)")
    if not before:
        return Earlier()
    *older, last = before
    rules = _rules(con)
    _compare(con, last, BEFORE, rules)
    con.execute("insert into held_dates " + NARROWLY_MOVED, rules)
    con.execute("create or replace temp table compared_last as select * from compared")
    for path in older if _has_moved(con) else ():
        _compare(con, path, "older", rules)
        con.execute(
            f"insert into held_dates select as_at_date from ({NARROWLY_MOVED}) where as_at_date in ({MOVED})", rules
        )
        con.execute("detach older")
    kept = "as_at_date not in (select as_at_date from held_dates)"
    told = "select kind, cell_id from compared_last where"
    shown = con.execute(f"{told} was_shown and not has_moved and {kept}").fetchall()
    hidden = con.execute(f"{told} was_hidden and {kept}").fetchall()
    held = con.execute("select distinct cast(as_at_date as varchar) from held_dates order by all").fetchall()
    return Earlier(frozenset(shown), frozenset(hidden), [date for (date,) in held])


def _compare(con: duckdb.DuckDBPyConnection, path: Path, catalog: str, rules: Mapping[str, float]) -> None:
    """Set what an open part said beside what this build would say (temporary table `compared`)."""
    con.execute("attach '" + str(path).replace("'", "''") + f"' as {catalog} (read_only)")
    con.execute(SAID_BEFORE.format(catalog=catalog))
    con.execute(SAID_NOW, {"pay_rounding": rules["pay_rounding"]})


def _has_moved(con: duckdb.DuckDBPyConnection) -> bool:
    return con.execute(f"select 1 from ({MOVED}) limit 1").fetchone() is not None


def _rules(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    rows = con.execute("select rule, value from definitions.disclosure_policy where output = 'open'").fetchall()
    return {rule: float(value) for rule, value in rows if rule in ("pay_rounding", "change_minimum")}
