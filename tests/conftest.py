"""Fixtures that every room's tests share: a home in a temporary folder, its settings, and a secret."""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

import flows.build
from flows.configure import Settings, load_settings
from flows.home import Home
from tests.share import over_one_parse

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
NOT_INSTALLABLE = (
    "the official data of ../shared/data are not here",
    "the published figures of ../shared/reference are not here",
    "only root can become another account",
)
"""Reasons to skip that stand even where no skip is allowed: what no installation can bring to the machine."""


SLOWEST_FIRST = ("tests/night/", "tests/independent/", "tests/cli/test_demo_night.py", "tests/demo/", "tests/build/")
"""What takes longest, so that no worker is left with a night while the others have nothing to do."""

DEALT_SINGLY = ("tests/night/test_night.py", "tests/night/test_signed_off.py")
"""Files whose tests share no more than `published_once`, which is made once for all workers."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest; within that, keep the order of files."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    slow = [number for number, path in enumerate(SLOWEST_FIRST) if item.nodeid.startswith(path)]
    if slow:
        return slow[0]
    return len(SLOWEST_FIRST) + (item.get_closest_marker("night") is None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Deal tests to workers file by file, because a file shares what it made, but for nights and random trusts."""
    from xdist.scheduler import LoadScopeScheduling

    class ByWhatIsShared(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path, _, name = nodeid.partition("::")
            if path in DEALT_SINGLY:
                return nodeid
            seed = re.search(r"\[(\d+)[]-]", name) if path.endswith("test_independent.py") else None
            return f"{path}[{seed[1]}]" if seed else path

    return ByWhatIsShared(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where `PARITY_ALLOW_NO_SKIP` is set, as in `.ci/run`, a test that was skipped has failed."""
    report = yield
    if report.skipped and os.environ.get("PARITY_ALLOW_NO_SKIP") and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not reason.removeprefix("Skipped: ").startswith(NOT_INSTALLABLE):
            report.outcome = "failed"
            report.longrepr = f"{reason}\nNo skip is allowed here (PARITY_ALLOW_NO_SKIP): install what the test needs."
    return report


@pytest.fixture(scope="session", autouse=True)
def _one_parse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            flows.build, "_environment", over_one_parse(tmp_path_factory.getbasetemp(), flows.build._environment)
        )
        yield


@pytest.fixture(autouse=True)
def _quiet_and_keyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    monkeypatch.setenv("PARITY_PSEUDONYM_SECRET", "a secret for tests that is long enough to be one")
    for name in ("PARITY_CONFIG", "PARITY_HOME", "PARITY_AS_OF", "PARITY_SMTP_PASSWORD", "PARITY_TEAMS_WEBHOOK"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an invented trust whose home is in the test's own folder."""
    path = tmp_path / "parity.toml"
    path.write_text(
        '[organisation]\nname = "Test Ambulance Service"\nods_code = "XPT"\n'
        + "[clock]\nas_of_date = 2025-04-05\n[ingest]\nsettle_seconds = 0\n",
        encoding="utf-8",
    )
    return load_settings(path)


@pytest.fixture
def home(settings: Settings) -> Home:
    """A prepared, empty home."""
    home = Home.of(settings)
    home.prepare()
    return home


@pytest.fixture
def shared_data() -> Path:
    """Official statistics beside the checkout; the test is skipped with a reason where they are absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the official data of ../shared/data are not here")
    return SHARED_DATA
