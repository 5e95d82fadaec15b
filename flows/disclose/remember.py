"""Remember every open part for ever: what was once open cannot be called back, so the next one is measured against it.

`private/ledger/open/` holds each distinct `open.duckdb` that was ever open, named by the hash of its content, and
`index.jsonl`, a line for each release that opened one. Nothing in it is ever removed.
"""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from flows.home import Home
from flows.point import (
    ReleaseError,
    append_line,
    current_release,
    file_hash,
    opened_contents,
    published_ids,
    read_lines,
)
from flows.record import flush_folder

INDEX = "index.jsonl"


class OpenLedgerDamaged(Exception):
    """Not every open part is remembered as it was, so no new one can be measured; the message says what to do."""


@dataclass(frozen=True)
class Remembered:
    """One open part that was ever open, and the release that opened it. `published_at` is ISO 8601, UTC."""

    release_id: str
    published_at: str
    path: Path
    content_hash: str
    sha256: str


def ever_open(home: Home) -> list[Path]:
    """The file of every distinct open part that was ever open, oldest first, each verified by its hash.

    Raises OpenLedgerDamaged where one is missing or changed, or where a release was open that nobody remembers.
    """
    known = _distinct(remembered(home))
    if forgotten := sorted(opened_contents(home) - set(known)):
        raise OpenLedgerDamaged(
            f"{_index(home)} has no line for {len(forgotten)} of the open parts that were published. {_MEND}"
        )
    for one in known.values():
        _verify(one)
    return [one.path for one in known.values()]


def remembered(home: Home) -> list[Remembered]:
    """A line for each release that opened an open part of its own, oldest first; one that was carried over has none."""
    return [
        Remembered(
            str(line["release_id"]),
            str(line["published_at"]),
            home.ever_open / Path(str(line["file"])).name,
            str(line["content_hash"]),
            str(line["sha256"]),
        )
        for line in read_lines(_index(home))
        if {"release_id", "published_at", "file", "content_hash", "sha256"} <= set(line)
    ]


def remember(home: Home, release_id: str, published_at: str, file: Path, content_hash: str) -> Path:
    """Keep a copy of an open part, on the disk before this returns. Call it before any reader can be pointed to it.

    A process that dies in between leaves one too many remembered, never one too few. Content that is known already
    gets a line for its release and no second file. Returns the file that is kept.
    """
    for leftover in home.ever_open.glob(".*.tmp"):  # of a process that died
        leftover.unlink()
    known = _distinct(remembered(home)).get(content_hash)
    if known is None:
        kept = home.ever_open / f"{content_hash}.duckdb"
        sha256 = _keep(file, kept)
    else:
        _verify(known)
        kept, sha256 = known.path, known.sha256
    line = {"release_id": release_id, "published_at": published_at, "file": kept.name}
    append_line(_index(home), line | {"content_hash": content_hash, "sha256": sha256})
    return kept


def standing(home: Home) -> Remembered | None:
    """The open part that stays where tonight's is withheld; None where there never was one.

    It is the one that readers have now; where the current release has none, the last that readers ever had.
    Raises OpenLedgerDamaged where its file is missing or changed.
    """
    lines = remembered(home)
    opened_by = _opened_by(home)
    known = published_ids(home)
    readers_have = [one for one in lines if one.release_id == opened_by]
    readers_had = [one for one in lines if one.release_id in known]
    found = next(iter([*readers_have[-1:], *readers_had[-1:]]), None)
    if found is not None:
        _verify(found)
    return found


_MEND = (
    "What was open before has to be known, or two releases could give a person away together. Bring the folder back "
    "from a backup (`parity restore`) and run the night again; until then nothing new is opened."
)


def _opened_by(home: Home) -> str | None:
    """The release whose open part readers have now, be it carried over or not."""
    try:
        current = current_release(home)
    except ReleaseError:
        return None
    return current.open_from if current else None


def _index(home: Home) -> Path:
    return home.ever_open / INDEX


def _distinct(lines: list[Remembered]) -> dict[str, Remembered]:
    """The first line of each content, in the order in which they were opened."""
    found: dict[str, Remembered] = {}
    for one in lines:
        found.setdefault(one.content_hash, one)
    return found


def _verify(one: Remembered) -> None:
    if not one.path.is_file():
        raise OpenLedgerDamaged(f"{one.path}, the open part of {one.release_id}, is missing. {_MEND}")
    if file_hash(one.path) != one.sha256:
        raise OpenLedgerDamaged(f"{one.path}, the open part of {one.release_id}, is not as it was opened. {_MEND}")


def _keep(file: Path, kept: Path) -> str:
    """Copy a file whole or not at all, flushed, readable by its owner alone. Returns its SHA-256."""
    beside = kept.with_name(f".{kept.name}.{secrets.token_hex(4)}.tmp")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as to, file.open("rb") as source:
            shutil.copyfileobj(source, to)
            to.flush()
            os.fchmod(to.fileno(), 0o400)
            os.fsync(to.fileno())
        beside.replace(kept)
    finally:
        beside.unlink(missing_ok=True)
    flush_folder(kept.parent)
    return file_hash(kept)
