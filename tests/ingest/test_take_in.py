"""First loads, corrections, the same bytes again, refusals, and files that are not ready."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from flows.configure import Settings
from flows.home import Home
from flows.ingest import IngestResult, current_inputs, ingest
from flows.ingest.define import read_landing
from flows.ingest.find import Dropped, settle
from flows.ingest.keep import copy_aside
from flows.ingest.refuse import NotNow
from flows.ingest.remember import open_warehouse
from tests.ingest.conftest import Rows, staff_row
from tests.small_trust import staff_list, write_csv

Take = Callable[[], IngestResult]
Ask = Callable[[str], Rows]
ONE, TWO, THREE = [{}], [{}, {}], [{}, {}, {}]


def outcomes(result: IngestResult) -> list[str]:
    return [load.outcome for load in result.new]


def touch(path: Path) -> None:
    os.utime(path, ns=(time.time_ns(), time.time_ns() + 1_000_000))


def test_the_load_record_says_all_that_the_contract_promises(home: Home, take: Take, ask: Ask) -> None:
    path = staff_list(home.landing, "2025-03-31", TWO)
    load = take().new[0]
    assert (load.load_id, load.organisation_code, load.dataset) == (1, "XPT", "esr_staff_list")
    assert (load.file_name, load.file_path) == (path.name, f"esr_staff_list/{path.name}")
    assert (load.bytes, len(load.sha256 or ""), str(load.as_at_date), load.version) == (
        path.stat().st_size,
        64,
        "2025-03-31",
        1,
    )
    assert load.started_at <= load.finished_at
    assert ask("select load_id, rows_read, rows_loaded, rows_rejected, outcome, columns_ignored from raw.loads") == [
        (1, 2, 2, 0, "loaded", [])
    ]
    assert ask("select distinct load_id, organisation_code, as_at_date::varchar from raw.esr_staff_list") == [
        (1, "XPT", "2025-03-31")
    ]


def test_an_unchanged_file_is_not_even_read_again(home: Home, take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    staff_list(home.landing, "2025-03-31", ONE)
    take()
    monkeypatch.setattr("flows.ingest.load.copy_aside", lambda *_: pytest.fail("the file was read"))
    again = take()
    assert (again.new, again.findings, again.waiting) == ([], [], [])


def test_the_same_bytes_again_are_seen_once_and_load_nothing_twice(home: Home, take: Take, ask: Ask) -> None:
    path = staff_list(home.landing, "2025-03-31", TWO)
    take()
    touch(path)
    assert outcomes(take()) == ["seen"]
    assert outcomes(take()) == []
    path.rename(path.with_name("esr_staff_list_2025-03-31_v2.csv"))
    assert outcomes(take()) == ["seen"]
    assert ask("select count(*), max(load_id) from raw.esr_staff_list") == [(2, 1)]


def test_new_bytes_under_the_same_name_are_a_correction_and_the_old_load_stays(
    home: Home, take: Take, ask: Ask
) -> None:
    staff_list(home.landing, "2025-03-31", ONE)
    take()
    staff_list(home.landing, "2025-03-31", TWO)
    result = take()
    assert outcomes(result) == ["correction"]
    assert result.new[0].supersedes_load_id == 1
    assert [finding.kind for finding in result.findings] == ["restated"]
    assert ask("select load_id, count(*) from raw.esr_staff_list group by all order by all") == [(1, 1), (2, 2)]


def test_a_higher_version_is_a_correction_and_may_have_another_ending(home: Home, take: Take) -> None:
    staff_list(home.landing, "2025-03-31", ONE)
    staff_list(home.landing, "2025-03-31", THREE, version=3)
    staff_list(home.landing, "2025-03-31", TWO, version=2)
    result = take()
    assert [(load.outcome, load.version, load.supersedes_load_id) for load in result.new] == [
        ("loaded", 1, None),
        ("correction", 2, 1),
        ("correction", 3, 2),
    ]


def test_another_name_for_a_loaded_date_is_refused_and_told_its_right_name(
    home: Home, take: Take, settings: Settings
) -> None:
    staff_list(home.landing, "2025-03-31", ONE)
    take()
    other = staff_list(home.landing, "2025-03-31", TWO)
    other.rename(other.with_name("ESR_Staff_List_2025-03-31.csv"))
    result = take()
    assert outcomes(result) == ["refused"]
    assert "name it ESR_Staff_List_2025-03-31_v2.csv" in (result.new[0].reason or "")
    with open_warehouse(settings, home) as con:
        assert [one["load_id"] for one in current_inputs(con)] == [1]


def test_a_lower_version_than_the_current_one_is_refused(home: Home, take: Take) -> None:
    staff_list(home.landing, "2025-03-31", ONE, version=2)
    take()
    staff_list(home.landing, "2025-03-31", TWO)
    assert "name it esr_staff_list_2025-03-31_v3.csv" in (take().new[0].reason or "")


def test_an_old_version_that_is_touched_is_seen_and_not_taken_for_a_correction(home: Home, take: Take) -> None:
    first = staff_list(home.landing, "2025-03-31", ONE)
    staff_list(home.landing, "2025-03-31", TWO, version=2)
    take()
    touch(first)
    assert outcomes(take()) == ["seen"]


def test_going_back_to_the_first_bytes_is_a_correction_too(home: Home, take: Take, ask: Ask) -> None:
    for people in (ONE, TWO, ONE):
        staff_list(home.landing, "2025-03-31", people)
        take()
    assert ask("select outcome, supersedes_load_id from raw.loads order by load_id") == [
        ("loaded", None),
        ("correction", 1),
        ("correction", 2),
    ]


def test_current_inputs_are_the_last_accepted_loads(home: Home, take: Take, settings: Settings) -> None:
    staff_list(home.landing, "2024-03-31", ONE)
    staff_list(home.landing, "2025-03-31", ONE)
    take()
    staff_list(home.landing, "2024-03-31", TWO)
    take()
    with open_warehouse(settings, home) as con:
        inputs = current_inputs(con)
    assert [(one["as_at_date"], one["load_id"]) for one in inputs] == [("2024-03-31", 3), ("2025-03-31", 2)]


def test_the_bytes_of_another_date_are_loaded_and_told(home: Home, take: Take) -> None:
    staff_list(home.landing, "2024-03-31", ONE)
    staff_list(home.landing, "2025-03-31", ONE)
    assert [finding.name for finding in take().findings] == ["same_bytes_as_another_date"]


@pytest.mark.parametrize(
    ("relative", "said"),
    [
        ("x.csv", "Files are not taken from the landing folder itself"),
        (
            "payroll/pay_2025-03-31.csv",
            "Files are not taken from that folder. Move it into one of: esr_staff_list",
        ),
        (
            "esr_staff_list/2025/esr_staff_list_2025-03-31.csv",
            "Files are not taken from that folder",
        ),
        ("esr_staff_list/staff.csv", "Name it like esr_staff_list_2025-03-31.csv"),
        ("esr_staff_list/esr_staff_list_31-03-2025.csv", "Name it like esr_staff_list_2025-03-31.csv"),
        ("esr_staff_list/esr_staff_list_2025-02-30.csv", "no date of the calendar"),
        ("esr_staff_list/esr_staff_list_2025-03-31.pdf", "Name it like"),
        ("pay/pays_2025-03-31.csv", "pay_2025-03-31.csv or esr_bi_gender_pay_gap_2025-03-31.xlsx"),
        ("staff_survey/nss24_organisational_results.csv", "Name it like"),
    ],
)
def test_a_file_that_nobody_knows_is_refused_stays_and_is_told_each_night(
    home: Home, take: Take, relative: str, said: str
) -> None:
    path = write_csv(home.landing / relative, "esr_staff_list", [staff_row()])
    first = take()
    assert outcomes(first) == ["refused"]
    assert said in (first.new[0].reason or "")
    assert path.exists()
    again = take()
    assert again.new == []
    assert [finding.key for finding in again.findings] == [finding.key for finding in first.findings]


def test_a_refused_file_is_tried_again_only_when_its_bytes_change(
    home: Home, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = staff_list(home.landing, "2025-03-31", [{"FTE": "x"}])
    assert outcomes(take()) == ["refused"]
    touch(path)
    with monkeypatch.context() as patch:
        patch.setattr("flows.ingest.load.pour", lambda *_, **__: pytest.fail("it was parsed again"))
        assert outcomes(take()) == ["refused"]
    staff_list(home.landing, "2025-03-31", [{"FTE": "1"}])
    assert outcomes(take()) == ["loaded"]


def test_a_refused_file_is_tried_again_when_the_landing_contract_changes(
    home: Home, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever adds the missing alias need not touch the file."""
    path = staff_list(home.landing, "2025-03-31", ONE)
    path.write_text(path.read_text(encoding="utf-8").replace("Pay Scale", "Payband"), encoding="utf-8")
    assert outcomes(take()) == ["refused"]
    landing = read_landing()
    staff = landing.datasets[0]
    columns = tuple(
        dataclasses.replace(column, aliases=column.aliases | {"payband"}) if column.name == "pay_scale" else column
        for column in staff.columns
    )
    datasets = (dataclasses.replace(staff, columns=columns), *landing.datasets[1:])
    changed = dataclasses.replace(landing, datasets=datasets, fingerprint="another")
    monkeypatch.setattr("flows.ingest.read_landing", lambda: changed)
    assert outcomes(take()) == ["loaded"]


def test_another_trusts_file_is_refused_whole_and_not_told_by_its_code(home: Home, take: Take, ask: Ask) -> None:
    staff_list(home.landing, "2025-03-31", [{"Employer": "XPT"}, {"Employer": ""}, {"Employer": "RXX"}])
    load = take().new[0]
    assert load.outcome == "refused"
    assert (load.reason or "").startswith("1 rows name another employer than XPT")
    assert "RXX" not in (load.reason or "")
    assert ask("select count(*) from raw.esr_staff_list") == [(0,)]


def test_the_trusts_own_vpd_number_is_accepted_once_it_is_configured(home: Home, settings: Settings) -> None:
    staff_list(home.landing, "2025-03-31", [{"Employer": "277"}, {"Employer": "277.0"}, {}])
    refused = ingest(settings, home, say=lambda line: None).new[0]
    assert (
        "vpd_number" not in (refused.reason or "") and refused.outcome == "refused"
    ) or "vpd_number" in refused.reason
    organisation = settings.organisation.model_copy(update={"vpd_number": "277"})
    ours = settings.model_copy(update={"organisation": organisation})
    assert ingest(ours, home, say=lambda line: None).new[0].outcome == "loaded"


@pytest.mark.parametrize(
    "name", ["~$esr_staff_list_2025-03-31.xlsx", "a.csv.part", "a.tmp", "a.csv.filepart", "a.crdownload", ".a.csv.x7Gh"]
)
def test_names_of_unfinished_files_wait(home: Home, take: Take, name: str) -> None:
    folder = home.landing / "esr_staff_list"
    (folder / name).write_text("half", encoding="utf-8")
    (folder / "Thumbs.db").write_text("no data", encoding="utf-8")
    result = take()
    assert (result.new, result.findings, result.waiting) == (
        [],
        [],
        ["A file in esr_staff_list: It is still being written."],
    )


def test_a_file_that_grows_while_it_settles_waits_for_the_next_run(
    home: Home, settings: Settings, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = staff_list(home.landing, "2025-03-31", ONE)
    still = staff_list(home.landing, "2024-03-31", TWO)
    patient = settings.model_copy(update={"ingest": settings.ingest.model_copy(update={"settle_seconds": 60})})

    def grow(seconds: float) -> None:
        assert seconds == 60
        with path.open("a", encoding="utf-8") as handle:
            handle.write("more")

    monkeypatch.setattr("flows.ingest.settle", partial(settle, sleep=grow))
    result = ingest(patient, home, say=lambda line: None)
    assert result.waiting == [f"esr_staff_list/{path.name}: It is still being written."]
    assert [load.file_name for load in result.new] == [still.name]
    assert take().new[0].file_name == path.name


def test_watching_tells_the_files_that_moved_from_those_that_stood(home: Home) -> None:
    files = [Dropped.at(staff_list(home.landing, date, ONE), home.landing) for date in ("2024-03-31", "2025-03-31")]
    settled, moving = settle(files, 60, sleep=lambda _: touch(files[1].path))
    assert (settled, moving) == (files[:1], [files[1].relative])


def test_nobody_waits_for_files_that_have_long_settled(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x", encoding="utf-8")
    file = Dropped.at(tmp_path / "a.csv", tmp_path)
    later = file.changed_ns + 10_000_000_000
    settled, moving = settle([file], 5, sleep=lambda _: pytest.fail("it slept"), now_ns=lambda: later)
    assert (settled, moving) == ([file], [])


def test_a_file_that_changes_while_it_is_copied_is_left_and_no_copy_of_it_stays(home: Home) -> None:
    path = staff_list(home.landing, "2025-03-31", ONE)
    file = Dropped.at(path, home.landing)
    path.write_text("more", encoding="utf-8")
    with pytest.raises(NotNow):
        copy_aside(file, home)
    assert not list(home.copies.iterdir())


def test_a_link_is_refused_and_not_followed(home: Home, take: Take, tmp_path: Path) -> None:
    outside = staff_list(tmp_path / "elsewhere", "2025-03-31", ONE)
    folder = home.landing / "esr_staff_list"
    (folder / outside.name).symlink_to(outside)
    assert outcomes(take()) == ["refused"]
    assert outcomes(take()) == []
    assert not list(home.copies.iterdir())


def test_a_file_that_is_swapped_for_a_link_before_it_is_read_is_not_followed(home: Home, tmp_path: Path) -> None:
    path = staff_list(home.landing, "2025-03-31", ONE)
    file = Dropped.at(path, home.landing)
    path.rename(tmp_path / "elsewhere.csv")
    path.symlink_to(tmp_path / "elsewhere.csv")
    with pytest.raises(NotNow, match="cannot be read"):
        copy_aside(file, home)


def test_too_little_room_on_the_disk_leaves_the_file_and_says_so(
    home: Home, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff_list(home.landing, "2025-03-31", ONE)
    with monkeypatch.context() as patch:
        patch.setattr("flows.ingest.keep.ROOM_FOR_EACH_BYTE", 10**15)
        result = take()
    assert result.new == []
    assert result.waiting[0].startswith("esr_staff_list/esr_staff_list_2025-03-31.csv: Loading it needs")
    assert "Make room" in result.findings[0].sentence
    assert outcomes(take()) == ["loaded"]


def test_a_file_that_may_not_be_read_waits_and_is_loaded_once_it_may(
    home: Home, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff_list(home.landing, "2025-03-31", ONE)
    real_open = os.open

    def forbidden(path: object, *rest: int) -> int:
        if str(path).endswith(".csv"):
            raise PermissionError(13, "Permission denied")
        return real_open(path, *rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr("flows.ingest.keep.os.open", forbidden)
        result = take()
    assert "csv: It cannot be read: Permission denied" in result.waiting[0]
    assert "Permission denied" in result.findings[0].sentence
    assert outcomes(take()) == ["loaded"]


def test_a_file_dated_ahead_waits_for_its_day(home: Home, take: Take) -> None:
    staff_list(home.landing, "2052-03-31", ONE)
    result = take()
    assert result.new == []
    assert result.waiting == ["esr_staff_list/esr_staff_list_2052-03-31.csv: It is dated ahead of 2025-04-05."]
    assert result.findings[0].name == "file_dated_ahead"


def test_a_landing_folder_in_other_capitals_is_known(home: Home, take: Take) -> None:
    (home.landing / "esr_staff_list").rename(home.landing / "ESR_Staff_List")
    path = staff_list(home.root / "elsewhere", "2025-03-31", ONE)
    path.rename(home.landing / "ESR_Staff_List" / path.name)
    assert outcomes(take()) == ["loaded"]


def test_files_are_taken_in_the_order_of_contract_date_and_version(home: Home, take: Take) -> None:
    write_csv(home.landing / "board/board_2024-03-31.csv", "board_members", [BOARD])
    staff_list(home.landing, "2025-03-31", TWO, version=2)
    staff_list(home.landing, "2025-03-31", ONE)
    staff_list(home.landing, "2024-03-31", ONE)
    assert [load.file_name for load in take().new] == [
        "esr_staff_list_2024-03-31.csv",
        "esr_staff_list_2025-03-31.csv",
        "esr_staff_list_2025-03-31_v2.csv",
        "board_2024-03-31.csv",
    ]


def test_only_the_owner_reads_warehouse_copies_ledger_and_quarantine(home: Home, take: Take) -> None:
    staff_list(home.landing, "2025-03-31", [{}, {"FTE": "x"}])
    take()
    private = [home.warehouse, *home.copies.iterdir(), *home.ledger.iterdir(), *home.quarantine.iterdir()]
    assert len(private) >= 4
    assert all(path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600) for path in private)


BOARD = {"Member Reference": "M1", "Voting": "Y", "Executive": "N", "From Date": "01/01/2020"}
