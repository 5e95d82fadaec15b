"""The door of the long tests: each is run, one that broke stops no other, and a broken promise is an exit code."""

from __future__ import annotations

import importlib
from types import SimpleNamespace

import pytest

from soak import Options, PromiseBroken
from soak.__main__ import SOAKS, main


def _breaks(kind: type[Exception]) -> SimpleNamespace:
    def run(options: Options) -> list[str]:
        raise kind(f"seed {options.seed}")

    return SimpleNamespace(run=run)


HOLDS = SimpleNamespace(run=lambda options: [f"{options.count} kills, none lost", "and no load doubled"])


@pytest.mark.parametrize("kind", [PromiseBroken, RuntimeError])
def test_a_promise_that_broke_is_told_beside_the_figures_of_the_others(
    kind: type[Exception], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    modules = {f"soak.{name}": HOLDS for name in SOAKS} | {f"soak.{SOAKS[0]}": _breaks(kind)}
    monkeypatch.setattr(importlib, "import_module", modules.__getitem__)
    assert main(["--count", "7", "--seed", "3"]) == 1
    table = capsys.readouterr().out.rpartition("figures")[2]
    assert "seed 3" in table and "broke" in table
    assert table.count("7 kills, none lost") == len(SOAKS) - 1
    assert main([SOAKS[1], "--count", "7"]) == 0


def test_every_soak_is_there() -> None:
    for name in SOAKS:
        assert callable(importlib.import_module(f"soak.{name}").run)
