"""Rules of signing off: what is signed stays, what changes is restated with a reason, a damaged ledger is none."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import duckdb
import pytest

from flows.approve import ApprovalError, approve, preview
from flows.configure import Settings
from flows.freeze import (
    LedgerDamaged,
    append_approval,
    ledger_hash,
    ledger_path,
    pour_approvals,
    read_approvals,
)
from flows.home import Home
from flows.point import ReleaseError
from flows.query import QueryError
from tests.approve.conftest import SHARE, WHITE, Release

NAME = "A. Nyberg"


def test_what_is_signed_is_frozen_with_who_when_release_and_definition(
    settings: Settings, home: Home, released: Release
) -> None:
    released("r1")
    signing = approve(settings, home, "WRES", "2024-25", NAME)
    (kept,) = read_approvals(home)
    assert kept == signing.approval
    assert (kept.approved_by, kept.release_id, kept.content_hash) == (NAME, "r1", "hash of r1")
    assert (kept.framework_key, kept.reporting_year, kept.approval_number) == ("wres", "2024/25", 1)
    share = next(one for one in kept.figures if one["group_key"] == "ethnic_minority")
    assert (share["value"], share["numerator"], share["denominator"]) == (0.246, "2042", "8300")
    assert (share["definition_version"], share["is_restated"]) == ("1", False)
    assert signing.not_there == ["wres_2"], "what the year lacks is told"
    assert stat.S_IMODE(ledger_path(home).stat().st_mode) == 0o600


def test_the_same_values_again_are_nothing_to_do(settings: Settings, home: Home, released: Release) -> None:
    released("r1")
    approve(settings, home, "wres", "2024/25", NAME)
    before = ledger_path(home).read_bytes()
    released("r2", [SHARE | {"value": 0.246 + 1e-15}, WHITE])
    again = approve(settings, home, "wres", "2024/25", "Somebody else")
    assert again.is_nothing_to_do
    assert again.unchanged_count == 2
    assert ledger_path(home).read_bytes() == before, "a digit that no build settles is no change"


def test_a_changed_value_needs_a_restatement_with_a_reason_and_overwrites_nothing(
    settings: Settings, home: Home, released: Release
) -> None:
    released("r1")
    approve(settings, home, "wres", "2024/25", NAME)
    first = ledger_path(home).read_bytes()
    released("r2", [SHARE | {"value": 0.25, "numerator": 2075}, WHITE])
    with pytest.raises(ApprovalError, match=r"0\.246 \(2042 of 8300\) is now 0\.25 \(2075 of 8300\).*--restate"):
        approve(settings, home, "wres", "2024/25", NAME)
    with pytest.raises(ApprovalError, match="needs its reason"):
        approve(settings, home, "wres", "2024/25", NAME, restate=True, reason=" ")
    assert ledger_path(home).read_bytes() == first
    approve(settings, home, "wres", "2024/25", NAME, restate=True, reason="late leavers")
    assert ledger_path(home).read_bytes().startswith(first), "the first record stays as it was"
    restated = read_approvals(home)[1]
    assert restated.reason == "late leavers"
    assert [(one["group_key"], one["numerator"], one["is_restated"]) for one in restated.figures] == [
        ("ethnic_minority", "2075", True)
    ]


def test_another_count_with_the_same_value_is_a_change(settings: Settings, home: Home, released: Release) -> None:
    released("r1")
    approve(settings, home, "wres", "2024/25", NAME)
    released("r2", [SHARE | {"numerator": 4084, "denominator": 16600}, WHITE])
    assert len(preview(settings, home, "wres", "2024/25").changed) == 1


def test_a_new_definition_is_a_change(settings: Settings, home: Home, released: Release) -> None:
    released("r1")
    approve(settings, home, "wres", "2024/25", NAME)
    released("r2", [SHARE | {"definition_version": "2"}, WHITE])
    assert len(preview(settings, home, "wres", "2024/25").changed) == 1


def test_a_figure_that_is_gone_is_withdrawn_by_a_restatement(settings: Settings, home: Home, released: Release) -> None:
    released("r1")
    approve(settings, home, "wres", "2024/25", NAME)
    released("r2", [SHARE])
    with pytest.raises(ApprovalError, match="no longer computed"):
        approve(settings, home, "wres", "2024/25", NAME)
    approve(settings, home, "wres", "2024/25", NAME, restate=True, reason="white is not published any more")
    (gone,) = read_approvals(home)[1].figures
    assert (gone["group_key"], gone["value"], gone["definition_version"]) == ("white", None, None)
    assert approve(settings, home, "wres", "2024/25", NAME).is_nothing_to_do


def test_a_figure_that_came_later_is_signed_without_touching_the_others(
    settings: Settings, home: Home, released: Release
) -> None:
    released("r1", [SHARE])
    approve(settings, home, "wres", "2024/25", NAME)
    released("r2")
    approve(settings, home, "wres", "2024/25", NAME)
    assert [one["group_key"] for one in read_approvals(home)[1].figures] == ["white"]


def test_a_preview_writes_nothing(settings: Settings, home: Home, released: Release) -> None:
    released("r1")
    assert len(preview(settings, home, "wres", "2024/25").new) == 2
    assert not ledger_path(home).exists()


def test_without_a_release_there_is_nothing_to_sign(settings: Settings, home: Home) -> None:
    with pytest.raises(QueryError, match="Nothing is published yet"):
        approve(settings, home, "wres", "2024/25", NAME)


@pytest.mark.parametrize(
    ("framework", "year", "said"),
    [
        ("wrse", "2024/25", "Did you mean wres"),
        ("wres", "2019/20", "There are figures of 2024/25"),
        ("wres", "last", "A year is written as 2024/25"),
        ("pay gap", "2024/25", "no figure of pay_gap that can be signed off"),
    ],
)
def test_what_is_not_there_is_named_beside_what_is(
    framework: str, year: str, said: str, *, settings: Settings, home: Home, released: Release
) -> None:
    released("r1")
    with pytest.raises(ApprovalError, match=said):
        approve(settings, home, framework, year, NAME)


def test_what_could_not_be_computed_is_not_signed(settings: Settings, home: Home, released: Release) -> None:
    released("r1", [SHARE | {"value": None, "not_computed_because": "Nobody is in the base."}])
    with pytest.raises(ApprovalError, match="Nobody is in the base"):
        approve(settings, home, "wres", "2024/25", NAME)


def test_nobody_signs_without_a_name(settings: Settings, home: Home, released: Release) -> None:
    released("r1")
    with pytest.raises(ApprovalError, match="Who signs"):
        approve(settings, home, "wres", "2024/25", "  ")


def test_a_release_that_was_changed_is_not_signed(settings: Settings, home: Home, released: Release) -> None:
    marts = released("r1") / "restricted" / "marts.duckdb"
    with duckdb.connect(str(marts)) as con:
        con.execute("update marts.marts.figure_status set value = 0.5")
    with pytest.raises(ReleaseError, match="changed"):
        approve(settings, home, "wres", "2024/25", NAME)
    assert not ledger_path(home).exists()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text.replace('"2042"', '"2043"', 1), "line 1 is not as it was written"),
        (lambda text: text.split("\n", 1)[1], "line 1 is not as it was written, or a line before it is gone"),
        (lambda text: "{" + text, "line 1 cannot be read"),
        (lambda text: "\n" + text, "line 1 cannot be read"),
    ],
    ids=["a changed count", "a line taken out", "a torn line", "an empty line"],
)
def test_a_damaged_ledger_is_told_with_its_line_and_gets_no_more_lines(
    damage: object, said: str, settings: Settings, home: Home, released: Release
) -> None:
    released("r1")
    approve(settings, home, "wres", "2024/25", NAME)
    released("r2", [SHARE | {"value": 0.25}, WHITE])
    approve(settings, home, "wres", "2024/25", NAME, restate=True, reason="late leavers")
    path = ledger_path(home)
    assert callable(damage)
    path.write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(LedgerDamaged, match=said):
        read_approvals(home)
    with pytest.raises(LedgerDamaged, match="bring it back from a backup"):
        approve(settings, home, "wres", "2024/25", NAME)
    with duckdb.connect() as con, pytest.raises(LedgerDamaged):
        pour_approvals(con, home)


def test_a_line_that_a_dying_process_left_half_was_never_signed(
    settings: Settings, home: Home, released: Release
) -> None:
    released("r1")
    approval = approve(settings, home, "wres", "2024/25", NAME).approval
    with ledger_path(home).open("a", encoding="utf-8") as handle:
        handle.write('{"approval_number": 2, "appro')
    assert read_approvals(home) == [approval]
    assert approval is not None
    append_approval(home, approval)
    assert len(read_approvals(home)) == 2, "the next one stands on a line of its own"


def test_the_warehouse_holds_what_the_ledger_holds_and_no_more(
    settings: Settings, home: Home, released: Release
) -> None:
    released("r1")
    with duckdb.connect() as con:
        pour_approvals(con, home)
        assert con.execute("select count(*) from raw.approved_figures").fetchone() == (0,)
        approve(settings, home, "wres", "2024/25", NAME)
        pour_approvals(con, home)
        pour_approvals(con, home)
        assert con.execute(
            "select approval_number, approved_by, group_key, value, numerator, is_restated, "
            "cast(as_at_date as varchar) from raw.approved_figures order by group_key"
        ).fetchall() == [
            (1, NAME, "ethnic_minority", 0.246, 2042, False, "2025-03-31"),
            (1, NAME, "white", 0.688, 5712, False, "2025-03-31"),
        ]


def test_the_hash_of_the_ledger_changes_with_every_approval(settings: Settings, home: Home, released: Release) -> None:
    released("r1", [SHARE])
    assert ledger_hash(home) is None
    approve(settings, home, "wres", "2024/25", NAME)
    first = ledger_hash(home)
    released("r2")
    approve(settings, home, "wres", "2024/25", NAME)
    assert None not in (first, ledger_hash(home))
    assert first != ledger_hash(home)


def test_a_backup_holds_the_ledger(settings: Settings, home: Home, released: Release, tmp_path: Path) -> None:
    from flows.backup import backup, restore

    released("r1")
    approve(settings, home, "wres", "2024/25", NAME)
    written = backup(settings, home, tmp_path / "backup.tar")
    restore(settings, written.path, tmp_path / "restored")
    restored = Home(tmp_path / "restored")
    assert read_approvals(restored) == read_approvals(home)
    assert json.loads(ledger_path(restored).read_text(encoding="utf-8"))["approved_by"] == NAME
