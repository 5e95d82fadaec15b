"""Charts are named images that anyone can read: nothing by colour alone, nothing hidden, nothing from outside."""

from __future__ import annotations

import itertools
import re

import pytest
from lxml import etree

from flows.report import draw
from flows.report.compose import Chart, Column, Table
from flows.report.draw import Bar, Point
from flows.report.read import seed

TABLE = Table("behind", "The table behind it", [Column("Group")], [])
SVG = "{http://www.w3.org/2000/svg}"
ODD = '<b>&"Fleet"'


def history(name: str = "lines") -> Chart:
    points = [
        Point("2023/24", "White", 0.68, 0.67, 0.69),
        Point("2024/25", "White", 0.69, 0.68, 0.70),
        Point("2023/24", "Ethnic minority", 0.24, 0.23, 0.25),
        Point("2024/25", "Ethnic minority", None),
    ]
    return draw.history(name, "Shares over time", "Two years.", points, TABLE, "percent")


def bars(name: str = "bars") -> Chart:
    drawn = [Bar("Operations", "Share", 0.2, 0.18, 0.22), Bar(ODD, "Share", 0.3), Bar("People", "Share", None)]
    return draw.bars(name, f"Shares of {ODD}", "By directorate.", drawn, TABLE, "percent")


def stacked(name: str = "parts") -> Chart:
    drawn = [Bar("Lower quarter", "Women", 0.5), Bar("Lower quarter", "Men", None)]
    return draw.stacked(name, "Quarters", "Each bar is a whole.", drawn, TABLE, "percent")


def ratios(name: str = "ratios") -> Chart:
    drawn = [Bar("North", "Ratio", 1.3002, 1.17, 1.45), Bar("South", "Ratio", 0.5, 0.0, 80.0)]
    return draw.bars(name, "Ratios", "Beside parity.", drawn, TABLE, "ratio")


CHARTS = (history, bars, stacked, ratios)


def tree(chart: Chart) -> etree._Element:
    return etree.fromstring(chart.svg)


def texts(chart: Chart) -> list[str]:
    return ["".join(one.itertext()) for one in tree(chart).iter(f"{SVG}text")]


@pytest.mark.parametrize("make", CHARTS)
def test_a_chart_is_one_image_with_a_name_and_a_description(make: object) -> None:
    chart = make()  # type: ignore[operator]
    root = tree(chart)
    title, description = root.findall(f"{SVG}title") + root.findall(f"{SVG}desc")
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert (title.text, description.text) == (chart.title, chart.description)
    inside = [one for one in root.iter() if one is not root]
    assert not [name for one in inside for name in one.attrib if name == "role" or name.startswith("aria")]


@pytest.mark.parametrize("make", CHARTS)
def test_a_chart_scales_with_its_page_and_asks_for_nothing_outside(make: object) -> None:
    root = tree(make())  # type: ignore[operator]
    assert root.get("viewBox")
    assert root.get("width") is None
    assert root.get("height") is None
    assert "href" not in etree.tostring(root).decode()


def test_several_charts_stand_in_one_page_without_sharing_an_id() -> None:
    drawn = [make(f"{make.__name__}_{number}") for make in CHARTS for number in (1, 2)]
    ids = [one.get("id") for chart in drawn for one in tree(chart).iter() if one.get("id")]
    assert len(ids) == len(set(ids))
    for chart in drawn:
        asked = set(re.findall(r"url\(#([^)]+)\)", chart.svg))
        assert asked <= set(re.findall(r'id="([^"]+)"', chart.svg)), (
            "a clipped mark finds its clip path in its own chart"
        )


def test_the_same_figures_make_the_same_image_every_night() -> None:
    assert history().svg == history().svg


def test_what_is_hidden_is_not_drawn_and_the_description_says_so() -> None:
    assert "Not drawn, because hidden or not computed: Ethnic minority, 2024/25." in history().description
    assert "People" in bars().description
    assert "not shown" in texts(bars())


def test_many_hidden_values_are_counted_and_not_listed() -> None:
    drawn = [Bar(f"Unit {number}", "Share", None if number else 0.1) for number in range(9)]
    told = draw.bars("many", "Many", "Units.", drawn, TABLE, "percent").description
    assert "8 values are not drawn" in told


def test_a_hidden_part_of_a_whole_leaves_a_gap_and_is_not_filled_by_the_others() -> None:
    axis = [text for text in texts(stacked()) if text.endswith("%")]
    assert "50.0%" in axis, "half stays half"
    assert "100%" in axis


def test_values_are_written_as_in_the_tables() -> None:
    assert {"1.30", "0.50"} <= set(texts(ratios()))
    assert {"20.0%", "30.0%"} <= set(texts(bars()))


def test_a_name_in_html_stays_a_name() -> None:
    assert any(ODD in text.replace(" ", "") for text in texts(bars()))
    assert "<b>" not in bars().svg


def contrast(one: str, other: str) -> float:
    high, low = sorted((draw.luminance(one), draw.luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_every_group_stands_out_from_white_and_pairs_stand_out_from_each_other() -> None:
    colours = {one["group"]: one["colour"] for one in seed("report/group_styles")}
    assert all(contrast(colour, "#ffffff") >= 3 for colour in colours.values())
    for one, other in (("ethnic_minority", "white"), ("disabled", "not_disabled"), ("female", "male")):
        assert contrast(colours[one], colours[other]) >= 3


def test_no_two_groups_of_a_chart_differ_by_colour_alone() -> None:
    styles = [draw.style(group, GROUPS) for group in GROUPS]
    for one, other in itertools.combinations(styles, 2):
        assert one["colour"] != other["colour"]
        assert (one["shape"], one["dash"]) != (other["shape"], other["dash"])


GROUPS = ("Ethnic minority", "White", "Unknown", "All respondents")


@pytest.mark.parametrize("letter", ["\x00", "\x0b", "\x1b", "\u2028", "\uffff"])
def test_a_letter_that_no_image_can_hold_does_not_stop_the_drawing(letter: str) -> None:
    name = f"Fleet{letter}and estates"
    points = [Point("2023/24", name, 0.5), Point("2024/25", name, 0.6), Point("2024/25", "All", 0.6)]
    lines = draw.history("lines", "Over time", "Two years.", points, TABLE, "percent")
    both = draw.bars(
        "bars", "Shares", "By directorate.", [Bar(name, name, 0.2), Bar("All", "All", 0.3)], TABLE, "percent"
    )
    assert "Fleet and estates" in texts(lines)
    assert "Fleet and estates" in texts(both)


def test_a_long_word_leaves_room_for_the_bars() -> None:
    drawn = [Bar("L" * 300, "Share", 0.2), Bar("People", "Share", 0.3)]
    image = tree(draw.bars("bars", "Shares", "By directorate.", drawn, TABLE, "percent"))
    assert float(image.get("viewBox").split()[2]) < draw.WIDTH * 1.1
