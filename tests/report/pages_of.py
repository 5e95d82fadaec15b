"""Read the pages of a finished site as files, without the program that made them."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

import lxml.html
from lxml.html import HtmlElement


def paths(site: Path) -> list[Path]:
    """Every page of the site, home first."""
    return sorted(site.rglob("*.html"), key=lambda path: (path.name != "index.html", path))


def kinds(site: Path) -> dict[str, Path]:
    """One page of each kind, by the kind's name: a folder's heaviest page and its index, and each that stands alone."""
    found: dict[str, Path] = {}
    for path in paths(site):
        below = path.relative_to(site)
        alone = path.name == "index.html" or len(below.parts) == 1
        kind = str(below) if alone else f"{below.parts[0]}, level {len(below.parts)}"
        if kind not in found or path.stat().st_size > found[kind].stat().st_size:
            found[kind] = path
    return found


@functools.cache
def read(path: Path) -> HtmlElement:
    """The page as a tree. Do not change it."""
    return lxml.html.document_fromstring(path.read_bytes(), parser=lxml.html.HTMLParser(encoding="utf-8"))


def target(page: Path, href: str) -> tuple[Path, str]:
    """The file and the anchor that a link of the page leads to."""
    parts = urlsplit(href)
    path = Path(os.path.normpath(page.parent / unquote(parts.path))) if parts.path else page
    return path, unquote(parts.fragment)


def text_of(element: HtmlElement) -> str:
    """Its text with every run of white space as one space."""
    return " ".join(element.text_content().split())
