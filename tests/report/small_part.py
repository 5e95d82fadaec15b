"""A part of a release in a DuckDB file of a few rows, with directorates as a test wants them."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import duckdb

from flows.configure import Organisation
from flows.report import Edition
from flows.report.read import read_figures
from flows.report.write import Making

HIDDEN = "Hidden so that nobody can be found: the number is small, or would give a small one away"

MONTHS = [datetime.date(2024, 3, 31), datetime.date(2025, 2, 28), datetime.date(2025, 3, 31)]
NEWEST = MONTHS[-1]

COLUMNS = """
    organisation_code varchar, indicator_id varchar, definition_version varchar, is_current_definition boolean,
    reporting_year varchar, as_at_date date, organisation_unit_level varchar, organisation_unit varchar,
    organisation_unit_parent varchar, stratum varchar, measure varchar, {groups} value double, value_text varchar,
    unit varchar, ci_low double, ci_high double, not_computed_because varchar, status varchar, value_marker varchar,
    denominator_marker varchar, rounded_to integer, marker_reason varchar
"""
VALUES = COLUMNS.format(groups='"group" varchar, numerator decimal(18, 4), denominator decimal(18, 4),')
COMPARISONS = (
    COLUMNS.format(groups="minority_group varchar, reference_group varchar,")
    + ", previous_value double, change double, direction_by_threshold varchar, direction_tested varchar"
)

QUESTIONS = {"ethnicity": "Ethnicity", "religion": "Religion or belief"}


@dataclass(frozen=True)
class Told:
    """A directorate, or a team of one: its people and its answers on record to each question, by month.

    `answered` holds the counts of the questions in their order; None is a hidden one. `people` may be hidden too.
    """

    name: str
    people: int | None
    answered: tuple[int | None, ...]
    level: Literal["trust", "directorate", "team"] = "directorate"
    parent: str = "trust"
    months: Sequence[datetime.date] = tuple(MONTHS)
    rounded_to: int = 1


@contextmanager
def part_of(folder: Path, told: Sequence[Told], kind: Literal["open", "restricted"] = "open") -> Iterator[Making]:
    """What page modules are given of a part that holds these units; the trust is the first of them."""
    figures = folder / "figures.duckdb"
    _write(figures, told)
    edition = Edition(
        kind=kind,
        figures=figures,
        part=folder,
        organisation=Organisation(name="A Trust", ods_code="XYZ"),
        release_id="20250401T033000Z_000000",
        published_at=datetime.datetime(2025, 4, 1, 3, 30, tzinfo=datetime.UTC),
        as_of_date=datetime.date(2025, 4, 1),
        texts=folder / "texts",
    )
    with read_figures(edition) as opened:
        yield Making(edition, opened, lambda _: None)


def _write(figures: Path, told: Sequence[Told]) -> None:
    with duckdb.connect(str(figures)) as con:
        con.execute("create schema marts")
        con.execute("use marts")
        con.execute(f"create table indicator_values ({VALUES})")
        con.execute(f"create table indicator_comparisons ({COMPARISONS})")
        con.execute(
            "create table indicator_catalogue (indicator_id varchar, is_current_definition boolean, position integer, "
            "number varchar, title varchar)"
        )
        con.execute(
            "create table indicator_vocabulary (conformed_table varchar, indicator_id varchar, "
            '"group" varchar, group_label varchar, group_position integer)'
        )
        for at, (field, label) in enumerate(QUESTIONS.items()):
            row = [f"declaration_{field}", True, at, label, f"Declaration of {label.lower()}"]
            con.execute("insert into indicator_catalogue values (?, ?, ?, ?, ?)", row)
        for at, group in enumerate(("female", "male")):
            row = ["indicator_values", "workforce_profile_gender", group, group.title(), at]
            con.execute("insert into indicator_vocabulary values (?, ?, ?, ?, ?)", row)
        for one in told:
            _insert(con, one)


def _insert(con: duckdb.DuckDBPyConnection, one: Told) -> None:
    for month in one.months:
        for field, count in zip(QUESTIONS, one.answered, strict=True):
            _insert_value(con, one, month, f"declaration_{field}", "complete_share", "all", count)
        half = None if one.people is None else one.people // 2
        for group in ("female", "male"):
            _insert_value(con, one, month, "workforce_profile_gender", "share", group, half)
    row = _unit(one, one.months[-1] if one.months else NEWEST) | {
        "indicator_id": "wres_2",
        "measure": "relative_likelihood",
        "minority_group": "ethnic_minority",
        "reference_group": "white",
        "unit": "ratio",
        "value": None if one.people is None else 1.25,
        "ci_low": 1.0,
        "ci_high": 1.6,
        "previous_value": 2.0,
        "direction_by_threshold": "improved",
        "direction_tested": "no_clear_change",
    }
    if one.people is None:
        row |= {"ci_low": None, "ci_high": None, "previous_value": None, "marker_reason": HIDDEN, "value_marker": "[c]"}
    _insert_row(con, "indicator_comparisons", row)


def _unit(one: Told, month: datetime.date) -> dict[str, Any]:
    return {
        "organisation_code": "XYZ",
        "definition_version": "1",
        "is_current_definition": True,
        "reporting_year": "2024/25",
        "as_at_date": month,
        "organisation_unit_level": one.level,
        "organisation_unit": one.name,
        "organisation_unit_parent": None if one.level == "trust" else one.parent,
        "stratum": "all",
        "status": "draft",
        "rounded_to": one.rounded_to,
    }


def _insert_value(  # noqa: PLR0917  the parts of a row
    con: duckdb.DuckDBPyConnection,
    one: Told,
    month: datetime.date,
    indicator: str,
    measure: str,
    group: str,
    count: Any,
) -> None:
    is_hidden = count is None or one.people is None
    share = None if is_hidden else count / one.people
    row = _unit(one, month) | {
        "indicator_id": indicator,
        "measure": measure,
        "group": group,
        "unit": "fraction",
        "numerator": None if is_hidden else count,
        "denominator": one.people,
        "value": share,
        "ci_low": share,
        "ci_high": share,
        "value_marker": "[c]" if is_hidden else None,
        "denominator_marker": "[c]" if one.people is None else None,
        "marker_reason": HIDDEN if is_hidden else None,
    }
    _insert_row(con, "indicator_values", row)


def _insert_row(con: duckdb.DuckDBPyConnection, table: str, row: dict[str, Any]) -> None:
    names = ", ".join(f'"{name}"' for name in row)
    con.execute(f"insert into {table} ({names}) values ({', '.join('?' * len(row))})", list(row.values()))
