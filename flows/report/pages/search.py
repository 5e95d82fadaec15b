"""Search: a list of every page and table of the site, which a box filters where the browser runs scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from flows.report.compose import Page
from flows.report.pages.tables import TABLES, anchor
from flows.report.read import Figures, seed

if TYPE_CHECKING:
    from flows.report.write import Making

WORDS = """
with groups as (
    select
        indicator_id,
        string_agg(distinct group_label, ' ') || ' ' || string_agg(distinct replace(measure, '_', ' '), ' ') as labels
    from indicator_vocabulary
    group by indicator_id
)

select
    catalogue.indicator_id,
    concat_ws(
        ' ', catalogue.indicator_id, catalogue.framework, catalogue.number, catalogue.definition,
        catalogue.numerator, catalogue.denominator, groups.labels
    ) as words
from indicator_catalogue as catalogue
left join groups on catalogue.indicator_id = groups.indicator_id
where catalogue.is_current_definition
"""
"""Of each indicator what one may look for: id, framework, number, definition, its groups and measures."""


@dataclass(frozen=True)
class Entry:
    """One thing that can be found: what it is called, where it stands, and more words that lead to it."""

    text: str
    href: str
    summary: str
    words: str = ""


def pages(making: Making, before: Sequence[Page]) -> list[Page]:
    """One page, of all that were made before it."""
    words = _words_of_indicators(making.figures)
    groups = [(label, _pages_of(section, before, words)) for section, label in _sections(before)]
    groups += [("Tables on these pages", _shown(before)), ("Tables of the file behind them", _stored(making.figures))]
    content = {"groups": [(label, entries) for label, entries in groups if entries]}
    summary = "Every page and every table of this site in one list."
    return [Page("search.html", "Search", "search.html.j2", "search", summary, content)]


def _sections(before: Sequence[Page]) -> list[tuple[str, str]]:
    there = {page.section for page in before}
    return [(row["section"], row["label"]) for row in seed("report/site_sections") if row["section"] in there]


def _pages_of(section: str, before: Sequence[Page], words: Mapping[str, str]) -> list[Entry]:
    return [
        Entry(page.title, page.path, page.summary, words.get(PurePosixPath(page.path).stem, ""))
        for page in before
        if page.section == section
    ]


def _shown(before: Sequence[Page]) -> list[Entry]:
    return [
        Entry(table.caption, f"{page.path}#{table.name}", f"On the page {page.title}")
        for page in before
        for table in page.tables
    ]


def _stored(figures: Figures) -> list[Entry]:
    return [
        Entry(row["table_name"], f"tables.html#{anchor(row['table_name'])}", row["comment"] or "")
        for row in figures.rows(TABLES)
    ]


def _words_of_indicators(figures: Figures) -> dict[str, str]:
    return {row["indicator_id"]: " ".join(dict.fromkeys(row["words"].split())) for row in figures.rows(WORDS)}
