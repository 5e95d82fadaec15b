"""Recognise a landing file by its name, and its columns by their headings."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass

from flows.ingest.define import Column, Dataset, Landing, plain
from flows.ingest.refuse import FileRefused

PLACES = {
    "{date}": r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})",
    "{year}": r"(?P<year>[0-9]{4})",
    "{yy}": r"(?P<yy>[0-9]{2})",
}
HEADER_WITHIN_ROWS = 200
ENDINGS = {"table": ("csv", "xlsx"), "survey_workbook": ("xlsx",)}


@dataclass(frozen=True)
class Named:
    """What a file's folder and name say: its dataset, date and version (1 where it names none)."""

    dataset: Dataset
    as_at_date: datetime.date
    version: int


@dataclass(frozen=True)
class Header:
    """The header row as found. `places` is the index of each column that is there, in the row."""

    line: int
    headings: tuple[str, ...]
    places: dict[str, int]

    def ignored(self) -> dict[str, str]:
        """Positions and headings that no column of the dataset goes by, in the file's order."""
        taken = set(self.places.values())
        left = ((i, h) for i, h in enumerate(self.headings) if i not in taken and h.strip())
        return {f"column {i + 1}": " ".join(h.split()) for i, h in left}


def recognise_name(relative: str, landing: Landing) -> Named:
    """Dataset, date and version of a path below the landing folder. Raises FileRefused that says how to name it."""
    folder, _, name = relative.rpartition("/")
    here = [dataset for dataset in landing.datasets if dataset.folder.casefold() == folder.casefold()]
    if not here:
        folders = ", ".join(dict.fromkeys(dataset.folder for dataset in landing.datasets))
        raise FileRefused(
            f"Files are not taken from {'that folder' if folder else 'the landing folder itself'}. "
            f"Move it into one of: {folders}."
        )
    for dataset in here:
        if found := _name_pattern(dataset).fullmatch(name):
            return Named(dataset, _as_at_date(found, dataset, landing), int(found["version"] or 1))
    examples = " or ".join(dataset.example for dataset in here)
    raise FileRefused(
        f"Its name is none that the folder {folder} knows. Name it like {examples} (the date as year-month-day; .csv "
        "or .xlsx), and a correction with _v2 before the ending."
    )


def shown_path(relative: str, landing: Landing, sha256: str | None) -> str:
    """What stands for a file in findings, messages and releases: its path, where that is one of the contract.

    Any other name may be a person's: the folder, where the contract knows it, and the file's SHA-256 stand for it.
    """
    shown = shown_waiting(relative, landing)
    begins = f"; its SHA-256 begins {sha256[:12]}" if sha256 else ""
    return shown if shown == relative else f"{shown} (its name is kept in private/ledger/loads.jsonl{begins})"


def shown_waiting(relative: str, landing: Landing) -> str:
    """The same for a file that is not taken in hand, so that no ledger holds its name yet."""
    try:
        recognise_name(relative, landing)
    except FileRefused:
        return f"A file in {shown_folder(relative.rpartition('/')[0], landing)}"
    return relative


def shown_folder(folder: str, landing: Landing) -> str:
    """What stands for a folder below the landing folder: its path, where the contract knows it."""
    if folder in ("", "."):
        return "landing itself"
    known = {dataset.folder.casefold() for dataset in landing.datasets}
    return folder if folder.casefold() in known else "a folder of no kind of file"


def refuse_if_wide(columns: int, landing: Landing, line: int) -> None:
    """Refuse a table with more columns than any report has: each costs a column of the database."""
    most = landing.limits["table_most_columns"]
    if columns > most:
        raise FileRefused(
            f"Line {line} has {columns:,} columns, more than the {most:,} that are read. Leave only the report's "
            "columns in the file."
        )


def name_with_version(dataset: Dataset, name: str, version: int) -> str:
    """The same file name with another version: `pay_2025-03-31.csv` and 2 make `pay_2025-03-31_v2.csv`."""
    stem, _, ending = name.rpartition(".")
    return f"{re.sub(r'_v[0-9]+$', '', stem, flags=re.IGNORECASE)}_v{version}.{ending}"


def find_header(rows: Sequence[tuple[int, Sequence[str]]], dataset: Dataset) -> Header:
    """The row of `rows` (line number and cells) that holds the dataset's headings, wherever it stands.

    Raises FileRefused that names the missing columns, or the heading that stands there twice.
    """
    best = max(rows, key=lambda row: len(_matches(row[1], dataset)), default=(0, ()))
    line, cells = best
    matches = _matches(cells, dataset)
    missing = [column.heading for column in dataset.columns if column.is_required and column.name not in matches]
    if len(matches) < min(2, len(dataset.columns)):
        raise FileRefused(
            f"No row holds the headings of {dataset.title} ({', '.join(_required(dataset)[:4])} …). "
            "Is it the right report, and comma-separated?"
        )
    if missing:
        raise FileRefused(
            f"Required column{'s' if len(missing) > 1 else ''} missing: {', '.join(missing)}. Line {line} was read as "
            "the heading row. Add what is missing to the report; where it goes by another name, put that name into "
            "seeds/landing/heading_aliases.csv."
        )
    twice = [column.heading for column in dataset.columns if len(matches.get(column.name, ())) > 1]
    if twice:
        raise FileRefused(
            f"More than one column stands for {', '.join(twice)} in line {line}. Leave only the right one."
        )
    return Header(line, tuple(cells), {name: places[0] for name, places in matches.items()})


def _matches(cells: Sequence[str], dataset: Dataset) -> dict[str, list[int]]:
    written: dict[str, list[int]] = {}
    for place, cell in enumerate(cells):
        if cell:
            written.setdefault(plain(cell), []).append(place)
    found = {column.name: _places(column, written) for column in dataset.columns}
    return {name: places for name, places in found.items() if places}


def _places(column: Column, written: dict[str, list[int]]) -> list[int]:
    """Where the column stands: under its own heading, else under an alias."""
    own = written.get(plain(column.heading))
    return own or sorted(place for alias in column.aliases for place in written.get(alias, ()))


def _required(dataset: Dataset) -> list[str]:
    return [column.heading for column in dataset.columns if column.is_required]


def _name_pattern(dataset: Dataset) -> re.Pattern[str]:
    pattern = re.escape(dataset.file_name_pattern)
    for place, meaning in PLACES.items():
        pattern = pattern.replace(re.escape(place), meaning)
    endings = "|".join(ENDINGS[dataset.format])
    return re.compile(rf"{pattern}(?:_v(?P<version>[1-9][0-9]{{0,3}}))?\.(?:{endings})", re.IGNORECASE | re.ASCII)


def _as_at_date(found: re.Match[str], dataset: Dataset, landing: Landing) -> datetime.date:
    parts = found.groupdict()
    year = parts.get("year") or (parts["date"][:4] if parts.get("date") else f"20{parts['yy']}")
    oldest = landing.limits["oldest_as_at_year"]
    if int(year) < oldest:
        raise FileRefused(
            f"The year in its name is {year}, and data from before {oldest} are not taken in. Name it like "
            f"{dataset.example}."
        )
    try:
        return datetime.date.fromisoformat(parts.get("date") or f"{year}-12-31")
    except ValueError:
        raise FileRefused(
            f"{parts['date']} in its name is no date of the calendar. Name it like {dataset.example}."
        ) from None
