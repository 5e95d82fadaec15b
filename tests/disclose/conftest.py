"""Open tables made by hand, small enough to read, as disclosure control hands them over."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from flows.configure import Settings
from flows.disclose import Disclosure
from flows.disclose.tell import as_record
from flows.home import Home
from flows.publish import Release, publish
from flows.record import write_run
from tests.disclose.small_world import Openings, lay_once
from tests.publish.conftest import a_page, a_run, judge, warehouse

__all__ = ["warehouse"]

OPEN_TABLES = """
create schema marts;
create table marts.indicator_values (
    indicator_id varchar, organisation_unit varchar, "group" varchar, numerator decimal(18,4),
    denominator decimal(18,4), value double, value_marker varchar, marker_reason varchar,
    primary key (indicator_id, "group")
);
comment on table marts.indicator_values is 'One row per indicator and group.';
comment on column marts.indicator_values."group" is 'Which people; unknown is a group.';
insert into marts.indicator_values values
    ('wres_1', '=North', 'ethnic_minority', 240, 1000, 0.24, null, ''),
    ('wres_1', '=North', 'white', 712.5, 1000, 0.7125, null, null),
    ('wres_1', '-South, "old"', 'unknown', null, 1000, null, '[c]', 'hidden
so that nobody can be found');
create table marts.open_tables (table_name varchar, treatment varchar, sentence varchar, source varchar);
insert into marts.open_tables values
    ('indicator_values', 'cells', 'Small counts are hidden.', 'rule'),
    ('open_tables', 'public', 'Definitions, not about people.', 'rule'),
    ('quality_loads', 'restricted', 'Not open.', 'rule');
create table marts.disclosure_report (
    table_name varchar, cut varchar, cells bigint, hidden_cells bigint, hidden_cells_share double, sentence varchar
);
insert into marts.disclosure_report values
    ('indicator_values', 'wres_1 share', 6, 1, 0.1667, 'One of six numbers is hidden.');
"""
REPORT = [
    {
        "table_name": "indicator_values",
        "cut": "wres_1 share",
        "cells": 6,
        "hidden_cells": 1,
        "hidden_cells_share": 0.1667,
        "people": 1000,
        "hidden_people_share": 0.05,
        "sentence": "One of six numbers is hidden.",
    }
]
"""As disclosure control tells it: of the people who are hidden, only restricted readers learn."""


@pytest.fixture
def nights(settings: Settings, warehouse: Home, tmp_path: Path) -> Nights:
    """Nights of one home, each with the open part that it is told."""
    return Nights(settings, warehouse, tmp_path)


class Nights:
    """Publishes by hand-made marts and hand-made open tables: no dbt, no checks, no Prefect."""

    def __init__(self, settings: Settings, home: Home, folder: Path) -> None:
        self.settings, self.home, self.folder = settings, home, folder

    def disclosed(self, number: int, value: float = 0.24) -> Disclosure:
        """An open part whose one shown value is `value`."""
        return Disclosure("open", open_tables(self.folder / f"open_{number}.duckdb", value), "", REPORT)

    def publish(self, number: int, disclosure: Disclosure) -> Release:
        """Publish run `number` with this open part."""
        run = a_run(self.settings, number)
        run.disclosure = as_record(self.home, disclosure)
        release = publish(self.settings, self.home, run, judge(self.home), a_page, disclosure=disclosure)
        write_run(self.home.runs, run)
        return release

    def opened(self, number: int, value: float = 0.24) -> Release:
        """Publish run `number` with an open part of its own."""
        return self.publish(number, self.disclosed(number, value))

    def withheld(self, number: int, reason: str = "The auditor found 3 cells that are too narrow.") -> Release:
        """Publish run `number` with its open part withheld."""
        return self.publish(number, Disclosure("withheld", None, reason))


def open_tables(path: Path, value: float = 0.24, also: str = "") -> Path:
    """A file of open tables."""
    with duckdb.connect(str(path)) as con:
        con.execute(OPEN_TABLES + also)
        con.execute("update marts.indicator_values set value = ? where \"group\" = 'ethnic_minority'", [value])
    return path


def shown_value(path: Path) -> float:
    """The value that `opened` set, read from an open file."""
    with duckdb.connect(str(path), read_only=True) as con:
        found = con.execute("select value from marts.indicator_values where \"group\" = 'ethnic_minority'").fetchone()
    assert found is not None
    return float(found[0])


@pytest.fixture(scope="session")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with every definition and no figure."""
    return lay_once(tmp_path_factory.mktemp("laid") / "warehouse.duckdb")


@pytest.fixture
def openings(settings: Settings, home: Home, laid: Path) -> Openings:
    """Open tables of small worlds, one after the other."""
    return Openings(settings, home, laid)
