"""Strike this process dead at its n-th request to the operating system or the database: every step, one after another.

Nothing in the product knows of it. In a process made for it, the calls that ask the system to keep something are
wrapped, and the n-th sends SIGKILL to the process itself: before the call, or while it is under way.
"""

from __future__ import annotations

import os
import signal
import smtplib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import duckdb

SYSTEM_CALLS = (
    *("fsync", "rename", "replace", "symlink", "mkdir", "chmod", "fchmod", "ftruncate", "rmdir", "unlink"),
    "write",
)
DATABASE_CALLS = ("execute", "begin", "commit", "rollback", "register", "close")


@dataclass
class Strike:
    """When to strike: at the call of this number (0: never), so many seconds after it began (0: before it)."""

    at: int = 0
    delay_seconds: float = 0.0
    calls: list[tuple[str, str]] = field(default_factory=list)
    step: str = "start"

    def say(self, line: str) -> None:
        """Hear the night speak, to know which step it is at."""
        name, _, what = line.partition(": ")
        if what == "started":
            self.step = name

    def arm(self) -> None:
        """Wrap the calls of this process."""
        for name in SYSTEM_CALLS:
            setattr(os, name, self._counted(name, getattr(os, name)))
        smtplib.SMTP.sendmail = self._counted("sendmail", smtplib.SMTP.sendmail)  # type: ignore[method-assign]
        connect = duckdb.connect
        vars(duckdb)["connect"] = lambda *given, **named: _Connection(connect(*given, **named), self)

    def call(self, name: str) -> None:
        """Count one call, and strike where it is the one."""
        self.calls.append((self.step, name))
        if len(self.calls) != self.at:
            return
        if not self.delay_seconds:
            os.kill(os.getpid(), signal.SIGKILL)
        threading.Thread(target=self._later, daemon=True).start()

    def _later(self) -> None:
        time.sleep(self.delay_seconds)
        os.kill(os.getpid(), signal.SIGKILL)

    def _counted(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            self.call(name)
            return real(*given, **named)

        return call


class _Connection:
    """A connection of DuckDB whose calls are counted."""

    def __init__(self, real: Any, strike: Strike) -> None:
        self._real, self._strike = real, strike

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if name not in DATABASE_CALLS:
            return found

        def call(*given: Any, **named: Any) -> Any:
            self._strike.call(f"duckdb {name}")
            result = found(*given, **named)
            return self if result is self._real else result

        return call

    def __enter__(self) -> _Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self._strike.call("duckdb close")
        self._real.close()
