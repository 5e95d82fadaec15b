"""Read the pins of the lock file: what is installed on Python 3.11, on whatever machine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker

from flows.configure import PROJECT

LOCK = PROJECT / "requirements.lock"
MACHINES = ({"sys_platform": "linux"}, {"sys_platform": "darwin"}, {"sys_platform": "win32"})
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<marker>[^\\\n]+))?")


@dataclass(frozen=True)
class Pin:
    """One locked package: its name, version and the marker that says where it is installed ("" is everywhere)."""

    name: str
    version: str
    marker: str
    hashes: int

    @property
    def is_ours(self) -> bool:
        """Whether Python 3.11 installs it on some machine; the lock also has versions for other Pythons."""
        python = {"python_version": "3.11", "python_full_version": "3.11.0"}
        newer = {"python_version": "3.11", "python_full_version": "3.11.99"}
        return not self.marker or any(
            Marker(self.marker).evaluate({**machine, **either}) for machine in MACHINES for either in (python, newer)
        )


class LockIsLoose(Exception):
    """A line of the lock is no pin; the message says which."""


def read_pins(lock: Path = LOCK) -> list[Pin]:
    """The packages of the lock that Python 3.11 installs, in its order. Raises LockIsLoose where a line is no pin."""
    pins = []
    for entry in re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip()):
        found = _PIN.match(entry)
        if not found:
            raise LockIsLoose(f"{lock.name}: {entry.splitlines()[0]!r} is no pin. Make the lock anew with `make lock`.")
        marker = (found["marker"] or "").strip()
        pins.append(Pin(found["name"], found["version"], marker, entry.count("--hash=sha256:")))
    return [pin for pin in pins if pin.is_ours]
