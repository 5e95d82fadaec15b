"""Freeze figures in the ledger: what was signed off, by whom, from which release. The ledger only ever grows.

Each line is one approval with all its figures, and holds the hash of the line before it, so that a line that was
changed or taken out is seen. Before each build the whole ledger is poured into the warehouse, which it outlives.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from flows.home import Home
from flows.record import flush_folder

FIGURE_KEY = {
    "conformed_table": "VARCHAR",
    "indicator_id": "VARCHAR",
    "as_at_date": "DATE",
    "organisation_unit_level": "VARCHAR",
    "organisation_unit": "VARCHAR",
    "stratum": "VARCHAR",
    "measure": "VARCHAR",
    "group_key": "VARCHAR",
    "reference_group": "VARCHAR",
}
"""What makes a figure one figure, whichever definition and release it came from."""

FIGURE_FACTS = {
    "definition_version": "VARCHAR",
    "unit": "VARCHAR",
    "value": "DOUBLE",
    "value_text": "VARCHAR",
    "numerator": "DECIMAL(18,4)",
    "denominator": "DECIMAL(18,4)",
    "reference_numerator": "DECIMAL(18,4)",
    "reference_denominator": "DECIMAL(18,4)",
    "not_computed_because": "VARCHAR",
}
"""What is frozen of it."""

APPROVAL_FACTS = {
    "approval_number": "BIGINT",
    "approved_at": "TIMESTAMPTZ",
    "approved_by": "VARCHAR",
    "reason": "VARCHAR",
    "organisation_code": "VARCHAR",
    "framework_key": "VARCHAR",
    "reporting_year": "VARCHAR",
    "release_id": "VARCHAR",
    "content_hash": "VARCHAR",
}
"""What stands once for all figures that were signed off together."""

Key = tuple[str, ...]
Figure = dict[str, Any]


class LedgerDamaged(Exception):
    """The ledger of approved figures is not as it was written; the message says which line, and what to do."""


@dataclass(frozen=True)
class Approval:
    """One signing: who, when, why, from which release, and the figures, each as it stood.

    A figure is a mapping of FIGURE_KEY and FIGURE_FACTS, as JSON can hold them, and `is_restated`: whether it took the
    place of one that was signed off before.
    """

    approval_number: int
    approved_at: str
    approved_by: str
    reason: str | None
    organisation_code: str
    framework_key: str
    reporting_year: str
    release_id: str
    content_hash: str
    figures: Sequence[Figure]


def ledger_path(home: Home) -> Path:
    """The ledger of approved figures: one JSON object a line, only ever appended to."""
    return home.ledger / "approved_figures.jsonl"


def figure_key(figure: Mapping[str, Any]) -> Key:
    """What makes a figure one figure."""
    return tuple(str(figure[name]) for name in FIGURE_KEY)


def read_approvals(home: Home) -> list[Approval]:
    """Every approval, oldest first; a last line that a dying process left half was never confirmed and is not read.

    Raises LedgerDamaged where a line cannot be read, was changed, or follows on another than the one before it.
    """
    return [approval for approval, _ in _lines(ledger_path(home))]


def ledger_hash(home: Home) -> str | None:
    """The hash of the last approval, which stands on all before it; None before the first. Raises LedgerDamaged."""
    hashes = [line_hash for _, line_hash in _lines(ledger_path(home))]
    return hashes[-1] if hashes else None


def latest_figures(approvals: Sequence[Approval], organisation_code: str) -> dict[Key, Figure]:
    """The last word on each figure of an organisation that was ever signed off, with its framework and year."""
    return {
        figure_key(figure): {
            **figure,
            "framework_key": approval.framework_key,
            "reporting_year": approval.reporting_year,
        }
        for approval in approvals
        if approval.organisation_code == organisation_code
        for figure in approval.figures
    }


def append_approval(home: Home, approval: Approval) -> None:
    """Write one approval to the end of the ledger, flushed to disk. Hold the home's lock.

    Raises LedgerDamaged where the ledger is not as it was written: nothing is added to such a one.
    """
    path = ledger_path(home)
    is_new = not path.exists()
    facts = {name: getattr(approval, name) for name in APPROVAL_FACTS} | {"figures": list(approval.figures)}
    facts["previous_sha256"] = ledger_hash(home)
    line = json.dumps(facts | {"sha256": _hash(facts)}, ensure_ascii=False).encode() + b"\n"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "rb+") as handle:
        written = path.read_bytes()
        handle.truncate(written.rfind(b"\n") + 1)  # the half line of a process that died was never confirmed
        handle.seek(0, os.SEEK_END)
        handle.write(line)
        handle.flush()
        os.fsync(handle.fileno())
    if is_new:
        flush_folder(path.parent)


def pour_approvals(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Make `raw.approved_figures` hold what the ledger holds, no more and no less. Raises LedgerDamaged."""
    columns = APPROVAL_FACTS | FIGURE_KEY | FIGURE_FACTS | {"is_restated": "BOOLEAN"}
    rows = [
        {name: getattr(approval, name) for name in APPROVAL_FACTS} | figure
        for approval in read_approvals(home)
        for figure in approval.figures
    ]
    con.begin()
    con.execute("create schema if not exists raw")
    con.execute(
        "create or replace table raw.approved_figures ("
        + ", ".join(f"{name} {sql_type}" for name, sql_type in columns.items())
        + ")"
    )
    if rows:
        _insert(con, columns, rows)
    con.commit()


def _insert(con: duckdb.DuckDBPyConnection, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
    import pyarrow  # half a second that only a ledger with approvals costs

    texts = {name: pyarrow.array([_text(row.get(name)) for row in rows], pyarrow.string()) for name in columns}
    con.register("approved_rows", pyarrow.table(texts))
    picked = ", ".join(f"cast({name} as {sql_type})" for name, sql_type in columns.items())
    con.execute(f"insert into raw.approved_figures select {picked} from approved_rows")
    con.unregister("approved_rows")


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _lines(path: Path) -> list[tuple[Approval, str]]:
    if not path.exists():
        return []
    written = path.read_bytes()
    found: list[tuple[Approval, str]] = []
    previous: str | None = None
    for number, line in enumerate(written.split(b"\n")[:-1], start=1):
        approval, previous = _read_line(path, number, line, previous)
        found.append((approval, previous))
    return found


def _read_line(path: Path, number: int, line: bytes, previous: str | None) -> tuple[Approval, str]:
    try:
        facts = json.loads(line)
        own_hash = facts.pop("sha256")
        is_own = own_hash == _hash(facts)
        follows = facts.pop("previous_sha256") == previous
        approval = Approval(**facts)
        datetime.datetime.fromisoformat(approval.approved_at)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise LedgerDamaged(_damaged(path, number, "cannot be read")) from None
    if not (is_own and follows):
        raise LedgerDamaged(_damaged(path, number, "is not as it was written, or a line before it is gone"))
    return approval, own_hash


def _damaged(path: Path, number: int, what: str) -> str:
    return (
        f"{path}, line {number} {what}. What was signed off is only certain with the whole file: "
        "bring it back from a backup (`parity restore`), and run the night again."
    )


def _hash(facts: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
