"""Editions of a small real release and their sites, made once a run. Read them; do not change them.

`open` and `restricted` are the parts of the release that the demonstration's small trust published (900 staff, fourteen
months, every indicator). `odd_open` and `odd_restricted` are the same of a trust with what is rare (`odd_trust.py`).
A test that writes a site of its own replaces the part: `dataclasses.replace(open_edition, part=tmp_path)`.
"""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from flows.report import Edition, report
from tests.night.conftest import Trust, published_once
from tests.report.odd_trust import make_odd, tiny_directorate
from tests.share import made_once

__all__ = ["published_once"]

Kind = Literal["open", "restricted", "odd_open", "odd_restricted"]
KINDS: tuple[Kind, ...] = ("open", "restricted", "odd_open", "odd_restricted")


@pytest.fixture(scope="session")
def edition(published_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Kind], Edition]:
    """The edition of a kind; its site stands only where `site` was asked for it."""
    base = tmp_path_factory.getbasetemp()

    def of(kind: Kind) -> Edition:
        odd = kind.removeprefix("odd_") != kind
        release = made_once(base, "odd_release", lambda folder: _odd(published_once, folder)) if odd else None
        return _edition(published_once, kind, release)

    return of


@pytest.fixture(scope="session")
def open_edition(edition: Callable[[Kind], Edition]) -> Edition:
    """What everyone may see of the small trust."""
    return edition("open")


@pytest.fixture(scope="session")
def restricted_edition(edition: Callable[[Kind], Edition]) -> Edition:
    """What the EDI team sees of it: exact counts, and the record of the run."""
    return edition("restricted")


@pytest.fixture(scope="session")
def odd_open_edition(edition: Callable[[Kind], Edition]) -> Edition:
    """The open part of a trust with a directorate of seven, one named in HTML, no survey, and no WRES 3."""
    return edition("odd_open")


@pytest.fixture(scope="session")
def odd_restricted_edition(edition: Callable[[Kind], Edition]) -> Edition:
    """The restricted part of the same."""
    return edition("odd_restricted")


@pytest.fixture(scope="session")
def site(edition: Callable[[Kind], Edition], tmp_path_factory: pytest.TempPathFactory) -> Callable[[Kind], Path]:
    """The folder of the pages of a kind: as the night wrote them, or of the odd trust built once a run."""

    def of(kind: Kind) -> Path:
        def build(folder: Path) -> None:
            _beside(edition(kind).part, folder)
            report(replace(edition(kind), part=folder))

        if not kind.startswith("odd_"):
            return edition(kind).site
        return made_once(tmp_path_factory.getbasetemp(), f"report_of_{kind}", build) / "site"

    return of


def _beside(part: Path, folder: Path) -> None:
    """Put beside the pages what stands beside them in the release, for they lead to it."""
    for path in part.iterdir():
        (folder / path.name).symlink_to(path)


def _edition(published: Path, kind: Kind, odd: Path | None) -> Edition:
    """The edition as the night makes it of the release, or of a copy that was made odd."""
    trust = Trust(published)
    release = trust.home.current.resolve()
    told = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    plain: Literal["open", "restricted"] = "open" if kind.endswith("open") else "restricted"
    part = (odd or release) / plain
    run = {}
    if plain == "restricted":
        run = json.loads((trust.home.runs / f"{release.name}.json").read_text(encoding="utf-8"))
    return Edition(
        kind=plain,
        figures=part / ("open.duckdb" if plain == "open" else "marts.duckdb"),
        part=part,
        organisation=trust.settings.organisation,
        release_id=release.name,
        published_at=datetime.datetime.fromisoformat(told["published_at"]),
        as_of_date=datetime.date.fromisoformat(told["as_of_date"]),
        texts=trust.settings.reports.texts,
        run=run,
    )


def _odd(published: Path, folder: Path) -> None:
    release = Trust(published).home.current.resolve()
    team, directorate = tiny_directorate(release / "restricted" / "marts.duckdb")
    for name in ("open/open.duckdb", "restricted/marts.duckdb"):
        (folder / name).parent.mkdir()
        shutil.copyfile(release / name, folder / name)
        make_odd(folder / name, team, directorate)
