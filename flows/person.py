"""Answer a person's rights over their data: what is held on an employee number, an erasure, a rectification.

Each request leaves a record in the ledger that names the person by a keyed hash alone.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from flows.configure import Settings
from flows.home import Home
from flows.ingest.define import Dataset, Landing, read_landing
from flows.ingest.erase import Erased, erase_from, id_column, id_columns, names_quarantined, read_quarantine
from flows.ingest.find import Dropped, find_files
from flows.ingest.forget import Forgotten, add_to_list, key_path, people_key, read_forgotten
from flows.ingest.keep import kept_copy
from flows.ingest.load import Intake
from flows.ingest.recognise import name_with_version, recognise_name
from flows.ingest.redact import Redacted, look
from flows.ingest.refuse import FileRefused
from flows.ingest.remember import Load, current_loads, make_tables, open_warehouse, read_loads
from flows.ingest.replay import bring_together
from flows.ingest.retain import holds_on, next_number
from flows.point import append_line, now, read_lines
from flows.record import Finding
from flows.rewrite import rewrite_warehouse

Say = Callable[[str], None]
Cells = dict[str, str]

SEARCHED_FOR_BYTES = ("scratch", "outbox", "runs", "ledger")
"""Rooms of `private/` that should hold nobody; they are looked through all the same, for errors quote rows."""
QUOTED = "other files that quote the number"
ONE_MONTH_DAYS = 28
"""UK GDPR article 12(3): without undue delay and within one month."""


class PersonError(Exception):
    """A request about a person was not carried out; the message says why. Nothing was changed."""


@dataclass(frozen=True)
class Held:
    """What is held on a person in one place: the place in words, the load that brought it, and the rows.

    Each row is headings with values, under the line where it stands in its file where that is known.
    """

    room: str
    place: str
    load: Load | None
    rows: tuple[Cells, ...] = ()
    count: int = 0
    held_by: tuple[int, ...] = ()


@dataclass(frozen=True)
class Answer:
    """Everything that is held on one employee number, and what cannot be asked by it."""

    request_id: int
    held: tuple[Held, ...]
    not_asked: tuple[str, ...]

    def count(self, room: str) -> int:
        """Rows, or files, that are held in a room."""
        return sum(one.count for one in self.held if one.room == room)


@dataclass(frozen=True)
class Erasure:
    """What an erasure took away, what a legal hold keeps, and what is left to a person."""

    request_id: int
    erased: tuple[Erased, ...]
    held: tuple[Load, ...]
    landing: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True)
class Awaited:
    """One file that a rectification waits for: of which load it must take the place, and how to name it.

    `come_as` is the load that has come since; `is_changed` whether it says something else of the person.
    """

    dataset: str
    as_at_date: datetime.date
    load_id: int
    file_name: str
    come_as: int | None = None
    is_changed: bool | None = None


@dataclass(frozen=True)
class Rectification:
    """A request to rectify: the columns, and each file that must come."""

    request_id: int
    at: str
    columns: tuple[str, ...]
    awaited: tuple[Awaited, ...]
    older: tuple[int, ...] = ()
    """Loads that hold the old value and are no figure's base any more: they stay as they were filed."""

    @property
    def is_met(self) -> bool:
        """Whether every file has come and says something else."""
        return all(one.come_as is not None and one.is_changed is not False for one in self.awaited)


@dataclass
class _Desk:
    """What answering needs: the open warehouse, every load, and the person as a list of one."""

    intake: Intake
    number: str
    person: Forgotten
    loads: list[Load] = field(default_factory=list)

    @property
    def home(self) -> Home:
        return self.intake.home

    @property
    def landing(self) -> Landing:
        return self.intake.landing

    @property
    def hash(self) -> str:
        return next(iter(self.person.hashes))


def requests_path(home: Home) -> Path:
    """The ledger of requests: a line for each, and one when a rectification is met."""
    return home.ledger / "person_requests.jsonl"


def requests(home: Home) -> list[dict[str, Any]]:
    """Every request, oldest first. None holds an employee number."""
    return read_lines(requests_path(home))


def answer(settings: Settings, home: Home, number: str, who: str, reference: str) -> Answer:
    """Find everything that is held on an employee number, and record that it was asked. Hold the home's lock."""
    landing = read_landing()
    _settle(settings, home, landing)
    with open_warehouse(settings, home) as con:
        desk = _desk(settings, home, con, landing, number)
        held = tuple(_held(desk))
    found = {one.room: sum(other.count for other in held if other.room == one.room) for one in held}
    request_id = _record(home, "access", desk.hash, who, reference, {"found": found})
    return Answer(request_id, held, _not_asked(landing))


def erase(  # noqa: PLR0917  what a request says
    settings: Settings, home: Home, number: str, who: str, reference: str, say: Say = lambda _: None
) -> Erasure:
    """Erase a person: from now on no load holds them, whatever is dropped or rebuilt. Hold the home's lock.

    The list comes first. Loads that a legal hold keeps stay as they are until it is lifted. The warehouse is written
    anew, so that no block of it holds what went; the next night builds every figure without the person.
    Raises PersonError where nothing is held on the number and it is not on the list.
    """
    landing = read_landing()
    _settle(settings, home, landing)
    with open_warehouse(settings, home) as con:
        desk = _desk(settings, home, con, landing, number)
        found = list(_held(desk))
        if not found and desk.hash not in read_forgotten(home, landing).hashes:
            raise PersonError("Nothing is held on that employee number. Look whether it is the right one.")
    request_id = _record(home, "erasure", desk.hash, who, reference, {})
    add_to_list(home, desk.hash, "erased", request_id)
    with open_warehouse(settings, home) as con:
        intake = _intake(settings, home, con, landing)
        accepted = [load for load in intake.history if load.has_rows]
        say(f"looking through {len(accepted)} loads")
        erased = erase_from(intake, accepted)
        theirs = {one.load.load_id for one in found if one.load is not None}
        held = [one for one in accepted if one.load_id in theirs and holds_on(one, intake.holds)]
    say("writing the warehouse anew")
    rewrite_warehouse(settings, home)
    removed = tuple(_remove_quotes(home, found))
    done = Erasure(
        request_id,
        tuple(erased),
        tuple(held),
        tuple(one.place for one in found if one.room == "landing folder"),
        removed,
    )
    facts = {
        "event": "carried_out",
        "at": now(),
        "request_id": request_id,
        "loads": [_counts(one) for one in erased],
        "held_loads": [one.load_id for one in held],
    }
    append_line(requests_path(home), facts)
    return done


def take_back(settings: Settings, home: Home, number: str, who: str, reference: str) -> int:
    """Take a person off the list of the erased, so that files that come from now on are loaded with them again.

    What was erased stays so. Raises PersonError where the person is not on the list.
    """
    landing = read_landing()
    forgotten = read_forgotten(home, landing)
    digits = landing.limits["employee_number_digits"]
    person = Forgotten(people_key(home), digits).hash_of(tidy(number, digits))
    if person not in forgotten.hashes:
        raise PersonError("That employee number is not on the list of the erased. Nothing was changed.")
    request_id = _record(home, "erasure taken back", person, who, reference, {})
    add_to_list(home, person, "withdrawn", request_id)
    return request_id


def rectify(  # noqa: PLR0917  what a request says
    settings: Settings,
    home: Home,
    number: str,
    who: str,
    reference: str,
    headings: Sequence[str],
    since: datetime.date | None = None,
) -> Rectification:
    """Record that values are wrong, and say which files must come from the source. Hold the home's lock.

    A load is never changed: the source is, and a file of the same date with the next version takes the old one's place.
    `since` leaves earlier dates as they were filed. Raises PersonError where no such column holds the person.
    """
    landing = read_landing()
    _settle(settings, home, landing)
    with open_warehouse(settings, home) as con:
        desk = _desk(settings, home, con, landing, number)
        current = current_loads(desk.loads)
        awaited: list[Awaited] = []
        older: list[int] = []
        columns: set[str] = set()
        for dataset, wanted in _columns(landing, headings).items():
            for load in _loads_with(desk, dataset):
                if current.get((dataset.name, load.as_at_date)) != load:  # type: ignore[arg-type]
                    older.append(load.load_id)
                elif load.as_at_date is not None and (since is None or load.as_at_date >= since):
                    name = name_with_version(dataset, load.file_name, (load.version or 1) + 1)
                    awaited.append(Awaited(dataset.name, load.as_at_date, load.load_id, name))
                    columns |= wanted
    if not awaited:
        raise PersonError("No current load holds that employee number in those columns. Nothing was recorded.")
    facts = {
        "columns": sorted(columns),
        "awaits": [
            {"dataset": one.dataset, "as_at_date": str(one.as_at_date), "load_id": one.load_id, "name": one.file_name}
            for one in awaited
        ],
        "older": sorted(older),
    }
    request_id = _record(home, "rectification", desk.hash, who, reference, facts)
    return Rectification(request_id, now(), tuple(sorted(columns)), tuple(awaited), tuple(sorted(older)))


def follow_up(settings: Settings, home: Home) -> list[Rectification]:
    """The rectifications that were not met before, each with what has come since; those that are met now are recorded.

    Opens the warehouse only where one is open.
    """
    lines = requests(home)
    met = {one["request_id"] for one in lines if one.get("event") == "met"}
    waiting = [one for one in lines if one.get("kind") == "rectification" and one["request_id"] not in met]
    if not waiting:
        return []
    landing = read_landing()
    with open_warehouse(settings, home) as con:
        intake = _intake(settings, home, con, landing)
        followed = [_followed(intake, one) for one in waiting]
    for one in followed:
        if one.is_met:
            come = [awaited.come_as for awaited in one.awaited]
            append_line(requests_path(home), {"event": "met", "at": now(), "request_id": one.request_id, "loads": come})
    return followed


def tell_requests(settings: Settings, home: Home) -> list[Finding]:
    """What a night has to tell of rectifications: which are met now, and which wait for longer than the law allows."""
    findings = []
    for one in follow_up(settings, home):
        age = (datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(one.at)).days
        if one.is_met or age >= ONE_MONTH_DAYS or any(item.is_changed is False for item in one.awaited):
            findings.append(_tell(one, age))
    return findings


def tidy(number: str, digits: int) -> str:
    """An employee number in its full digits. Raises PersonError where it is none."""
    number = number.strip()
    if not (number.isascii() and number.isdigit() and len(number) <= digits):
        raise PersonError(f"That is no employee number: it has at most {digits} digits and nothing else.")
    return number.zfill(digits)


def _desk(settings: Settings, home: Home, con: duckdb.DuckDBPyConnection, landing: Landing, number: str) -> _Desk:
    digits = landing.limits["employee_number_digits"]
    number = tidy(number, digits)
    intake = _intake(settings, home, con, landing)
    person = Forgotten(people_key(home, may_make=not key_path(home).exists()), digits)
    person = dataclasses.replace(person, hashes=frozenset({person.hash_of(number)}))
    return _Desk(intake, number, person, [load for load in intake.history if load.has_rows])


def _intake(settings: Settings, home: Home, con: duckdb.DuckDBPyConnection, landing: Landing) -> Intake:
    make_tables(con, landing)
    intake = Intake(settings, home, con, landing)
    for load in read_loads(con):
        intake.remember(load)
    return intake


def _settle(settings: Settings, home: Home, landing: Landing) -> None:
    """Bring warehouse and ledger together first, so that a lost or an older warehouse answers for all that is kept."""
    with open_warehouse(settings, home) as con:
        make_tables(con, landing)
        intake = Intake(settings, home, con, landing)
        bring_together(intake, lambda line: None)
    if intake.is_stained:
        rewrite_warehouse(settings, home)


def _record(  # noqa: PLR0917  what every record holds
    home: Home, kind: str, person: str, who: str, reference: str, facts: Mapping[str, Any]
) -> int:
    request_id = next_number([one for one in requests(home) if "kind" in one], "request_id")
    line = {"kind": kind, "request_id": request_id, "at": now(), "person": person, "who": who, "reference": reference}
    append_line(requests_path(home), {**line, **facts})
    return request_id


def _held(desk: _Desk) -> Iterator[Held]:
    """Every place that holds the person, from the landing folder to what is made of it."""
    for load in desk.loads:
        dataset = desk.landing.dataset(load.dataset or "")
        if id_column(dataset) is not None:
            yield from _held_in_load(desk, load, dataset)
    yield from _held_in_landing(desk)
    yield from _held_as_pseudonym(desk)
    yield from _quoted(desk)


def _held_in_load(desk: _Desk, load: Load, dataset: Dataset) -> Iterator[Held]:
    held_by = tuple(holds_on(load, desk.intake.holds))
    rows = _rows(
        desk.intake.con,
        f"select * from raw.{dataset.name} where load_id = ? and ({_is_of(dataset)}) order by file_line",
        [load.load_id, *[desk.number] * len(id_columns(dataset))],
    )
    if rows:
        headings = {one.name: one.heading for one in dataset.columns} | {"file_line": "line of the file"}
        named = tuple({headings[name]: value for name, value in row.items() if name in headings} for row in rows)
        yield Held("warehouse", f"{load.file_path} (load {load.load_id})", load, named, len(named), held_by)
    quarantined = tuple(_in_quarantine(desk, load, dataset))
    if quarantined:
        place = f"rejected rows of {load.file_path} (load {load.load_id})"
        yield Held("quarantine", place, load, quarantined, len(quarantined), held_by)
    try:
        copied = look(kept_copy(desk.home, load), dataset, desk.person)
    except (FileRefused, OSError):
        return
    if found := len(copied.named) + copied.mentions:
        yield Held("kept copies", f"the kept copy of {load.file_path} (load {load.load_id})", load, (), found, held_by)


def _is_of(dataset: Dataset) -> str:
    return " or ".join(f"regexp_extract({column}, '[0-9]+') = ?" for column in id_columns(dataset))


def _in_quarantine(desk: _Desk, load: Load, dataset: Dataset) -> Iterator[Cells]:
    head, rows = read_quarantine(desk.home, load)
    for row in rows:
        if names_quarantined(desk.person, dataset, head, row):
            yield dict(zip(head, row, strict=False))


def _held_in_landing(desk: _Desk) -> Iterator[Held]:
    for file in find_files(desk.home.landing, desk.landing).files:
        try:
            dataset = recognise_name(file.relative, desk.landing).dataset
            found = look(file.path, dataset, desk.person) if file.is_regular else None
        except (FileRefused, OSError):
            found = _by_bytes(desk, file)
        if found and (count := len(found.named) + found.mentions):
            yield Held("landing folder", f"landing/{file.relative}", None, (), count)


def _by_bytes(desk: _Desk, file: Dropped) -> Redacted:
    """A file that cannot be read as a table is searched for the number as it is written."""
    return Redacted(mentions=_quotes(file.path, desk.number) if file.is_regular else 0)


def _held_as_pseudonym(desk: _Desk) -> Iterator[Held]:
    """What is made of the person's rows: every table with a `person_key`, under the pseudonym of today's secret."""
    con = desk.intake.con
    secret = desk.intake.settings.pseudonym_secret.get_secret_value().encode()
    key = hmac.new(secret, desk.number.encode(), hashlib.sha256).hexdigest()
    tables = con.execute(
        "select schema_name, table_name from duckdb_columns() join duckdb_tables() using (schema_name, table_name) "
        "where column_name = 'person_key' and schema_name <> 'raw' "
        "and duckdb_columns.database_name = current_database() group by all order by all"
    ).fetchall()
    for schema, table in tables:
        rows = _rows(con, f'select * from "{schema}"."{table}" where person_key = ?', [key])
        if rows:
            yield Held("under the pseudonym", f"{schema}.{table}", None, tuple(rows), len(rows))


def _quoted(desk: _Desk) -> Iterator[Held]:
    """Files that quote the number: details of errors, logs. Nothing else of the private part should."""
    for path in _searched(desk.home):
        if count := _quotes(path, desk.number):
            yield Held(QUOTED, path.relative_to(desk.home.root).as_posix(), None, (), count)


def _quotes(path: Path, number: str) -> int:
    """How often a file has the number, with no letter or digit beside it; 0 where it cannot be read."""
    alone = re.compile(rb"(?<![0-9A-Za-z])" + number.encode() + rb"(?![0-9A-Za-z])")
    try:
        return len(alone.findall(path.read_bytes()))
    except OSError:
        return 0


def _searched(home: Home) -> Iterator[Path]:
    for room in SEARCHED_FOR_BYTES:
        yield from (path for path in sorted((home.private / room).rglob("*")) if path.is_file())
    yield from sorted(home.private.glob("warehouse.set_aside_*"))


def _remove_quotes(home: Home, found: Iterable[Held]) -> Iterator[str]:
    """Remove the scratch files that quote the person; whatever else does is left to the operator, and said."""
    logs = (home.scratch / "errors", home.scratch / "dbt" / "logs", home.scratch / "dbt" / "stderr.log")
    for one in found:
        path = home.root / one.place
        if one.room == QUOTED and any(path.is_relative_to(place) for place in logs):
            path.unlink(missing_ok=True)
            yield one.place


def _not_asked(landing: Landing) -> tuple[str, ...]:
    """Kinds of files in which nobody stands by employee number."""
    return tuple(one.title for one in landing.datasets if id_column(one) is None)


def _rows(con: duckdb.DuckDBPyConnection, query: str, values: Sequence[Any]) -> list[Cells]:
    found = con.execute(query, list(values))
    names = [column[0] for column in found.description or ()]
    types = {name: str(column[1]) for name, column in zip(names, found.description or (), strict=True)}
    texts = ", ".join(f'cast("{name}" as varchar) as "{name}"' for name in types)
    as_text = con.execute(f"select {texts} from ({query})", list(values)).fetchall()
    return [{name: value for name, value in zip(names, row, strict=True) if value is not None} for row in as_text]


def _columns(landing: Landing, headings: Sequence[str]) -> dict[Dataset, set[str]]:
    """The datasets with a person in them that have one of these headings, each with those columns."""
    wanted = {heading.casefold().strip() for heading in headings}
    known = {one.heading.casefold() for dataset in landing.datasets for one in dataset.columns}
    if unknown := sorted(wanted - known):
        raise PersonError(f"No landing file has a column {unknown[0]!r}. Name it by its heading, as in the file.")
    found: dict[Dataset, set[str]] = {}
    for dataset in landing.datasets:
        columns = {one.name for one in dataset.columns if one.heading.casefold() in wanted}
        if columns and id_column(dataset):
            found[dataset] = columns
    return found


def _loads_with(desk: _Desk, dataset: Dataset) -> list[Load]:
    rows = desk.intake.con.execute(
        f"select distinct load_id from raw.{dataset.name} where {id_column(dataset)} = ?", [desk.number]
    ).fetchall()
    ids = {int(load_id) for (load_id,) in rows}
    return [load for load in desk.loads if load.load_id in ids]


def _followed(intake: Intake, line: Mapping[str, Any]) -> Rectification:
    current = current_loads(intake.history)
    awaited = []
    for one in line["awaits"]:
        date = datetime.date.fromisoformat(one["as_at_date"])
        waits = Awaited(one["dataset"], date, one["load_id"], one["name"])
        load = current.get((waits.dataset, date))
        if load is not None and load.load_id > waits.load_id:
            changed = _is_changed(intake, line, waits, load)
            waits = dataclasses.replace(waits, come_as=load.load_id, is_changed=changed)
        awaited.append(waits)
    columns, older = tuple(line["columns"]), tuple(line["older"])
    return Rectification(line["request_id"], line["at"], columns, tuple(awaited), older)


def _is_changed(intake: Intake, line: Mapping[str, Any], waits: Awaited, load: Load) -> bool | None:
    """Whether the two loads differ in the person's columns; None where one does not hold the person (any more)."""
    dataset = intake.landing.dataset(waits.dataset)
    there = {column.name for column in dataset.columns}
    columns = ", ".join(name for name in line["columns"] if name in there)
    person = Forgotten(people_key(intake.home, may_make=False), intake.forgotten.digits)
    said = []
    for load_id in (waits.load_id, load.load_id):
        rows = intake.con.execute(
            f"select {id_column(dataset)}, {columns} from raw.{dataset.name} where load_id = ? order by all", [load_id]
        ).fetchall()
        said.append([row[1:] for row in rows if row[0] and person.hash_of(row[0]) == line["person"]])
    return said[0] != said[1] if all(said) else None


def _counts(one: Erased) -> dict[str, int]:
    return {
        "load_id": one.load.load_id,
        "raw_rows": one.raw_rows,
        "quarantine_rows": one.quarantine_rows,
        "copy_rows": one.copy_rows,
        "mentions": one.mentions,
    }


def _tell(one: Rectification, age: int) -> Finding:
    waiting = [item for item in one.awaited if item.come_as is None]
    same = [item for item in one.awaited if item.is_changed is False]
    if one.is_met:
        sentence = f"Rectification {one.request_id} is met: every corrected file has come."
        next_step = "Tell the person, and whoever was given the old figures."
    elif same:
        sentence = f"A file came for rectification {one.request_id}, and it says the same as before."
        next_step = f"Ask its source again: {', '.join(item.file_name for item in same)} has not changed."
    else:
        sentence = f"Rectification {one.request_id} has waited {age} days for {len(waiting)} corrected files."
        next_step = f"Ask the source for {', '.join(item.file_name for item in waiting[:5])}. The law allows one month."
    return Finding(
        kind="noticed",
        severity="info" if one.is_met else "warning",
        name=f"rectification_{one.request_id}",
        sentence=sentence,
        counts={"files_waiting": len(waiting)},
        next_step=next_step,
    )
