"""Returns: fill what the trust sends out, from the exact figures of a release.

They are the workbooks for NHS England, in the layout of the national templates, and the figures that gov.uk's gender
pay gap service asks for.

Which row, column, formula and check stands where is in `seeds/returns`: a new year's template is a change there.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flows.report import Edition

__all__ = ["FOLDER", "fill_returns"]

Say = Callable[[str], None]

FOLDER = "returns"
"""Where they stand in the restricted part, beside its site."""


def fill_returns(edition: Edition, say: Say = lambda _: None) -> list[Path]:
    """Write every return of the latest year end into `<part>/returns`, which must not exist. Returns the files.

    A figure that cannot be computed is an empty cell with its reason. Without a snapshot of a year end, or without pay
    of one, there is nothing to return of that kind. Raises ReportBroken where a layout names what is not there.
    """
    from flows.returns.write import write_returns  # workbooks: not where only the command line is wanted

    return write_returns(edition, say)
