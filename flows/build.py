"""Build the marts: dbt runs seeds, models and tests in a process of its own, and what it found becomes findings.

The models read the warehouse that the settings name. Whatever a definition changes (a model, a map, a macro), the next
build makes every table anew; otherwise only the loads that are not built yet are.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from flows.configure import PROJECT, Settings
from flows.confine import out_of_place
from flows.connect import connect
from flows.describe import refuse_stale_pages
from flows.home import Home
from flows.record import Finding, write_whole

DEFINED_IN = ("models", "seeds", "macros", "dbt_project.yml")
"""What decides the figures: folders and files of the project."""

DATABASE_ERRORS = (
    "Binder|Catalog|Parser|Conversion|Constraint|Invalid Input|Out of Range|Out of Memory|IO|Permission|Internal|"
    "Transaction|TransactionContext|Interrupt|FATAL|Mismatch Type|Not implemented|Serialization|Dependency|Sequence|"
    "Compilation|Parsing"
)
"""Kinds of errors as DuckDB and dbt name them. Nothing else of a message is repeated."""

JUDGED_BY_THE_GATE = "esr_staff_list"
"""The source whose lateness is a check of `expectations/`, with a limit that a trust may change; it is told once."""

DEFINITION_SUFFIXES = (".sql", ".csv", ".yml", ".yaml", ".md")


UNCHANGED_DEFINITIONS = ["--exclude", "path:seeds"]
"""Seeds that were loaded and hold, and the tests of them, which dbt takes as long to ask as those of data."""

TOLD = ("table", "incremental")
"""What a watcher is told of when it is finished; views take no time."""


class BuildBroken(Exception):
    """dbt itself broke, or a model or test could not be run; the message holds no value of any row."""


@dataclass(frozen=True)
class Node:
    """One model, seed or test that dbt ran. `failures` is the count of rows that a test found."""

    name: str
    kind: str
    status: str
    seconds: float
    failures: int | None = None


@dataclass(frozen=True)
class BuildResult:
    """What a build made. `ok` is false where a test of data failed: the marts of this build are not to be published."""

    ok: bool
    definitions_hash: str
    full_refresh: bool
    nodes: list[Node] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def build(settings: Settings, home: Home, say: Callable[[str], None] = print) -> BuildResult:
    """Measure how fresh the sources are, then load the seeds, build the models and run the tests of data.

    What was built is looked at then: a column that tells of a person in a room that must not have it breaks the build.

    Unit tests of models are tests of code and stay with the test suite. Raises BuildBroken where dbt could not finish,
    ConfigurationError where there is no secret for pseudonyms, and StalePages where a definition changed without its
    page.
    """
    _ = settings.pseudonym_secret
    refuse_stale_pages()
    now = definitions_hash()
    full_refresh = built_with(home) != now
    if full_refresh:
        say("the definitions are new or have changed: every table is made anew")
        _remember(home, None)
    options = ["--full-refresh"] if full_refresh else UNCHANGED_DEFINITIONS
    not_run = ["--exclude-resource-type", "unit_test", "--exclude-resource-type", "exposure"]
    commands = [["source", "freshness"], ["build", *not_run, *options]]
    results = _run_dbt(settings, home, commands, say)
    built = [one for one in results if one["command"] == "build"]
    _refuse_errors(home, results)
    _refuse_people_out_of_place(home)
    failed = [one for one in built if one["status"] == "fail"]
    if not failed:
        _remember(home, now)
    say(_summary(built))
    return BuildResult(
        ok=not failed,
        definitions_hash=now,
        full_refresh=full_refresh,
        nodes=[Node(one["name"], one["kind"], one["status"], one["seconds"], one["failures"]) for one in built],
        findings=[*_failed_tests(built), *_late_sources(results)],
    )


def build_docs(settings: Settings, home: Home, into: Path) -> Path:
    """Write dbt's documentation of the warehouse as one page that asks for nothing outside: `<into>/index.html`.

    It tells of definitions alone, not of data, so the page of the night before serves while they are the same.
    """
    told_of = definitions_hash(also=("tests/dbt",)) + "_" + importlib.metadata.version("dbt-core")
    kept = home.scratch / "dbt" / f"page_{told_of}.html"
    if not kept.exists():
        _run_dbt(settings, home, [["docs", "generate", "--static"]], lambda line: None)
        written = (_target(home) / "static_index.html").read_text(encoding="utf-8")
        for older in kept.parent.glob("page_*.html"):
            older.unlink()
        write_whole(kept, _unbroken(_without_places(written, home)))
    into.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(kept, into / "index.html"))


def _unbroken(page: str) -> str:
    """The page with one end of its script, the last: a description that holds another would end it there, and act."""
    script, end, rest = page.rpartition("</script>")
    return re.sub("</(?=script)", r"\\u003c/", script, flags=re.IGNORECASE) + end + rest


def _without_places(page: str, home: Home) -> str:
    """A reader of the page need not know where on this machine the project and the home are."""
    for place, name in ((_target(home).resolve(), "target"), (home.root.resolve(), "home"), (PROJECT, ".")):
        page = page.replace(str(place), name)
    return page


def error_kind(message: str) -> str:
    """What sort of error a database or dbt told, without any of its words that could be a person's value."""
    if "Could not set lock on file" in message:
        return "Another process has the warehouse open"
    if "PARITY_PSEUDONYM_SECRET" in message:
        return "PARITY_PSEUDONYM_SECRET is not set, or shorter than 32 characters"
    if "No space left on device" in message:
        return "The disk is full"
    kind = re.search(rf"\b(?:{DATABASE_ERRORS}) Error\b", message)
    return kind.group() if kind else "An error without a name"


def definitions_hash(project: Path | None = None, also: Sequence[str] = ()) -> str:
    """SHA-256 over the paths and bytes of all that decides the figures: models, seeds, macros and dbt_project.yml.

    `also` names more folders and files of the project.
    """
    project = project or PROJECT
    digest = hashlib.sha256()
    for path in _definition_files(project, (*DEFINED_IN, *also)):
        digest.update(path.relative_to(project).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def manifest_hash(home: Home) -> str:
    """SHA-256 over what dbt read of the project at the last build: every node with its checksum, and every macro."""
    manifest = json.loads((_target(home) / "manifest.json").read_text(encoding="utf-8"))
    read = {name: node.get("checksum") for name, node in manifest["nodes"].items()}
    read |= {name: macro["macro_sql"] for name, macro in manifest["macros"].items()}
    return hashlib.sha256(json.dumps(read, sort_keys=True).encode()).hexdigest()


def _definition_files(project: Path, names: Sequence[str]) -> Iterator[Path]:
    for name in names:
        place = project / name
        found = [place] if place.is_file() else sorted(place.rglob("*"))
        yield from (path for path in found if path.is_file() and path.suffix in DEFINITION_SUFFIXES)


def _target(home: Home) -> Path:
    return home.scratch / "dbt" / "target"


def _logs(home: Home) -> Path:
    return home.scratch / "errors"


def _forget_logs(home: Home) -> None:
    """What the database said of the run before may repeat people's values, and is kept no longer than it is of use."""
    _logs(home).mkdir(exist_ok=True, mode=0o700)
    for left in _logs(home).glob("dbt*.log*"):
        left.unlink()
    shutil.rmtree(home.scratch / "dbt" / "logs", ignore_errors=True)  # where earlier versions kept them
    (home.scratch / "dbt" / "stderr.log").unlink(missing_ok=True)


def _run_dbt(
    settings: Settings, home: Home, commands: Sequence[Sequence[str]], say: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Run dbt commands in a new process; tell each finished model; return the facts of every node."""
    environment = _environment(settings, home)
    (home.scratch / "dbt").mkdir(parents=True, exist_ok=True, mode=0o700)
    _forget_logs(home)
    results: list[dict[str, Any]] = []
    broken: str | None = "dbt ended before it was done"
    with (
        (_logs(home) / "dbt_stderr.log").open("w", encoding="utf-8") as errors,
        subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
            [sys.executable, "-m", "flows.invoke", json.dumps(commands)],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
            umask=0o077,
        ) as process,
    ):
        assert process.stdout is not None  # noqa: S101 - tells the type; a pipe was asked for
        for line in process.stdout:
            told = json.loads(line)
            if told["event"] == "finished" and told["kind"] in TOLD:
                say(f"{told['name']}: {told['status']} in {told['seconds']:.1f} s")
            elif told["event"] == "result":
                results.append(told)
            elif told["event"] == "broken":
                broken = told["error"]
            elif told["event"] == "end":
                broken = None
    if broken is not None:
        raise BuildBroken(f"dbt broke: {broken}. {_where_to_look(home)}")
    return results


def _environment(settings: Settings, home: Home) -> dict[str, str]:
    mine = {name: value for name, value in os.environ.items() if not name.startswith("DBT_")}
    return mine | {
        "PARITY_WAREHOUSE": str(home.warehouse.resolve()),
        "PARITY_MEMORY_LIMIT": settings.database.memory_limit,
        "PARITY_THREADS": str(settings.database.threads),
        "PARITY_TEMP_DIRECTORY": str((home.scratch / "duckdb").resolve()),
        "PARITY_AS_OF": settings.as_of_date.isoformat(),
        "PARITY_PSEUDONYM_SECRET": settings.pseudonym_secret.get_secret_value(),
        "DBT_TARGET": "encrypted" if home.encrypted else "warehouse",
        "DBT_PROJECT_DIR": str(PROJECT),
        "DBT_PROFILES_DIR": str(PROJECT),
        "DBT_TARGET_PATH": str(_target(home).resolve()),
        "DBT_LOG_PATH": str(_logs(home).resolve()),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


def _refuse_errors(home: Home, results: list[dict[str, Any]]) -> None:
    errors = [one for one in results if one["error"]]
    if errors:
        told = "; ".join(f"{one['name']} ({one['path']}): {one['error']}" for one in errors[:5])
        raise BuildBroken(f"{len(errors)} of the build could not be run: {told}. {_where_to_look(home)}")


def _refuse_people_out_of_place(home: Home) -> None:
    """What was built is looked at, not what the models say: a column that tells of a person stops the night."""
    with _warehouse(home) as con:
        found = out_of_place(con)
    if found:
        more = f" And {len(found) - 5} more." if len(found) > 5 else ""
        raise BuildBroken(f"{' '.join(found[:5])}{more} Take it out of the model and run the night again")


def _where_to_look(home: Home) -> str:
    return (
        f"The words of the database may repeat a person's values, so they are only in {_logs(home)} "
        "(dbt.log and dbt_stderr.log) until the next build, and its owner alone can read them."
    )


def _failed_tests(built: list[dict[str, Any]]) -> list[Finding]:
    return [
        Finding(
            kind="withheld" if one["status"] == "fail" else "noticed",
            severity="critical" if one["status"] == "fail" else "warning",
            name=one["name"],
            sentence=_sentence(one),
            counts={"rows": int(one["failures"] or 0)},
            places=(one["about"] or one["path"],),
            owner=str(one["meta"].get("owner", "Parity's analysts")),
            next_step=str(one["meta"].get("next_step", _next_step(one))),
        )
        for one in built
        if one["kind"] == "test" and one["status"] in ("fail", "warn")
    ]


def _next_step(test: dict[str, Any]) -> str:
    if test["is_about_seed"]:
        return f"Correct {test['about']}.csv in seeds/ and run the night again."
    return f"Look at the rows with the query of this test ({test['path']}) on the warehouse."


def _sentence(test: dict[str, Any]) -> str:
    if test["description"]:
        return " ".join(str(test["description"]).split())
    if test["test"]:
        column = f".{test['column']}" if test["column"] else ""
        return f"The test {test['test']} of {test['about']}{column} does not hold."
    said = str(test["name"]).removeprefix("assert_").replace("_", " ")
    return f"It does not hold that {said}."


def _late_sources(results: list[dict[str, Any]]) -> list[Finding]:
    """Sources whose newest file is older than expected.

    One that never came, and the staff list, are told by the checks and not here.
    """
    return [
        Finding(
            kind="late",
            severity="warning",
            name=f"late_{one['name']}",
            sentence=(
                f"{one['title']}: the newest data are of {one['newest']}, {one['days']} days before {one['as_of']}. "
                f"A newer file is expected within {one['expected_within']}."
            ),
            counts={"days": one["days"]},
            places=(one["name"],),
            next_step="Ask the owner of the source for the file and drop it in the landing folder.",
        )
        for one in results
        if one["command"] == "source"
        and one["name"] != JUDGED_BY_THE_GATE
        and one["status"] in ("warn", "error")
        and one["newest"] > "0001-01-01"
    ]


def _summary(built: list[dict[str, Any]]) -> str:
    models = sum(one["kind"] == "model" and one["status"] == "success" for one in built)
    tests = [one for one in built if one["kind"] == "test"]
    held = sum(one["status"] == "pass" for one in tests)
    skipped = sum(one["status"] == "skipped" for one in built)
    return f"{models} models built, {held} of {len(tests)} tests of data hold" + (
        f", {skipped} skipped because of a failure before them" if skipped else ""
    )


def built_with(home: Home) -> str | None:
    """The definitions that the intermediate tables of this warehouse were made by; None where that is not known."""
    if not home.warehouse.exists():
        return None
    with _warehouse(home) as con:
        known = con.execute(
            "select 1 from information_schema.tables where table_schema = 'intermediate' and table_name = 'built_with'"
        ).fetchone()
        row = con.execute("select definitions_hash from intermediate.built_with").fetchone() if known else None
    return str(row[0]) if row else None


def _remember(home: Home, definitions: str | None) -> None:
    with _warehouse(home) as con:
        con.execute("create schema if not exists intermediate")
        con.execute("create or replace table intermediate.built_with (definitions_hash varchar)")
        if definitions:
            con.execute("insert into intermediate.built_with values (?)", [definitions])


@contextmanager
def _warehouse(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        con = connect(home)
    except duckdb.IOException as error:
        raise BuildBroken(f"{error_kind(str(error))}: {home.warehouse}. Close it there and run again.") from None
    with con:
        yield con
