"""A trust of a few people, taken in and built with the models of staging and people alone, so that a build is short."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

import flows.build
from flows.build import BuildResult, build
from flows.configure import PROJECT, Settings, load_settings
from flows.home import Home
from flows.ingest import ingest

SECRET = "a secret for tests that is long enough to be one"
KEPT = (
    "dbt_project.yml",
    "profiles.yml",
    "macros",
    "seeds/maps",
    "seeds/landing",
    "models/staging",
    "models/intermediate/int_directorates.sql",
    "models/intermediate/int_directorates.yml",
    "models/intermediate/int_staff_snapshots.sql",
    "models/intermediate/int_staff_snapshots.yml",
)


@dataclass(frozen=True)
class Trust:
    """A folder with a configuration, a home and a copy of the part of the project that is built."""

    folder: Path

    @property
    def settings(self) -> Settings:
        return load_settings(self.folder / "parity.toml")

    @property
    def home(self) -> Home:
        return Home.of(self.settings)

    @property
    def project(self) -> Path:
        return self.folder / "project"

    def take_in(self) -> None:
        ingest(self.settings, self.home, say=lambda line: None)

    def build(self) -> BuildResult:
        return build(self.settings, self.home, say=lambda line: None)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.home.warehouse), read_only=True) as con:
            return con.execute(sql).fetchall()

    def change(self, sql: str) -> None:
        with duckdb.connect(str(self.home.warehouse)) as con:
            con.execute(sql)


def make_trust(folder: Path, as_of: str = "2025-04-05") -> Trust:
    """A prepared home with nothing in it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "parity.toml").write_text(
        f'[organisation]\nname = "Test Ambulance Service"\nods_code = "XPT"\n[clock]\nas_of_date = {as_of}\n'
        + "[ingest]\nsettle_seconds = 0\n",
        encoding="utf-8",
    )
    trust = Trust(folder)
    trust.home.prepare()
    return trust


def copy_project(into: Path) -> None:
    """Copy what the build of staging and people needs."""
    for name in KEPT:
        place = into / name
        place.parent.mkdir(parents=True, exist_ok=True)
        copy: Callable[..., Any] = shutil.copytree if (PROJECT / name).is_dir() else shutil.copyfile
        copy(PROJECT / name, place)
    (into / "tests/dbt").mkdir(parents=True)


@pytest.fixture(scope="module")
def keyed() -> Iterator[pytest.MonkeyPatch]:
    """The environment of a run, for fixtures that live longer than a test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("PARITY_", "DBT_"))]:
            patch.delenv(name)
        patch.setenv("PARITY_PSEUDONYM_SECRET", SECRET)
        patch.setenv("DO_NOT_TRACK", "1")
        yield patch


@pytest.fixture(scope="module")
def empty_trust(tmp_path_factory: pytest.TempPathFactory, keyed: pytest.MonkeyPatch) -> Trust:
    """A trust whose landing folder is empty, with its own copy of the project."""
    trust = make_trust(tmp_path_factory.mktemp("trust"))
    copy_project(trust.project)
    keyed.setattr(flows.build, "PROJECT", trust.project)
    return trust
