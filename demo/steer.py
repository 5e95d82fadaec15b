"""Steer a pay gap to a published one by exchanging two people's labels, never their pay.

Every exchange is between one person of the minority and one of the reference inside the same stratum, so that no count
of a stratum changes: the women of each quarter stay as many, and so do the clinicians of an ethnic minority.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from demo.draw import Flags, Floats, Ints

REACH = 60
"""How far from a median (in people) those stand who are exchanged to move it, so that they do not become it."""
ROUNDS = 30
"""Moving the one gap disturbs the other a little, less each time."""
TRIES = 600
"""Single exchanges tried where few people make a median move in coarse steps."""


@dataclass
class Gap:
    """The people of one gap: hourly rate, label (1 minority, 0 reference, -1 neither), stratum, movable or not."""

    rate: Floats
    label: Ints
    stratum: Ints
    movable: Flags
    rng: np.random.Generator

    def mean_gap(self) -> float:
        """(Mean of the reference - mean of the minority) / mean of the reference."""
        reference = float(self.rate[self.label == 0].mean())
        return (reference - float(self.rate[self.label == 1].mean())) / reference

    def median_gap(self) -> float:
        """The same of the medians."""
        reference = float(np.median(self.rate[self.label == 0]))
        return (reference - float(np.median(self.rate[self.label == 1]))) / reference

    def medians(self) -> tuple[float, float]:
        """Medians of the minority and of the reference."""
        return float(np.median(self.rate[self.label == 1])), float(np.median(self.rate[self.label == 0]))

    def exchange(self, minority: Ints, reference: Ints) -> None:
        """Exchange the labels of these people."""
        self.label[minority], self.label[reference] = 0, 1


def steer(
    gap: Gap, mean_target: float, median_target: float, mean_within: float, median_within: float
) -> tuple[float, float]:
    """Bring both gaps within their tolerances (fractions) where the people allow it; return what was reached."""
    for _ in range(ROUNDS):
        if abs(gap.median_gap() - median_target) > median_within:
            _steer_median(gap, median_target, median_within)
        if abs(gap.mean_gap() - mean_target) > mean_within:
            _steer_mean(gap, mean_target, mean_within)
        if abs(gap.median_gap() - median_target) <= median_within and abs(gap.mean_gap() - mean_target) <= mean_within:
            break
    if abs(gap.median_gap() - median_target) > median_within:
        _polish(gap, median_target, median_within)
        _steer_mean(gap, mean_target, mean_within)
    return gap.mean_gap(), gap.median_gap()


def _polish(gap: Gap, target: float, within: float) -> None:
    """Try single exchanges close to the medians and keep each that helps: few people, coarse steps."""
    low, high = sorted(gap.medians())
    near = gap.movable & (gap.rate > low * 0.94) & (gap.rate < high * 1.06)
    miss = abs(gap.median_gap() - target)
    for _ in range(TRIES):
        if miss <= within:
            return
        one = gap.rng.choice(np.flatnonzero(near & (gap.label == 1)), 1)
        others = np.flatnonzero(near & (gap.label == 0) & (gap.stratum == gap.stratum[one[0]]))
        if others.size == 0:
            return
        other = gap.rng.choice(others, 1)
        gap.exchange(one, other)
        now = abs(gap.median_gap() - target)
        if now < miss:
            miss = now
        else:
            gap.exchange(other, one)


def _shifts(gap: Gap, target: float, within: float) -> tuple[int, int]:
    """By how many people to move the minority's and the reference's median (up is positive), the fewest."""
    low, high = np.sort(gap.rate[gap.label == 1]), np.sort(gap.rate[gap.label == 0])

    def around(values: Floats, furthest: int) -> tuple[Ints, Floats]:
        steps = np.arange(-furthest, furthest + 1)
        left = np.clip((values.size - 1) // 2 + steps, 0, values.size - 1)
        right = np.clip(values.size // 2 + steps, 0, values.size - 1)
        return steps, (values[left] + values[right]) / 2

    apart = int(((gap.rate > min(gap.medians())) & (gap.rate < max(gap.medians())) & gap.movable).sum())
    down, minority = around(low, max(1, min(low.size // 4, 700)))
    up, reference = around(high, max(1, min(high.size // 4, 700)) if apart > 8 * REACH else 0)
    misses = np.abs((reference[None, :] - minority[:, None]) / reference[None, :] - target)
    work = np.abs(down)[:, None] + np.abs(up)[None, :] + np.where(misses <= within * 0.8, 0.0, 1e6 + misses * 1e9)
    row, column = np.unravel_index(int(np.argmin(work)), work.shape)
    return int(down[row]), int(up[column])


def _steer_median(gap: Gap, target: float, within: float) -> None:
    minority_shift, reference_shift = _shifts(gap, target, within)
    low, high = gap.medians()
    _move(gap, 1, low, minority_shift, high)
    _move(gap, 0, high, reference_shift, low)


def _move(gap: Gap, label: int, median: float, shift: int, other_median: float) -> None:
    """Move a group's median by `shift` of its people, exchanging on one side of the other median."""
    if shift == 0:
        return
    ranked = np.sort(gap.rate[gap.label == label])
    middle = ranked.size // 2
    reach = min(REACH + abs(shift), max(1, middle // 3))
    below, above = ranked[max(0, middle - reach)], ranked[min(ranked.size - 1, middle + reach)]
    sides = (gap.rate < other_median) if median <= other_median else (gap.rate > other_median)
    for side in (sides, np.ones(gap.rate.size, dtype=np.bool_)):  # medians close together leave no room between them
        under, over = gap.movable & side & (gap.rate < below), gap.movable & side & (gap.rate > above)
        leaving, entering = (under, over) if shift > 0 else (over, under)
        out, into = np.flatnonzero(leaving & (gap.label == label)), np.flatnonzero(entering & (gap.label == 1 - label))
        if out.size >= abs(shift) and into.size >= abs(shift):
            break
    _exchange_across(gap, out, into, label, abs(shift))


def _exchange_across(gap: Gap, leaving: Ints, entering: Ints, label: int, count: int) -> None:
    """Exchange `count` people of a label in `leaving` with the other label in `entering`, by stratum."""
    for stratum in np.unique(gap.stratum[leaving]):
        out = gap.rng.permutation(leaving[gap.stratum[leaving] == stratum])
        into = gap.rng.permutation(entering[gap.stratum[entering] == stratum])
        pairs = min(out.size, into.size, count)
        minority, reference = (out, into) if label == 1 else (into, out)
        gap.exchange(minority[:pairs], reference[:pairs])
        count -= pairs
        if count == 0:
            return


def _zones(gap: Gap) -> Ints:
    """Stratum and side of both medians as one number (-1 beside one): exchanges inside a zone move no median."""
    low, high = sorted(gap.medians())
    side = np.where(gap.rate < low, 0, np.where(gap.rate <= high, 1, 2))
    zones = np.asarray(gap.stratum * 3 + side, dtype=np.int64)
    for label in (0, 1):
        ranked = np.sort(gap.rate[gap.label == label])
        nearest = ranked[max(0, ranked.size // 2 - 2) : ranked.size // 2 + 2]
        zones[(gap.rate >= nearest[0]) & (gap.rate <= nearest[-1])] = -1
    return zones


def _needed(gap: Gap, target: float) -> float:
    """Pounds an hour by which the sum of the minority must rise, and that of the reference fall, to reach the gap."""
    minority, reference = gap.rate[gap.label == 1], gap.rate[gap.label == 0]
    miss = (1 - target) * float(reference.mean()) - float(minority.mean())
    return float(miss / (1 / minority.size + (1 - target) / reference.size))


def _steer_mean(gap: Gap, target: float, within: float) -> None:
    """Exchange pairs inside their zones until the sum is right, the last pair being the one that fits best."""
    zones = _zones(gap)
    tight = within * float(gap.rate[gap.label == 0].mean()) * int((gap.label == 1).sum()) * 0.2
    for _ in range(40):
        needed = _needed(gap, target)
        if abs(needed) <= tight:
            return
        minority, reference = _pairs(gap, zones)
        gains = gap.rate[reference] - gap.rate[minority]
        right = np.flatnonzero(
            (np.sign(gains) == np.sign(needed)) & (np.abs(gains) <= abs(needed)) & (np.abs(gains) < 9)
        )
        if right.size == 0:
            return
        total = np.cumsum(gains[right])
        taken = right[: max(1, int(np.searchsorted(np.abs(total), abs(needed), side="right")))]
        if taken.size == 1 or abs(needed) < 12:
            taken = right[[int(np.argmin(np.abs(gains[right] - needed)))]]
        gap.exchange(minority[taken], reference[taken])


def _pairs(gap: Gap, zones: Ints) -> tuple[Ints, Ints]:
    """Disjoint random pairs of a minority and a reference member in the same zone."""
    left, right = [], []
    for zone in np.unique(zones[gap.movable & (zones >= 0)]):
        here = gap.movable & (zones == zone)
        minority = gap.rng.permutation(np.flatnonzero(here & (gap.label == 1)))
        reference = gap.rng.permutation(np.flatnonzero(here & (gap.label == 0)))
        pairs = min(minority.size, reference.size)
        left.append(minority[:pairs])
        right.append(reference[:pairs])
    order = gap.rng.permutation(sum(part.size for part in left))
    return np.concatenate(left)[order], np.concatenate(right)[order]
