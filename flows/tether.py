"""Tether Prefect's temporary server to this process: it ends when this process ends, however that happens.

Prefect stops its server when Python exits in order. After a kill nobody would, and each killed night would leave one
behind, with its memory, its port and the home's scratch folder in use.
"""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Any


def tether() -> None:
    """Make Prefect start its temporary server by this module. Call it before the first flow."""
    from prefect.server.api import server

    vars(server)["subprocess"] = _Tethered()


class _Tethered:
    """What Prefect's module uses of `subprocess`."""

    TimeoutExpired = subprocess.TimeoutExpired

    def Popen(self, args: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
        """Start `python -m …` as `python -m flows.tether …`, on the other end of a pipe that dies with this process."""
        python, module_option, *rest = args
        tethered = [python, module_option, "flows.tether", *rest]
        return subprocess.Popen(tethered, stdin=subprocess.PIPE, **options)  # noqa: S603 - Prefect's own command, no shell


def _leave_with_the_caller() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_leave_with_the_caller, daemon=True).start()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
