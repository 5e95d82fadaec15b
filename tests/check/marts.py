"""The quality marts of a small trust, written by hand into a real DuckDB file: two snapshots without a fault."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import duckdb

MARCH, FEBRUARY = datetime.date(2025, 3, 31), datetime.date(2025, 2, 28)
NORTH, SOUTH, PEOPLE = "Ambulance Operations North", "Ambulance Operations South", "People and Culture"
FIELDS = ("ethnicity", "disability", "religion", "sexual_orientation", "marital_status", "gender", "age")
HEADCOUNTS = {NORTH: 300, SOUTH: 180, PEOPLE: 20}
TEAMS = {f"{name} Team {number}": 20 for name, people in HEADCOUNTS.items() for number in range(1, people // 20 + 1)}

TABLES = {
    "quality_snapshots": """
        organisation_code varchar, snapshot_date date, is_latest boolean, load_id bigint, headcount bigint,
        previous_snapshot_date date, previous_headcount bigint, headcount_change_share double,
        months_since_previous integer, missing_snapshot_count integer, shared_with_previous_share double,
        duplicate_row_count bigint, duplicate_person_count bigint, conflicting_characteristics_count bigint,
        unknown_scope_value_count bigint, unranked_band_count bigint""",
    "quality_directorates": """
        organisation_code varchar, snapshot_date date, directorate varchar, headcount bigint,
        previous_headcount bigint, headcount_change_share double, is_missing boolean""",
    "declaration_rates": """
        organisation_code varchar, snapshot_date date, organisation_unit_level varchar, organisation_unit varchar,
        field varchar, headcount bigint, declared_count bigint, declined_count bigint, blank_count bigint,
        unmapped_count bigint, complete_count bigint, complete_share double, usable_count bigint, usable_share double,
        previous_snapshot_date date, previous_complete_share double, complete_share_change double,
        target_share double, to_reach_target_count bigint""",
    "workforce_profile": """
        organisation_code varchar, snapshot_date date, organisation_unit_level varchar, organisation_unit varchar,
        stratum varchar, characteristic varchar, person_count bigint""",
    "quality_sources": """
        organisation_code varchar, dataset varchar, latest_as_at_date date, file_count bigint, row_count bigint,
        is_present boolean, is_needed boolean, needed_by varchar""",
    "quality_unmapped_values": """
        organisation_code varchar, dataset varchar, field varchar, heading varchar, as_at_date date,
        value_shown varchar, is_blank boolean, row_count bigint, file_name varchar, first_lines varchar, load_id bigint,
        is_current_load boolean""",
}

Tables = dict[str, list[dict[str, Any]]]


def sound() -> Tables:
    """Rows of every table of a trust in which nothing is wrong. A test changes what it is about."""
    return {
        "quality_snapshots": [_snapshot(FEBRUARY, None, 1), _snapshot(MARCH, FEBRUARY, 2)],
        "quality_directorates": [
            _directorate(date, name, before) for date, before in ((FEBRUARY, None), (MARCH, 1)) for name in HEADCOUNTS
        ],
        "declaration_rates": [
            _declared(date, previous, unit, field)
            for date, previous in ((FEBRUARY, None), (MARCH, FEBRUARY))
            for unit in ("trust", *HEADCOUNTS)
            for field in FIELDS
        ],
        "workforce_profile": [
            unit_row(date, level, name, headcount)
            for date in (FEBRUARY, MARCH)
            for level, units in (("directorate", HEADCOUNTS), ("team", TEAMS))
            for name, headcount in units.items()
        ],
        "quality_sources": [
            _source("esr_staff_list", 2, "every indicator"),
            _source("recruitment_applications", 1, "wres_2"),
        ],
        "quality_unmapped_values": [],
    }


def write(path: Path, tables: Tables) -> Path:
    """Write the tables as the schema `marts` of a new DuckDB file."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as con:
        con.execute("begin")
        con.execute("create schema marts")
        for name, columns in TABLES.items():
            con.execute(f"create table marts.{name} ({columns})")
            for row in tables[name]:
                names, marks = ", ".join(row), ", ".join("?" * len(row))
                con.execute(f"insert into marts.{name} ({names}) values ({marks})", list(row.values()))
        con.execute("commit")
    return path


def of(tables: Tables, table: str, **keys: Any) -> dict[str, Any]:
    """The one row of a table that has these values, to be changed in place."""
    found = [row for row in tables[table] if all(row[key] == value for key, value in keys.items())]
    assert len(found) == 1, f"{len(found)} rows of {table} have {keys}"
    return found[0]


def blank(tables: Tables, unit: str, field: str, people: int) -> None:
    """Blank a field for this many more people of a directorate in March, and so of the trust."""
    for name in {unit, "trust"}:
        row = of(tables, "declaration_rates", snapshot_date=MARCH, organisation_unit=name, field=field)
        row["declared_count"] -= people
        row["blank_count"] += people


def unit_row(date: datetime.date, level: str, name: str, headcount: int) -> dict[str, Any]:
    """A row of `workforce_profile`: a directorate or team and the people in it."""
    return {
        "organisation_code": "XPT",
        "snapshot_date": date,
        "organisation_unit_level": level,
        "organisation_unit": name,
        "stratum": "all",
        "characteristic": "ethnicity",
        "person_count": headcount,
    }


def _snapshot(date: datetime.date, previous: datetime.date | None, load_id: int) -> dict[str, Any]:
    total = sum(HEADCOUNTS.values())
    return {
        "organisation_code": "XPT",
        "snapshot_date": date,
        "is_latest": date == MARCH,
        "load_id": load_id,
        "headcount": total,
        "previous_snapshot_date": previous,
        "previous_headcount": total if previous else None,
        "headcount_change_share": 0.0 if previous else None,
        "months_since_previous": 1 if previous else None,
        "missing_snapshot_count": 0 if previous else None,
        "shared_with_previous_share": 0.99 if previous else None,
        "duplicate_row_count": 0,
        "duplicate_person_count": 0,
        "conflicting_characteristics_count": 0,
        "unknown_scope_value_count": 0,
        "unranked_band_count": 10,
    }


def _directorate(date: datetime.date, name: str, before: int | None) -> dict[str, Any]:
    return {
        "organisation_code": "XPT",
        "snapshot_date": date,
        "directorate": name,
        "headcount": HEADCOUNTS[name],
        "previous_headcount": HEADCOUNTS[name] if before else None,
        "headcount_change_share": 0.0 if before else None,
        "is_missing": False,
    }


def _declared(date: datetime.date, previous: datetime.date | None, unit: str, field: str) -> dict[str, Any]:
    headcount = HEADCOUNTS.get(unit, sum(HEADCOUNTS.values()))
    blank_count, declined = 0, headcount // 20
    return {
        "organisation_code": "XPT",
        "snapshot_date": date,
        "organisation_unit_level": "directorate" if unit in HEADCOUNTS else "trust",
        "organisation_unit": unit,
        "field": field,
        "headcount": headcount,
        "declared_count": headcount - declined - blank_count,
        "declined_count": declined,
        "blank_count": blank_count,
        "unmapped_count": 0,
        "previous_snapshot_date": previous,
    }


def _source(dataset: str, files: int, needed_by: str) -> dict[str, Any]:
    return {
        "organisation_code": "XPT",
        "dataset": dataset,
        "latest_as_at_date": MARCH,
        "file_count": files,
        "row_count": 500,
        "is_present": True,
        "is_needed": True,
        "needed_by": needed_by,
    }
