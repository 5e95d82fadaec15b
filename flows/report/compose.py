"""Compose: the few things that a page is made of. They are plain values; templates and workbooks show the same ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One figure as it is shown, and where it stands in the release.

    `text` is what a reader sees (`24.6%`, `1.30`, `[c]`), `number` the value behind it in the unit of the conformed
    tables (a fraction is 0–1), None where there is none. `key` names the row and column in the conformed tables as
    `table|indicator_id|as_at_date|unit_level|unit|stratum|measure|group|reference_group|column`, empty for what stands
    in no conformed table; every figure of a page can be checked by it. `note` says what a marker means, or why there is
    no figure. `status` is `draft`, or the status of its approval.
    """

    text: str
    number: float | None = None
    key: str = ""
    note: str = ""
    status: str = ""


@dataclass(frozen=True)
class Link:
    """A text that leads to another page or file of the site; `href` is from the site's root."""

    text: str
    href: str


@dataclass(frozen=True)
class Tag:
    """A verdict in words and a symbol, never in colour alone: `tone` is good, bad, neutral or unknown."""

    text: str
    symbol: str
    tone: str


Cell = str | Figure | Link | Tag


@dataclass(frozen=True)
class Column:
    """One column of a table: its heading, which tells the unit, and whether it holds numbers."""

    heading: str
    is_number: bool = False


@dataclass(frozen=True)
class Table:
    """A table with its caption, as a page shows it and as it can be taken away.

    `name` is unique in the site (lower case and underscores). The first column heads its rows. `notes` are sentences
    that belong to the table; what its markers mean is added where it is shown.
    """

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()

    @property
    def markers(self) -> list[str]:
        """The shorthand markers in it, each once."""
        shown = (cell.text for row in self.rows for cell in row if isinstance(cell, Figure))
        return list(dict.fromkeys(text for text in shown if text.startswith("[")))


@dataclass(frozen=True)
class Chart:
    """A chart as SVG to stand in the page, with its title, a description in words, and the table behind it.

    `drawing` waits for the picture where it is still being drawn.
    """

    drawing: Callable[[], str]
    title: str
    description: str
    table: Table

    @property
    def svg(self) -> str:
        """The picture."""
        return self.drawing()


@dataclass(frozen=True)
class Page:
    """One page: where it stands, what it is called, and what its template shows.

    `path` is from the site's root (`indicators/wres_2.html`). `section` is the part of the navigation that it belongs
    to. `summary` is one sentence for search results and lists. `tables` can be taken away from the page. A page with a
    `print_template` (of `reports/typst`) comes as a PDF too, beside it and under its name.
    """

    path: str
    title: str
    template: str
    section: str
    summary: str
    content: Mapping[str, Any] = field(default_factory=dict)
    tables: Sequence[Table] = ()
    print_template: str = ""
