"""Narrate the runs inside the release: what came in, what was checked, what was found, and what was published when.

"Where does this number come from?" is then one query. The records hold no person's values, and neither do these tables.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import duckdb

from flows.fingerprint import RUN_TABLES, quote
from flows.home import Home
from flows.ingest.remember import FACTS_OF_AN_INPUT
from flows.record import Finding, RunRecord, Step, read_run


class Judged(Protocol):
    """The part of a verdict that is told: its checks and findings."""

    @property
    def checks(self) -> Sequence[Mapping[str, Any]]:
        """Each check with what came of it."""
        ...

    @property
    def findings(self) -> Sequence[Finding]:
        """What a person is to know of."""
        ...


@dataclass(frozen=True)
class _Table:
    """One table of the run: its comment, its key, and each column with type and comment."""

    comment: str
    key: tuple[str, ...]
    columns: tuple[tuple[str, str, str], ...]


_RUN = ("run_id", "VARCHAR", "The run; its id sorts by time and is the name of the release that it published.")
_REST = ("details", "VARCHAR", "Whatever else the record holds, as JSON.")
_FILE = (
    ("load_id", "BIGINT", "The load, as in quality_loads."),
    ("organisation_code", "VARCHAR", "The trust's ODS code."),
    ("dataset", "VARCHAR", "Which landing file it is."),
    ("as_at_date", "DATE", "The date that the file tells of."),
    ("version", "BIGINT", "1, or the number after _v of a corrected file."),
    ("file_name", "VARCHAR", "The file's name."),
    ("sha256", "VARCHAR", "The SHA-256 of its bytes."),
    ("rows_read", "BIGINT", "Rows in the file: those loaded and those rejected."),
    ("rows_loaded", "BIGINT", "Rows taken in."),
    ("rows_rejected", "BIGINT", "Rows kept aside with a reason."),
    ("outcome", "VARCHAR", "loaded, correction, seen or refused."),
    ("supersedes_load_id", "BIGINT", "The load whose place this correction took, or null."),
)

TABLES: dict[str, _Table] = {
    "run_history": _Table(
        "One row per run of the night, this one included: when, from what, and what came of it.",
        ("run_id",),
        (
            _RUN,
            ("organisation_code", "VARCHAR", "The trust's ODS code."),
            ("started_at", "TIMESTAMP WITH TIME ZONE", "When it started."),
            ("finished_at", "TIMESTAMP WITH TIME ZONE", "When it ended; of this run, when the release was written."),
            ("as_of_date", "DATE", "The date that late and latest were measured against."),
            ("outcome", "VARCHAR", "published, nothing_new, withheld, broken; running where it never ended."),
            ("release_id", "VARCHAR", "The release that it published, or null."),
            ("content_hash", "VARCHAR", "The hash of the marts that the checks judged."),
            ("inputs_hash", "VARCHAR", "The hash of files and definitions that it started from."),
            ("input_count", "BIGINT", "Files taken in hand."),
            ("check_count", "BIGINT", "Checks made."),
            ("finding_count", "BIGINT", "Findings that a person was to know of."),
            ("open_outcome", "VARCHAR", "Of the open part: open, withheld or broken; null where the run made none."),
            ("versions", "VARCHAR", "Versions of code, definitions and programs, as JSON."),
            _REST,
        ),
    ),
    "run_steps": _Table(
        "One row per run and step: how long it took and how it ended.",
        ("run_id", "step_number"),
        (
            _RUN,
            ("step_number", "BIGINT", "The steps in their order, from 1."),
            ("name", "VARCHAR", "The step."),
            ("seconds", "DOUBLE", "How long it took; of this run's last step, nothing is known yet."),
            ("outcome", "VARCHAR", "done or broken."),
        ),
    ),
    "run_doors": _Table(
        "One row per run and door that rows pass through: how many went in and came out.",
        ("run_id", "door_number"),
        (
            _RUN,
            ("door_number", "BIGINT", "The doors in their order, from 1."),
            ("door", "VARCHAR", "From where to where."),
            ("count_in", "BIGINT", "Rows or people that came to it."),
            ("count_out", "BIGINT", "Those that passed."),
            ("left_out", "VARCHAR", "Which ones did not pass."),
            ("left_out_count", "BIGINT", "How many did not pass: in less out."),
            _REST,
        ),
    ),
    "run_inputs": _Table(
        "One row per run and file that the run took in hand.",
        ("run_id", "input_number"),
        (_RUN, ("input_number", "BIGINT", "The files in their order, from 1."), *_FILE, _REST),
    ),
    "run_checks": _Table(
        "One row per run and check: what it protects, and what came of it.",
        ("run_id", "check_number"),
        (
            _RUN,
            ("check_number", "BIGINT", "The checks in their order, from 1."),
            ("name", "VARCHAR", "The check."),
            ("suite", "VARCHAR", "The suite of expectations that it stands in."),
            ("severity", "VARCHAR", "critical withholds publication, warning alerts, info is shown."),
            ("passed", "BOOLEAN", "Whether what it looked at is as expected."),
            ("sentence", "VARCHAR", "What came of it, in a sentence."),
            ("protects", "VARCHAR", "What it protects."),
            ("places", "VARCHAR", "The directorates or files that are not as expected, as a JSON list."),
            ("counts", "VARCHAR", "Its counts, as JSON."),
            ("owner", "VARCHAR", "Who looks after it."),
            ("what_to_do", "VARCHAR", "What to do when it fails."),
            _REST,
        ),
    ),
    "run_findings": _Table(
        "One row per run and finding: what a person was to know of.",
        ("run_id", "finding_number"),
        (
            _RUN,
            ("finding_number", "BIGINT", "The findings in their order, from 1."),
            ("key", "VARCHAR", "The same standing problem has the same key on every night."),
            ("kind", "VARCHAR", "withheld, refused, rejected, unmapped, late, broken, restated or noticed."),
            ("severity", "VARCHAR", "critical, warning or info."),
            ("name", "VARCHAR", "The problem's short name."),
            ("sentence", "VARCHAR", "What it means."),
            ("owner", "VARCHAR", "Whom it concerns."),
            ("next_step", "VARCHAR", "What to do."),
            ("places", "VARCHAR", "The directorates or files that it is about, as a JSON list."),
            ("counts", "VARCHAR", "Its counts, as JSON."),
        ),
    ),
    "run_disclosure": _Table(
        "One row per run and part of its open tables: what disclosure control did, or why the open part was withheld.",
        ("run_id", "part_number"),
        (
            _RUN,
            ("part_number", "BIGINT", "The parts in their order, from 1; a run without open tables has one row."),
            ("outcome", "VARCHAR", "open, withheld, or broken where disclosure control itself broke."),
            ("reason", "VARCHAR", "Why the open part was withheld."),
            ("carried_over_from", "VARCHAR", "The release whose open part stayed instead, or null."),
            ("table_name", "VARCHAR", "The open table."),
            ("cut", "VARCHAR", "Which of its figures: indicator, measure, level and strata."),
            ("cells", "BIGINT", "Numbers in it."),
            ("hidden_cells", "BIGINT", "Those that are hidden."),
            ("hidden_cells_share", "DOUBLE", "The same as a share of all."),
            ("people", "BIGINT", "People counted in it."),
            ("hidden_people_share", "DOUBLE", "The share of them in hidden numbers."),
            ("sentence", "VARCHAR", "What was done, in a sentence."),
            ("audit", "VARCHAR", "What the auditor found, in counts, as JSON; of the whole open part."),
            _REST,
        ),
    ),
    "release_inputs": _Table(
        "One row per file that this release was made from: the current load of each dataset and date.",
        ("load_id",),
        (*(column for column in _FILE if column[0] in FACTS_OF_AN_INPUT), _REST),
    ),
    "release_models": _Table(
        "One row per model, seed and source that this release was made by: what each reads, from the files to a mart.",
        ("name",),
        (
            ("name", "VARCHAR", "The model, the seed, or the source with its schema, as raw.esr_staff_list."),
            ("kind", "VARCHAR", "model, seed or source."),
            ("folder", "VARCHAR", "The folder of the project that it stands in."),
            ("path", "VARCHAR", "Its file in the project."),
            ("materialized", "VARCHAR", "table, view, incremental or ephemeral; empty for a source."),
            ("depends_on", "VARCHAR", "What it reads: names of this table, as a JSON list."),
            ("description", "VARCHAR", "What it holds."),
            ("checksum", "VARCHAR", "The hash of its text, from which a change of the definition is seen."),
        ),
    ),
}


def runs_to_tell(home: Home, run: RunRecord, verdict: Judged, published_at: str) -> list[RunRecord]:
    """Every run whose record is kept, oldest first, and `run` as it will stand once published at `published_at`.

    A record that cannot be read is told as a broken run, so that its absence is seen.
    """
    return [*_earlier(home, run.run_id), _as_published(run, verdict, published_at)]


def add_run_tables(
    con: duckdb.DuckDBPyConnection,
    schema: str,
    runs: Sequence[RunRecord],
    inputs: Sequence[Mapping[str, Any]],
    models: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Make the tables of the run (RUN_TABLES) in the current database's `schema`, with keys and comments.

    `inputs` are the loads that the release is made from, `models` what `models_to_tell` read.
    """
    rows: dict[str, list[dict[str, Any]]] = {
        "run_history": [_history(one) for one in runs],
        "run_steps": list(_numbered("step", runs, lambda one: [dataclasses.asdict(step) for step in one.steps])),
        "run_doors": list(_numbered("door", runs, lambda one: one.doors)),
        "run_inputs": list(_numbered("input", runs, _inputs)),
        "run_checks": list(_numbered("check", runs, lambda one: one.checks)),
        "run_findings": list(_numbered("finding", runs, lambda one: [_finding(each) for each in one.findings])),
        "run_disclosure": list(_numbered("part", runs, _open_parts)),
        "release_inputs": [dict(one) for one in inputs],
        "release_models": [dict(one) for one in models],
    }
    for name in RUN_TABLES:
        _make(con, schema, name, TABLES[name])
        _fill(con, schema, name, TABLES[name], rows[name])


def _open_parts(run: RunRecord) -> list[dict[str, Any]]:
    whole = {key: value for key, value in run.disclosure.items() if key != "report"}
    return [{**part, **whole} for part in run.disclosure.get("report") or [{}]] if run.disclosure else []


def models_to_tell(home: Home) -> list[dict[str, Any]]:
    """Every model, seed and source of dbt's manifest of the last build; none where nothing was built."""
    path = home.scratch / "dbt" / "target" / "manifest.json"
    if not path.is_file():
        return []
    manifest = json.loads(path.read_text(encoding="utf-8"))
    nodes = {
        name: node
        for name, node in {**manifest["nodes"], **manifest["sources"]}.items()
        if node["resource_type"] in ("model", "seed", "source")
    }
    return [_model(node, nodes) for _, node in sorted(nodes.items())]


def _model(node: Mapping[str, Any], nodes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    path = str(node["original_file_path"])
    return {
        "name": _model_name(node),
        "kind": node["resource_type"],
        "folder": path.rpartition("/")[0],
        "path": path,
        "materialized": None if node["resource_type"] == "source" else node["config"]["materialized"],
        "depends_on": [_model_name(nodes[one]) for one in node.get("depends_on", {}).get("nodes", []) if one in nodes],
        "description": " ".join(str(node["description"]).split()),
        "checksum": node.get("checksum", {}).get("checksum"),
    }


def _model_name(node: Mapping[str, Any]) -> str:
    return f"{node['schema']}.{node['name']}" if node["resource_type"] == "source" else str(node["name"])


def _earlier(home: Home, run_id: str) -> Iterable[RunRecord]:
    for path in sorted(home.runs.glob("*.json")):
        if path.stem == run_id:
            continue
        try:
            yield read_run(path)
        except (OSError, ValueError, KeyError, TypeError):
            yield RunRecord(path.stem, "", "", "", outcome="broken", versions={"record": "cannot be read"})


def _as_published(run: RunRecord, verdict: Judged, published_at: str) -> RunRecord:
    """This run as its record will say: the record itself is written after the release."""
    told = list(run.findings)
    told += [one for one in verdict.findings if one not in told]
    checks = run.checks or [dict(one) for one in verdict.checks]
    return dataclasses.replace(
        run,
        outcome="published",
        release_id=run.run_id,
        finished_at=published_at,
        steps=[Step(one.name, one.seconds, one.outcome) for one in run.steps],
        findings=told,
        checks=checks,
    )


def _history(run: RunRecord) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "organisation_code": run.organisation_code or None,
        "started_at": run.started_at or None,
        "finished_at": run.finished_at,
        "as_of_date": run.as_of_date or None,
        "outcome": run.outcome,
        "release_id": run.release_id,
        "content_hash": run.content_hash,
        "inputs_hash": run.inputs_hash,
        "input_count": len(run.inputs),
        "check_count": len(run.checks),
        "finding_count": len(run.findings),
        "open_outcome": run.disclosure.get("outcome"),
        "versions": run.versions,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {**dataclasses.asdict(finding), "places": list(finding.places), "key": finding.key}


def _inputs(run: RunRecord) -> list[dict[str, Any]]:
    """Records of earlier versions hold the name that a file had where it lay, which may be a person's."""
    return [{key: value for key, value in one.items() if key != "dropped_path"} for one in run.inputs]


def _numbered(what: str, runs: Iterable[RunRecord], parts: Any) -> Iterable[dict[str, Any]]:
    for run in runs:
        for number, part in enumerate(parts(run), start=1):
            yield {**part, "run_id": run.run_id, f"{what}_number": number}


def _make(con: duckdb.DuckDBPyConnection, schema: str, name: str, table: _Table) -> None:
    columns = ", ".join(f"{quote(column)} {type_}" for column, type_, _ in table.columns)
    target = f"{quote(schema)}.{quote(name)}"
    con.execute(f"create table {target} ({columns}, primary key ({', '.join(table.key)}))")
    con.execute(f"comment on table {target} is {_text(table.comment)}")
    for column, _, said in table.columns:
        con.execute(f"comment on column {target}.{quote(column)} is {_text(said)}")


def _fill(
    con: duckdb.DuckDBPyConnection, schema: str, name: str, table: _Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    if not rows:
        return
    import pyarrow  # half a second that only a publish needs

    names = [column for column, _, _ in table.columns]
    told = [_told(row, names) for row in rows]
    arrays = {column: pyarrow.array([row[column] for row in told], pyarrow.string()) for column in names}
    con.register("told_rows", pyarrow.table(arrays))
    picked = ", ".join(f"cast({quote(column)} as {type_})" for column, type_, _ in table.columns)
    con.execute(f"insert into {quote(schema)}.{quote(name)} select {picked} from told_rows")
    con.unregister("told_rows")


def _told(row: Mapping[str, Any], names: Sequence[str]) -> dict[str, str | None]:
    """A row as texts, with what has no column of its own under `details`."""
    rest = {key: value for key, value in row.items() if key not in names and value is not None}
    told = {name: _said(row.get(name)) for name in names}
    if "details" in names and rest:
        told["details"] = json.dumps(rest, ensure_ascii=False, sort_keys=True, default=str)
    return told


def _said(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | int | float | datetime.date):
        return str(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
