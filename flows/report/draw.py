"""Draw: charts as SVG to stand in a page, by Vega-Lite. Each is one named image; its table holds the same figures."""

from __future__ import annotations

import functools
import html
import json
import math
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from flows.report.compose import Chart, Table
from flows.report.engrave import engrave
from flows.report.read import seed
from flows.report.show import written

Form = Literal["percent", "ratio", "points", "pounds", "score", "count"]
Spec = dict[str, Any]

WIDTH = 480
"""Of the drawing in its own units; a page scales it, between the least and most that parity.css allows."""

AXIS_WIDTH = 66
"""About what the axis of values takes of it."""

TEXT, INK, PALE = 15, "#212b32", "#d8dde0"

FORMATS = {
    "percent": ("indicator_values", "share", "fraction", "format(datum.value, '.1~%')"),
    "ratio": ("indicator_values", "ratio", "ratio", "format(datum.value, '.2~f')"),
    "points": (
        "indicator_comparisons",
        "difference",
        "fraction",
        "datum.value == 0 ? '0' : format(datum.value * 100, '+.1~f')",
    ),
    "pounds": ("indicator_values", "pay", "gbp_per_hour", "'£' + format(datum.value, ',.2~f')"),
    "score": ("indicator_values", "score", "score", "format(datum.value, ',.2~f')"),
    "count": ("indicator_values", "count", "count", "format(datum.value, ',.1~f')"),
}
"""Of each form: how show.py writes its values, and how an axis writes its ticks."""

ONE_GROUP = {"fill": "#41b6e6", "stroke": "#003087", "strokeWidth": 1.5}
"""Bars of one group are light, so that their intervals stand out, and have an edge that stands out from white."""

NARROWEST_TOLD = 0.09
"""The share below which a part of a stacked bar is too narrow for its figure."""

LINE_HEIGHT = TEXT + 2
"""Of texts of several lines, as Vega sets them."""

AXIS_TITLES = {"ratio": "Ratio: 1 is parity", "points": "Percentage points"}
RATIO_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
FINE_RATIO_TICKS = (0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.5, 2, 2.5, 3)

NOT_DRAWN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
"""What an image cannot hold, nor Vega in a text. A name may have such a letter, from a line break within a cell."""


@dataclass(frozen=True)
class Point:
    """One value of one group at one time, with its interval; no value is one that is hidden or not computed.

    `when` and `group` are written as readers see them: `2024/25`, `White`.
    """

    when: str
    group: str
    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Bar:
    """One bar: what it is of (`Band 5`), of which group, its value and interval."""

    label: str
    group: str
    value: float | None
    low: float | None = None
    high: float | None = None


def history(  # noqa: PLR0917  what a chart is made of
    name: str, title: str, description: str, points: Sequence[Point], table: Table, form: Form
) -> Chart:
    """Lines over time, a line for each group, with intervals. `name` is unique in the site.

    Times stand in the order in which they first occur. Where there are more than eight, intervals are bands, else bars.
    """
    points = [replace(one, when=_drawable(one.when), group=_drawable(one.group)) for one in points]
    whens, groups = _once(one.when for one in points), _once(one.group for one in points)
    shown = [one for one in points if one.value is not None]
    spread = min(0.16, 0.5 / max(1, len(groups)))
    rows = [
        _row(one, form) | {"x": whens.index(one.when) + (groups.index(one.group) - (len(groups) - 1) / 2) * spread}
        for one in shown
    ]
    if is_long := len(whens) > 8:
        for row, one in zip(rows, shown, strict=True):
            row["x"] = whens.index(one.when)
    spec = _layers(rows, [*_time_marks(groups, is_long), *_guide(form, "y")])
    spec["encoding"] = {"x": _time(whens), "y": {"field": "value"} | _measure(form, rows, is_length=False)}
    spec |= {"height": 280, "width": WIDTH - AXIS_WIDTH}
    left_out = [f"{one.group}, {one.when}" for one in points if one.value is None]
    return _chart(name, title, description, spec, table, left_out)


def bars(  # noqa: PLR0917  what a chart is made of
    name: str, title: str, description: str, bars: Sequence[Bar], table: Table, form: Form
) -> Chart:
    """Horizontal bars, grouped where there are several groups, with intervals and values; ratios are dots about 1."""
    bars = [replace(one, label=_drawable(one.label), group=_drawable(one.group)) for one in bars]
    labels, groups = _once(one.label for one in bars), _once(one.group for one in bars)
    rows = [_row(one, form) | {"label": one.label} for one in bars]
    for row, one in zip(rows, bars, strict=True):
        ends = [x for x in (one.value, one.high) if x is not None]
        row["end"] = max(ends if ends and form == "ratio" else [*ends, _base(form)])
        row["text"] = row["text"] or "not shown"
    spec = _layers(rows, [*_guide(form, "x"), *_bar_marks(groups, form)])
    spec["encoding"] = {
        "y": {
            "field": "label",
            "type": "nominal",
            "sort": labels,
            "axis": _label_axis(labels),
            "scale": _bands(groups),
        },
        "x": {"field": "value"} | _measure(form, rows, is_length=form != "ratio"),
    }
    if len(groups) > 1:
        spec["encoding"]["yOffset"] = {"field": "group", "sort": groups, "scale": {"paddingInner": 0.2}}
    spec["width"] = WIDTH - _widest(labels)
    spec["height"] = len(labels) * max(30 if len(groups) == 1 else 12 + 22 * len(groups), _tallest(labels) + 6)
    left_out = [_named(one, groups) for one in bars if one.value is None]
    return _chart(name, title, description, spec, table, left_out)


def stacked(  # noqa: PLR0917  what a chart is made of
    name: str, title: str, description: str, bars: Sequence[Bar], table: Table, form: Form
) -> Chart:
    """Bars of parts that make a whole. What is hidden or not computed leaves a gap: nothing is stretched to fill it."""
    bars = [replace(one, label=_drawable(one.label), group=_drawable(one.group)) for one in bars]
    labels, groups = _once(one.label for one in bars), _once(one.group for one in bars)
    rows: list[Spec] = []
    for label in labels:
        start = 0.0
        for one in sorted((b for b in bars if b.label == label), key=lambda b: groups.index(b.group)):
            if one.value is not None:
                row = _row(one, form) | {"label": label, "start": start, "stop": start + one.value}
                row["text"] = row["text"] if one.value >= NARROWEST_TOLD else ""
                row["middle"] = start + one.value / 2
                start += one.value
                rows.append(row)
    spec = _layers(rows, _stack_marks(groups))
    axis = {"labelExpr": FORMATS[form][3], "tickCount": 5, "grid": False, "title": None}
    spec["encoding"] = {
        "y": {"field": "label", "type": "nominal", "sort": labels, "axis": _label_axis(labels), "scale": _bands([""])},
        "x": {
            "field": "start",
            "type": "quantitative",
            "axis": axis,
            "scale": {"domain": [0, _whole(rows)], "nice": False},
        },
    }
    spec["width"] = WIDTH - _widest(labels)
    spec["height"] = len(labels) * max(42, _tallest(labels) + 8)
    left_out = [_named(one, groups) for one in bars if one.value is None]
    return _chart(name, title, description, spec, table, left_out)


def told(value: float | None, form: Form) -> str:
    """A value as a chart and its description write it."""
    return "" if value is None else written(value, *_writing(form))


def _drawable(text: str) -> str:
    return NOT_DRAWN.sub(" ", text)


def _whole(rows: Sequence[Spec]) -> float:
    return max([1.0, *(float(row["stop"]) for row in rows)])


def _once(names: Any) -> list[str]:
    return list(dict.fromkeys(names))


def _named(one: Bar, groups: Sequence[str]) -> str:
    return one.label if len(groups) == 1 else f"{one.label}, {one.group}"


def _row(one: Point | Bar, form: Form) -> Spec:
    text = told(one.value, form)
    return {"group": one.group, "value": one.value, "low": one.low, "high": one.high, "text": text}


def _writing(form: Form) -> tuple[str, Spec]:
    table, measure, unit, _ = FORMATS[form]
    return table, {"measure": measure, "unit": unit}


def _base(form: Form) -> float:
    return 1.0 if form == "ratio" else 0.0


# How groups are told apart.


def style(group: str, others: Sequence[str]) -> dict[str, str]:
    """The colour, shape and dash of a group; one without a row of its own takes the next that is free."""
    known = _styles()
    if (key := _key(group)) in known:
        return known[key]
    taken = {known[_key(one)]["colour"] for one in others if _key(one) in known}
    free = [one for name, one in known.items() if name.startswith("any_") and one["colour"] not in taken]
    unnamed = [one for one in others if _key(one) not in known]
    return free[unnamed.index(group) % len(free)]


@functools.cache
def _styles() -> dict[str, dict[str, str]]:
    return {one["group"]: one for one in seed("report/group_styles")}


def _key(group: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", group.casefold()).strip("_")


def _by_group(groups: Sequence[str], channel: str) -> Spec:
    """The scale of one channel (colour, shape, dash) over the groups, with one legend for all of them."""
    styles = [style(one, groups) for one in groups]
    ranges: dict[str, list[Any]] = {
        "color": [one["colour"] for one in styles],
        "shape": [one["shape"] for one in styles],
        "strokeDash": [[int(n) for n in one["dash"].split()] or [1, 0] for one in styles],
    }
    widest = max(len(one) for one in groups) * 8 + 48
    shown = {"columns": max(1, min(len(groups), WIDTH // widest))} if len(groups) > 1 else None
    return {
        "field": "group",
        "type": "nominal",
        "sort": list(groups),
        "scale": {"domain": list(groups), "range": ranges[channel]},
        "legend": shown,
    }


# What is drawn.


def _time_marks(groups: Sequence[str], is_long: bool) -> list[Spec]:
    colour, dash = _by_group(groups, "color"), _by_group(groups, "strokeDash") | {"legend": None}
    has_interval = {"filter": "isValid(datum.low) && isValid(datum.high)"}
    mark: Spec = {"type": "area", "opacity": 0.16} if is_long else {"type": "rule", "strokeWidth": 2, "opacity": 0.75}
    interval = {
        "transform": [has_interval],
        "mark": mark | {"clip": True},
        "encoding": {
            "y": {"field": "low", "type": "quantitative"},
            "y2": {"field": "high"},
            "color": colour,
        },
    }
    line = {"mark": {"type": "line", "strokeWidth": 2.5}, "encoding": {"color": colour, "strokeDash": dash}}
    points = {
        "mark": {"type": "point", "filled": True, "size": 40 if is_long else 110, "opacity": 1},
        "encoding": {"color": colour, "shape": _by_group(groups, "shape")},
    }
    return [interval, line, points]


def _bar_marks(groups: Sequence[str], form: Form) -> list[Spec]:
    colour, shape = _by_group(groups, "color"), _by_group(groups, "shape")
    has_interval = {"filter": "isValid(datum.low) && isValid(datum.high)"}
    ends = {"x": {"field": "low", "type": "quantitative"}, "x2": {"field": "high"}}
    shown = {"filter": "isValid(datum.value)"}
    bar: Spec = {"transform": [shown], "mark": {"type": "bar"}, "encoding": {"color": colour}}
    if len(groups) == 1:
        bar = {"transform": [shown], "mark": {"type": "bar", **ONE_GROUP}}
    body: list[Spec] = [
        bar,
        {
            "transform": [has_interval],
            "mark": {"type": "rule", "stroke": "white", "strokeWidth": 5 if len(groups) > 1 else 0, "clip": True},
            "encoding": ends,
        },
        {
            "transform": [has_interval],
            "mark": {"type": "rule", "stroke": INK, "strokeWidth": 2, "clip": True},
            "encoding": ends,
        },
    ]
    if form == "ratio":
        dot = {"type": "point", "filled": True, "size": 130, "opacity": 1}
        dots = {"transform": [shown], "mark": dot, "encoding": {"color": colour, "shape": shape}}
        body = [{**body[2], "encoding": ends | {"color": colour}}, dots]
        del body[0]["mark"]["stroke"]
    text = {
        "mark": {"type": "text", "align": "left", "dx": 7, "fontSize": TEXT, "fill": INK},
        "encoding": {"x": {"field": "end", "type": "quantitative"}, "text": {"field": "text"}},
    }
    return [*body, text]


def _stack_marks(groups: Sequence[str]) -> list[Spec]:
    bar = {
        "mark": {"type": "bar", "stroke": "white", "strokeWidth": 2},
        "encoding": {"x2": {"field": "stop"}, "color": _by_group(groups, "color")},
    }
    inks = [_ink_on(style(one, groups)["colour"]) for one in groups]
    text = {
        "mark": {"type": "text", "fontSize": TEXT, "fontWeight": "bold"},
        "encoding": {
            "x": {"field": "middle", "type": "quantitative"},
            "text": {"field": "text"},
            "fill": {
                "field": "group",
                "type": "nominal",
                "scale": {"domain": list(groups), "range": inks},
                "legend": None,
            },
        },
    }
    return [bar, text]


def _ink_on(colour: str) -> str:
    """White or ink, whichever reads better on a colour (the contrast of WCAG 2.2)."""
    return "white" if 1.05 / (luminance(colour) + 0.05) >= 4.5 else "#000000"


def luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb`, by WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _guide(form: Form, axis: str) -> list[Spec]:
    """The line of parity, or of nought, where the form has one."""
    if form not in ("ratio", "points"):
        return []
    across: Spec = {"x": {"value": 0}, "x2": {"value": "width"}}
    if axis == "x":
        across = {"y": {"value": 0}, "y2": {"value": "height"}, "yOffset": None}  # else groups would lie on each other
    mark = {"type": "rule", "stroke": INK, "strokeWidth": 1.5}
    return [{"mark": mark, "encoding": {axis: {"datum": _base(form)}} | across}]


# The axes.


def _time(whens: Sequence[str]) -> Spec:
    step = 1 if len(whens) <= 5 else math.ceil(len(whens) / 4)
    marked = sorted(range(len(whens) - 1, -1, -step))
    room = 0.6 if len(whens) < 5 else 0.05 * len(whens)
    return {
        "field": "x",
        "type": "quantitative",
        "scale": {"domain": [-room, len(whens) - 1 + room], "nice": False, "zero": False},
        "axis": {
            "values": marked,
            "labelExpr": f"{json.dumps(list(whens))}[round(datum.value)]",
            "grid": False,
            "labelFlush": False,
            "labelOverlap": False,
            "title": None,
        },
    }


def _measure(form: Form, rows: Sequence[Spec], is_length: bool) -> Spec:
    """The axis of values. The length of a bar begins at nought; lines begin there unless that would flatten them."""
    seen = [float(row[name]) for row in rows for name in ("value", "low", "high") if row[name] is not None]
    axis: Spec = {"labelExpr": FORMATS[form][3], "tickCount": 5, "title": AXIS_TITLES.get(form)}
    if form == "ratio":
        low, high, ticks = _ratio_range(seen)
        scale: Spec = {"type": "log", "domain": [low, high], "nice": False, "clamp": True}
        return {
            "type": "quantitative",
            "scale": scale,
            "axis": axis | {"values": ticks, "tickCount": len(ticks), "labelOverlap": False},
        }
    low, high = min([*seen, 0.0] if is_length else seen or [0.0]), max(seen or [1.0])
    if is_length or form in ("points", "count") or low < high * (0.8 if form == "score" else 0.6):
        low = min(low, 0.0)
    if form == "points" or is_length:
        high = max(high, 0.0)
    room = (high - low or 1.0) * 0.06
    ends = [low if low == 0 else low - room, high + (room if not is_length else (high - low or 1.0) * 0.22)]
    return {"type": "quantitative", "scale": {"domain": ends, "nice": not is_length, "zero": False}, "axis": axis}


def _ratio_range(seen: Sequence[float]) -> tuple[float, float, list[float]]:
    """Ends and ticks on a scale where half and twice lie equally far from 1."""
    low = max(0.01, min([0.8, *(one for one in seen if one > 0)]) / 1.1)
    high = min(100.0, max([1.25, *seen]) * 1.15)
    ticks = FINE_RATIO_TICKS if low >= 0.35 and high <= 3 else RATIO_TICKS
    return low, high, [one for one in ticks if low <= one <= high]


def _label_axis(labels: Sequence[str]) -> Spec:
    lines = json.dumps({one: _wrapped(one) for one in labels})
    return {
        "title": None,
        "labelExpr": f"({lines})[datum.value]",
        "labelLimit": 260,
        "domain": False,
        "ticks": False,
        "labelPadding": 8,
    }


def _bands(groups: Sequence[str]) -> Spec:
    return {"type": "band", "paddingInner": 0.28 if len(groups) == 1 else 0.2, "paddingOuter": 0.1}


def _widest(labels: Sequence[str]) -> int:
    """About how much of the width labels take; to have it measured costs a third of the time."""
    return 24 + max((round(7.4 * len(line)) for label in labels for line in _wrapped(label)), default=0)


def _tallest(labels: Sequence[str]) -> int:
    return max((18 * len(_wrapped(one)) for one in labels), default=18)


def _wrapped(text: str, length: int = 26) -> list[str]:
    return textwrap.wrap(" ".join(text.split()), length, break_on_hyphens=False) or [""]


def _layers(rows: Sequence[Spec], layers: Sequence[Spec]) -> Spec:
    return {"data": {"values": list(rows)}, "layer": list(layers)}


# From a specification to a named image.

MEASURED, SHOWN = "Liberation Sans", "Arial, sans-serif"
"""Texts are as wide in both; to measure one by the name of a font that is there takes a quarter less time."""

LOOK: Spec = {
    "font": MEASURED,
    "background": "white",
    "padding": 4,
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": TEXT,
        "titleFontSize": TEXT,
        "titleFontWeight": "normal",
        "labelColor": INK,
        "titleColor": INK,
        "gridColor": PALE,
        "domainColor": "#768692",
        "tickColor": "#768692",
    },
    "axisY": {"titleAngle": 0, "titleAlign": "left", "titleX": -36, "titleY": -14, "titleBaseline": "bottom"},
    "legend": {
        "orient": "top",
        "title": None,
        "labelFontSize": TEXT,
        "labelColor": INK,
        "labelLimit": 0,
        "symbolSize": 160,
        "symbolOpacity": 1,
        "symbolStrokeWidth": 0,
        "columnPadding": 20,
        "offset": 14,
    },
}


def _chart(  # noqa: PLR0917  what a chart is made of
    name: str, title: str, description: str, spec: Spec, table: Table, left_out: Sequence[str]
) -> Chart:
    told = f"{description} {_left_out(left_out)}".strip()
    full = spec | {"config": LOOK}
    drawn = engrave(full)
    return Chart(functools.cache(lambda: _named_image(drawn(), name, title, told)), title, told, table)


def _left_out(names: Sequence[str]) -> str:
    if not names:
        return ""
    if len(names) > 6:
        return f"{len(names)} values are not drawn, because they are hidden or were not computed."
    return f"Not drawn, because hidden or not computed: {'; '.join(names)}."


LINES = (
    r'(<text text-anchor="end" transform="translate\([-\d.]+,)([-\d.]+)(\)"[^>]*>)((?:<tspan[^>]*>[^<]*</tspan>){2,})'
)


def _centred(found: re.Match[str]) -> str:
    """A label of several lines with its middle, not its first line, at its bar."""
    head, height, rest, lines = found.groups()
    return f"{head}{float(height) - (lines.count('<tspan') - 1) * LINE_HEIGHT / 2:g}{rest}{lines}"


def _named_image(svg: str, name: str, title: str, description: str) -> str:
    """One image with a title and a description of its own; nothing in it has a role, and its ids are the chart's."""
    svg = re.sub(r' (?:aria-[a-z]+|role|class|pointer-events|version|xmlns(?::xlink)?)="[^"]*"', "", svg)
    svg = re.sub(LINES, _centred, svg.replace(f'font-family="{MEASURED}"', f'font-family="{SHOWN}"'))
    for number, old in enumerate(dict.fromkeys(re.findall(r' id="([^"]+)"', svg))):
        svg = re.sub(rf'(id="|url\(#){re.escape(old)}(?=["\)])', rf"\g<1>{name}-{number}", svg)
    found = re.match(r'<svg width="([\d.]+)" height="([\d.]+)" viewBox="[^"]*">', svg)
    if found is None:
        raise ValueError(f"The chart {name} was not drawn as one image. Look at how it is specified.")
    width, height = found.groups()
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{name}-title {name}-description" '
        f'viewBox="0 0 {width} {height}" focusable="false">'
        f'<title id="{name}-title">{html.escape(title)}</title>'
        f'<desc id="{name}-description">{html.escape(description)}</desc>'
    )
    return head + svg[found.end() :]
