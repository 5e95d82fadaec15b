"""A trust whose first night has been published, copied for every test that runs another one."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from demo import make
from flows.configure import Settings, load_settings
from flows.home import Home
from flows.quieten import quieten
from flows.record import RunRecord

SECRET = "a secret for tests that is long enough to be one"
LATEST = "2025-03-31"
CONFIGURATION = """
[organisation]
name = "Thamesmere Ambulance Service NHS Trust"
ods_code = "XPT"
[home]
path = "home"
[clock]
as_of_date = 2025-04-03
[ingest]
settle_seconds = 0
[retention]
releases_kept = 3
"""


@dataclass(frozen=True)
class Trust:
    """A folder with a configuration and a home, and the commands that its people use."""

    folder: Path

    @property
    def settings(self) -> Settings:
        return load_settings(self.folder / "parity.toml")

    @property
    def home(self) -> Home:
        return Home.of(self.settings)

    def configure(self, more: str) -> None:
        """Write more lines into the configuration."""
        path = self.folder / "parity.toml"
        path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")

    def night(self) -> RunRecord:
        """Run one night through its Prefect flow."""
        from flows.nightly import run_night

        return run_night(self.settings, self.home, lambda line: None)

    def marts(self, sql: str, release: str = "current") -> list[tuple[Any, ...]]:
        """Ask a release."""
        path = self.home.releases / release / "restricted" / "marts.duckdb"
        with duckdb.connect() as connection:
            connection.execute(f"attach '{path.resolve()}' as released (read_only)")
            connection.execute("use released")
            return connection.execute(sql).fetchall()

    def staff_list(self, date: str = LATEST, version: int | None = None) -> Path:
        """The landing file of one snapshot, whatever it is written in."""
        suffix = f"_v{version}" if version else ""
        return next((self.home.landing / "esr_staff_list").glob(f"esr_staff_list_{date}{suffix}.*"))

    def correct(self, change: Callable[[dict[str, str]], None], version: int, date: str = LATEST) -> Path:
        """Drop a correction of a snapshot: every row of the first version, changed."""
        with self.staff_list(date).open(encoding="utf-8-sig", newline="") as handle:
            rows = list(csv.DictReader(handle))
        path = self.home.landing / "esr_staff_list" / f"esr_staff_list_{date}_v{version}.csv"
        with path.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, list(rows[0]))
            writer.writeheader()
            for row in rows:
                change(row)
                writer.writerow(row)
        return path


@pytest.fixture(scope="session")
def published_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small demonstration trust after its first night. Copy it, do not change it."""
    folder = tmp_path_factory.mktemp("trust")
    (folder / "parity.toml").write_text(CONFIGURATION, encoding="utf-8")
    trust = Trust(folder)
    os.environ["PARITY_PSEUDONYM_SECRET"] = SECRET
    quieten(trust.home)
    trust.home.prepare()
    make(trust.home.landing, staff=900, months=14)
    run = trust.night()
    assert run.outcome == "published", [finding.sentence for finding in run.findings]
    return folder


@pytest.fixture
def trust(published_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trust]:
    """A copy of the published trust, with its files' times kept so that nothing looks new."""
    monkeypatch.setenv("PARITY_PSEUDONYM_SECRET", SECRET)
    shutil.copytree(published_once, tmp_path / "trust", symlinks=True)
    yield Trust(tmp_path / "trust")
