"""The landing contract is data: it must be whole, and wrong edits of it must be named."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from flows.configure import PROJECT, ConfigurationError
from flows.ingest.define import LANDING_SEEDS, plain, read_landing
from flows.ingest.recognise import name_with_version, recognise_name
from flows.ingest.rehearse import KEYS
from flows.ingest.type_rows import SQL_TYPES


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    return Path(shutil.copytree(LANDING_SEEDS, tmp_path / "landing"))


def test_every_dataset_has_columns_types_and_a_name_that_it_recognises_itself() -> None:
    landing = read_landing()
    for dataset in landing.datasets:
        assert {column.value_type for column in dataset.columns} <= SQL_TYPES.keys()
        assert any(column.is_value_required for column in dataset.columns)
        assert recognise_name(f"{dataset.folder}/{dataset.example}", landing).dataset == dataset


def test_every_rule_of_the_contract_is_about_a_column_that_exists_and_has_a_source() -> None:
    known = {(row["dataset"], row["column_name"]) for row in rows(LANDING_SEEDS / "landing_columns.csv")}
    for name in ("value_ranges", "known_values"):
        assert {(row["dataset"], row["column_name"]) for row in rows(LANDING_SEEDS / f"{name}.csv")} <= known
    for path in LANDING_SEEDS.glob("*.csv"):
        assert all(row["source"] for row in rows(path)), path.name


def test_every_map_that_values_are_checked_against_is_there() -> None:
    for row in rows(LANDING_SEEDS / "known_values.csv"):
        assert row["map_column"] in rows(PROJECT / f"seeds/maps/{row['map_name']}.csv")[0]
        assert row["match"] in KEYS


def test_an_alias_of_no_column_is_an_error_with_its_line(seeds: Path) -> None:
    with (seeds / "heading_aliases.csv").open("a", encoding="utf-8") as handle:
        handle.write("esr_staff_list,shoe_size,Shoes,ours\n")
    with pytest.raises(ConfigurationError, match=r"heading_aliases.csv, line \d+: .* has a column 'shoe_size'"):
        read_landing(seeds)


def test_an_alias_of_two_columns_is_an_error(seeds: Path) -> None:
    with (seeds / "heading_aliases.csv").open("a", encoding="utf-8") as handle:
        handle.write("esr_staff_list,gender,FTE,ours\n")
    with pytest.raises(ConfigurationError, match="'FTE' already stands for fte"):
        read_landing(seeds)


def test_an_edit_of_the_contract_changes_its_fingerprint(seeds: Path) -> None:
    before = read_landing(seeds).fingerprint
    with (seeds / "totals_words.csv").open("a", encoding="utf-8") as handle:
        handle.write("Summe,ours\n")
    assert read_landing(seeds).fingerprint != before == read_landing().fingerprint


def test_a_missing_part_of_the_contract_is_named(seeds: Path) -> None:
    (seeds / "yes_no_values.csv").unlink()
    with pytest.raises(ConfigurationError, match=r"yes_no_values\.csv is missing"):
        read_landing(seeds)


def test_headings_are_compared_without_mark_case_and_spaces() -> None:
    assert plain("\ufeff  Employee   NUMBER ") == "employee number"


@pytest.mark.parametrize(
    ("relative", "version"),
    [("pay/pay_2025-03-31.csv", 1), ("pay/pay_2025-03-31_v2.XLSX", 2), ("pay/PAY_2025-03-31_V12.csv", 12)],
)
def test_names_tell_the_version(relative: str, version: int) -> None:
    assert recognise_name(relative, read_landing()).version == version


def test_a_new_version_replaces_the_old_one_in_the_name() -> None:
    dataset = read_landing().dataset("pay_assignments")
    assert name_with_version(dataset, "pay_2025-03-31_v2.csv", 3) == "pay_2025-03-31_v3.csv"
