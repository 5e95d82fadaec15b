"""Back up a home into one file, and restore it into an empty one: everything that a lost disk would take.

The file holds people, as `private/` does: it is its owner's alone, and belongs where the trust keeps such files. The
secret for pseudonyms and `parity.toml` are not in it; without that very secret a restored home knows nobody again.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import shutil
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

import duckdb

from flows.configure import Settings
from flows.connect import connect
from flows.home import Home
from flows.point import ReleaseError, current_id, move_pointer, now, verify
from flows.record import flush_folder

CONTENTS = "backup.json"
"""The last member of the archive: every file with its hash, and which release is current."""
LEFT_OUT = {
    "private/scratch",
    "private/night.lock",
    "private/night.lock.json",
    "releases/current",
    "releases/current.txt",
}
"""What a restored home makes anew: spill files, the lock, and the pointer."""
CHUNK = 1024 * 1024
ROOTS = ("landing", "private", "releases")

Say = Callable[[str], None]


class BackupError(Exception):
    """A backup or a restore did not happen; the message says why and what to do. Nothing was left half done."""


@dataclass(frozen=True)
class Backup:
    """A backup that was written, or read and found whole: where, how many files, and their bytes before packing."""

    path: Path
    files: int
    bytes: int
    current: str | None
    made_at: str


def backup(settings: Settings, home: Home, to: Path, say: Say = lambda _: None) -> Backup:
    """Write everything of a home into one `.tar.gz`, whole or not at all, readable by its owner alone.

    Hold the home's lock. `to` is the file to write, or a folder, in which it is named by trust and time. The warehouse
    is checkpointed first and held open for reading while it is copied, so that nothing can write to it meanwhile.
    Raises BackupError where the file exists, lies inside the home, the disk is too full, or a file changes while read.
    """
    if not home.private.is_dir():
        raise BackupError(f"{home.root} is no home of Parity: it has no folder private/. Nothing was written.")
    to = _target(settings, home, to)
    _checkpoint(home)
    paths = list(_everything(home, say))
    size = sum(path.stat().st_size for path in paths if path.is_file())
    _refuse_where_disk_is_full(to.parent, size)
    beside = to.with_name(f".{to.name}.{secrets.token_hex(4)}.tmp")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with _held_for_reading(home), os.fdopen(descriptor, "wb") as handle:
            contents = _pack(settings, home, paths, handle, say)
            handle.flush()
            os.fsync(handle.fileno())
        if to.exists():
            raise BackupError(f"{to} appeared while the backup was written. Name another file.")
        beside.rename(to)
    finally:
        beside.unlink(missing_ok=True)
    flush_folder(to.parent)
    return _told(to, contents)


def restore(settings: Settings, archive: Path, into: Path | None = None, say: Say = lambda _: None) -> Backup:
    """Unpack a backup into an empty home (`into`, by default the configured one), after every hash in it was verified.

    Files get their modes and times back, releases their group, and the pointer names the release that was current.
    Raises BackupError, and leaves the home as it was, where the home is not empty or the archive is damaged, holds a
    path that leads out of the home, or is another trust's.
    """
    home = Home(into or settings.home.path, settings.home.restricted_group, settings.home.landing_group)
    if home.root.exists() and not all(path.is_dir() and not path.is_symlink() for path in home.root.rglob("*")):
        raise BackupError(
            f"{home.root} is not empty. Restore into a home without any file, so that two homes never mix."
        )
    if not archive.is_file():
        raise BackupError(f"There is no backup {archive}.")
    group, droppers = home.restricted_group_id(), home.landing_group_id()
    say("verifying every file of the backup")
    with _readable(archive):
        contents = _verify(archive)
    _refuse_another_trusts(settings, contents)
    if not home.root.exists():
        home.root.mkdir(parents=True)
        home.root.chmod(0o755)
    _refuse_where_disk_is_full(home.root, sum(one["bytes"] for one in contents["files"].values()))
    aside = home.root / f".restoring.{secrets.token_hex(4)}"
    try:
        aside.mkdir(mode=0o700)
        say(f"unpacking {len(contents['files'])} files")
        with _readable(archive):
            _unpack(archive, aside, contents)
        _finish(Home(aside), contents, group, droppers)
        for root in ROOTS:
            shutil.rmtree(home.root / root, ignore_errors=True)  # empty folders of a prepared home
            (aside / root).rename(home.root / root)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    home.prepare()
    flush_folder(home.root)
    return _told(archive, contents)


def _target(settings: Settings, home: Home, to: Path) -> Path:
    to = to.resolve()
    if to.is_dir():
        moment = now().replace(":", "").replace("-", "").replace("+0000", "Z")
        to = to / f"parity_{settings.organisation.ods_code}_{moment}.tar.gz"
    if to.is_relative_to(home.root.resolve()):
        raise BackupError(f"{to} lies inside the home that it would hold. Name a folder outside, on another disk.")
    if not to.parent.is_dir():
        raise BackupError(f"There is no folder {to.parent}. Make it first, or name another.")
    if to.exists():
        raise BackupError(f"{to} exists already, and a backup is never written over. Name another file.")
    return to


def _checkpoint(home: Home) -> None:
    """Bring the warehouse into its one file: what a killed run left beside it is taken in first."""
    if not home.warehouse.exists():
        return
    try:
        with connect(home) as con:
            con.execute("checkpoint")
    except duckdb.IOException as error:
        raise BackupError(
            f"{home.warehouse.name} is in use by another program, or cannot be opened. Nothing was written. "
            "Wait until the night has ended, close other programs, and try again."
        ) from error


@contextmanager
def _held_for_reading(home: Home) -> Iterator[None]:
    """While the warehouse is open for reading, DuckDB lets nobody write to it."""
    if not home.warehouse.exists():
        yield
        return
    with connect(home, read_only=True):
        yield


def _everything(home: Home, say: Say) -> Iterator[Path]:
    """Every folder and file that a backup holds, folders before what is in them. Links are not followed."""
    for root in ROOTS:
        yield home.root / root
        yield from _below(home, home.root / root, say)


def _below(home: Home, folder: Path, say: Say) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        name = path.relative_to(home.root).as_posix()
        if name in LEFT_OUT or (path.parent == home.releases and path.name.startswith(".")):
            continue
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            say(f"left out: {name} is a link or no file; back up what it names by itself")
        elif path.is_dir():
            yield path
            yield from _below(home, path, say)
        else:
            yield path


def _pack(settings: Settings, home: Home, paths: list[Path], handle: IO[bytes], say: Say) -> dict[str, Any]:
    contents: dict[str, Any] = {
        "format": 1,
        "made_at": now(),
        "organisation": settings.organisation.model_dump(),
        "current": current_id(home),
        "folders": {},
        "files": {},
    }
    say(f"packing {len(paths)} files and folders")
    with tarfile.open(fileobj=handle, mode="w:gz", compresslevel=4, format=tarfile.PAX_FORMAT) as tar:
        for path in paths:
            name = path.relative_to(home.root).as_posix()
            if path.is_dir():
                contents["folders"][name] = path.stat().st_mode & 0o2777
                tar.addfile(_member(name, path))
            else:
                contents["files"][name] = _add(tar, name, path)
        told = json.dumps(contents, ensure_ascii=False).encode()
        last = tarfile.TarInfo(CONTENTS)
        last.size, last.mode = len(told), 0o600
        tar.addfile(last, io.BytesIO(told))
    return contents


def _member(name: str, path: Path) -> tarfile.TarInfo:
    """A member without the names and numbers of this machine's accounts."""
    facts = path.stat()
    member = tarfile.TarInfo(name)
    member.type = tarfile.DIRTYPE if path.is_dir() else tarfile.REGTYPE
    member.mode, member.mtime = facts.st_mode & 0o777, facts.st_mtime
    member.size = 0 if path.is_dir() else facts.st_size
    return member


def _add(tar: tarfile.TarFile, name: str, path: Path) -> dict[str, Any]:
    """Add one file, hashed as it is read. Raises BackupError where it changes meanwhile."""
    try:
        before, member, opened = path.stat(), _member(name, path), path.open("rb")
    except FileNotFoundError as error:
        raise BackupError(f"{name} was taken away while the backup ran. No backup was written. Try again.") from error
    with opened as handle:
        read = _Hashing(handle)
        try:
            tar.addfile(member, read)
        except OSError as error:
            if "unexpected end of data" not in str(error):
                raise
    after = path.stat()
    if read.count != before.st_size or (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise BackupError(f"{name} changed while it was read. No backup was written. Try again when it is at rest.")
    return {"bytes": member.size, "sha256": read.hexdigest(), "mode": member.mode, "mtime_ns": before.st_mtime_ns}


class _Hashing(io.RawIOBase):
    """A file that is hashed and counted as it is read."""

    def __init__(self, handle: IO[bytes]) -> None:
        self._handle = handle
        self._hash = hashlib.sha256()
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        part = self._handle.read(size)
        self._hash.update(part)
        self.count += len(part)
        return part

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def _verify(archive: Path) -> dict[str, Any]:
    """Read an archive through and compare every member with its list of contents, which is then returned."""
    seen: dict[str, dict[str, Any]] = {}
    folders: set[str] = set()
    contents: dict[str, Any] | None = None
    for member, handle in _members(archive):
        if contents is not None:
            raise BackupError(f"{archive.name} goes on behind its list of contents: it is no backup of Parity.")
        if member.name == CONTENTS and handle is not None:
            contents = _read_contents(archive, handle)
        elif member.name in seen or member.name in folders:
            raise BackupError(f"{archive.name} holds {member.name} twice: it is damaged.")
        elif member.name not in ROOTS and str(PurePosixPath(member.name).parent) not in folders:
            raise BackupError(f"{archive.name} lacks the folder of {member.name}: it is damaged.")
        elif member.isdir():
            folders.add(member.name)
        elif handle is not None:
            read = _Hashing(handle)
            while read.read(CHUNK):
                pass
            seen[member.name] = {"bytes": read.count, "sha256": read.hexdigest()}
    if contents is None:
        raise BackupError(f"{archive.name} has no list of contents: it was not written to its end. Use another backup.")
    listed = {name: {key: one[key] for key in ("bytes", "sha256")} for name, one in contents["files"].items()}
    if listed != seen or set(contents["folders"]) != folders:
        names = {*listed, *seen, *contents["folders"], *folders}
        wrong = sorted(n for n in names if listed.get(n) != seen.get(n) or (n in folders) != (n in contents["folders"]))
        raise BackupError(f"{archive.name} is damaged at {wrong[0]}. Nothing was restored. Use another backup.")
    return contents


def _read_contents(archive: Path, handle: IO[bytes]) -> dict[str, Any]:
    try:
        contents: dict[str, Any] = json.loads(handle.read())
        if contents["format"] != 1:
            raise BackupError(f"{archive.name} was written by a newer Parity. Restore it with that version.")
        return contents
    except (ValueError, KeyError, TypeError) as error:
        raise BackupError(f"The list of contents of {archive.name} is damaged. Use another backup.") from error


def _members(archive: Path) -> Iterator[tuple[tarfile.TarInfo, IO[bytes] | None]]:
    """Each member in order; only plain files and folders whose path stays in one of the three roots."""
    with tarfile.open(archive, mode="r|gz") as tar:
        for member in tar:
            _refuse_a_way_out(archive, member)
            yield member, tar.extractfile(member) if member.isreg() else None


@contextmanager
def _readable(archive: Path) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, zlib.error, EOFError) as error:
        raise BackupError(
            f"{archive.name} cannot be read to its end. Nothing was restored. Use another backup."
        ) from error


def _refuse_a_way_out(archive: Path, member: tarfile.TarInfo) -> None:
    path = PurePosixPath(member.name)
    inside = path.parts and path.parts[0] in ROOTS and ".." not in path.parts and not path.is_absolute()
    is_plain = (member.isreg() or member.isdir()) and "\0" not in member.name
    if not is_plain or not (inside or (member.name == CONTENTS and member.isreg())) or str(path) != member.name:
        raise BackupError(f"{archive.name} holds {member.name!r}, which no backup of Parity has. Nothing was restored.")


def _refuse_another_trusts(settings: Settings, contents: Mapping[str, Any]) -> None:
    theirs = contents["organisation"]["ods_code"]
    if theirs != settings.organisation.ods_code:
        raise BackupError(
            f"This is a backup of {theirs}, and the configuration is for {settings.organisation.ods_code}. "
            "Restore it with the configuration that it was made with."
        )


def _unpack(archive: Path, aside: Path, contents: Mapping[str, Any]) -> None:
    for member, handle in _members(archive):
        target = aside / member.name
        if member.isdir():
            target.mkdir(mode=0o700)
        elif handle is not None and member.name != CONTENTS:
            _write(target, handle, member.name, contents)


def _write(target: Path, handle: IO[bytes], name: str, contents: Mapping[str, Any]) -> None:
    facts = contents["files"].get(name)
    read = _Hashing(handle)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        while part := read.read(CHUNK):
            out.write(part)
        out.flush()
        if facts is None or read.hexdigest() != facts["sha256"]:
            raise BackupError(f"{name} changed in the backup while it was restored. Nothing was restored.")
        os.fchmod(out.fileno(), facts["mode"] & 0o777)
        os.fsync(out.fileno())
    os.utime(target, ns=(facts["mtime_ns"], facts["mtime_ns"]))  # ingest knows a file by its time


def _finish(home: Home, contents: Mapping[str, Any], group: int | None, droppers: int | None) -> None:
    """Give folders their modes, releases and landing folders their group, and point to the release that was current."""
    for root in ROOTS:
        (home.root / root).mkdir(exist_ok=True)
    if group is not None:
        manifests = list(home.releases.glob("*/manifest.json"))
        restricted = list(home.releases.glob("*/restricted"))
        below = [path for one in restricted for path in one.rglob("*")]
        _give_to_group([*restricted, *manifests, *below], group, "restricted_group")
    if droppers is not None:
        folders = [path for path in home.landing.rglob("*") if path.is_dir()]
        _give_to_group([home.landing, *folders], droppers, "landing_group")
    for name in sorted(contents["folders"], reverse=True):
        (home.root / name).chmod(contents["folders"][name] & 0o2777)
        flush_folder(home.root / name)
    if contents["current"] is not None:
        try:
            verify(home, contents["current"])
        except ReleaseError as error:
            raise BackupError(f"The backup's current release is not whole: {error} Use another backup.") from error
        move_pointer(home, contents["current"])


def _give_to_group(paths: Iterable[Path], group: int, key: str) -> None:
    for path in paths:
        try:
            os.chown(path, -1, group)
        except PermissionError as error:
            raise BackupError(
                f"The account that restores is no member of the group home.{key}. Nothing was restored. "
                "Add it to the group, log in anew, and restore again."
            ) from error


def _refuse_where_disk_is_full(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + 64 * CHUNK:
        raise BackupError(
            f"The disk of {folder} has {free // CHUNK} MB free, and this may need {needed // CHUNK + 64} MB. "
            "Nothing was written. Make room, or name another disk."
        )


def _told(path: Path, contents: Mapping[str, Any]) -> Backup:
    size = sum(one["bytes"] for one in contents["files"].values())
    return Backup(path, len(contents["files"]), size, contents["current"], contents["made_at"])
