"""A home into which nothing, or one month, was dropped: it builds, and asks for no figure that cannot be there yet."""

from __future__ import annotations

from pathlib import Path

from flows.check import check
from tests.marts.conftest import BLACK, NORTH, WHITE, Trust, these
from tests.small_trust import staff_list


def test_an_empty_home_tells_one_thing_and_what_to_do(tmp_path: Path) -> None:
    trust = Trust(tmp_path)
    assert trust.night().ok
    verdict = check(trust.settings, trust.home)
    assert (verdict.outcome, verdict.broken) == ("withheld", False)
    (told,) = [*trust.result.findings, *verdict.findings]
    assert told.sentence == "No staff list has been loaded."
    assert told.next_step.startswith("Drop the ESR staff list into landing/esr_staff_list")


def test_a_home_with_one_month_that_is_no_march_holds(tmp_path: Path) -> None:
    trust = Trust(tmp_path)
    staff_list(trust.home.landing, "2025-02-28", [*these(3, NORTH, WHITE), *these(2, NORTH, BLACK)])
    result = trust.night()
    assert [finding.sentence for finding in result.findings] == []
    assert trust.ask("select count(*) from marts.indicator_values where indicator_id like 'retention%'") == [(0,)]
