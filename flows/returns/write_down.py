"""Write down: the figures for gov.uk's gender pay gap service, for a person who types them, and for programs."""

from __future__ import annotations

import csv
from pathlib import Path

from flows.neutralise import inert_row
from flows.report import Edition
from flows.report.show import day
from flows.returns.bind import HEADER_ROW, Book, Fact, whose
from flows.returns.declare import Declared
from flows.returns.gather import standing, uncertainties
from flows.returns.set_out import WORDS


def write_table(path: Path, declared: Declared) -> None:
    """One row of what is typed, under the names of the service's own download, in the order of its form."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(field.row["field_name"] for field in declared.fields)
        writer.writerow(inert_row(field.typed for field in declared.fields))


def write_workbook(path: Path, edition: Edition, declared: Declared) -> None:
    """The fields with their exact figures, and every rule with its verdict."""
    title = f"Gender pay gap: figures for gov.uk, snapshot of {day(declared.date)}"
    with Book(path, edition, title, standing(declared.statuses)) as book:
        cover = book.sheet("Cover", [26, 100])
        _write_fields(book, declared)
        _write_rules(book, declared)
        book.facts(cover, _facts(book, declared))


def _write_fields(book: Book, declared: Declared) -> None:
    sheet = book.sheet("Figures", [6, 36, 36, 14, 16, 32, 64])
    headings = ["No.", "Part of the form", "Field", "Type this, in %", "Exact, in %", "Name in the download", "Notes"]
    book.head(sheet, headings, 3)
    for row, field in enumerate(declared.fields, HEADER_ROW + 1):
        book.put(sheet, row, 0, int(field.row["position"]))
        for column, name in ((1, "section"), (2, "question"), (5, "field_name")):
            book.put(sheet, row, column, field.row[name])
        if field.typed:
            sheet.write_number(row, 3, float(field.typed), book.look("asked", "0.0"))
        else:
            sheet.write_blank(row, 3, None, book.look("missing"))
        book.put(sheet, row, 4, field.exact)
        book.put(sheet, row, 6, "" if field.typed else f"Leave blank. {field.because}")


def _write_rules(book: Book, declared: Declared) -> None:
    rows = [
        [
            rule.row["sentence"],
            WORDS["look" if rule.broken_by else "ok"],
            ", ".join(rule.broken_by),
            rule.row["what_to_do"],
        ]
        for rule in declared.rules
    ]
    sheet_of_rules = ["Rule of the service", "Verdict", "Broken by", "Where it says look"]
    book.table("Rules", [70, 12, 50, 70], sheet_of_rules, rows)


def _facts(book: Book, declared: Declared) -> list[tuple[str, Fact]]:
    people, broken = declared.people, sum(bool(rule.broken_by) for rule in declared.rules)
    kept = f"{broken} of {len(declared.rules)} are broken: see the sheet Rules." if broken else "All are kept."
    return [
        *whose(book.edition),
        ("Year", f"The snapshot of {day(declared.date)}, which the service calls {declared.service_year}"),
        ("State of the figures", book.state),
        ("Rules of the service", kept),
        (
            "People",
            f"With full pay: {people['minority_full_pay_count']:,} women, {people['reference_full_pay_count']:,} men. "
            f"Relevant: {people['minority_relevant_count']:,} women, {people['reference_relevant_count']:,} men.",
        ),
        (
            "Gaps",
            "How much less women have than men, in % of men's pay. A gap below nought means that women have more.",
        ),
        *(("Not certain", one["sentence"]) for one in uncertainties("pay_gap")),
        ("How to use it", "Type the column Type this of the sheet Figures into the service. It takes no file."),
    ]
