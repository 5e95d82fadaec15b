"""Colours are told apart: every pair of text and ground in Parity's styles keeps 4.5:1, computed by WCAG's formula."""

from __future__ import annotations

import csv
import re

import pytest

from flows.configure import PROJECT

STYLES = PROJECT / "reports/assets/parity.css"
PAGE = ("#f0f4f5", "#ffffff")
"""What text stands on where its own rule does not say: the page, and tables and cards on it."""

GROUNDS = {
    ".parity-header": ("#005eb8",),
    ".parity-name": ("#005eb8",),
    ".parity-navigation": ("#003087",),
    ".parity-footer": ("#d8dde0",),
}
"""Parts of the page with a ground of their own, by how their selectors begin."""

ENOUGH = 4.5


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    channels = [int(whole(colour)[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def whole(colour: str) -> str:
    """`#abc` as `#aabbcc`."""
    return "#" + "".join(2 * one for one in colour[1:]) if len(colour) == 4 else colour


def pairs(css: str) -> list[tuple[str, str, str]]:
    """Each rule's text and every ground that it may stand on: its own, its part's, or the page's. Paper is white."""
    found = []
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    screen, _, paper = css.partition("@media print")
    for styles, page in ((screen, PAGE), (paper, ("#ffffff",))):
        for selectors, rule in re.findall(r"([^{}]+)\{([^{}]*)\}", styles):
            text = re.search(r"(?<![-\w])color:\s*(#[0-9a-fA-F]{3,6})", rule)
            if not text:
                continue
            own = re.search(r"background(?:-color)?:\s*(#[0-9a-fA-F]{3,6})", rule)
            for selector in (one.strip() for one in selectors.split(",")):
                grounds = (own[1],) if own else page if page is not PAGE else _grounds(selector)
                found += [(selector, text[1], ground) for ground in grounds]
    return found


def _grounds(selector: str) -> tuple[str, ...]:
    return next((grounds for start, grounds in GROUNDS.items() if selector.startswith(start)), PAGE)


def test_the_formula_is_that_of_wcag() -> None:
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


def test_every_text_can_be_read_on_what_it_stands_on() -> None:
    found = pairs(STYLES.read_text(encoding="utf-8"))
    assert len(found) > 10
    weak = [
        f"{one}: {text} on {ground} is {contrast(text, ground):.2f}:1"
        for one, text, ground in found
        if contrast(text, ground) < ENOUGH
    ]
    assert not weak, "\n".join(weak)


def test_every_mark_of_a_drawing_stands_out_from_its_ground() -> None:
    with (PROJECT / "seeds/report/group_styles.csv").open(encoding="utf-8", newline="") as handle:
        marks = {row["group"]: row["colour"] for row in csv.DictReader(handle)}
    assert {group: colour for group, colour in marks.items() if contrast(colour, "#ffffff") < 3} == {}
