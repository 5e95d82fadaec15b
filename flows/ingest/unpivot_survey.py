"""Unpivot the NHS Staff Survey's organisation workbook: from a column an answer to a row an answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from flows.ingest.batch import Poured, Row
from flows.ingest.define import Dataset, plain
from flows.ingest.read_workbook import Workbook, sheet_rows
from flows.ingest.recognise import HEADER_WITHIN_ROWS, Header, find_header
from flows.ingest.refuse import FileRefused

ANSWER_COLUMNS = ("sheet", "question", "answer", "value", "base")


def open_survey(workbook: Workbook, dataset: Dataset) -> tuple[Poured, Iterator[Row]]:
    """One long row for each sheet, organisation and answer.

    A sheet's heading row begins the columns that name the organisation; every column right of them is an answer, under
    the question that the sheet's first rows name, and each question ends with its base. A sheet that is no table, such
    as notes, is left out and counted. Raises FileRefused, which tells a sheet by its place: its name may be a person's.
    """
    by_organisation = [column for column in dataset.columns if column.name not in ANSWER_COLUMNS]
    like_a_sheet = replace(dataset, columns=tuple(by_organisation))
    sheets: list[tuple[str, Header, list[Row], list[Answer]]] = []
    without = []
    for number, name in enumerate(workbook.sheet_names, start=1):
        rows = list(sheet_rows(workbook, name))
        try:
            header = find_header([(row.line, row.cells) for row in rows[:HEADER_WITHIN_ROWS]], like_a_sheet)
        except FileRefused as refusal:
            if any(_filled(row) > len(by_organisation) for row in rows):
                raise FileRefused(f"Sheet {number}: {refusal}") from None
            without.append(name)
            continue
        answers = _answers(rows[: header.line - 1], header, number)
        sheets.append((name, header, rows[header.line :], answers))
    if not sheets:
        raise FileRefused(f"No sheet holds the headings of {dataset.title} ({by_organisation[0].heading} …).")
    headings = tuple(column.heading for column in dataset.columns)
    poured = Poured(headings, {column.name: i for i, column in enumerate(dataset.columns)}, _survey_ignored(sheets))
    if without:
        poured.notes.append(f"{len(without)} sheet{'s' if len(without) > 1 else ''} without a table left out.")
    return poured, _long_rows(sheets, dataset, poured)


def _filled(row: Row) -> int:
    return sum(bool(cell.strip()) for cell in row.cells)


@dataclass(frozen=True)
class Answer:
    """One answer's column in a sheet: its question, its heading, its place and the place of its base."""

    question: str
    heading: str
    place: int
    base_place: int | None


def _answers(above: Sequence[Row], header: Header, sheet: int) -> list[Answer]:
    first = max(header.places.values()) + 1
    if not above:
        raise FileRefused(f"Sheet {sheet} has no row of questions above its headings.")
    questions = max((row.cells for row in above), key=lambda cells: sum(bool(cell.strip()) for cell in cells[first:]))
    answers: list[Answer] = []
    pending: list[Answer] = []
    question = ""
    for place in range(first, len(header.headings)):
        question = questions[place].strip() or question
        heading = header.headings[place].strip()
        if not heading or not question:
            continue
        if plain(heading).startswith("base"):
            answers += [Answer(one.question, one.heading, one.place, place) for one in pending]
            pending = []
        else:
            pending.append(Answer(question, heading, place, None))
    return answers + pending


def _survey_ignored(sheets: Sequence[tuple[str, Header, list[Row], list[Answer]]]) -> dict[str, str]:
    ignored: dict[str, str] = {}
    for _, header, _, answers in sheets:
        read = {one.place for one in answers} | {one.base_place for one in answers} | set(header.places.values())
        ignored |= {f"column {i + 1}": h for i, h in enumerate(header.headings) if i not in read and h.strip()}
    return ignored


def _long_rows(
    sheets: Sequence[tuple[str, Header, list[Row], list[Answer]]], dataset: Dataset, poured: Poured
) -> Iterator[Row]:
    for name, header, rows, answers in sheets:
        for row in rows:
            if not _filled(row):
                poured.blank_rows += 1
                continue
            shared = {column: row.cells[place] for column, place in header.places.items()}
            for answer in answers:
                base = "" if answer.base_place is None else row.cells[answer.base_place]
                cells = {**shared, "sheet": name, "question": answer.question, "answer": answer.heading}
                cells |= {"value": row.cells[answer.place], "base": base}
                yield Row(row.line, [cells.get(column.name, "") for column in dataset.columns])
