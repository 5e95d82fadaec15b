"""Remember which problems stand, since when, and when they were last told, so that a night repeats none of them."""

from __future__ import annotations

import dataclasses
import datetime
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from filelock import FileLock

from flows.configure import Settings
from flows.home import Home
from flows.record import (
    ATTACKED,
    OPEN_PART,
    OPEN_PART_UNPROVEN,
    OPEN_PART_UNSAFE,
    Finding,
    RunRecord,
    write_whole,
)

_LOCK_SECONDS = 60.0
_TROUBLED = ("withheld", "broken", "late")
_EVENTS = ("rejected", "restated")
"""Kinds that ingest tells when a file is taken in, and never again: they do not stand."""

Fate = Literal["stands", "solved", "done"]
"""What became of a problem that a run did not report. `done`: an event, told once; nothing says that it was mended."""

FateOf = Callable[[Finding], Fate]

NIGHT_DIED = "night_died"
"""The name of the problem that a night did not live to tell of: told once by the next one."""

SILENCE = "no_night_finished"
"""The name of the problem that no run can report: that there was none."""

LOOKED_AT_EACH_NIGHT = (SILENCE, "current_release_is_damaged", "clock_went_back")
"""Problems that every night looks for, whatever else it does: one that it does not report is over."""


@dataclass(frozen=True)
class Standing:
    """A problem that has not been solved. `last_sent` is when a message last held it. Times are ISO 8601, UTC."""

    finding: Finding
    first_seen: str
    last_sent: str | None = None


@dataclass
class Ledger:
    """Everything that is remembered: standing problems by key, and the trouble that the last message told of."""

    standing: dict[str, Standing] = field(default_factory=dict)
    trouble: str | None = None
    trouble_since: str | None = None


@dataclass(frozen=True)
class Told:
    """What one run has to tell: problems never told, those whose reminder is due, those told lately, those solved."""

    new: tuple[Standing, ...]
    due: tuple[Standing, ...]
    quiet: tuple[Standing, ...]
    solved: tuple[Standing, ...]
    over: str | None = None
    over_since: str | None = None

    @property
    def worth_a_message(self) -> bool:
        """Something is new, or due again, or a trouble that was told of is over."""
        return bool(self.new or self.due or self.over)

    @property
    def problems(self) -> tuple[Standing, ...]:
        """All that stands, in the order in which a person wants it."""
        return (*self.new, *self.due, *self.quiet)


@contextmanager
def remembered(home: Home) -> Iterator[Ledger]:
    """The ledger, for one process at a time; written back whole when the block ends well.

    A ledger that cannot be read is set aside, and all problems count as new: telling twice is better than not at all.
    """
    with FileLock(home.ledger / ".alerts.lock", timeout=_LOCK_SECONDS, mode=0o600):
        ledger = recall(home, set_aside=True)
        yield ledger
        text = json.dumps(dataclasses.asdict(ledger), indent=2, ensure_ascii=False, sort_keys=True)
        write_whole(_path(home), text)


def recall(home: Home, set_aside: bool = False) -> Ledger:
    """The ledger as it stands, changing nothing unless an unreadable one is to be set aside."""
    path = _path(home)
    if not path.is_file():
        return Ledger()
    try:
        return _parse(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError, KeyError):
        if set_aside:
            path.replace(path.with_name("alerts.unreadable.json"))
        return Ledger()


def take_in(
    ledger: Ledger,
    findings: Iterable[Finding],
    outcome: str,
    fate_of: FateOf,
    *,
    settings: Settings,
    now: datetime.datetime,
) -> Told:
    """Bring the ledger up to date with what was found, and sort it by what a person must hear now.

    A problem is new when it never stood, when it was solved in between, when it became worse (warning to critical) or
    reached a place where it was not. It is due when it was last told `alerts.remind_after_days` days ago or more.
    """
    at = now.isoformat(timespec="seconds")
    found = {finding.key: finding for finding in findings}
    before = dict(ledger.standing)
    unreported = {key: one for key, one in before.items() if key not in found and not _replaced(one, found.values())}
    fates = {key: fate_of(one.finding) for key, one in unreported.items()}
    carried = {key: one for key, one in unreported.items() if fates[key] == "stands"}
    solved = tuple(one for key, one in unreported.items() if fates[key] == "solved")
    ledger.standing = carried | {key: _continued(finding, before, at) for key, finding in found.items()}
    new: list[Standing] = []
    due: list[Standing] = []
    quiet: list[Standing] = []
    for one in sorted(ledger.standing.values(), key=_urgency):
        kind = new if one.last_sent is None else due if _is_due(one.last_sent, settings, now) else quiet
        kind.append(one)
    if outcome in _TROUBLED:
        ledger.trouble = outcome if ledger.trouble else None
    over = ledger.trouble if outcome not in _TROUBLED else None
    since = ledger.trouble_since if over else None
    return Told(tuple(new), tuple(due), tuple(quiet), solved, over, since)


def mark_told(ledger: Ledger, outcome: str, now: datetime.datetime) -> None:
    """Note that a message about everything that stands was written now, and whether it told of trouble."""
    at = now.isoformat(timespec="seconds")
    ledger.standing = {key: dataclasses.replace(one, last_sent=at) for key, one in ledger.standing.items()}
    if outcome not in _TROUBLED:
        ledger.trouble = ledger.trouble_since = None
    else:
        ledger.trouble_since = ledger.trouble_since or at
        ledger.trouble = outcome


def fates_after(home: Home, run: RunRecord) -> FateOf:
    """Say of a problem that the run did not report what became of it, by what the run looked at.

    A run that broke, or whose gate did, looked at nothing more than its record says. A night with nothing new asked the
    gate but did not build. A refused file is tried again only when its bytes change: it stands while it lies there.
    """
    checked = {str(check.get("name")) for check in run.checks}
    taken = [load for load in run.inputs if load.get("outcome") in ("loaded", "correction", "seen")]
    loaded = {_without_version(str(load.get("file_path"))) for load in taken}
    is_whole = run.outcome in ("published", "withheld") and all(one.kind != "broken" for one in run.findings)

    def fate(finding: Finding) -> Fate:
        if finding.name == NIGHT_DIED:
            return "done"
        if finding.name in LOOKED_AT_EACH_NIGHT or finding.name in checked:
            return "solved"
        if finding.kind == "refused" and finding.places:
            lies = any(_lies_there(home, one) and _without_version(one) not in loaded for one in finding.places)
            return "stands" if lies else "solved"
        if run.outcome != "broken" and finding.kind in _EVENTS:
            return "done"
        if run.outcome == "nothing_new" and finding.kind in ("broken", "withheld"):
            return "solved"
        looked = _looked_at_open_part(run, finding, is_whole) if finding.name.startswith(OPEN_PART) else is_whole
        return "solved" if looked else "stands"

    return fate


def _looked_at_open_part(run: RunRecord, finding: Finding, is_whole: bool) -> bool:
    """An attack on what is open says whether that is safe; only a new decision says that none is withheld any more."""
    if finding.name in (OPEN_PART_UNSAFE, OPEN_PART_UNPROVEN):
        return bool(run.disclosure)
    return is_whole and run.disclosure.get("outcome") not in (None, ATTACKED)


def _without_version(path: str) -> str:
    """`a/b_2025-03-31_v2.csv` and `a/b_2025-03-31.xlsx` are one file to a person: the second puts the first right."""
    return re.sub(r"(_v\d+)?\.[^./]+$", "", path)


def _lies_there(home: Home, place: str) -> bool:
    return (home.landing / place).is_file()


def _continued(finding: Finding, before: dict[str, Standing], at: str) -> Standing:
    """The finding with the memory of the problem that it continues: the same one, or the same in more places."""
    for one in (*filter(None, [before.get(finding.key)]), *before.values()):
        if _is_same(one.finding, finding):
            is_worse = finding.severity == "critical" != one.finding.severity
            return Standing(finding, one.first_seen, None if is_worse else one.last_sent)
    return Standing(finding, at)


def _is_same(old: Finding, new: Finding) -> bool:
    if (old.kind, old.name) != (new.kind, new.name):
        return False
    return old.key == new.key or (bool(new.places) and set(new.places) < set(old.places))


def _replaced(one: Standing, found: Iterable[Finding]) -> bool:
    """A problem that was found again in fewer or other places goes on under another key; it is not solved."""
    return any(
        (one.finding.kind, one.finding.name) == (other.kind, other.name)
        and bool(set(one.finding.places) & set(other.places))
        for other in found
    )


def _urgency(one: Standing) -> tuple[bool, str, str, tuple[str, ...]]:
    return (one.finding.severity != "critical", one.finding.kind, one.finding.name, one.finding.places)


def _is_due(last_sent: str, settings: Settings, now: datetime.datetime) -> bool:
    """Days are counted by the trust's calendar, so that a night which starts a minute earlier is not a day short."""
    zone = ZoneInfo(settings.schedule.timezone)
    days = now.astimezone(zone).date() - datetime.datetime.fromisoformat(last_sent).astimezone(zone).date()
    # A day in the future was told by a clock that was wrong: it must not silence a problem until then.
    return not 0 <= days.days < settings.alerts.remind_after_days


def _path(home: Home) -> Path:
    return home.ledger / "alerts.json"


def _parse(read: dict[str, Any]) -> Ledger:
    standing = {
        key: Standing(
            Finding(**{**one["finding"], "places": tuple(one["finding"]["places"])}),
            one["first_seen"],
            one["last_sent"],
        )
        for key, one in read["standing"].items()
    }
    return Ledger(standing, read["trouble"], read["trouble_since"])
