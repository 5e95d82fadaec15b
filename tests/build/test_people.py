"""From landing files to one row per person and snapshot, worked out by hand; then a correction and what it touches."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from flows.build import BuildResult
from tests.build.conftest import SECRET, Trust
from tests.small_trust import staff_list, write_csv

FEBRUARY = [{}, {"Employee Number": "10000002", "Ethnic Origin": "N Black or Black British - African"}]
MARCH = [
    {},  # 10000001: the ordinary paramedic
    {  # 10000002: half a post in each of two directorates; the primary one places
        "Ethnic Origin": "N Black or Black British - African",
        "FTE": "0.5",
        "Org L3": "Emergency Operations",
    },
    {
        "Employee Number": "10000002",
        "Assignment Number": "10000002-2",
        "Primary Assignment": "N",
        "FTE": "0.5",
        "Ethnic Origin": "",
    },
    {"Employee Number": "10000004", "Assignment Category": "Bank"},
    {"Employee Number": "10000005", "Assignment Category": "Non-Exec Director/Chair", "Pay Scale": "LC01"},
    {"Employee Number": "10000006", "Assignment Status": "Gardening Leave"},
    {"Employee Number": "10000007", "Pay Scale": "XR13", "Ethnic Origin": "T White - Roma", "Org L3": "FLEET"},
    {"Employee Number": "10000008", "Org L3": "", "Date Of Birth": "31/03/2004", "Pay Scale": "YC72"},
    {"Employee Number": "10000009", "Org L3": "Fleet"},
    {"Employee Number": "10000010", "Org L3": "Fleet"},
]


def key(employee_number: str) -> str:
    return hmac.new(SECRET.encode(), employee_number.encode(), hashlib.sha256).hexdigest()


@pytest.fixture(scope="module")
def first(empty_trust: Trust) -> tuple[Trust, BuildResult]:
    landing = empty_trust.home.landing
    staff_list(landing, "2025-02-28", FEBRUARY)
    staff_list(landing, "2025-03-31", [*MARCH, {"Employee Number": "10000010", "Org L3": "Fleet"}])
    case = {"Case Reference": "ER1", "Employee Number": "10000001", "Case Type": "Disciplinary", "Stage": "Formal"}
    write_csv(landing / "employee_relations/employee_relations_2025-03-31.csv", "employee_relations_cases", [case])
    empty_trust.take_in()
    return empty_trust, empty_trust.build()


def person(trust: Trust, employee_number: str, columns: str, date: str = "2025-03-31") -> tuple[object, ...]:
    (row,) = trust.rows(
        f"select {columns} from intermediate.int_staff_snapshots "
        f"where snapshot_date = '{date}' and person_key = '{key(employee_number)}'"
    )
    return row


def test_every_source_builds_when_most_are_absent(first: tuple[Trust, BuildResult]) -> None:
    _, result = first
    assert result.ok and result.full_refresh
    assert {node.name for node in result.nodes if node.kind == "model"} >= {"stg_eds__scores", "int_staff_snapshots"}
    assert {node.status for node in result.nodes} == {"success", "pass"}
    assert not [node for node in result.nodes if node.kind == "unit_test"], "unit tests test code, not a night's data"


def test_person_stands_once_in_a_snapshot_and_scope_is_told(first: tuple[Trust, BuildResult]) -> None:
    trust, _ = first
    told = trust.rows(
        "select scope_reason, count(*), count(distinct person_key) from intermediate.int_staff_snapshots "
        "where snapshot_date = '2025-03-31' group by 1 order by 1"
    )
    assert told == [("bank_only", 1, 1), ("in_scope", 6, 6), ("non_executive", 1, 1), ("unknown_status", 1, 1)]


def test_pseudonym_equals_hmac_of_the_employee_number_in_every_source(first: tuple[Trust, BuildResult]) -> None:
    trust, _ = first
    keys = {row[0] for row in trust.rows("select person_key from intermediate.int_staff_snapshots")}
    assert keys == {key(str(number)) for number in (10000001, 10000002, *range(10000004, 10000011))}


def test_staging_cannot_be_read_without_the_key(first: tuple[Trust, BuildResult]) -> None:
    trust, _ = first
    with pytest.raises(Exception, match="no key for pseudonyms"):
        trust.rows("select person_key from staging.stg_employee_relations__cases")


def test_primary_assignment_places_fte_is_summed_and_the_disagreement_counted(first: tuple[Trust, BuildResult]) -> None:
    trust, _ = first
    columns = "directorate, fte, is_full_time, assignment_count, ethnicity_group, has_conflicting_characteristics"
    assert person(trust, "10000002", columns) == ("Emergency Operations", 1, True, 2, "ethnic_minority", True)


def test_codes_that_no_map_knows_are_unknown_and_stay(first: tuple[Trust, BuildResult]) -> None:
    trust, _ = first
    columns = "is_in_scope, pay_scale, band, band_rank, wdes_cluster, ethnicity_group, ethnicity_declaration"
    assert person(trust, "10000007", columns) == (True, "XR13", "unmapped", None, None, "unknown", "unmapped")


def test_age_is_complete_on_the_birthday_and_a_blank_directorate_is_unknown(first: tuple[Trust, BuildResult]) -> None:
    trust, _ = first
    columns = "age_years, age_band, directorate, band, clinical_split, wdes_cluster"
    expected = (21, "21_30", "Unknown", "consultant", "medical_and_dental", "cluster_5")
    assert person(trust, "10000008", columns) == expected


def test_two_spellings_of_a_directorate_are_one_and_the_commoner_names_it(first: tuple[Trust, BuildResult]) -> None:
    trust, _ = first
    assert person(trust, "10000007", "directorate") == ("Fleet",)
    assert trust.rows("select spelling from intermediate.int_directorates where is_respelt") == [("FLEET",)]


def test_employee_number_and_date_of_birth_stay_behind(first: tuple[Trust, BuildResult]) -> None:
    trust, _ = first
    columns = trust.rows(
        "select table_name, column_name from information_schema.columns "
        "where table_schema in ('staging', 'intermediate')"
    )
    forbidden = {"employee_number", "assignment_number", "date_of_birth"}
    assert len(columns) > 150 and not {column for _, column in columns} & forbidden
    everything = trust.rows("select * from intermediate.int_staff_snapshots")
    assert not [value for row in everything for value in row if str(value).startswith("100000")]


def test_secret_stands_in_no_file_of_the_run(first: tuple[Trust, BuildResult]) -> None:
    trust, _ = first
    inner = bytes(byte ^ 0x36 for byte in SECRET.encode().ljust(64, b"\0"))
    files = [path for path in trust.home.root.rglob("*") if path.is_file()]
    assert [path for path in files if path.name == "dbt.log"] and [path for path in files if path.suffix == ".sql"]
    for path in files:
        content = path.read_bytes()
        assert SECRET.encode() not in content, path
        assert inner not in content and inner.hex().encode() not in content, path


def test_correction_replaces_its_own_snapshot_and_touches_no_other(first: tuple[Trust, BuildResult]) -> None:
    trust, _ = first
    trust.change("update intermediate.int_staff_snapshots set team = 'as it was' where snapshot_date = '2025-02-28'")
    staff_list(trust.home.landing, "2025-03-31", MARCH[:1], version=2)
    trust.take_in()
    result = trust.build()
    assert result.ok and not result.full_refresh
    assert trust.rows(
        "select snapshot_date::varchar, load_id, team, count(*) from intermediate.int_staff_snapshots "
        "group by all order by 1"
    ) == [("2025-02-28", 1, "as it was", 2), ("2025-03-31", 4, "Camden Station", 1)]
    assert trust.rows("select distinct load_id from intermediate.int_directorates order by 1") == [(1,), (4,)]


def test_changed_map_builds_every_snapshot_anew(first: tuple[Trust, BuildResult]) -> None:
    trust, before = first
    trust.change("update intermediate.int_staff_snapshots set team = 'as it was' where snapshot_date = '2025-02-28'")
    path = trust.project / "seeds/maps/pay_scale_map.csv"
    path.write_text(
        path.read_text(encoding="utf-8").replace("XR06,whole,band_6", "XR06,whole,band_7"), encoding="utf-8"
    )
    result = trust.build()
    assert result.ok and result.full_refresh and result.definitions_hash != before.definitions_hash
    built = "select distinct team, band from intermediate.int_staff_snapshots"
    assert trust.rows(built) == [("Camden Station", "band_7")]
