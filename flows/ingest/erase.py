"""Take rows away: those of an erased person out of every load, or all rows of a load that retention has purged.

Rows read stay rows loaded plus rows rejected: a row that is erased is a rejected one from then on, in the load's record
and in its quarantine, where only its line is left.
"""

from __future__ import annotations

import csv
import dataclasses
import datetime
import json
import os
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import duckdb

from flows.home import Home
from flows.ingest.define import Dataset
from flows.ingest.forget import ERASED, ID_TYPES, Forgotten, id_places, is_forgotten
from flows.ingest.keep import is_whole, kept_copy
from flows.ingest.load import Intake
from flows.ingest.pour import FIRST_LINES, count_duplicates, count_loaded
from flows.ingest.recognise import find_header
from flows.ingest.redact import Redacted, redact, redacted_files
from flows.ingest.refuse import FileRefused
from flows.ingest.remember import Load, Rejection
from flows.ingest.retain import purged_parts
from flows.neutralise import inert_row
from flows.record import flush_folder

BESIDE_CELLS = 3
"""Columns of a quarantine file before the cells: the line, the reasons, and what stands in no column."""


@dataclasses.dataclass(frozen=True)
class Erased:
    """What was taken out of one load: rows of the warehouse, rows of quarantine, rows of the kept copy.

    `mentions` counts other people's rows of the copy that named the person in a column that Parity does not read;
    `copy_problem` says why the copy could not be looked through.
    """

    load: Load
    raw_rows: int
    quarantine_rows: int
    copy_rows: int
    mentions: int
    copy_problem: str | None = None

    @property
    def found(self) -> bool:
        """Whether anything was there."""
        return bool(self.raw_rows or self.quarantine_rows or self.copy_rows or self.mentions)


def erased_rows(load: Load) -> int:
    """How many rows of a load are rejected because their person was erased."""
    return sum(one.count for one in load.rejections if one.reason == ERASED)


def drop_rows(con: duckdb.DuckDBPyConnection, load: Load, purged_on: datetime.date) -> Load:
    """Take all rows of a load out of the warehouse and mark its record; what it counted stays as it was."""
    con.begin()
    if load.dataset:
        con.execute(f"delete from raw.{load.dataset} where load_id = ?", [load.load_id])
    con.execute("update raw.loads set purged_on = ? where load_id = ?", [purged_on, load.load_id])
    con.commit()
    return dataclasses.replace(load, purged_on=purged_on)


def erase_standing(intake: Intake) -> list[Erased]:
    """Erase whoever is on the list and still stands in a load: after a restored warehouse, a lifted hold or a crash."""
    if not intake.forgotten.hashes:
        return []
    standing = _loads_with_rows(intake)
    redacted = redacted_files(intake.home)
    half_done = {load.load_id for load in intake.history if load.has_rows and _is_half_done(intake, load, redacted)}
    return erase_from(intake, [load for load in intake.history if load.load_id in standing | half_done])


def _is_half_done(intake: Intake, load: Load, redacted: Collection[str]) -> bool:
    """Whether copy, record and ledger of a load do not all know that somebody was erased from it."""
    copy = kept_copy(intake.home, load)
    is_redacted = copy.stem.endswith(".erased")
    if load.sha256 in redacted and not is_redacted and copy.is_file():
        return True
    return (erased_rows(load) > 0) != is_redacted and load.rows_rejected > 0


def erase_from(intake: Intake, loads: Iterable[Load]) -> list[Erased]:
    """Erase whoever is on the list from these loads, but from none that a legal hold keeps.

    The copy goes first and the rows of the warehouse last, so that what a crash leaves half done is found again.
    """
    done = []
    for load in list(loads):
        forgotten = intake.forgotten_in(load)
        if not load.has_rows or load.dataset is None or not forgotten.hashes:
            continue
        dataset = intake.landing.dataset(load.dataset)
        if id_column(dataset) is not None:
            done.append(_erase_one(intake, load, dataset, forgotten))
    return [one for one in done if one.found or one.copy_problem]


def quarantine_of(home: Home, load: Load) -> Path:
    """Where the rejected rows of a load are kept."""
    return home.quarantine / f"{load.load_id}_{Path(load.file_name).stem}.csv"


def read_quarantine(home: Home, load: Load) -> tuple[list[str], list[list[str]]]:
    """The headings and rows of a load's quarantine; none where there is no such file."""
    return _read(quarantine_of(home, load), [])


def id_column(dataset: Dataset) -> str | None:
    """The column with the employee number; None where a dataset names nobody by it."""
    return next((one.name for one in dataset.columns if one.value_type == "employee_number"), None)


def id_columns(dataset: Dataset) -> list[str]:
    """The columns by which a row names its person. A row whose two numbers name two people is of both."""
    return [one.name for one in dataset.columns if one.value_type in ID_TYPES]


def _loads_with_rows(intake: Intake) -> set[int]:
    found: set[int] = set()
    for dataset in intake.landing.datasets:
        for column in id_columns(dataset):
            theirs = is_forgotten(f"regexp_extract({column}, '[0-9]+')", intake.forgotten.digits)
            rows = intake.con.execute(
                f"with numbers as (select distinct {column} from raw.{dataset.name}) "
                f"select distinct load_id from raw.{dataset.name} "
                f"where {column} in (select {column} from numbers where {theirs})"
            ).fetchall()
            found |= {int(load_id) for (load_id,) in rows}
    return found


def _names_forgotten(dataset: Dataset, digits: int) -> str:
    """SQL over a raw table: the row names an erased person, by either of its numbers."""
    numbers = (f"regexp_extract({column}, '[0-9]+')" for column in id_columns(dataset))
    return " or ".join(is_forgotten(number, digits) for number in numbers)


def _erase_one(intake: Intake, load: Load, dataset: Dataset, forgotten: Forgotten) -> Erased:
    theirs = f"load_id = {load.load_id} and ({_names_forgotten(dataset, forgotten.digits)})"
    raw = intake.con.execute(f"select file_line from raw.{dataset.name} where {theirs}").fetchall()
    raw_lines = [int(line) for (line,) in raw]
    copied, problem = _redact_copy(intake, load, dataset, forgotten)
    lines = {*raw_lines, *copied.lines}
    quarantined, rejections = _rewrite_quarantine(intake, load, dataset, copied.headings, raw_lines, lines, forgotten)
    if raw_lines or quarantined or list(load.rejections) != rejections:
        _recount(intake, load, dataset, theirs, len(raw_lines), rejections)
    return Erased(load, len(raw_lines), quarantined, len(copied.named), copied.mentions, problem)


def _redact_copy(intake: Intake, load: Load, dataset: Dataset, forgotten: Forgotten) -> tuple[Redacted, str | None]:
    nothing = Redacted(tuple(one.heading for one in dataset.columns))
    if not is_whole(intake.home, load):
        return nothing, "its kept copy is missing or damaged"
    try:
        return redact(intake.home, kept_copy(intake.home, load), dataset, forgotten), None
    except FileRefused:
        return nothing, "its kept copy cannot be read under the landing contract of now"


def _recount(  # noqa: PLR0917  what one load is made of
    intake: Intake, load: Load, dataset: Dataset, theirs: str, raw_count: int, rejections: Sequence[Rejection]
) -> None:
    """Delete the rows and bring the record to what the load holds now, in one transaction."""
    con = intake.con
    con.begin()
    con.execute(f"delete from raw.{dataset.name} where {theirs}")
    now_is = dataclasses.replace(
        load,
        rows_loaded=count_loaded(con, load, dataset),
        rows_rejected=load.rows_rejected + raw_count,
        rows_duplicate=count_duplicates(con, load, dataset),
        rejections=tuple(rejections),
    )
    con.execute(
        "update raw.loads set rows_loaded = ?, rows_rejected = ?, rows_duplicate = ?, rejections = ? where load_id = ?",
        [
            now_is.rows_loaded,
            now_is.rows_rejected,
            now_is.rows_duplicate,
            json.dumps(now_is.as_record()["rejections"], ensure_ascii=False),
            load.load_id,
        ],
    )
    con.commit()
    intake.history[intake.history.index(load)] = now_is
    if intake.last_by_path.get(load.landed_path) == load:
        intake.last_by_path[load.landed_path] = now_is


def _rewrite_quarantine(  # noqa: PLR0917  what is known of one load
    intake: Intake,
    load: Load,
    dataset: Dataset,
    headings: Sequence[str],
    raw_lines: Sequence[int],
    lines: Collection[int],
    forgotten: Forgotten,
) -> tuple[int, list[Rejection]]:
    """Leave of an erased person's rows only the line, and add the rows that were loaded before.

    Returns how many rows were blanked, and the reasons of the load as they are now. A quarantine that was purged stays
    so.
    """
    path = quarantine_of(intake.home, load)
    if not path.is_file() and load.load_id in purged_parts(intake.home, "quarantine"):
        return 0, _add_erased(load.rejections, len(raw_lines))
    head, rows = _read(path, headings)
    blanked = 0
    kept: list[list[str]] = []
    for row in rows:
        is_theirs = int(row[0]) in lines or names_quarantined(forgotten, dataset, head, row)
        if row[1] == ERASED or not is_theirs:
            kept.append(row)
        else:
            blanked += 1
            kept.append(_blank(int(row[0]), len(head)))
    there = {row[0] for row in kept if row[1] == ERASED}
    kept += [_blank(line, len(head)) for line in raw_lines if str(line) not in there]
    kept.sort(key=lambda row: int(row[0]))
    if blanked or len(kept) > len(rows):
        _write(path, [head, *kept])
    return blanked, _reasons(kept)


def names_quarantined(person: Forgotten, dataset: Dataset, head: Sequence[str], row: Sequence[str]) -> bool:
    """Whether a row of a quarantine file is the person's: by its numbers, or by any digits where cells are shifted."""
    try:
        ids = id_places(dataset, find_header([(1, head[BESIDE_CELLS:])], dataset).places)
    except FileRefused:
        ids = []
    cells = row[BESIDE_CELLS:]
    if person.names(cells[place] for place in ids if place < len(cells)):
        return True
    is_shifted = bool(row[BESIDE_CELLS - 1]) or len(row) != len(head) or not ids
    return is_shifted and person.names(row[BESIDE_CELLS - 1 :], wholly=True)


def _read(path: Path, headings: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    if not path.is_file():
        return ["file line", "reasons", "not in columns", *headings], []
    with path.open(encoding="utf-8", newline="") as handle:
        csv.field_size_limit(max(csv.field_size_limit(), path.stat().st_size + 1))
        head, *rows = csv.reader(handle)
    return head, rows


def _blank(line: int, width: int) -> list[str]:
    return [str(line), ERASED, *[""] * (width - 2)]


def _write(path: Path, rows: Iterable[Sequence[str]]) -> None:
    beside = path.with_name(f".{path.name}.tmp")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(map(inert_row, rows))
        handle.flush()
        os.fsync(handle.fileno())
    beside.replace(path)
    flush_folder(path.parent)


def _reasons(rows: Iterable[Sequence[str]]) -> list[Rejection]:
    """The reasons of a quarantine's rows, as `pour.read_rejections` counts them."""
    counts: Counter[str] = Counter()
    first: dict[str, set[int]] = {}
    for row in rows:
        for reason in row[1].split("; "):
            counts[reason] += 1
            first.setdefault(reason, set()).add(int(row[0]))
    return [
        Rejection(reason, count, () if reason == ERASED else tuple(sorted(first[reason])[:FIRST_LINES]))
        for reason, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    ]


def _add_erased(rejections: Iterable[Rejection], count: int) -> list[Rejection]:
    before = {one.reason: one for one in rejections}
    if count:
        was = before[ERASED].count if ERASED in before else 0
        before[ERASED] = Rejection(ERASED, was + count, ())
    return sorted(before.values(), key=lambda one: (-one.count, one.reason))
