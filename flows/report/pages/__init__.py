"""The pages of a site, a module for each kind.

A module has `pages(making, before)`: `making` holds the edition and its figures, `before` the pages that were made
already; it returns its own pages. The order here is that of the site; the search and the index come last, since they
tell of all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from flows.report.compose import Page
from flows.report.pages import (
    directorates,
    duties,
    home,
    indicators,
    published,
    reports,
    returns,
    run,
    safe_to_say,
    search,
    tables,
)

if TYPE_CHECKING:
    from flows.report.write import Making


class PageModule(Protocol):
    """A module that makes pages of one kind."""

    def pages(self, making: Making, before: Sequence[Page]) -> list[Page]:
        """The pages of this kind, in their order."""


PAGES: tuple[PageModule, ...] = (
    home,
    indicators,
    directorates,
    safe_to_say,
    reports,
    published,
    duties,
    returns,
    run,
    tables,
    search,
)
