"""People are pseudonyms beyond staging and ages are bands beyond intermediate: the night looks at what it has built."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

import flows.build
from flows.build import BuildBroken, build, built_with
from flows.configure import PROJECT, Settings
from flows.confine import ROOMS, kept_out, names_out_of_place, out_of_place
from flows.connect import connect
from flows.home import Home
from flows.ingest.define import read_landing
from tests.build.conftest import copy_project, keyed, make_trust
from tests.privacy.search import search
from tests.small_trust import staff_list

__all__ = ["keyed"]

MARKER = "Zqvexmarker"


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty warehouse with its four schemas."""
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as con:
        for schema in ("raw", *ROOMS, "disclosure"):
            con.execute(f"create schema {schema}")
        yield con


@pytest.fixture
def handed_on(warehouse: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Raw rows of three people; a test makes the view that reads them."""
    warehouse.execute(
        "create table raw.esr_staff_list as select 1::bigint as load_id, line::bigint as file_line, "
        "(10000000 + line)::varchar as employee_number, (10000000 + line)::varchar || '-2' as assignment_number, "
        "date '1980-01-01' + line::int * 100 as date_of_birth, date '2010-05-01' as latest_start_date, "
        "'Paramedic' as job_role from range(1, 4) as lines (line)"
    )
    return warehouse


def test_no_number_and_no_date_of_birth_of_the_landing_contract_may_pass_staging() -> None:
    kept = {one.column: one.out_of for one in kept_out()}
    personal = {
        column.name
        for dataset in read_landing().datasets
        for column in dataset.columns
        if column.value_type in ("employee_number", "assignment_number") or column.name == "date_of_birth"
    }
    assert personal == {"employee_number", "assignment_number", "date_of_birth"}
    assert {kept[name] for name in personal} == {"staging"}


def test_a_pseudonym_and_a_year_of_age_may_stand_in_intermediate_and_no_further() -> None:
    kept = {one.column: one.out_of for one in kept_out()}
    assert (kept["person_key"], kept["age_years"]) == ("marts", "marts")


@pytest.mark.parametrize(
    ("table", "column", "is_refused"),
    [
        ("staging.stg_pay", "employee_number varchar", True),
        ("staging.stg_pay", "Surname varchar", True),
        ("staging.stg_pay", "person_key varchar", False),
        ("staging.stg_pay", "age_years integer", False),
        ("intermediate.int_pay", "date_of_birth date", True),
        ("intermediate.int_pay", "person struct(age_years integer, employee_number varchar)", True),
        ("intermediate.int_pay", "age_years integer", False),
        ("marts.pay_gap", "age_years integer", True),
        ("marts.pay_gap", "person_key varchar", True),
        ("marts.pay_gap", "age_band varchar", False),
        ("raw.pay_assignments", "employee_number varchar", False),
        ("disclosure.cells", "person_key varchar", True),
        ("disclosure.cells", "cell_id varchar", False),
    ],
)
def test_a_column_that_tells_of_a_person_is_named_with_its_model(
    warehouse: duckdb.DuckDBPyConnection, table: str, column: str, is_refused: bool
) -> None:
    warehouse.execute(f"create table {table} (organisation_code varchar, {column})")
    said = out_of_place(warehouse)
    assert bool(said) == is_refused
    assert all(one.startswith(f"{table} has the column ") for one in said)


@pytest.mark.parametrize(
    ("expression", "secret"),
    [
        ("employee_number as staff_label", "employee_number"),
        ("assignment_number as post_label", "assignment_number"),
        ("date_of_birth as known_since", "date_of_birth"),
        ("date_of_birth::varchar as note", "date_of_birth"),
    ],
)
def test_another_name_carries_no_number_past_staging(
    handed_on: duckdb.DuckDBPyConnection, expression: str, secret: str
) -> None:
    handed_on.execute(f"create view staging.stg_esr as select load_id, file_line, {expression} from raw.esr_staff_list")
    assert out_of_place(handed_on) == [
        f"staging.stg_esr hands on {secret} in its column {expression.rpartition(' ')[2]}; "
        "only a pseudonym may pass staging."
    ]


def test_what_is_no_secret_is_handed_on(handed_on: duckdb.DuckDBPyConnection) -> None:
    handed_on.execute(
        "create view staging.stg_esr as select load_id, file_line, sha256(employee_number) as person_key, "
        "latest_start_date, job_role, '2' as assignment_sequence from raw.esr_staff_list"
    )
    assert out_of_place(handed_on) == []


def test_a_key_that_is_no_pseudonym_is_refused(warehouse: duckdb.DuckDBPyConnection) -> None:
    warehouse.execute("create table intermediate.int_people as select sha256('a') as person_key")
    assert out_of_place(warehouse) == []
    warehouse.execute("insert into intermediate.int_people values ('10000001')")
    assert out_of_place(warehouse) == [
        "intermediate.int_people has a person_key that is no pseudonym (HMAC-SHA-256 in 64 digits)."
    ]


def test_a_view_that_cannot_be_read_through_is_told_without_the_value_that_it_broke_on(
    handed_on: duckdb.DuckDBPyConnection,
) -> None:
    handed_on.execute(
        "create view staging.stg_esr as select load_id, file_line, job_role::integer::varchar as job_role "
        "from raw.esr_staff_list"
    )
    (said,) = out_of_place(handed_on)
    assert said.startswith("staging.stg_esr cannot be read through (ConversionException)")
    assert "Paramedic" not in said


def test_any_database_is_judged_as_the_marts_are(warehouse: duckdb.DuckDBPyConnection) -> None:
    warehouse.execute("attach ':memory:' as open_part; create table open_part.figures (age_years integer)")
    assert names_out_of_place(warehouse, "open_part")[0].startswith("main.figures has the column age_years")


def test_every_line_of_the_seed_names_a_room_and_says_why() -> None:
    with (PROJECT / "seeds/release/never_released_columns.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert {row["kept_out_of"] for row in rows} <= set(ROOMS)
    assert all(row["column_name"] == row["column_name"].lower() and row["reason"] and row["source"] for row in rows)
    assert len({row["column_name"] for row in rows}) == len(rows)


def test_the_night_stops_at_a_column_that_tells_of_a_person(
    settings: Settings, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The build breaks, names the model, and is not taken for built."""

    def built(*_: object) -> list[dict[str, Any]]:
        with connect(home) as con:
            con.execute("create schema if not exists marts; create table marts.wres_9 (age_years integer)")
        return []

    monkeypatch.setattr(flows.build, "_run_dbt", built)
    with pytest.raises(BuildBroken, match=r"marts\.wres_9 has the column age_years, which may not stand there"):
        build(settings, home, lambda line: None)
    assert built_with(home) is None


def test_a_model_that_breaks_on_a_value_leaves_it_in_the_details_of_errors_alone(
    tmp_path: Path, keyed: pytest.MonkeyPatch
) -> None:
    """By real dbt: its log quotes the value, its results would, and neither lies where others of its files do."""
    trust = make_trust(tmp_path)
    copy_project(trust.project)
    keyed.setattr(flows.build, "PROJECT", trust.project)
    model = trust.project / "models/staging/esr/stg_esr__staff_list.sql"
    written = model.read_text(encoding="utf-8")
    marked = written.replace("{{ trimmed('assignment_status') }}", "cast(assignment_status as integer)::varchar")
    assert marked != written
    model.write_text(marked, encoding="utf-8")
    staff_list(trust.home.landing, "2025-03-31", [{"Assignment Status": MARKER}] * 2)
    trust.take_in()
    with pytest.raises(BuildBroken) as broken:
        trust.build()
    assert MARKER not in str(broken.value)
    rows = [trust.home.landing, trust.home.copies, trust.home.warehouse]
    assert set(search(trust.home.root, [MARKER], rows)) == {"private/scratch/errors/dbt.log"}
