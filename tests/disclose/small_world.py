"""A trust of some hundred people in three directorates, as marts alone: staff, leavers and pay of a few dates."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from flows.configure import Settings
from flows.disclose import _protect
from flows.home import Home
from tests.disclose.models import fill, lay, run_models

YEAR_ENDS = ("2024-03-31", "2025-03-31")
MONTH = "2025-02-28"
CHARACTERISTICS = {"ethnicity": "workforce_profile_ethnicity", "gender": "workforce_profile_gender"}
STAFF = {
    ("North", "white"): 300,
    ("North", "ethnic_minority"): 120,
    ("North", "unknown"): 40,
    ("South", "white"): 200,
    ("South", "ethnic_minority"): 90,
    ("South", "unknown"): 30,
    ("Office", "white"): 60,
    ("Office", "ethnic_minority"): 4,
    ("Office", "unknown"): 20,
}
GENDERS = {
    ("North", "female"): 250,
    ("North", "male"): 190,
    ("North", "unknown"): 20,
    ("South", "female"): 170,
    ("South", "male"): 130,
    ("South", "unknown"): 20,
    ("Office", "female"): 50,
    ("Office", "male"): 34,
}
LEAVERS = {"white": 40, "ethnic_minority": 25, "unknown": 12}
PAY = {"female": 19.0, "male": 20.123}

Row = dict[str, Any]
Counts = dict[tuple[str, str], int]


@dataclass
class World:
    """The counts that the marts are made of; change what a test is about."""

    ethnicity: dict[str, Counts] = field(default_factory=lambda: {day: dict(STAFF) for day in (*YEAR_ENDS, MONTH)})
    gender: dict[str, Counts] = field(default_factory=lambda: {day: dict(GENDERS) for day in (*YEAR_ENDS, MONTH)})
    leavers: dict[str, dict[str, int]] = field(default_factory=lambda: {day: dict(LEAVERS) for day in YEAR_ENDS})
    pay: dict[str, float] = field(default_factory=lambda: dict(PAY))
    median_pay: dict[str, float] = field(default_factory=lambda: dict(PAY))
    actions: list[Row] = field(default_factory=list)

    def values(self) -> list[Row]:
        """The rows of indicator_values."""
        rows = []
        for characteristic, indicator in CHARACTERISTICS.items():
            by_day: dict[str, Counts] = getattr(self, characteristic)
            for day, counts in by_day.items():
                for unit in ("trust", *dict.fromkeys(unit for unit, _ in counts)):
                    rows += _shares(indicator, day, unit, counts)
        for day, leavers in self.leavers.items():
            before = self.ethnicity.get(_year_before(day), STAFF)
            for group, count in leavers.items():
                base = sum(people for (_, own), people in before.items() if own == group)
                rows.append(_row(("leavers_ethnicity", "likelihood"), day, "trust", group, (count, base)))
        for day in YEAR_ENDS:
            for group, mean in self.pay.items():
                people = sum(count for (_, own), count in self.gender[day].items() if own == group)
                paid = _row(("pay_gap_gender", "mean_hourly_pay"), day, "trust", group, (None, people))
                rows.append(paid | {"value": mean, "unit": "gbp_per_hour"})
                median = paid | {"measure": "median_hourly_pay", "value": self.median_pay[group]}
                rows.append(median | {"unit": "gbp_per_hour"})
        return rows

    def comparisons(self) -> list[Row]:
        """The rows of indicator_comparisons: how much likelier ethnic minorities are to leave."""
        rows, previous = [], None
        for day in YEAR_ENDS:
            found = {row["group"]: row for row in self.values() if _is_leavers(row, day)}
            minority, reference = found["ethnic_minority"], found["white"]
            value = minority["value"] / reference["value"]
            row = _row(("leavers_ethnicity", "relative_likelihood"), day, "trust", "", (None, None))
            rows.append(
                row
                | {"minority_group": "ethnic_minority", "reference_group": "white", "value": value, "unit": "ratio"}
                | {"minority_numerator": minority["numerator"], "minority_denominator": minority["denominator"]}
                | {"reference_numerator": reference["numerator"], "reference_denominator": reference["denominator"]}
                | {"previous_as_at_date": YEAR_ENDS[0] if previous else None, "previous_value": previous}
                | {"change": value - previous if previous else None, "direction_by_threshold": "improved"}
                | {"direction_tested": "no_clear_change", "p_value": 0.04, "method": "as in the mart"}
            )
            previous = value
        return rows


def _shares(indicator: str, day: str, unit: str, counts: Counts) -> list[Row]:
    of_unit: dict[str, int] = {}
    for (own, group), count in counts.items():
        if unit in ("trust", own):
            of_unit[group] = of_unit.get(group, 0) + count
    base = sum(of_unit.values())
    return [_row((indicator, "share"), day, unit, group, (count, base)) for group, count in of_unit.items()]


def _row(measure: tuple[str, str], day: str, unit: str, group: str, of: tuple[int | None, int | None]) -> Row:
    count, base = of
    return {
        "organisation_code": "XPT",
        "indicator_id": measure[0],
        "definition_version": "1",
        "is_current_definition": True,
        "reporting_year": "2024/25",
        "as_at_date": day,
        "organisation_unit_level": "trust" if unit == "trust" else "directorate",
        "organisation_unit": unit,
        "organisation_unit_parent": None if unit == "trust" else "trust",
        "stratum": "all",
        "measure": measure[1],
        "group": group,
        "numerator": count,
        "denominator": base,
        "value": count / base if count is not None and base else None,
        "unit": "fraction",
        "ci_low": 0.01 if count is not None else None,
        "ci_high": 0.99 if count is not None else None,
        "status": "draft",
    }


def _is_leavers(row: Row, day: str) -> bool:
    return bool(row["indicator_id"] == "leavers_ethnicity" and row["as_at_date"] == day)


def _year_before(day: str) -> str:
    return f"{int(day[:4]) - 1}{day[4:]}"


Change = Callable[[duckdb.DuckDBPyConnection], object]


class Openings:
    """Opens one world after the other, each held to the one before."""

    def __init__(self, settings: Settings, home: Home, laid: Path) -> None:
        self.settings, self.home, self.laid = settings, home, laid
        self.opened: list[Path] = []
        self.held: list[str] = []

    def open(self, world: World, change: Change = lambda con: None) -> Path:
        """The open tables of this world; `change` may spoil its definitions or marts first."""
        self.build(world, change)
        path = self.home.root / f"open_{len(self.opened)}.duckdb"
        _, self.held = _protect(self.settings, self.home, path, self.opened, lambda _: None)
        self.opened.append(path)
        return path

    def build(self, world: World, change: Change = lambda con: None) -> None:
        """Write the warehouse of this world."""
        shutil.copyfile(self.laid, self.home.warehouse)
        with duckdb.connect(str(self.home.warehouse)) as con:
            fill(con, "indicator_values", world.values())
            fill(con, "indicator_comparisons", world.comparisons())
            fill(con, "plan_actions", world.actions)
            change(con)
            run_models(con)


def lay_once(path: Path) -> Path:
    """A warehouse with definitions and without figures, to copy."""
    with duckdb.connect(str(path)) as con:
        lay(con)
    return path


def ask(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Ask an open file."""
    with duckdb.connect(str(path), read_only=True) as con:
        con.execute("set schema = 'marts'")
        return con.execute(sql).fetchall()
