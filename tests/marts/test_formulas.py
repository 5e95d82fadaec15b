"""The formulas that many indicators share, against known numbers and against Python's own mathematics."""

from __future__ import annotations

import csv
import datetime
import math
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.configure import PROJECT
from tests.marts.formulas import ask

Z = 1.959964


def rule(unit: str) -> dict[str, float]:
    """The trust's own direction rule for a unit, from the seed."""
    with (PROJECT / "seeds/catalogue/direction_rules.csv").open(encoding="utf-8", newline="") as handle:
        row = next(row for row in csv.DictReader(handle) if row["unit"] == unit)
    return {name: float(row[name]) for name in ("printed_scale", "printed_step", "threshold", "significance_level")}


def direction(this: float | None, before: float | None, better_when: str, unit: str) -> str:
    """What `direction_by_threshold` says of two values, by the seed's rule."""
    kind = rule(unit)
    steps = [
        None
        if value is None
        else ask("printed_steps('v', 's', 'p')", v=value, s=kind["printed_scale"], p=kind["printed_step"])
        for value in (this, before)
    ]
    parity = "10" if unit == "ratio" else "0"
    return str(
        ask(
            f"direction_by_threshold('this', 'before', 'threshold', 'better', '{parity}')",
            this=steps[0],
            before=steps[1],
            threshold=round(kind["threshold"] / kind["printed_step"]),
            better=better_when,
        )
    )


@pytest.mark.parametrize(
    ("indicator", "before", "this", "better_when", "unit", "arrow"),
    [
        ("1", 0.239, 0.246, "higher", "fraction", "no_clear_change"),
        ("2", 2.0, 1.3, "parity", "ratio", "improved"),
        ("3", 2.0, 1.8, "parity", "ratio", "improved"),
        ("4", 1.1, 1.2, "parity", "ratio", "worsened"),
        ("5", 0.420, 0.435, "lower", "fraction", "worsened"),
        ("6", 0.240, 0.230, "lower", "fraction", "improved"),
        ("7", 0.460, 0.447, "higher", "fraction", "worsened"),
        ("8", 0.156, 0.153, "lower", "fraction", "no_clear_change"),
        ("9", 0.310, 0.310, "higher", "fraction", "no_clear_change"),
    ],
)
def test_the_threshold_rule_reproduces_the_nine_arrows_of_the_published_report(
    indicator: str, before: float, this: float, *, better_when: str, unit: str, arrow: str
) -> None:
    """LAS WRES report 2024/25, comparisons: readings, direction by threshold."""
    assert direction(this, before, better_when, unit) == arrow, f"indicator {indicator}"


def test_a_direction_is_judged_on_what_is_printed() -> None:
    # 23.94 % prints 23.9 and 24.85 % prints 24.9 (half goes up): 1.0 point, although 0.91 lie between them.
    assert direction(0.2485, 0.2394, "higher", "fraction") == "improved"
    # 23.95 prints 24.0 and 24.94 prints 24.9: 0.9 points, although 0.99 lie between them.
    assert direction(0.2494, 0.2395, "higher", "fraction") == "no_clear_change"


def test_a_ratio_gets_better_by_coming_closer_to_one_from_either_side() -> None:
    assert direction(0.9, 0.7, "parity", "ratio") == "improved"
    assert direction(0.7, 0.9, "parity", "ratio") == "worsened"
    # 1.1 and 0.9 are equally far from 1.
    assert direction(0.9, 1.1, "parity", "ratio") == "no_clear_change"


def test_a_difference_gets_better_by_coming_closer_to_nought() -> None:
    assert direction(-0.02, -0.05, "parity", "fraction") == "improved"
    assert direction(0.09, 0.05, "parity", "fraction") == "worsened"


def test_without_a_year_before_or_a_better_direction_nothing_is_compared() -> None:
    assert direction(0.5, None, "higher", "fraction") == "not_comparable"
    assert direction(0.5, 0.1, "none", "fraction") == "not_comparable"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 20000), st.integers(1, 20000))
def test_printed_steps_equal_decimal_rounding(numerator: int, denominator: int) -> None:
    value = numerator / denominator
    expected = (Decimal(repr(round(value * 100, 8))) / Decimal("0.1")).quantize(Decimal(1), ROUND_HALF_UP)
    assert ask("printed_steps('v', '100', '0.1')", v=value) == expected


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 5000), st.integers(1, 5000))
def test_the_wilson_interval_equals_its_formula(numerator: int, denominator: int) -> None:
    a, n = min(numerator, denominator), denominator
    p = a / n
    middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    assert ask("wilson_low('a', 'n')", a=a, n=n) == pytest.approx(max(0.0, middle - half), abs=1e-12)
    assert ask("wilson_high('a', 'n')", a=a, n=n) == pytest.approx(min(1.0, middle + half), abs=1e-12)


def test_the_wilson_interval_of_known_counts() -> None:
    # Printed in many textbooks: 2 in 10 is 0.057 to 0.510; nobody in 10 is 0 to z²/(10 + z²) = 0.278.
    assert ask("wilson_low('a', 'n')", a=2, n=10) == pytest.approx(0.0567, abs=5e-5)
    assert ask("wilson_high('a', 'n')", a=2, n=10) == pytest.approx(0.5098, abs=5e-5)
    assert ask("wilson_low('a', 'n')", a=0, n=10) == 0
    assert ask("wilson_high('a', 'n')", a=0, n=10) == pytest.approx(0.2775, abs=5e-5)
    assert ask("wilson_low('a', 'n')", a=0, n=0) is None


def test_the_newcombe_interval_of_a_known_difference() -> None:
    # Newcombe 1998, table II (a), method 10: 56/70 - 48/80 = 0.2, interval 0.0524 to 0.3339.
    bounds = {
        "p": 56 / 70,
        "p_low": ask("wilson_low('a', 'n')", a=56, n=70),
        "p_high": ask("wilson_high('a', 'n')", a=56, n=70),
        "q": 48 / 80,
        "q_low": ask("wilson_low('a', 'n')", a=48, n=80),
        "q_high": ask("wilson_high('a', 'n')", a=48, n=80),
    }
    assert ask("newcombe_low('p', 'p_low', 'q', 'q_high')", **bounds) == pytest.approx(0.0524, abs=5e-5)
    assert ask("newcombe_high('p', 'p_high', 'q', 'q_low')", **bounds) == pytest.approx(0.3339, abs=5e-5)


@settings(max_examples=80, deadline=None)
@given(st.floats(-12, 12))
def test_the_p_value_equals_the_normal_distribution(z: float) -> None:
    assert ask("p_value_of_z('z')", z=z) == pytest.approx(math.erfc(abs(z) / math.sqrt(2)), rel=3e-7)


def test_two_shares_are_told_apart_as_by_hand() -> None:
    # 5 in 20 and 6 in 20: p = 11/40 = 0.275; z = -0.05 / sqrt(0.275 x 0.725 x 0.1) = -0.3541; p value 0.7233.
    z = ask("two_proportion_z('a', 'm', 'b', 'n')", a=5, m=20, b=6, n=20)
    assert z == pytest.approx(-0.3541, abs=5e-5)
    assert ask("p_value_of_z('z')", z=z) == pytest.approx(0.7233, abs=5e-5)
    assert ask("smallest_expected_count('a', 'm', 'b', 'n')", a=5, m=20, b=6, n=20) == pytest.approx(5.5)
    assert ask("two_proportion_z('a', 'm', 'b', 'n')", a=0, m=20, b=0, n=20) is None
    assert ask("p_value_of_z('z')", z=None) is None


def test_the_year_ends_on_31_march() -> None:
    def year(day: datetime.date) -> str:
        return str(ask("reporting_year('d')", d=day))

    assert year(datetime.date(2025, 3, 31)) == "2024/25"
    assert year(datetime.date(2025, 4, 1)) == "2025/26"
    assert year(datetime.date(2024, 12, 31)) == "2024/25"
    assert year(datetime.date(2000, 1, 1)) == "1999/00"
