"""Take one file in hand: copy, judge, read, and load it whole in one transaction, or refuse it whole."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from flows.configure import Settings
from flows.home import Home
from flows.ingest.define import Dataset, Landing
from flows.ingest.find import Dropped, writable
from flows.ingest.forget import Forgotten, read_forgotten, teach
from flows.ingest.keep import ask_for_room, copy_aside, sha256_of
from flows.ingest.pour import (
    count_duplicates,
    count_loaded,
    employers_of,
    notes_of,
    pour,
    read_rejections,
    refuse_if_empty,
    write_quarantine,
)
from flows.ingest.recognise import Named, name_with_version, recognise_name, shown_path
from flows.ingest.redact import redact, redacted_path
from flows.ingest.refuse import FileRefused, IngestBroken, NotNow
from flows.ingest.remember import Load, why_of, write_load
from flows.ingest.retain import LegalHold, holds_on, standing_holds


@dataclass
class Intake:
    """What taking files in needs: the open warehouse, the contract, and every load so far."""

    settings: Settings
    home: Home
    con: duckdb.DuckDBPyConnection
    landing: Landing
    history: list[Load] = field(default_factory=list)
    last_by_path: dict[str, Load] = field(default_factory=dict)
    is_stained: bool = False
    """Whether rows were taken away of which the file still holds bytes, and what was built from them."""

    @cached_property
    def rules_sha256(self) -> str:
        """Under what a file is judged: contract, trust and this code. A refused file is tried again under others."""
        digest = hashlib.sha256(f"{self.landing.fingerprint} {sorted(employers_of(self.settings))}".encode())
        for module in sorted(Path(__file__).parent.glob("*.py")):
            digest.update(module.read_bytes())
        return digest.hexdigest()

    @cached_property
    def forgotten(self) -> Forgotten:
        """Who was erased; the session of the warehouse knows them from now on."""
        forgotten = read_forgotten(self.home, self.landing)
        teach(self.con, forgotten)
        return forgotten

    @cached_property
    def holds(self) -> list[LegalHold]:
        """The legal holds that stand."""
        return standing_holds(self.home)

    def forgotten_in(self, load: Load) -> Forgotten:
        """Who must not be in a load: nobody, while a legal hold keeps it."""
        return dataclasses.replace(self.forgotten, hashes=frozenset()) if holds_on(load, self.holds) else self.forgotten

    @cached_property
    def released(self) -> set[int]:
        """The loads behind the newest published release."""
        from flows.point import released_load_ids  # only a correction asks for it

        return released_load_ids(self.home)

    def remember(self, load: Load) -> None:
        """Add a record to the history."""
        self.history.append(load)
        self.last_by_path[load.landed_path] = load

    def last_of(self, relative: str) -> Load | None:
        """The last record of the file at that path."""
        return self.last_by_path.get(relative)

    def was_published(self, load: Load) -> bool:
        """Whether readers have had figures of the load's dataset and date: an earlier load of it, or itself already."""
        same = (one for one in self.history if one.is_accepted and _key(one) == _key(load))
        return any(one.load_id <= load.load_id and one.load_id in self.released for one in same)

    def is_known(self, file: Dropped) -> bool:
        """Whether the very file was judged already, under the rules of now where it was refused.

        Size and time tell it. Where only the time of the last change of any kind differs (a tool that sets the file's
        time back, a new owner, a restored backup), its bytes are compared; nothing is recorded where they are equal.
        """
        last = self.last_of(file.relative)
        if last is None or (last.bytes, last.modified_ns) != (file.bytes, file.modified_ns):
            return False
        if last.outcome == "refused" and last.rules_sha256 != self.rules_sha256:
            return False
        return last.changed_ns in (None, file.changed_ns) or last.sha256 == sha256_of(file)


def take_in(intake: Intake, file: Dropped) -> Load:
    """Load, recognise as seen, or refuse one file; the record is committed with its rows. Raises NotNow."""
    draft = dataclasses.replace(
        empty_load(intake.settings, file.path, file.relative),
        load_id=intake.history[-1].load_id + 1 if intake.history else 1,
        bytes=file.bytes,
        modified_ns=file.modified_ns,
        changed_ns=file.changed_ns,
        rules_sha256=intake.rules_sha256,
    )
    if not file.is_regular:
        return _refuse(intake, _shown(intake, draft), "It is a link or no ordinary file. Drop the file itself.")
    most = intake.landing.limits["file_most_bytes"]
    if file.bytes > most:
        said = f"It has {file.bytes / 1e6:,.0f} MB, more than the {most / 1e6:,.0f} MB that are read. Is it a report?"
        return _refuse(intake, _shown(intake, draft), said)
    ask_for_room(intake.home, file)
    copy, sha256 = copy_aside(file, intake.home)
    draft = _shown(intake, dataclasses.replace(draft, sha256=sha256))
    try:
        return _judge(intake, draft, copy)
    except FileRefused as refusal:
        return _refuse(intake, draft, str(refusal))
    finally:
        _drop_unused(intake, copy, sha256)


def _shown(intake: Intake, draft: Load) -> Load:
    shown = shown_path(draft.landed_path, intake.landing, draft.sha256)
    name = draft.file_name if shown == draft.landed_path else shown
    return dataclasses.replace(draft, file_path=shown, file_name=name)


def _judge(intake: Intake, draft: Load, copy: Path) -> Load:
    named = recognise_name(draft.landed_path, intake.landing)
    draft = dataclasses.replace(
        draft, dataset=named.dataset.name, as_at_date=named.as_at_date, version=named.version, outcome="loaded"
    )
    try:
        _refuse_again(intake, draft)
        draft = judge_arrival(draft, named, intake.history, intake.settings.kept_since)
        return _record(intake, draft) if draft.outcome == "seen" else load_copy(intake, draft, named.dataset, copy)
    except FileRefused as refusal:
        return _refuse(intake, draft, str(refusal))


def _refuse_again(intake: Intake, draft: Load) -> None:
    """The same bytes under the same rules are refused for the same reason, unread."""
    last = intake.last_of(draft.landed_path)
    if last is None or last.outcome != "refused" or last.sha256 is None:
        return
    if (last.sha256, last.rules_sha256) == (draft.sha256, draft.rules_sha256):
        raise FileRefused(last.reason or "")


def judge_arrival(
    draft: Load, named: Named, history: Sequence[Load], kept_since: datetime.date = datetime.date.min
) -> Load:
    """Tell a first load, a correction and the same bytes apart. Raises FileRefused that says how to name the file.

    A date whose loads were purged stays closed, unless retention keeps it again (`kept_since` that date or before).
    """
    same_date = [load for load in history if load.is_accepted and _key(load) == _key(draft)]
    if same_date and same_date[-1].purged_on and named.as_at_date >= kept_since:
        same_date = []
    if not same_date:
        return dataclasses.replace(draft, outcome="loaded")
    current = same_date[-1]
    if current.purged_on and current.sha256 != draft.sha256:
        raise FileRefused(
            f"What was loaded for {draft.as_at_date} was purged on {current.purged_on}, because it is older than "
            "[retention] loads_years keeps. Take the file out of the landing folder, or let retention keep that date."
        )
    of_this_name = [load for load in same_date if load.file_name == draft.file_name]
    same_bytes = next((load for load in [current, *of_this_name[-1:]] if load.sha256 == draft.sha256), None)
    if same_bytes:
        reason = f"The same bytes as were loaded from {same_bytes.file_name}."
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
        reason=f"Corrects what was loaded from {current.file_name}.",
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
        forgotten = intake.forgotten_in(draft)
        poured = pour(con, draft, dataset, copy, landing=intake.landing, settings=intake.settings, forgotten=forgotten)
        load = dataclasses.replace(
            draft,
            rows_read=poured.rows_read,
            rows_loaded=count_loaded(con, draft, dataset),
            rows_rejected=write_quarantine(con, quarantine, poured.headings),
            rows_duplicate=count_duplicates(con, draft, dataset),
            rows_padded=poured.padded_rows,
            columns_ignored=tuple(poured.ignored),
            rejections=tuple(read_rejections(con)),
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
        con.execute("drop table rejected")
        write_load(con, load)
        con.commit()
    except BaseException as error:
        with suppress(duckdb.Error):
            con.rollback()
        quarantine.unlink(missing_ok=True)
        if isinstance(error, duckdb.OutOfMemoryException) and not is_replay:
            raise NotNow(
                f"Loading it takes more memory than [database] memory_limit = {intake.settings.database.memory_limit} "
                "in parity.toml. Give DuckDB more, or drop a file with fewer columns."
            ) from None
        if isinstance(error, duckdb.Error):
            raise IngestBroken(
                f"{draft.file_path}: DuckDB could not load it ({why_of(error)}). Nothing of it is loaded."
            ) from None
        raise
    intake.remember(load)
    if forgotten.hashes:
        redact(intake.home, copy, dataset, forgotten)
    return load


def _drop_unused(intake: Intake, copy: Path, sha256: str) -> None:
    """Take a copy away that no rebuild needs: a refused file's, one of purged rows, or one with an erased person.

    It holds people.
    """
    is_needed = any(load.has_rows and load.sha256 == sha256 for load in intake.history)
    if not is_needed or redacted_path(copy).exists():
        copy.unlink(missing_ok=True)


def empty_load(settings: Settings, path: Path, relative: str) -> Load:
    """A record of which only the file is known yet."""
    now = datetime.datetime.now(datetime.UTC)
    found = path.lstat()
    return Load(
        load_id=0,
        organisation_code=settings.organisation.ods_code,
        dataset=None,
        file_name=writable(path.name),
        file_path=relative,
        dropped_path=relative,
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
