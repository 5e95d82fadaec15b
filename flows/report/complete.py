"""Complete: whose answers are on record, and how many more it takes to reach the target. What is hidden stays so.

Everything here is told from numbers that the edition shows; nothing is worked out for a number that is hidden.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal

from flows.report.compose import Figure
from flows.report.place import Unit
from flows.report.read import Figures, Row, seed
from flows.report.show import figure, plain

TRUST = ("trust", "", "trust")

ANSWERS = """
select
    figures.*, replace(figures.indicator_id, 'declaration_', '') as field,
    coalesce(figures.organisation_unit_parent, '') as parent
from shown_values as figures
where starts_with(figures.indicator_id, 'declaration_') and figures.measure = 'complete_share'
    and figures.stratum = 'all' and figures."group" = 'all'
order by figures.as_at_date
"""

CHANGES = """
select *, replace(indicator_id, 'declaration_', '') as field, coalesce(organisation_unit_parent, '') as parent
from shown_comparisons
where starts_with(indicator_id, 'declaration_') and measure = 'complete_share' and stratum = 'all'
"""

FIELDS = """
select replace(indicator_id, 'declaration_', '') as field, number as label
from indicator_catalogue
where is_current_definition and starts_with(indicator_id, 'declaration_')
order by position
"""

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Answers:
    """The answers on record of every unit, question and month of an edition.

    `fields` are the questions with their labels in order, `rows` by unit and question the months in order, `changes`
    the comparison with a year earlier, and `latest` the newest month, None where nothing was loaded.
    """

    fields: Mapping[str, str]
    rows: Mapping[Key, Mapping[str, Mapping[datetime.date, Row]]]
    changes: Mapping[tuple[Key, str, datetime.date], Row]
    dates: Sequence[datetime.date]
    targets: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def latest(self) -> datetime.date | None:
        """The newest month of the edition."""
        return self.dates[-1] if self.dates else None

    def of(self, key: Key, question: str, date: datetime.date | None) -> Row | None:
        """The row of one unit and question in one month."""
        return self.rows.get(key, {}).get(question, {}).get(date) if date else None

    def year_ago(self, key: Key, question: str, date: datetime.date) -> Row | None:
        """The row of the same month a year earlier."""
        return next(
            (row for when, row in self.rows.get(key, {}).get(question, {}).items() if _is_year_before(when, date)), None
        )

    def change(self, key: Key, question: str, date: datetime.date) -> Row | None:
        """The comparison with a year earlier, where the edition makes it."""
        return self.changes.get((key, question, date))

    def to_complete(self, row: Row | None) -> Figure:
        """How many more answers it takes to reach the target, as it is shown."""
        if row is None:
            return Figure("[x]", note="There is no figure of this month")
        target = self.targets.get(row["field"])
        if target is None:
            return Figure("[z]", note="No target is set for this question")
        number = records_to_complete(row, target)
        if number is None:
            shown = figure(row)
            return Figure(shown.text, note=shown.note)
        is_about = (row.get("rounded_to") or 1) > 1
        return Figure(f"about {plain(number)}" if is_about else plain(number), float(number), note="", status="")

    def people(self, unit: Unit | None, date: datetime.date | None) -> Figure:
        """How many people the unit has at a date: the base of its questions. No unit is the trust."""
        key = unit.key if unit else TRUST
        found = [row for question in self.fields if (row := self.of(key, question, date)) is not None]
        shown = [row for row in found if row["denominator"] is not None]
        return (
            figure((shown or found)[0], "denominator")
            if found
            else Figure("[x]", note="There is no figure of this month")
        )


def read_answers(figures: Figures) -> Answers:
    """The answers on record of an edition."""
    fields = {str(row["field"]): str(row["label"]) for row in figures.rows(FIELDS)}
    rows: dict[Key, dict[str, dict[datetime.date, Row]]] = {}
    for row in figures.rows(ANSWERS):
        if row["field"] in fields:
            rows.setdefault(_key(row), {}).setdefault(row["field"], {})[row["as_at_date"]] = row
    changes = {(_key(row), row["field"], row["as_at_date"]): row for row in figures.rows(CHANGES)}
    dates = sorted({date for months in rows.get(TRUST, {}).values() for date in months})
    targets = {one["field"]: Decimal(one["target_share"]) for one in seed("catalogue/declaration_targets")}
    return Answers(fields, rows, changes, dates, targets)


def _key(row: Row) -> Key:
    level = str(row["organisation_unit_level"])
    return TRUST if level == "trust" else (level, str(row["parent"]), str(row["organisation_unit"]))


def _is_year_before(when: datetime.date, date: datetime.date) -> bool:
    return (when.year, when.month) == (date.year - 1, date.month)


def records_to_complete(row: Row, target: Decimal) -> int | None:
    """How many more people must answer for the share to reach the target, None where the row hides its numbers.

    The people that the target asks for, rounded up, less those who answered: as the restricted table has it.
    """
    if row["value"] is None or row["numerator"] is None or row["denominator"] is None:
        return None
    wanted = (target * Decimal(str(row["denominator"]))).to_integral_value(ROUND_CEILING)
    return max(0, int(wanted - Decimal(str(row["numerator"]))))


@dataclass(frozen=True)
class Conversations:
    """How many conversations would close some gaps: between the fewest and the most.

    One conversation can fill every gap of one person. So the fewest are as many as the largest gap of any question, and
    the most are all gaps together, one person each. `hidden` is how many gaps are not known, and not in either.
    """

    fewest: int
    most: int
    hidden: int
    is_about: bool

    def __str__(self) -> str:
        about = "about " if self.is_about else ""
        if not self.most:
            return "not shown" if self.hidden else "none"
        if self.hidden:
            return f"at least {about}{plain(self.fewest)}"
        return f"{about}{plain(self.fewest)}" + (f" to {plain(self.most)}" if self.most > self.fewest else "")


def conversations(answers: Answers, rows: Iterable[Row | None]) -> Conversations:
    """What it takes to close the gaps of one unit, a row for each question."""
    there = [row for row in rows if row is not None and row["field"] in answers.targets]
    counts = [records_to_complete(row, answers.targets[row["field"]]) for row in there]
    known = [count for count in counts if count is not None]
    is_about = any((row.get("rounded_to") or 1) > 1 for row in there)
    return Conversations(max(known, default=0), sum(known), counts.count(None), is_about)
