"""Write small open files by hand: the tables that a reader would have, with only as many rows as a test needs."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb

POLICY = {
    "threshold": 10,
    "zero_base_minimum": 30,
    "hidden_range_minimum": 10,
    "rounding_base": 5,
    "change_minimum": 10,
    "change_range_minimum": 8,
    "pay_minimum_group": 20,
    "pay_hidden_range_share": 0.2,
    "pay_rounding": 0.01,
}
VALUES = {
    "indicator_id": "varchar",
    "measure": "varchar",
    "as_at_date": "date",
    "organisation_unit_level": "varchar",
    "organisation_unit": "varchar",
    "organisation_unit_parent": "varchar",
    "stratum": "varchar",
    "group": "varchar",
    "numerator": "decimal(18,4)",
    "denominator": "decimal(18,4)",
    "value": "double",
    "value_text": "varchar",
    "unit": "varchar",
    "ci_low": "double",
    "ci_high": "double",
    "not_computed_because": "varchar",
    "value_marker": "varchar",
    "denominator_marker": "varchar",
    "rounded_to": "integer",
}
COMPARISONS = {
    "indicator_id": "varchar",
    "measure": "varchar",
    "as_at_date": "date",
    "organisation_unit_level": "varchar",
    "organisation_unit": "varchar",
    "stratum": "varchar",
    "minority_group": "varchar",
    "reference_group": "varchar",
    "minority_numerator": "decimal(18,4)",
    "minority_denominator": "decimal(18,4)",
    "reference_numerator": "decimal(18,4)",
    "reference_denominator": "decimal(18,4)",
    "value": "double",
    "ci_low": "double",
    "ci_high": "double",
    "p_value": "double",
    "p_value_adjusted": "double",
    "zero_cell_adjusted": "boolean",
    "previous_as_at_date": "date",
    "previous_value": "double",
    "change": "double",
    "within_four_fifths": "boolean",
    "method": "varchar",
    "value_marker": "varchar",
}
Row = dict[str, Any]


def row(group: str, count: float | None, base: float | None, **other: Any) -> Row:
    """A row of indicator_values: a shown share, unless a marker says otherwise."""
    told: Row = {
        "indicator_id": "profile",
        "measure": "share",
        "as_at_date": "2025-03-31",
        "organisation_unit_level": "trust",
        "organisation_unit": "trust",
        "stratum": "all",
        "group": group,
        "numerator": count,
        "denominator": base,
        "value": count / base if count is not None and base else None,
        "unit": "fraction",
        "rounded_to": 1,
    }
    return told | other


def hidden(group: str, base: float | None, **other: Any) -> Row:
    """A row whose count is hidden, and its base too where none is given."""
    markers = {"value_marker": "[c]", "denominator_marker": "[c]" if base is None else None}
    return row(group, None, base, **(markers | other))


def comparison(minority: str, reference: str, value: float | None, **other: Any) -> Row:
    """A row of indicator_comparisons."""
    told: Row = {
        "indicator_id": "profile",
        "measure": "relative_likelihood",
        "as_at_date": "2025-03-31",
        "organisation_unit_level": "trust",
        "organisation_unit": "trust",
        "stratum": "all",
        "minority_group": minority,
        "reference_group": reference,
        "value": value,
    }
    return told | other


def nested(characteristic: str, groups: Iterable[str], outer: str = "all", outer_group: str = "all") -> list[Row]:
    """These groups sum to the outer one."""
    return [
        {
            "characteristic": characteristic,
            "group_key": group,
            "within_characteristic": outer,
            "within_group_key": outer_group,
        }
        for group in groups
    ]


def counted(indicator_id: str, measure: str, part: str, people: str, of: str = "ethnicity") -> Row:
    """What a part of an indicator counts: everyone, or the group of the row of a characteristic."""
    return {
        "indicator_id": indicator_id,
        "measure": measure,
        "part": part,
        "people": people,
        "characteristic": of,
        "group_key": "all" if of == "all" else "*",
        "stratum_rule": "own",
        "date_rule": "own",
    }


def write(
    path: Path,
    values: Sequence[Row],
    comparisons: Sequence[Row] = (),
    *,
    people: Sequence[Row] = (),
    groups: Sequence[Row] = (),
    strata: Sequence[Row] = (),
    within: Sequence[Row] = (),
    summed: Sequence[Row] = (),
    policy: dict[str, float] | None = None,
) -> Path:
    """Write an open file; the profile of the staff by ethnicity is there without being asked for."""
    rules = [{"output": "open", "rule": rule, "value": str(value)} for rule, value in (policy or POLICY).items()]
    profile = [
        counted("profile", "share", "numerator", "staff"),
        counted("profile", "share", "denominator", "staff", "all"),
    ]
    cuts = [
        {
            "indicator_id": told["indicator_id"],
            "measure": told["measure"],
            "organisation_unit_level": told["organisation_unit_level"],
            "stratum_dimension": "all",
            "treatment": "year_end_and_month",
        }
        for told in values
    ]
    texts = {
        "disclosure_policy": (("output", "rule", "value"), rules),
        "counted_people": (tuple(profile[0]), [*profile, *people]),
        "nested_groups": (("characteristic", "group_key", "within_characteristic", "within_group_key"), groups),
        "nested_strata": (("stratum_dimension", "stratum", "within_stratum"), strata),
        "nested_people": (("people", "within_people"), within),
        "summed_people": (("people", "within_people", "within_date_rule", "characteristic"), summed),
        "open_cuts": (tuple(cuts[0]) if cuts else ("indicator_id",), cuts),
    }
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        for name, (columns, rows) in texts.items():
            _fill(connection, name, dict.fromkeys(columns, "varchar"), rows)
        _fill(connection, "indicator_values", VALUES, values)
        _fill(connection, "indicator_comparisons", COMPARISONS, comparisons)
    return path


def _fill(connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str], rows: Sequence[Row]) -> None:
    connection.execute(
        f"create table marts.{table} (" + ", ".join(f'"{name}" {kind}' for name, kind in columns.items()) + ")"
    )
    if rows:
        marks = ", ".join("?" for _ in columns)
        connection.execute(
            f"insert into marts.{table} values " + ", ".join(f"({marks})" for _ in rows),
            [told.get(name) for told in rows for name in columns],
        )
