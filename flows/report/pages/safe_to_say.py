"""Safe to Say: whose answers are on record, where most are missing, and how many conversations would close the gaps."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from flows.report import draw
from flows.report.complete import TRUST, Answers, Key, conversations, read_answers
from flows.report.compose import Cell, Chart, Column, Figure, Link, Page, Table
from flows.report.pack import Fact, reached
from flows.report.place import Unit, places
from flows.report.read import Row, seed
from flows.report.show import day, direction, figure, month, plain, written

if TYPE_CHECKING:
    from flows.report.write import Making

PATH = "safe_to_say.html"
TITLE = "Safe to Say"
SUMMARY = "Whose answers are on record, where most are missing, and how many conversations would close the gaps."

MEANING = (
    "A conversation is one talk with one person, in which every answer that is missing can be given or declined. So "
    "the fewest that reach every target are as many as the largest gap of any question: that holds if whoever lacks "
    "one answer lacks the others too. The most are all gaps together: that holds if each gap is another person's."
)

Heat = Mapping[str, str]
"""How a share stands to its target: the style, symbol and words of the legend."""

LEVELS: Mapping[str, Heat] = {
    "reached": {"level": "reached", "symbol": "●", "words": "at the target or above"},
    "near": {"level": "near", "symbol": "◐", "words": "near the target"},
    "far": {"level": "far", "symbol": "○", "words": "further below"},
    "hidden": {"level": "hidden", "symbol": "", "words": "not shown"},
}


@dataclass(frozen=True)
class HeatTable:
    """A table of shares, and beside each cell how it stands to its target; None where that is not asked."""

    table: Table
    heats: Sequence[Sequence[Heat | None]]


def pages(making: Making, before: Sequence[Page]) -> list[Page]:
    """One page."""
    answers = read_answers(making.figures)
    directorates = [one for one in places(making.figures) if one.level == "directorate" and one.last == answers.latest]
    rules = {one["rule"]: int(one["value"]) for one in seed("report/report_rules") if one["value"].isdigit()}
    if answers.latest is None:
        empty = {"date": None, "facts": (), "meaning": MEANING}
        return [Page(PATH, TITLE, "safe_to_say.html.j2", "safe_to_say", SUMMARY, empty, [])]
    return [_page(answers, directorates, rules, answers.latest)]


def _page(answers: Answers, directorates: Sequence[Unit], rules: Mapping[str, int], date: datetime.date) -> Page:
    questions, units = _questions(answers, date), _units(answers, directorates)
    gaps, monthly = _gaps(answers, directorates), _monthly(answers, directorates)
    content = {
        "date": date,
        "facts": _facts(answers),
        "meaning": MEANING,
        "about": _about(answers),
        "questions": questions,
        "units": units,
        "gaps": gaps,
        "matrix": _matrix(answers, directorates, rules),
        "chart": _chart(answers, rules, questions),
        "over_time": [_over_time(answers, directorates, one, rules) for one in _incomplete(answers, directorates)],
        "legend": [_worded(one, rules) for one in LEVELS.values()],
        "monthly": monthly,
    }
    return Page(PATH, TITLE, "safe_to_say.html.j2", "safe_to_say", SUMMARY, content, [questions, units, gaps, monthly])


def _worded(heat: Heat, rules: Mapping[str, int]) -> Heat:
    near = f"within {rules['near_target_points']} points of the target"
    return {**heat, "words": near} if heat["level"] == "near" else heat


def _newest(answers: Answers, key: Key) -> list[Row]:
    return [row for one in answers.fields if (row := answers.of(key, one, answers.latest)) is not None]


def _facts(answers: Answers) -> list[Fact]:
    rows = _newest(answers, TRUST)
    counted = [(answers.to_complete(row), row) for row in rows]
    known = [(count, row) for count, row in counted if count.number is not None]
    facts = [Fact("Conversations to reach every target", str(conversations(answers, rows)), "in the whole trust")]
    if known:
        done = sum(count.number == 0 for count, _ in known)
        facts.append(Fact("Questions at their target", f"{done} of {len(known)}", "of those asked of all staff"))
        count, row = max(known, key=lambda one: one[0].number or 0)
        label = answers.fields[row["field"]]
        facts.append(Fact("Furthest from its target", figure(row), f"{label}: {count.text} records to complete"))
    return facts


def _about(answers: Answers) -> str:
    rows = _newest(answers, TRUST)
    if not any((row.get("rounded_to") or 1) > 1 for row in rows):
        return ""
    return "Counts of this month are rounded to the nearest five: what is worked out from them is only about right."


def _before(answers: Answers, row: Row) -> Row | None:
    """The same of the month before."""
    earlier = [date for date in answers.dates if date < row["as_at_date"]]
    key: Key = TRUST
    return answers.of(key, row["field"], earlier[-1]) if earlier else None


NONE_EARLIER = Figure("[z]", note="There is no such month")


def _questions(answers: Answers, date: datetime.date) -> Table:
    """The trust's answers by question: most records to complete first, hidden ones last."""
    rows = sorted(_newest(answers, TRUST), key=lambda row: _order(answers, row))
    return Table(
        "safe_to_say_questions",
        f"The whole trust by question, {day(date)}: largest gap first",
        (
            Column("Question"),
            Column("Answers on record", is_number=True),
            Column("A month earlier", is_number=True),
            Column("A year earlier", is_number=True),
            Column("Since a year ago"),
            Column("Told from chance?"),
            Column("Target", is_number=True),
            Column("Reached?"),
            Column("Records to complete", is_number=True),
        ),
        [_question(answers, row) for row in rows],
    )


def _order(answers: Answers, row: Row) -> tuple[bool, float]:
    count = answers.to_complete(row).number
    return count is None, -(count or 0.0)


def _question(answers: Answers, row: Row) -> list[Cell]:
    one, date = row["field"], row["as_at_date"]
    month_ago, year_ago = _before(answers, row), answers.year_ago(TRUST, one, date)
    change = answers.change(TRUST, one, date) or {}
    target = answers.targets.get(one)
    return [
        Link(answers.fields[one], f"indicators/{row['indicator_id']}.html"),
        figure(row),
        figure(month_ago) if month_ago else NONE_EARLIER,
        figure(year_ago) if year_ago else NONE_EARLIER,
        direction(change.get("direction_by_threshold")),
        direction(change.get("direction_tested"), "tested_words"),
        written(target, "indicator_values", row) if target is not None else "",
        reached(_is_reached(answers, row)),
        answers.to_complete(row),
    ]


def _is_reached(answers: Answers, row: Row) -> bool | None:
    if row["value"] is None or row["field"] not in answers.targets:
        return None
    return Decimal(str(row["value"])) >= answers.targets[row["field"]]


def _units(answers: Answers, directorates: Sequence[Unit]) -> Table:
    """What each directorate needs: most conversations first, among those that are known."""
    needed = [(unit, conversations(answers, _newest(answers, unit.key))) for unit in directorates]
    needed.sort(key=lambda one: (one[1].most == 0 and one[1].hidden > 0, -one[1].fewest, -one[1].most))
    asked = [one for one in answers.fields if one in answers.targets]
    rows: list[list[Cell]] = []
    for unit, count in needed:
        gaps = [answers.to_complete(answers.of(unit.key, one, answers.latest)) for one in asked]
        rows.append([Link(unit.name, unit.path), answers.people(unit, answers.latest), str(count), *gaps])
    columns = [Column("Directorate"), Column("People", is_number=True), Column("Conversations for every target")]
    columns += [Column(f"{answers.fields[one]}: records", is_number=True) for one in asked]
    return Table(
        "safe_to_say_directorates",
        "By directorate: conversations, and records to complete for each question",
        columns,
        rows,
        [
            "Each directorate for itself: where all reach the target the trust does, but the trust can reach it "
            "sooner, because some lie above it."
        ],
    )


def _gaps(answers: Answers, directorates: Sequence[Unit]) -> Table:
    """Every question of every directorate that lacks records, largest first; the hidden ones at the end, as marked."""
    there = [(unit, row) for unit in directorates for row in _newest(answers, unit.key)]
    there = [
        (unit, row) for unit, row in there if answers.to_complete(row).number != 0 and row["field"] in answers.targets
    ]
    there.sort(key=lambda one: (*_order(answers, one[1]), one[0].name.casefold()))
    rows: list[list[Cell]] = []
    for unit, row in there:
        before = answers.year_ago(unit.key, row["field"], row["as_at_date"])
        rows.append(
            [
                Link(unit.name, unit.path),
                answers.fields[row["field"]],
                figure(row, "denominator"),
                figure(row),
                figure(before) if before else NONE_EARLIER,
                answers.to_complete(row),
            ]
        )
    return Table(
        "safe_to_say_gaps",
        "The gaps, largest first",
        (
            Column("Directorate"),
            Column("Question"),
            Column("People", is_number=True),
            Column("Answers on record", is_number=True),
            Column("A year earlier", is_number=True),
            Column("Records to complete", is_number=True),
        ),
        rows,
        ["Directorates that have reached a target are left out here. Hidden gaps come last: their size is not told."],
    )


# Shares beside their targets.


def _heat(answers: Answers, row: Row | None, rules: Mapping[str, int]) -> Heat | None:
    if row is None:
        return None
    if row["value"] is None:
        return LEVELS["hidden"]
    target = answers.targets.get(row["field"])
    if target is None:
        return None
    share = Decimal(str(row["value"]))
    if share >= target:
        return LEVELS["reached"]
    return _worded(LEVELS["near" if share >= target - Decimal(rules["near_target_points"]) / 100 else "far"], rules)


def _matrix(answers: Answers, directorates: Sequence[Unit], rules: Mapping[str, int]) -> HeatTable:
    """Questions by directorates in the newest month, the trust first."""
    named: list[tuple[Cell, Key]] = [("The whole trust", TRUST)]
    named += [(Link(unit.name, unit.path), unit.key) for unit in directorates]
    grid = [[answers.of(key, one, answers.latest) for one in answers.fields] for _, key in named]
    columns = [Column("Directorate"), *(Column(label, is_number=True) for label in answers.fields.values())]
    rows = [[name, *(figure(row) if row else "" for row in line)] for (name, _), line in zip(named, grid, strict=True)]
    table = Table("safe_to_say_matrix", "Answers on record by directorate and question, newest month", columns, rows)
    return HeatTable(table, [[None, *(_heat(answers, row, rules) for row in line)] for line in grid])


def _incomplete(answers: Answers, directorates: Sequence[Unit]) -> list[str]:
    """The questions that were not complete everywhere and always: the others have nothing to show over time."""
    keys = [TRUST, *(unit.key for unit in directorates)]
    return [
        one
        for one in answers.fields
        if any(row["value"] not in (None, 1) for key in keys for row in answers.rows.get(key, {}).get(one, {}).values())
    ]


def _over_time(answers: Answers, directorates: Sequence[Unit], one: str, rules: Mapping[str, int]) -> HeatTable:
    """One question by directorate and quarter, the newest month last."""
    dates = _quarters(answers.dates)[-rules["quarters_shown"] :]
    named: list[tuple[Cell, Key]] = [("The whole trust", TRUST)]
    named += [(Link(unit.name, unit.path), unit.key) for unit in directorates]
    grid = [[answers.of(key, one, date) for date in dates] for _, key in named]
    rows = [[name, *(figure(row) if row else "" for row in line)] for (name, _), line in zip(named, grid, strict=True)]
    columns = [Column("Directorate"), *(Column(f"{date:%b %Y}", is_number=True) for date in dates)]
    table = Table(f"safe_to_say_over_time_{one}", f"{answers.fields[one]} over time", columns, rows)
    return HeatTable(table, [[None, *(_heat(answers, row, rules) for row in line)] for line in grid])


def _quarters(dates: Sequence[datetime.date]) -> list[datetime.date]:
    """Every third month back from the newest."""
    return sorted(date for date in dates if (dates[-1].month - date.month) % 3 == 0)


def _monthly(answers: Answers, directorates: Sequence[Unit]) -> Table:
    """Every month of every directorate and question, to take away."""
    named: list[tuple[Cell, Key]] = [("The whole trust", TRUST)]
    named += [(Link(unit.name, unit.path), unit.key) for unit in directorates]
    rows: list[list[Cell]] = []
    for name, key in named:
        for one, label in answers.fields.items():
            for date, row in answers.rows.get(key, {}).get(one, {}).items():
                cells = [figure(row, column) for column in ("numerator", "denominator", "value", "ci_low", "ci_high")]
                rows.append([name, label, day(date), *cells])
    columns = [Column("Directorate"), Column("Question"), Column("Month")]
    headings = ("Answers on record", "People", "Share", "95% low", "95% high")
    columns += [Column(heading, is_number=True) for heading in headings]
    return Table("safe_to_say_monthly", "Answers on record by directorate, question and month", columns, rows)


def _chart(answers: Answers, rules: Mapping[str, int], table: Table) -> Chart | None:
    """The trust's questions that lack most answers, over time."""
    newest = {row["field"]: row["value"] for row in _newest(answers, TRUST) if row["value"] is not None}
    drawn = sorted((one for one in newest if newest[one] < 1), key=lambda one: float(newest[one]))
    points = [
        draw.Point(month(date), answers.fields[one], row["value"], row["ci_low"], row["ci_high"])
        for one in drawn[: rules["series_in_a_chart"]]
        for date, row in answers.rows[TRUST][one].items()
    ]
    if not points or len(answers.dates) < 2:
        return None
    targets = set(answers.targets.values())
    aim = f" The target is {plain(min(targets) * 100)}%." if len(targets) == 1 else ""
    first, last = month(answers.dates[0]), month(answers.dates[-1])
    description = f"Share of all staff with an answer on record, from {first} to {last}.{aim}"
    title = "The questions that lack most answers, in the whole trust"
    return draw.history("safe_to_say_chart", title, description, points, table, "percent")
