"""Reports: the annual equality report, WRES, WDES and pay gaps, each of the latest year that has its figures."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from flows.report.assemble import Report, Section, assemble, sections_of, year_of
from flows.report.compose import Cell, Column, Link, Page, Table
from flows.report.quote import Quotes, quotes
from flows.report.read import Figures, seed
from flows.report.transcribe import Problem, Texts, is_written, strangers

if TYPE_CHECKING:
    from flows.report import Edition
    from flows.report.write import Making

INDEX = "reports/index.html"


@dataclass(frozen=True)
class Entry:
    """A section in the list of contents, with those below it."""

    section: Section
    below: list[Section]


def pages(making: Making, before: Sequence[Page]) -> list[Page]:
    """The index, and a page for each report."""
    made = list(reports_of(making.edition, making.figures))
    written = [_page(report) for report in made]
    for report in made:
        _copy_images(report)
    problems = problems_of(made)
    for problem in problems:
        making.say(f"a text of the trust is left out: {problem}")
    return [_index(making.edition, made, problems), *written]


def reports_of(edition: Edition, figures: Figures) -> Iterator[Report]:
    """Every report of the edition, with its year; a report without figures is of the year before the as-of date."""

    @cache
    def quoted(year: str) -> Quotes:
        return quotes(figures, year)

    for chosen in seed("report/reports"):
        year, end = year_of(figures, chosen["year_of"]) or _last_year(edition.as_of_date)
        texts = Texts(edition.texts, quoted(year), "../")
        yield Report(edition, figures, chosen, texts, year, end, quoted(year))


def problems_of(reports: Sequence[Report]) -> list[Problem]:
    """What is wrong in the texts of reports that were assembled, and in files that belong to none of them."""
    told = [problem for report in reports for problem in report.texts.problems]
    known = [one["text"] for one in seed("report/report_sections")]
    folder = reports[0].edition.texts if reports else None
    alien = strangers(folder, known) if folder else []
    return told + [
        Problem(name, 0, "it belongs to no section. `parity texts` lists the names that do.") for name in alien
    ]


def _last_year(today: datetime.date) -> tuple[str, datetime.date]:
    end = datetime.date(today.year, 3, 31)
    end = end if end <= today else end.replace(year=today.year - 1)
    return f"{end.year - 1}/{end.year % 100:02}", end


def _page(report: Report) -> Page:
    sections = assemble(report)
    tables = [table for section in sections for block in section.blocks for table in block.tables]
    content = {"contents": _contents(sections), "sections": sections}
    return Page(report.path, report.title, "report.html.j2", "reports", report.chosen["summary"], content, tables)


def _contents(sections: Sequence[Section]) -> list[Entry]:
    """The two upper levels of headings, each with those below it."""
    listed: list[Entry] = []
    for section in sections:
        if section.level == 2:
            listed.append(Entry(section, []))
        elif section.level == 3 and listed:
            listed[-1].below.append(section)
    return listed


def _copy_images(report: Report) -> None:
    for name, source in report.texts.images.items():
        there = report.edition.site / name
        there.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(source, there)


def _index(edition: Edition, made: Sequence[Report], problems: Sequence[Problem]) -> Page:
    columns = [Column("Report"), Column("Year"), Column("What is in it")]
    rows: list[list[Cell]] = [
        [Link(report.title, report.path), report.year, report.chosen["summary"]] for report in made
    ]
    listed = Table("reports", "Reports", columns, rows)
    content = {
        "listed": listed,
        "texts": _texts(edition) if edition.is_restricted else None,
        "problems": [str(one) for one in problems] if edition.is_restricted else [],
    }
    summary = "The annual equality report, and the reports on WRES, WDES and pay gaps."
    return Page(INDEX, "Reports", "reports.html.j2", "reports", summary, content)


def _texts(edition: Edition) -> Table:
    """Which of the trust's own words are written: for the EDI team alone."""
    columns = [Column("Report"), Column("Written", is_number=True), Column("Still empty")]
    rows: list[list[Cell]] = []
    for one in seed("report/reports"):
        names = [row["text"] for row in sections_of(one["report"]) if not row["hint"].startswith("Leave it out")]
        empty = [name.partition("/")[2] for name in names if not is_written(edition.texts, name)]
        rows.append([one["short_title"], f"{len(names) - len(empty)} of {len(names)}", ", ".join(empty) or "none"])
    return Table("reports_texts", "Your own words", columns, rows)
