"""A workbook that would take more memory than any machine has is refused before it is opened."""

from __future__ import annotations

import dataclasses
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.configure import Settings
from flows.home import Home
from flows.ingest import IngestResult, check_file
from flows.ingest.define import read_landing
from flows.ingest.measure_workbook import refuse_if_vast
from flows.ingest.refuse import FileRefused
from tests.ingest.conftest import staff_row, write_workbook
from tests.small_trust import headings, staff_list

Take = Callable[[], IngestResult]


def a_table() -> list[list[Any]]:
    return [[*headings("esr_staff_list")], [*staff_row().values()]]


def with_stray_cell(path: Path) -> Path:
    stray = [[None]] * 1_048_575 + [[None] * 16_383 + ["x"]]
    return write_workbook(path, {"List": [*a_table(), *stray[2:]]})


def test_one_stray_cell_at_the_end_of_a_sheet_refuses_the_file_and_the_night_goes_on(
    home: Home, take: Take, settings: Settings
) -> None:
    path = with_stray_cell(home.landing / "esr_staff_list/esr_staff_list_2025-03-31.xlsx")
    staff_list(home.landing, "2024-03-31", [{}])
    assert path.stat().st_size < 20_000
    loads = take().new
    assert [load.outcome for load in loads] == ["loaded", "refused"]
    reason = loads[1].reason or ""
    assert "row 1,048,576 and in column 16,384" in reason
    assert check_file(settings, path).refused == reason


def test_styles_without_a_value_do_not_count(home: Home, take: Take) -> None:
    path = write_workbook(home.landing / "esr_staff_list/esr_staff_list_2025-03-31.xlsx", {"List": a_table()})
    far = b'<row r="1048576"><c r="XFD1048576" s="1"/></row></sheetData>'
    rewrite(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"</sheetData>", far))
    assert take().new[0].outcome == "loaded"


def test_cells_without_a_place_are_counted_on_and_prefixes_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/a.xml", b"<x:row r='9000000'><x:c><x:v>1</x:v></x:c><x:c><x:v>1</x:v></x:c></x:row>")
    with pytest.raises(FileRefused, match="row 9,000,000 and in column 2"):
        refuse_if_vast(path, read_landing())


def test_a_tag_cut_by_the_end_of_a_block_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.ingest.measure_workbook.BLOCK", 7)
    with pytest.raises(FileRefused, match="row 1,048,576 and in column 16,384"):
        refuse_if_vast(with_stray_cell(tmp_path / "a.xlsx"), read_landing())


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", {"List": a_table()})
    landing = read_landing()
    small = dataclasses.replace(landing, limits={**landing.limits, "workbook_most_unpacked_bytes": 1000})
    refuse_if_vast(path, landing)
    with pytest.raises(FileRefused, match="more than the 0 MB"):
        refuse_if_vast(path, small)


def test_the_official_survey_workbook_is_within_the_limits(shared_data: Path) -> None:
    refuse_if_vast(shared_data / "nss24_organisational_results.xlsx", read_landing())


def test_copies_that_no_load_names_are_swept_once_a_load_is_known(home: Home, take: Take) -> None:
    home.prepare()
    orphan = home.copies / f"{'0' * 64}.csv"
    orphan.write_text("x", encoding="utf-8")
    take()
    assert orphan.exists()
    staff_list(home.landing, "2025-03-31", [{}])
    take()
    take()
    assert not orphan.exists()
    assert len(list(home.copies.iterdir())) == 1


def rewrite(path: Path, part: str, change: Callable[[bytes], bytes]) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, change(data) if name == part else data)
