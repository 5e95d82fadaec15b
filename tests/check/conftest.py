"""A judge for tests: writes the marts of a trust into the home's warehouse and lets the real gate look at them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.check import SUITES, Verdict, check
from flows.configure import Settings
from flows.home import Home
from tests.check.marts import Tables, write

Judge = Callable[..., Verdict]


@pytest.fixture
def judge(settings: Settings, home: Home) -> Judge:
    """`judge(tables)` gives the verdict on these marts; load 1 (February) is released, load 2 (March) is not."""

    def look(tables: Tables, released: set[int] | None = None, settings: Settings = settings, **more: Any) -> Verdict:
        write(home.warehouse, tables)
        return check(settings, home, {1} if released is None else released, **more)

    return look


@pytest.fixture
def suites(tmp_path: Path) -> Path:
    """A copy of the project's suites that a test may change as the EDI team would."""
    return Path(shutil.copytree(SUITES, tmp_path / "expectations"))
