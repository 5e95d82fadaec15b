"""Tell how long work goes: a live line on a terminal, plain dated lines in a log."""

from __future__ import annotations

import datetime
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

STARTED = re.compile(r"^(?P<step>[^:]+): started$")
ENDED = re.compile(r"^(?P<step>[^:]+): (?P<outcome>\w+) in (?P<seconds>[\d.]+) s$")
BROKEN = re.compile(r"^(?P<step>[^:]+): broken\b")


@contextmanager
def progress(stream: TextIO | None = None) -> Iterator[Callable[[str], None]]:
    """Give a voice for the lines of long work, said on stderr.

    On a terminal each step is one line with its seconds, and with what it is at while it lasts; elsewhere each line
    stands as it was said, after its time. A step speaks for itself by `<step>: started` and `<step>: done in 1.2 s`.
    """
    stream = stream or sys.stderr
    if not stream.isatty():
        yield lambda line: _dated(stream, line)
        return
    from rich.console import Console
    from rich.live import Live

    steps = _Steps(Console(file=stream, highlight=False))
    with Live(steps, console=steps.console, refresh_per_second=8, transient=True):
        yield steps.say


def _dated(stream: TextIO, line: str) -> None:
    stream.write(f"{datetime.datetime.now():%Y-%m-%d %H:%M:%S}  {line}\n")
    stream.flush()


class _Steps:
    """The step that is under way as a live line; what has ended stands above it."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.step = ""
        self.latest = ""
        self.since = time.monotonic()

    def say(self, line: str) -> None:
        """Take one line of progress."""
        from rich.text import Text

        if started := STARTED.match(line):
            self.step, self.latest, self.since = started["step"], "", time.monotonic()
        elif (ended := ENDED.match(line)) and ended["step"] == self.step:
            self._close(Text.assemble(("✓ ", "green"), f"{ended['step']:<20} {ended['seconds']:>6} s"))
        elif (broken := BROKEN.match(line)) and broken["step"] == self.step:
            self._close(Text.assemble(("✗ ", "bold red"), line))
        elif self.step:
            self.latest = line
        else:
            self.console.print(Text(line))

    def _close(self, line: Text) -> None:
        self.step = self.latest = ""  # first, or the line below the printed one would show the step once more
        self.console.print(line)

    def __rich__(self) -> RenderableType:
        from rich.text import Text

        if not self.step:
            return Text("")
        turning = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"[int(time.monotonic() * 8) % 10]
        seconds = time.monotonic() - self.since
        text = Text.assemble((f"{turning} ", "cyan"), f"{self.step:<20} {seconds:>6.0f} s  ", (self.latest, "dim"))
        text.truncate(self.console.width - 1, overflow="ellipsis")
        return text
