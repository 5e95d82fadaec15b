"""From a signature to what readers see: the next night publishes it, and later data are told as a change."""

from __future__ import annotations

import pytest

from flows.approve import ApprovalError, approve, preview
from flows.freeze import ledger_path
from flows.lock import hold
from tests.night.conftest import Trust

pytestmark = pytest.mark.night

STATUS = (
    "select status, value = approved_value, approved_by, restated_count from marts.figure_status "
    "where indicator_id = 'wres_1' and as_at_date = date '2025-03-31' and stratum = 'all' "
    "and conformed_table = 'indicator_values' and \"group\" = 'ethnic_minority'"
)

MARKED = (
    "select status from marts.indicator_values where indicator_id = 'wres_1' and as_at_date = date '2025-03-31' "
    "and organisation_unit_level = 'trust' and stratum = 'all' and \"group\" = 'ethnic_minority'"
)
MARKED_BELOW = (
    "select distinct status from (select organisation_unit_level, as_at_date, status from marts.indicator_values "
    "union all select organisation_unit_level, as_at_date, status from marts.indicator_comparisons) as figures "
    "where organisation_unit_level <> 'trust' or as_at_date = date '2025-02-28'"
)


def test_a_signature_is_published_by_the_next_night_and_later_data_show_as_changed(trust: Trust) -> None:
    assert trust.marts(STATUS) == [("draft", None, None, 0)]
    assert trust.marts(MARKED) == [("draft",)]
    with hold(trust.home, "approve"):
        signing = approve(trust.settings, trust.home, "wres", "2024/25", "A. Nyberg")
    assert signing.approval is not None
    assert {one["indicator_id"] for one in signing.new} >= {"wres_1", "wres_2", "wres_5", "wres_9"}

    run = trust.night()
    assert run.outcome == "published", [one.sentence for one in run.findings]
    assert trust.marts(STATUS) == [("approved", True, "A. Nyberg", 0)]
    assert trust.marts(MARKED) == [("approved",)]
    assert trust.marts(MARKED_BELOW) == [("draft",)], "units and months are never signed off"
    marked = (
        "select count(*) from (select status from marts.indicator_values union all "
        "select status from marts.indicator_comparisons) as figures where status = 'approved'"
    )
    assert trust.marts(marked) == [(len(signing.new),)], "every figure that was signed is marked, and no other"
    told = "select count(*), count(distinct approval_number), bool_and(is_latest) from marts.approved_figures"
    assert trust.marts(told) == [(len(signing.new), 1, True)]
    assert approve(trust.settings, trust.home, "wres", "2024/25", "A. Nyberg").is_nothing_to_do
    assert trust.night().outcome == "nothing_new", "an approval that is published is nothing new"

    done: list[dict[str, str]] = []

    def one_more_of_an_ethnic_minority(row: dict[str, str]) -> None:
        if not done and row["Ethnic Origin"].startswith("A ") and row["Assignment Category"] == "Permanent":
            row["Ethnic Origin"] = "N Black or Black British - African"
            done.append(row)

    trust.correct(one_more_of_an_ethnic_minority, version=2)
    assert trust.night().outcome == "published"
    assert trust.marts(STATUS) == [("changed_since_approval", False, "A. Nyberg", 0)]
    assert trust.marts(MARKED) == [("changed_since_approval",)]
    with pytest.raises(ApprovalError, match="--restate"):
        approve(trust.settings, trust.home, "wres", "2024/25", "B. Okafor")
    signed = ledger_path(trust.home).read_bytes()
    restated = approve(
        trust.settings, trust.home, "wres", "2024/25", "B. Okafor", restate=True, reason="one ethnicity was corrected"
    )
    assert restated.changed
    assert restated.unchanged_count > 0
    assert not restated.new
    assert ledger_path(trust.home).read_bytes().startswith(signed), "what was signed stays"
    assert preview(trust.settings, trust.home, "wres", "2024/25").is_nothing_to_do

    run = trust.night()
    assert run.outcome == "published", [one.sentence for one in run.findings]
    assert trust.marts(STATUS) == [("approved", True, "B. Okafor", 1)]
    assert trust.marts(MARKED) == [("approved",)]
    assert trust.marts(marked) == [(len(signing.new),)]
    counted = "select is_restated, is_latest, count(*) from marts.approved_figures group by all order by all"
    assert trust.marts(counted) == [
        (False, False, len(restated.changed)),
        (False, True, restated.unchanged_count),
        (True, True, len(restated.changed)),
    ], "what was signed first is still there"


def test_a_damaged_ledger_ends_the_night_with_its_line_and_readers_keep_what_they_had(trust: Trust) -> None:
    approve(trust.settings, trust.home, "wdes", "2024/25", "A. Nyberg")
    path = ledger_path(trust.home)
    path.write_text(path.read_text(encoding="utf-8").replace("A. Nyberg", "B. Okafor"), encoding="utf-8")
    before = trust.home.current_txt.read_text()
    run = trust.night()
    assert run.outcome == "broken"
    (finding,) = [one for one in run.findings if one.kind == "broken"]
    assert "approved_figures.jsonl, line 1 is not as it was written" in finding.sentence
    assert "backup" in finding.sentence
    assert trust.home.current_txt.read_text() == before
