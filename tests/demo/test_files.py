"""The demonstration's files keep to the landing tables, come out the same each time, and scale."""

from __future__ import annotations

import csv
import hashlib
import re
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from demo import Made, make
from demo.write import headings

LANDING_FILES = Path(__file__).resolve().parents[2] / "seeds" / "landing" / "landing_files.csv"
REQUIRED_DATASETS = {
    "esr_staff_list", "recruitment_applications", "employee_relations_cases", "learning_completions",
    "staff_survey_breakdown", "staff_survey_organisation", "pay_assignments", "board_members",
    "freedom_to_speak_up_concerns", "staff_networks_members", "eds_scores", "plan_statements", "plan_actions",
}  # fmt: skip


def dataset_of(path: Path) -> str:
    """The dataset that a file's folder and name say, by the landing table."""
    with LANDING_FILES.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            pattern = re.escape(row["file_name_pattern"])
            for name, form in (("date", r"\d{4}-\d{2}-\d{2}"), ("year", r"\d{4}"), ("yy", r"\d{2}")):
                pattern = pattern.replace(re.escape(f"{{{name}}}"), form)
            if path.parent.name == row["folder"] and re.fullmatch(pattern, path.stem):
                return row["dataset"]
    raise AssertionError(f"{path.parent.name}/{path.name} is no file of the landing table")


def fingerprints(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_source_of_the_landing_table_is_made(made: Made) -> None:
    assert {dataset_of(path) for path in made.files} == REQUIRED_DATASETS


def test_what_is_reported_is_what_lies_there(made: Made, landing: Path) -> None:
    assert sorted(path for path in landing.rglob("*") if path.is_file()) == sorted(made.files)
    assert made.staff == 8300
    assert made.planted == []


def test_headings_are_those_of_the_landing_table(made: Made) -> None:
    for path in made.files:
        if path.suffix == ".csv":
            with path.open(encoding="utf-8", newline="") as handle:
                assert next(csv.reader(handle)) == headings(dataset_of(path)), path.name


def test_required_values_are_never_empty(made: Made) -> None:
    with (LANDING_FILES.with_name("landing_columns.csv")).open(encoding="utf-8", newline="") as handle:
        required = [
            (row["dataset"], row["heading"]) for row in csv.DictReader(handle) if row["is_value_required"] == "true"
        ]
    small = [path for path in made.files if path.suffix == ".csv" and dataset_of(path) != "esr_staff_list"]
    latest = [path for path in made.files if path.name == "esr_staff_list_2025-03-31.csv"]
    for path in [*small, *latest]:
        wanted = [heading for dataset, heading in required if dataset == dataset_of(path)]
        with path.open(encoding="utf-8", newline="") as handle:
            assert not [1 for row in csv.DictReader(handle) for heading in wanted if not row[heading]], path.name


def test_survey_workbook_has_the_official_layout(made: Made, shared_data: Path) -> None:
    ours = CalamineWorkbook.from_path(next(path for path in made.files if path.suffix == ".xlsx"))
    official = CalamineWorkbook.from_path(shared_data / "nss24_organisational_results.xlsx")
    assert ours.sheet_names == official.sheet_names
    for sheet in official.sheet_names[1:]:
        mine = ours.get_sheet_by_name(sheet).to_python(skip_empty_area=False, nrows=5)
        theirs = official.get_sheet_by_name(sheet).to_python(skip_empty_area=False, nrows=5)
        strip = [[str(cell).strip() for cell in row] for row in (theirs[0], theirs[1], theirs[4])]
        assert [[str(cell).strip() for cell in row] for row in (mine[0], mine[1], mine[4])] == strip, sheet


def test_survey_workbook_agrees_with_the_breakdown(made: Made) -> None:
    book = CalamineWorkbook.from_path(next(path for path in made.files if path.suffix == ".xlsx"))
    sheet = book.get_sheet_by_name("HEALTH WELLBEING SAFETY Q13-14").to_python(skip_empty_area=False)
    ours = next(row for row in sheet if row[0] == "XPT")
    start = next(place for place, text in enumerate(sheet[0]) if str(text).startswith("Q14a"))
    assert round(100 - float(str(ours[start])), 1) == 49.2
    assert abs(sum(float(str(cell)) for cell in ours[start : start + 5]) - 100) < 1e-6
    hidden = next(row for row in sheet if row[0] == "XPG")
    assert "-" in hidden


def test_same_seed_gives_the_same_bytes_and_another_seed_other_people(tmp_path: Path) -> None:
    for name in ("one", "two"):
        make(tmp_path / name, staff=300, months=14, messy=True)
    make(tmp_path / "other", staff=300, months=14, messy=True, seed=7)
    assert fingerprints(tmp_path / "one") == fingerprints(tmp_path / "two")
    assert fingerprints(tmp_path / "one") != fingerprints(tmp_path / "other")


@pytest.mark.parametrize(("staff", "months"), [(150, 1), (700, 3), (1000, 30)])
def test_another_size_is_the_same_trust_in_small(tmp_path: Path, staff: int, months: int) -> None:
    made = make(tmp_path, staff=staff, months=months)
    snapshots = sorted(path for path in made.files if path.parent.name == "esr_staff_list")
    assert len(snapshots) == months
    assert snapshots[-1].name == "esr_staff_list_2025-03-31.csv"
    with snapshots[-1].open(encoding="utf-8", newline="") as handle:
        rows = [
            row
            for row in csv.DictReader(handle)
            if row["Assignment Category"] in ("Permanent", "Fixed Term Temp", "Locum")
        ]
    people = {row["Employee Number"]: row for row in rows if row["Assignment Status"] != "Inactive Not Worked"}
    assert len(people) == staff
    minority = sum(row["Ethnic Origin"][:1] not in ("", "A", "B", "C", "Z") for row in people.values())
    assert abs(minority / staff - 0.246) < 0.01
    assert len({row["Org L3"] for row in people.values()}) == 10


def test_a_longer_series_goes_further_back(tmp_path: Path) -> None:
    made = make(tmp_path, staff=200, months=37)
    names = sorted(path.stem for path in made.files if path.parent.name == "esr_staff_list")
    assert names[0] == f"esr_staff_list_{date(2022, 3, 31)}"


@pytest.mark.parametrize(("staff", "months"), [(10, 3), (300, 0), (300, 1000)])
def test_a_size_that_makes_no_trust_is_refused_in_words(tmp_path: Path, staff: int, months: int) -> None:
    with pytest.raises(ValueError, match=r"demonstration trust needs|monthly snapshots"):
        make(tmp_path, staff=staff, months=months)
    assert list(tmp_path.iterdir()) == []
