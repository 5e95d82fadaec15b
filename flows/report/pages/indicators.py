"""Indicators: an index by framework, and a page for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flows.report.compose import Page

if TYPE_CHECKING:
    from flows.report.write import Making


def pages(making: Making, before: Sequence[Page]) -> list[Page]:
    """The index, then a page for each indicator of the catalogue, in its order."""
    return []
