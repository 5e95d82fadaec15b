"""Stop a night on Ctrl-C or SIGTERM: in one sentence, and soon."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PATIENCE_SECONDS = 8.0
"""How long the work may take to leave in order. A terminal stops Prefect's server too, and Prefect waits for it."""

SENTENCE = "Stopped before the end. Readers keep the release that they had; run it again to go on."


class Stopped(Exception):
    """The work was stopped from outside before its end."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Make one sentence of Ctrl-C and SIGTERM, whatever the libraries below make of them. For the main thread."""
    came: list[int] = []
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    # The libraries put handlers of their own in the place of ours; the bytes of the signals arrive all the same.
    threading.Thread(target=_watch, args=(reader, came), daemon=True).start()
    wakeup = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)

    def interrupt(number: int, _: object) -> None:
        came.append(number)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except (Exception, KeyboardInterrupt):
        if came:
            raise Stopped(SENTENCE) from None
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup)
        os.close(writer)


def _watch(reader: int, came: list[int]) -> None:
    """Note each signal that asks to stop; leave without more ado where the work has not left in time."""
    timer = threading.Timer(PATIENCE_SECONDS, _leave)
    timer.daemon = True
    while number := os.read(reader, 1):
        if number[0] in (signal.SIGINT, signal.SIGTERM):
            came.append(number[0])
            if not timer.is_alive():
                timer.start()
    timer.cancel()
    os.close(reader)


def _leave() -> None:
    for children in Path("/proc/self/task").glob("*/children"):
        for pid in children.read_text().split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGTERM)
    sys.stderr.write(f"parity: {SENTENCE}\n")
    sys.stderr.flush()
    os._exit(1)
