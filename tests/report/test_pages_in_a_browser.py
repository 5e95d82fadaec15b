"""A real browser opens every page of the small demonstration trust's site, from a folder, as its readers do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from tests.report.browse import (
    FOCUSABLE,
    NARROW,
    OUT_OF_REACH,
    OVERLAPS,
    TOO_WIDE,
    VISIBLE_TEXTS,
    WATCH_FOCUS,
    WIDE,
    Watched,
    browser,
    watched,
)
from tests.report.conftest import Kind
from tests.report.pages_of import kinds, paths

PRINTED = {"width": 680, "height": 1000}
"""What A4 leaves between margins of 15 mm, in CSS pixels."""


@pytest.fixture(scope="module")
def running() -> Iterator[Browser]:
    with browser() as one:
        yield one


def faults_of(tab: Watched, path: Path, asked: dict[str, Callable[[Watched], list[str]]]) -> list[str]:
    """Every fault of a page by the name of what was asked."""
    tab.open(path)
    return [f"{path.relative_to(tab.site)}: {what}: {one}" for what, ask in asked.items() for one in ask(tab)]


def scrolls_sideways(tab: Watched) -> list[str]:
    return list(tab.page.evaluate(TOO_WIDE))


def overlaps(tab: Watched) -> list[str]:
    return list(tab.page.evaluate(OVERLAPS))


def axe(tab: Watched) -> list[str]:
    return tab.axe()


def out_of_reach(tab: Watched) -> list[str]:
    return list(tab.page.evaluate(OUT_OF_REACH))


LAID_OUT = {
    "scrolls sideways": scrolls_sideways,
    "texts overlap": overlaps,
    "out of the keyboard's reach": out_of_reach,
}


def test_every_open_page_opens_quietly_and_axe_finds_nothing_at_1280_pixels(
    running: Browser, site: Callable[[Kind], Path]
) -> None:
    with watched(running, site("open"), WIDE) as tab:
        faults = [fault for path in paths(tab.site) for fault in faults_of(tab, path, LAID_OUT | {"axe": axe})]
    assert not (found := tab.complaints + faults), "\n".join(found)


def test_every_open_page_fits_320_pixels(running: Browser, site: Callable[[Kind], Path]) -> None:
    with watched(running, site("open"), NARROW) as tab:
        faults = [fault for path in paths(tab.site) for fault in faults_of(tab, path, LAID_OUT)]
        faults += [fault for path in kinds(tab.site).values() for fault in faults_of(tab, path, {"axe": axe})]
    assert not (found := tab.complaints + faults), "\n".join(found)


@pytest.mark.parametrize("kind", ["restricted", "odd_open", "odd_restricted"])
def test_each_kind_of_page_of_the_other_sites_opens_as_well(
    running: Browser, site: Callable[[Kind], Path], kind: Kind
) -> None:
    faults = []
    for size, asked in ((WIDE, LAID_OUT | {"axe": axe}), (NARROW, LAID_OUT)):
        with watched(running, site(kind), size) as tab:
            faults += [fault for path in kinds(tab.site).values() for fault in faults_of(tab, path, asked)]
            faults += tab.complaints
    assert not faults, "\n".join(faults)


def test_the_tab_key_reaches_everything_in_order_and_shows_where_it_is(
    running: Browser, site: Callable[[Kind], Path]
) -> None:
    faults = []
    with watched(running, site("open")) as tab:
        for path in kinds(tab.site).values():
            tab.open(path)
            faults += [f"{path.relative_to(tab.site)}: {one}" for one in walk(tab)]
    assert not (found := tab.complaints + faults), "\n".join(found)


def walk(tab: Watched) -> list[str]:
    """Press Tab as often as there is something to reach, and once more."""
    there = tab.page.evaluate(WATCH_FOCUS, FOCUSABLE)
    for _ in range(len(there) + 1):
        tab.page.keyboard.press("Tab")
    went = tab.page.evaluate("walked")[: len(there)]
    if (order := [one["place"] for one in went]) != list(range(len(there))):
        at = next(place for place, other in enumerate([*order, None]) if place != other)
        return [f"Tab {at + 1} does not lead to {there[at]}"]
    unseen = [there[one["place"]] for one in went if not (one["isMarked"] and one.get("isSeen"))]
    return [f"a reader cannot see that it has the focus: {one}" for one in unseen[:5]]


def test_the_skip_link_shows_itself_and_leads_past_the_navigation(
    running: Browser, site: Callable[[Kind], Path]
) -> None:
    with watched(running, site("open")) as tab:
        page = tab.open(site("open") / "index.html")
        page.keyboard.press("Tab")
        link = page.locator(":focus")
        assert link.inner_text() == "Skip to main content"
        box = link.bounding_box()
        assert box is not None and box["y"] >= 0 and box["height"] > 20
        page.keyboard.press("Enter")
        assert page.evaluate("location.hash") == "#maincontent"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') !== null")


def test_a_page_without_scripts_says_the_same(running: Browser, site: Callable[[Kind], Path]) -> None:
    with watched(running, site("open")) as tab, watched(running, site("open"), has_script=False) as plain:
        for path in kinds(tab.site).values():
            said = plain.open(path).evaluate(VISIBLE_TEXTS)
            assert said, f"{path.name} says nothing without scripts"
            more = [text for text in tab.open(path).evaluate(VISIBLE_TEXTS) if text not in set(said)]
            assert more == [], f"{path.name} says this only with scripts"


def test_each_kind_of_page_prints_whole_on_a4(running: Browser, site: Callable[[Kind], Path]) -> None:
    faults = []
    with watched(running, site("open"), PRINTED) as tab:
        tab.page.emulate_media(media="print")
        for kind, path in kinds(tab.site).items():
            page = tab.open(path)
            faults += [f"{kind}: {one}" for one in page.evaluate(CUT_OFF)]
            printed = PdfReader(BytesIO(page.pdf(format="A4", prefer_css_page_size=True)))
            sizes = {(round(one.mediabox.width), round(one.mediabox.height)) for one in printed.pages}
            if not sizes <= {(595, 842), (842, 595)}:
                faults.append(f"{kind}: pages of {sizes} points, not A4")
            words = "".join("".join(one.extract_text() for one in printed.pages).split())
            headings = page.locator("h1:visible, h2:visible, caption:visible").all_inner_texts()
            faults += [f"{kind}: not printed: {one}" for one in headings if "".join(one.split()) not in words]
    assert not faults, "\n".join(faults)


CUT_OFF = """() => {
  const room = document.documentElement.clientWidth, found = [];
  for (const one of document.querySelectorAll('main td, main th, main p, main svg, main li, main caption')) {
    const box = one.getBoundingClientRect();
    const beyond = Math.round(box.right - room);
    if (box.width && beyond > 1) found.push(`${beyond} pixels beyond the edge: ${one.outerHTML.slice(0, 100)}`);
  }
  return found.slice(0, 5);
}"""
"""What stands beyond the right edge of the paper."""
