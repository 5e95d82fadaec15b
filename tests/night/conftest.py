"""A trust whose first night has been published, copied for every test that runs another one."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
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
from tests.share import made_once, one_page

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
    os.environ["PARITY_PSEUDONYM_SECRET"] = SECRET
    os.environ.setdefault("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))  # not one for two workers
    folder = made_once(tmp_path_factory.getbasetemp(), "published_trust", _publish)
    quieten(Trust(folder).home)
    return folder


def _publish(folder: Path) -> None:
    (folder / "parity.toml").write_text(CONFIGURATION, encoding="utf-8")
    trust = Trust(folder)
    quieten(trust.home)
    trust.home.prepare()
    make(trust.home.landing, staff=900, months=14)
    run = trust.night()
    assert run.outcome == "published", [finding.sentence for finding in run.findings]


MARKERS = ["98765431", "MARKERTITLE", "MARKERNATION", "MARKERORIGIN", "1951-02-03"]
"""Values of one person in the correction that `corrected_once` publishes."""


@dataclass(frozen=True)
class Corrected:
    """A trust that has published a first release and then a correction, and what a reader of the first saw."""

    trust: Trust
    first: str
    second: str
    inputs: list[dict[str, Any]]
    read_before: str
    read_after: str


@pytest.fixture(scope="session")
def corrected_once(published_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published trust one night later: a person in its newest snapshot was marked, and a woman became a man."""

    def correct(folder: Path) -> None:
        shutil.copytree(published_once, folder / "trust", symlinks=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("flows.nightly.report", one_page)
            told = _publish_a_correction(Trust(folder / "trust"))
        (folder / "told.json").write_text(json.dumps(told), encoding="utf-8")

    return made_once(tmp_path_factory.getbasetemp(), "corrected_trust", correct)


def _publish_a_correction(trust: Trust) -> dict[str, Any]:
    first = trust.home.current.resolve().name
    reader = _reader(trust.home.current.resolve() / "restricted/marts.duckdb")
    assert reader.stdout is not None
    before = reader.stdout.readline()
    seen: list[str] = []

    def change(row: dict[str, str]) -> None:
        if row["Employee Number"] in seen[:1] or not seen:
            seen[:] = seen or [row["Employee Number"]]
            marked = {"Position Title": "MARKERTITLE", "Nationality": "MARKERNATION", "Date Of Birth": "1951-02-03"}
            row.update({name: value for name, value in marked.items() if name in row})
            row["Ethnic Origin"] = "MARKERORIGIN of my own words"
            row["Assignment Number"] = row["Assignment Number"].replace(seen[0], "98765431")
            row["Employee Number"] = "98765431"
            return
        in_scope = row["Assignment Category"] == "Permanent" and row["Assignment Status"] == "Active Assignment"
        if in_scope and row["Gender"] == "Female" and len(seen) == 1:
            seen.append(row["Employee Number"])
        if row["Employee Number"] in seen[1:]:
            row["Gender"] = "Male"

    trust.correct(change, version=2)
    run = trust.night()
    assert run.outcome == "published", [finding.sentence for finding in run.findings]
    after, _ = reader.communicate("\n", timeout=30)
    return {
        "first": first,
        "second": run.release_id,
        "inputs": run.inputs,
        "read_before": before,
        "read_after": after,
    }


def _reader(marts: Path) -> subprocess.Popen[str]:
    """A program that holds a release, asks it, waits for a line and asks again."""
    count = "select (select count(*) from marts.marts.indicator_values), max(run_id) from marts.marts.run_history"
    program = (
        f"import duckdb, sys; c = duckdb.connect({str(marts)!r}, read_only=True); q = {count!r};"
        "print(c.execute(q).fetchone(), flush=True); sys.stdin.readline();"
        "print(c.execute(q).fetchone(), flush=True)"
    )
    return subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def corrected(corrected_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Corrected:
    """A copy of the corrected trust: the sites of its first night are real, the others have one page."""
    monkeypatch.setenv("PARITY_PSEUDONYM_SECRET", SECRET)
    monkeypatch.setattr("flows.nightly.report", one_page)
    shutil.copytree(corrected_once / "trust", tmp_path / "trust", symlinks=True)
    told = json.loads((corrected_once / "told.json").read_text(encoding="utf-8"))
    return Corrected(Trust(tmp_path / "trust"), **told)


@pytest.fixture
def trust(published_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trust]:
    """A copy of the published trust, with its files' times kept so that nothing looks new.

    Its sites are real; those of a night that a test adds have one page each.
    """
    monkeypatch.setenv("PARITY_PSEUDONYM_SECRET", SECRET)
    monkeypatch.setattr("flows.nightly.report", one_page)
    shutil.copytree(published_once, tmp_path / "trust", symlinks=True)
    yield Trust(tmp_path / "trust")
