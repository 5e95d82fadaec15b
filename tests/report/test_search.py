"""Search, sort and filter: the list is whole without scripts, and with them a keyboard does it all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.report.browse import browser
from tests.report.conftest import Kind
from tests.report.pages_of import paths, read, target


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with browser() as running:
        yield running.new_page()


def test_the_list_names_every_page_and_every_table_without_scripts(site: Callable[[Kind], Path]) -> None:
    for kind in ("open", "restricted"):
        folder = site(kind)
        search = folder / "search.html"
        led = {target(search, str(link.get("href"))) for link in read(search).xpath("//*[@data-search]//a")}
        assert {place for place, _ in led} == set(paths(folder)) - {search}
        tables = read(folder / "tables.html").find_class("parity-described")
        assert {str(one.get("id")) for one in tables} <= {anchor for _, anchor in led}
    assert not (site("open") / "run.html").exists(), "the run is for the EDI team alone"


def test_typing_filters_by_words_numbers_and_groups(site: Callable[[Kind], Path], page: Page) -> None:
    page.goto((site("restricted") / "search.html").as_uri())
    page.get_by_label("Search pages and tables").focus()
    for typed, first in (("wres 2", "wres_2"), ("run_checks", "table-run_checks")):
        page.keyboard.press("Control+A")
        page.keyboard.type(typed)
        assert first in str(page.locator(".parity-found:visible li a").first.get_attribute("href")), typed
    page.keyboard.press("Control+A")
    page.keyboard.type("disabled likelihood")
    hrefs = page.locator(".parity-found:visible a").evaluate_all("links => links.map(one => one.getAttribute('href'))")
    assert "indicators/wdes_2.html" in hrefs and "run.html" not in hrefs
    assert page.locator("p[role=status]").inner_text() == f"{len(hrefs)} pages and tables found"
    page.keyboard.press("Control+A")
    page.keyboard.type("zzzz")
    assert page.locator("p[role=status]").inner_text() == "0 pages and tables found"
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    assert page.locator("[data-search]").is_visible() and not page.locator("p[role=status]").inner_text()


TABLE = """<!doctype html><html lang="en-GB"><title>t</title><body><main><div class="parity-scroll">
<table data-sortable><caption>Shares</caption><thead><tr><th>Who</th><th>Share</th><th>When</th></tr></thead><tbody>
{rows}
</tbody></table></div></main><script src="{script}"></script>"""
ROWS = (
    ("B", "9.6%", "0.0960", "31 May 2025"),
    ("A", "24.6%", "0.2460", "1 June 2024"),
    ("C", "[c]", "", "30 March 2026"),
    ("D", "\N{MINUS SIGN}0.4%", "-0.004", "2 January 2025"),
    ("E", "\N{MINUS SIGN}7.7%", "-0.077", "3 February 2025"),
)


def test_a_heading_sorts_by_the_number_behind_the_text_with_markers_last(tmp_path: Path, page: Page) -> None:
    rows = "".join(
        f"<tr><th>{who}</th><td><span{f' data-value={value}' if value else ''}>{text}</span></td><td>{when}</td></tr>"
        for who, text, value, when in ROWS
    )
    script = Path("reports/assets/parity.js").resolve().as_uri()
    (tmp_path / "page.html").write_text(TABLE.format(rows=rows, script=script), encoding="utf-8")
    page.goto((tmp_path / "page.html").as_uri())

    def order() -> str:
        return "".join(page.locator("tbody th").all_inner_texts())

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert order() == "ABCDE"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert order() == "EDBAC", "by the number, not by its text; the hidden one last"
    assert page.locator("th[aria-sort]").evaluate_all("all => all.map(one => one.textContent + one.ariaSort)") == [
        "Shareascending"
    ]
    page.keyboard.press("Enter")
    assert order() == "ABDEC", "the hidden one stays last"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert order() == "ADEBC", "dates by the calendar"
    assert page.locator("div[role=status]").inner_text() == "Sorted by When, ascending"


def test_a_long_table_can_be_filtered_and_the_count_is_said(site: Callable[[Kind], Path], page: Page) -> None:
    page.goto((site("restricted") / "tables.html").as_uri())
    page.get_by_label("Show rows of “All tables” with").focus()
    page.keyboard.type("run_")
    shown = page.locator("#tables_index tbody tr:visible").count()
    assert 0 < shown < page.locator("#tables_index tbody tr").count()
    assert page.locator("div[role=status]").inner_text().startswith(f"{shown} of ")


def test_a_link_to_a_table_opens_its_columns(site: Callable[[Kind], Path], page: Page) -> None:
    page.goto((site("open") / "tables.html").as_uri() + "#table-indicator_values")
    assert page.locator("#table-indicator_values details").get_attribute("open") is not None
    page.goto("about:blank")
