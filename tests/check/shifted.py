"""What a staff list with a shifted column does to the units of a trust, planted in the marts of `tests.check.marts`."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable

from tests.check.marts import FEBRUARY, MARCH, TEAMS, Tables, unit_row

MARKER = "Zebedee Quillfeather"

Plant = Callable[[Tables], None]


def leave_out(tables: Tables, level: str, date: datetime.date) -> None:
    """Take every unit of this level away from this snapshot."""
    tables["workforce_profile"] = [
        row
        for row in tables["workforce_profile"]
        if (row["organisation_unit_level"], row["snapshot_date"]) != (level, date)
    ]


def teams(named: Iterable[tuple[str, int]], *dates: datetime.date) -> Plant:
    """These teams and no others, at these dates or else in March."""
    units = list(named)

    def plant(tables: Tables) -> None:
        for date in dates or (MARCH,):
            leave_out(tables, "team", date)
            tables["workforce_profile"] += [unit_row(date, "team", name, people) for name, people in units]

    return plant


def person(number: int, born: str = "") -> str:
    """Another name for each number, without a digit in it unless a date of birth is given."""
    return f"{MARKER} {chr(97 + number // 26)}{chr(97 + number % 26)}{born}"


def everybody(born: str = "") -> Plant:
    """A name, and a date of birth if one is given, stands in every row where the team should."""
    return teams((person(number, born), 1) for number in range(500))


def some_people(count: int, *dates: datetime.date) -> Plant:
    """The same in so many rows; 499 people at most. The others are in one team that was always there."""
    first, rest = next(iter(TEAMS)), 500 - count
    return teams([(first, rest), *((person(number), 1) for number in range(count))], *dates)


def one_team_called(name: str) -> Plant:
    """A team of February and March has this name."""
    first = next(iter(TEAMS))
    return teams([(name if team == first else team, people) for team, people in TEAMS.items()], FEBRUARY, MARCH)


def renamed(count: int) -> Plant:
    """So many of the teams have another name in March than in February."""
    return teams((f"{team} new" if at < count else team, people) for at, (team, people) in enumerate(TEAMS.items()))


def new_directorate(people: int) -> Plant:
    """A person's name, or a real new directorate, in the rows of so many people."""

    def plant(tables: Tables) -> None:
        tables["workforce_profile"].append(unit_row(MARCH, "directorate", MARKER, people))

    return plant
