"""One hash says whether two builds hold the same: it moves with every cell, and with nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from flows.configure import PROJECT
from flows.fingerprint import FingerprintError, content_hash, table_hash

TABLE = """
create schema marts;
create table marts.shares (
    unit varchar not null, "group" varchar, share double, pay decimal(18,4), codes varchar[],
    seen_at timestamptz, primary key (unit)
);
insert into marts.shares values
    ('trust', 'white', 0.30000000000000004, 12.5000, ['a, b', null], '2025-04-01 00:00:00+00'),
    ('north', '', 0.25, null, [], null),
    ('south', null, null, 0, null, null);
create table marts.empty (organisation_code varchar);
"""


@pytest.fixture
def marts() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(TABLE)
    return con


def test_the_same_content_has_the_same_hash_in_another_process_file_order_and_time_zone(
    marts: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    expected = content_hash(marts)
    file = tmp_path / "copy.duckdb"
    with duckdb.connect(str(file), config={"threads": 1}) as copy:
        copy.execute("create schema marts; create table marts.empty (organisation_code varchar)")
        copy.execute(TABLE.split("insert", maxsplit=1)[0].replace("create schema marts;", ""))
        rows = marts.execute("select * from marts.shares order by unit desc").fetchall()
        copy.executemany("insert into marts.shares values (?, ?, ?, ?, ?, ?)", rows)
    program = (
        "import duckdb, sys; from flows.fingerprint import content_hash; "
        "con = duckdb.connect(sys.argv[1], read_only=True); con.execute(\"set timezone = 'Asia/Tokyo'\"); "
        "print(content_hash(con))"
    )
    elsewhere = subprocess.run(
        [sys.executable, "-c", program, str(file)], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert elsewhere.stdout.strip() == expected
    assert len(expected) == 64


@pytest.mark.parametrize(
    "change",
    [
        "update marts.shares set share = 0.3 where unit = 'trust'",
        "update marts.shares set pay = 12.5001 where unit = 'trust'",
        "update marts.shares set \"group\" = '' where unit = 'south'",
        "update marts.shares set \"group\" = null where unit = 'north'",
        "update marts.shares set codes = ['a', 'b', null] where unit = 'trust'",
        "update marts.shares set codes = ['a, b', 'NULL'] where unit = 'trust'",
        "update marts.shares set codes = null where unit = 'north'",
        "update marts.shares set seen_at = '2025-04-01 00:00:00+01' where unit = 'trust'",
        "delete from marts.shares where unit = 'south'",
        "alter table marts.empty rename column organisation_code to organisation",
        "alter table marts.empty alter column organisation_code type blob",
        "alter table marts.empty rename to empties",
        "drop table marts.empty",
        "insert into marts.empty values (null)",
        "create table marts.another (a integer)",
    ],
)
def test_any_single_change_moves_the_hash(marts: duckdb.DuckDBPyConnection, change: str) -> None:
    before = content_hash(marts)
    marts.execute(change)
    assert content_hash(marts) != before


def test_repeated_rows_and_swapped_columns_move_the_hash() -> None:
    con = duckdb.connect()
    con.execute(
        "create schema marts; create table marts.t (a varchar, b varchar); insert into marts.t values ('x', 'y')"
    )
    hashes = [content_hash(con)]
    for content in ("('y', 'x')", "('xy', '')", "('x', 'y'), ('x', 'y')", "('x', 'y'), ('x', 'y'), ('x', 'y')"):
        con.execute(f"delete from marts.t; insert into marts.t values {content}")
        hashes.append(content_hash(con))
    con.execute(
        "drop table marts.t; create table marts.t (b varchar, a varchar); insert into marts.t values ('x', 'y')"
    )
    hashes.append(content_hash(con))
    con.execute(
        "drop table marts.t; create table marts.t (b varchar, a varchar); insert into marts.t values ('y', 'x')"
    )
    hashes.append(content_hash(con))
    assert len(set(hashes)) == len(hashes)


def test_the_tables_of_the_run_are_no_part_of_what_was_judged(marts: duckdb.DuckDBPyConnection) -> None:
    before = content_hash(marts)
    marts.execute("create table marts.run_history (run_id varchar); insert into marts.run_history values ('one')")
    assert content_hash(marts) == before


def test_the_numbers_of_loads_are_no_part_of_the_content_and_what_they_number_is(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    """Files that came in another order have other numbers, and are the same files."""
    marts.execute("create table marts.quality_loads (load_id bigint, supersedes_load_id bigint, sha256 varchar)")
    marts.execute("insert into marts.quality_loads values (1, null, 'a'), (2, 1, 'b')")
    before = content_hash(marts)
    marts.execute("update marts.quality_loads set load_id = 9 - load_id, supersedes_load_id = supersedes_load_id + 7")
    assert content_hash(marts) == before
    marts.execute("update marts.quality_loads set sha256 = 'c' where sha256 = 'b'")
    assert content_hash(marts) != before


def test_a_parquet_copy_has_the_hash_of_its_table(marts: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    marts.execute("alter table marts.shares add column people hugeint default 3")
    file = tmp_path / "shares.parquet"
    marts.execute(f"copy marts.shares to '{file}' (format parquet)")
    columns = [(str(name), str(type_)) for name, type_, *_ in marts.execute("describe marts.shares").fetchall()]
    assert table_hash(marts, f"read_parquet('{file}')", columns) == table_hash(marts, "marts.shares")


def test_a_zero_below_zero_is_zero_so_that_its_parquet_copy_has_the_same_hash(tmp_path: Path) -> None:
    con = duckdb.connect()
    con.execute(
        "create table shares as select unnest([-0.0::double, 0.5]) as share, unnest([[-0.0::double], null]) as parts"
    )
    con.execute(f"copy shares to '{tmp_path}/shares.parquet'")
    assert table_hash(con, f"read_parquet('{tmp_path}/shares.parquet')") == table_hash(con, "shares")
    con.execute("update shares set share = 0.25 where share = 0")
    assert table_hash(con, f"read_parquet('{tmp_path}/shares.parquet')") != table_hash(con, "shares")


def test_nested_values_are_told_apart(marts: duckdb.DuckDBPyConnection) -> None:
    seen = set()
    for value in (
        "{'a': 1, 'b': [null]}",
        "{'a': 1, 'b': ['x']}",
        "{'a': null, 'b': ['x']}",
        "map {'k': 1}",
        "map {'k': 2}",
    ):
        marts.execute(f"create or replace table marts.nested as select {value} as v")
        seen.add(content_hash(marts))
    assert len(seen) == 5


def test_a_missing_table_is_named(marts: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(FingerprintError, match="no table wres_9"):
        content_hash(marts, tables=["shares", "wres_9"])
