"""Intervals and tests from the textbook, in plain Python: Wilson, Newcombe, Katz, Fisher, Benjamini and Hochberg."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

Z95 = NormalDist().inv_cdf(0.975)
Interval = tuple[float, float]


def wilson(numerator: float, denominator: float) -> Interval:
    """Wilson score interval of a share at 95 %."""
    share, z2 = numerator / denominator, Z95 * Z95
    middle = share + z2 / (2 * denominator)
    spread = Z95 * math.sqrt(share * (1 - share) / denominator + z2 / (4 * denominator**2))
    low, high = (middle - spread) / (1 + z2 / denominator), (middle + spread) / (1 + z2 / denominator)
    return (0.0 if numerator == 0 else low, 1.0 if numerator == denominator else high)


def newcombe(a: float, n: float, b: float, m: float) -> Interval:
    """Newcombe's interval (his method 10) of a/n − b/m."""
    p, q = a / n, b / m
    (p_low, p_high), (q_low, q_high) = wilson(a, n), wilson(b, m)
    return (
        p - q - math.sqrt((p - p_low) ** 2 + (q_high - q) ** 2),
        p - q + math.sqrt((p_high - p) ** 2 + (q - q_low) ** 2),
    )


def katz(a: float, n: float, b: float, m: float) -> tuple[Interval, bool]:
    """Katz's log interval of (a/n) ÷ (b/m), and whether 0.5 was added to each cell because one is empty."""
    empty = 0 in (a, n - a, b, m - b)
    if empty:
        a, n, b, m = a + 0.5, n + 1, b + 0.5, m + 1
    spread = Z95 * log_ratio_error(a, n, b, m)
    middle = math.log((a / n) / (b / m))
    return (math.exp(middle - spread), math.exp(middle + spread)), empty


def log_ratio_error(a: float, n: float, b: float, m: float) -> float:
    """Standard error of the logarithm of a relative likelihood."""
    return math.sqrt(1 / a - 1 / n + 1 / b - 1 / m)


def normal_p(z: float) -> float:
    """Two-sided p value of a standard normal deviate."""
    return math.erfc(abs(z) / math.sqrt(2))


def pooled_z_p(a: float, n: float, b: float, m: float) -> float:
    """Two-proportion z-test with the pooled share."""
    pooled = (a + b) / (n + m)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return 1.0 if error == 0 else normal_p((a / n - b / m) / error)


def fisher_p(a: int, n: int, b: int, m: int) -> float:
    """Fisher's exact test, two-sided: the tables that are no likelier than the one seen."""
    drawn, whole = a + b, n + m

    def log_probability(x: int) -> float:
        return _log_choose(n, x) + _log_choose(m, drawn - x) - _log_choose(whole, drawn)

    seen = log_probability(a)
    tables = range(max(0, drawn - m), min(n, drawn) + 1)
    return min(1.0, math.fsum(math.exp(p) for x in tables if (p := log_probability(x)) <= seen + 1e-7))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def smallest_expected(a: float, n: float, b: float, m: float) -> float:
    """The smallest count that two equal shares would lead one to expect."""
    drawn, whole = a + b, n + m
    return min(n, m) * min(drawn, whole - drawn) / whole


def two_shares_p(a: float, n: float, b: float, m: float) -> float:
    """Fisher's exact test where an expected count is under 5, else the z-test."""
    if smallest_expected(a, n, b, m) < 5:
        return fisher_p(round(a), round(n), round(b), round(m))
    return pooled_z_p(a, n, b, m)


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """The step-up adjusted p values, in the order of the p values."""
    count = len(p_values)
    adjusted = [1.0] * count
    lowest = 1.0
    for rank, index in sorted(enumerate(sorted(range(count), key=lambda i: p_values[i]), 1), reverse=True):
        lowest = min(lowest, p_values[index] * count / rank)
        adjusted[index] = lowest
    return adjusted
