"""The dry run tells what would become of a file, as ingest would, and touches no home."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from flows.configure import PROJECT, ConfigurationError, Settings
from flows.ingest import check_file
from tests.ingest.conftest import write_text
from tests.small_trust import staff_list, write_csv


def test_it_tells_counts_reasons_lines_columns_and_unknown_values(settings: Settings, tmp_path: Path) -> None:
    people = [{"Pay Scale": "XR13"}] * 10 + [{"Ethnic Origin": "Ermintrude Bowes"}, {"FTE": "x"}, {"Gender": ""}]
    path = staff_list(tmp_path, "2025-03-31", people)
    check = check_file(settings, path)
    assert (check.dataset, str(check.as_at_date), check.version, check.refused) == (
        "esr_staff_list",
        "2025-03-31",
        1,
        None,
    )
    assert (check.rows_read, check.loadable, check.rejected) == (13, 12, 1)
    assert [(one.reason, one.count, one.first_lines) for one in check.reasons] == [("FTE is not a number", 1, (13,))]
    assert {one.heading: (one.row_count, one.shown) for one in check.unknown_values} == {
        "Pay Scale": (10, (("XR13", 10),)),
        "Ethnic Origin": (1, ()),
    }
    assert check.unknown == 11
    assert not check.is_clean
    assert not (settings.home.path).exists()


def test_nine_rows_are_too_few_to_show_a_code(settings: Settings, tmp_path: Path) -> None:
    path = staff_list(tmp_path, "2025-03-31", [{"Pay Scale": "XR13"}] * 9)
    assert [(one.row_count, one.shown) for one in check_file(settings, path).unknown_values] == [(9, ())]


def test_an_unknown_code_with_its_text_shows_the_code_alone(settings: Settings, tmp_path: Path) -> None:
    path = staff_list(tmp_path, "2025-03-31", [{"Ethnic Origin": "T White - Roma"}] * 12)
    assert [one.shown for one in check_file(settings, path).unknown_values] == [(("T", 12),)]


def test_the_known_spellings_of_every_map_are_known(settings: Settings, tmp_path: Path) -> None:
    people = [
        {"Pay Scale": "xr06", "Ethnic Origin": "CA White - English"},
        {"Pay Scale": "YC72", "Ethnic Origin": "Z Not Stated"},
        {"Disability": "prefer not  to answer", "Marital Status": ""},
    ]
    assert check_file(settings, staff_list(tmp_path, "2025-03-31", people)).is_clean


def test_a_code_stands_with_its_own_text_however_it_is_punctuated_or_cut_off(
    settings: Settings, tmp_path: Path
) -> None:
    texts = (
        "A",
        "N – Black/Black British: African",
        "A\u00a0White - British",
        "L Asian or Asian British - Any oth",
        "B Irish",
    )
    path = staff_list(tmp_path, "2025-03-31", [{"Ethnic Origin": text} for text in texts])
    assert check_file(settings, path).is_clean


def test_every_code_is_known_by_its_own_texts_and_all_of_the_demonstration_are_known(
    settings: Settings, tmp_path: Path
) -> None:
    with (PROJECT / "seeds/maps/ethnicity_spelling_map.csv").open(encoding="utf-8", newline="") as handle:
        coded = [row for row in csv.DictReader(handle) if row["fewest_letters"]]
    assert len(coded) > 100
    assert all(row["ethnic_origin"].split(" ")[0] == row["ethnicity_key"] for row in coded)
    with (PROJECT / "demo/ethnic_origins.csv").open(encoding="utf-8", newline="") as handle:
        printed = [row[name] for row in csv.DictReader(handle) for name in ("text", "applicant_text")]
    texts = [*printed, *(row["ethnic_origin"] for row in coded)]
    path = staff_list(tmp_path, "2025-03-31", [{"Ethnic Origin": text} for text in texts])
    assert check_file(settings, path).is_clean


def test_a_letter_before_any_other_text_is_no_code(settings: Settings, tmp_path: Path) -> None:
    texts = ("A Smith of Leyton", "A Whiteley", "C of E", "N/A", "C White - Irish", "S Any")
    path = staff_list(tmp_path, "2025-03-31", [{"Ethnic Origin": text} for text in texts])
    assert [one.row_count for one in check_file(settings, path).unknown_values] == [len(texts)]


def test_a_name_that_tells_nothing_needs_the_dataset(settings: Settings, tmp_path: Path) -> None:
    path = staff_list(tmp_path, "2025-03-31", [{}]).rename(tmp_path / "export.csv")
    assert "Name it like one of these" in (check_file(settings, path).refused or "")
    check = check_file(settings, path, "esr_staff_list")
    assert (check.loadable, check.refused) == (1, None)
    assert check.notes == ("Its name would be refused: name it like esr_staff_list_2025-03-31.csv.",)
    with pytest.raises(ConfigurationError, match="There is no dataset 'staff'"):
        check_file(settings, path, "staff")
    with pytest.raises(FileNotFoundError):
        check_file(settings, tmp_path / "nothing.csv")


def test_what_ingest_would_refuse_is_told_with_its_columns(settings: Settings, tmp_path: Path) -> None:
    path = write_text(tmp_path / "learning_2025-03-31.csv", "Employee Number,Course\n1,x\n")
    assert "missing: Course Type, Completed Date" in (check_file(settings, path).refused or "")
    empty = write_csv(tmp_path / "eds_2025-03-31.csv", "eds_scores", [])
    assert "no rows" in (check_file(settings, empty).refused or "")
    bad = staff_list(tmp_path, "2025-03-31", [{"FTE": "x"}])
    check = check_file(settings, bad)
    assert (check.rejected, check.loadable) == (1, 0)
    assert "None of its 1 rows" in (check.refused or "")
