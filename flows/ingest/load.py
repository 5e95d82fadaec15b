"""Take one file in hand: copy, judge, read, and load it whole in one transaction, or refuse it whole."""

from __future__ import annotations

import csv
import dataclasses
import datetime
import hashlib
import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from flows.configure import Settings
from flows.home import Home
from flows.ingest.define import Dataset, Landing
from flows.ingest.find import Dropped
from flows.ingest.read import Poured, batches, open_rows
from flows.ingest.recognise import Named, name_with_version, recognise_name
from flows.ingest.refuse import FileRefused, IngestBroken, NotNow
from flows.ingest.remember import Load, write_load
from flows.ingest.type_rows import WHITE_SPACE, typed_rows
from flows.record import flush_folder

ROOM_FOR_EACH_BYTE = 3
FIRST_LINES = 5
EMPLOYER = "employer"


@dataclass(frozen=True)
class Rejection:
    """One reason for which rows were rejected: how many, and the first lines."""

    reason: str
    count: int
    first_lines: tuple[int, ...]


@dataclass
class Intake:
    """What taking files in needs: the open warehouse, the contract, and every load so far."""

    settings: Settings
    home: Home
    con: duckdb.DuckDBPyConnection
    landing: Landing
    history: list[Load] = field(default_factory=list)
    rejections: dict[int, list[Rejection]] = field(default_factory=dict)
    last_by_path: dict[str, Load] = field(default_factory=dict)

    @cached_property
    def rules_sha256(self) -> str:
        """Under what a file is judged: contract, trust and this code. A refused file is tried again under others."""
        digest = hashlib.sha256(f"{self.landing.fingerprint} {sorted(employers_of(self.settings))}".encode())
        for module in sorted(Path(__file__).parent.glob("*.py")):
            digest.update(module.read_bytes())
        return digest.hexdigest()

    def remember(self, load: Load) -> None:
        """Add a record to the history."""
        self.history.append(load)
        self.last_by_path[load.file_path] = load

    def last_of(self, relative: str) -> Load | None:
        """The last record of the file at that path."""
        return self.last_by_path.get(relative)

    def is_known(self, file: Dropped) -> bool:
        """Whether the very file (path, size, time) was judged already, under the rules of now where it was refused."""
        last = self.last_of(file.relative)
        if last is None or (last.bytes, last.modified_ns) != (file.bytes, file.modified_ns):
            return False
        return last.outcome != "refused" or last.rules_sha256 == self.rules_sha256


def employers_of(settings: Settings) -> frozenset[str]:
    """What the Employer column of the trust's own files may say: its ODS code, and its VPD number where it is set."""
    organisation = settings.organisation
    return frozenset(code.upper() for code in (organisation.ods_code, organisation.vpd_number) if code)


# One file


def take_in(intake: Intake, file: Dropped) -> Load:
    """Load, recognise as seen, or refuse one file; the record is committed with its rows. Raises NotNow."""
    draft = dataclasses.replace(
        empty_load(intake.settings, file.path, file.relative),
        load_id=intake.history[-1].load_id + 1 if intake.history else 1,
        bytes=file.bytes,
        modified_ns=file.modified_ns,
        rules_sha256=intake.rules_sha256,
    )
    if not file.is_regular:
        return _refuse(intake, draft, "It is a link or no ordinary file. Drop the file itself.")
    _ask_for_room(intake.home, file)
    copy, sha256 = copy_aside(file, intake.home)
    draft = dataclasses.replace(draft, sha256=sha256)
    try:
        return _judge(intake, draft, copy)
    except FileRefused as refusal:
        return _refuse(intake, draft, str(refusal))
    finally:
        _drop_unused(intake, copy, sha256)


def _judge(intake: Intake, draft: Load, copy: Path) -> Load:
    named = recognise_name(draft.file_path, intake.landing)
    draft = dataclasses.replace(
        draft, dataset=named.dataset.name, as_at_date=named.as_at_date, version=named.version, outcome="loaded"
    )
    try:
        _refuse_again(intake, draft)
        draft = judge_arrival(draft, named, intake.history)
        return _record(intake, draft) if draft.outcome == "seen" else load_copy(intake, draft, named.dataset, copy)
    except FileRefused as refusal:
        return _refuse(intake, draft, str(refusal))


def _refuse_again(intake: Intake, draft: Load) -> None:
    """The same bytes under the same rules are refused for the same reason, unread."""
    last = intake.last_of(draft.file_path)
    if last is None or last.outcome != "refused" or last.sha256 is None:
        return
    if (last.sha256, last.rules_sha256) == (draft.sha256, draft.rules_sha256):
        raise FileRefused(last.reason or "")


def judge_arrival(draft: Load, named: Named, history: Sequence[Load]) -> Load:
    """Tell a first load, a correction and the same bytes apart. Raises FileRefused that says how to name the file."""
    same_date = [load for load in history if load.is_accepted and _key(load) == _key(draft)]
    if not same_date:
        return dataclasses.replace(draft, outcome="loaded")
    current = same_date[-1]
    of_this_name = [load for load in same_date if load.file_name == draft.file_name]
    same_bytes = next((load for load in [current, *of_this_name[-1:]] if load.sha256 == draft.sha256), None)
    if same_bytes:
        reason = f"The same bytes as load {same_bytes.load_id} ({same_bytes.file_name})."
        return dataclasses.replace(draft, outcome="seen", reason=reason)
    held = current.version or 1
    if named.version < held or (named.version == held and draft.file_name != current.file_name):
        better = name_with_version(named.dataset, draft.file_name, held + 1)
        raise FileRefused(
            f"{current.file_name} is already loaded for {draft.as_at_date}. If this file corrects it, name it "
            f"{better}; if it is for another date, name it with that date."
        )
    return dataclasses.replace(
        draft,
        outcome="correction",
        supersedes_load_id=current.load_id,
        reason=f"Corrects load {current.load_id} ({current.file_name}).",
    )


def load_copy(intake: Intake, draft: Load, dataset: Dataset, copy: Path, is_replay: bool = False) -> Load:
    """Read a kept copy and load its good rows with the record, in one transaction.

    Rows read, counted by the reader, must be the rows found in the warehouse afterwards plus the rows written to
    quarantine. A replayed load keeps the reason and the times of its record. Raises FileRefused: nothing is loaded.
    """
    con = intake.con
    quarantine = intake.home.quarantine / f"{draft.load_id}_{Path(draft.file_name).stem}.csv"
    con.begin()
    try:
        poured = pour(con, draft, dataset, copy, landing=intake.landing, settings=intake.settings)
        load = dataclasses.replace(
            draft,
            rows_read=poured.rows_read,
            rows_loaded=count_loaded(con, draft, dataset),
            rows_rejected=write_quarantine(con, quarantine, poured.headings),
            rows_duplicate=count_duplicates(con, draft, dataset),
            columns_ignored=poured.ignored,
        )
        if load.rows_read != load.rows_loaded + load.rows_rejected:
            raise FileRefused(
                f"Its rows do not add up: {load.rows_read} read, {load.rows_loaded} loaded, {load.rows_rejected} "
                "rejected. This is a fault of Parity; please report it. Nothing of the file is loaded."
            )
        refuse_if_empty(con, dataset, load)
        if not is_replay:
            reason = " ".join([*filter(None, [draft.reason]), *notes_of(poured)]) or None
            load = dataclasses.replace(load, reason=reason, finished_at=datetime.datetime.now(datetime.UTC))
        rejections = read_rejections(con)
        con.execute("drop table rejected")
        write_load(con, load)
        con.commit()
    except BaseException as error:
        con.rollback()
        quarantine.unlink(missing_ok=True)
        if isinstance(error, duckdb.Error):
            raise IngestBroken(
                f"{draft.file_path}: DuckDB could not load it ({type(error).__name__}). Nothing of it is loaded."
            ) from None
        raise
    intake.remember(load)
    if rejections:
        intake.rejections[load.load_id] = rejections
    return load


def pour(
    con: duckdb.DuckDBPyConnection, draft: Load, dataset: Dataset, path: Path, *, landing: Landing, settings: Settings
) -> Poured:
    """Read a file, batch by batch: good rows into its raw table, the others into the temporary table `rejected`.

    `rejected` has `row_id`, `file_line`, `reasons`, `written` and the cells as they came. Raises FileRefused.
    """
    poured, rows = open_rows(path, dataset, landing)
    cells = [f"c{index}" for index in range(len(poured.headings))]
    con.execute(
        "create or replace temp table rejected (row_id bigint, file_line bigint, reasons varchar[], written varchar, "
        + ", ".join(f"{cell} varchar" for cell in cells)
        + ")"
    )
    typed = typed_rows("batch", dataset, poured.places, landing)
    employers = _Employers(poured, settings)
    for batch in batches(rows, poured):
        con.register("batch", batch)
        employers.count(con)
        if _insert_good_rows(con, draft, dataset, typed) < batch.num_rows:
            con.execute(
                f"insert into rejected select row_id, typed.file_line, reasons, written, {', '.join(cells)} "
                f"from ({typed}) as typed join batch using (row_id) where reasons is not null"
            )
        con.unregister("batch")
    employers.refuse_others()
    return poured


def count_loaded(con: duckdb.DuckDBPyConnection, draft: Load, dataset: Dataset) -> int:
    """How many rows of the load stand in its raw table."""
    return _one(con, f"select count(*) from raw.{dataset.name} where load_id = {draft.load_id}")


def count_duplicates(con: duckdb.DuckDBPyConnection, draft: Load, dataset: Dataset) -> int:
    """How many rows of the load repeat another one in every column."""
    names = ", ".join(column.name for column in dataset.columns)
    distinct = f"select distinct {names} from raw.{dataset.name} where load_id = {draft.load_id}"
    return count_loaded(con, draft, dataset) - _one(con, f"select count(*) from ({distinct})")


def read_rejections(con: duckdb.DuckDBPyConnection) -> list[Rejection]:
    """Reasons of the rejected rows, the most frequent first. A row may have several."""
    rows = con.execute(
        f"""
        with reasons as (select unnest(reasons) as reason, file_line from rejected)
        select reason, count(*), list_sort(list(distinct file_line))[1:{FIRST_LINES}] from reasons
        group by reason order by count(*) desc, reason
        """
    ).fetchall()
    return [Rejection(reason, count, tuple(lines)) for reason, count, lines in rows]


def refuse_if_empty(con: duckdb.DuckDBPyConnection, dataset: Dataset, load: Load) -> None:
    """Refuse a file without a row, where its dataset must have some, and a file of which no row can be loaded."""
    if load.rows_read == 0 and not dataset.may_be_empty:
        raise FileRefused(f"It holds headings and no rows: {dataset.title} cannot be empty.")
    if load.rows_read > 0 and load.rows_loaded == 0:
        most = read_rejections(con)[0]
        raise FileRefused(
            f"None of its {load.rows_read} rows can be loaded. Most often: {most.reason} "
            f"({most.count} rows, first in line {most.first_lines[0]})."
        )


def write_quarantine(con: duckdb.DuckDBPyConnection, path: Path, headings: Sequence[str]) -> int:
    """Write the rejected rows as they came, each with its line and reasons; return how many. 0: no file."""
    cells = ", ".join(f"c{index}" for index in range(len(headings)))
    found = con.execute(
        f"select file_line, array_to_string(reasons, '; '), written, {cells} from rejected order by row_id"
    )
    rows = found.fetchmany(1000)
    if not rows:
        return 0
    count = 0
    beside = path.with_name(f".{path.name}.tmp")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["file line", "reasons", "not in columns", *headings])
        while rows:
            writer.writerows(rows)
            count += len(rows)
            rows = found.fetchmany(1000)
        handle.flush()
        os.fsync(handle.fileno())
    beside.replace(path)
    flush_folder(path.parent)
    return count


def _insert_good_rows(con: duckdb.DuckDBPyConnection, draft: Load, dataset: Dataset, typed: str) -> int:
    names = ", ".join(column.name for column in dataset.columns)
    inserted = con.execute(
        f"""
        insert into raw.{dataset.name} ({names}, load_id, organisation_code, as_at_date, file_line, loaded_at)
        select {names}, ?, ?, ?, file_line, ? from ({typed}) where reasons is null
        """,
        [draft.load_id, draft.organisation_code, draft.as_at_date, draft.started_at],
    ).fetchall()
    return int(inserted[0][0])


class _Employers:
    """Counts rows whose Employer is not the trust itself."""

    def __init__(self, poured: Poured, settings: Settings) -> None:
        self.place = poured.places.get(EMPLOYER)
        self.ours = sorted(employers_of(settings))
        self.has_vpd_number = settings.organisation.vpd_number is not None
        self.others = self.numbers = 0

    def count(self, con: duckdb.DuckDBPyConnection) -> None:
        """Count in the batch at hand."""
        if self.place is None:
            return
        cell = f"upper(regexp_replace(trim(c{self.place}, {WHITE_SPACE}), '\\.0+$', ''))"
        others, numbers = con.execute(
            f"select count(*), count(*) filter (regexp_full_match({cell}, '[0-9]{{3}}')) from batch "
            f"where misread is null and {cell} <> '' and {cell} not in ({', '.join('?' * len(self.ours))})",
            self.ours,
        ).fetchall()[0]
        self.others += others
        self.numbers += numbers

    def refuse_others(self) -> None:
        """Refuse the file where any row names another trust."""
        if not self.others:
            return
        hint = ""
        if self.numbers == self.others and not self.has_vpd_number:
            hint = " They hold a VPD number: if it is your own, write it into parity.toml as [organisation] vpd_number."
        raise FileRefused(
            f"{self.others} rows name another employer than {' or '.join(self.ours)} in the column Employer.{hint} "
            "A file of another trust is never loaded."
        )


def notes_of(poured: Poured) -> list[str]:
    """What a reader should know of how the file was read: encoding, rows and sheets left out."""
    notes = list(poured.notes)
    if poured.totals_rows:
        notes.append(f"{poured.totals_rows} totals row{'s' if poured.totals_rows > 1 else ''} at the end left out.")
    if poured.blank_rows:
        notes.append(f"{poured.blank_rows} blank row{'s' if poured.blank_rows > 1 else ''} left out.")
    return notes


# Copies and records


def copy_aside(file: Dropped, home: Home) -> tuple[Path, str]:
    """Copy a file to the kept copies, named by its SHA-256; return both. Raises NotNow where it changes meanwhile."""
    beside = home.copies / f".incoming_{secrets.token_hex(8)}.tmp"
    digest = hashlib.sha256()
    try:
        source = os.open(file.path, os.O_RDONLY | os.O_NOFOLLOW)
        target = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(source, "rb") as read, os.fdopen(target, "wb") as write:
            while block := read.read(1 << 20):
                digest.update(block)
                write.write(block)
            write.flush()
            os.fsync(write.fileno())
        if not file.still_stands():
            raise NotNow("It changed while it was read.", needs_a_person=False)
        copy = home.copies / f"{digest.hexdigest()}{file.path.suffix.lower()}"
        beside.replace(copy)
    except OSError as error:
        raise NotNow(f"It cannot be read: {error.strerror}. Let Parity's user read it.") from None
    finally:
        beside.unlink(missing_ok=True)
    flush_folder(home.copies)
    return copy, digest.hexdigest()


def kept_copy(home: Home, load: Load) -> Path:
    """Where the copy of a load's file is kept."""
    return home.copies / f"{load.sha256}{Path(load.file_name).suffix.lower()}"


def _drop_unused(intake: Intake, copy: Path, sha256: str) -> None:
    """Take a refused file's copy away: it is needed for no rebuild, and holds people."""
    if not any(load.is_accepted and load.sha256 == sha256 for load in intake.history):
        copy.unlink(missing_ok=True)


def _ask_for_room(home: Home, file: Dropped) -> None:
    free = shutil.disk_usage(home.private).free
    needed = ROOM_FOR_EACH_BYTE * file.bytes
    if free < needed:
        raise NotNow(
            f"Loading it needs about {needed / 1e6:,.0f} MB of disk and {free / 1e6:,.0f} MB are free. "
            f"Make room on the disk of {home.private}."
        )


def empty_load(settings: Settings, path: Path, relative: str) -> Load:
    """A record of which only the file is known yet."""
    now = datetime.datetime.now(datetime.UTC)
    found = path.lstat()
    return Load(
        load_id=0,
        organisation_code=settings.organisation.ods_code,
        dataset=None,
        file_name=path.name,
        file_path=relative,
        sha256=None,
        bytes=found.st_size,
        modified_ns=found.st_mtime_ns,
        as_at_date=None,
        version=None,
        rows_read=0,
        rows_loaded=0,
        rows_rejected=0,
        rows_duplicate=0,
        columns_ignored=(),
        started_at=now,
        finished_at=now,
        outcome="refused",
        reason=None,
        supersedes_load_id=None,
        rules_sha256="",
    )


def _refuse(intake: Intake, draft: Load, reason: str) -> Load:
    refused = dataclasses.replace(draft, outcome="refused", reason=reason, supersedes_load_id=None)
    return _record(intake, refused)


def _record(intake: Intake, draft: Load) -> Load:
    load = dataclasses.replace(draft, finished_at=datetime.datetime.now(datetime.UTC))
    write_load(intake.con, load)
    intake.remember(load)
    return load


def _key(load: Load) -> tuple[Any, ...]:
    return load.organisation_code, load.dataset, load.as_at_date


def _one(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(con.execute(query).fetchall()[0][0])
