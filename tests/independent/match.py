"""Set the figures of the pipeline beside those of the independent computation, and say each difference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb

from tests.independent.compare import Comparison, Comparisons, Pair
from tests.independent.compute import Figure, Key, Values
from tests.independent.read import unit_key

Row = dict[str, Any]
FOUR_DECIMALS = 5.1e-5
"""Numerators stand with four decimals: a third of a person who is shared by two quarters is rounded."""
MANY_TIMES = 20
"""A p value of a family may be multiplied by as many as there are."""

EXACT = 1e-9
ROUNDED_Z = 1e-7
"""Intervals may differ by this much: 1.959964 is the deviate of 95 % with six decimals."""

APPROXIMATE_P = 1e-6
"""The database has no normal distribution; its approximation is right to seven decimals."""

LEVELS = ("trust", "directorate")
TEAMS_TOO = (
    *("wres_1", "wdes_1", "wres_3", "wdes_3", "wres_4", "race_disparity_ratio"),
    *("workforce_profile", "declaration", "population", "retention", "leavers", "starters", "promotion"),
    "training_coverage",
)
"""Indicators, by the beginning of their names, that are told for teams too."""


def is_told(indicator: str, level: str) -> bool:
    """Whether both sides tell the indicator for units of this level."""
    return level in LEVELS or any(indicator == name or indicator.startswith(f"{name}_") for name in TEAMS_TOO)


VALUES = """
    select indicator_id, definition_version, as_at_date, organisation_unit_level, organisation_unit, stratum, measure,
        "group", numerator, denominator, value, ci_low, ci_high, not_computed_because
    from marts.indicator_values
"""


def figures_of(connection: duckdb.DuckDBPyConnection) -> dict[Key, tuple[Any, ...]]:
    """The conformed values of trust, directorates and teams: numerator, denominator, value, interval, reason."""
    found = {}
    for row in connection.execute(VALUES).fetchall():
        key = Key._make((*row[:4], unit_key(row[4]), *row[5:8]))
        if not is_told(key.indicator, key.level):
            continue
        assert key not in found, key
        found[key] = row[8:]
    return found


def differences(mine: Values, theirs: dict[Key, tuple[Any, ...]]) -> Iterator[tuple[Key, str]]:
    """Every figure on which the two sides are not one, with both numbers."""
    for key in mine.keys() - theirs.keys():
        if mine[key].denominator or mine[key].value is not None:
            yield key, f"the pipeline has no row; computed {_said(mine[key])}"
    for key, row in theirs.items():
        if key not in mine:
            if row[2] is not None or row[1]:
                yield key, f"not computed independently; the pipeline has {row}"
        else:
            yield from ((key, text) for text in _of_figure(mine[key], row))


def _said(figure: Figure) -> str:
    return f"{figure.numerator} of {figure.denominator}, value {figure.value}, interval {figure.interval}"


def _of_figure(mine: Figure, row: tuple[Any, ...]) -> Iterator[str]:
    numerator, denominator, value, low, high, reason = row
    if mine.numerator is not None and mine.denominator and not near(mine.numerator, numerator, FOUR_DECIMALS):
        yield f"numerator: computed {mine.numerator}, the pipeline has {numerator}"
    if not near(float(mine.denominator), denominator or 0):
        yield f"denominator: computed {mine.denominator}, the pipeline has {denominator}"
    if not near(mine.value, value):
        yield f"value: computed {mine.value}, the pipeline has {value}"
    if value is None and not reason:
        yield "the pipeline has neither a value nor a reason"
    mine_low, mine_high = mine.interval or (None, None)
    is_whole = (mine.numerator or 0) * mine.years % 1 == 0
    wide = ROUNDED_Z * max(1.0, (mine_high or 0) - (mine_low or 0)) if is_whole else FOUR_DECIMALS
    if not near(mine_low, low, wide) or not near(mine_high, high, wide):
        yield f"interval: computed {mine.interval}, the pipeline has {(low, high)}"


def near(mine: float | None, theirs: Any, tolerance: float = EXACT) -> bool:
    """Whether two numbers are the same but for the last digits; None is only None."""
    if mine is None or theirs is None:
        return mine is None and theirs is None
    return abs(mine - float(theirs)) <= tolerance * max(1.0, abs(mine))


COMPARISONS = """
    select indicator_id, definition_version, as_at_date, organisation_unit_level, organisation_unit, stratum, measure,
        minority_group, reference_group, minority_numerator, minority_denominator, reference_numerator,
        reference_denominator, value, ci_low, ci_high, zero_cell_adjusted, previous_value, direction_by_threshold,
        within_four_fifths, p_value, p_value_adjusted, direction_tested, not_computed_because
    from marts.indicator_comparisons
"""


def comparisons_of(connection: duckdb.DuckDBPyConnection) -> dict[Pair, Row]:
    """The conformed comparisons of the trust, its directorates and its teams, by column."""
    found: dict[Pair, Row] = {}
    asked = connection.execute(COMPARISONS)
    names = [column[0] for column in asked.description or []]
    for row in asked.fetchall():
        pair = Pair._make((*row[:4], unit_key(row[4]), *row[5:9]))
        if not is_told(pair.indicator, pair.level):
            continue
        assert pair not in found, pair
        found[pair] = dict(zip(names[9:], row[9:], strict=True))
    return found


def compared_differences(mine: Comparisons, theirs: dict[Pair, Row]) -> Iterator[tuple[Pair, str]]:
    """Every comparison on which the two sides are not one."""
    for pair in mine.keys() - theirs.keys():
        if mine[pair].value is not None:
            yield pair, f"the pipeline has no row; computed {mine[pair]}"
    for pair, row in theirs.items():
        if pair in mine:
            yield from ((pair, text) for text in _of_comparison(mine[pair], row))
        elif row["value"] is not None:
            yield pair, f"not computed independently; the pipeline has {row['value']}"


def _of_comparison(mine: Comparison, row: Row) -> Iterator[str]:
    low, high = mine.interval or (None, None)
    for name, number, tolerance in (
        ("value", mine.value, EXACT),
        ("ci_low", low, ROUNDED_Z),
        ("ci_high", high, ROUNDED_Z),
        ("previous_value", mine.previous, EXACT),
        ("p_value", mine.p_value, APPROXIMATE_P),
        ("p_value_adjusted", mine.p_adjusted, MANY_TIMES * APPROXIMATE_P),
        ("minority_denominator", mine.minority.denominator or None, EXACT),
        ("reference_denominator", mine.reference.denominator or None, EXACT),
    ):
        theirs = row[name]
        if not near(number, None if name.endswith("denominator") and not theirs else theirs, tolerance):
            yield f"{name}: computed {number}, the pipeline has {theirs}"
    if mine.is_adjusted != bool(row["zero_cell_adjusted"]):
        yield f"zero cell: computed {mine.is_adjusted}, the pipeline has {row['zero_cell_adjusted']}"
    for name, word in (
        ("direction_by_threshold", mine.by_threshold),
        ("direction_tested", mine.tested),
        ("within_four_fifths", mine.within_four_fifths),
    ):
        if word != row[name]:
            yield f"{name}: computed {word}, the pipeline has {row[name]}"
    if row["value"] is None and not row["not_computed_because"]:
        yield "the pipeline has neither a value nor a reason"
