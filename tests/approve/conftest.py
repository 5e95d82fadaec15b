"""A release that is small enough to be made by hand: what the marts tell of figures that may be signed off."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.freeze import FIGURE_FACTS, FIGURE_KEY
from flows.home import Home
from flows.point import file_hash, move_pointer

Figures = Sequence[dict[str, Any]]
Release = Callable[..., Path]

SHARE = {
    "conformed_table": "indicator_values",
    "indicator_id": "wres_1",
    "as_at_date": "2025-03-31",
    "organisation_unit_level": "trust",
    "organisation_unit": "trust",
    "stratum": "all",
    "measure": "share",
    "group_key": "ethnic_minority",
    "reference_group": "",
    "definition_version": "1",
    "unit": "fraction",
    "value": 0.246,
    "numerator": 2042,
    "denominator": 8300,
}
WHITE = SHARE | {"group_key": "white", "value": 0.688, "numerator": 5712}


@pytest.fixture
def released(home: Home) -> Release:
    """Make a release of these figures of 2024/25 and point readers to it: `released("r1", [SHARE])`."""

    def release(release_id: str, figures: Figures = (SHARE, WHITE), framework: str = "wres") -> Path:
        folder = home.releases / release_id
        (folder / "restricted").mkdir(parents=True)
        marts = folder / "restricted" / "marts.duckdb"
        with duckdb.connect(str(marts)) as con:
            _make_marts(con, figures, framework)
        files = {"restricted/marts.duckdb": {"bytes": marts.stat().st_size, "sha256": file_hash(marts)}}
        manifest = {"run_id": release_id, "content_hash": f"hash of {release_id}", "files": files}
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        move_pointer(home, release_id)
        return folder

    return release


def _make_marts(con: duckdb.DuckDBPyConnection, figures: Figures, framework: str) -> None:
    con.execute("create schema marts")
    con.execute("use marts")
    con.execute(
        "create table indicator_catalogue as select * from (values ('wres_1', 'WRES', 1, true), "
        "('wres_2', 'WRES', 2, true), "
        "('pay_gap_gender', 'Pay gap', 3, true)) as t (indicator_id, framework, position, is_current_definition)"
    )
    types = {**FIGURE_KEY, **FIGURE_FACTS}
    columns = ", ".join(f'"{"group" if name == "group_key" else name}" {type_}' for name, type_ in types.items())
    con.execute(
        f"create table figure_status (organisation_code VARCHAR, framework VARCHAR, reporting_year VARCHAR, {columns})"
    )
    places = ", ".join("?" * (len(types) + 3))
    for figure in figures:
        values = ["XPT", framework, "2024/25", *(figure.get(name) for name in types)]
        con.execute(f"insert into figure_status values ({places})", values)
