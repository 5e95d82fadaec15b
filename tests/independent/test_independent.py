"""Every figure and comparison of a random trust is what plain Python makes of the same landing files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import duckdb
import pytest

from tests.independent.compare import Comparisons, comparisons
from tests.independent.compute import Figure, Trust, Values, quarters, texts, values
from tests.independent.home import Parity
from tests.independent.match import compared_differences, comparisons_of, differences, figures_of
from tests.independent.trust import random_trust

SEEDS = (1, 20, 300)

NOT_COMPUTED = {
    "staff_survey": "the official workbook is compared with its own printed scores",
}
"""Indicators that have no independent computation, by the beginning of their names, with the reason."""


class Both:
    """One trust as the pipeline and as the independent computation see it."""

    def __init__(self, parity: Parity) -> None:
        self.result = parity.result
        self.loads = parity.loads
        trust = Trust(parity.home.landing)
        self.mine: Values = values(trust)
        self.texts = texts(trust)
        self.compared: Comparisons = comparisons(self.mine)
        with duckdb.connect(str(parity.home.warehouse), read_only=True) as connection:
            self.theirs = figures_of(connection)
            self.they_compared = comparisons_of(connection)
            self.they_said = connection.execute(
                "select indicator_id, as_at_date, value_text from marts.indicator_values "
                "where indicator_id in ('eds', 'wdes_9b') and value_text is not null"
            ).fetchall()


@pytest.fixture(scope="module", params=SEEDS)
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """A trust of this seed, built once; the first with the tests of data."""
    is_first = request.param == SEEDS[0]
    yield Both(Parity(tmp_path_factory.mktemp("trust"), random_trust(request.param), with_tests_of_data=is_first))


def is_computed(indicator: str) -> bool:
    """Whether the independent side has this indicator."""
    return not any(indicator == name or indicator.startswith(f"{name}_") for name in NOT_COMPUTED)


def _told(found: list[str]) -> str:
    return f"{len(found)} disagree:\n" + "\n".join(found[:15])


def test_every_figure_is_what_plain_python_makes_of_the_landing_files(both: Both) -> None:
    found = sorted(
        f"{' · '.join(map(str, key))}: {text}"
        for key, text in differences(both.mine, both.theirs)
        if is_computed(key.indicator)
    )
    assert not found, _told(found)


def test_every_comparison_is_what_plain_python_makes_of_the_landing_files(both: Both) -> None:
    found = sorted(
        f"{' · '.join(map(str, pair))}: {text}"
        for pair, text in compared_differences(both.compared, both.they_compared)
        if is_computed(pair.indicator)
    )
    assert not found, _told(found)


def test_every_rating_and_answer_is_what_the_files_say(both: Both) -> None:
    assert {(indicator, date): text for indicator, date, text in both.they_said} == both.texts
    assert {"undeveloped", "developing", "achieving"} <= set(both.texts.values())


def test_every_indicator_that_is_computed_twice_has_figures_on_both_sides(both: Both) -> None:
    mine = {key.indicator for key in both.mine} | {indicator for indicator, _ in both.texts}
    theirs = {key.indicator for key in both.theirs if is_computed(key.indicator)}
    assert mine == theirs
    assert {pair.indicator for pair in both.compared} == {
        pair.indicator for pair in both.they_compared if is_computed(pair.indicator)
    }


def test_all_that_lies_in_the_landing_folder_is_taken_in_and_every_test_of_data_holds(both: Both) -> None:
    assert {load.outcome for load in both.loads} == {"loaded", "correction"}
    assert sum(load.rows_rejected for load in both.loads) == 0
    if both.result:
        assert [node.name for node in both.result.nodes if node.status not in ("success", "pass", "warn")] == []


def test_the_trust_has_what_the_rules_are_about(both: Both) -> None:
    """A random trust where nothing awkward happens would prove nothing."""
    figures, compared = both.mine.items(), both.compared.values()
    assert any(one.denominator == 0 for _, one in figures), "a group of nobody"
    assert any(one.numerator == 0 and one.denominator for _, one in figures), "a count of none"
    assert any(one.years == 2 and (one.numerator or 0) % 1 == 0.5 for _, one in figures), "half a person in two years"
    assert any(one.is_adjusted for one in compared), "a relative likelihood with an empty cell"
    assert any(one.reference.value == 0 and one.value is None for one in compared), "a ratio that cannot be computed"
    assert any(key.level == "team" and "(" in key.unit for key in both.mine), "a team that is told apart"
    assert any(key.level == "team" and "(" not in key.unit for key in both.mine), "a team of one directorate"
    assert any(key.group == "unmapped" and one.numerator for key, one in figures if key.indicator == "ftsu_theme")
    assert {one.value is None for key, one in figures if key.measure == "growth_ratio"} == {True, False}
    assert {one.value is None for key, one in figures if key.measure == "stated_count"} == {True, False}
    assert {one.by_threshold for one in compared} == DIRECTIONS
    assert {one.tested for one in compared} == DIRECTIONS
    assert {one.within_four_fifths for one in compared} == {True, False, None}


DIRECTIONS = {"improved", "worsened", "no_clear_change", "not_comparable"}


def test_a_tie_at_the_edge_of_a_quarter_is_shared() -> None:
    """The independent side by hand: three of five people on one rate stand on the edge of the lowest quarter."""
    found = quarters([(9.0, "female"), (10.0, "female"), (10.0, "male"), (10.0, "male"), (12.0, "male")])
    assert [dict(one) for one in found] == [
        {"female": 1 + Fraction(1, 3), "male": Fraction(2, 3)},
        {"female": Fraction(1, 3), "male": Fraction(2, 3)},
        {"female": Fraction(1, 3), "male": Fraction(2, 3)},
        {"male": 1},
    ]


BREAKS: dict[str, Callable[[Any], Figure]] = {
    "a value in the eighth digit": lambda one: replace(one, value=one.value + 1e-8),
    "one person more": lambda one: replace(one, numerator=(one.numerator or 0) + 1),
    "one person fewer in the base": lambda one: replace(one, denominator=one.denominator - 1),
    "an interval that is a little wider": lambda one: replace(one, interval=(one.interval[0] - 1e-5, one.interval[1])),
}


BROKEN = {
    "WRES 2 of the trust": ("wres_2", "trust", "likelihood", "ethnic_minority"),
    "WRES 1 of a team": ("wres_1", "team", "share", "white"),
    "a theme of concerns": ("ftsu_theme", "directorate", "share", "systems_and_processes"),
    "applicants for named posts": ("positive_action_recruitment_gender", "trust", "applicant_share", "female"),
    "actions of a plan": ("plan_actions_completed", "trust", "share", "completed"),
}


@pytest.mark.parametrize("name", BREAKS)
@pytest.mark.parametrize("of", BROKEN)
def test_a_figure_that_is_off_by_little_is_seen(both: Both, name: str, of: str) -> None:
    """The check itself: change one figure, and it is the only one that disagrees."""
    key = max(
        key
        for key, one in both.mine.items()
        if (key.indicator, key.level, key.measure, key.group) == BROKEN[of] and one.numerator
    )
    mine = {k: one for k, one in both.mine.items() if k.indicator == key.indicator}
    theirs = {k: row for k, row in both.theirs.items() if k.indicator == key.indicator}
    assert not list(differences(mine, theirs))
    assert {k for k, _ in differences(mine | {key: BREAKS[name](mine[key])}, theirs)} == {key}


def test_a_row_that_is_missing_on_one_side_is_seen(both: Both) -> None:
    key = next(key for key, one in both.mine.items() if key.indicator == "wres_1" and one.denominator)
    fewer = {k: one for k, one in both.mine.items() if k != key}
    assert key in {k for k, _ in differences(fewer, both.theirs)}
    assert key in {k for k, _ in differences(both.mine, {k: row for k, row in both.theirs.items() if k != key})}
