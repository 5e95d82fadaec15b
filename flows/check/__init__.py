"""The gate: judge a build by the suites of `expectations/`, and bind the verdict to the content that was judged."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import duckdb

from flows.check.declare import Suite, SuiteError, read_suites, with_thresholds
from flows.check.judge import MAINTAINER, Check, Gate, GateBroken, judge_rows, prove_alive
from flows.check.measure import gather, lay_tables, measure
from flows.configure import PROJECT, ConfigurationError, Settings
from flows.connect import connect
from flows.fingerprint import FingerprintError, content_hash
from flows.home import Home
from flows.record import Finding

__all__ = ["Verdict", "check"]

SUITES = PROJECT / "expectations"

STAFF_LIST_IS_THERE = "staff_list_is_there"
"""Where this check fails, the tables of snapshots have no row, and why is told already."""


@dataclass(frozen=True)
class Verdict:
    """What the gate said of one build. `content_hash` is the build's; empty where the gate broke before it knew it.

    `checks` are for the run record (name, suite, severity, passed, sentence, protects, counts, places, owner,
    what_to_do, tell_as, judged_count, accepted_count), `findings` for the people who are told.
    """

    content_hash: str
    outcome: Literal["passed", "withheld"]
    broken: bool = False
    checks: list[dict[str, Any]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def check(
    settings: Settings,
    home: Home,
    released_load_ids: Iterable[int] = (),
    say: Callable[[str], None] = lambda line: None,
    *,
    suites: Path = SUITES,
    fingerprint: Callable[[duckdb.DuckDBPyConnection], str] = content_hash,
) -> Verdict:
    """Judge the marts of the warehouse, read-only; the build cannot change while they are read.

    A snapshot is judged where it is the latest, or where its load is not in `released_load_ids`: those of the current
    release. "Late" is measured against `settings.as_of_date`. Whatever breaks in the gate gives a withheld verdict
    with `broken`; nothing is raised, and nothing passes that was not judged.
    """
    judged_hash = ""
    checks: list[Check] = []
    broken: list[str] = []
    try:
        with connect(home, read_only=True) as con:
            con.execute("set memory_limit = ?", [settings.database.memory_limit])
            con.execute("set threads = ?", [settings.database.threads])
            judged_hash = fingerprint(con)
            gate = Gate()
            canaries = prove_alive(gate)
            tables = lay_tables(con, suites / "tables", settings.as_of_date, released_load_ids)
            empty: list[Suite] = []
            for suite in with_thresholds(read_suites(suites), settings.thresholds):
                judged, faults = _judge_suite(con, gate, suite, tables)
                checks += judged
                broken += faults
                empty += [] if judged or faults else [suite]
            if not any(map(_withholds_for_want_of_a_staff_list, checks)):
                checks += map(_nothing_to_judge, empty)
            checks += canaries
    except (SuiteError, GateBroken, FingerprintError, ConfigurationError) as error:
        broken.append(str(error))
    except duckdb.IOException:
        broken.append("The warehouse could not be opened for reading: it was never built, or another program holds it.")
    except Exception as error:
        broken.append(f"The gate met an error that it does not know ({type(error).__name__}).")
    if not judged_hash:
        broken.append("The build has no content hash, so no verdict can be bound to it.")
    return _verdict(judged_hash, checks, broken, say)


def _judge_suite(
    con: duckdb.DuckDBPyConnection, gate: Gate, suite: Suite, tables: set[str]
) -> tuple[list[Check], list[str]]:
    """Judge every expectation of a suite; one that breaks is a fault and does not keep the others from being judged.

    Gives neither checks nor faults where the suite's table has no row and must have some.
    """
    if suite.table not in tables:
        raise SuiteError(f"{suite.file}: there is no table {suite.table!r} in expectations/tables.")
    row_count = gather(con, suite.table, suite.variables)
    if not row_count and not suite.may_be_empty:
        return [], []
    checks: list[Check] = []
    faults: list[str] = []
    for expectation in suite.expectations:
        try:
            rows = measure(con, expectation.rows)
            checks.append(judge_rows(gate, suite.suite, expectation, rows, suite.accepted))
        except (SuiteError, GateBroken) as error:
            faults.append(f"{suite.file}, expectation {expectation.name!r}: {error}")
        except Exception as error:
            faults.append(f"{suite.file}, expectation {expectation.name!r} broke ({type(error).__name__}).")
    if len(checks) + len(faults) != len(suite.expectations):
        faults.append(f"{suite.file}: {len(suite.expectations)} expectations declared, {len(checks)} evaluated.")
    return checks, faults


def _withholds_for_want_of_a_staff_list(one: Check) -> bool:
    return one.name == STAFF_LIST_IS_THERE and one.severity == "critical" and not one.passed


def _nothing_to_judge(suite: Suite) -> Check:
    return Check(
        name=f"{suite.suite}_has_rows",
        suite=suite.suite,
        severity="critical",
        passed=False,
        sentence=f"There is nothing to judge: the build has no row of {suite.table}.",
        protects="A build without data meets every expectation, and would be published empty.",
        counts={},
        places=(),
        owner=suite.expectations[0].owner,
        what_to_do="Drop the ESR staff list into landing/esr_staff_list, or see in parity status why it was refused.",
    )


def _verdict(judged_hash: str, checks: list[Check], broken: list[str], say: Callable[[str], None]) -> Verdict:
    if not broken and not checks:
        broken = ["No expectation was evaluated."]
    failed = [one for one in checks if not one.passed]
    withholding = [one for one in failed if one.severity == "critical"]
    say(f"{len(checks)} checks, {len(failed)} not as expected, {len(withholding)} of them withhold publication")
    for sentence in broken:
        say(f"the gate is broken: {sentence}")
    return Verdict(
        content_hash=judged_hash,
        outcome="withheld" if broken or withholding else "passed",
        broken=bool(broken),
        checks=[{**dataclasses.asdict(one), "places": list(one.places)} for one in checks],
        findings=[
            *([_gate_is_broken(broken)] if broken else []),
            *(_finding(one) for one in failed),
        ],
    )


def _finding(one: Check) -> Finding:
    return Finding(
        kind="withheld" if one.severity == "critical" else one.tell_as,
        severity=one.severity,
        name=one.name,
        sentence=one.sentence,
        counts=one.counts,
        places=one.places,
        owner=one.owner,
        next_step=one.what_to_do,
    )


def _gate_is_broken(broken: list[str]) -> Finding:
    return Finding(
        kind="broken",
        severity="critical",
        name="gate_is_broken",
        sentence="The checks themselves did not work, so nothing is published. " + " ".join(broken),
        counts={"faults": len(broken)},
        owner=MAINTAINER,
        next_step="Set right what is named, or undo the last change in expectations/, and run parity nightly.",
    )
