"""The home of a trust's files: three roots with three sets of permissions, and every path in them."""

from __future__ import annotations

import grp
from dataclasses import dataclass
from pathlib import Path

from flows.configure import ConfigurationError, Settings


@dataclass(frozen=True)
class Home:
    """Every path of one home: `landing/` for who drops files, `private/` for its owner, `releases/` for readers."""

    root: Path
    restricted_group: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> Home:
        """The home that the settings name."""
        return cls(settings.home.path, settings.home.restricted_group)

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
        """Make every folder that is missing, with its permissions.

        `landing/` lets its group drop files, `private/` is its owner's alone, `releases/` may be entered by all.
        Raises ConfigurationError where `[home] restricted_group` is no group of this machine.
        """
        if self.restricted_group is not None:
            self.restricted_group_id()
        for folder, mode in ((self.root, 0o755), (self.landing, 0o770), (self.private, 0o700), (self.releases, 0o755)):
            _make(folder, mode)
        for folder in (self.copies, self.quarantine, self.outbox, self.runs, self.ledger, self.scratch):
            _make(folder, 0o700)

    def restricted_group_id(self) -> int | None:
        """The group that reads `releases/*/restricted`, as a number; None where none is configured."""
        if self.restricted_group is None:
            return None
        try:
            return grp.getgrnam(self.restricted_group).gr_gid
        except KeyError as error:
            raise ConfigurationError(
                f"home.restricted_group: this machine has no group {self.restricted_group!r}. "
                f"Make it with `groupadd {self.restricted_group}`, or name another."
            ) from error


def _make(folder: Path, mode: int) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
