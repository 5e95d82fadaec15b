"""Place: the directorates and teams of an edition, and where the page of each stands, whatever it is called."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from flows.report.read import Figures

ENTRY = "directorates/index.html"
"""The page that lists the directorates."""

LONGEST = 60
NOT_ON_WINDOWS = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{name}{number}" for name in ("com", "lpt") for number in range(1, 10)),
}
TAKEN = {"index", "directorates"} | NOT_ON_WINDOWS
"""What no page may be called: the list itself and its workbook, and names that a shared drive of Windows refuses."""

UNITS = """
select
    organisation_unit_level as level, organisation_unit as name,
    coalesce(organisation_unit_parent, '') as parent,
    min(as_at_date) filter (starts_with(indicator_id, 'declaration_')) as first_date,
    max(as_at_date) filter (starts_with(indicator_id, 'declaration_')) as last_date
from (
    select indicator_id, as_at_date, organisation_unit_level, organisation_unit, organisation_unit_parent
    from shown_values
    union all
    select indicator_id, as_at_date, organisation_unit_level, organisation_unit, organisation_unit_parent
    from shown_comparisons
) as named
where organisation_unit_level in ('directorate', 'team')
group by all
order by level, first_date nulls last, name, parent
"""


@dataclass(frozen=True)
class Unit:
    """A directorate or a team: its name as the staff list has it, and the page that is its own.

    `parent` is a team's directorate, `slug` the name that its page and tables have, `first` and `last` the dates
    between which the staff list holds it; None where only other files name it.
    """

    level: str
    name: str
    parent: str
    path: str
    slug: str
    first: datetime.date | None
    last: datetime.date | None

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from every other unit."""
        return self.level, self.parent, self.name

    @property
    def word(self) -> str:
        """`directorate` or `team`, for sentences."""
        return self.level


def places(figures: Figures) -> list[Unit]:
    """Every directorate and team of the edition in alphabetical order, each with its page.

    Of names that are written alike in an address, the one that came first keeps the plain form, so that a link to it
    stays right when another comes.
    """
    rows = figures.rows(UNITS)
    found = [row for row in rows if row["level"] == "directorate"]
    slugs = dict(
        zip([row["name"] for row in found], slugged((row["name"] for row in found), "directorate"), strict=True)
    )
    units = [
        Unit(
            "directorate",
            row["name"],
            row["parent"],
            f"directorates/{slugs[row['name']]}.html",
            slugs[row["name"]],
            *_dates(row),
        )
        for row in found
    ]
    for directorate in [*slugs]:
        teams = [row for row in rows if row["level"] == "team" and row["parent"] == directorate]
        for row, slug in zip(teams, slugged((row["name"] for row in teams), "team"), strict=True):
            path = f"directorates/{slugs[directorate]}/{slug}.html"
            units.append(Unit("team", row["name"], directorate, path, f"{slugs[directorate]}/{slug}", *_dates(row)))
    return sorted(
        units, key=lambda unit: (unit.parent if unit.level == "team" else "", unit.name.casefold(), unit.name)
    )


def _dates(row: dict[str, datetime.date | None]) -> tuple[datetime.date | None, datetime.date | None]:
    return row["first_date"], row["last_date"]


def slugged(names: Iterable[str], nameless: str) -> list[str]:
    """The names as parts of an address, each different: `<b>&"Fleet"` is `b-fleet`, one without letters `nameless`."""
    given: list[str] = []
    for name in names:
        plain = _plain(name) or nameless
        slug, number = plain, 1
        while slug in given or slug in TAKEN:
            number += 1
            slug = f"{plain}-{number}"
        given.append(slug)
    return given


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:LONGEST].strip("-")
