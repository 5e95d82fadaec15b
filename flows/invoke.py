"""Run dbt in a process of its own: dbt keeps the warehouse locked until its process ends.

`python -m flows.invoke '[["build"], …]'` runs the commands one after the other over one parse of the project and prints
JSON lines: `{"event": "finished", …}` while nodes finish, `{"event": "result", …}` for each node of a command, and
`{"event": "end"}` last. No line holds a value of a row: the words of the database
stay in dbt's own log.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt.version import __version__ as dbt_version
from dbt_common.events.event_manager_client import get_event_manager

from flows.build import definitions_hash, error_kind

CODE_ERRORS = ("CompilationError", "ParsingError", "DbtProjectError", "DbtProfileError", "TargetNotFoundError")
"""Exceptions of dbt that speak of code alone, so that their words may be repeated."""

Emit = Callable[[dict[str, Any]], None]


def main(argument: str) -> None:
    """Run the commands of a JSON list of lists; leave at once if the process that asked for them is gone."""
    threading.Thread(target=_leave_with_the_caller, daemon=True).start()
    lines, one_at_a_time = _own_output(), threading.Lock()

    def emit(line: dict[str, Any]) -> None:
        with one_at_a_time:
            lines.write(json.dumps(line) + "\n")
            lines.flush()

    commands: list[list[str]] = json.loads(argument)
    parsed = _parse()
    if isinstance(parsed, BaseException):
        emit({"event": "broken", **_in_words(parsed)})
        return
    for command in commands:
        run = dbtRunner(manifest=parsed, callbacks=[_reporter(emit)]).invoke([*command, *_options(), *_kept(command)])
        if run.exception:
            emit({"event": "broken", **_in_words(run.exception)})
            return
        for result in getattr(run.result, "results", None) or []:
            if hasattr(result, "node"):
                emit({"event": "result", "command": command[0], **_facts(result)})
    emit({"event": "end"})


def _parse() -> Manifest | BaseException:
    """The project as dbt reads it; as it was read the last time where no file of it has changed since."""
    target = Path(os.environ["DBT_TARGET_PATH"])
    kept, read_from = target / "partial_parse.msgpack", target / "read_from.txt"
    now = dbt_version + definitions_hash(Path(os.environ["DBT_PROJECT_DIR"]), also=("tests/dbt", "profiles.yml"))
    is_whole = kept.exists() and read_from.exists() and (target / "manifest.json").exists()
    if is_whole and read_from.read_text(encoding="utf-8") == now:
        with suppress(Exception):  # a file that was cut short is read anew, as if it were not there
            return Manifest.from_msgpack(kept.read_bytes())
    read_from.unlink(missing_ok=True)
    parsed = dbtRunner().invoke(["parse", *_options()])
    if not isinstance(parsed.result, Manifest):
        return parsed.exception or RuntimeError("dbt could not read the project")
    read_from.write_text(now, encoding="utf-8")
    return parsed.result


def _leave_with_the_caller() -> None:
    sys.stdin.read()
    os._exit(1)


def _own_output() -> TextIO:
    lines = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return lines


def _options() -> list[str]:
    return ["--quiet", "--no-use-colors", "--log-level", "none", "--log-level-file", "info"]


def _kept(command: list[str]) -> list[str]:
    """Results would be written beside the manifest with the words of the database, which may repeat a value."""
    return [] if command[0] == "docs" else ["--no-write-json"]


def _reporter(emit: Emit) -> Callable[[Any], None]:
    def report(event: Any) -> None:
        if event.info.name == "MainReportVersion":
            _spare_lines_that_nobody_keeps()
        elif event.info.name == "NodeFinished":
            node = event.data.node_info
            seconds = event.data.run_result.execution_time
            kind = node.materialized if node.resource_type == "model" else node.resource_type
            status = node.node_status
            emit({"event": "finished", "name": node.node_name, "kind": kind, "status": status, "seconds": seconds})

    return report


def _spare_lines_that_nobody_keeps() -> None:
    """dbt writes out every line of debugging and then drops it: a tenth of a build's time."""
    for logger in get_event_manager().loggers:
        logger.filter = partial(_is_kept, logger.filter)


def _is_kept(asked_before: Callable[[Any], bool], event: Any) -> bool:
    return event.info.level != "debug" and asked_before(event)


def _facts(result: Any) -> dict[str, Any]:
    node = result.node
    test = getattr(node, "test_metadata", None)
    facts: dict[str, Any] = {
        "name": node.name,
        "kind": str(node.resource_type),
        "path": node.original_file_path,
        "status": str(result.status),
        "seconds": result.execution_time,
        "failures": result.failures,
        "description": getattr(node, "description", "") or "",
        "test": test.name if test else None,
        "about": (getattr(node, "attached_node", None) or "").rpartition(".")[2],
        "is_about_seed": (getattr(node, "attached_node", None) or "").startswith("seed."),
        "column": getattr(node, "column_name", None),
        "meta": dict(getattr(node.config, "meta", None) or {}),
        "error": error_kind(result.message or "") if _is_broken(result) else None,
    }
    if hasattr(result, "max_loaded_at"):
        facts |= _freshness(result)
    return facts


def _is_broken(result: Any) -> bool:
    """A source whose status is "error" is late; everything else with that status could not be run."""
    return str(result.status) == "runtime error" or (
        str(result.status) == "error" and not hasattr(result, "max_loaded_at")
    )


def _freshness(result: Any) -> dict[str, Any]:
    limit = result.node.freshness.warn_after
    return {
        "title": (result.node.description or result.node.name).partition(":")[0],
        "newest": result.max_loaded_at.date().isoformat(),
        "as_of": result.snapshotted_at.date().isoformat(),
        "days": int(result.age // 86400),
        "expected_within": f"{limit.count} {limit.period.value}s" if limit and limit.count else "",
    }


def _in_words(exception: BaseException | None) -> dict[str, Any]:
    name = type(exception).__name__
    return {"error": str(exception) if name in CODE_ERRORS else error_kind(str(exception)) or name}


if __name__ == "__main__":
    main(sys.argv[1])
