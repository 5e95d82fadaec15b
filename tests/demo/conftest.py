"""The demonstration trust, made once for all of these tests, and its files as tables."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from demo import Made, make
from tests.demo.figures import read


@pytest.fixture(scope="session")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demonstration")


@pytest.fixture(scope="session")
def made(landing: Path) -> Made:
    return make(landing)


@pytest.fixture(scope="session")
def files(made: Made, landing: Path) -> duckdb.DuckDBPyConnection:
    """The landing files as tables, read by SQL that knows no generator."""
    assert made.files
    return read(landing)


@pytest.fixture(scope="session")
def reference() -> Path:
    """The published figures beside the checkout; skipped with a reason where they are absent."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "reference"
    if not folder.is_dir():
        pytest.skip("the published figures of ../shared/reference are not here")
    return folder
