"""Killed anywhere, Parity goes on by itself: the short form of `python -m soak kill`."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import pytest

from soak import Options
from soak.kill import STEPS_OF_A_PLAY, Ground, ground, moments, strike_plays


@pytest.fixture
def here() -> Iterator[Ground]:
    with ground(Options(seed=20250403)) as made:
        yield made


def test_a_night_that_is_killed_at_any_step_is_finished_by_the_next(here: Ground) -> None:
    """Nothing of what the long form promises is left out; only the moments are fewer: two of each step."""
    strike_plays(here, 20)
    assert set(here.figures.kills) == here.figures.steps >= set(STEPS_OF_A_PLAY)
    assert here.figures.recovered == sum(here.figures.kills.values())
    assert here.figures.deliveries >= here.figures.messages > 0


def test_moments_visit_every_step_and_every_call_before_one_twice() -> None:
    calls = [("ingest", "fsync")] * 2 + [("publish", "rename")] * 5 + [("alert", "replace")]
    few = moments(calls, 3, random.Random(1))
    assert {calls[at - 1][0] for at in few} == {"ingest", "publish", "alert"}
    often = Counter(moments(calls, 17, random.Random(1)))
    assert set(often) == set(range(1, 9))
    assert sorted(often.values()) == [2] * 7 + [3]
