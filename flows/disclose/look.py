"""Look at the open part of the current release: what is hidden, what the auditor said, and where it comes from."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from flows.disclose.remember import ever_open, remembered
from flows.home import Home
from flows.point import Release, ReleaseError, current_release

Say = Callable[[str], None]


@dataclass(frozen=True)
class Protection:
    """What was done to one open table. Counts are of numbers; shares are of all numbers, and of all people counted."""

    table_name: str
    cells: int
    hidden_cells: int
    hidden_cells_share: float | None
    hidden_people_share: float | None


@dataclass(frozen=True)
class Look:
    """The open part of one release: outcome `open`, `carried_over` or `none` with its reason.

    `audit` is what the auditor said of the part of the release's own night, and `held_back` that night's report where
    its part was withheld: one row per table and cut, as `cuts` are of the part that is open.
    """

    release_id: str
    outcome: str
    reason: str
    from_release: str | None
    first_opened_at: str | None
    tables: list[Protection] = field(default_factory=list)
    cuts: list[dict[str, Any]] = field(default_factory=list)
    held_back: list[dict[str, Any]] = field(default_factory=list)
    audit: dict[str, Any] = field(default_factory=dict)


def look(home: Home) -> Look:
    """Look at the current release's open part. Raises ReleaseError where nothing is published, or it cannot be read."""
    release = _current(home)
    own = _of_run(release, release.release_id)
    opening = own if release.open_from == release.release_id else _of_run(release, release.open_from)
    cuts = opening or _asked(release.open_marts, "select * from disclosure_report order by table_name, cut")
    return Look(
        release.release_id,
        str(release.open_part.get("outcome", "none")),
        str(release.open_part.get("reason", "This release is older than the open part.")),
        release.open_from,
        release.open_part.get("first_opened_at"),
        _by_table(cuts),
        cuts,
        [] if opening is own else [row for row in own if row["table_name"]],
        _audit(own),
    )


def audit_again(home: Home, say: Say = lambda _: None) -> tuple[bool, dict[str, Any]]:
    """Run the auditor once more on the open part that readers have now, against every one that was open before it.

    Returns whether it is safe, and the auditor's report. Raises ReleaseError where nothing is open, and
    OpenLedgerDamaged where what was open before is not known any more.
    """
    release = _current(home)
    if not release.open_marts.is_file():
        raise ReleaseError(f"The release {release.release_id} has no open part, so there is nothing to audit.")
    from flows.audit import audit  # it loads a solver

    own = release.open_part.get("content_hash")
    distinct = list(dict.fromkeys(one.content_hash for one in remembered(home)))
    before = distinct[: distinct.index(own)] if own in distinct else distinct
    earlier = [path for path in ever_open(home) if path.stem in before]
    found = audit(release.open_marts, earlier, say)
    return found.is_safe, found.report


def _by_table(cuts: list[dict[str, Any]]) -> list[Protection]:
    names = dict.fromkeys(str(one["table_name"]) for one in cuts)
    return [_summed(name, [one for one in cuts if one["table_name"] == name]) for name in names]


def _summed(name: str, cuts: list[dict[str, Any]]) -> Protection:
    cells, hidden = (sum(int(one[of] or 0) for one in cuts) for of in ("cells", "hidden_cells"))
    told = [one for one in cuts if one.get("people") and one.get("hidden_people_share") is not None]
    people = sum(int(one["people"]) for one in told)
    hidden_people = sum(int(one["people"]) * float(one["hidden_people_share"]) for one in told)
    return Protection(
        name, cells, hidden, hidden / cells if cells else None, hidden_people / people if people else None
    )


def _current(home: Home) -> Release:
    release = current_release(home)
    if release is None:
        raise ReleaseError("Nothing is published yet. Run `parity nightly` first.")
    if release.problem:
        raise ReleaseError(f"{release.release_id} cannot be read: {release.problem}.")
    return release


def _of_run(release: Release, run_id: str | None) -> list[dict[str, Any]]:
    """What a release tells of the disclosure control of one run; nothing where that run made no open part."""
    query = "select * from run_disclosure where run_id = ? order by part_number"
    return _asked(release.marts, query, run_id) if run_id else []


def _audit(own: list[dict[str, Any]]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(own[0]["audit"] or "{}") if own else {}
    return {"is_safe": not told.get("narrow"), **told} if told else {}


def _asked(path: Path, query: str, *values: str) -> list[dict[str, Any]]:
    """The rows of a query as objects; none where the file or its table is not there."""
    if not path.is_file():
        return []
    try:
        con = duckdb.connect(str(path), read_only=True)
    except duckdb.IOException as error:
        raise ReleaseError(f"{path} cannot be opened. Restore the release from a backup, or use another.") from error
    with con:
        try:
            con.execute("set schema = 'marts'")
            con.execute(query, list(values))
        except duckdb.CatalogException:  # a release of before there was such a table
            return []
        names = [str(column[0]) for column in con.description or []]
        return [dict(zip(names, row, strict=True)) for row in con.fetchall()]
