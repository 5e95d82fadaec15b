"""Carry a home over: one that an older Parity made is brought up to this one, one of a newer Parity is refused.

`private/format.txt` holds one number: in which format the files of the home lie. It is no version of Parity: it rises
only where an older Parity would misread what a newer one wrote.
"""

from __future__ import annotations

from collections.abc import Callable

from flows.configure import ConfigurationError
from flows.home import Home
from flows.record import write_whole

FORMAT = 1
"""What this Parity reads and writes. With each rise a step is added to STEPS."""

MARK = "format.txt"


class HomeOfAnotherParity(ConfigurationError):
    """The home was made by a newer Parity, or its mark cannot be read; the message says what to do."""


def _marked_since(_: Home) -> None:
    """A home of before homes were marked has the files of format 1.

    Columns that its tables lack are added when the warehouse is opened, and lines of its ledgers are read with what
    they lack left empty.
    """


STEPS: dict[int, Callable[[Home], None]] = {0: _marked_since}
"""By format: what makes a home of it one of the next. Each can be done again where it was cut off."""


def refuse_newer(home: Home) -> None:
    """Refuse a home that a newer Parity has written to, before anything in it is touched.

    Raises HomeOfAnotherParity.
    """
    _format_of(home)


def carry_over(home: Home) -> None:
    """Bring a home up to this Parity's format, step by step, and mark it. Hold the home's lock.

    Raises HomeOfAnotherParity where it is of a newer one.
    """
    found = _format_of(home)
    for number in range(found, FORMAT):
        STEPS[number](home)
        write_whole(home.private / MARK, f"{number + 1}\n")


def _format_of(home: Home) -> int:
    """The number in the mark; 0 where there is none: a home of before homes were marked, or one not made yet."""
    mark = home.private / MARK
    if not mark.exists():
        return 0
    written = mark.read_text(encoding="utf-8", errors="replace").strip()
    if not (written.isascii() and written.isdecimal()) or int(written) < 1:
        raise HomeOfAnotherParity(
            f"{mark} should hold the number of the home's format and does not. Bring the file back from a backup, or, "
            f"where the home was last written by this Parity, write {FORMAT} into it."
        )
    if int(written) > FORMAT:
        raise HomeOfAnotherParity(
            f"The home {home.root} was written by a newer Parity (its files are of format {written}, and this one "
            f"knows {FORMAT}), so nothing in it was touched. Install that Parity again, or restore a backup of before "
            "it (`parity restore`)."
        )
    return int(written)
