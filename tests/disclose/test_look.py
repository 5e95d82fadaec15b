"""`parity disclosure` and `parity sql --open`: what is open is seen at a glance, and attacked again on demand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

import flows.audit
from flows.cli import main
from tests.disclose.conftest import Nights, shown_value


@pytest.fixture
def parity(nights: Nights) -> Callable[..., Result]:
    def run(*words: str) -> Result:
        result = CliRunner().invoke(main, ["--config", str(nights.settings.source), *words], prog_name="parity")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


class GivenAuditor:
    """The auditor, with a verdict of the test; remembers what it was given."""

    def __init__(self, is_safe: bool) -> None:
        self.is_safe = is_safe
        self.given: list[tuple[float, list[float]]] = []

    def __call__(self, candidate: Path, earlier: Sequence[Path], say: Any) -> SimpleNamespace:
        self.given.append((shown_value(candidate), [shown_value(path) for path in earlier]))
        return SimpleNamespace(is_safe=self.is_safe, report={"cells": 6, "narrow": 0 if self.is_safe else 2})


@pytest.fixture
def auditor(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], GivenAuditor]:
    def of(is_safe: bool) -> GivenAuditor:
        given = GivenAuditor(is_safe)
        monkeypatch.setattr(flows.audit, "audit", given)
        return given

    return of


def test_it_says_how_much_of_each_open_table_is_hidden(nights: Nights, parity: Callable[..., Result]) -> None:
    release = nights.opened(1)
    said = parity("disclosure")
    assert said.exit_code == 0, said.output
    assert f"Release {release.release_id} has an open part of its own." in said.output
    assert "indicator_values" in said.output
    assert "16.7 %" in said.output
    assert "5.0 %" in said.output, "the people hidden, of which only restricted readers learn"
    told = json.loads(parity("disclosure", "--json").output)
    assert told["tables"][0]["hidden_cells"] == 1
    assert told["cuts"][0]["cut"] == "wres_1 share"


def test_a_withheld_night_is_told_with_what_stays_and_ends_with_3(
    nights: Nights, parity: Callable[..., Result]
) -> None:
    first = nights.opened(1)
    nights.withheld(2)
    said = parity("disclosure")
    assert said.exit_code == 3
    assert "The auditor found 3 cells that are too narrow." in said.output
    assert f"The open part of release {first.release_id}" in said.output


def test_before_anything_was_open_it_says_so(nights: Nights, parity: Callable[..., Result]) -> None:
    assert parity("disclosure").exit_code == 2, "nothing is published"
    nights.withheld(1)
    said = parity("disclosure")
    assert (said.exit_code, "Nothing is open." in said.output) == (3, True)
    assert parity("disclosure", "--audit").exit_code == 2
    assert "no open part" in parity("sql", "--open", "select 1").output


@pytest.mark.parametrize(("is_safe", "code"), [(True, 0), (False, 3)])
def test_the_auditor_works_again_with_all_that_was_open_before(
    nights: Nights,
    parity: Callable[..., Result],
    auditor: Callable[[bool], GivenAuditor],
    is_safe: bool,
    code: int,
) -> None:
    """Also on a part that was carried over: it is measured against those before it, not against itself."""
    for number, value in enumerate((0.24, 0.25, 0.26), start=1):
        nights.opened(number, value)
    nights.withheld(4)
    given = auditor(is_safe)
    said = parity("disclosure", "--audit")
    assert given.given == [(0.26, [0.24, 0.25])]
    assert said.exit_code == code
    assert ("must not be open" in said.output) is not is_safe


def test_the_open_part_is_asked_in_sql_and_nothing_else_is_reached(
    nights: Nights, parity: Callable[..., Result]
) -> None:
    nights.opened(1)
    asked = 'select "group", value_marker from marts.indicator_values order by all'
    assert json.loads(parity("sql", "--open", "--format", "json", asked).output)[1] == {
        "group": "unknown",
        "value_marker": "[c]",
    }
    assert "no such table" in parity("sql", "--open", "select * from quality_loads").output
    assert "quality_loads" in parity("sql", "select table_name from duckdb_tables()").output
