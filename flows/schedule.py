"""Serve the night at its hour: the schedule is checked against daylight saving, then handed to Prefect."""

from __future__ import annotations

import asyncio
import ctypes
import datetime
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from flows.configure import ConfigurationError, Settings
from flows.home import Home
from flows.quieten import quieten

PORT = 4200
"""Where the page is looked for first: Prefect's own port. Another free one is taken where it is not."""

YEARS_AHEAD = 3
SERVER_STARTS_WITHIN_SECONDS = 120
DIE_WITH_PARENT = 1


class ScheduleBroken(Exception):
    """The local Prefect server did not start; the message says where its log is."""


@dataclass(frozen=True)
class ClockChange:
    """An hour of the wall clock that daylight saving skips or repeats: from `start` up to `end`, in local time."""

    kind: Literal["skips", "repeats"]
    start: datetime.datetime
    end: datetime.datetime


def clock_changes(timezone: str, after: datetime.date, years: int = YEARS_AHEAD) -> list[ClockChange]:
    """Every change of the clock in the `years` after a date, in order; empty where the zone has none."""
    zone = ZoneInfo(timezone)
    minute = datetime.timedelta(minutes=1)
    moment = datetime.datetime.combine(after, datetime.time(), datetime.UTC)
    end = moment + datetime.timedelta(days=366 * years)
    found = []
    while moment < end:
        following = moment + datetime.timedelta(hours=1)
        if _offset(moment, zone) != _offset(following, zone):
            turn = next(
                moment + minute * count
                for count in range(1, 61)
                if _offset(moment + minute * count, zone) != _offset(moment, zone)
            )
            found.append(_change(turn, _offset(moment, zone), _offset(turn, zone)))
        moment = following
    return found


def check_cron(cron: str, timezone: str, after: datetime.date) -> None:
    """Accept a schedule that fires once on each of its days, whatever the clock does.

    Raises ConfigurationError where `cron` is none, or falls into an hour that daylight saving skips or repeats.
    """
    _simulate(cron, datetime.datetime.combine(after, datetime.time()))
    for change in clock_changes(timezone, after):
        fires = next(_simulate(cron, change.start - datetime.timedelta(seconds=1)), None)
        if fires is None or not change.start <= fires < change.end:
            continue
        harm = "that night would be left out" if change.kind == "skips" else "that night could run twice"
        raise ConfigurationError(
            f"schedule.cron: {cron!r} falls on {fires:%d %B %Y at %H:%M}, in the time from {change.start:%H:%M} to "
            f"{change.end:%H:%M} that daylight saving {change.kind} in {timezone}: {harm}. "
            "Choose another hour, such as '30 3 * * *'."
        )


def next_night(cron: str, timezone: str, after: datetime.datetime) -> datetime.datetime:
    """When the schedule fires next after a moment, in the schedule's own time zone."""
    return next(_simulate(cron, after.astimezone(ZoneInfo(timezone))))


def serve(settings: Settings, home: Home, say: Callable[[str], None], every_seconds: float | None = None) -> None:
    """Run the night at its hour until the process is told to stop.

    Where `$PREFECT_API_URL` is not set, a Prefect server is started on this machine for as long as this lasts.
    `every_seconds` puts an interval in the place of the configured hour. Raises ConfigurationError where the hour or
    the environment is wrong, ScheduleBroken where the server does not start.
    """
    check_cron(settings.schedule.cron, settings.schedule.timezone, settings.as_of_date)
    settings.pseudonym_secret  # noqa: B018  a schedule without the trust's secret would fail each night
    home.prepare()
    os.environ.setdefault("PREFECT_HOME", str(home.scratch / "schedule"))
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "INFO")
    quieten(home)
    with _stopped_by_sigterm(), _prefect_api(say) as address:
        os.environ["PREFECT_API_URL"] = address
        _serve_nightly(settings, say, every_seconds)


def _serve_nightly(settings: Settings, say: Callable[[str], None], every_seconds: float | None) -> None:
    from prefect.runner import Runner
    from prefect.schedules import Cron, Interval
    from prefect.types.entrypoint import EntrypointType

    from flows.nightly import nightly

    class Served(Runner):
        """Prefect's runner, which on SIGTERM leaves as it does on Ctrl-C: its own way forgets the night under way."""

        def handle_sigterm(self, *_: object) -> None:
            signal.raise_signal(signal.SIGINT)

    cron, timezone = settings.schedule.cron, settings.schedule.timezone
    if every_seconds is None:
        schedule = Cron(cron, timezone=timezone)
        now = datetime.datetime.now(datetime.UTC)
        say(f"The next night is on {next_night(cron, timezone, now):%A %d %B %Y at %H:%M} ({timezone}).")
    else:
        schedule = Interval(datetime.timedelta(seconds=every_seconds))
        say(f"A night starts every {every_seconds:g} seconds.")
    runner = Served(name="nightly", limit=1, pause_on_shutdown=False)
    runner.add_flow(
        nightly,
        name="nightly",
        schedule=schedule,
        parameters={"config": str(settings.source)},
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    asyncio.run(runner.start())


@contextmanager
def _prefect_api(say: Callable[[str], None]) -> Iterator[str]:
    """Give the address of the configured Prefect server, or of one that lives as long as the block."""
    configured = os.environ.get("PREFECT_API_URL")
    if configured:
        say(f"Serving the night to the Prefect server at {configured}.")
        yield configured
        return
    folder = Path(os.environ["PREFECT_HOME"])
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    port = _free_port(PORT)
    say("Starting a Prefect server on this machine (some 10 seconds) …")
    server = _start_server(folder / "server.log", port)
    try:
        _wait_for(server, f"http://127.0.0.1:{port}/api/health", folder / "server.log")
        say(f"The page of the schedule is http://127.0.0.1:{port} (on this machine only). Stop with Ctrl-C.")
        yield f"http://127.0.0.1:{port}/api"
    finally:
        _stop(server)
        say("The schedule has stopped. It is not paused: the next `parity schedule` goes on with it.")


def _start_server(log: Path, port: int) -> subprocess.Popen[bytes]:
    command = ("-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port), "--analytics-off")
    environment = {**os.environ, "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false"}
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        return subprocess.Popen(  # noqa: S603 - Prefect's own command, no shell
            [sys.executable, *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_parent,  # noqa: PLW1509  no thread runs yet
        )
    finally:
        os.close(descriptor)


def _end_with_parent() -> None:
    # Without this a schedule that is killed outright leaves its server behind, holding port and storage.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGTERM)


def _wait_for(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    until = time.monotonic() + SERVER_STARTS_WITHIN_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - http on this machine, made by us
                return
        except OSError:
            time.sleep(0.25)
    raise ScheduleBroken(f"The local Prefect server did not start. Its log is {log}.")


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(timeout=15)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """Let a SIGTERM end the block as an exit does, so that what was started is stopped."""

    def leave(*_: object) -> None:
        sys.exit(0)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            taken: int = probe.getsockname()[1]
            return taken
    raise ScheduleBroken("This machine has no free port on 127.0.0.1.")


def _simulate(cron: str, after: datetime.datetime) -> CronSim:
    try:
        return CronSim(cron, after)
    except CronSimError as error:
        raise ConfigurationError(
            f"schedule.cron: {cron!r} is no cron schedule ({error}). Write five fields, such as '30 3 * * *' for half "
            "past three each night."
        ) from None


def _offset(moment: datetime.datetime, zone: ZoneInfo) -> datetime.timedelta:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None  # noqa: S101 - tells the type; a moment in a zone has an offset
    return offset


def _change(turn: datetime.datetime, before: datetime.timedelta, then: datetime.timedelta) -> ClockChange:
    moment = turn.replace(tzinfo=None)
    if then > before:
        return ClockChange("skips", moment + before, moment + then)
    return ClockChange("repeats", moment + then, moment + before)
