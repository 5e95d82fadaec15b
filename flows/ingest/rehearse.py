"""Rehearse a load: what would become of one file, told before it is dropped. Leaves nothing behind."""

from __future__ import annotations

import datetime
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from flows.configure import PROJECT, Settings
from flows.ingest.batch import Poured
from flows.ingest.define import LANDING_SEEDS, Dataset, Landing, read_landing, read_rows
from flows.ingest.load import empty_load
from flows.ingest.pour import (
    count_duplicates,
    count_loaded,
    notes_of,
    pour,
    read_rejections,
    refuse_if_empty,
)
from flows.ingest.recognise import Named, recognise_name
from flows.ingest.refuse import FileRefused, IngestBroken
from flows.ingest.remember import Load, Rejection, make_tables, open_in_memory


def _coded_text(text: str) -> str:
    """A code and the text after it, as macros/codes_with_text.sql makes the key: `a|whitebritish`."""
    words = " ".join(re.findall(r"[^\W_]+", text.casefold())).replace(" and ", " ").replace(" or ", " ")
    return words.replace(" ", "|", 1).replace(" ", "")


SEEDS = PROJECT / "seeds"
KEYS: dict[str, Callable[[str], str]] = {
    "whole_text": lambda text: " ".join(text.casefold().replace("&", " and ").replace("–", "-").split()),
    "without_spaces": lambda text: "".join(text.casefold().split()),
    "code_with_text": _coded_text,
    "first_character": lambda text: text.casefold()[:1],
    "first_two_characters": lambda text: text.casefold()[:2],
}
"""What of a value is compared with a map: the same rules as the models'."""
WHOLE = ("whole_text", "without_spaces", "code_with_text")
"""Where the map's own text is brought into the same form; a part of a value is compared with the map's text."""


@dataclass(frozen=True)
class Unknown:
    """Values of one column that no map knows. `shown`: those that look like a code and are frequent enough to tell."""

    heading: str
    map_name: str
    row_count: int
    value_count: int
    shown: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class FileCheck:
    """What would become of a file. `refused` says why nothing would be loaded, else None; counts are rows.

    `columns_ignored` are headings, which may hold a name; `places_ignored` says the same columns by their position.
    """

    path: Path
    dataset: str | None = None
    title: str | None = None
    as_at_date: datetime.date | None = None
    version: int | None = None
    refused: str | None = None
    rows_read: int = 0
    loadable: int = 0
    rejected: int = 0
    duplicate: int = 0
    reasons: tuple[Rejection, ...] = ()
    columns_found: tuple[str, ...] = ()
    columns_missing: tuple[str, ...] = ()
    columns_ignored: tuple[str, ...] = ()
    places_ignored: tuple[str, ...] = ()
    unknown_values: tuple[Unknown, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def unknown(self) -> int:
        """How many cells hold a value that no map knows; their rows would be loaded and counted as unknown."""
        return sum(one.row_count for one in self.unknown_values)

    @property
    def is_clean(self) -> bool:
        """Whether everything would be loaded and understood."""
        return self.refused is None and self.rejected == 0 and self.unknown == 0


def check_file(settings: Settings, path: Path, dataset: str | None = None) -> FileCheck:
    """Say what would become of a file, wherever it lies, without touching any home.

    The dataset is told by the file's name; `dataset` says it where the name does not yet. Raises ConfigurationError for
    a dataset that does not exist, FileNotFoundError for a file that does not.
    """
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}.")
    landing = read_landing()
    check = FileCheck(path)
    try:
        kind, named, note = _recognise(path, landing, dataset)
        check = replace(check, dataset=kind.name, title=kind.title, notes=(note,) if note else ())
        if named:
            check = replace(check, as_at_date=named.as_at_date, version=named.version)
        return _rehearse(check, kind, landing, settings)
    except FileRefused as refusal:
        return replace(check, refused=str(refusal))


def _recognise(path: Path, landing: Landing, dataset: str | None) -> tuple[Dataset, Named | None, str | None]:
    """The dataset, what the name says, and what is wrong with the name where only `dataset` tells."""
    kinds = [landing.dataset(dataset)] if dataset else list(landing.datasets)
    refusals: list[FileRefused] = []
    for folder in dict.fromkeys(kind.folder for kind in kinds):
        try:
            named = recognise_name(f"{folder}/{path.name}", landing)
        except FileRefused as refusal:
            refusals.append(refusal)
            continue
        if named.dataset in kinds:
            return named.dataset, named, None
    if dataset:
        return kinds[0], None, f"Its name would be refused: name it like {kinds[0].example}."
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise FileRefused(f"Files ending in {path.suffix or 'nothing'} are not read. Save it as .csv or .xlsx.")
    raise FileRefused(
        "Its name tells no dataset. Name it like one of these, or say which dataset it is: "
        + ", ".join(kind.example for kind in landing.datasets)
        + "."
    )


def _rehearse(check: FileCheck, dataset: Dataset, landing: Landing, settings: Settings) -> FileCheck:
    """Load it as ingest does, into a database in memory."""
    with tempfile.TemporaryDirectory(prefix="parity_check_") as scratch:
        con = open_in_memory(settings, Path(scratch))
        try:
            make_tables(con, landing)
            draft = empty_load(settings, check.path, check.path.name)
            poured = pour(con, draft, dataset, check.path, landing=landing, settings=settings)
            return _tell(con, check, dataset, draft, poured)
        except duckdb.Error as error:
            raise IngestBroken(f"DuckDB could not load the file ({type(error).__name__}).") from None
        finally:
            con.close()


def _tell(con: duckdb.DuckDBPyConnection, check: FileCheck, dataset: Dataset, draft: Load, poured: Poured) -> FileCheck:
    load = replace(draft, rows_read=poured.rows_read, rows_loaded=count_loaded(con, draft, dataset))
    told = replace(
        check,
        rows_read=load.rows_read,
        loadable=load.rows_loaded,
        rejected=load.rows_read - load.rows_loaded,
        duplicate=count_duplicates(con, draft, dataset),
        reasons=tuple(read_rejections(con)),
        columns_found=tuple(column.heading for column in dataset.columns if column.name in poured.places),
        columns_missing=tuple(column.heading for column in dataset.columns if column.name not in poured.places),
        columns_ignored=tuple(poured.ignored.values()),
        places_ignored=tuple(poured.ignored),
        unknown_values=tuple(_unknown_values(con, dataset, poured)),
        notes=(*check.notes, *notes_of(poured)),
    )
    try:
        refuse_if_empty(con, dataset, load)
    except FileRefused as refusal:
        return replace(told, refused=str(refusal))
    return told


def _unknown_values(con: duckdb.DuckDBPyConnection, dataset: Dataset, poured: Poured) -> Iterable[Unknown]:
    rules = [row for row in read_rows(LANDING_SEEDS / "known_values.csv") if row["dataset"] == dataset.name]
    for column in dataset.columns:
        of_column = [rule for rule in rules if rule["column_name"] == column.name]
        if not of_column or column.name not in poured.places:
            continue
        values = con.execute(
            f"select {column.name}, count(*) from raw.{dataset.name} where {column.name} is not null group by all"
        ).fetchall()
        tests = [_test(rule) for rule in of_column]
        unknown = {value: count for value, count in values if not any(is_known(value) for is_known in tests)}
        if unknown:
            shown = tuple(_shown(unknown))
            yield Unknown(column.heading, of_column[-1]["map_name"], sum(unknown.values()), len(unknown), shown)


def _test(rule: dict[str, str]) -> Callable[[str], bool]:
    """Whether the rule's map knows a value."""
    key = KEYS[rule["match"]]
    of_map = key if rule["match"] in WHOLE else str.casefold
    rows = read_rows(SEEDS / "maps" / f"{rule['map_name']}.csv")
    if rule["match"] != "code_with_text":
        known = {of_map(row[rule["map_column"]]) for row in rows}
        return lambda value: key(value) in known
    texts = [(key(row[rule["map_column"]]), int(row["fewest_letters"])) for row in rows if row["fewest_letters"]]
    return lambda value: _is_coded(key(value), texts)


def _is_coded(key: str, texts: list[tuple[str, int]]) -> bool:
    return any(_agree(key, text, fewest_letters) for text, fewest_letters in texts)


def _agree(one: str, other: str, fewest_letters: int) -> bool:
    """Equal, or the longer begins with the shorter, which has a code and enough letters."""
    shorter, longer = sorted((one, other), key=len)
    return one == other or (len(shorter) > fewest_letters and longer.startswith(shorter))


def _shown(unknown: dict[str, int]) -> Iterable[tuple[str, int]]:
    """Values, or first words, that look like a code and that enough rows have: a shifted column must not tell names."""
    rules = {row["shown_part"]: row for row in read_rows(SEEDS / "catalogue" / "unmapped_value_rules.csv")}
    whole, word = rules["whole_value"], rules["first_word"]
    first_words: Counter[str] = Counter()
    for value, count in sorted(unknown.items()):
        if re.fullmatch(whole["code_pattern"], value):
            if count >= int(whole["smallest_row_count"]):
                yield value, count
        elif re.fullmatch(word["code_pattern"], value.split(" ")[0]):
            first_words[value.split(" ")[0]] += count
    for first, count in sorted(first_words.items()):
        if count >= int(word["smallest_row_count"]):
            yield first, count
