"""Point to a release: which there are, which one is current, moving the pointer, going back, and clearing old ones.

The pointer is the link `releases/current`. `current.txt` beside it says the same for programs that do not follow links;
the link is moved first and decides. A process that dies between the two leaves two whole releases named, and `mend`
makes the text agree at the next start. Every move and removal stands in the private ledger.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flows.configure import Settings
from flows.home import Home
from flows.record import flush_folder

MANIFEST = "manifest.json"
SIDECARS = (".wal", ".tmp", ".checkpoint", ".recovery")
"""What DuckDB leaves beside a file that something wrote to: a later reader would take it for part of the file."""

Say = Callable[[str], None]


class ReleaseError(Exception):
    """A release cannot be pointed to; the message says which, why, and what to do. The current one is as it was."""


@dataclass(frozen=True)
class Release:
    """One published release. `problem` says what is wrong with its folder, where something is."""

    release_id: str
    path: Path
    is_current: bool
    manifest: Mapping[str, Any] = field(default_factory=dict, repr=False)
    problem: str | None = None

    @property
    def restricted(self) -> Path:
        """The folder with exact counts, for the configured group."""
        return self.path / "restricted"

    @property
    def marts(self) -> Path:
        """The DuckDB file with the marts."""
        return self.restricted / "marts.duckdb"

    @property
    def open(self) -> Path:
        """The folder for everyone: what has passed disclosure control."""
        return self.path / "open"

    @property
    def open_marts(self) -> Path:
        """The DuckDB file with the open tables; not there where no open part was ever safe, or none was made yet."""
        return self.open / "open.duckdb"

    @property
    def open_part(self) -> Mapping[str, Any]:
        """What the manifest says of the open part; empty in a release of before there was one."""
        return self.manifest.get("open") or {}

    @property
    def open_from(self) -> str | None:
        """The release that opened this one's open part: itself, or the one from which it was carried over."""
        return self.open_part.get("from_release")

    @property
    def published_at(self) -> datetime.datetime | None:
        """When it was published (UTC)."""
        written = self.manifest.get("published_at")
        return datetime.datetime.fromisoformat(written) if written else None

    @property
    def as_of_date(self) -> datetime.date | None:
        """The date that "late" was measured against when it was made."""
        written = self.manifest.get("as_of_date")
        return datetime.date.fromisoformat(written) if written else None

    @property
    def content_hash(self) -> str | None:
        """The hash of its marts, which the verdict was given on."""
        return self.manifest.get("content_hash")

    @property
    def inputs_hash(self) -> str | None:
        """The hash of what it was made from: files and definitions."""
        return self.manifest.get("inputs_hash")

    @property
    def load_ids(self) -> frozenset[int]:
        """The loads that it was made from."""
        return frozenset(self.manifest.get("load_ids", ()))


def releases(home: Home) -> list[Release]:
    """Every release in the home, newest first. One whose manifest cannot be read is listed with its problem."""
    current = current_id(home)
    return [read_release(home, name, current) for name in sorted(_folders(home), reverse=True)]


def current_release(home: Home) -> Release | None:
    """The release that readers are pointed to; None before the first one. Raises ReleaseError where it is gone."""
    name = current_id(home)
    if name is None:
        return None
    if not (home.releases / name).is_dir():
        raise ReleaseError(
            f"The pointer names the release {name}, but {home.releases} has no such folder. "
            "Point to another with `parity rollback`, or run the night again."
        )
    return read_release(home, name, name)


def current_id(home: Home) -> str | None:
    """What the pointer says: the link, or current.txt where a copy of the home lost the link."""
    if home.current.is_symlink():
        return home.current.readlink().name
    if home.current_txt.is_file():
        return home.current_txt.read_text(encoding="utf-8").strip() or None
    return None


def read_release(home: Home, release_id: str, current: str | None = None) -> Release:
    """One release by its id, with its manifest."""
    path = home.releases / release_id
    is_current = release_id == current
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        if manifest["run_id"] != release_id:
            raise ValueError
    except OSError:
        return Release(release_id, path, is_current, problem=f"its {MANIFEST} cannot be opened")
    except (ValueError, KeyError, TypeError):
        return Release(release_id, path, is_current, problem=f"its {MANIFEST} is damaged or is another release's")
    return Release(release_id, path, is_current, manifest)


def released_load_ids(home: Home) -> set[int]:
    """The loads behind the newest published release: what the gate has judged and let pass before."""
    newest = newest_published(home)
    return set(newest.load_ids) if newest else set()


def standing_inputs_hash(home: Home) -> str | None:
    """What the newest published release was made from, be it current or not; None before the first.

    A night whose inputs have this hash has nothing to publish. It asks for the newest and not for the current one, so
    that a rollback holds: what was rolled back is published again only when new files or definitions arrive.
    """
    newest = newest_published(home)
    return newest.inputs_hash if newest else None


def newest_published(home: Home) -> Release | None:
    """The newest release that readers were ever pointed to."""
    known = published_ids(home)
    return next((one for one in releases(home) if one.is_current or one.release_id in known), None)


def move_pointer(home: Home, release_id: str) -> None:
    """Point every new reader to one release: first the link, then current.txt, each replaced whole and flushed."""
    beside = home.releases / f".current.{secrets.token_hex(4)}.tmp"
    beside.symlink_to(release_id)
    beside.replace(home.current)
    flush_folder(home.releases)
    _write_current_txt(home, release_id)


def _write_current_txt(home: Home, release_id: str) -> None:
    beside = home.releases / f".current.txt.{secrets.token_hex(4)}.tmp"
    write_flushed(beside, release_id + "\n", 0o644)
    beside.replace(home.current_txt)
    flush_folder(home.releases)


def mend(home: Home, say: Say = lambda _: None) -> None:
    """Put right what a process that died left in `releases/`. Call it at the start of whatever writes there.

    Removes half-written folders and releases that no reader was ever pointed to, and makes link, text and ledger agree.
    """
    for leftover in sorted(home.releases.glob(".*.tmp")):
        say(f"removing {leftover.name}, left by a run that did not end")
        _remove(leftover)
    name = current_id(home)
    if name is None or not (home.releases / name).is_dir():
        return
    if not home.current.is_symlink() or _text(home.current_txt) != name:
        say(f"{home.current.name} and {home.current_txt.name} disagreed; both now say {name}")
        move_pointer(home, name)
    known = published_ids(home)
    if name not in known:
        record_published(home, read_release(home, name, name))
        return  # a ledger that did not know the current release cannot say which others were published
    for stranger in sorted(one for one in _folders(home) if one > max(known)):
        say(f"removing {stranger}: it was written, but the run died before readers were pointed to it")
        remove_release(home, stranger, "the run died before readers were pointed to it")


def rollback(settings: Settings, home: Home, release_id: str, who: str, why: str) -> Release:
    """Point readers to another release that is still kept, and record who did it and why.

    Hold the home's lock. The release's files are verified against its manifest first, the move is recorded before it
    is made. It holds until new files or definitions arrive (see `standing_inputs_hash`).
    Raises ReleaseError and changes nothing where the release is unknown, damaged or already current, or a reason lacks.
    """
    if not who.strip() or not why.strip():
        raise ReleaseError("A rollback needs a name and a reason: those who read the figures will ask for both.")
    mend(home)
    names = _folders(home)
    if release_id not in names:
        kept = ", ".join(sorted(names, reverse=True)) or "none"
        raise ReleaseError(f"There is no release {release_id!r}. Kept releases: {kept}.")
    current = current_id(home)
    if release_id == current:
        raise ReleaseError(f"{release_id} is the current release already. Nothing was changed.")
    verify(home, release_id)
    newest = newest_published(home)
    append_line(
        home.ledger / "rollbacks.jsonl",
        {
            "at": now(),
            "organisation_code": settings.organisation.ods_code,
            "who": who.strip(),
            "why": why.strip(),
            "from": current,
            "to": release_id,
            "newest": newest.release_id if newest else None,
        },
    )
    move_pointer(home, release_id)
    return read_release(home, release_id, release_id)


def rollbacks(home: Home) -> list[dict[str, Any]]:
    """Every rollback, oldest first: at, who, why, from, to."""
    return read_lines(home.ledger / "rollbacks.jsonl")


def verify(home: Home, release_id: str) -> Release:
    """Read a release back: every file that its manifest names is there with its hash, and no other.

    Raises ReleaseError that names the first file that is wrong.
    """
    release = read_release(home, release_id, current_id(home))
    if release.problem:
        raise ReleaseError(f"{release_id} cannot be used: {release.problem}. Restore it from a backup, or use another.")
    known = published_ids(home).get(release_id)
    if known is not None and known != file_hash(release.path / MANIFEST):
        raise ReleaseError(f"{release_id} cannot be used: its {MANIFEST} is not the one that was published.")
    verify_files(release.path, release.manifest["files"])
    return release


def verify_files(folder: Path, files: Mapping[str, Mapping[str, Any]]) -> None:
    """Compare a release's folder with the files of a manifest: all there, whole, and nothing besides."""
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()} - {MANIFEST}
    if missing := sorted(set(files) - present):
        raise ReleaseError(f"{folder.name} is not whole: {missing[0]} is missing.")
    if strange := sorted(present - set(files)):
        hint = " Something opened the database to write." if strange[0].endswith(SIDECARS) else ""
        raise ReleaseError(f"{folder.name} has a file that was not published with it: {strange[0]}.{hint}")
    for name, facts in files.items():
        path = folder / name
        if path.is_symlink() or path.stat().st_size != facts["bytes"] or file_hash(path) != facts["sha256"]:
            raise ReleaseError(f"{folder.name} is not as it was published: {name} was changed.")


def prune(settings: Settings, home: Home, say: Say = lambda _: None, spare: str | None = None) -> list[str]:
    """Remove all but the newest `[retention] releases_kept` releases. Returns their ids.

    The current one always stays, and so does one that is the last to tell of loads that were purged.

    `spare` stays until the next time: readers were pointed to it a moment ago, and may be about to open it. A reader
    that has an old release's file open keeps it until it closes the file.
    """
    keep = settings.retention.releases_kept
    stay = {current_id(home), spare, *kept_for_good(home)}
    gone = [name for name in sorted(_folders(home), reverse=True)[keep:] if name not in stay]
    for name in gone:
        say(f"removing the old release {name}: the newest {keep} are kept")
        remove_release(home, name, f"the newest {keep} are kept")
    return gone


def kept_for_good(home: Home) -> dict[str, list[int]]:
    """Releases that stay beyond the usual number, each with the purged loads of which it is the last to tell."""
    kept: dict[str, list[int]] = {}
    for one in read_lines(home.ledger / "purges.jsonl"):
        if one["event"] == "release_kept":
            kept.setdefault(one["release_id"], []).extend(one["load_ids"])
    return kept


def remove_release(home: Home, release_id: str, why: str) -> None:
    """Take one release away, recorded first; a reader never meets half of it."""
    append_line(home.ledger / "releases.jsonl", {"event": "removed", "at": now(), "release_id": release_id, "why": why})
    aside = home.releases / f".{release_id}.removed.tmp"
    (home.releases / release_id).rename(aside)
    flush_folder(home.releases)
    _remove(aside)


def record_published(home: Home, release: Release) -> None:
    """Write into the ledger that readers are pointed to a release, with its manifest's hash."""
    append_line(
        home.ledger / "releases.jsonl",
        {
            "event": "published",
            "at": now(),
            "release_id": release.release_id,
            "manifest_sha256": file_hash(release.path / MANIFEST),
            "content_hash": release.content_hash,
            "inputs_hash": release.inputs_hash,
            "open_content_hash": release.open_part.get("content_hash"),
        },
    )


def opened_contents(home: Home) -> set[str]:
    """The hash of every open part that readers were ever pointed to."""
    lines = [line.get("open_content_hash") for line in read_lines(home.ledger / "releases.jsonl")]
    name = current_id(home)
    current = read_release(home, name, name).open_part.get("content_hash") if name else None
    return {str(one) for one in (*lines, current) if one}


def append_line(path: Path, facts: Mapping[str, Any]) -> None:
    """Add one line of JSON to a ledger and flush it. A line that a dying process left half is closed first."""
    is_new = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "rb+") as handle:
        size = handle.seek(0, os.SEEK_END)
        torn = size > 0 and os.pread(handle.fileno(), 1, size - 1) != b"\n"
        handle.write((b"\n" if torn else b"") + json.dumps(facts, ensure_ascii=False).encode() + b"\n")
        handle.flush()
        os.fsync(handle.fileno())
    if is_new:
        flush_folder(path.parent)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The lines of a ledger, oldest first; a line that was never written to its end is passed over."""
    return list(_whole_lines(path)) if path.is_file() else []


def _whole_lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            facts = json.loads(line)
        except ValueError:
            continue
        if isinstance(facts, dict):
            yield facts


def published_ids(home: Home) -> dict[str, str | None]:
    """Every release that readers were ever pointed to, with its manifest's hash."""
    lines = read_lines(home.ledger / "releases.jsonl")
    return {one["release_id"]: one.get("manifest_sha256") for one in lines if one.get("event") == "published"}


def _folders(home: Home) -> set[str]:
    if not home.releases.is_dir():
        return set()
    found = (one for one in home.releases.iterdir() if one.is_dir() and not one.is_symlink())
    return {one.name for one in found if not one.name.startswith(".")}


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8").strip() if path.is_file() else None


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
    flush_folder(path.parent)


def write_flushed(path: Path, text: str, mode: int) -> None:
    """Write a new file, with this mode whatever the process's own mask, and flush it to disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fchmod(handle.fileno(), mode)
        os.fsync(handle.fileno())


def file_hash(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def now() -> str:
    """The moment, in UTC, to the second, as ISO 8601."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
