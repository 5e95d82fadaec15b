"""The whole demonstration trust through ingest and models: every figure that data of people can give is as printed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from demo import Made
from flows.build import _run_dbt
from flows.configure import load_settings
from flows.home import Home
from flows.ingest import ingest

pytestmark = pytest.mark.night

NOT_EQUAL = {
    ("wres", "4", "2024-03-31", "1.22", "1.13"): "the later report prints 1.1",
    ("wres", "6", "2024", "23.2", "23.0"): "another place of the report prints 23.0",
    ("wres", "7", "2023", "47.5", "46.0"): "the later report prints 46.0",
    ("wres", "9", "2024-03-31", "31.0", "30.8"): "4 of 13",
    ("wres", "9", "2025-03-31", "31.0", "30.8"): "4 of 13",
}
TARGETS = {
    ("business_plan_2024_25", "1", "10"),
    ("business_plan_2024_25", "2", "20"),
    ("positive_action", "call handler to paramedic programme", "40"),
    ("strategy_2023_28", "ethnicity", "2"),
}
OTHER_COUNTS = {("ethnicity", 1928, 19), ("tackling discrimination and promoting inclusivity", 5400, -349)}

Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def warehouse(made: Made, landing: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration trust of full size, taken in and computed up to what was published."""
    assert made.files
    folder = tmp_path_factory.mktemp("published")
    (folder / "parity.toml").write_text(
        '[organisation]\nname = "Thamesmere Ambulance Service NHS Trust"\nods_code = "XPT"\n'
        '[home]\npath = "home"\n[clock]\nas_of_date = 2025-04-03\n[ingest]\nsettle_seconds = 0\n',
        encoding="utf-8",
    )
    settings = load_settings(folder / "parity.toml")
    home = Home.of(settings)
    home.prepare()
    shutil.copytree(landing, home.landing, dirs_exist_ok=True)
    ingest(settings, home, lambda line: None)
    wanted = ["--select", "+published_reconciliation", "+published_denominators"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PARITY_PSEUDONYM_SECRET", "a secret for tests that is long enough to be one")
        results = _run_dbt(settings, home, [["seed", *wanted], ["run", *wanted]], lambda line: None)
    assert not [one["name"] for one in results if one["error"]]
    return home.warehouse


def ask(warehouse: Path, sql: str) -> Rows:
    with duckdb.connect(str(warehouse), read_only=True) as con:
        return con.execute(sql).fetchall()


def test_every_printed_figure_is_reached_but_those_that_contradict_another(warehouse: Path) -> None:
    rows = ask(
        warehouse,
        "select framework, indicator, period, published_value, computed_as_printed, is_equal_as_printed "
        "from marts.published_reconciliation where organisation_code = 'XPT'",
    )
    assert {row[:5] for row in rows if row[5] is False} == set(NOT_EQUAL)
    assert {(row[0], row[1], row[3]) for row in rows if row[5] is None} == TARGETS
    assert sum(row[5] is True for row in rows) == len(rows) - len(NOT_EQUAL) - len(TARGETS)


def test_every_printed_count_is_reached_but_two(warehouse: Path) -> None:
    rows = ask(
        warehouse,
        "select indicator, published_count, count_difference from marts.published_reconciliation "
        "where organisation_code = 'XPT' and published_count is not null",
    )
    assert {row for row in rows if row[2] != 0} == OTHER_COUNTS
    assert len(rows) > len(OTHER_COUNTS)


def test_the_counts_of_the_day_need_8130_to_8162_people_and_one_does_not_fit(warehouse: Path) -> None:
    rows = ask(
        warehouse,
        "select distinct common_smallest_base_count, common_largest_base_count from marts.published_denominators "
        "where organisation_code = 'XPT' and base = 'workforce' and period = '2024-03-31'",
    )
    assert rows == [(8130, 8162)]
    rows = ask(
        warehouse,
        "select people_count, printed_percentage, smallest_base_count, largest_base_count "
        "from marts.published_denominators where organisation_code = 'XPT' and not is_within_common_base",
    )
    assert rows == [(1928, 23.9, 8051, 8083)]


def test_an_organisation_without_data_is_told_so(warehouse: Path) -> None:
    rows = ask(
        warehouse,
        "select distinct not_computed_because from marts.published_reconciliation "
        "where organisation_code <> 'XPT' and indicator_id is not null",
    )
    assert rows == [("This release holds no data of the organisation.",)]
