"""Returns: what the trust sends to NHS England and types into gov.uk, with its checks. The restricted edition only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flows.report.compose import Cell, Column, Figure, Link, Page, Table, Tag
from flows.report.show import day, plain
from flows.returns import FOLDER
from flows.returns.compose import Filled, Verdict
from flows.returns.declare import Declared, Field
from flows.returns.gather import Returns, gather, pay_gap_names, return_name, standing, uncertainties
from flows.returns.lay_out import TITLES
from flows.returns.look_up import reporting_year
from flows.returns.set_out import group_label

if TYPE_CHECKING:
    from flows.report.write import Making

BESIDE_THE_SITE = f"../{FOLDER}"
FITS = Tag("Fits", "✓", "good")
LOOK = Tag("Look", "!", "bad")
NO_FIGURE = Tag("No figure", "–", "unknown")
NOTHING_FILLED = "The release has no staff list of a 31 March, so there is nothing to return for WRES and WDES yet."
NOTHING_DECLARED = "The release has no pay of a 31 March, so there is nothing to type into gov.uk yet."


def pages(making: Making, before: Sequence[Page]) -> list[Page]:
    """One page of the restricted site; the open one has none, for returns hold exact counts."""
    if not making.edition.is_restricted:
        return []
    returns = gather(making.figures, making.edition.organisation.ods_code)
    content = {
        "overview": _overview(returns),
        "filled": [_of_filled(one) for one in returns.filled],
        "declared": _of_declared(returns.declared) if returns.declared else None,
        "nothing": [
            sentence
            for sentence, found in ((NOTHING_FILLED, returns.filled), (NOTHING_DECLARED, returns.declared))
            if not found
        ],
    }
    summary = "The WRES and WDES returns and the gender pay gap figures for gov.uk, ready to be checked and sent."
    return [
        Page("returns/index.html", "National returns", "returns.html.j2", "returns", summary, content, _kept(content))
    ]


def _kept(content: dict[str, Any]) -> list[Table]:
    """The tables worth taking away."""
    declared = content["declared"]
    return [one["checks"] for one in content["filled"]] + ([declared["fields"], declared["rules"]] if declared else [])


def _overview(returns: Returns) -> Table:
    columns = (
        Column("Return"),
        Column("Snapshot"),
        Column("State"),
        Column("Checks that fit", is_number=True),
        Column("To look at", is_number=True),
        Column("Without a figure", is_number=True),
        Column("Workbook"),
    )
    rows = [_row_of_filled(one) for one in returns.filled]
    if returns.declared:
        rows.append(_row_of_declared(returns.declared))
    return Table("returns_files", "What can be sent", columns, rows)


def _row_of_filled(filled: Filled) -> list[Cell]:
    found = [one.verdict for one in filled.verdicts]
    name = return_name(filled)
    return [
        f"{TITLES[filled.layout.name]}, {reporting_year(filled.dates['current'])}",
        day(filled.dates["current"]),
        standing(filled.statuses),
        *(_count(found.count(word)) for word in ("ok", "look", "empty")),
        Link(name, f"{BESIDE_THE_SITE}/{name}"),
    ]


def _row_of_declared(declared: Declared) -> list[Cell]:
    broken = sum(bool(rule.broken_by) for rule in declared.rules)
    name = pay_gap_names(declared)[0]
    return [
        f"Gender pay gap, {declared.service_year}",
        day(declared.date),
        standing(declared.statuses),
        _count(len(declared.rules) - broken),
        _count(broken),
        _count(0),
        Link(name, f"{BESIDE_THE_SITE}/{name}"),
    ]


def _count(number: int) -> Figure:
    return Figure(plain(number), number)


def _of_filled(filled: Filled) -> dict[str, Any]:
    name = filled.layout.name
    return {
        "name": name,
        "title": TITLES[name],
        "checks": _checks(filled),
        "empty": _empty(filled),
        "uncertain": [one["sentence"] for one in uncertainties(name)],
    }


def _checks(filled: Filled) -> Table:
    """A row for each check of the return, with the columns in which it does not fit."""
    by_topic: dict[str, list[Verdict]] = {}
    for verdict in filled.verdicts:
        by_topic.setdefault(verdict.check.get("topic", verdict.check["sentence"]), []).append(verdict)
    rows: list[list[Cell]] = [
        [topic, _tag(found), _where(filled, found), found[0].check["what_to_do"] if _words(found, "look") else ""]
        for topic, found in by_topic.items()
    ]
    columns = (Column("Check"), Column("Verdict"), Column("In which column"), Column("What to do"))
    caption = f"Checks on the {filled.layout.name.upper()} return"
    return Table(f"returns_checks_{filled.layout.name}", caption, columns, rows)


def _words(found: Sequence[Verdict], word: str) -> list[Verdict]:
    return [one for one in found if one.verdict == word]


def _tag(found: Sequence[Verdict]) -> Tag:
    if _words(found, "look"):
        return LOOK
    return NO_FIGURE if _words(found, "empty") else FITS


def _where(filled: Filled, found: Sequence[Verdict]) -> str:
    told = _words(found, "look") or _words(found, "empty")
    return "; ".join(_column(filled, one) for one in told)


def _column(filled: Filled, verdict: Verdict) -> str:
    item = f"item {verdict.check['item']}, " if "item" in verdict.check else ""
    return f"{item}{day(filled.dates[verdict.year])}, {group_label(filled, verdict.group)}"


def _empty(filled: Filled) -> list[str]:
    """Which items have empty cells, and why."""
    return [
        f"Item {line.row['item']}, {line.row['label']}: {reason}"
        for line in filled.lines
        for reason in dict.fromkeys(box.because for box in line.boxes.values() if box.is_asked and box.because)
    ]


def _of_declared(declared: Declared) -> dict[str, Any]:
    table = pay_gap_names(declared)[1]
    return {
        "date": declared.date,
        "service_year": declared.service_year,
        "csv": Link(table, f"{BESIDE_THE_SITE}/{table}"),
        "fields": _fields(declared),
        "rules": _rules(declared),
        "uncertain": [one["sentence"] for one in uncertainties("pay_gap")],
    }


def _fields(declared: Declared) -> Table:
    columns = (
        Column("Field"),
        Column("Part of the form"),
        Column("Type this, in %", is_number=True),
        Column("Name in the download"),
        Column("Note"),
    )
    status = "draft" if declared.statuses.get("draft") else ""
    rows: list[list[Cell]] = [
        [
            field.row["question"],
            field.row["section"],
            _typed(field, status),
            field.row["field_name"],
            "" if field.typed else f"Leave blank. {field.because}",
        ]
        for field in declared.fields
    ]
    caption = f"Gender pay gap on {day(declared.date)}, in the order in which the service asks"
    return Table("returns_pay_gap_fields", caption, columns, rows)


def _typed(field: Field, status: str) -> Figure:
    return Figure(field.typed, float(field.typed), status=status) if field.typed else Figure("", status=status)


def _rules(declared: Declared) -> Table:
    rows: list[list[Cell]] = [
        [
            rule.row["sentence"],
            LOOK if rule.broken_by else FITS,
            ", ".join(rule.broken_by),
            rule.row["what_to_do"] if rule.broken_by else "",
        ]
        for rule in declared.rules
    ]
    columns = (Column("Rule"), Column("Verdict"), Column("Broken by"), Column("What to do"))
    return Table("returns_pay_gap_rules", "Rules of the gender pay gap service", columns, rows)
