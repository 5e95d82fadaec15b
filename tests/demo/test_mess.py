"""A messy trust carries each defect that its list of plants names, and nothing that moves a published figure."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from demo import Made, make
from demo.mess import ALIASES, UNKNOWN_ORIGIN, UNKNOWN_PAY_SCALE

STAFF, MONTHS = 900, 14


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return tmp_path_factory.mktemp("clean"), tmp_path_factory.mktemp("messy")


@pytest.fixture(scope="module")
def messy(folders: tuple[Path, Path]) -> Made:
    make(folders[0], staff=STAFF, months=MONTHS)
    return make(folders[1], staff=STAFF, months=MONTHS, messy=True)


def table(path: Path, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(encoding), newline="")))


def where(messy: Made, folder: Path, defect: str) -> list[Path]:
    """The files that carry a defect; the plant says that it touched some rows of each."""
    plants = [plant for plant in messy.planted if plant.defect == defect]
    assert plants and all(plant.rows > 0 for plant in plants), defect
    return [folder / plant.file for plant in plants]


def clean(folders: tuple[Path, Path], path: Path) -> list[dict[str, str]]:
    return table((folders[0] / path.relative_to(folders[1])).with_suffix(".csv"))


def test_all_plants_are_in_files_that_exist(messy: Made, folders: tuple[Path, Path]) -> None:
    assert all((folders[1] / plant.file).is_file() for plant in messy.planted)
    assert sorted(path for path in folders[1].rglob("*") if path.is_file()) == sorted(messy.files)


def test_byte_order_mark_and_windows_1252(messy: Made, folders: tuple[Path, Path]) -> None:
    assert all(path.read_bytes().startswith(b"\xef\xbb\xbf") for path in where(messy, folders[1], "byte_order_mark"))
    for path in where(messy, folders[1], "windows_1252"):
        with pytest.raises(UnicodeDecodeError):
            path.read_bytes().decode("utf-8")
        assert "é" in path.read_bytes().decode("cp1252")


def test_unknown_codes_stand_where_ten_rows_or_more_have_them(messy: Made, folders: tuple[Path, Path]) -> None:
    (path,) = where(messy, folders[1], "unknown_pay_scale")
    rows = table(path)
    scales, origins = (Counter(row[name].strip() for row in rows) for name in ("Pay Scale", "Ethnic Origin"))
    assert scales[UNKNOWN_PAY_SCALE] >= 10
    assert origins[UNKNOWN_ORIGIN] >= 10
    assert 0 < sum(count for text, count in origins.items() if text.startswith("see ")) < 10
    minority = [
        sum(row["Ethnic Origin"].strip()[:1] in tuple("DEFGHJKLMNPRS") for row in found)
        for found in (rows, clean(folders, path))
    ]
    assert minority[0] == minority[1]


def test_padded_texts_float_numbers_newlines_and_repeated_rows(messy: Made, folders: tuple[Path, Path]) -> None:
    path = folders[1] / "esr_staff_list/esr_staff_list_2024-03-31.csv"
    assert path in where(messy, folders[1], "padded_texts")
    rows = table(path)
    assert all(row["Employee Number"].endswith(".0") for row in rows)
    assert any("\n" in row["Position Title"] for row in rows)
    assert len(rows) - len({tuple(row.values()) for row in rows}) == 12

    def told(row: dict[str, str]) -> tuple[str, ...]:
        return tuple(
            row[name].strip() for name in ("Assignment Number", "Org L3", "Gender", "Ethnic Origin", "Pay Scale")
        )

    assert {told(row) for row in rows} == {told(row) for row in clean(folders, path)}


def test_all_four_date_styles(messy: Made, folders: tuple[Path, Path]) -> None:
    (path,) = where(messy, folders[1], "four_date_styles")
    shapes = Counter(
        "".join("9" if c.isdigit() else "A" if c.isalpha() else c for c in row["Date Of Birth"]) for row in table(path)
    )
    assert set(shapes) == {"99-AAA-9999", "99/99/9999", "9999-99-99", "99999"}


def test_unreadable_dates_are_a_few_and_not_of_a_march(messy: Made, folders: tuple[Path, Path]) -> None:
    paths = where(messy, folders[1], "unreadable_dates")
    assert sum(plant.rows for plant in messy.planted if plant.defect == "unreadable_dates") == 7
    assert not [path for path in paths if path.parent.name == "esr_staff_list" and "-03-31" in path.name]


def test_workbook_has_a_blank_column_a_title_and_totals(messy: Made, folders: tuple[Path, Path]) -> None:
    for path in where(messy, folders[1], "workbook"):
        cells = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
        assert {row[0] for row in cells} == {""}
        heading = next(number for number, row in enumerate(cells) if row[1] == "Employee Number")
        assert heading > 3
        assert cells[-1][1] == "Grand Total"
        assert len(cells) - heading - 3 == len(clean(folders, path))
        assert isinstance(cells[heading + 1][1], float)


def test_aliases_and_extra_columns(messy: Made, folders: tuple[Path, Path]) -> None:
    (path,) = where(messy, folders[1], "alias_headings")
    found = list(table(path)[0])
    assert set(ALIASES.values()) <= set(found)
    assert {"Cost Centre", "Subjective Code"} <= set(found)
    assert not set(ALIASES) & set(found)


def test_blank_stands_for_unspecified(messy: Made, folders: tuple[Path, Path]) -> None:
    (path,) = where(messy, folders[1], "blank_for_unspecified")
    blank = [sum(not row["Religious Belief"] for row in rows) for rows in (table(path), clean(folders, path))]
    assert blank[0] > blank[1] == 0


def test_correction_is_whole_and_the_first_version_is_not(messy: Made, folders: tuple[Path, Path]) -> None:
    (path,) = where(messy, folders[1], "correction")
    assert path.stem.endswith("_v2")
    first = path.with_name(path.name.replace("_v2", ""))
    assert len(table(first)) < len(table(path)) == len(clean(folders, first))


def test_cases_and_applications_have_rows_that_no_ratio_counts(messy: Made, folders: tuple[Path, Path]) -> None:
    (path,) = where(messy, folders[1], "unmatched_employee")
    assert "19999999.0" in {row["Employee Number"] for row in table(path)}
    (path,) = where(messy, folders[1], "appointed_without_shortlisting")
    assert sum(row["Shortlisted"] == "N" and row["Appointed"] == "Y" for row in table(path, "cp1252")) == 2
