"""Retain or let go: which loads a legal hold keeps, and which were purged. Both ledgers only grow and name nobody."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.home import Home
from flows.ingest.remember import Load
from flows.point import append_line, now, read_lines


@dataclass(frozen=True)
class LegalHold:
    """What must not be purged or erased, by load numbers, or by dataset and the dates that data are of.

    Without `load_ids`, every load of `dataset` (None: of any) from `first_date` to `last_date` (None: without end) is
    held, a load that comes later too.
    """

    hold_id: int
    who: str
    why: str
    placed_at: str
    load_ids: tuple[int, ...] = ()
    dataset: str | None = None
    first_date: datetime.date | None = None
    last_date: datetime.date | None = None

    def keeps(self, load: Load) -> bool:
        """Whether the load is held."""
        if self.load_ids:
            return load.load_id in self.load_ids
        if load.as_at_date is None or self.dataset not in (None, load.dataset):
            return False
        first, last = self.first_date or datetime.date.min, self.last_date or datetime.date.max
        return first <= load.as_at_date <= last


def holds_path(home: Home) -> Path:
    """The ledger of legal holds: one line when one is placed, another when it is lifted."""
    return home.ledger / "legal_holds.jsonl"


def purges_path(home: Home) -> Path:
    """The ledger of what was purged, by which rule: it is written first and decides, and the files follow."""
    return home.ledger / "purges.jsonl"


def standing_holds(home: Home) -> list[LegalHold]:
    """The legal holds that were placed and not lifted, oldest first."""
    lines = read_lines(holds_path(home))
    lifted = {one["hold_id"] for one in lines if one["event"] == "lifted"}
    return [_hold(one) for one in lines if one["event"] == "placed" and one["hold_id"] not in lifted]


def holds_on(load: Load, holds: Iterable[LegalHold]) -> list[int]:
    """The numbers of the legal holds that keep a load."""
    return [one.hold_id for one in holds if one.keeps(load)]


def purged_loads(home: Home) -> dict[int, datetime.date]:
    """The loads whose rows were purged, each with the day on which that was."""
    lines = read_lines(purges_path(home))
    return {one["load_id"]: datetime.date.fromisoformat(one["at"][:10]) for one in lines if one["event"] == "load"}


def purged_parts(home: Home, event: str) -> set[int]:
    """The loads of which a part alone was purged: `quarantine` or `copy`."""
    return {one["load_id"] for one in read_lines(purges_path(home)) if one["event"] == event}


def record_purge(home: Home, event: str, facts: Mapping[str, Any]) -> None:
    """Write into the ledger that something is purged."""
    append_line(purges_path(home), {"event": event, "at": now(), **facts})


def append_hold(home: Home, facts: Mapping[str, Any]) -> None:
    """Write into the ledger that a hold is placed or lifted."""
    append_line(holds_path(home), {"at": now(), **facts})


def next_number(lines: Sequence[Mapping[str, Any]], name: str) -> int:
    """1, 2, 3 … : the number of the next entry of a ledger."""
    return max((int(one[name]) for one in lines), default=0) + 1


def _hold(line: Mapping[str, Any]) -> LegalHold:
    return LegalHold(
        hold_id=line["hold_id"],
        who=line["who"],
        why=line["why"],
        placed_at=line["at"],
        load_ids=tuple(line["load_ids"]),
        dataset=line["dataset"],
        first_date=_date(line["first_date"]),
        last_date=_date(line["last_date"]),
    )


def _date(written: str | None) -> datetime.date | None:
    return datetime.date.fromisoformat(written) if written else None
