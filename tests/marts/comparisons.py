"""The model indicator_comparisons alone, over a few figures and the project's own rules: render, run, give the rows."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import duckdb
import yaml
from jinja2 import Environment

from flows.configure import PROJECT
from flows.freeze import APPROVAL_FACTS, FIGURE_FACTS, FIGURE_KEY
from tests.marts.formulas import FILES

Row = dict[str, Any]

RULES = ("comparison_forms", "comparison_tests", "direction_rules", "ratio_rules")
DATE = datetime.date(2025, 3, 31)
EARLIER = datetime.date(2024, 3, 31)

VALUES = {
    "organisation_code": "varchar",
    "indicator_id": "varchar",
    "definition_version": "varchar",
    "is_current_definition": "boolean",
    "reporting_year": "varchar",
    "as_at_date": "date",
    "organisation_unit_level": "varchar",
    "organisation_unit": "varchar",
    "organisation_unit_parent": "varchar",
    "stratum": "varchar",
    "measure": "varchar",
    "group": "varchar",
    "numerator": "decimal(18, 4)",
    "denominator": "decimal(18, 4)",
    "value": "double",
    "ci_low": "double",
    "ci_high": "double",
    "not_computed_because": "varchar",
}
SIGNED = {"group" if name == "group_key" else name: kind for name, kind in {**FIGURE_KEY, **FIGURE_FACTS}.items()}
SIGNED |= APPROVAL_FACTS | {"is_latest": "boolean"}
GROUPS = (
    "indicator_id",
    "measure",
    "value_measure",
    "comparison_form",
    "minority_group",
    "reference_group",
    "reference_indicator_id",
    "reference_measure",
    "reference_group_key",
    "reference_place",
    "better_when",
)


class Engine:
    """What the macros ask of dbt, for DuckDB."""

    def dispatch(self, name: str, _package: str) -> Any:
        kind = "duckdb" if f"macro duckdb__{name}(" in _macros() else "default"
        return lambda *arguments: _macro(f"{kind}__{name}", arguments)

    def dateadd(self, part: str, count: int, column: str) -> str:
        return f"({column} + interval ({count}) {part})"

    def last_day(self, column: str, part: str) -> str:
        return f"(date_trunc('{part}', {column}) + interval 1 {part} - interval 1 day)"


def figure(
    group: str,
    numerator: float | None = None,
    denominator: float | None = None,
    value: float | None = None,
    **rest: Any,
) -> Row:
    """A row of indicator_values: trust, everyone, 31 March 2025 unless told otherwise; a share has Wilson's bounds."""
    row: Row = {
        "organisation_code": "XPT",
        "indicator_id": "wres_3",
        "definition_version": "1",
        "is_current_definition": True,
        "reporting_year": "",
        "as_at_date": DATE,
        "organisation_unit_level": "trust",
        "organisation_unit": "trust",
        "stratum": "all",
        "measure": "likelihood",
        "group": group,
        "numerator": numerator,
        "denominator": denominator,
        "value": numerator / denominator if value is None and denominator and numerator is not None else value,
    }
    if row["value"] is not None and denominator and "ci_low" not in rest and row["value"] <= 1:
        row["ci_low"], row["ci_high"] = wilson(row["value"], denominator)
    return row | rest


def wilson(share: float, base: float) -> tuple[float, float]:
    """Wilson's interval at 95 %, as the textbook writes it."""
    z = 1.959964
    middle = (share + z * z / (2 * base)) / (1 + z * z / base)
    half = z / (1 + z * z / base) * (share * (1 - share) / base + z * z / (4 * base * base)) ** 0.5
    return middle - half, middle + half


def comparison(form: str, **rest: Any) -> Row:
    """One row of indicator_comparison_groups: WRES 3, minority beside white in the same cell unless said otherwise."""
    row: Row = {
        "indicator_id": "wres_3",
        "measure": "relative_likelihood",
        "value_measure": "likelihood",
        "comparison_form": form,
        "minority_group": "ethnic_minority",
        "reference_group": "white",
        "reference_measure": "likelihood",
        "reference_group_key": "white",
        "reference_place": "same_cell",
        "better_when": "parity",
    } | rest
    return {"reference_indicator_id": row["indicator_id"]} | row


def compare(
    figures: Iterable[Row], comparisons: Iterable[Row], rolling_years: Mapping[str, int] | None = None
) -> list[Row]:
    """The rows of indicator_comparisons that these figures give, by date, indicator, unit, stratum and group."""
    figures, comparisons = list(figures), list(comparisons)
    with duckdb.connect() as con:
        for seed in RULES:
            _load_seed(con, seed)
        _load(con, "indicator_values", VALUES, figures)
        _load(con, "approved_figures", SIGNED, [])
        _load(con, "indicator_comparison_groups", dict.fromkeys(GROUPS, "varchar"), comparisons)
        versions = {(row["indicator_id"], row["definition_version"]) for row in figures}
        definitions = [
            {
                "indicator_id": indicator,
                "definition_version": version,
                "is_current_definition": version == "1",
                "rolling_years": (rolling_years or {}).get(version, 1),
            }
            for indicator, version in versions
        ]
        kinds = {"indicator_id": "varchar", "definition_version": "varchar"}
        _load(
            con,
            "indicator_definitions",
            kinds | {"is_current_definition": "boolean", "rolling_years": "integer"},
            definitions,
        )
        strata = [
            {"stratum": stratum, "stratum_dimension": "all" if stratum == "all" else "band"}
            for stratum in {row["stratum"] for row in figures}
        ]
        _load(con, "strata", {"stratum": "varchar", "stratum_dimension": "varchar"}, strata)
        con.execute(
            """
            create table indicator_cuts as
            select distinct
                indicator_values.indicator_id, 'indicator_comparisons' as conformed_table, groups.measure,
                organisation_unit_level, strata.stratum_dimension
            from indicator_values, indicator_comparison_groups as groups, strata
            """
        )
        result = con.execute(
            _sql("models/marts/conformed/indicator_comparisons.sql")
            + " order by as_at_date, indicator_id, organisation_unit, stratum, minority_group, measure"
        )
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


@cache
def _environment() -> Environment:
    environment = Environment(extensions=["jinja2.ext.do"])
    engine = Engine()
    environment.globals.update(adapter=engine, dbt=engine, ref=lambda name: name)
    return environment


@cache
def _macros() -> str:
    return "\n".join((PROJECT / "macros" / name).read_text(encoding="utf-8") for name in FILES)


def _macro(name: str, arguments: Iterable[str]) -> str:
    call = ", ".join(f"'{argument}'" for argument in arguments)
    return _environment().from_string(_macros() + "{{ " + f"{name}({call})" + " }}").render().strip()


@cache
def _sql(path: str) -> str:
    return _environment().from_string(_macros() + (PROJECT / path).read_text(encoding="utf-8")).render()


def _load_seed(con: duckdb.DuckDBPyConnection, seed: str) -> None:
    folder = PROJECT / "seeds/catalogue"
    kinds = yaml.safe_load((folder / f"{seed}.yml").read_text(encoding="utf-8"))["seeds"][0]["config"]["column_types"]
    with (folder / f"{seed}.csv").open(encoding="utf-8", newline="") as handle:
        rows = [{name: value or None for name, value in row.items()} for row in csv.DictReader(handle)]
    _load(con, seed, kinds, rows)


def _load(con: duckdb.DuckDBPyConnection, table: str, kinds: Mapping[str, str], rows: list[Row]) -> None:
    columns = ", ".join(f'"{name}" {kind}' for name, kind in kinds.items())
    con.execute(f"create table {table} ({columns})")
    if rows:
        places = ", ".join("?" for _ in kinds)
        con.executemany(f"insert into {table} values ({places})", [[row.get(name) for name in kinds] for row in rows])
