"""`docs/data-quality.md` names for each rule of the domain reference what guards it: nothing on it may be gone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.configure import PROJECT

PAGE = PROJECT / "docs/data-quality.md"
PARAGRAPHS = [
    f"§{chapter}.{number}" for chapter, last in ((1, 10), (2, 6), (3, 5), (9, 3)) for number in range(1, last + 1)
]
REASON = re.compile(r"(Context|Not guarded): .{15,}")


def in_backticks(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def rows(page: str) -> list[tuple[str, str, str, str]]:
    """Paragraph of the heading above, paragraph, rule and guards of each row."""
    found, heading = [], ""
    for line in page.splitlines():
        if title := re.match(r"#+ (§\d+\.\d+)? ?", line):
            heading = title[1] or ""
        elif line.startswith("| §") and not line.startswith("| § |"):
            paragraph, rule, guards = (cell.strip() for cell in line.strip().strip("|").split("|"))
            found.append((heading, paragraph, rule, guards))
    return found


@cache
def described() -> list[dict[str, Any]]:
    files = [*(PROJECT / "models").rglob("*.yml"), *(PROJECT / "seeds").rglob("*.yml")]
    return [yaml.safe_load(path.read_text(encoding="utf-8")) or {} for path in files]


def column_tests() -> Iterator[str]:
    for table in (table for page in described() for kind in ("models", "seeds") for table in page.get(kind) or []):
        for column in table.get("columns") or []:
            for test in column.get("data_tests") or []:
                yield f"{table['name']}.{column['name']}: {test if isinstance(test, str) else next(iter(test))}"


def checks() -> Iterator[str]:
    for path in sorted((PROJECT / "expectations").glob("*.yml")):
        suite = yaml.safe_load(path.read_text(encoding="utf-8"))
        for one in suite["expectations"]:
            for values in suite["lists"][one["for_each"]] if "for_each" in one else [{}]:
                yield one["name"].format(**values)


def python_tests(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield f"{path.relative_to(PROJECT).as_posix()}::{node.name}"


@cache
def guards() -> frozenset[str]:
    """Every test and check of the project, as the page names them."""
    found = {test["name"] for page in described() for test in page.get("unit_tests") or []}
    found |= {path.stem for path in (PROJECT / "tests/dbt").glob("*.sql")}
    found |= {*column_tests(), *checks()}
    for path in (PROJECT / "tests").rglob("test_*.py"):
        found |= set(python_tests(path))
    return frozenset(found)


def test_every_guard_on_the_page_exists() -> None:
    named = in_backticks(PAGE.read_text(encoding="utf-8"))
    assert len(set(named)) > 100
    gone = sorted({name for name in named if name not in guards() and not (PROJECT / name).exists()})
    assert gone == [], "The page names guards that are not in the project: name the new ones, or write the test again."


@pytest.mark.parametrize("paragraph", PARAGRAPHS)
def test_every_paragraph_of_the_reference_has_its_rows(paragraph: str) -> None:
    found = [row for row in rows(PAGE.read_text(encoding="utf-8")) if row[1] == paragraph]
    assert found, f"No row of the page is about {paragraph} of the domain reference."
    assert {heading for heading, *_ in found} == {paragraph}


def test_no_row_is_without_a_guard_or_a_reason() -> None:
    found = rows(PAGE.read_text(encoding="utf-8"))
    assert {paragraph for _, paragraph, _, _ in found} == set(PARAGRAPHS)
    bare = [
        (paragraph, rule)
        for _, paragraph, rule, told in found
        if not guards() & set(in_backticks(told)) and not REASON.match(told)
    ]
    assert bare == []


def test_no_rule_stands_twice() -> None:
    rules = [(paragraph, rule) for _, paragraph, rule, _ in rows(PAGE.read_text(encoding="utf-8"))]
    assert len(rules) == len(set(rules))
    assert all(rule.endswith(".") for _, rule in rules)
