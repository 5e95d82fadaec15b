"""The home of a trust's files: three roots with three sets of permissions, and every path in them."""

from __future__ import annotations

import csv
import grp
import os
import shlex
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flows.configure import PROJECT, ConfigurationError, Settings

LANDING_FILES = PROJECT / "seeds" / "landing" / "landing_files.csv"


Slip = tuple[Path, str, str]
"""What lets others in: the folder or file, what is wrong, and the command that mends it."""


class HomeIsOpen(ConfigurationError):
    """Others may read or change what they must not; the message names the folders and the commands that close them."""


@dataclass(frozen=True)
class Home:
    """Every path of one home: `landing/` for who drops files, `private/` for its owner, `releases/` for readers.

    `encrypted` says whether its warehouse file is; `flows/connect.py` opens it.
    """

    root: Path
    restricted_group: str | None = None
    landing_group: str | None = None
    encrypted: bool = False

    @classmethod
    def of(cls, settings: Settings) -> Home:
        """The home that the settings name."""
        home = settings.home
        return cls(home.path, home.restricted_group, home.landing_group, settings.database.encrypt)

    @property
    def landing(self) -> Path:
        """Where a trust's systems drop their files; Parity only reads here."""
        return self.root / "landing"

    @property
    def private(self) -> Path:
        """All that holds or may hold people: readable by its owner alone."""
        return self.root / "private"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file that belongs to the flow alone."""
        return self.private / "warehouse.duckdb"

    @property
    def copies(self) -> Path:
        """A copy of every file that was ever loaded, named by its SHA-256, so that the warehouse can be built anew."""
        return self.private / "copies"

    @property
    def quarantine(self) -> Path:
        """Rejected rows with their reasons, a file for each load."""
        return self.private / "quarantine"

    @property
    def outbox(self) -> Path:
        """Alerts written and not yet delivered."""
        return self.private / "outbox"

    @property
    def runs(self) -> Path:
        """What each run leaves behind: `<run_id>.json`."""
        return self.private / "runs"

    @property
    def ledger(self) -> Path:
        """What must outlive the warehouse: the load record, rollbacks, frozen and approved figures."""
        return self.private / "ledger"

    @property
    def ever_open(self) -> Path:
        """Every distinct open part that was ever open, for ever: what the next one is measured against."""
        return self.ledger / "open"

    @property
    def scratch(self) -> Path:
        """dbt's target folder, DuckDB's spill files and Prefect's own storage."""
        return self.private / "scratch"

    @property
    def lock(self) -> Path:
        """Held by the night, or by any other command that writes, while it works."""
        return self.private / "night.lock"

    @property
    def releases(self) -> Path:
        """One folder a release, and the pointer to the current one."""
        return self.root / "releases"

    @property
    def current(self) -> Path:
        """The pointer: a link to the current release's folder."""
        return self.releases / "current"

    @property
    def current_txt(self) -> Path:
        """The current release's name, for programs that do not follow links."""
        return self.releases / "current.txt"

    def prepare(self) -> None:
        """Make every folder that is missing, with its permissions; one that is there keeps its own.

        `landing/`, with a folder for each kind of file, lets its group drop files; what is dropped belongs to that
        group too. `private/` is its owner's alone, `releases/` may be entered by all. Raises ConfigurationError where
        `[home] restricted_group` or `landing_group` is no group of this machine, or may not be given to a folder, and
        HomeIsOpen as `refuse_open` does.
        """
        self.restricted_group_id()
        landing_group_id = self.landing_group_id()
        self.refuse_open()
        for folder, mode in ((self.root, 0o755), (self.private, 0o700), (self.releases, 0o755)):
            _make(folder, mode)
        for folder in (self.copies, self.quarantine, self.outbox, self.runs, self.ledger, self.ever_open, self.scratch):
            _make(folder, 0o700)
        for folder in (self.landing, *self._missing_landing_folders()):
            self._make_for_droppers(folder, landing_group_id)

    def refuse_open(self) -> None:
        """Refuse a home that others may read or change: call it before the private part is read or written.

        Raises HomeIsOpen that names each folder, what is wrong with it, and the command that mends it.
        """
        slips = [slip for slip in self._slips() if slip]
        if not slips:
            return
        modeless = next((folder for folder, _, _ in slips if _keeps_no_modes(folder)), None)
        if modeless is not None:
            raise HomeIsOpen(
                f"{modeless} lies on a disk that keeps no permissions (a Windows share, a FAT disk), so others on this "
                "machine may read it. Nothing was done. Put the home on a disk of Linux, or have the disk mounted for "
                f"this account alone: mount option uid={os.geteuid()} with umask=0077, or dir_mode=0700 and "
                "file_mode=0600. Only landing/ may be shared: dir_mode=0770 and file_mode=0660."
            )
        said = "\n".join(f"  {folder} {what}. Mend it with:\n    {command}" for folder, what, command in slips)
        raise HomeIsOpen(f"The home {self.root} is not closed as it must be, so nothing was done.\n{said}")

    def _slips(self) -> Iterator[Slip | None]:
        yield _slip(self.root, 0o022, "may be changed by others, who could put another private/ there", "go-w")
        yield _slip(self.private, 0o077, "may be read or changed by others, and it holds people", "go-rwx", deep=True)
        yield _slip(self.landing, 0o007, "may be read or changed by everybody, and it holds people", "o-rwx", deep=True)
        yield _slip(self.releases, 0o022, "may be changed by others: only the night writes there", "go-w")
        group = self.restricted_group_id()
        for release in sorted(self.releases.iterdir()) if self.releases.is_dir() else ():
            if release.is_dir() and not release.is_symlink() and not release.name.startswith("."):
                yield _slip(release, 0o022, "may be changed by others: a release never changes", "go-w", deep=True)
                for part in (release / "restricted", release / "manifest.json"):
                    yield from self._slips_of_restricted(part, group)

    def _slips_of_restricted(self, part: Path, group: int | None) -> Iterator[Slip | None]:
        if group is None:
            what = "may be read by others, holds exact small counts, and no group is named in [home] restricted_group"
            yield _slip(part, 0o077, what, "go-rwx", deep=True)
            return
        yield _slip(part, 0o007, "may be read by everybody, and it holds exact small counts", "o-rwx", deep=True)
        if _mode(part) & 0o070 and part.stat().st_gid != group:
            command = f"chgrp -R {shlex.quote(str(self.restricted_group))} {shlex.quote(str(part))}"
            yield part, "may be read by another group than that of [home] restricted_group", command

    def restricted_group_id(self) -> int | None:
        """The group that reads `releases/*/restricted`, as a number; None where none is configured."""
        return _group_id("restricted_group", self.restricted_group)

    def landing_group_id(self) -> int | None:
        """The group that drops files, as a number; None where none is configured."""
        return _group_id("landing_group", self.landing_group)

    def _missing_landing_folders(self) -> list[Path]:
        """One for each kind of file; a folder of that name in capitals is the same."""
        with LANDING_FILES.open(encoding="utf-8-sig", newline="") as handle:
            names = dict.fromkeys(row["folder"] for row in csv.DictReader(handle))
        there = {one.name.casefold() for one in self.landing.iterdir()} if self.landing.is_dir() else set()
        return [self.landing / name for name in names if name.casefold() not in there]

    def _make_for_droppers(self, folder: Path, group_id: int | None) -> None:
        if folder.is_dir():
            return
        folder.mkdir(parents=True, exist_ok=True)
        if group_id is not None:
            try:
                os.chown(folder, -1, group_id)
            except PermissionError as error:
                folder.rmdir()
                raise ConfigurationError(
                    f"home.landing_group: this account may not give {folder} to the group {self.landing_group!r}. "
                    f"Add the account to the group, or leave landing_group out and set the group by hand."
                ) from error
        folder.chmod(0o2770)


def _group_id(key: str, name: str | None) -> int | None:
    """The group's number; None where none is named. Raises ConfigurationError where this machine has no such group."""
    if name is None:
        return None
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError as error:
        raise ConfigurationError(
            f"home.{key}: this machine has no group {name!r}. Make it with `groupadd {name}`, or name another."
        ) from error


def _make(folder: Path, mode: int) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)


def _mode(path: Path) -> int:
    """The permissions of what is there; none where there is nothing."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return 0


def _slip(path: Path, closed: int, what: str, change: str, deep: bool = False) -> Slip | None:
    """What is wrong with a path that has one of the bits of `closed`; None where it has none or is not there."""
    mode = _mode(path)
    if not mode & closed:
        return None
    return path, f"{what} (its mode is {mode:04o})", f"chmod {'-R ' if deep else ''}{change} {shlex.quote(str(path))}"


def _keeps_no_modes(path: Path) -> bool:
    """Whether a new folder beside or in the path does not get the permissions that it was made with."""
    try:
        with tempfile.TemporaryDirectory(prefix=".modes_", dir=path if path.is_dir() else path.parent) as tried:
            Path(tried).chmod(0o700)
            return bool(_mode(Path(tried)) & 0o077)
    except OSError:
        return False
