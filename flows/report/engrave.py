"""Engrave: charts as SVG, each alike once, by processes of their own while the pages are made.

To draw a chart takes longer than all else of its page, and what draws it works on one chart at a time. So some of it
are started, one for a core; a chart waits for its picture only where a page is written.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from flows.configure import PROJECT
from flows.report import ReportBroken

MOST_KEPT = 3_000
"""Pictures that are kept for the next site, which has many of them too: about as many kilobytes times twenty."""
MOST_AT_WORK = 4
"""Each takes up to half a gigabyte of memory, and beyond these the pages are what is waited for."""
BROKEN = "A chart could not be drawn. Look at how flows/report/draw.py specifies it, or run the command again."

_kept: dict[str, Future[str]] = {}


class Engravers:
    """Processes that draw, and the threads that wait for them."""

    def __init__(self, count: int) -> None:
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="engrave")
        self._own = threading.local()
        self._started: list[subprocess.Popen[str]] = []

    def ask(self, spec: str) -> Future[str]:
        """The picture of a specification, sooner or later."""
        return self._threads.submit(self._drawn, spec)

    def end(self) -> None:
        """Let them go; what they have not begun is not drawn."""
        self._threads.shutdown(cancel_futures=True)
        for process in self._started:
            with suppress(OSError), process:
                pass  # closes its input, at which it ends

    def _drawn(self, spec: str) -> str:
        process = self._process()
        told = None
        if process.stdin is not None and process.stdout is not None:
            with suppress(OSError, ValueError):
                process.stdin.write(f"{spec}\n")
                process.stdin.flush()
                told = json.loads(process.stdout.readline())
        if not isinstance(told, str):
            raise ReportBroken(BROKEN)
        return told

    def _process(self) -> subprocess.Popen[str]:
        """The process of this thread."""
        if not hasattr(self._own, "process"):
            self._own.process = subprocess.Popen(
                [sys.executable, "-m", "flows.report.engrave"],
                cwd=PROJECT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
            )
            self._started.append(self._own.process)
        process: subprocess.Popen[str] = self._own.process
        return process


_at_work: ContextVar[Engravers | None] = ContextVar("engravers", default=None)


@contextmanager
def engravers() -> Iterator[None]:
    """While this lasts, charts are drawn by other processes."""
    if len(_kept) > MOST_KEPT:
        _kept.clear()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    asked = Engravers(min(cores, MOST_AT_WORK))
    token = _at_work.set(asked)
    try:
        yield
    finally:
        _at_work.reset(token)
        asked.end()


def engrave(spec: dict[str, Any]) -> Callable[[], str]:
    """What gives the SVG of a specification; it is drawn at once where no others are there to do it."""
    written = json.dumps(spec, ensure_ascii=True)
    found = _kept.get(written)
    if found is None or found.cancelled() or (found.done() and found.exception() is not None):
        found = _kept[written] = _asked(written)
    return found.result


def _asked(spec: str) -> Future[str]:
    if (others := _at_work.get()) is not None:
        return others.ask(spec)
    drawn: Future[str] = Future()
    drawn.set_result(_svg(spec))
    return drawn


def _svg(spec: str) -> str:
    import vl_convert  # loads a whole browser engine

    return str(vl_convert.vegalite_to_svg(spec))


def main() -> None:
    """Draw each line of the input as one line of the output: a text where it was drawn, else null."""
    for line in sys.stdin:
        try:
            told = json.dumps(_svg(line))
        except Exception:  # whatever it was, its words may hold values
            told = "null"
        print(told, flush=True)


if __name__ == "__main__":
    main()
