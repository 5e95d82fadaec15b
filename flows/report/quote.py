"""Quote: the figures that a trust's own words may name, as `wres_2` or `workforce_profile_gender.female, count`."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from flows.report.compose import Figure
from flows.report.headline import Headline, headlines
from flows.report.read import Figures, Row, seed
from flows.report.show import figure

ASPECTS = {
    "": "value",
    "count": "numerator",
    "base": "denominator",
    "from": "ci_low",
    "to": "ci_high",
    "a year earlier": "previous_value",
    "change": "change",
}
"""What may stand behind a name, after a comma, and the column that it means."""

NOT_AVAILABLE = "[x]"

OF_THE_YEAR = """
select *, count(distinct measure) over (partition by indicator_id) as measure_count
from shown_{table}
where organisation_unit_level = 'trust' and reporting_year = $year {only}
qualify as_at_date = max(as_at_date) over (partition by indicator_id)
order by indicator_id, stratum, measure, {groups}
"""
ONLY_COMPARED = "and (indicator_id, measure) not in (select distinct indicator_id, measure from shown_values)"


@dataclass(frozen=True)
class Quotes:
    """Every figure of one reporting year by its names; a figure may have several.

    `absent` holds, for headline figures that the year does not have (no survey yet), why: they are not available, and
    a text that names them is not wrong.
    """

    rows: dict[str, Row]
    absent: dict[str, str]

    def __call__(self, told: str) -> Figure:
        """The figure that a placeholder means. Raises LookupError that says what is wrong with it."""
        name, _, aspect = (part.strip() for part in told.partition(","))
        if name in self.absent:
            return Figure(NOT_AVAILABLE, note=self.absent[name])
        if name not in self.rows:
            raise LookupError(f"there is no figure “{name}”.{self._near(name)} `parity texts --figures` names all.")
        if aspect not in ASPECTS:
            known = ", ".join(word for word in ASPECTS if word)
            raise LookupError(f"“{aspect}” says nothing behind a figure's name. Write one of: {known}.")
        row, column = self.rows[name], ASPECTS[aspect]
        if column not in row:
            raise LookupError(
                f"“{name}” has no “{aspect}”. Only figures that compare two groups or two years have one."
            )
        return figure(row, column)

    def _near(self, name: str) -> str:
        near = difflib.get_close_matches(name, self.rows, n=3)
        return f" Did you mean {' or '.join(near)}?" if near else ""


def quotes(figures: Figures, year: str) -> Quotes:
    """The figures of one reporting year, by their names.

    Only those that the open edition may hold have one, hidden or not: a text stands in both editions.
    """
    values = figures.rows(OF_THE_YEAR.format(table="values", only="", groups='"group"'), year=year)
    compared = figures.rows(
        OF_THE_YEAR.format(table="comparisons", only=ONLY_COMPARED, groups="minority_group, reference_group"), year=year
    )
    told = _headlines(figures, year)
    named = {name: one.row for name, one in told.items() if one.row is not None}
    cuts = {(one["indicator_id"], one["measure"], one["stratum_dimension"]) for one in seed("disclosure/open_cuts")}
    dimensions = _dimensions(figures)
    for row in [*values, *compared]:
        if (row["indicator_id"], _measured(row), dimensions.get((row["indicator_id"], row["stratum"]))) not in cuts:
            continue
        for name in _names(row):
            named.setdefault(name, row)
    absent = {name: one.missing for name, one in told.items() if name not in named}
    return Quotes(named, absent)


def _measured(row: Row) -> str:
    """The measure of the values that a row shows or compares."""
    key = (str(row["indicator_id"]), str(row["measure"]), str(row.get("minority_group", "")))
    return _compared().get(key, str(row["measure"]))


@cache
def _compared() -> dict[tuple[str, str, str], str]:
    forms = seed("catalogue/indicator_comparison_groups")
    return {(one["indicator_id"], one["measure"], one["minority_group"]): one["value_measure"] for one in forms}


def _dimensions(figures: Figures) -> dict[tuple[str, str], str]:
    """Which dimension each stratum of an indicator belongs to."""
    found = figures.rows("select distinct indicator_id, stratum, stratum_dimension from indicator_vocabulary")
    return {(row["indicator_id"], row["stratum"]): row["stratum_dimension"] for row in found}


def _names(row: Row) -> Iterator[str]:
    """`wres_9.voting.ethnic_minority`; with its measure behind it, and without where the indicator has but one."""
    of_group = row["group"] if "group" in row else _pair(row)
    parts = [str(row["indicator_id"]), *(str(one) for one in (row["stratum"], of_group) if one not in ("all", ""))]
    yield ".".join([*parts, str(row["measure"])])
    if row["measure_count"] == 1:
        yield ".".join(parts)


def _pair(row: Row) -> str:
    """A pair of groups by its first, where an indicator has several of them."""
    return (
        "" if row["minority_group"] in _headline_groups().get(str(row["indicator_id"]), ()) else row["minority_group"]
    )


def _headline_groups() -> dict[str, set[str]]:
    groups: dict[str, set[str]] = {}
    for one in seed("report/headline_figures"):
        groups.setdefault(one["indicator_id"], set()).add(one["group"])
    return groups


def _headlines(figures: Figures, year: str) -> dict[str, Headline]:
    """The headline of an indicator by its id; where it has several, with the measure: `pay_gap_gender.mean_pay_gap`."""
    chosen = seed("report/headline_figures")
    ids = [one["indicator_id"] for one in chosen]
    named: dict[str, Headline] = {}
    for framework in dict.fromkeys(one["framework"] for one in chosen):
        own = [one for one in chosen if one["framework"] == framework]
        for one, told in zip(own, headlines(figures, framework, year=year), strict=True):
            several = ids.count(one["indicator_id"]) > 1
            named[f"{one['indicator_id']}.{one['measure']}" if several else one["indicator_id"]] = told
    return named
