"""Write: every page of a site through its template, the files it stands on, and its tables to take away."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError
from markupsafe import Markup

from flows.configure import PROJECT
from flows.report import Edition, ReportBroken, Say
from flows.report.compose import Figure, Link, Page, Tag
from flows.report.engrave import engravers
from flows.report.export import File, export
from flows.report.export_tables import export_tables
from flows.report.pages import PAGES
from flows.report.read import Figures, assets, read_figures, seed
from flows.report.show import day
from flows.report.typeset import typeset
from flows.returns import fill_returns

TEMPLATES = PROJECT / "reports" / "templates"


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
        for page in made:
            _write_page(edition, page, made, files)
        typeset(edition, [(page, _has_drafts(page), _markers(page)) for page in made if page.print_template])
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


def _write_page(edition: Edition, page: Page, pages: Sequence[Page], files: Mapping[str, Sequence[File]]) -> None:
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
                has_drafts=_has_drafts(page),
                markers=_markers(page),
            )
        )
    except TemplateError as error:
        raise ReportBroken(
            f"The page {page.path} could not be made by reports/templates/{page.template}: {error}. Mend the template."
        ) from error
    path.write_text(written, encoding="utf-8")


def _navigation(page: Page, pages: Sequence[Page]) -> list[dict[str, Any]]:
    """The first page of each section of the seed that the site has."""
    first = {one.section: one for one in reversed(pages)}
    return [
        {"text": row["label"], "href": first[row["section"]].path, "is_current": row["section"] == page.section}
        for row in seed("report/site_sections")
        if row["section"] in first and row["in_navigation"] == "true"
    ]


def _has_drafts(page: Page) -> bool:
    return any(figure.status == "draft" for figure in figures_of(page))


def figures_of(page: Page) -> Iterator[Figure]:
    """Every figure in the tables and in the content of a page, wherever it stands."""
    yield from _figures_in([page.content, page.tables])


def _figures_in(value: Any) -> Iterator[Figure]:
    if isinstance(value, Figure):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _figures_in(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _figures_in(one)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from _figures_in(getattr(value, name))


def _markers(page: Page) -> list[dict[str, str]]:
    """What the markers on the page mean, in the order of the seed."""
    there = {one.text for one in figures_of(page)}
    return [row for row in seed("disclosure/disclosure_markers") if row["marker"] in there]


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
