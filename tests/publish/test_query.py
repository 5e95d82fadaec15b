"""A query reads the current release's marts, and can neither write nor reach anything else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from flows.configure import PROJECT, Settings
from flows.home import Home
from flows.publish import Release, rollback
from flows.query import QueryError, run_sql

Night = Callable[..., Release]


@pytest.mark.parametrize("table", ["indicator_values", "marts.indicator_values", "INDICATOR_VALUES"])
def test_a_query_names_tables_with_or_without_their_schema(home: Home, night: Night, table: str) -> None:
    night(1)
    answer = run_sql(home, f'select "group", numerator, value from {table} where "group" = \'white\'')
    assert answer.columns == ["group", "numerator", "value"]
    assert answer.rows == [("white", Decimal("70.4000"), 0.704)]
    assert answer.types == ["VARCHAR", "DECIMAL(18,4)", "DOUBLE"]


def test_a_query_reads_the_current_release_or_the_one_named(settings: Settings, home: Home, night: Night) -> None:
    first, second = night(1), night(2)
    ask = "select value from indicator_values where \"group\" = 'unknown'"
    assert run_sql(home, ask).rows == [(0.002,)]
    assert run_sql(home, ask, first.release_id).rows == [(0.001,)]
    rollback(settings, home, first.release_id, "Sam", "wrong")
    assert run_sql(home, ask).rows == [(0.001,)]
    assert run_sql(home, ask, second.release_id).rows == [(0.002,)]


def test_a_query_is_answered_while_the_warehouse_is_written(home: Home, night: Night) -> None:
    night(1)
    with duckdb.connect(str(home.warehouse)) as writer:
        writer.execute("begin; delete from marts.indicator_values")
        assert run_sql(home, "select count(*) from indicator_values").rows == [(3,)]


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('{private}/secret.csv')",
        "select * from read_csv('{private}/secret.csv')",
        "select * from '{private}/secret.csv'",
        "select * from glob('{private}/*')",
        "attach '{private}/warehouse.duckdb' as w (read_only)",
        "set enable_external_access = true",
        "reset enable_external_access",
        "set lock_configuration = false",
        "install httpfs",
        "copy indicator_values to '{private}/out.csv'",
        "export database '{private}/out'",
        "copy (select 1) to '{private}/out.parquet' (format parquet)",
        "select 1; copy (select 1) to '{private}/out.csv'",
    ],
)
def test_a_query_cannot_reach_another_file(home: Home, night: Night, sql: str) -> None:
    night(1)
    (home.private / "secret.csv").write_text("employee_number\n10000001\n")
    before = sorted(home.root.rglob("*"))
    with pytest.raises(QueryError) as refused:
        run_sql(home, sql.format(private=home.private))
    assert "10000001" not in str(refused.value)
    assert sorted(home.root.rglob("*")) == before


@pytest.mark.parametrize(
    "sql",
    [
        "create table copied as select * from indicator_values",
        "delete from indicator_values",
        "update marts.indicator_values set value = 1",
        "drop table indicator_values",
        "insert into indicator_values select * from indicator_values",
        "alter table indicator_values add column x integer",
    ],
)
def test_a_query_cannot_write(home: Home, night: Night, sql: str) -> None:
    release = night(1)
    before = {path: path.read_bytes() for path in release.path.rglob("*") if path.is_file()}
    with pytest.raises(QueryError, match="read, never written"):
        run_sql(home, sql)
    assert {path: path.read_bytes() for path in release.path.rglob("*") if path.is_file()} == before


def test_python_variables_are_no_tables(home: Home, night: Night) -> None:
    import pandas

    night(1)
    secret = pandas.DataFrame({"employee_number": [10000001]})
    with pytest.raises(QueryError, match="no such table"):
        run_sql(home, "select * from secret")
    assert len(secret) == 1


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("select * from wres_9", "It has: empty_mart, indicator_values, quality_loads, release_inputs, release_models"),
        ("select valu from indicator_values", 'Candidate bindings: "value"'),
        ("selec 1", "syntax error"),
        ("  ", "empty"),
        ("-- nothing", "asks for nothing"),
    ],
)
def test_a_wrong_query_is_explained(home: Home, night: Night, sql: str, said: str) -> None:
    night(1)
    with pytest.raises(QueryError, match=said):
        run_sql(home, sql)


def test_without_a_release_the_next_step_is_named(home: Home, night: Night) -> None:
    with pytest.raises(QueryError, match="Nothing is published yet"):
        run_sql(home, "select 1")
    night(1)
    for name in ("20990101T000000Z_ffffff", "../private", "/etc"):
        with pytest.raises(QueryError, match="parity releases"):
            run_sql(home, "select 1", name)


def test_times_and_dates_come_back(home: Home, night: Night) -> None:
    night(1)
    ((started, as_of),) = run_sql(home, "select started_at, as_of_date from run_history").rows
    assert started.utcoffset() is not None
    assert as_of.isoformat() == "2025-04-05"


def test_the_recipes_of_the_documentation_work(home: Home, night: Night, tmp_path: Path) -> None:
    """The Python recipes are run as they are printed, in a process of their own beside the home."""
    night(1)
    text = (PROJECT / "docs" / "querying.md").read_text(encoding="utf-8")
    recipes = [part.split("```")[0] for part in text.split("```python\n")[1:]]
    assert len(recipes) >= 2
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "var").symlink_to(home.root)
    for recipe in recipes:
        done = subprocess.run(
            [sys.executable, "-c", recipe], cwd=tmp_path / "beside", capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "ethnic_minority" in done.stdout
