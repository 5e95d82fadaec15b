"""Draw at random with exact totals: shares become whole people, and a seed gives the same people again."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def stream(seed: int, name: str) -> np.random.Generator:
    """A generator of its own for each idea, so that a change in one leaves the draws of all others as they are."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return np.random.default_rng(np.frombuffer(digest, dtype=np.uint32))


def apportion(weights: Any, total: int) -> Ints:
    """Share `total` whole people out by weight, by largest remainder; the result sums to `total`."""
    weight = np.asarray(weights, dtype=np.float64)
    if total <= 0 or weight.sum() <= 0:
        return np.zeros(weight.size, dtype=np.int64)
    exact = weight / weight.sum() * total
    whole = np.floor(exact).astype(np.int64)
    remainder = np.argsort(-(exact - whole), kind="stable")[: total - int(whole.sum())]
    whole[remainder] += 1
    return np.asarray(whole, dtype=np.int64)


def apportion_within(weights: Any, total: int, limits: Any) -> Ints:
    """As `apportion`, but no share above its limit; what a full one cannot take goes to the others."""
    limit = np.asarray(limits, dtype=np.int64)
    total = min(total, int(limit.sum()))
    share = np.zeros(limit.size, dtype=np.int64)
    weight = np.asarray(weights, dtype=np.float64) + 1e-9
    while (missing := total - int(share.sum())) > 0:
        room = limit - share
        share += np.minimum(apportion(np.where(room > 0, weight, 0.0), missing), room)
    return share


def pick(rng: np.random.Generator, weights: Floats, count: int) -> Ints:
    """Indexes of `count` different entries, by weight; none of weight 0."""
    possible = np.flatnonzero(weights > 0)
    count = min(count, possible.size)
    if count <= 0:
        return np.zeros(0, dtype=np.int64)
    keys = rng.exponential(size=weights.size)[possible] / weights[possible]
    return np.sort(possible[np.argpartition(keys, count - 1)[:count]])


def pick_by_group(rng: np.random.Generator, weights: Floats, groups: Ints, counts: Ints) -> Flags:
    """Mark `counts[g]` entries of each group `g` (fewer where it has fewer of a weight above 0)."""
    with np.errstate(divide="ignore"):
        keys = np.where(weights > 0, rng.exponential(size=weights.size) / weights, np.inf)
    order = np.lexsort((keys, groups))
    ordered = groups[order]
    first = np.searchsorted(ordered, np.arange(counts.size))
    rank = np.arange(weights.size) - first[ordered]
    chosen = (rank < counts[ordered]) & np.isfinite(keys[order])
    marked = np.zeros(weights.size, dtype=np.bool_)
    marked[order[chosen]] = True
    return marked


def deal(rng: np.random.Generator, counts: Ints) -> Ints:
    """A shuffled hand that holds index `i` exactly `counts[i]` times."""
    return rng.permutation(np.repeat(np.arange(counts.size), counts)).astype(np.int64)


def choose(rng: np.random.Generator, weights: Any, size: int) -> Ints:
    """`size` independent indexes by weight."""
    weight = np.asarray(weights, dtype=np.float64)
    edges = np.cumsum(weight / weight.sum())
    return np.minimum(np.searchsorted(edges, rng.random(size), side="right"), weight.size - 1).astype(np.int64)
