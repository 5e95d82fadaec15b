"""Report: make of a finished part of a release what people look at: its site, with every table to take away.

The open site is drawn from `open.duckdb` alone, the restricted one from `marts.duckdb`, both by the same pages and
templates (`reports/templates`). Pages are told what to show; templates hold no arithmetic.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from flows.configure import Organisation

__all__ = ["Edition", "ReportBroken", "report"]

Say = Callable[[str], None]


class ReportBroken(Exception):
    """A site could not be made; the message names the page and what to do, never a value of a row."""


@dataclass(frozen=True)
class Edition:
    """One part of one release, for its readers: `open` for everyone, `restricted` for the EDI team.

    `figures` is the part's DuckDB file, `part` the folder that holds it; the site is written to `<part>/site`. `texts`
    is the folder of the trust's own Markdown files, which need not exist. `note` says, of an open part that was carried
    over, why it is an older one. `run` is the run's record as plain values, and stands in the restricted edition alone.
    """

    kind: Literal["open", "restricted"]
    figures: Path
    part: Path
    organisation: Organisation
    release_id: str
    published_at: datetime.datetime
    as_of_date: datetime.date
    texts: Path
    note: str = ""
    run: Mapping[str, Any] = field(default_factory=dict)

    @property
    def site(self) -> Path:
        """The folder of the pages."""
        return self.part / "site"

    @property
    def is_restricted(self) -> bool:
        """Whether exact counts of small groups are in it."""
        return self.kind == "restricted"


def report(edition: Edition, say: Say = lambda _: None) -> int:
    """Write the edition's site and what can be taken from it. Returns the number of pages.

    Reads `edition.figures` and writes below `edition.part`, whose `site` must not exist. Raises ReportBroken.
    """
    from flows.report.write import write_site  # Jinja, charts and workbooks: not where only the command line is wanted

    return write_site(edition, say)
