"""Hold loads for a legal claim or an inquiry: what is held is neither purged nor erased until the hold is lifted."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from flows.home import Home
from flows.ingest.remember import Load
from flows.ingest.retain import LegalHold, append_hold, holds_path, next_number, standing_holds
from flows.point import read_lines
from flows.purge import known_loads

Dates = tuple[datetime.date | None, datetime.date | None]


class HoldError(Exception):
    """A hold was not placed or not lifted; the message says why. Nothing was changed."""


def place(  # noqa: PLR0917  what a hold says
    home: Home,
    who: str,
    why: str,
    load_ids: Sequence[int] = (),
    dataset: str | None = None,
    dates: Dates = (None, None),
) -> tuple[LegalHold, list[Load]]:
    """Place a hold on loads by number, or by dataset and dates; returns it and the loads that it keeps now.

    Hold the home's lock. Raises HoldError where it names nothing, an unknown load, or one whose rows are gone already.
    """
    if not why.strip():
        raise HoldError("A hold needs its reason: the claim, inquiry or order that it is for.")
    by_range = dataset is not None or any(dates)
    if bool(load_ids) == by_range:
        raise HoldError("Say which loads: by --load, or by --dataset, --from and --to. Nothing is held yet.")
    loads = {load.load_id: load for load in known_loads(home)}
    for load_id in load_ids:
        if load_id not in loads or not loads[load_id].has_rows:
            raise HoldError(f"There is no load {load_id} with rows to keep. `parity sql` on quality_loads lists them.")
    hold_id = next_number(read_lines(holds_path(home)), "hold_id")
    append_hold(
        home,
        {
            "event": "placed",
            "hold_id": hold_id,
            "who": who,
            "why": why.strip(),
            "load_ids": sorted(load_ids),
            "dataset": dataset,
            "first_date": str(dates[0]) if dates[0] else None,
            "last_date": str(dates[1]) if dates[1] else None,
        },
    )
    placed = next(one for one in standing_holds(home) if one.hold_id == hold_id)
    return placed, kept_by(home, placed)


def lift(home: Home, hold_id: int, who: str, why: str) -> None:
    """End a hold. Hold the home's lock. Raises HoldError where none of that number stands."""
    if hold_id not in {one.hold_id for one in standing_holds(home)}:
        raise HoldError(f"No legal hold {hold_id} stands. `parity hold list` shows those that do.")
    if not why.strip():
        raise HoldError("Lifting a hold needs its reason: somebody will ask who allowed it.")
    append_hold(home, {"event": "lifted", "hold_id": hold_id, "who": who, "why": why.strip()})


def kept_by(home: Home, hold: LegalHold) -> list[Load]:
    """The loads with rows that a hold keeps now."""
    return [load for load in known_loads(home) if load.has_rows and hold.keeps(load)]
