"""Work back from a published figure to the counts that it was made of. Pure arithmetic, no files."""

from collections.abc import Iterator
from math import sqrt

# Two-sided 95 % of a normal distribution, as the intervals of the marts print it.
Z = 1.959964
CLOSE = 1e-4


def wilson(count: float, base: float) -> tuple[float, float]:
    """The Wilson score interval at 95 % of a share."""
    share, a = count / base, Z * Z / base
    middle, half = share + a / 2, sqrt(a * (share * (1 - share) + a / 4))
    return (middle - half) / (1 + a), (middle + half) / (1 + a)


def counts_behind(
    count: float | None, base: float | None, share: float | None, low: float | None, high: float | None
) -> tuple[float, float] | None:
    """Find numerator and denominator of a share from whatever of the five is shown.

    Returns:
        Numerator and denominator, both multiples of a half, or None where they do not follow.
    """
    if count is not None and base is not None:
        return count, base
    if share is None and base is None and count is None and (low is None or high is None):
        return None
    for found_count, found_base in _candidates(count, base, share, low, high):
        rounded = round(found_count * 2) / 2, round(found_base * 2) / 2
        if _fits(rounded, (found_count, found_base), share, low, high):
            return rounded
    return None


def _candidates(
    count: float | None, base: float | None, share: float | None, low: float | None, high: float | None
) -> Iterator[tuple[float, float]]:
    if share is not None and base is not None:
        yield share * base, base
    if share and count:
        yield count, count / share
    if low is not None and high is not None:
        for a in _spread_of(low, high):
            found = Z * Z / a
            yield found * (((low + high) * (1 + a) - a) / 2), found
    for edge, sign in ((low, 1.0), (high, -1.0)):
        if edge is None or not 0 < edge < 1:
            continue
        if share is not None and share != edge:
            found = Z * Z * edge * (1 - edge) / (edge - share) ** 2
            yield share * found, found
        if base:
            yield base * (edge + sign * sqrt(Z * Z / base * edge * (1 - edge))), base
        if count:
            yield from ((count, found) for found in _bases_of(count, edge))


def _spread_of(low: float, high: float) -> Iterator[float]:
    """z squared over the base, from both ends of an interval: 4lh t² = ((l+h-1)t + 1)² with t = 1 + z²/n."""
    s, product = low + high - 1, low * high
    a, b = s * s, 2 * s - 4 * product
    roots = [-1 / b] if a < 1e-15 and b else []
    if a >= 1e-15:
        inside = sqrt(max(0.0, b * b - 4 * a))
        roots = [(-b - inside) / (2 * a), (-b + inside) / (2 * a)]
    yield from (root - 1 for root in roots if root > 1 + 1e-12)


def _bases_of(count: float, edge: float) -> Iterator[float]:
    """Bases whose interval for this count ends at the edge: k²m² - (2xk + z²x(1-x))m + x² = 0 with m = 1/n."""
    a, b, c = count * count, -(2 * edge * count + Z * Z * edge * (1 - edge)), edge * edge
    inside = b * b - 4 * a * c
    if inside < 0:
        return
    for m in ((-b - sqrt(inside)) / (2 * a), (-b + sqrt(inside)) / (2 * a)):
        if m > 0:
            yield 1 / m


def _fits(
    rounded: tuple[float, float],
    found: tuple[float, float],
    share: float | None,
    low: float | None,
    high: float | None,
) -> bool:
    count, base = rounded
    if (
        base <= 0
        or not 0 <= count <= base
        or any(abs(a - b) > CLOSE * max(1, b / 1000) for a, b in zip(found, rounded, strict=True))
    ):
        return False
    if share is not None and abs(count / base - share) > 1e-7:
        return False
    ends = wilson(count, base)
    return all(edge is None or abs(edge - end) < 1e-7 for edge, end in zip((low, high), ends, strict=True))


FORMULAS = ("share", "difference", "ratio", "inverse", "gap")


def compare(formula: str, minority: float, reference: float) -> float | None:
    """The comparison of two figures, or None where it has no value."""
    if formula == "share":
        return minority
    if formula == "difference":
        return minority - reference
    if formula == "ratio":
        return minority / reference if reference else None
    if formula == "inverse":
        return reference / minority if minority else None
    return (reference - minority) / reference if reference else None


def minority_behind(formula: str, value: float, reference: float | None) -> float | None:
    """The minority's figure, from the comparison and the reference's figure."""
    if formula == "share":
        return value
    if reference is None:
        return None
    if formula == "difference":
        return value + reference
    if formula == "ratio":
        return value * reference
    if formula == "inverse":
        return reference / value if value else None
    return reference * (1 - value)


def reference_behind(formula: str, value: float, minority: float | None) -> float | None:
    """The reference's figure, from the comparison and the minority's figure."""
    if minority is None or formula == "share":
        return None
    if formula == "difference":
        return minority - value
    if formula == "ratio":
        return minority / value if value else None
    if formula == "inverse":
        return value * minority
    return minority / (1 - value) if value != 1 else None


def weights(formula: str, value: float) -> tuple[float, float, float]:
    """The comparison as a sum: weight of the minority's figure, of the reference's, and what they come to."""
    if formula == "difference":
        return 1.0, -1.0, value
    if formula == "ratio":
        return 1.0, -value, 0.0
    if formula == "inverse":
        return -value, 1.0, 0.0
    return 1.0, value - 1.0, 0.0
