"""Plant the defects of real extracts in clean landing files, so that what survives them can be seen.

Each defect sits in one file, the same one each time, and says how many rows it touched. None moves a published figure:
a row that cannot be read is in a month or a source that no figure is taken from, and a value that is not known stands
in the place of one of the majority.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from demo.draw import stream
from demo.months import LAST, month_end

EXCEL_EPOCH = datetime(1899, 12, 30)
ALIASES = {
    "Employee Number": "Emp No",
    "Org L3": "Directorate",
    "Org L5": "Team",
    "FTE": "WTE",
    "Date Of Birth": "DOB",
    "Religious Belief": "Religion",
    "Pay Scale": "Payscale",
}
"""Headings under other names that the alias table knows."""
UNKNOWN_PAY_SCALE, UNKNOWN_ORIGIN = "XN14", "CZ White - Unlisted"
STRANGE_ORIGIN, SPOILT_DATE = "see the note in the file", "in March"
TITLE = ["Staff List", "Run for the demonstration trust", "", "Prompts: all staff groups, all assignments"]


@dataclass(frozen=True)
class Plant:
    """One planted defect: its short name, the file (relative to the landing folder), and the rows it touched."""

    defect: str
    file: str
    rows: int


@dataclass
class _Table:
    """A landing file in hand: headings and rows of text, and how it will be written."""

    path: Path
    headings: list[str]
    rows: list[list[str]]
    encoding: str = "utf-8"
    workbook: bool = False

    def column(self, heading: str) -> int:
        return self.headings.index(heading)

    def where(self, heading: str, *values: str) -> list[int]:
        place = self.column(heading)
        return [number for number, row in enumerate(self.rows) if row[place] in values]


Defect = Callable[[_Table, np.random.Generator], int]


def plant(landing: Path, files: list[Path], seed: int) -> tuple[list[Plant], list[Path]]:
    """Plant every defect whose file is there; return what was planted and the files as they now are."""
    planted: list[Plant] = []
    present = {path.relative_to(landing).as_posix(): path for path in files}
    for name, defects in _plan().items():
        if name not in present:
            continue
        path, rng = present.pop(name), stream(seed, f"mess {name}")
        table = _read(path)
        done = [(defect, make(table, rng)) for defect, make in defects.items()]
        path.unlink()
        written = _write(table)
        planted += [Plant(defect, written.relative_to(landing).as_posix(), rows) for defect, rows in done]
        present[written.relative_to(landing).as_posix()] = written
    for name in list(present):
        if name == _snapshot(LAST - 4):
            correction, rows = _correct(present[name])
            planted.append(Plant("correction", correction.relative_to(landing).as_posix(), rows))
            present[correction.relative_to(landing).as_posix()] = correction
    return planted, sorted(present.values())


def _snapshot(month: int) -> str:
    return f"esr_staff_list/esr_staff_list_{month_end(month).isoformat()}.csv"


def _plan() -> dict[str, dict[str, Defect]]:
    """Which defects go into which file."""
    return {
        _snapshot(LAST): {
            "byte_order_mark": _mark,
            "unknown_pay_scale": _unknown_pay_scale,
            "unknown_ethnic_origin": _unknown_origin,
            "strange_ethnic_origin": _strange_origin,
            "padded_texts": _pad,
            "four_date_styles": _mix_dates,
        },
        _snapshot(LAST - 1): {"unreadable_dates": _spoil_dates, "blank_for_unspecified": _blank_unspecified},
        _snapshot(LAST - 2): {
            "workbook": _to_workbook,
            "float_employee_numbers": _float_numbers,
            "serial_dates": _serial_dates,
        },
        _snapshot(LAST - 3): {"alias_headings": _rename, "extra_columns": _add_columns, "iso_dates": _iso_dates},
        _snapshot(LAST - 5): {"windows_1252": _windows, "slash_dates": _slash_dates},
        _snapshot(12): {
            "float_employee_numbers": _float_numbers,
            "embedded_newlines": _break_lines,
            "padded_texts": _pad,
            "identical_rows": _repeat,
        },
        "recruitment/recruitment_2025-03-31.csv": {
            "windows_1252": _windows_titles,
            "appointed_without_shortlisting": _skip_shortlisting,
        },
        "employee_relations/employee_relations_2025-03-31.csv": {
            "float_employee_numbers": _float_numbers,
            "unmatched_employee": _unmatched,
        },
        "learning/learning_2025-03-31.csv": {"unreadable_dates": _spoil_completions, "identical_rows": _repeat},
        "pay/pay_2025-03-31.csv": {"workbook": _to_workbook, "float_employee_numbers": _float_numbers},
        "board/board_2025-03-31.csv": {"byte_order_mark": _mark},
    }


def _read(path: Path) -> _Table:
    with path.open(encoding="utf-8", newline="") as handle:
        headings, *rows = csv.reader(handle)
    return _Table(path, headings, rows)


def _write(table: _Table) -> Path:
    if table.workbook:
        return _write_workbook(table)
    with table.path.open("w", encoding=table.encoding, newline="") as handle:
        writer = csv.writer(handle, lineterminator="\r\n")
        writer.writerow(table.headings)
        writer.writerows(table.rows)
    return table.path


def _write_workbook(table: _Table) -> Path:
    """As ESR BI hands it out: a blank first column, a title above the header, totals below."""
    import xlsxwriter

    path = table.path.with_suffix(".xlsx")
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        book.set_properties({"created": datetime(2025, 4, 1)})
        sheet = book.add_worksheet("Report")
        numeric = [_is_number(heading) for heading in table.headings]
        for row, line in enumerate(TITLE):
            sheet.write_string(row, 1, line)
        for place, heading in enumerate(table.headings, 1):
            sheet.write_string(len(TITLE) + 1, place, heading)
        first = len(TITLE) + 2
        for row, values in enumerate(table.rows, first):
            for place, value in enumerate(values, 1):
                if value and numeric[place - 1]:
                    sheet.write_number(row, place, float(value))
                elif value:
                    sheet.write_string(row, place, value)
        sheet.write_string(first + len(table.rows) + 1, 1, "Grand Total")
        sheet.write_number(first + len(table.rows) + 1, 3, len(table.rows))
    return path


def _is_number(heading: str) -> bool:
    """Columns that a workbook holds as numbers: serial dates among them."""
    return heading in {
        "Employee Number",
        "FTE",
        "Annual Salary",
        "Latest Start Date",
        "Date Of Birth",
        "Basic Pay",
        "Allowances",
        "Shift Premium",
        "Leave Pay",
        "Overtime",
        "Bonus In Period",
        "Bonus In Year",
        "Weekly Hours",
        "Pay Period Start",
        "Pay Period End",
    }


def _change(table: _Table, rows: list[int], heading: str, change: Callable[[str], str]) -> int:
    place = table.column(heading)
    for row in rows:
        table.rows[row][place] = change(table.rows[row][place])
    return len(rows)


def _sample(rng: np.random.Generator, rows: list[int], count: int) -> list[int]:
    return sorted(rng.choice(rows, min(count, len(rows)), replace=False).tolist()) if rows else []


def _single_white(table: _Table) -> list[int]:
    """Rows of people with one assignment who are White - British: no figure counts them as a minority."""
    number = table.column("Employee Number")
    seen: dict[str, int] = {}
    for row in table.rows:
        seen[row[number]] = seen.get(row[number], 0) + 1
    return [row for row in table.where("Ethnic Origin", "A White - British") if seen[table.rows[row][number]] == 1]


def _unknown_pay_scale(table: _Table, rng: np.random.Generator) -> int:
    return _change(table, _sample(rng, table.where("Pay Scale", "XN07"), 12), "Pay Scale", lambda _: UNKNOWN_PAY_SCALE)


def _unknown_origin(table: _Table, rng: np.random.Generator) -> int:
    return _change(table, _sample(rng, _single_white(table), 11), "Ethnic Origin", lambda _: UNKNOWN_ORIGIN)


def _strange_origin(table: _Table, rng: np.random.Generator) -> int:
    return _change(table, _sample(rng, _single_white(table), 3), "Ethnic Origin", lambda _: STRANGE_ORIGIN)


def _pad(table: _Table, rng: np.random.Generator) -> int:
    rows = _sample(rng, list(range(len(table.rows))), 400)
    for heading in ("Org L3", "Ethnic Origin", "Pay Scale", "Gender"):
        _change(table, rows, heading, lambda text: f" {text}  " if text else "  ")
    return len(rows)


def _date_headings(table: _Table) -> list[str]:
    return [heading for heading in ("Latest Start Date", "Date Of Birth") if heading in table.headings]


def _restyle(table: _Table, rows: list[int], style: Callable[[datetime], str]) -> int:
    known: dict[str, str] = {}

    def change(text: str) -> str:
        if text not in known:
            known[text] = style(datetime.strptime(text, "%d-%b-%Y")) if text else ""
        return known[text]

    for heading in _date_headings(table):
        _change(table, rows, heading, change)
    return len(rows)


def _serial(day: datetime) -> str:
    return str((day - EXCEL_EPOCH).days)


def _mix_dates(table: _Table, rng: np.random.Generator) -> int:
    styles = [_serial, lambda day: day.strftime("%d/%m/%Y"), lambda day: day.strftime("%Y-%m-%d")]
    which = rng.integers(0, 4, len(table.rows))
    return sum(_restyle(table, np.flatnonzero(which == number).tolist(), style) for number, style in enumerate(styles))


def _serial_dates(table: _Table, _rng: np.random.Generator) -> int:
    return _restyle(table, list(range(len(table.rows))), _serial)


def _iso_dates(table: _Table, _rng: np.random.Generator) -> int:
    return _restyle(table, list(range(len(table.rows))), lambda day: day.strftime("%Y-%m-%d"))


def _slash_dates(table: _Table, _rng: np.random.Generator) -> int:
    return _restyle(table, list(range(len(table.rows))), lambda day: day.strftime("%d/%m/%Y"))


def _spoil_dates(table: _Table, rng: np.random.Generator) -> int:
    texts = iter(["31/02/1990", "not known", "99-XXX-2020", "1990"])
    return _change(table, _sample(rng, _single_white(table), 4), "Date Of Birth", lambda _: next(texts))


def _spoil_completions(table: _Table, rng: np.random.Generator) -> int:
    rows = _sample(rng, table.where("Course", "Core Skills Refresher"), 3)
    return _change(table, rows, "Completed Date", lambda _: SPOILT_DATE)


def _blank_unspecified(table: _Table, rng: np.random.Generator) -> int:
    rows = _sample(rng, table.where("Religious Belief", "Unspecified"), 200)
    return _change(table, rows, "Religious Belief", lambda _: "")


def _float_numbers(table: _Table, _rng: np.random.Generator) -> int:
    return _change(table, list(range(len(table.rows))), "Employee Number", lambda text: f"{text}.0")


def _to_workbook(table: _Table, _rng: np.random.Generator) -> int:
    table.workbook = True
    for heading in ("Pay Period Start", "Pay Period End"):
        if heading in table.headings:
            _change(
                table, list(range(len(table.rows))), heading, lambda text: _serial(datetime.strptime(text, "%d/%m/%Y"))
            )
    return len(table.rows)


def _mark(table: _Table, _rng: np.random.Generator) -> int:
    table.encoding = "utf-8-sig"
    return len(table.rows)


def _windows(table: _Table, rng: np.random.Generator) -> int:
    table.encoding = "cp1252"
    rows = _sample(rng, list(range(len(table.rows))), 300)
    return _change(table, rows, "Position Title", lambda text: f"{text} – café rota")


def _windows_titles(table: _Table, rng: np.random.Generator) -> int:
    table.encoding = "cp1252"
    rows = _sample(rng, list(range(len(table.rows))), 300)
    return _change(table, rows, "Vacancy Reference", lambda text: f"{text} – résumé")


def _break_lines(table: _Table, rng: np.random.Generator) -> int:
    rows = _sample(rng, list(range(len(table.rows))), 150)
    return _change(table, rows, "Position Title", lambda text: f"{text}\n(rotational)")


def _repeat(table: _Table, rng: np.random.Generator) -> int:
    readable = [number for number, row in enumerate(table.rows) if SPOILT_DATE not in row]
    rows = _sample(rng, readable, 12)
    for row in reversed(rows):
        table.rows.insert(row + 1, list(table.rows[row]))
    return len(rows)


def _rename(table: _Table, _rng: np.random.Generator) -> int:
    table.headings = [ALIASES.get(heading, heading) for heading in table.headings]
    table.headings[-1] = f"  {table.headings[-1].upper()} "
    return len(table.rows)


def _add_columns(table: _Table, rng: np.random.Generator) -> int:
    table.headings += ["Cost Centre", "Subjective Code"]
    for row in table.rows:
        row += [f"C{int(rng.integers(1000, 9999))}", "A21"]
    return len(table.rows)


def _skip_shortlisting(table: _Table, rng: np.random.Generator) -> int:
    rows = _sample(rng, table.where("Shortlisted", "N"), 2)
    _change(table, rows, "Appointed Date", lambda _: "31/03/2025")
    return _change(table, rows, "Appointed", lambda _: "Y")


def _unmatched(table: _Table, _rng: np.random.Generator) -> int:
    row = list(table.rows[-1])
    row[table.column("Case Reference")], row[table.column("Employee Number")] = "ER-900001", "19999999.0"
    row[table.column("Case Type")] = "Grievance"
    table.rows.append(row)
    return 1


def _correct(path: Path) -> tuple[Path, int]:
    """The file as first sent lacks every twentieth row; the whole of it follows as version 2."""
    table = _read(path)
    whole = _Table(path.with_name(f"{path.stem}_v2.csv"), table.headings, list(table.rows))
    number = table.column("Employee Number")
    table.rows = [row for row in table.rows if int(row[number]) % 20]
    _write(table)
    return _write(whole), len(whole.rows) - len(table.rows)
