"""Landing files as they count: the newest version of each date, identical rows once, no spaces at the ends."""

from __future__ import annotations

import csv
import datetime
import re
from pathlib import Path

Row = dict[str, str]
Date = datetime.date


def tables(landing: Path, folder: str, name: str) -> dict[str, list[Row]]:
    """Rows of the current file of each date (or survey year) of a dataset, as `2025-03-31` or `2024`."""
    newest: dict[str, tuple[int, Path]] = {}
    for path in sorted((landing / folder).glob(f"{name}_*.csv")):
        match = re.fullmatch(rf"{name}_(\d{{4}}(?:-\d\d-\d\d)?)(?:_v(\d+))?", path.stem)
        if match and int(match[2] or 1) > newest.get(match[1], (0, path))[0]:
            newest[match[1]] = (int(match[2] or 1), path)
    return {when: _rows(path) for when, (_, path) in sorted(newest.items())}


def dated(landing: Path, folder: str, name: str) -> dict[Date, list[Row]]:
    """As `tables`, by date."""
    return {Date.fromisoformat(when): rows for when, rows in tables(landing, folder, name).items()}


def newest_by_reference(files: dict[Date, list[Row]], heading: str) -> list[Row]:
    """One row per reference over all files: the one of the newest file that has it."""
    known: dict[str, Row] = {}
    for date in sorted(files):
        known |= {row[heading]: row for row in files[date]}
    return list(known.values())


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        rows = [{name: value.strip() for name, value in row.items()} for row in csv.DictReader(handle)]
    return list({tuple(row.items()): row for row in rows}.values())


def date_of(text: str) -> Date | None:
    """A date in one of the ways that systems print it; None where the cell is empty."""
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d-%b-%Y"):
        try:
            return datetime.datetime.strptime(text.title(), form).date()
        except ValueError:
            continue
    assert not text, "a date that nobody prints so"
    return None


def number_of(text: str) -> float | None:
    """A number; None where the cell is empty or hidden."""
    return None if text in ("", "-") else float(text)


def is_yes(text: str) -> bool:
    """Y or Yes."""
    return text.casefold() in ("y", "yes")


def unit_key(directorate: str) -> str:
    """Spellings that differ only in case or spaces are one directorate; where none is given it is unknown."""
    return " ".join(directorate.split()).casefold() or "unknown"


def a_year_before(date: Date) -> Date:
    """The same date one year earlier."""
    return date.replace(year=date.year - 1)
