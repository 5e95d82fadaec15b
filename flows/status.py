"""Say how a home stands: what is published, how the last night ended, what needs a person, and whether nights run."""

from __future__ import annotations

import dataclasses
import datetime
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flows.alert import pending, tell_silence, unreadable
from flows.alert.look import Shown, shown
from flows.alert.remember import SILENCE, Standing, recall
from flows.alert.write import moment, one_line
from flows.configure import ConfigurationError, Settings
from flows.due import Due, Statuses, due
from flows.due import lines as due_lines
from flows.home import Home
from flows.lock import Holder, holder
from flows.point import ReleaseError, current_id, current_release, newest_published, rollbacks
from flows.record import Finding, RunRecord, read_run
from flows.recover import CLOCK_MAY_DIFFER

_GOOD = ("published", "nothing_new")
_ENDED = (*_GOOD, "withheld", "broken")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class WrongAge(ValueError):
    """A length of time that cannot be read; the message shows how to write one."""


class HomeIsClosed(ConfigurationError):
    """This account may not read the home's private part, so nothing can be said about it."""


@dataclass(frozen=True)
class Night:
    """One run, in short. Times are UTC; `ended_at` is None while it runs, or where it died."""

    run_id: str
    outcome: str
    started_at: datetime.datetime
    ended_at: datetime.datetime | None


@dataclass(frozen=True)
class Undelivered:
    """A message that waits in the outbox: its id, subject, the number of attempts, and each channel's last error."""

    message_id: str
    subject: str
    written_at: datetime.datetime
    attempts: int
    errors: dict[str, str]
    note: str


@dataclass(frozen=True)
class RolledBack:
    """A rollback that holds: readers get `to` although `newest` is newer. `at` is None where its line has no time."""

    at: datetime.datetime | None
    who: str
    why: str
    to: str
    newest: str


@dataclass(frozen=True)
class Status:
    """How a home stands. All times are UTC; every text is free of people's values and of secrets."""

    organisation_code: str
    organisation_name: str
    home: Path
    at: datetime.datetime
    timezone: str
    release: Shown | None = None
    rolled_back: RolledBack | None = None
    last_night: Night | None = None
    last_end: datetime.datetime | None = None
    last_good_end: datetime.datetime | None = None
    withheld_since: datetime.datetime | None = None
    withheld_because: tuple[Finding, ...] = ()
    standing: tuple[Standing, ...] = ()
    undelivered: tuple[Undelivered, ...] = ()
    files_waiting: tuple[str, ...] = ()
    held_by: Holder | None = None
    disk_free_bytes: int = 0
    warehouse_bytes: int = 0
    problems: tuple[str, ...] = ()
    max_age: datetime.timedelta | None = None
    late: bool = False
    duties_as_of: datetime.date | None = None
    duties: tuple[Due, ...] = ()
    alerts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """A release is out, the last night was good, none is late, nothing critical stands, and no channel failed.

        A message that nobody is configured to receive is shown, and is no fault.
        """
        return not (
            self.late
            or self.problems
            or any(not one.note for one in self.undelivered)
            or self.release is None
            or self.last_night is None
            or self.withheld_since is not None
            or self.last_night.outcome == "broken"
            or any(one.finding.severity == "critical" for one in self.standing)
        )

    @property
    def looks(self) -> int:
        """How many things want a look though the figures are good.

        They are the findings that stop nothing, a rollback that holds, and each reason why a message has no receiver.
        """
        notes = {one.note for one in self.undelivered if one.note}
        noticed = sum(one.finding.severity != "critical" for one in self.standing)
        return noticed + len(notes) + (self.rolled_back is not None)

    def as_record(self) -> dict[str, Any]:
        """The same as plain values for JSON, with `ok` and `looks`; times are ISO 8601."""
        record: dict[str, Any] = _plain(dataclasses.asdict(self))
        return {"ok": self.ok, "looks": self.looks, **record}


def status(
    settings: Settings,
    home: Home,
    max_age: datetime.timedelta | None = None,
    now: datetime.datetime | None = None,
    tell: bool = False,
) -> Status:
    """Read how the home stands. Opens no database, so it works while a night runs and in a home that is empty.

    With `max_age`, `late` says that no night ended well (published, or nothing new) within it. With `tell`, late nights
    are told of by a message of their own, once and then as a reminder, and messages that wait are tried again; a night
    that ended withheld or broken within `max_age` has told of itself, so nothing is added to it. Without `tell` nothing
    is written.

    Raises HomeIsClosed where this account may not read the home's private part.
    """
    now = now or datetime.datetime.now(datetime.UTC)
    try:
        home.refuse_open()
        found = _read(settings, home, max_age, now)
    except PermissionError as error:
        raise HomeIsClosed(
            f"This account may not read {error.filename or home.private}. Run it as the account that runs the nights."
        ) from error
    if tell and max_age is not None:
        told = _tell(settings, home, found, max_age, now)
        return dataclasses.replace(_read(settings, home, max_age, now), alerts=told)
    return found


def age(text: str) -> datetime.timedelta:
    """Read a length of time written like `36h`, `2d`, `90m` or `1d12h`. Raises WrongAge where it is none or zero."""
    parts = re.fullmatch(r"\s*((?:\d+(?:\.\d+)?\s*[mhdw]\s*)+)", text.lower())
    lengths = re.findall(r"(\d+(?:\.\d+)?)\s*([mhdw])", parts[1]) if parts else []
    try:
        total = sum(
            (datetime.timedelta(**{_UNITS[unit]: float(number)}) for number, unit in lengths), datetime.timedelta()
        )
    except OverflowError:
        total = datetime.timedelta()
    if total <= datetime.timedelta():
        raise WrongAge(f"{text!r} is no length of time. Write it like 36h, 2d, 90m or 1d12h.")
    return total


def lines(found: Status) -> list[str]:
    """The status as a person reads it, a line a fact; what stands, waits or is wrong is indented below its heading."""
    zone = ZoneInfo(found.timezone)
    said = [f"{one_line(found.organisation_name)} ({found.organisation_code})"]
    said.append(f"Published: {_release_line(found, zone)}")
    if found.rolled_back:
        said.append(_rollback_line(found.rolled_back, zone))
    said.append(f"Last night: {_night_line(found, zone)}")
    if found.withheld_since:
        said.append(f"Withheld since {moment(found.withheld_since, zone)}, because:")
        said += [f"  {one_line(one.sentence)}" for one in found.withheld_because]
    if found.late:
        good = f"since {moment(found.last_good_end, zone)}" if found.last_good_end else "in this home yet"
        said.append(f"Late: no night has ended well {good}.")
    critical = [one for one in found.standing if one.finding.severity == "critical"]
    noticed = [one for one in found.standing if one not in critical]
    said += _listed("Needs a person", [_standing_line(one, zone) for one in critical])
    said += _listed("Wants a look", [_standing_line(one, zone) for one in noticed])
    said += _listed("Alerts that wait", [line for one in found.undelivered for line in _undelivered_lines(one)])
    waiting = "Files that came since the last night began" if found.last_night else "Files for the first night"
    said += _listed(waiting, list(found.files_waiting))
    if found.held_by:
        holds = found.held_by
        said.append(f"Working now: parity {holds.command} (process {holds.pid} on {holds.host}, since {holds.since})")
    if found.duties_as_of:
        as_of = f"{found.duties_as_of.day} {found.duties_as_of:%B %Y}"
        said += _listed(f"Duties, as of {as_of}", due_lines(found.duties))
    said += _listed("Look at", list(found.problems))
    said.append(f"Disk: {_gigabytes(found.disk_free_bytes)} free, warehouse {_gigabytes(found.warehouse_bytes)}")
    said.append(_ending(found))
    return said


def _ending(found: Status) -> str:
    if found.ok:
        if not found.looks:
            return "All is well."
        count = "1 thing wants" if found.looks == 1 else f"{found.looks} things want"
        return f"The figures are good, {count} a look: see above."
    if found.problems or found.standing or any(not one.note for one in found.undelivered):
        return "Something needs a person: see above."
    if found.last_night is None:
        return "No night has run yet: run `parity nightly`."
    if found.held_by and found.last_night.outcome == "running" and found.release is None:
        return "The first figures are being made: look again when the night has ended."
    return "Something needs a person: see above."


def _release_line(found: Status, zone: ZoneInfo) -> str:
    if found.release is None:
        return "nothing yet"
    said = found.release.release_id
    if found.release.published_at:
        days = (found.at - found.release.published_at) / datetime.timedelta(days=1)
        said += f", on {moment(found.release.published_at, zone)} ({days:.1f} days ago)"
    return said + (f", judged as of {found.release.as_of_date}" if found.release.as_of_date else "")


def _rollback_line(one: RolledBack, zone: ZoneInfo) -> str:
    at = f" on {moment(one.at, zone)}" if one.at else ""
    who, why = one_line(one.who) or "somebody", one_line(one.why).rstrip(".") or "no reason was recorded"
    return f"Rolled back{at} by {who} because: {why}. {one.newest} is newer."


def _night_line(found: Status, zone: ZoneInfo) -> str:
    night = found.last_night
    if night is None:
        return "none yet"
    ended = f"ended {moment(night.ended_at, zone)}" if night.ended_at else f"began {moment(night.started_at, zone)}"
    return f"{night.outcome.replace('_', ' ')}, {ended} ({night.run_id})"


def _standing_line(one: Standing, zone: ZoneInfo) -> str:
    since = moment(_moment(one.first_seen), zone)
    return f"{one.finding.severity}: {one_line(one.finding.sentence)} ({one.finding.name}, since {since})"


def _undelivered_lines(one: Undelivered) -> list[str]:
    said = [f"{one.message_id}: {one.subject}" + (f" ({one.attempts} attempts)" if one.attempts else "")]
    return said + [f"  {name}: {error}" for name, error in one.errors.items()] + ([f"  {one.note}"] if one.note else [])


def _listed(heading: str, entries: list[str]) -> list[str]:
    return [f"{heading}:", *(f"  {one_line(one) if one[:1] != ' ' else one}" for one in entries)] if entries else []


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"


def _read(settings: Settings, home: Home, max_age: datetime.timedelta | None, now: datetime.datetime) -> Status:
    problems: list[str] = []
    nights = list(_ended_nights(home, problems))
    last_good = next((one for one in nights if one.outcome in _GOOD), None)
    last_good_end = _ended(last_good) if last_good else None
    since, because = _withheld(nights)
    newest = _newest(home)
    problems += [f"private/outbox/{name} is no message that can be read; look at it." for name in unreadable(home)]
    release = shown(home)
    if release is not None and release.problem:
        problems.append(f"The current release {release.release_id} is damaged: {release.problem}.")
    held_by = holder(home) if home.lock.exists() else None
    if newest is not None and newest.outcome == "running" and held_by is None:
        problems.append(f"The run {newest.run_id} started and never ended; it was stopped or its machine went down.")
    as_of = settings.clock.as_of_date or now.astimezone(ZoneInfo(settings.schedule.timezone)).date()
    warehouse_bytes = home.warehouse.stat().st_size if home.warehouse.is_file() else 0
    disk_free_bytes = shutil.disk_usage(_existing(home.root)).free
    if disk_free_bytes < warehouse_bytes:
        problems.append("The disk has less room than the warehouse takes now; the next night may not fit.")
    return Status(
        organisation_code=settings.organisation.ods_code,
        organisation_name=settings.organisation.name,
        home=home.root,
        at=now,
        timezone=settings.schedule.timezone,
        release=release,
        rolled_back=_rolled_back(home),
        last_night=_night(newest) if newest else None,
        last_end=_ended(nights[0]) if nights else None,
        last_good_end=last_good_end,
        withheld_since=since,
        withheld_because=because,
        standing=tuple(sorted(recall(home).standing.values(), key=lambda one: (one.finding.severity, one.first_seen))),
        undelivered=tuple(_undelivered(home)),
        files_waiting=_files_waiting(home, newest),
        held_by=held_by,
        disk_free_bytes=disk_free_bytes,
        warehouse_bytes=warehouse_bytes,
        problems=tuple(problems),
        max_age=max_age,
        late=max_age is not None and not (last_good_end and _is_within(max_age, last_good_end, now)),
        duties_as_of=as_of,
        duties=tuple(due(as_of, _statuses(home))),
    )


def _statuses(home: Home) -> Statuses | None:
    """How the figures that readers see stand, as their release's manifest counts them; None where it does not."""
    try:
        release = current_release(home)
    except (ReleaseError, OSError):
        return None
    counted = release.manifest.get("figure_status") if release else None
    return counted if isinstance(counted, dict) else None


def _rolled_back(home: Home) -> RolledBack | None:
    """The rollback that readers feel now: the last one to the current release, while a newer one is kept."""
    try:
        current, newest = current_id(home), newest_published(home)
    except PermissionError:
        raise
    except OSError:
        return None  # a pointer that cannot be read is told of as the release's problem
    if current is None or newest is None or newest.release_id <= current:
        return None
    last = next((one for one in reversed(rollbacks(home)) if one.get("to") == current), None)
    if last is None:
        return None
    return RolledBack(_perhaps(last.get("at")), str(last.get("who")), str(last.get("why")), current, newest.release_id)


def _perhaps(text: object) -> datetime.datetime | None:
    try:
        return _moment(str(text))
    except ValueError:
        return None


def _tell(
    settings: Settings, home: Home, found: Status, max_age: datetime.timedelta, now: datetime.datetime
) -> list[dict[str, Any]]:
    is_silent = found.late and not (found.last_end and _is_within(max_age, found.last_end, now))
    zone = ZoneInfo(settings.schedule.timezone)
    if not is_silent:
        finding = None
    elif found.last_good_end is None:
        finding = _silence("No night has ended well in this home yet.")
    else:
        since = found.last_good_end.astimezone(zone)
        finding = _silence(f"No night has finished well since {since.day} {since:%B %Y, %H:%M}.")
    home.prepare()
    return tell_silence(settings, home, finding, now)


def _is_within(age: datetime.timedelta, moment: datetime.datetime, now: datetime.datetime) -> bool:
    """Whether a moment is no longer ago than that. One in the future, by a clock that was wrong, says nothing."""
    return -CLOCK_MAY_DIFFER <= now - moment <= age


def _silence(sentence: str) -> Finding:
    return Finding(
        "late",
        "critical",
        SILENCE,
        sentence,
        owner="Whoever runs Parity",
        next_step="Look whether the scheduler and the machine run, then run `parity nightly` and read what it says.",
    )


def _records(home: Home) -> Iterator[tuple[Path, RunRecord | None]]:
    """Records newest first, read one at a time: years of nights lie in that folder. None where one cannot be read."""
    if not home.runs.is_dir():
        return
    for path in sorted(home.runs.glob("[!.]*.json"), reverse=True):
        try:
            yield path, read_run(path)
        except PermissionError:
            raise
        except (OSError, ValueError, KeyError, TypeError):
            yield path, None


def _newest(home: Home) -> RunRecord | None:
    return next((run for _, run in _records(home) if run is not None), None)


def _ended_nights(home: Home, problems: list[str]) -> Iterator[RunRecord]:
    """Nights that ended, newest first, back to the last good one; no older record is opened."""
    for path, run in _records(home):
        if run is None:
            problems.append(f"private/runs/{path.name} cannot be read; it may be damaged.")
        elif run.outcome in _ENDED and run.finished_at:
            yield run
            if run.outcome in _GOOD:
                return


def _withheld(nights: list[RunRecord]) -> tuple[datetime.datetime | None, tuple[Finding, ...]]:
    """Since when no figures got out because of the gate, and why, by the last withheld night."""
    bad = [run for run in nights if run.outcome not in _GOOD]
    withheld = [run for run in bad if run.outcome == "withheld"]
    if not withheld:
        return None, ()
    because = tuple(one for one in withheld[0].findings if one.severity == "critical")
    return _ended(withheld[-1]), because


def _ended(run: RunRecord) -> datetime.datetime:
    return _moment(run.finished_at or run.started_at)


def _night(run: RunRecord) -> Night:
    ended = _moment(run.finished_at) if run.finished_at else None
    return Night(run.run_id, run.outcome, _moment(run.started_at), ended)


def _moment(text: str) -> datetime.datetime:
    at = datetime.datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=datetime.UTC)


def _undelivered(home: Home) -> Iterator[Undelivered]:
    for one in pending(home):
        attempts = max((receipt.attempts for receipt in one.receipts.values()), default=0)
        written_at = _moment(one.written_at)
        yield Undelivered(one.message_id, one.written.subject, written_at, attempts, one.errors, one.note)


def _files_waiting(home: Home, newest: RunRecord | None) -> tuple[str, ...]:
    """Files that came into the landing folder after the last night began; a name of no contract is not told."""
    from flows.ingest.define import read_landing
    from flows.ingest.find import writable
    from flows.ingest.recognise import shown_waiting

    if not home.landing.is_dir():
        return ()
    began = _moment(newest.started_at).timestamp() if newest else 0.0
    files = (path for path in home.landing.rglob("*") if path.is_file() and not path.name.startswith("."))
    # The time of arrival is the inode's: a copy may keep the date that its file had elsewhere.
    names = (path.relative_to(home.landing).as_posix() for path in files if path.stat().st_ctime >= began)
    landing = read_landing()
    return tuple(sorted(shown_waiting(writable(name), landing) for name in names))


def _existing(path: Path) -> Path:
    return next(one for one in (path.resolve(), *path.resolve().parents) if one.exists())


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    return str(value) if isinstance(value, Path) else value
