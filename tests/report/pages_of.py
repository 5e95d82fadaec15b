"""Read the pages of a finished site as files, without the program that made them."""

from __future__ import annotations

import functools
from pathlib import Path
from urllib.parse import unquote, urlsplit

import lxml.html
from lxml.html import HtmlElement


def paths(site: Path) -> list[Path]:
    """Every page of the site, home first."""
    return sorted(site.rglob("*.html"), key=lambda path: (path.name != "index.html", path))


def kinds(site: Path) -> dict[str, Path]:
    """One page of each kind, by the kind's name: a folder's middle page, and every page that stands alone."""
    by_kind: dict[str, list[Path]] = {}
    for path in paths(site):
        by_kind.setdefault(path.parent.name if path.parent != site else path.name, []).append(path)
    return {kind: found[len(found) // 2] for kind, found in by_kind.items()}


@functools.cache
def read(path: Path) -> HtmlElement:
    """The page as a tree. Do not change it."""
    return lxml.html.document_fromstring(path.read_bytes(), parser=lxml.html.HTMLParser(encoding="utf-8"))


def target(page: Path, href: str) -> tuple[Path, str]:
    """The file and the anchor that a link of the page leads to."""
    parts = urlsplit(href)
    return ((page.parent / unquote(parts.path)).resolve() if parts.path else page, unquote(parts.fragment))


def text_of(element: HtmlElement) -> str:
    """Its text with every run of white space as one space."""
    return " ".join(element.text_content().split())
