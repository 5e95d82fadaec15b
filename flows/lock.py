"""Let one command write in a home at a time, and say who it is to the next.

The lock is the operating system's own (flock): a process that dies, however it dies, holds nothing any more. Beside it
lies a note of who holds it, for people to read; the note decides nothing.
"""

from __future__ import annotations

import datetime
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from flows.carry import carry_over
from flows.home import Home
from flows.record import write_whole


@dataclass(frozen=True)
class Holder:
    """Who holds the lock: process number, machine, since when (UTC, ISO 8601), and which command."""

    pid: int
    host: str
    since: str
    command: str


class NightIsHeld(Exception):
    """Another command is writing in this home; the message says which, since when and on which machine."""

    def __init__(self, home: Home, holder: Holder | None) -> None:
        self.holder = holder
        if holder is None:
            by = "another command"
        else:
            by = f"`parity {holder.command}` (process {holder.pid} on {holder.host}, since {holder.since})"
        super().__init__(
            f"The home {home.root} is held by {by}. Nothing was changed. "
            "Wait until it has ended and try again; the lock frees itself when that process ends."
        )


@contextmanager
def hold(home: Home, command: str, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the home for one command that writes; `command` is the name that another one is told.

    Waits up to `wait_seconds` for a holder to end, then raises NightIsHeld. Raises HomeIsOpen where others may read or
    change what is written. Not re-entrant.

    A home of an older Parity is carried over first; raises HomeOfAnotherParity where a newer one wrote in it.
    """
    home.refuse_open()
    lock = FileLock(home.lock, mode=0o600)
    try:
        lock.acquire(timeout=max(wait_seconds, 0.3), poll_interval=0.1)
    except Timeout:
        raise NightIsHeld(home, _read_note(home)) from None
    try:
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        note = Holder(os.getpid(), socket.gethostname(), now, command)
        carry_over(home)
        with suppress(OSError):  # the note decides nothing, and a full disk is told of by the work itself
            write_whole(_note(home), json.dumps(asdict(note)))
        yield
    finally:
        with suppress(OSError):
            _note(home).unlink(missing_ok=True)
        lock.release()


def holder(home: Home) -> Holder | None:
    """Who holds the home now; None where it is free."""
    if not home.lock.exists():
        return None
    lock = FileLock(home.lock, mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return _read_note(home) or Holder(0, "unknown", "unknown", "unknown")
    lock.release()
    return None


def wait_until_free(home: Home, wait_seconds: float) -> Holder | None:
    """Return None when nobody holds the home, or who still does after `wait_seconds`.

    Whoever comes next still has to take it: it saves starting work that would be turned away.
    """
    until = time.monotonic() + wait_seconds
    while (held_by := holder(home)) is not None and time.monotonic() < until:
        time.sleep(0.5)
    return held_by


def _note(home: Home) -> Path:
    return home.lock.with_name(f"{home.lock.name}.json")


def _read_note(home: Home) -> Holder | None:
    try:
        return Holder(**json.loads(_note(home).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
