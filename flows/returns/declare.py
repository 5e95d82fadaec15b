"""Declare: the figures that gov.uk's gender pay gap service asks for, rounded as it wants them, and its rules."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from flows.report.read import Figures, Row, seed
from flows.returns.lay_out import SeedRow
from flows.returns.look_up import reporting_year

INDICATOR = "pay_gap_gender"
TENTH = Decimal("0.1")
HUNDRED = Decimal(100)

Typed = Mapping[str, str]
"""What is typed into each field, by its name; an empty text is a blank field."""


@dataclass(frozen=True)
class Field:
    """One field of the service with what is typed into it, the exact figure behind it, and why it is blank."""

    row: SeedRow
    typed: str
    exact: Decimal | None
    because: str = ""


@dataclass(frozen=True)
class Rule:
    """One rule of the service and the fields that break it."""

    row: SeedRow
    broken_by: Sequence[str]


@dataclass(frozen=True)
class Declared:
    """What can be typed into the service for one snapshot, with the verdict of each of its rules."""

    date: datetime.date
    fields: Sequence[Field]
    rules: Sequence[Rule]
    statuses: Mapping[str, int]
    people: Row

    @property
    def year(self) -> int:
        """The year of the snapshot."""
        return self.date.year

    @property
    def service_year(self) -> str:
        """What the service calls the year: the snapshot of 31 March 2025 is in `2025 to 2026`."""
        return f"{self.date.year} to {self.date.year + 1}"


def declare(figures: Figures, organisation: str) -> Declared | None:
    """The fields of the latest snapshot with pay; None where there is none."""
    gap = figures.row(
        "select * from pay_gap_gender where organisation_code = $organisation and organisation_unit_level = 'trust'"
        " and stratum = 'all' and minority_group = 'female' order by as_at_date desc limit 1",
        organisation=organisation,
    )
    if gap is None:
        return None
    quarters = figures.rows(
        "select * from pay_gap_quarters where organisation_code = $organisation and indicator_id = $indicator"
        " and as_at_date = $date",
        organisation=organisation,
        indicator=INDICATOR,
        date=gap["as_at_date"],
    )
    fields = _fields(gap, quarters)
    typed = {field.row["field_name"]: field.typed for field in fields}
    return Declared(gap["as_at_date"], fields, judge(typed), _statuses(figures, organisation, gap), gap)


def _statuses(figures: Figures, organisation: str, gap: Row) -> dict[str, int]:
    found = figures.rows(
        "select status, count(*) as figures from figure_status where organisation_code = $organisation"
        " and indicator_id = $indicator and reporting_year = $year and organisation_unit_level = 'trust' group by all",
        organisation=organisation,
        indicator=INDICATOR,
        year=reporting_year(gap["as_at_date"]),
    )
    return {one["status"]: one["figures"] for one in found}


def _fields(gap: Row, quarters: Sequence[Row]) -> list[Field]:
    """The fields in the order of the seed. Of two that must make 100.0 together, one is rounded and one is the rest."""
    made: dict[str, Field] = {}
    for row in seed("returns/pay_gap_fields"):
        exact, because = _exact(row, gap, quarters)
        made[row["field_name"]] = Field(row, "" if exact is None else str(rounded(exact)), exact, because)
    for name, field in made.items():
        rest = made.get(field.row["rest_of"])
        if rest and rest.typed and field.typed:
            made[name] = Field(field.row, str(HUNDRED - Decimal(rest.typed)), field.exact)
    return [_without_bonus(field, made) for field in made.values()]


def _exact(row: SeedRow, gap: Row, quarters: Sequence[Row]) -> tuple[Decimal | None, str]:
    """The figure in per cent as the release has it, or why it has none."""
    if row["quarter"]:
        found = next((one for one in quarters if (one["quarter"], one["group"]) == (row["quarter"], row["group"])), {})
    else:
        found = gap
    value = found.get(row["source_column"])
    if value is not None:
        return Decimal(str(value)) * HUNDRED, ""
    reason = "bonus_gap_not_computed_because" if row["kind"].startswith("bonus") else "not_computed_because"
    return None, str(found.get(reason) or "The release has no figure.")


def _without_bonus(field: Field, made: Mapping[str, Field]) -> Field:
    """The service wants no bonus gap where the share of men with a bonus, as it is typed, is nought."""
    if field.row["kind"] != "bonus_gap" or not field.typed or Decimal(made["MaleBonusPercent"].typed or 0) != 0:
        return field
    return Field(
        field.row, "", field.exact, "The share of men with a bonus is 0.0% when rounded; the service wants no gap."
    )


def rounded(exact: Decimal) -> Decimal:
    """To one decimal, halves away from nought, as a spreadsheet and a person round."""
    found = exact.quantize(TENTH, ROUND_HALF_UP)
    return abs(found) if found == 0 else found


def judge(typed: Typed) -> list[Rule]:
    """Every rule of the service, with the names of the fields that break it."""
    return [Rule(row, [*RULES[row["rule"]](_Figures(typed))]) for row in seed("returns/pay_gap_rules")]


class _Figures:
    """What is typed, as numbers by field; a blank field, or one that is no number, is not in `numbers`."""

    def __init__(self, typed: Typed) -> None:
        self.typed = typed
        self.numbers = {name: number for name, text in typed.items() if (number := _number(text)) is not None}

    def of(self, *kinds: str) -> list[str]:
        """The fields of these kinds, in their order."""
        return [row["field_name"] for row in seed("returns/pay_gap_fields") if row["kind"] in kinds]

    def blank(self, *kinds: str) -> list[str]:
        return [name for name in self.of(*kinds) if not self.typed.get(name, "").strip()]

    def number(self, name: str) -> Decimal:
        return self.numbers.get(name, Decimal(0))


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _at_most_one_decimal(found: _Figures) -> list[str]:
    return [
        name
        for name in found.of("gap", "quarter_share", "bonus_gap", "bonus_share")
        if found.typed.get(name, "").strip() and (name not in found.numbers or _decimals(found.numbers[name]) > 1)
    ]


def _decimals(number: Decimal) -> int:
    exponent: Any = number.as_tuple().exponent
    return max(0, -int(exponent))


def _gap_at_most_100(found: _Figures) -> list[str]:
    return [name for name in found.of("gap", "bonus_gap") if found.number(name) > HUNDRED]


def _share_between_0_and_100(found: _Figures) -> list[str]:
    return [name for name in found.of("quarter_share", "bonus_share") if not 0 <= found.number(name) <= HUNDRED]


def _quarters_are_100(found: _Figures) -> list[str]:
    both: dict[str, list[str]] = {}
    for row in seed("returns/pay_gap_fields"):
        if row["quarter"] and row["field_name"] in found.numbers:
            both.setdefault(row["quarter"], []).append(row["field_name"])
    return [
        name
        for names in both.values()
        if len(names) == 2 and sum(map(found.number, names)) != HUNDRED
        for name in names
    ]


def _no_bonus_gap_without_bonus(found: _Figures) -> list[str]:
    if found.numbers.get("MaleBonusPercent") != 0:
        return []
    return [name for name in found.of("bonus_gap") if name not in found.blank("bonus_gap")]


def _bonus_gaps_given(found: _Figures) -> list[str]:
    return found.blank("bonus_gap") if found.number("MaleBonusPercent") > 0 else []


def _bonus_gap_at_most_100(found: _Figures) -> list[str]:
    if found.number("FemaleBonusPercent") <= 0:
        return []
    return [name for name in found.of("bonus_gap") if found.number(name) > HUNDRED]


RULES: dict[str, Callable[[_Figures], Sequence[str]]] = {
    "at_most_one_decimal": _at_most_one_decimal,
    "gap_at_most_100": _gap_at_most_100,
    "share_between_0_and_100": _share_between_0_and_100,
    "hourly_gaps_given": lambda found: found.blank("gap"),
    "bonus_shares_given": lambda found: found.blank("bonus_share"),
    "quarters_given": lambda found: found.blank("quarter_share"),
    "quarters_are_100": _quarters_are_100,
    "no_bonus_gap_without_bonus": _no_bonus_gap_without_bonus,
    "bonus_gaps_given": _bonus_gaps_given,
    "bonus_gap_at_most_100": _bonus_gap_at_most_100,
}
"""Each rule of the seed by its key: the fields that break it."""
