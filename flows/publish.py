"""Publish a release: copy the judged marts aside, verify them by reading back, flush, and move one pointer.

A release is a folder of files that nobody writes to again. Whatever stops a publish, and wherever, readers keep the
release that they had.
"""

from __future__ import annotations

import csv
import dataclasses
import datetime
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Protocol

import duckdb

from flows.configure import PROJECT, Settings
from flows.connect import attach
from flows.disclose import Disclosure
from flows.disclose.hand_over import OpenFolder, OpenPart, hand_over, read_back
from flows.disclose.remember import OpenLedgerDamaged, remember, standing
from flows.due import FIGURE_STATUSES, statuses_of
from flows.fingerprint import RUN_TABLES, base_tables, combine, quote, table_hash, table_hashes
from flows.home import Home
from flows.narrate import add_run_tables, models_to_tell, runs_to_tell
from flows.point import (
    MANIFEST,
    SIDECARS,
    Release,
    ReleaseError,
    current_id,
    current_release,
    file_hash,
    mend,
    move_pointer,
    now,
    prune,
    read_release,
    record_published,
    released_load_ids,
    releases,
    rollback,
    standing_inputs_hash,
    verify_files,
    write_flushed,
)
from flows.record import Finding, RunRecord, flush_folder
from flows.report import Edition

__all__ = [
    "PublishRefused",
    "Release",
    "ReleaseError",
    "current_release",
    "mend",
    "publish",
    "released_load_ids",
    "releases",
    "rollback",
    "standing_inputs_hash",
]

SCHEMA = "marts"
ALWAYS_FREE = 256 * 1024 * 1024
"""Bytes that publishing leaves free for whatever else the machine does."""

NOT_DISCLOSED = Disclosure("withheld", reason="This run did not ask disclosure control.")

Say = Callable[[str], None]
Docs = Callable[[Path], Path]
Reports = Callable[[Edition], object]


class PublishRefused(Exception):
    """A build is not published; the message says why and what to do. The current release is as it was."""


class Verdict(Protocol):
    """What the gate said of one build."""

    @property
    def content_hash(self) -> str: ...

    @property
    def outcome(self) -> str: ...

    @property
    def checks(self) -> Sequence[Mapping[str, Any]]: ...

    @property
    def findings(self) -> Sequence[Finding]: ...


@dataclass(frozen=True)
class _Aside:
    """A release that is being written: for whom, where, by which run, and on which verdict."""

    settings: Settings
    home: Home
    run: RunRecord
    verdict: Verdict
    folder: Path
    published_at: str
    say: Say
    disclosure: Disclosure
    reports: Reports | None = None

    @property
    def open(self) -> OpenFolder:
        organisation = self.settings.organisation
        return OpenFolder(self.folder / "open", organisation, self.run.run_id, self.published_at, self.run.as_of_date)

    @property
    def restricted(self) -> Path:
        return self.folder / "restricted"

    @property
    def marts(self) -> Path:
        return self.restricted / "marts.duckdb"

    def parquet(self, table: str) -> Path:
        return self.restricted / "parquet" / f"{table}.parquet"


@dataclass(frozen=True)
class _Copy:
    """What was copied: the hash of each mart, and the loads that the build was made from."""

    hashes: dict[str, str]
    inputs: list[dict[str, Any]]


def publish(  # noqa: PLR0917  the night's own order of things
    settings: Settings,
    home: Home,
    run: RunRecord,
    verdict: Verdict | None,
    docs: Docs | None = None,
    say: Say = lambda _: None,
    disclosure: Disclosure = NOT_DISCLOSED,
    reports: Reports | None = None,
) -> Release:
    """Make the warehouse's marts the current release, and return it.

    Hold the home's lock, and have no other connection to the warehouse open in this process. `run` is the record so
    far: its id becomes the release's. `verdict` must have passed exactly this content. `docs` writes the page of the
    documentation into the folder that it is given and returns its path. `disclosure` holds the open part; where it is
    withheld, the open part that readers have stays, and the restricted part is published all the same. `reports` writes
    what people look at, into each part that has figures.

    Raises PublishRefused where the verdict does not cover the build, where a table would tell of one person, where a
    file read back is not what was copied, or where the disk is too full. The old release then stays the current one.
    """
    verdict = _passed(verdict)
    mend(home, say)
    if (home.releases / run.run_id).exists():
        raise PublishRefused(f"There is a release {run.run_id} already, and none is written twice. Start a new run.")
    _refuse_where_disk_is_full(home)
    aside = _Aside(settings, home, run, verdict, home.releases / f".{run.run_id}.tmp", now(), say, disclosure, reports)
    try:
        part = _write(aside, docs)
        if part.outcome == "open" and part.content_hash:  # known for ever before anybody can read it
            remember(home, run.run_id, aside.published_at, aside.open.marts, part.content_hash)
        aside.folder.chmod(0o755)  # until here nobody but the owner could look in
        aside.folder.rename(home.releases / run.run_id)
    except Exception:
        shutil.rmtree(aside.folder, ignore_errors=True)
        raise
    flush_folder(home.releases)
    say(f"pointing readers to {run.run_id}")
    before = current_id(home)
    move_pointer(home, run.run_id)
    published = read_release(home, run.run_id, run.run_id)
    record_published(home, published)
    try:
        prune(settings, home, say, spare=before)
    except OSError as error:  # readers have the new release; what is left is tried again by the next publish
        say(f"an old release could not be removed ({error.strerror}); the next publish tries again")
    return published


def _passed(verdict: Verdict | None) -> Verdict:
    if verdict is None:
        raise PublishRefused("There is no verdict on this build, so it is not published. Run the checks first.")
    if verdict.outcome != "passed" or not verdict.content_hash:
        raise PublishRefused(
            f"The checks did not pass this build ({verdict.outcome}), so it is not published. "
            "`parity status` names the checks and what to do."
        )
    return verdict


def _write(aside: _Aside, docs: Docs | None) -> OpenPart:
    """Write, seal and read back the whole release in its folder aside. Returns what its open folder holds."""
    for folder in (aside.folder, aside.restricted, aside.restricted / "parquet", aside.open.path):
        folder.mkdir(mode=0o700)
    copied = _copy_marts(aside)
    _tell_of_the_run(aside, copied)
    rows = _write_parquet(aside)
    if docs is not None:
        aside.say("writing the documentation")
        _write_docs(docs, aside.restricted / "docs")
    part = _write_open(aside)
    _write_reports(aside, part)
    _refuse_sidecars(aside.folder)
    _seal(aside)
    _read_back(aside, copied.hashes, part)
    files = _files(aside.folder)
    _write_manifest(aside, copied, rows, part, files)
    verify_files(aside.folder, files)
    return part


def _copy_marts(aside: _Aside) -> _Copy:
    """Copy the marts into a new file, each made by its own DDL so that keys, NOT NULL and comments stay."""
    with _connect(aside) as con:
        attach(con, aside.home, read_only=True)
        tables = base_tables(con, SCHEMA, "warehouse")
        _refuse_what_cannot_be_released(con, tables)
        aside.say(f"comparing {len(tables)} marts with the verdict")
        hashes = table_hashes(con, tables, SCHEMA, "warehouse")
        if combine(hashes) != aside.verdict.content_hash:
            raise PublishRefused(
                "The marts changed after the checks judged them, so the verdict does not cover them. "
                "Nothing was published. Run the night again."
            )
        inputs = _current_inputs(con)
        aside.say(f"copying {len(tables)} marts")
        _open_released(con, aside)
        con.execute(f"create schema {SCHEMA}")
        for name in tables:
            _copy_table(con, name)
        _close_released(con)
    return _Copy(hashes, inputs)


def _open_released(con: duckdb.DuckDBPyConnection, aside: _Aside) -> None:
    con.execute(f"attach {_text(aside.marts)} as released")
    con.execute("use released")
    con.execute("begin")  # one flush to disk, not one for each comment


def _close_released(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("commit")
    con.execute("checkpoint released")
    con.execute("use memory")
    con.execute("detach released")


def _refuse_what_cannot_be_released(con: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> None:
    if not tables:
        raise PublishRefused("The warehouse has no marts, so there is nothing to publish. Build first.")
    if taken := sorted(set(tables) & set(RUN_TABLES)):
        raise PublishRefused(f"A mart is called {taken[0]}; publishing adds a table of that name. Rename the model.")
    views = con.execute(
        "select view_name from duckdb_views() where database_name = 'warehouse' and schema_name = ? and not internal",
        [SCHEMA],
    ).fetchall()
    if views:
        raise PublishRefused(f"{views[0][0]} is a view, which no verdict covers. Make it a table in its model.")
    _refuse_people(con)


def _refuse_people(con: duckdb.DuckDBPyConnection) -> None:
    """Refuse a mart with a column that tells of one person, or with a person's pseudonym under whatever name."""
    columns = con.execute(
        "select table_name, column_name, data_type from duckdb_columns() "
        "where database_name = 'warehouse' and schema_name = ? order by all",
        [SCHEMA],
    ).fetchall()
    never = never_released()
    for table, column, data_type in columns:
        words = f"{column} {data_type}".lower().replace('"', " ").replace("(", " ").replace(",", " ").split()
        if found := next((word for word in words if word in never), None):
            raise PublishRefused(
                f"The mart {table} has the column {found}, and a release holds no person. {never[found]} "
                "Take the column out of the model."
            )
    keyed = con.execute(
        "select schema_name, table_name from duckdb_columns() where database_name = 'warehouse' "
        "and schema_name <> ? and column_name = 'person_key' "
        "and (schema_name, table_name) in (select (schema_name, table_name) from duckdb_tables() "
        "where database_name = 'warehouse')",
        [SCHEMA],
    ).fetchall()
    if not keyed:
        return
    people = " union all ".join(
        f"select person_key from warehouse.{quote(schema)}.{quote(table)}" for schema, table in keyed
    )
    for table, column, data_type in columns:
        if data_type == "VARCHAR" and _holds_pseudonyms(con, table, column, people):
            raise PublishRefused(
                f"The column {column} of the mart {table} holds people's pseudonyms, and a release holds no person. "
                "Take it out of the model."
            )


def _holds_pseudonyms(con: duckdb.DuckDBPyConnection, table: str, column: str, people: str) -> bool:
    mart = f"warehouse.{SCHEMA}.{quote(table)}"
    long_enough = f"(select {quote(column)} as value from {mart} where strlen({quote(column)}) = 64)"
    if con.execute(f"select 1 from {long_enough} limit 1").fetchone() is None:
        return False
    return con.execute(f"select 1 from {long_enough} where value in ({people}) limit 1").fetchone() is not None


def never_released() -> dict[str, str]:
    """The names of columns that no release has, each with the reason."""
    with (PROJECT / "seeds" / "release" / "never_released_columns.csv").open(encoding="utf-8", newline="") as handle:
        return {row["column_name"]: row["reason"] for row in csv.DictReader(handle)}


def _copy_table(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Make one table in the released file as it is in the warehouse."""
    made, comment = _one(
        con,
        "select sql, comment from duckdb_tables() "
        "where database_name = 'warehouse' and schema_name = ? and table_name = ?",
        [SCHEMA, name],
    )
    con.execute(made)
    target = f"{SCHEMA}.{quote(name)}"
    con.execute(f"insert into {target} select * from warehouse.{target}")
    if comment:
        _comment(con, f"table {target}", comment)
    commented = con.execute(
        "select column_name, comment from duckdb_columns() "
        "where database_name = 'warehouse' and schema_name = ? and table_name = ? and comment is not null",
        [SCHEMA, name],
    ).fetchall()
    for column, said in commented:
        _comment(con, f"column {target}.{quote(column)}", said)


def _current_inputs(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    from flows.ingest import current_inputs  # it loads readers of files that nothing else here needs

    con.execute("use warehouse")
    inputs = [{key: _plain(value) for key, value in one.items()} for one in current_inputs(con)]
    con.execute("use memory")
    return inputs


def _tell_of_the_run(aside: _Aside, copied: _Copy) -> None:
    with _connect(aside) as con:
        _open_released(con, aside)
        runs = runs_to_tell(aside.home, aside.run, aside.verdict, aside.published_at)
        add_run_tables(con, SCHEMA, runs, copied.inputs, models_to_tell(aside.home))
        _close_released(con)


def _write_parquet(aside: _Aside) -> dict[str, int]:
    """Write each table of the released file as `parquet/<table>.parquet`. Returns the rows of each."""
    aside.say("writing the same tables as Parquet")
    rows: dict[str, int] = {}
    with _connect(aside) as con:
        con.execute(f"attach {_text(aside.marts)} as released (read_only)")
        for name in base_tables(con, SCHEMA, "released"):
            source = f"released.{SCHEMA}.{quote(name)}"
            con.execute(f"copy {source} to {_text(aside.parquet(name))} (format parquet, compression zstd)")
            rows[name] = int(_one(con, f"select count(*) from {source}")[0])
    return rows


def _write_open(aside: _Aside) -> OpenPart:
    aside.say("writing the open part")
    disclosure, stays = aside.disclosure, None
    if disclosure.outcome != "open":
        try:
            stays = standing(aside.home)
        except OpenLedgerDamaged as damaged:  # the restricted part is published all the same
            disclosure = replace(
                disclosure, reason=f"{disclosure.reason} The part that was open before is damaged too."
            )
            aside.say(str(damaged))
    with _connect(aside) as con:
        return hand_over(con, aside.open, disclosure, stays)


def _write_reports(aside: _Aside, part: OpenPart) -> None:
    """Have the pages and workbooks of both parts written; an open part of no figures has none."""
    if aside.reports is None:
        return
    restricted = _edition(aside, "restricted", aside.marts)
    aside.reports(replace(restricted, run=json.loads(json.dumps(dataclasses.asdict(aside.run), default=str))))
    if part.outcome == "none":
        return
    carried = part.outcome == "carried_over"
    stays = f"These are the open figures of release {part.from_release}: later ones were withheld. {part.reason}"
    aside.reports(replace(_edition(aside, "open", aside.open.marts), note=stays if carried else ""))


def _edition(aside: _Aside, kind: Literal["open", "restricted"], figures: Path) -> Edition:
    return Edition(
        kind=kind,
        figures=figures,
        part=figures.parent,
        organisation=aside.settings.organisation,
        release_id=aside.run.run_id,
        published_at=datetime.datetime.fromisoformat(aside.published_at),
        as_of_date=datetime.date.fromisoformat(aside.run.as_of_date),
        texts=aside.settings.reports.texts,
    )


def _write_docs(docs: Callable[[Path], Path], folder: Path) -> None:
    folder.mkdir(mode=0o700)
    page = docs(folder)
    if page.is_file() and page != folder / "index.html":
        shutil.move(page, folder / "index.html")
    if not (folder / "index.html").is_file():
        raise PublishRefused("The documentation made no page index.html, so the release is not whole. Run it again.")


def _read_back(aside: _Aside, hashes: Mapping[str, str], part: OpenPart) -> None:
    """Open the sealed files as a reader does, and compare each with what was judged, or handed over to be open."""
    aside.say("reading everything back")
    with _connect(aside) as con:
        con.execute(f"attach {_text(aside.marts)} as released (read_only)")
        read = table_hashes(con, base_tables(con, SCHEMA, "released"), SCHEMA, "released")
        judged = (set(read) | set(hashes)) - set(RUN_TABLES)
        wrong = [name for name in sorted(judged) if hashes.get(name) != read.get(name)]
        for name in sorted(read):
            source = f"read_parquet({_text(aside.parquet(name))})"
            if table_hash(con, source, _columns(con, name)) != read[name]:
                wrong.append(aside.parquet(name).name)
        wrong += read_back(con, aside.open, part)
    if wrong:
        raise PublishRefused(
            f"Read back from the disk, {', '.join(wrong)} is not what the checks judged. Nothing was published. "
            "Run the night again; if it happens again, have the disk looked at."
        )


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    rows = con.execute(
        "select column_name, data_type from duckdb_columns() "
        "where database_name = 'released' and schema_name = ? and table_name = ? order by column_index",
        [SCHEMA, table],
    ).fetchall()
    return [(str(column), str(data_type)) for column, data_type in rows]


def _seal(aside: _Aside) -> None:
    """Take every file's write permission, give the restricted part to its group alone, and flush all to disk."""
    group = aside.home.restricted_group_id()
    for path in sorted(aside.folder.rglob("*"), reverse=True):
        is_restricted = path.relative_to(aside.folder).parts[0] == "restricted"
        if is_restricted and group is not None:
            _give(path, group)
        path.chmod(_mode(path.is_dir(), is_restricted, group))
        _flush(path)
    flush_folder(aside.folder)


def _mode(is_folder: bool, is_restricted: bool, group: int | None) -> int:
    """Folders keep their owner's write permission, so that an old release can be removed; files never have it."""
    if not is_restricted:
        return 0o755 if is_folder else 0o444
    if group is None:
        return 0o700 if is_folder else 0o400
    return 0o750 if is_folder else 0o440


def _give(path: Path, group: int) -> None:
    try:
        os.chown(path, -1, group)
    except PermissionError as error:
        raise PublishRefused(
            "The account that runs Parity is no member of the group home.restricted_group, so it cannot hand the "
            "release to it. Add the account to the group, log in anew, and run the night again."
        ) from error


def _write_manifest(
    aside: _Aside, copied: _Copy, rows: Mapping[str, int], part: OpenPart, files: Mapping[str, Any]
) -> None:
    """Row counts have passed no disclosure control, so the manifest is for those who read the restricted part."""
    manifest = {
        "format": 1,
        "run_id": aside.run.run_id,
        "organisation": aside.settings.organisation.model_dump(),
        "as_of_date": aside.run.as_of_date,
        "published_at": aside.published_at,
        "content_hash": aside.verdict.content_hash,
        "inputs_hash": aside.run.inputs_hash,
        "load_ids": sorted(int(one["load_id"]) for one in copied.inputs),
        "inputs": copied.inputs,
        "versions": {"duckdb": duckdb.__version__, **aside.run.versions},
        "tables": dict(sorted(rows.items())),
        "figure_status": _figure_statuses(aside, rows),
        "open": part.as_record(),
        "files": files,
    }
    path = aside.folder / MANIFEST
    write_flushed(path, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", 0o400)
    group = aside.home.restricted_group_id()
    if group is not None:
        _give(path, group)
    path.chmod(_mode(False, True, group))
    _flush(path)
    flush_folder(aside.folder)


def _figure_statuses(aside: _Aside, tables: Iterable[str]) -> dict[str, dict[str, dict[str, int]]]:
    """How many figures of each framework and year have which status: whoever asks opens no database for it."""
    if "figure_status" not in tables:
        return {}
    with _connect(aside) as con:
        con.execute(f"attach {_text(aside.marts)} as released (read_only)")
        con.execute(f"use released.{SCHEMA}")
        counted = statuses_of(con.execute(FIGURE_STATUSES).fetchall())
        con.execute("use memory")
    return counted


def _files(aside: Path) -> dict[str, dict[str, Any]]:
    paths = sorted(path for path in aside.rglob("*") if path.is_file())
    return {
        path.relative_to(aside).as_posix(): {"bytes": path.stat().st_size, "sha256": file_hash(path)} for path in paths
    }


def _refuse_sidecars(aside: Path) -> None:
    if left := [path.name for path in aside.rglob("*") if path.name.endswith(SIDECARS)]:
        raise PublishRefused(
            f"{left[0]} lies beside the database: it was not written to its end. Nothing was published. "
            "Run the night again."
        )


def _refuse_where_disk_is_full(home: Home) -> None:
    """The next release is taken to be no larger than twice the last one; the first, than twice the warehouse."""
    last = next(iter(releases(home)), None)
    files = last.manifest.get("files", {}).values() if last else ()
    size = sum(int(one["bytes"]) for one in files) or home.warehouse.stat().st_size
    needed = 2 * size + ALWAYS_FREE
    free = shutil.disk_usage(home.releases).free
    if free < needed:
        raise PublishRefused(
            f"The disk of {home.releases} has {free // 2**20} MB free, and a release may need {needed // 2**20} MB. "
            "Make room, or keep fewer releases ([retention] releases_kept), and run the night again."
        )


def _connect(aside: _Aside) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        config={
            "memory_limit": aside.settings.database.memory_limit,
            "threads": aside.settings.database.threads,
            "temp_directory": str(aside.home.scratch / "publish"),
            "autoinstall_known_extensions": False,
            "python_enable_replacements": False,
        }
    )


def _one(con: duckdb.DuckDBPyConnection, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...]:
    row = con.execute(sql, list(values)).fetchone()
    if row is None:
        raise PublishRefused("The warehouse changed while it was read. Nothing was published. Run the night again.")
    return row


def _comment(con: duckdb.DuckDBPyConnection, what: str, said: str) -> None:
    con.execute(f"comment on {what} is {_text(said)}")


def _text(value: object) -> str:
    """A text as SQL takes it."""
    return "'" + str(value).replace("'", "''") + "'"


def _plain(value: Any) -> Any:
    """A value as JSON takes it."""
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
