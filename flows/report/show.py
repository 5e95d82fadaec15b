"""Show: how a number of the conformed tables is written for a reader. How each measure is written is a seed."""

from __future__ import annotations

import datetime
import functools
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flows.report.compose import Figure, Tag
from flows.report.read import Row, seed

KEY = ("indicator_id", "as_at_date", "organisation_unit_level", "organisation_unit", "stratum", "measure")
MINUS = "\N{MINUS SIGN}"


def figure(row: Row, column: str = "value") -> Figure:
    """One number of a row of `shown_values` or `shown_comparisons`, as it is shown.

    `row` must hold the key columns of its table, `unit`, `status`, and, where they matter, the marker columns and
    `not_computed_because`. Counts (`numerator`, `denominator` and those of the two groups) are written as people;
    intervals, `previous_value` and `change` as their value is.
    """
    table = "indicator_comparisons" if "minority_group" in row else "indicator_values"
    number = row.get(column)
    key = "|".join([table, *(str(row.get(name, "")) for name in KEY), *_groups(row, table), column])
    if number is None:
        marker, note = _marker(row, column)
        return Figure(row.get("value_text") or marker if column == "value" else marker, None, key, note, _status(row))
    return Figure(written(number, table, row, column), float(number), key, "", _status(row))


def _groups(row: Row, table: str) -> tuple[str, str]:
    if table == "indicator_values":
        return str(row.get("group", "")), ""
    return str(row.get("minority_group", "")), str(row.get("reference_group", ""))


def _status(row: Row) -> str:
    return str(row.get("status") or "")


def _marker(row: Row, column: str) -> tuple[str, str]:
    """What stands in place of a number that is not there, and why."""
    marker = row.get("denominator_marker" if column == "denominator" else "value_marker")
    why = str(row.get("marker_reason") or row.get("not_computed_because") or "")
    return str(marker or ("[x]" if why else "[z]")), why


def written(number: Any, table: str, row: Row, column: str = "value") -> str:
    """A number as its measure is written: `24.6%`, `+7.7 points`, `1.30`, `£18.42`, `8,146`. Halves go up."""
    if column.endswith(("numerator", "denominator")):
        return plain(number)
    is_change = column == "change"
    form = _form(table, "difference" if is_change else str(row["measure"]), str(row["unit"]))
    is_signed = form["is_signed"] == "true" or is_change
    scaled = Decimal(str(number)) * Decimal(form["scale"])
    return _put(scaled, int(form["decimals"]), form["prefix"], form["suffix"], is_signed)


@functools.cache
def _form(table: str, measure: str, unit: str) -> dict[str, str]:
    forms = [one for one in seed("report/measure_formats") if (one["conformed_table"], one["unit"]) == (table, unit)]
    for name in (measure, "*"):
        for one in forms:
            if one["measure"] == name:
                return one
    raise LookupError(f"seeds/report/measure_formats.csv has no row for {table}, unit {unit}.")


def plain(number: Any, decimals: int = 0) -> str:
    """A count or a length with thousands set apart: `8,146`. A part of a person (an average of years) keeps a digit."""
    exact = Decimal(str(number))
    return _put(exact, decimals or int(exact != exact.to_integral_value()), "", "", False)


def _put(exact: Decimal, decimals: int, prefix: str, suffix: str, is_signed: bool) -> str:
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    sign = MINUS if rounded < 0 else "+" if is_signed and rounded > 0 else ""
    return f"{sign}{prefix}{abs(rounded):,}{suffix}"


def direction(word: Any, which: str = "words") -> Tag:
    """A direction of travel as words and a symbol; `which` is `words`, or `tested_words` for the test at 95%."""
    known = {one["direction"]: one for one in seed("report/direction_words")}
    one = known[str(word or "not_comparable")]
    return Tag(one[which], one["symbol"], one["tone"])


def measure_label(table: str, measure: str) -> str:
    """What a measure is called in a heading."""
    return _labels()[table, measure]


@functools.cache
def _labels() -> dict[tuple[str, str], str]:
    return {(one["conformed_table"], one["measure"]): one["measure_label"] for one in seed("report/measure_labels")}


def indicator_number(number: Any) -> str:
    """The number of an indicator as the standards write it: `4a_i` of the catalogue is `4a(i)`."""
    return re.sub(r"^(\d\w*?)_(\w+)$", r"\1(\2)", str(number or ""))


def day(date: datetime.date) -> str:
    """`31 March 2025`."""
    return f"{date.day} {date:%B %Y}"


def month(date: datetime.date) -> str:
    """`March 2025`."""
    return f"{date:%B %Y}"
