"""What was opened before binds what is opened next: nothing public is taken back, no release tells of a few people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flows.audit import audit
from tests.disclose.small_world import MONTH, YEAR_ENDS, Openings, World, ask

BEFORE, LAST = YEAR_ENDS


def rows(path: Path, where: str) -> list[tuple[Any, ...]]:
    """What an open file says of its values, but for the exact order."""
    return ask(path, f"select * from indicator_values where {where} order by all")


def hidden(path: Path, day: str) -> set[tuple[str, str]]:
    """Unit and group of the staff's ethnicity that are hidden on a day."""
    found = ask(
        path,
        'select organisation_unit, "group" from indicator_values where indicator_id = '
        f"'workforce_profile_ethnicity' and as_at_date = '{day}' and value_marker = '[c]'",
    )
    return {(str(unit), str(group)) for unit, group in found}


def moved(world: World, day: str, people: int, unit: str = "North") -> World:
    """This many more white men of a directorate on a day."""
    world.ethnicity[day][unit, "white"] += people
    world.gender[day][unit, "male"] += people
    return world


def test_a_small_number_and_three_more_are_hidden(openings: Openings) -> None:
    """Four of the office: another group of it goes too, and both of another directorate, and no whole."""
    path = openings.open(World())
    assert ("Office", "ethnic_minority") in hidden(path, LAST)
    assert len(hidden(path, LAST)) == 4
    assert not [unit for unit, _ in hidden(path, LAST) if unit == "trust"]
    assert audit(path, []).is_safe


def test_the_same_figures_open_the_same_tables(openings: Openings) -> None:
    first, second = openings.open(World()), openings.open(World())
    assert openings.held == []
    for table in ("indicator_values", "indicator_comparisons"):
        assert ask(first, f"from {table} order by all") == ask(second, f"from {table} order by all")


def test_a_date_that_moved_by_a_few_people_stays_as_it_was_opened(openings: Openings) -> None:
    """Whoever compares the two releases learns nothing, though four indicators of the build have moved."""
    first = openings.open(World())
    second = openings.open(moved(World(), LAST, 3))
    assert openings.held == [LAST]
    assert rows(first, f"as_at_date = '{LAST}'") == rows(second, f"as_at_date = '{LAST}'")
    for other in (BEFORE, MONTH):
        assert rows(first, f"as_at_date = '{other}'") == rows(second, f"as_at_date = '{other}'")
    assert audit(second, [first]).is_safe


def test_a_date_that_moved_by_many_is_told_anew(openings: Openings) -> None:
    first = openings.open(World())
    second = openings.open(moved(World(), LAST, 10))
    assert openings.held == []
    assert rows(first, f"as_at_date = '{LAST}'") != rows(second, f"as_at_date = '{LAST}'")
    assert audit(second, [first]).is_safe


def test_a_date_that_comes_back_to_nearly_what_it_was_is_held(openings: Openings) -> None:
    """Far enough from the last part, and a few people from the one before that: those two would tell whose."""
    first = openings.open(World())
    second = openings.open(moved(World(), LAST, 40))
    third = openings.open(moved(World(), LAST, 3))
    assert openings.held == [LAST]
    assert rows(second, f"as_at_date = '{LAST}'") == rows(third, f"as_at_date = '{LAST}'")
    assert audit(third, [first, second]).is_safe


def test_one_of_many_numbers_that_moved_by_a_few_holds_the_date(openings: Openings) -> None:
    """Forty more here and two fewer there: the two would be told of."""
    openings.open(World())
    openings.open(moved(moved(World(), LAST, 40), LAST, -2, "South"))
    assert openings.held == [LAST]


def test_pay_alone_that_was_corrected_is_held(openings: Openings) -> None:
    """The people are the same, so the difference of the two means would be the pay of whoever was corrected."""
    first = openings.open(World())
    world = World()
    world.pay["male"] += 0.05
    second = openings.open(world)
    assert set(openings.held) == set(YEAR_ENDS)
    assert rows(first, "indicator_id = 'pay_gap_gender'") == rows(second, "indicator_id = 'pay_gap_gender'")


def test_a_median_alone_that_was_corrected_is_held(openings: Openings) -> None:
    """Nobody came or went, so the two medians are the pay of whoever is in the middle."""
    first = openings.open(World())
    world = World()
    world.median_pay["male"] += 0.05
    second = openings.open(world)
    assert set(openings.held) == set(YEAR_ENDS)
    assert rows(first, "indicator_id = 'pay_gap_gender'") == rows(second, "indicator_id = 'pay_gap_gender'")


def test_pay_that_moves_by_less_than_it_is_printed_is_not_held(openings: Openings) -> None:
    openings.open(World())
    world = World()
    world.pay["male"] += 0.0001
    openings.open(world)
    assert openings.held == []


def test_comparisons_with_a_held_date_lose_what_it_was(openings: Openings) -> None:
    """The change since a year ago is of the new figures of that date, which stay unsaid."""
    first = openings.open(World())
    change = f"select previous_value, change, p_value from indicator_comparisons where as_at_date = '{LAST}'"
    assert None not in ask(first, change)[0]
    second = openings.open(moved(World(), BEFORE, 3))
    assert openings.held == [BEFORE]
    assert ask(second, change) == [(None, None, None)]
    assert ask(second, "select distinct direction_by_threshold from indicator_comparisons where change is null") == [
        ("not_comparable",)
    ]


def test_what_is_made_of_a_held_date_is_not_told_and_the_rest_is_open(openings: Openings) -> None:
    """Leavers are set against the staff of a year before: the new count of those would be beside the old one.

    It is not marked as hidden: the count that stays open would be a hidden one that everybody can read.
    """
    first = openings.open(World())
    second = openings.open(moved(World(), BEFORE, 3))
    leavers = "indicator_id = 'leavers_ethnicity'"
    shown = ask(
        second,
        "select numerator, denominator, value, ci_low, denominator_marker, value_marker from indicator_values "
        f"where {leavers} and as_at_date = '{LAST}'",
    )
    assert set(shown) == {(None, None, None, None, "[x]", "[x]")}
    assert audit(second, [first]).is_safe


def test_what_was_shown_is_not_hidden_and_what_was_hidden_stays(openings: Openings) -> None:
    """Ten more in a hidden group: nothing of that day is taken back, and the group is not told for it."""
    first = openings.open(World())
    world = World()
    world.ethnicity[LAST]["Office", "ethnic_minority"] += 10
    world.gender[LAST]["Office", "female"] += 10
    second = openings.open(world)
    assert openings.held == []
    assert hidden(first, LAST) <= hidden(second, LAST)
    unmoved = "as_at_date = '{}' and organisation_unit in ('North', 'South')"
    assert rows(first, unmoved.format(LAST)) == rows(second, unmoved.format(LAST))
    assert audit(second, [first]).is_safe


def test_months_are_rounded_to_five_with_no_interval(openings: Openings) -> None:
    path = openings.open(World())
    [told] = ask(
        path,
        "select bool_and(numerator % 5 = 0 and denominator % 5 = 0 and ci_low is null and ci_high is null "
        "and abs(value - numerator / denominator) < 1e-12) from indicator_values "
        f"where as_at_date = '{MONTH}' and value_marker is null",
    )
    assert told == (True,)
    assert ask(path, f"select count(*) from indicator_comparisons where as_at_date = '{MONTH}'") == [(0,)]


def test_a_month_that_moved_is_no_reason_to_hold_it(openings: Openings) -> None:
    """Rounding leaves the difference of two releases open."""
    first = openings.open(World())
    second = openings.open(moved(World(), MONTH, 4))
    assert openings.held == []
    assert audit(second, [first]).is_safe
