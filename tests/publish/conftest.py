"""A warehouse made by hand, small enough to read, with everything that publishing has to carry over."""

from __future__ import annotations

import dataclasses
import datetime
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.configure import Settings
from flows.fingerprint import content_hash
from flows.home import Home
from flows.ingest.remember import LOADS_TABLE
from flows.publish import Release, current_release, publish
from flows.record import Finding, RunRecord, new_run, write_run

PERSON_KEY = "5e" * 32
FILE_HASH = "ab" * 32

WAREHOUSE = f"""
create schema raw;
create schema intermediate;
create schema marts;
{LOADS_TABLE};
insert into raw.loads by name
    select
        1 as load_id, 'XPT' as organisation_code, 'esr_staff_list' as dataset, 100 as bytes, 0 as modified_ns,
        'esr_staff_list_2025-03-31.csv' as file_name, '{FILE_HASH}' as sha256, date '2025-03-31' as as_at_date,
        1 as version, 3 as rows_read, 3 as rows_loaded, 0 as rows_rejected, 0 as rows_duplicate,
        cast([] as varchar[]) as columns_ignored, now() as started_at, now() as finished_at, 'loaded' as outcome;
create table intermediate.int_staff_snapshots (person_key varchar, directorate varchar);
insert into intermediate.int_staff_snapshots values ('{PERSON_KEY}', 'Ambulance Operations North');
create table marts.indicator_values (
    organisation_code varchar not null, indicator_id varchar, as_at_date date, "group" varchar,
    numerator decimal(18,4), value double, columns_ignored varchar[], primary key (indicator_id, "group")
);
comment on table marts.indicator_values is 'One row per organisation''s indicator and group.';
comment on column marts.indicator_values."group" is 'Which people; unknown is a group.';
insert into marts.indicator_values values
    ('XPT', 'wres_1', '2025-03-31', 'ethnic_minority', 24.6, 0.246, ['a', null]),
    ('XPT', 'wres_1', '2025-03-31', 'white', 70.4, 0.704, []),
    ('XPT', 'wres_1', '2025-03-31', 'unknown', 5, 0.05, null);
create table marts.quality_loads (load_id bigint primary key, sha256 varchar not null);
insert into marts.quality_loads values (1, '{FILE_HASH}');
create table marts.empty_mart (organisation_code varchar not null);
"""


@dataclass(frozen=True)
class GivenVerdict:
    """A verdict as the gate gives it."""

    content_hash: str
    outcome: str = "passed"
    checks: Sequence[dict[str, Any]] = field(
        default_factory=lambda: [
            {
                "name": "headcount_is_steady",
                "severity": "critical",
                "passed": True,
                "counts": {"headcount": 3},
                "judged_count": 1,
            }
        ]
    )
    findings: Sequence[Finding] = ()


def a_page(folder: Path) -> Path:
    """Documentation of one page."""
    page = folder / "index.html"
    page.write_text("<title>Parity</title>", encoding="utf-8")
    return page


def change(home: Home, sql: str) -> None:
    """Change the warehouse, as a build does."""
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute(sql)


def judge(home: Home, outcome: str = "passed") -> GivenVerdict:
    """A verdict on what the warehouse holds now."""
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        return GivenVerdict(content_hash(con), outcome)


def a_run(settings: Settings, number: int = 1, inputs_hash: str | None = None) -> RunRecord:
    """The record of a run before it is published; its id sorts by its number."""
    run = new_run(settings.organisation.ods_code, datetime.date(2025, 4, 5))
    run.run_id = f"202504{number:02d}T023000Z_aaaaaa"
    run.inputs_hash = inputs_hash or f"inputs of run {number}"
    run.versions = {"code": "0.1.0", "definitions": "d1"}
    run.inputs = [{"load_id": 1, "dataset": "esr_staff_list", "as_at_date": "2025-03-31", "sha256": FILE_HASH}]
    run.doors = [{"door": "landing to raw", "count_in": 3, "count_out": 2, "left_out": "rejected", "left_out_count": 1}]
    run.findings = [
        Finding("unmapped", "warning", "new_pay_scale", "One pay scale is not known.", {"rows": 12}, ("North",))
    ]
    with run.step("build"):
        pass
    return run


@pytest.fixture
def warehouse(home: Home) -> Home:
    """A home whose warehouse holds marts."""
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute(WAREHOUSE)
    return home


@pytest.fixture(scope="session")
def published_before(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[Any, ...], Path]:
    """Copies of homes as they stood after a sequence of nights, so that each sequence is published once."""
    return {}


@pytest.fixture
def night(
    settings: Settings,
    warehouse: Home,
    published_before: dict[tuple[Any, ...], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Release]:
    """Publish run `number` with a value of its own in the marts, and write its record, as a night does."""
    nights: list[tuple[Any, ...]] = []
    states: list[Any] = [_state(warehouse)]

    def publish_one(number: int = 1, inputs_hash: str | None = None, keep: int | None = None) -> Release:
        nights.append((number, inputs_hash, keep) if _state(warehouse) == states[-1] else (object(),))
        copy = published_before.get(tuple(nights))
        if copy:
            shutil.rmtree(warehouse.root)
            shutil.copytree(copy, warehouse.root, symlinks=True)
        else:
            publish_night(settings, warehouse, number, inputs_hash, keep)
            published_before[tuple(nights)] = tmp_path_factory.mktemp("nights") / "home"
            shutil.copytree(warehouse.root, published_before[tuple(nights)], symlinks=True)
        states.append(_state(warehouse))
        release = current_release(warehouse)
        assert release is not None
        return release

    return publish_one


def publish_night(
    settings: Settings, home: Home, number: int, inputs_hash: str | None = None, keep: int | None = None
) -> Release:
    """Publish run `number` for real, whatever was published before."""
    change(home, f"update marts.indicator_values set value = {number / 1000} where \"group\" = 'unknown'")
    kept = {"releases_kept": keep} if keep else {}
    ours = settings.model_copy(update={"retention": settings.retention.model_copy(update=kept)})
    run = a_run(settings, number, inputs_hash)
    release = publish(ours, home, run, judge(home), a_page)
    write_run(home.runs, dataclasses.replace(run, outcome="published", release_id=release.release_id))
    return release


def _state(home: Home) -> list[Any]:
    """What a test may have changed since the last night: if anything, its nights are its own."""
    paths = [path for path in home.root.rglob("*") if not path.is_dir() and path != home.warehouse]
    return sorted(
        (path.relative_to(home.root).as_posix(), path.lstat().st_mtime_ns) for path in paths if not path.is_symlink()
    )


def unknown_share(marts: Path) -> float:
    """The value that `night` set, read from a released file."""
    with duckdb.connect(str(marts), read_only=True) as con:
        found = con.execute("select value from marts.marts.indicator_values where \"group\" = 'unknown'").fetchone()
    assert found is not None
    return float(found[0])
