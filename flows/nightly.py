"""The night, as the runbook has it: pick up, ingest, build, check, publish, record, alert.

Each step is one Prefect task around a plain function of this project. Nothing that a step returns is persisted by
Prefect, and no error leaves a step with the values of a row in it.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import importlib.metadata
import os
import shutil
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from flows.alert import alert, retry
from flows.build import BuildBroken, BuildResult, build, build_docs, manifest_hash
from flows.carry import refuse_newer
from flows.check import Verdict, check
from flows.compare import code_hash, inputs_hash, is_built
from flows.configure import ConfigurationError, Settings, load_settings, warehouse_key
from flows.count import count_doors
from flows.describe import StalePages
from flows.disclose import Disclosure, disclose
from flows.disclose.hand_over import NotFitToOpen, refuse_unfit
from flows.disclose.look import audit_again
from flows.disclose.remember import OpenLedgerDamaged
from flows.disclose.tell import (
    BROKE,
    as_attacked,
    as_record,
    broke,
    findings_of,
    owes_open_part,
    unproven,
    unsafe,
)
from flows.freeze import LedgerDamaged
from flows.home import Home
from flows.ingest import IngestBroken, ingest
from flows.lock import hold
from flows.person import tell_requests
from flows.pledge import current_version
from flows.publish import (
    PublishRefused,
    current_release,
    mend,
    never_released,
    publish,
    released_load_ids,
    standing_inputs_hash,
)
from flows.purge import purge_at_night
from flows.quieten import quieten
from flows.rebuild import drop_aside
from flows.recognise import recognise_secret
from flows.record import Finding, RunRecord, new_run, read_run, write_run, write_whole
from flows.recover import (
    died,
    latest_id,
    mark_told,
    sweep,
    tell_clock,
    tell_damage,
    tell_died,
    tell_full_disk,
    tell_release,
)
from flows.report import Edition, ReportBroken, report
from flows.tether import tether

Say = Callable[[str], None]
Result = TypeVar("Result")

ENDED = ("Published", "Nothing new", "Withheld", "Broken")
"""Names of the states in which a night ends with a record."""

SPEAKS_WITHOUT_VALUES = (
    *(IngestBroken, StalePages, BuildBroken, PublishRefused, ConfigurationError),
    *(LedgerDamaged, OpenLedgerDamaged, NotFitToOpen, ReportBroken),
)
"""Errors whose words are ours: they name tables, columns and settings."""

_say: ContextVar[Say | None] = ContextVar("say", default=None)


class StepBroken(Exception):
    """A step of the night broke. The message names the step and the kind of error, never a value of a row."""


class Night:
    """What the steps of one night share: the settings, the home, the record that they write to, and a voice."""

    def __init__(self, settings: Settings, home: Home, run: RunRecord, say: Say) -> None:
        self.settings = settings
        self.home = home
        self.run = run
        self.say = say
        self.dead: list[RunRecord] = []
        self.is_damaged = False


def step(name: str) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """Make a function of a Night one step of it: timed in the record, a Prefect task, its errors said without values.

    No step is tried again in the same night: what is safe to repeat is repeated by the next one.
    """

    def made(function: Callable[..., Result]) -> Callable[..., Result]:
        @functools.wraps(function)
        def recorded(night: Night, *others: Any) -> Result:
            night.say(f"{name}: started")
            with night.run.step(name) as timed:
                try:
                    result = function(night, *others)
                except Exception as error:
                    raise _without_values(night, name, error) from None
            night.say(f"{name}: {timed.outcome} in {timed.seconds:.1f} s")
            return result

        return task(name=name, cache_policy=NO_CACHE, persist_result=False, log_prints=False)(recorded)

    return made


@step("pick up")
def pick_up(night: Night) -> None:
    """Mend what a dead process left, look whether readers have a whole release, and try undelivered alerts again."""
    sweep(night.home)
    night.run.findings += tell_died(night.dead)
    mend(night.home, night.say)
    night.run.findings += (damaged := tell_release(night.home))
    night.is_damaged = bool(damaged)
    night.run.alerts += retry(night.settings, night.home)


@step("ingest")
def take_in(night: Night) -> None:
    """Purge what is past its time, or tell that it is; then load what was dropped into the landing folder.

    Every file ends up loaded, seen, refused or waiting.
    """
    night.run.findings += purge_at_night(night.settings, night.home, "nightly", night.say)
    taken = ingest(night.settings, night.home, night.say)
    night.run.findings += taken.findings
    drop_aside(night.settings, night.home, night.say)
    night.run.findings += tell_requests(night.settings, night.home)
    night.run.inputs = [load.as_told() for load in taken.loads]
    night.run.inputs_hash = inputs_hash(night.settings, night.home)


@step("build")
def build_marts(night: Night) -> BuildResult:
    """Run every dbt model and test over what is loaded."""
    result = build(night.settings, night.home, night.say)
    night.run.findings += result.findings
    night.run.versions = _versions(night.home, result.definitions_hash)
    night.run.doors = count_doors(night.home)
    return result


@step("check")
def judge(night: Night) -> Verdict:
    """Ask the gate whether the build is complete enough to be read."""
    verdict = check(night.settings, night.home, released_load_ids(night.home), night.say)
    night.run.findings += verdict.findings
    night.run.checks = verdict.checks
    night.run.content_hash = verdict.content_hash
    return verdict


@step("disclose")
def protect(night: Night) -> Disclosure:
    """Make the open tables of the judged marts, in which nobody can be found, and have them attacked."""
    made = disclose(night.settings, night.home, night.run.run_id, night.say)
    if made.path is not None:
        refuse_unfit(made.path, never_released(), night.settings.reports.plans_are_public)
    return made


def protected(night: Night) -> Disclosure:
    """The open part, or why there is none: what breaks here keeps no restricted figure from its readers."""
    try:
        disclosure = protect(night)
    except StepBroken:
        disclosure = BROKE
        night.run.findings[-1] = broke(night.run.findings[-1], night.home)
        night.run.disclosure = as_record(night.home, disclosure)
        return disclosure
    night.run.findings += [*disclosure.findings, *findings_of(night.home, disclosure)]
    night.run.disclosure = as_record(night.home, disclosure)
    return disclosure


@step("attack")
def attack(night: Night) -> tuple[bool, dict[str, Any]]:
    """Attack what is open already, with all that was ever open: nothing new is no reason to trust it unseen."""
    return audit_again(night.home, night.say)


def attacked_again(night: Night) -> None:
    """In a night that opens nothing: tell what an attack on the open part of before finds. It withholds nothing."""
    standing = current_release(night.home)
    if standing is None or not standing.open_marts.is_file():
        return
    try:
        is_safe, report = attack(night)
    except StepBroken:
        night.run.findings[-1] = unproven(night.run.findings[-1])
        return
    night.run.disclosure = as_attacked(standing.open_from, is_safe, report)
    night.run.findings += [] if is_safe else [unsafe(standing.release_id)]


@step("publish")
def release(night: Night, verdict: Verdict, disclosure: Disclosure) -> None:
    """Write the release aside, verify it, and move the one pointer."""

    def docs(into: Path) -> Path:
        return build_docs(night.settings, night.home, into)

    def reports(edition: Edition) -> None:
        report(edition, night.say)

    published = publish(night.settings, night.home, night.run, verdict, docs, night.say, disclosure, reports)
    night.run.release_id = published.release_id
    if disclosure.path is not None:  # what an attack found stays, for those who mend it
        shutil.rmtree(night.home.scratch / "disclose", ignore_errors=True)


@step("alert")
def tell(night: Night) -> None:
    """Write one message for the EDI team where there is something to say, and deliver it."""
    night.run.alerts += alert(night.settings, night.home, night.run)


def work(night: Night) -> None:
    """From the landing folder to the release, or to the reason why there is none."""
    take_in(night)
    is_published = not night.is_damaged and _nothing_new(night)
    if is_published and not night.dead:
        night.run.outcome = "nothing_new" if judge(night).outcome == "passed" else "withheld"
        attacked_again(night)
        return
    built = build_marts(night)
    verdict = judge(night)
    if not built.ok or verdict.outcome != "passed":
        night.run.outcome = "withheld"
        attacked_again(night)
        return
    if is_published:  # by a night that died before it told what its build found
        night.run.outcome = "nothing_new"
        attacked_again(night)
        return
    release(night, verdict, protected(night))
    night.run.outcome = "published"


def _nothing_new(night: Night) -> bool:
    return (
        current_release(night.home) is not None
        and night.run.inputs_hash == standing_inputs_hash(night.home)
        and is_built(night.home)
        and not owes_open_part(night.home)
    )


def ready(settings: Settings) -> Home:
    """The home with every folder in place, once the trust's secret is recognised and libraries keep quiet.

    Whatever the night writes is its owner's alone, unless publishing opens it. Raises ConfigurationError where the
    secret is missing or another one, or the key of an encrypted warehouse is missing, or the home was written
    by a newer Parity: such a night must not start.
    """
    settings.pseudonym_secret  # noqa: B018  no folder is made for a night that cannot run
    if settings.database.encrypt:
        warehouse_key()
    os.umask(0o077)
    home = Home.of(settings)
    refuse_newer(home)
    home.prepare()
    recognise_secret(settings, home)
    quieten(home)
    if not os.environ.get("PREFECT_API_URL"):
        tether()
    return home


@flow(name="nightly", persist_result=False, log_prints=False)
def nightly(config: str | None = None) -> State[Any]:
    """Run one night for the trust of the configuration file `config` (default: `$PARITY_CONFIG`, then parity.toml).

    Ends as Completed (named Published, Nothing new or Withheld) or as Failed (named Broken), with the run's id as its
    message. Raises NightIsHeld where another command writes, ConfigurationError where the trust's secret is missing.
    """
    settings = load_settings(Path(config) if config else None)
    home = ready(settings)
    with hold(home, "nightly"), _recorded(settings, home) as night:
        pick_up(night)
        work(night)
    name = night.run.outcome.replace("_", " ").capitalize()
    state = Failed if night.run.outcome == "broken" else Completed
    return state(name=name, message=night.run.run_id)


def run_night(settings: Settings, home: Home, say: Say) -> RunRecord:
    """Run one night through its Prefect flow and return its record.

    Raises NightIsHeld where another one works, ConfigurationError where the trust's secret is missing.
    """
    ready(settings)
    if full := tell_full_disk(home):
        return _not_begun(settings, home, full)
    token = _say.set(say)
    try:
        state = nightly(str(settings.source) if settings.source else None, return_state=True)
        if state.name not in ENDED:
            state.result()
        return read_run(home.runs / f"{state.message}.json")
    finally:
        _say.reset(token)


@contextmanager
def _recorded(settings: Settings, home: Home) -> Iterator[Night]:
    """Open the run's record, and close it with its outcome and its alert whatever happens between."""
    latest = latest_id(home)
    run = new_run(settings.organisation.ods_code, settings.as_of_date, after=latest)
    night = Night(settings, home, run, _say.get() or get_run_logger().info)
    night.dead = died(home)
    run.findings += tell_clock(home, latest, datetime.datetime.now(datetime.UTC))
    with suppress(OSError):  # what a full disk stops is said by the step that it stops, and by the message
        write_run(home.runs, run)
    try:
        yield night
    except StepBroken:
        run.outcome = "broken"
    except Exception as error:  # between the steps, or Prefect's own
        run.outcome = "broken"
        _without_values(night, "night", error)
    with suppress(OSError):  # ended only when the EDI team has been told
        write_run(home.runs, dataclasses.replace(run, outcome="running"))
    run.finished_at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    try:
        tell(night)
    except StepBroken:
        run.outcome = "broken"
    except Exception as error:  # Prefect could not run the step: the EDI team is told all the same
        run.outcome = "broken"
        _without_values(night, "alert", error)
        run.alerts += alert(settings, home, run)
    write_run(home.runs, run)
    mark_told(home, night.dead)


def _not_begun(settings: Settings, home: Home, why: list[Finding]) -> RunRecord:
    """Record and tell, without Prefect, that the night could not begin: on a full disk its server does not start."""
    with hold(home, "nightly"):
        run = new_run(settings.organisation.ods_code, settings.as_of_date, after=latest_id(home))
        run.outcome = "broken"
        run.findings += why
        run.finished_at = run.started_at
        run.alerts += alert(settings, home, run)
        with suppress(OSError):
            write_run(home.runs, run)
    return run


def _versions(home: Home, definitions: str) -> dict[str, str]:
    packages = ("parity", "dbt-core", "dbt-duckdb", "duckdb", "great-expectations", "prefect")
    made_by = {
        "schema": current_version(),
        "code": code_hash(),
        "definitions": definitions,
        "dbt_manifest": manifest_hash(home),
    }
    return made_by | {name: importlib.metadata.version(name) for name in packages}


def _in_words(error: Exception) -> str:
    """What an error may be quoted with: our own sentences, what the operating system says, else its kind."""
    if isinstance(error, SPEAKS_WITHOUT_VALUES):
        return str(error).rstrip(".")
    if isinstance(error, OSError) and error.strerror:
        return f"the machine refused it ({error.strerror})"
    return type(error).__name__


def _without_values(night: Night, name: str, error: Exception) -> StepBroken:
    """Keep the whole traceback in the private part, and say only what cannot hold a person's values."""
    folder = night.home.scratch / "errors"
    kept = folder / f"{night.run.run_id}_{name.replace(' ', '_')}.txt"
    with suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        write_whole(kept, "".join(traceback.format_exception(error)))
    said = _in_words(error)
    where = kept.relative_to(night.home.root)
    night.run.findings += tell_damage(night.home)
    night.run.findings.append(
        Finding(
            kind="broken",
            severity="critical",
            name=f"step_{name.replace(' ', '_')}",
            sentence=f"The step '{name}' broke: {said}.",
            owner="Whoever runs Parity",
            next_step=f"Read {where} in Parity's home, mend the cause, and run the night again.",
        )
    )
    night.say(f"{name}: broken ({said}); the details are in {where}")
    return StepBroken(f"The step '{name}' broke: {said}. The details are in {where}.")
