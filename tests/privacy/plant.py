"""Plant words that must not come out in the landing files of a small trust: each place has a word of its own."""

from __future__ import annotations

import csv
import hashlib
import hmac
import string
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlsxwriter

from demo import make
from flows.home import Home
from flows.ingest.define import Dataset, Landing, read_landing

STEM = "Zqvex"
"""No other text has these letters."""
EMPLOYEE, TALKATIVE, REJECTED = "90417731", "90417732", "90417733"
BORN = {"iso": "1951-02-03", "british": "03/02/1951", "esr": "03-FEB-1951"}
SALARY = "87654.21"
LATEST = "2025-03-31"

SPOKEN_TO_READERS = {
    "esr_staff_list.org_l3",
    "esr_staff_list.org_l5",
    "eds_scores.evidence",
    "plan_statements.item",
    "plan_statements.answer",
    "plan_statements.statement_text",
    "plan_actions.plan",
    "plan_actions.reference",
    "plan_actions.action",
    "plan_actions.indicator_ids",
    "plan_actions.target",
    "plan_actions.baseline",
    "plan_actions.status",
    "plan_actions.owner",
    "staff_networks_members.network",
    "team.of one person",
}
"""Names of units and what people type to be read, which the restricted part shows to its group; nobody else."""

NAMES = {"name", "folder"}
"""Places of odd names of files and folders, which stand in the ledger of loads so that somebody can find the file."""


@dataclass
class Planted:
    """The words that were planted, each with its place, such as `esr_staff_list.job_role`."""

    words: dict[str, str] = field(default_factory=dict)

    def word(self, place: str) -> str:
        """The word of a place; the same for the same place."""
        if place not in self.words:
            number, letters = len(self.words), ""
            for _ in range(3):
                number, rest = divmod(number, 26)
                letters = string.ascii_lowercase[rest] + letters
            self.words[place] = f"{STEM}{letters}"
        return self.words[place]

    def names(self) -> set[str]:
        """The words that are names of files and folders."""
        return {word for place, word in self.words.items() if place.partition(".")[0] in NAMES}

    def spoken(self) -> set[str]:
        """The words that the restricted part may tell its group."""
        return {word for place, word in self.words.items() if place in SPOKEN_TO_READERS}

    def all(self, secret: str) -> list[str]:
        """Every word, the person's numbers, dates and pay, and the pseudonyms that the secret makes of the numbers."""
        numbers = (EMPLOYEE, TALKATIVE, REJECTED)
        keys = [hmac.new(secret.encode(), number.encode(), hashlib.sha256).hexdigest() for number in numbers]
        return [*self.words.values(), *numbers, *BORN.values(), SALARY, *keys]


def plant(home: Home) -> Planted:
    """Make a trust of 150 staff with two snapshots, and plant a word in every text column of every dataset.

    One more person with ordinary codes is alone in their team, one is odd in everything, one is rejected. Beside the
    files of the contract lie some that are refused, and some that are passed over, with odd names, sheets and headings.
    """
    planted = Planted()
    make(home.landing, staff=150, months=2)
    landing = read_landing()
    for dataset in landing.datasets:
        if dataset.format == "table":
            for path in sorted((home.landing / dataset.folder).glob(_glob(dataset))):
                _plant_in(path, dataset, planted)
    _refused(home.landing, landing, planted)
    _oddly_named(home.landing, planted)
    return planted


def _glob(dataset: Dataset) -> str:
    """Every snapshot of the staff list, and the newest file of every other dataset."""
    stem = dataset.file_name_pattern.partition("{")[0]
    if dataset.is_staff_list:
        return f"{stem}*.csv"
    return f"{stem}2024.csv" if dataset.as_at_rule == "survey_year" else f"{stem}{LATEST}.csv"


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV under its headings."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    """Write rows under the headings of the first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _plant_in(path: Path, dataset: Dataset, planted: Planted) -> None:
    rows = read_rows(path)
    ordinary = rows[0]
    rows += [_talkative(ordinary, dataset, planted), *_unreadable(ordinary, dataset, planted)]
    if dataset.is_staff_list:
        rows.append(_alone(ordinary, planted))
        heading, cell = planted.word("heading.of no column"), planted.word("cell.of no column")
        rows = [{**row, heading: cell} for row in rows]
    if dataset.name == "recruitment_applications":
        path.unlink()
        write_sheets(path.with_suffix(".xlsx"), {planted.word("sheet.of a table"): rows})
        return
    write_rows(path, rows)


def _talkative(ordinary: dict[str, str], dataset: Dataset, planted: Planted) -> dict[str, str]:
    """A row that is loaded, with a word in every text column but Employer, which would have the file refused."""
    row = dict(ordinary)
    for column in dataset.columns:
        if column.value_type == "text" and column.name != "employer" and column.heading in row:
            row[column.heading] = f"{planted.word(f'{dataset.name}.{column.name}')} in my own words"
        if column.value_type in ("employee_number", "assignment_number"):
            row[column.heading] = TALKATIVE
    return row


def _unreadable(ordinary: dict[str, str], dataset: Dataset, planted: Planted) -> Iterator[dict[str, str]]:
    """A row for each typed column whose value cannot be read: it is rejected and kept aside."""
    for column in dataset.columns:
        if column.value_type not in ("text", "employee_number", "assignment_number"):
            numbers = {one.heading: REJECTED for one in dataset.columns if one.value_type.endswith("_number")}
            yield ordinary | numbers | {column.heading: planted.word(f"rejected.{dataset.name}.{column.name}")}


def _alone(ordinary: dict[str, str], planted: Planted) -> dict[str, str]:
    """An employed person with ordinary codes in a team of their own."""
    return ordinary | {
        "Employee Number": EMPLOYEE,
        "Assignment Number": EMPLOYEE,
        "Primary Assignment": "Y",
        "Assignment Category": "Permanent",
        "Assignment Status": "Active Assignment",
        "Org L5": planted.word("team.of one person"),
        "Date Of Birth": BORN["british"],
        "Annual Salary": SALARY,
    }


def write_sheets(path: Path, sheets: dict[str, list[dict[str, str]]]) -> None:
    """Write a workbook with a table in each sheet."""
    cells = {name: [list(rows[0]), *(list(row.values()) for row in rows)] for name, rows in sheets.items()}
    write_cells(path, cells)


def write_cells(path: Path, sheets: dict[str, list[list[Any]]]) -> None:
    """Write a workbook of texts."""
    book = xlsxwriter.Workbook(str(path))
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    book.close()


def _refused(landing_folder: Path, landing: Landing, planted: Planted) -> None:
    """Files under right names that are refused whole: a heading, an employer, a sheet or every value is wrong."""
    rows = [
        {**row, "Employer": ""} for row in read_rows(landing_folder / f"esr_staff_list/esr_staff_list_{LATEST}.csv")
    ]
    staff = landing_folder / "esr_staff_list"
    odd = planted.word("heading.in place of one")
    write_rows(staff / "esr_staff_list_2024-09-30.csv", [_renamed(row, "Ethnic Origin", odd) for row in rows])
    employer = planted.word("employer.another")
    write_rows(staff / "esr_staff_list_2024-10-31.csv", [{**row, "Employer": employer} for row in rows])
    date = planted.word("every date")
    write_rows(staff / "esr_staff_list_2024-11-30.csv", [{**row, "Date Of Birth": date} for row in rows])
    header, *body = (staff / f"esr_staff_list_{LATEST}.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    runs_on = f'"{planted.word("runaway quote")}, and no end\n'
    (staff / "esr_staff_list_2024-12-31.csv").write_text("".join([header, runs_on, *body]), encoding="utf-8")
    write_cells(
        landing_folder / "staff_survey" / "nss23_organisational_results.xlsx",
        {planted.word("sheet.of a survey"): [[planted.word("cell.of a survey")] * 20 for _ in range(30)]},
    )
    write_cells(
        landing_folder / "board" / "board_2024-12-31.xlsx",
        {planted.word("sheet.of a board"): [[planted.word("cell.of a board")] * 3]},
    )


def _renamed(row: dict[str, str], heading: str, to: str) -> dict[str, str]:
    return {to if name == heading else name: value for name, value in row.items()}


def _oddly_named(landing: Path, planted: Planted) -> None:
    """Files and folders whose names are none of the contract; a name may be a person's."""
    text = "anything,else\n1,2\n"
    (landing / f"{planted.word('name.in the root')} list.csv").write_text(text)
    (landing / "esr_staff_list" / f"{planted.word('name.in a folder')}'s list.csv").write_text(text)
    (landing / "pay" / f"{planted.word('name.of a document')}.docx").write_bytes(b"PK\x03\x04")
    (landing / "pay" / f"{planted.word('name.being written')}.csv.part").write_text(text)
    (landing / f"{planted.word('folder.of no kind')}").mkdir()
    (landing / planted.word("folder.of no kind") / f"{planted.word('name.in no folder')}.csv").write_text(text)
    (landing / planted.word("folder.that is a link")).symlink_to(landing / "pay")
    (landing / "eds" / f"{planted.word('name.of a link')}.csv").symlink_to(landing / "eds" / f"eds_{LATEST}.csv")
