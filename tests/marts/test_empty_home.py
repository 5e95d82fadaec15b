"""A home into which nothing was dropped yet: it builds, and one sentence says what is missing."""

from __future__ import annotations

from pathlib import Path

from flows.check import check
from tests.marts.conftest import Trust


def test_an_empty_home_tells_one_thing_and_what_to_do(tmp_path: Path) -> None:
    trust = Trust(tmp_path)
    assert trust.night().ok
    verdict = check(trust.settings, trust.home)
    assert (verdict.outcome, verdict.broken) == ("withheld", False)
    (told,) = [*trust.result.findings, *verdict.findings]
    assert told.sentence == "No staff list has been loaded."
    assert told.next_step.startswith("Drop the ESR staff list into landing/esr_staff_list")
