"""Remember every file that was taken in hand: in the warehouse, and in a ledger that outlives it."""

from __future__ import annotations

import dataclasses
import datetime
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import duckdb

from flows.configure import Settings
from flows.connect import connect
from flows.home import Home
from flows.ingest.define import Landing
from flows.ingest.refuse import IngestBroken
from flows.ingest.type_rows import SQL_TYPES
from flows.record import flush_folder

Outcome = Literal["loaded", "correction", "seen", "refused"]

LOADS_TABLE = """
    create table if not exists raw.loads (
        load_id BIGINT, organisation_code VARCHAR, dataset VARCHAR, file_name VARCHAR, file_path VARCHAR,
        sha256 VARCHAR, bytes BIGINT, modified_ns BIGINT, as_at_date DATE, version INTEGER, rows_read BIGINT,
        rows_loaded BIGINT, rows_rejected BIGINT, rows_duplicate BIGINT, columns_ignored VARCHAR[],
        started_at TIMESTAMPTZ, finished_at TIMESTAMPTZ, outcome VARCHAR, reason VARCHAR, supersedes_load_id BIGINT,
        rules_sha256 VARCHAR, rejections VARCHAR, rows_padded BIGINT, changed_ns BIGINT,
        dropped_path VARCHAR, purged_on DATE
    )
"""
ADDED_SINCE = {
    "rejections": "VARCHAR",
    "rows_padded": "BIGINT",
    "changed_ns": "BIGINT",
    "dropped_path": "VARCHAR",
    "purged_on": "DATE",
}
LOADED_ROW_COLUMNS = {
    "load_id": "BIGINT",
    "organisation_code": "VARCHAR",
    "as_at_date": "DATE",
    "file_line": "BIGINT",
    "loaded_at": "TIMESTAMPTZ",
}


@dataclass(frozen=True)
class Rejection:
    """One reason for which rows were rejected: how many, and the first lines."""

    reason: str
    count: int
    first_lines: tuple[int, ...]

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Rejection:
        """The rejection as it stands in a load's record."""
        return cls(record["reason"], record["count"], tuple(record["first_lines"]))


@dataclass(frozen=True)
class Load:
    """The record of one file taken in hand. `rows_duplicate` counts identical rows within `rows_loaded`.

    `modified_ns` and `rules_sha256` tell whether it must be looked at again: the file's time, and the landing contract
    and employer under which it was judged. `rejections` is kept so that a later night can tell what this one did not.
    `rows_padded` counts rows whose employee or assignment number had lost leading zeros, rejected ones among them.
    `file_path` and `file_name` may be shown: where a name is none of the contract, something else stands for it, and
    `dropped_path` alone holds it. `purged_on` is the day on which retention took its rows away; the counts stay as
    they were.
    """

    load_id: int
    organisation_code: str
    dataset: str | None
    file_name: str
    file_path: str
    sha256: str | None
    bytes: int
    modified_ns: int
    as_at_date: datetime.date | None
    version: int | None
    rows_read: int
    rows_loaded: int
    rows_rejected: int
    rows_duplicate: int
    columns_ignored: tuple[str, ...]
    started_at: datetime.datetime
    finished_at: datetime.datetime
    outcome: Outcome
    reason: str | None
    supersedes_load_id: int | None
    rules_sha256: str
    rejections: tuple[Rejection, ...] = ()
    rows_padded: int | None = 0
    changed_ns: int | None = None
    dropped_path: str | None = None
    purged_on: datetime.date | None = None

    @property
    def landed_path(self) -> str:
        """The file's own path below the landing folder, which no release and no message shows."""
        return self.dropped_path or self.file_path

    @property
    def is_accepted(self) -> bool:
        """Whether it was loaded: its rows stand in the warehouse, unless retention has purged them since."""
        return self.outcome in ("loaded", "correction")

    @property
    def has_rows(self) -> bool:
        """Whether its rows stand in the warehouse now."""
        return self.is_accepted and self.purged_on is None

    def as_record(self) -> dict[str, Any]:
        """The same facts as JSON can hold them."""
        record: dict[str, Any] = json.loads(
            json.dumps(dataclasses.asdict(self), default=lambda moment: moment.isoformat())
        )
        return record

    def as_told(self) -> dict[str, Any]:
        """The same for the record of a run, which releases tell: without the name that the file had where it lay."""
        record = self.as_record()
        del record["dropped_path"]
        return record

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Load:
        """The load that `as_record` wrote; one of before rejections were kept has none."""
        as_at, purged = record["as_at_date"], record.get("purged_on")
        return cls(
            **{
                **record,
                "as_at_date": datetime.date.fromisoformat(as_at) if as_at else None,
                "purged_on": datetime.date.fromisoformat(purged) if purged else None,
                "columns_ignored": tuple(record["columns_ignored"]),
                "started_at": datetime.datetime.fromisoformat(record["started_at"]),
                "finished_at": datetime.datetime.fromisoformat(record["finished_at"]),
                "rejections": tuple(map(Rejection.from_record, record.get("rejections") or ())),
            }
        )


FIELDS = tuple(one.name for one in dataclasses.fields(Load))
TIMES = ("started_at", "finished_at")
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def why_of(error: duckdb.Error) -> str:
    """The kind of an error of the database, and what of its words is no value of a row."""
    return _of_the_system(error) or type(error).__name__


def _of_the_system(error: duckdb.Error) -> str | None:
    """What the operating system said, where it is at fault."""
    known = ("No space left on device", "Permission denied", "Read-only file system", "File too large")
    return next((words for words in known if words in str(error)), None)


FAULTS_OF_THE_FILE = (duckdb.IOException, duckdb.FatalException, duckdb.InternalException)
"""What DuckDB raises where its file, and not a statement, is at fault."""


@contextmanager
def open_warehouse(settings: Settings, home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse, readable by its owner alone, within the memory and threads of the settings."""
    before = os.umask(0o077)
    try:
        try:
            con = connect(home, config=_config(settings, home.scratch))
        except duckdb.Error as error:
            raise IngestBroken(
                f"{home.warehouse} cannot be opened: {str(error).splitlines()[0]} If another program has it open, "
                "close it. If it is damaged, `parity rebuild` builds it anew from the ledger and the kept copies."
            ) from None
        try:
            yield con
        except duckdb.Error as error:
            if not (isinstance(error, FAULTS_OF_THE_FILE) or _of_the_system(error)):
                raise
            raise IngestBroken(
                f"{home.warehouse} could not be read or written ({why_of(error)}). Nothing half-made is left. If it is "
                "damaged, `parity rebuild` builds it anew from the ledger and the kept copies."
            ) from None
        finally:
            con.close()
    finally:
        os.umask(before)


def open_in_memory(settings: Settings, scratch: Path) -> duckdb.DuckDBPyConnection:
    """A database that leaves nothing behind, for a dry run."""
    return duckdb.connect(":memory:", config=_config(settings, scratch))


def _config(settings: Settings, scratch: Path) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "memory_limit": settings.database.memory_limit,
        "threads": settings.database.threads,
        "temp_directory": str(scratch / "duckdb"),
        "autoinstall_known_extensions": False,
    }


def make_tables(con: duckdb.DuckDBPyConnection, landing: Landing) -> None:
    """Make `raw.loads` and one table a dataset where they are missing; a new column is added to a table of before."""
    con.begin()
    con.execute("create schema if not exists raw")
    con.execute(LOADS_TABLE)
    for name, sql_type in ADDED_SINCE.items():
        con.execute(f"alter table raw.loads add column if not exists {name} {sql_type}")
    standing = set(
        con.execute(
            "select table_name, column_name from information_schema.columns where table_schema = 'raw'"
        ).fetchall()
    )
    for dataset in landing.datasets:
        columns = {column.name: SQL_TYPES[column.value_type] for column in dataset.columns} | LOADED_ROW_COLUMNS
        written = ", ".join(f"{name} {sql_type}" for name, sql_type in columns.items())
        con.execute(f"create table if not exists raw.{dataset.name} ({written})")
        if not any(table == dataset.name for table, _ in standing):
            continue
        for name, sql_type in columns.items():
            if (dataset.name, name) not in standing:
                con.execute(f"alter table raw.{dataset.name} add column {name} {sql_type}")
    con.commit()


def read_loads(con: duckdb.DuckDBPyConnection) -> list[Load]:
    """Every load record of the warehouse, oldest first."""
    times = ", ".join(f"epoch_us({name}) as {name}" for name in TIMES)
    found = con.execute(f"select * replace ({times}) from raw.loads order by load_id")
    names = [column[0] for column in found.description or ()]
    return [_load(dict(zip(names, row, strict=True))) for row in found.fetchall()]


def _load(row: dict[str, Any]) -> Load:
    """A row of `raw.loads`; the table of an older Parity has no rejections."""
    record = {name: value for name, value in row.items() if name in FIELDS}
    for name in TIMES:
        record[name] = EPOCH + datetime.timedelta(microseconds=record[name])
    rejections = tuple(map(Rejection.from_record, json.loads(record.get("rejections") or "[]")))
    return Load(**{**record, "columns_ignored": tuple(record["columns_ignored"]), "rejections": rejections})


def write_load(con: duckdb.DuckDBPyConnection, load: Load) -> None:
    """Add one record to `raw.loads`."""
    record = {name: getattr(load, name) for name in FIELDS}
    record["columns_ignored"] = list(load.columns_ignored)
    record["rejections"] = json.dumps(load.as_record()["rejections"], ensure_ascii=False)
    places = ", ".join("?" * len(record))
    con.execute(f"insert into raw.loads ({', '.join(record)}) values ({places})", list(record.values()))


def current_loads(loads: Sequence[Load]) -> dict[tuple[str, datetime.date], Load]:
    """The current load of each dataset and date: the last one accepted. A date whose last one was purged has none."""
    newest = {
        (load.dataset, load.as_at_date): load for load in loads if load.is_accepted and load.dataset and load.as_at_date
    }
    return {key: load for key, load in newest.items() if load.has_rows}


FACTS_OF_AN_INPUT = (
    "dataset",
    "as_at_date",
    "load_id",
    "version",
    "file_name",
    "sha256",
    "rows_loaded",
    "rows_rejected",
    "supersedes_load_id",
)


def current_inputs(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """What the marts stand on: the current load of each dataset and date, as plain facts in a settled order.

    Empty where the warehouse has no load record yet.
    """
    known = con.execute(
        "select count(*) from information_schema.tables where table_schema = 'raw' and table_name = 'loads'"
    )
    if known.fetchall() == [(0,)]:
        return []
    current = sorted(current_loads(read_loads(con)).items())
    return [{fact: load.as_record()[fact] for fact in FACTS_OF_AN_INPUT} for _, load in current]


def ledger_path(home: Home) -> Path:
    """The load record that outlives the warehouse: one JSON object a line, only ever appended to."""
    return home.ledger / "loads.jsonl"


def append_to_ledger(home: Home, loads: Sequence[Load]) -> None:
    """Write records to the end of the ledger, flushed to disk."""
    if not loads:
        return
    path = ledger_path(home)
    is_new = not path.exists()
    lines = "".join(json.dumps(load.as_record(), ensure_ascii=False) + "\n" for load in loads)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as handle:
        handle.write(lines)
        handle.flush()
        os.fsync(handle.fileno())
    if is_new:
        flush_folder(path.parent)


def read_ledger(home: Home) -> list[Load]:
    """Every record of the ledger, oldest first. A last line that was cut off by a crash is taken away.

    Raises IngestBroken where another line cannot be read, or numbers do not rise.
    """
    path = ledger_path(home)
    if not path.exists():
        return []
    written = path.read_bytes()
    whole = written[: written.rfind(b"\n") + 1]
    if whole != written:
        with path.open("r+b") as handle:
            handle.truncate(len(whole))
            os.fsync(handle.fileno())
    loads: list[Load] = []
    for number, line in enumerate(whole.decode("utf-8").split("\n")[:-1], start=1):
        try:
            loads.append(Load.from_record(json.loads(line)))
        except (ValueError, KeyError, TypeError):
            raise IngestBroken(f"{path}, line {number} cannot be read. Bring the file back from a backup.") from None
        if len(loads) > 1 and loads[-1].load_id <= loads[-2].load_id:
            raise IngestBroken(f"{path}, line {number}: load numbers do not rise. Bring the file back from a backup.")
    return loads


def compare_with_ledger(warehouse: Sequence[Load], ledger: Sequence[Load]) -> tuple[list[Load], list[Load]]:
    """What to append to the ledger, and what to replay into the warehouse: (only in the warehouse, only in the ledger).

    Raises IngestBroken where both hold one number for different files, or each holds what the other lacks.
    """
    in_warehouse = {load.load_id: load for load in warehouse}
    in_ledger = {load.load_id: load for load in ledger}
    for load_id in in_warehouse.keys() & in_ledger.keys():
        one, other = in_warehouse[load_id], in_ledger[load_id]
        if (one.file_path, one.sha256) != (other.file_path, other.sha256):
            raise IngestBroken(_two_stories(load_id))
    to_append = [load for load in warehouse if load.load_id not in in_ledger]
    to_replay = [load for load in ledger if load.load_id not in in_warehouse]
    if to_append and ledger and to_append[0].load_id < ledger[-1].load_id:
        raise IngestBroken(_two_stories(to_append[0].load_id))
    if to_replay and warehouse and to_replay[0].load_id < warehouse[-1].load_id:
        raise IngestBroken(_two_stories(to_replay[0].load_id))
    return to_append, to_replay


def _two_stories(load_id: int) -> str:
    return (
        f"The warehouse and the ledger tell two stories of load {load_id}: they are not of one home. Move the "
        "warehouse away and run again: it is built anew from the ledger and the kept copies."
    )


def untold_loads(home: Home, loads: Sequence[Load]) -> list[Load]:
    """Those that stand in the record of no finished night: ingest ran without one, or the night was cut off.

    A record of a night that cannot be read has told nobody for certain.
    """
    told: set[tuple[int, str | None]] = set()
    for path in home.runs.glob("*.json"):
        try:
            run = json.loads(path.read_text(encoding="utf-8"))
            if run["outcome"] != "running":
                told |= {(one["load_id"], one["sha256"]) for one in run["inputs"]}
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return [load for load in loads if (load.load_id, load.sha256) not in told]
