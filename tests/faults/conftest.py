"""A played home (`soak.play`) to do harm to: two nights published, and the files of a third one dropped."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.configure import load_settings
from flows.home import Home
from flows.record import read_runs
from soak import Options
from soak.kill import Ground, apart, first_night, ground, look_at_pointer, preload
from soak.play import SECRET, configure, drop_second, facts, play
from soak.post import Delivered, delivered

TO = "edi@trust.test"


class Played:
    """One home, and what may be done with it. Nights run in a process of their own, as a play patches the product."""

    def __init__(self, folder: Path, here: Ground) -> None:
        self.config = configure(folder, here.port, TO)
        self.here = here
        self.home = Home.of(load_settings(self.config))

    def night(self) -> tuple[str, list[dict[str, Any]]]:
        """Play one night; returns its outcome and its findings."""

        def work() -> Any:
            outcome = play(self.config, lambda _: None)
            return outcome, [vars(one) for one in read_runs(self.home.runs)[-1].findings]

        outcome, findings = apart(work)[1]
        return outcome, findings

    def rebuild(self) -> None:
        """What `parity rebuild` does before its night."""
        from flows.lock import hold
        from flows.rebuild import rebuild

        def work() -> None:
            with hold(self.home, "rebuild"):
                rebuild(load_settings(self.config), self.home, lambda _: None)

        apart(work)

    def facts(self) -> dict[str, Any]:
        """What stands loaded and published."""
        found: dict[str, Any] = apart(lambda: facts(self.home))[1]
        return found

    def look(self) -> None:
        """Readers have a whole release."""
        apart(lambda: look_at_pointer(self.config))

    def mail(self) -> list[Delivered]:
        """What was delivered so far."""
        return delivered(self.here.taken, TO)


@pytest.fixture(scope="session")
def here() -> Iterator[Ground]:
    with ground(Options()) as made:
        yield made


@pytest.fixture(scope="session")
def base(here: Ground) -> Path:
    preload()
    folder = here.folder / "base"
    folder.mkdir()
    before = os.environ.get("PARITY_PSEUDONYM_SECRET")
    os.environ["PARITY_PSEUDONYM_SECRET"] = SECRET
    try:
        apart(lambda: first_night(folder, here.port))
    finally:
        if before is not None:
            os.environ["PARITY_PSEUDONYM_SECRET"] = before
    return folder


@pytest.fixture
def played(base: Path, here: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Played:
    monkeypatch.setenv("PARITY_PSEUDONYM_SECRET", SECRET)
    folder = tmp_path / "trust"
    shutil.copytree(base, folder, symlinks=True)
    os.truncate(here.taken, 0)  # the server has it open
    return Played(folder, here)


@pytest.fixture
def dropped(played: Played) -> Played:
    """The files of the third night have come."""
    drop_second(played.home)
    return played
