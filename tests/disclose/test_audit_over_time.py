"""What was once open stays known: the attack sets a candidate beside every open file before it."""

from pathlib import Path
from typing import Any

import pytest

from flows.audit import Audit, audit
from tests.disclose.open_files import Row, hidden, nested, row, write

GROUPS = ("white", "asian", "black", "mixed", "other", "unknown")
ETHNICITY = nested("ethnicity", GROUPS)
COUNTS = {"white": 400, "asian": 60, "black": 50, "mixed": 40, "other": 6, "unknown": 30}


def table(*hide: str, counts: dict[str, int] | None = None, **other: Any) -> list[Row]:
    """One year's table of six groups, of which some are hidden."""
    counts = COUNTS | (counts or {})
    base = sum(counts.values())
    return [
        hidden(group, base, **other) if group in hide else row(group, count, base, **other)
        for group, count in counts.items()
    ]


def attack(tmp_path: Path, now: list[Row], *earlier: list[Row]) -> Audit:
    paths = [
        write(tmp_path / f"earlier_{number}.duckdb", rows, groups=ETHNICITY) for number, rows in enumerate(earlier)
    ]
    return audit(write(tmp_path / "open.duckdb", now, groups=ETHNICITY), paths)


def found(report: Audit) -> set[tuple[str, float, float, str]]:
    return {(cell.group, cell.lowest, cell.highest, cell.how) for cell in report.narrow}


def test_the_same_release_again_says_nothing_new(tmp_path: Path) -> None:
    now = table("other", "mixed")
    report = attack(tmp_path, now, now, now)
    assert report.is_safe, report.narrow
    assert (report.report["releases_compared"], report.report["releases_with_news"]) == (2, 0)


def test_a_count_that_is_hidden_now_and_was_shown_before_is_found(tmp_path: Path) -> None:
    report = attack(tmp_path, table("other", "mixed"), table("other", "unknown"))
    assert found(report) == {("mixed", 40, 40, "differencing"), ("other", 6, 6, "differencing")}


def test_the_oldest_of_many_releases_still_counts(tmp_path: Path) -> None:
    now = table("other", "mixed", "unknown")
    report = attack(tmp_path, now, table("other", "mixed"), now, now)
    assert found(report) == {("unknown", 30, 30, "differencing")}


def test_a_shown_count_that_was_hidden_before_is_no_harm_by_itself(tmp_path: Path) -> None:
    assert attack(tmp_path, table("other", "mixed"), table("other", "mixed", "unknown")).is_safe


def test_a_restatement_of_one_person_is_found(tmp_path: Path) -> None:
    report = attack(tmp_path, table("other", "mixed", counts={"white": 401}), table("other", "mixed"))
    assert found(report) == {("white", 1, 1, "change"), ("all", 1, 1, "change")}
    assert report.report["blocks_restated"] == 1


def test_a_restatement_of_ten_people_is_no_statement_about_one(tmp_path: Path) -> None:
    assert attack(tmp_path, table("other", "mixed", counts={"white": 410}), table("other", "mixed")).is_safe


def test_a_changed_count_that_is_hidden_now_says_nothing(tmp_path: Path) -> None:
    now = table("other", "mixed", "white", counts={"white": 401, "mixed": 39, "unknown": 40})
    assert attack(tmp_path, now, table("other", "mixed")).is_safe


def test_a_change_between_hidden_and_shown_is_judged_by_what_was_known(tmp_path: Path) -> None:
    """Hidden among nine people in sum, then shown: the change is known to within nine, yet not to within eight."""
    before = table("other", "mixed", counts={"white": 300, "mixed": 1})
    now = table(counts={"other": 12, "mixed": 12})
    hows = {(cell.group, cell.how) for cell in attack(tmp_path, now, before).narrow}
    assert ("other", "change") in hows
    assert ("mixed", "change") in hows


def rounded(counts: dict[str, int], *hide: str) -> list[Row]:
    other = {"rounded_to": 5, "as_at_date": "2025-04-30"}
    near = {group: round(count / 5) * 5 for group, count in (COUNTS | counts).items()}
    return table(*hide, counts=near, **other)


def test_rounding_covers_a_restatement(tmp_path: Path) -> None:
    now = rounded({"white": 403, "asian": 63}, "other", "mixed")
    assert attack(tmp_path, now, rounded({}, "other", "mixed")).is_safe


def test_rounding_covers_a_restatement_next_to_the_threshold(tmp_path: Path) -> None:
    """From 10 to 15: that neither is below the threshold narrows both, and the policy takes rounding for enough."""
    before, now = rounded({"asian": 12}, "other", "mixed"), rounded({"asian": 13, "white": 405}, "other", "mixed")
    assert attack(tmp_path, now, before).is_safe


def test_a_rounded_count_that_was_shown_before_is_found_where_it_is_hidden_now(tmp_path: Path) -> None:
    report = attack(tmp_path, rounded({}, "other", "mixed"), rounded({}, "other", "unknown"))
    assert ("mixed", 38, 42, "differencing") in found(report)


def test_another_date_is_another_truth(tmp_path: Path) -> None:
    before = table("other", "unknown", as_at_date="2024-03-31")
    now = [*before, *table("other", "mixed", counts={"white": 401})]
    report = attack(tmp_path, now, before)
    assert report.is_safe, report.narrow


def places(unit: str) -> Row:
    return {"organisation_unit": unit, "organisation_unit_level": "directorate", "organisation_unit_parent": "trust"}


def test_what_did_not_change_stays_known_where_something_else_was_restated(tmp_path: Path) -> None:
    """South was restated by ten; North's own counts and total stand as they were, so its old counts still tell."""
    before = table("other", "unknown", **places("North")) + table("other", "mixed", **places("South"))
    now = table("other", "mixed", **places("North"))
    now += table("other", "mixed", counts={"white": 410}, **places("South"))
    cells = {
        (cell.organisation_unit, cell.group, cell.lowest, cell.how) for cell in attack(tmp_path, now, before).narrow
    }
    assert cells == {("North", "mixed", 40, "differencing"), ("North", "other", 6, "differencing")}


def test_a_table_that_was_restated_out_of_sight_does_not_stop_the_attack(tmp_path: Path) -> None:
    """Every count that both show is the same, but no one table fits both: a hidden count moved."""
    before = table("other", "unknown")
    before[3] |= {"numerator": 95, "value": None}
    report = attack(tmp_path, table("other", "mixed", "unknown"), before)
    assert report.is_safe, report.narrow
    assert report.report["parts_restated_unseen"] == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_hidings_of_several_releases_are_taken_together(tmp_path: Path, order: tuple[int, int]) -> None:
    """Each alone is safe; together they leave one hidden count, which is the rest."""
    now = table("other", "mixed", "unknown", "black")
    earlier = [table("other", "mixed", "black"), table("other", "unknown", "black")]
    report = attack(tmp_path, now, *(earlier[number] for number in order))
    assert {("mixed", 40, 40, "differencing"), ("unknown", 30, 30, "differencing")} <= found(report)


def test_what_only_earlier_files_gave_away_holds_no_new_release_back(tmp_path: Path) -> None:
    """Nothing that is withheld now could mend it, so it is counted and no more."""
    before = table("other", as_at_date="2020-03-31")
    report = attack(tmp_path, table("other", "mixed"), before)
    assert report.is_safe, report.narrow
    assert report.report["known_before"] == 1


def test_an_earlier_file_that_is_gone_stops_the_attack(tmp_path: Path) -> None:
    path = write(tmp_path / "open.duckdb", table("other", "mixed"), groups=ETHNICITY)
    with pytest.raises(FileNotFoundError, match=r"gone\.duckdb"):
        audit(path, [tmp_path / "gone.duckdb"])
