"""Write: every page of a site through its template, the files it stands on, and its tables to take away."""

from __future__ import annotations

import functools
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError
from markupsafe import Markup

from flows.configure import PROJECT
from flows.report import Edition, ReportBroken, Say
from flows.report.compose import Figure, Link, Page, Table, Tag
from flows.report.engrave import engravers
from flows.report.export import File, export
from flows.report.export_tables import export_tables
from flows.report.pages import PAGES
from flows.report.read import Figures, assets, read_figures, seed
from flows.report.show import day
from flows.report.typeset import typeset
from flows.returns import fill_returns

TEMPLATES = PROJECT / "reports" / "templates"

NOT_IN_A_PAGE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
"""What HTML may not hold. A name may have such a letter, from a line break within a cell."""


@dataclass(frozen=True)
class Making:
    """What every page module is given: whose site it is, the figures, and a voice."""

    edition: Edition
    figures: Figures
    say: Say


def write_site(edition: Edition, say: Say) -> int:
    """Make every page, then write them all. Returns how many there are. Raises ReportBroken."""
    edition.site.mkdir(mode=0o700)
    if edition.is_restricted:
        fill_returns(edition, say)
    with engravers():
        with read_figures(edition) as figures:
            made = _made(Making(edition, figures, say))
            files = {**export(edition, made), **export_tables(edition, figures)}
        shutil.copytree(assets(), edition.site / "assets")
        told = {page.path: _told(page) for page in made}
        for page in made:
            _write_page(edition, page, made, files, told[page.path])
        typeset(
            edition,
            [(page, told[page.path].has_drafts, told[page.path].markers) for page in made if page.print_template],
        )
    say(f"{len(made)} pages of the {edition.kind} site")
    return len(made)


def _made(making: Making) -> list[Page]:
    """The pages of every module in turn. The last modules are told of all pages that came before them."""
    made: list[Page] = []
    for module in PAGES:
        made += module.pages(making, tuple(made))
    _refuse_twice([page.path for page in made], "page")
    _refuse_twice([table.name for page in made for table in page.tables], "table")
    return made


def _refuse_twice(names: Sequence[str], what: str) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ReportBroken(f"Two {what}s of the site are called {twice[0]}. Give one another name.")


def _write_page(
    edition: Edition, page: Page, pages: Sequence[Page], files: Mapping[str, Sequence[File]], told: Told
) -> None:
    path = edition.site / page.path
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    root = "../" * (len(PurePosixPath(page.path).parts) - 1)
    try:
        written = (
            _templates()
            .get_template(page.template)
            .render(
                **page.content,
                page=page,
                edition=edition,
                root=root,
                files=files,
                navigation=_navigation(page, pages),
                has_drafts=told.has_drafts,
                markers=told.markers,
            )
        )
    except TemplateError as error:
        raise ReportBroken(
            f"The page {page.path} could not be made by reports/templates/{page.template}: {error}. Mend the template."
        ) from error
    path.write_text(NOT_IN_A_PAGE.sub(" ", written), encoding="utf-8")


def _navigation(page: Page, pages: Sequence[Page]) -> list[dict[str, Any]]:
    """The first page of each section of the seed that the site has."""
    first = {one.section: one for one in reversed(pages)}
    return [
        {"text": row["label"], "href": first[row["section"]].path, "is_current": row["section"] == page.section}
        for row in seed("report/site_sections")
        if row["section"] in first and row["in_navigation"] == "true"
    ]


@dataclass(frozen=True)
class Told:
    """What is told of the figures of a page beside them: whether any is a draft, and what their markers mean."""

    has_drafts: bool
    markers: Sequence[Mapping[str, str]]


def _told(page: Page) -> Told:
    shown = list(figures_of(page))
    texts = {one.text for one in shown}
    markers = [row for row in seed("disclosure/disclosure_markers") if row["marker"] in texts]
    return Told(any(one.status == "draft" for one in shown), markers)


def figures_of(page: Page) -> Iterator[Figure]:
    """Every figure in the tables and in the content of a page, wherever it stands, each table once."""
    left: list[Any] = [page.content, page.tables]
    seen: set[int] = set()
    while left:
        value = left.pop()
        if isinstance(value, Figure):
            yield value
        elif isinstance(value, Table):
            if id(value) not in seen:
                seen.add(id(value))
                yield from (cell for row in value.rows for cell in row if isinstance(cell, Figure))
        elif isinstance(value, dict):
            left.extend(value.values())
        elif isinstance(value, list | tuple):
            left.extend(value)
        elif hasattr(value, "__dataclass_fields__"):
            left.extend(getattr(value, name) for name in value.__dataclass_fields__)


@functools.cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests.update(
        figure=lambda cell: isinstance(cell, Figure),
        link=lambda cell: isinstance(cell, Link),
        tag=lambda cell: isinstance(cell, Tag),
    )
    environment.filters.update(markup=Markup, day=day)  # markup: for SVG and Markdown that this project made
    return environment
