"""Whatever is dropped ends as loaded, rejected by row, refused or waiting, within bounds of memory and time."""

from __future__ import annotations

import os
import subprocess
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.configure import Settings
from flows.home import Home
from flows.ingest import IngestResult, ingest
from flows.ingest.define import read_landing
from flows.ingest.find import Dropped
from flows.ingest.keep import copy_aside, sha256_of
from flows.ingest.refuse import NotNow
from soak import Options, inflate
from soak.fuzz import run
from soak.weigh import weigh
from tests.ingest.conftest import staff_row, write_text, write_workbook
from tests.small_trust import headings, staff_list

LANDING = read_landing()
SMALL = 500_000_000
"""Bytes: what a process takes that refuses a file before it is read, libraries and database included."""


@pytest.fixture
def take(settings: Settings, home: Home) -> Callable[[], IngestResult]:
    return lambda: ingest(settings, home, say=lambda line: None)


def test_a_hundred_spoilt_files_keep_every_promise() -> None:
    """The short form of `python -m soak fuzz`; a broken promise names the seed and number that show it again."""
    figures = run(Options(count=120, seed=20250331))
    assert figures[0].startswith("120 inputs")


@pytest.mark.parametrize(
    ("make", "size", "said"),
    [
        (inflate.long_field, 200, "more than 131,072 characters"),
        (inflate.quoted_field, 50, "more than 131,072 characters"),
        (inflate.many_columns, 1_000_000, "more than 131,072 characters"),
        (inflate.many_columns, 3_000, "more than the 500 that are read"),
        (inflate.plain_bomb, 1_100, "unpacks to more than the 1,000 MB"),
        (inflate.lying_bomb, 300, "is damaged"),
        (inflate.shared_text, 400_000, "more than the 500,000,000 characters"),
        (inflate.one_sheet_many_times, 150, "one and the same"),
    ],
)
def test_what_no_report_is_ever_is_refused_within_bounds(
    tmp_path: Path, make: Callable[..., Path], size: int, said: str
) -> None:
    weight = weigh(make(tmp_path, LANDING, size))
    assert weight.outcome == "refused"
    assert said in weight.reason
    assert weight.memory < (SMALL if make is not inflate.one_sheet_many_times else 2 * SMALL)


def test_rows_as_long_as_a_record_may_be_are_rejected_without_being_held_all_at_once(tmp_path: Path) -> None:
    weight = weigh(inflate.full_records(tmp_path, LANDING, 1_000))
    assert (weight.outcome, weight.rows_loaded, weight.rows_rejected) == ("loaded", 1, 1_000)
    assert weight.memory < LANDING.limits["file_most_memory_bytes"]


def test_a_file_of_terabytes_is_refused_before_it_is_copied(home: Home, take: Callable[[], IngestResult]) -> None:
    path = staff_list(home.landing, "2025-03-31", [{}])
    os.truncate(path, 3_000_000_000_000)
    load = take().new[0]
    assert load.outcome == "refused"
    assert "more than the 2,000 MB" in (load.reason or "")
    assert not list(home.copies.iterdir())


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_a_pipe_or_folder_named_as_a_file_is_refused_and_holds_no_later_night(
    home: Home, take: Callable[[], IngestResult], make: Callable[[Path], None]
) -> None:
    path = home.landing / "esr_staff_list/esr_staff_list_2025-03-31.csv"
    make(path)
    assert [load.outcome for load in take().new] == ["refused"]
    path.chmod(0o640)
    result = within(10, take)
    assert all(load.outcome == "refused" for load in result.new)
    assert [one.name for one in result.findings] == ["file_refused"]


def test_a_pipe_that_took_the_place_of_a_file_holds_nobody(home: Home) -> None:
    path = staff_list(home.landing, "2025-03-31", [{}])
    seen = Dropped.at(path, home.landing)
    path.unlink()
    os.mkfifo(path)
    assert within(10, lambda: sha256_of(seen)) is None
    with pytest.raises(NotNow, match="no ordinary file"):
        within(10, lambda: copy_aside(seen, home))


def test_a_tree_of_folders_deeper_than_the_walk_can_go_stops_no_night(
    home: Home, take: Callable[[], IngestResult]
) -> None:
    staff_list(home.landing, "2025-03-31", [{}])
    steps = "d/" * 300
    for _ in range(5):  # a path of more than 4,096 bytes is no path, so the tree is built from its foot
        (home.landing / "above").mkdir()
        if (home.landing / "d").exists():
            (home.landing / "above" / steps).mkdir(parents=True)
            (home.landing / "d").rename(home.landing / "above" / steps / "d")
            (home.landing / "above" / "d").rename(home.landing / "d")
        else:
            (home.landing / steps).mkdir(parents=True)
        (home.landing / "above").rmdir()
    result = take()
    assert [load.outcome for load in result.new] == ["loaded"]
    assert any("too many other folders" in one.sentence for one in result.findings)
    assert any("too many other folders" in one for one in result.waiting)
    subprocess.run(["rm", "-rf", home.landing / "d"], check=True)  # Python's own removal is the next to fail


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("staff_survey/staff_survey_breakdown_0000.csv", "from before 2000"),
        ("esr_staff_list/esr_staff_list_0001-01-01.csv", "from before 2000"),
        ("esr_staff_list/esr_staff_list_2025-02-30.csv", "no date of the calendar"),
        ("esr_staff_list/esr_staff_list_２０２５-03-31.csv", "none that the folder"),
        ("esr_staff_list/eſr_staff_list_2025-03-31.csv", "none that the folder"),
    ],
)
def test_a_date_that_no_report_has_is_refused(
    home: Home, take: Callable[[], IngestResult], name: str, said: str
) -> None:
    write_text(home.landing / name, "x\n")
    load = take().new[0]
    assert load.outcome == "refused"
    assert said in (load.reason or "")


def test_words_that_the_database_takes_for_dates_reject_their_row(home: Home, take: Callable[[], IngestResult]) -> None:
    words = ("infinity", "-infinity", "epoch", "today", "now")
    staff_list(home.landing, "2025-03-31", [{}, *({"Date Of Birth": word} for word in words)])
    load = take().new[0]
    assert (load.rows_loaded, load.rows_rejected) == (1, len(words))


def test_a_row_with_bytes_that_were_lost_is_rejected_with_all_that_is_left(
    home: Home, take: Callable[[], IngestResult]
) -> None:
    path = staff_list(home.landing, "2025-03-31", [{}, {"Org L5": "Cam\0\0den"}, {"Org L5": "a,b", "FTE": "\0"}])
    assert b"\0" in path.read_bytes()
    load = take().new[0]
    assert (load.rows_loaded, load.rows_rejected) == (1, 2)
    assert "NUL" in load.rejections[0].reason


def cells_with(value: Any) -> list[list[Any]]:
    return [[*headings("esr_staff_list")], [*staff_row().values()], [*staff_row(Ethnic_Origin=value).values()]]


@pytest.mark.parametrize("what", ["error", "never computed", "computed", "empty text"])
def test_an_excel_error_is_no_blank_and_a_formula_is_what_it_came_to(
    home: Home, take: Callable[[], IngestResult], what: str
) -> None:
    """The reader of workbooks gives a blank for each: a person would have lost their ethnicity without a word."""
    path = write_workbook(home.landing / "esr_staff_list/esr_staff_list_2025-03-31.xlsx", {"L": cells_with("MARKED")})
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    place = sheet.rindex(b"<c ", 0, sheet.index(b"</row>", sheet.index(b'<row r="3"')))
    column = headings("esr_staff_list").index("Ethnic Origin")
    letters = chr(65 + column).encode()
    begin = sheet.index(b'<c r="%s3"' % letters)
    end = sheet.index(b"</c>", begin) + 4
    assert begin <= place
    becomes = {
        "error": b'<c r="%s3" t="e"><f>VLOOKUP(1,A1,1)</f><v>#N/A</v></c>',
        "never computed": b'<c r="%s3"><f>A1</f></c>',
        "computed": b'<c r="%s3" t="str"><f>A1</f><v>A White - British</v></c>',
        "empty text": b'<c r="%s3" t="str"><f>A1</f><v></v></c>',
    }[what]
    parts["xl/worksheets/sheet1.xml"] = sheet[:begin] + becomes % letters + sheet[end:]
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    load = take().new[0]
    assert load.rows_loaded == 2
    assert ("Excel error such as #N/A" in (load.reason or "")) == (what in ("error", "never computed"))
    with duckdb.connect(str(home.warehouse)) as con:
        found = con.execute("select ethnic_origin from raw.esr_staff_list where file_line = 3").fetchall()
    read = {"error": "#N/A", "never computed": "#FORMULA!", "computed": "A White - British", "empty text": None}
    assert found == [(read[what],)]


def test_a_rejects_report_holds_no_formula(home: Home, take: Callable[[], IngestResult]) -> None:
    formula = "=HYPERLINK(1)"
    people = [{}, {"FTE": "x", "Org L5": formula, "Position Title": "@SUM(A1)", "Annual Salary": "-5"}]
    staff_list(home.landing, "2025-03-31", people)
    take()
    kept = next(home.quarantine.iterdir()).read_text(encoding="utf-8")
    assert f",'{formula}," in kept and ",'@SUM(A1)," in kept
    assert f",{formula}" not in kept


def test_more_memory_than_the_database_may_have_leaves_the_file_for_a_person(
    home: Home, take: Callable[[], IngestResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_much(*_: object, **__: object) -> None:
        raise duckdb.OutOfMemoryException("Ermintrude")

    staff_list(home.landing, "2025-03-31", [{}])
    monkeypatch.setattr("flows.ingest.load.pour", too_much)
    result = take()
    assert result.new == []
    assert "memory_limit = 8GB" in result.waiting[0]
    assert result.findings[0].name == "file_left_waiting"


def within(seconds: float, work: Callable[[], Any]) -> Any:
    """What the work gives, or the error that it raises; a test that waits for ever fails instead."""
    found: list[Any] = []

    def worked() -> None:
        try:
            found.append(work())
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=worked, daemon=True)
    thread.start()
    thread.join(seconds)
    assert found, "it waits for ever"
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]
