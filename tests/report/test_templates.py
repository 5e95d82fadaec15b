"""Templates show what they are told: they compute nothing, and nothing in them is a figure or a trust's name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from flows.configure import PROJECT

TEMPLATES = sorted((PROJECT / "reports").rglob("*.j2"))
ARITHMETIC = (
    nodes.Add,
    nodes.Sub,
    nodes.Mul,
    nodes.Div,
    nodes.FloorDiv,
    nodes.Mod,
    nodes.Pow,
    nodes.Neg,
    nodes.Pos,
)
COMPUTING = {"abs", "filesizeformat", "float", "format", "int", "max", "min", "round", "sum"}


def arithmetic_in(source: str) -> list[str]:
    """What of a template computes: operators on anything, filters and loops' own sums."""
    tree = Environment(autoescape=True).parse(source)  # nothing is rendered
    operators = [f"line {node.lineno}: {type(node).__name__}" for node in tree.find_all(ARITHMETIC)]
    filters = [f"line {node.lineno}: |{node.name}" for node in tree.find_all(nodes.Filter) if node.name in COMPUTING]
    calls = [
        f"line {node.lineno}: {node.node.name}()"
        for node in tree.find_all(nodes.Call)
        if isinstance(node.node, nodes.Name) and node.node.name in COMPUTING | {"range", "cycler"}
    ]
    return operators + filters + calls


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_arithmetic(template: Path) -> None:
    assert arithmetic_in(template.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "{{ a + 1 }}",
        "{{ a - b }}",
        "{{ -a }}",
        "{{ a * 100 }}",
        "{{ a / b }}",
        "{{ a // b }}",
        "{{ a % b }}",
        "{{ a ** 2 }}",
        "{{ a | round(1) }}",
        "{% set x = rows | sum(attribute='n') %}",
        "{{ a | int }}",
        "{{ '%.1f' | format(a) }}",
        "{% for n in range(3) %}{% endfor %}",
    ],
)
def test_arithmetic_is_found_where_there_is_some(source: str) -> None:
    assert arithmetic_in(source)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_trusts_no_text_but_drawings_and_rendered_markdown(template: Path) -> None:
    """`markup` puts text on the page as it is; `safe` would do the same unasked."""
    source = template.read_text(encoding="utf-8")
    tree = Environment(autoescape=True).parse(source)
    assert [node.name for node in tree.find_all(nodes.Filter) if node.name == "safe"] == []
    assert not re.search(r"autoescape\s+false", source)
    raw = [node.node for node in tree.find_all(nodes.Filter) if node.name == "markup"]
    named = [one.attr if isinstance(one, nodes.Getattr) else getattr(one, "name", "?") for one in raw]
    assert set(named) <= {"svg", "html"}, f"only a drawing or rendered Markdown is put as it is, not {named}"
