"""Every figure on every page is the mart's: each is looked up by its key and written anew by the seed's rules."""

from __future__ import annotations

import csv
import functools
import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest
from lxml.html import HtmlElement

from flows.configure import PROJECT
from flows.report import Edition
from tests.report.conftest import KINDS, Kind
from tests.report.pages_of import paths, read, text_of

KEY = ("indicator_id", "as_at_date", "organisation_unit_level", "organisation_unit", "stratum", "measure")
GROUPS = {"indicator_values": ("group",), "indicator_comparisons": ("minority_group", "reference_group")}
PEOPLE = ("numerator", "denominator")


@dataclass(frozen=True)
class Shown:
    """A figure as it stands on a page."""

    page: str
    key: str
    text: str


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param  # type: ignore[no-any-return]


def shown_figures(site: Path) -> Iterator[Shown]:
    for path in paths(site):
        for element in read(path).iter():
            if isinstance(element, HtmlElement) and element.get("data-figure"):
                yield Shown(str(path.relative_to(site)), element.get("data-figure", ""), text_of(element))


def test_every_figure_on_every_page_is_that_of_the_mart(
    kind: Kind, edition: Callable[[Kind], Edition], site: Callable[[Kind], Path]
) -> None:
    shown = list(shown_figures(site(kind)))
    expected = Mart(edition(kind).figures, {one.key for one in shown}).texts
    wrong = [
        f"{one.page}: {one.key} shows {one.text}, the mart has {expected.get(one.key)}"
        for one in shown
        if one.text != expected.get(one.key)
    ]
    assert not wrong, f"{len(wrong)} figures are not the mart's:\n" + "\n".join(wrong[:20])
    assert len({one.key for one in shown}) > 200, "pages have figures, and each says where it stands in the release"


class Mart:
    """The rows behind a set of keys, in one question for each conformed table, and how each figure must be written."""

    def __init__(self, figures: Path, keys: set[str]) -> None:
        self.texts: dict[str, str] = {}
        with duckdb.connect() as con:
            con.execute(f"attach '{figures}' as figures (read_only)")
            con.execute("use figures.marts")
            for table in GROUPS:
                self._read(con, table, [key.split("|") for key in keys if key.startswith(f"{table}|")])

    def _read(self, con: duckdb.DuckDBPyConnection, table: str, keys: list[list[str]]) -> None:
        if not keys:
            return
        con.execute("create or replace temp table asked (whole varchar, parts varchar[])")
        con.executemany("insert into asked values (?, ?)", [("|".join(key), key) for key in keys])
        columns = (*KEY, *GROUPS[table])
        same = " and ".join(
            f'cast(it."{name}" as varchar) = asked.parts[{place}]' for place, name in enumerate(columns, start=2)
        )
        found = con.execute(
            f"select asked.whole, it.* from asked join {table} it on {same} where it.is_current_definition"
        )
        names = [str(column[0]) for column in found.description or ()]
        for row in found.fetchall():
            whole = row[0]
            assert whole not in self.texts, f"{whole} is the key of two rows"
            self.texts[whole] = as_written(table, dict(zip(names[1:], row[1:], strict=True)), whole.split("|")[-1])


def as_written(table: str, row: dict[str, Any], column: str) -> str:
    """How the figure of a row has to look by seeds/report/measure_formats.csv, or the marker that stands for it."""
    number = row[column]
    if number is None:
        return missing(row, column)
    if column.endswith(PEOPLE):
        exact = Fraction(str(number))
        return with_decimals(exact, 0 if exact.denominator == 1 else 1)
    rule = form(table, "difference" if column == "change" else row["measure"], row["unit"])
    text = with_decimals(abs(Fraction(str(number)) * int(rule["scale"])), int(rule["decimals"]))
    is_nought = not re.search("[1-9]", text)
    plus = "+" if column == "change" or rule["is_signed"] == "true" else ""
    sign = "" if is_nought else "\N{MINUS SIGN}" if number < 0 else plus
    return f"{sign}{rule['prefix']}{text}{rule['suffix']}"


def missing(row: dict[str, Any], column: str) -> str:
    if column == "value" and row.get("value_text"):
        return str(row["value_text"])
    marker = row.get("denominator_marker" if column == "denominator" else "value_marker")
    why = row.get("marker_reason") or row.get("not_computed_because")
    return str(marker or ("[x]" if why else "[z]"))


def with_decimals(exact: Fraction, decimals: int) -> str:
    """Halves go up; thousands are set apart."""
    whole = int(exact * 10**decimals + Fraction(1, 2))
    return f"{Decimal(whole).scaleb(-decimals):,.{decimals}f}"


@functools.cache
def form(table: str, measure: str, unit: str) -> dict[str, str]:
    with (PROJECT / "seeds/report/measure_formats.csv").open(encoding="utf-8", newline="") as handle:
        rules = {(row["conformed_table"], row["measure"], row["unit"]): row for row in csv.DictReader(handle)}
    return rules.get((table, measure, unit)) or rules[table, "*", unit]


# Numbers that have no key: in tables by their heading, in sentences and drawings by the mart of the page's indicators.

NUMBER = re.compile(r"[+\N{MINUS SIGN}]?£?\d[\d,]*(\.\d+)?( ?%| points)?")

NO_FIGURES = {
    "target": "a target is a definition: seeds/catalogue/declaration_targets.csv, or the plan's own words",
    "records to complete": "derived in one place from a share and its base that are shown",
    "records": "the same, by question",
    "conversations for every target": "derived from the records to complete",
    "figures|approved|changed since|draft": "rows of the release, counted",
    "rows|columns": "the size of a table",
    "number|version|question": "the name of an indicator, of its definition, or of a question",
    "days left|days ago": "days between two dates",
    "numbers|hidden|of these hidden for others' sake": "the run's record: what disclosure control did",
    "rows read|loaded|rejected|looked at|came|passed|left out|seconds": "the run's record",
    "checks that fit|to look at|without a figure": "a return's own checks, counted",
    "printed|today": "what a document printed, and today's figure written so: tests/report/test_published.py",
    "value|answers": "official results of other trusts, in tables of that name: looked up below",
    "type this, in %": "the gov.uk service asks for the number without its sign; tests/returns looks it up",
}
"""Headings of columns whose numbers are no figures of a mart, and what they are."""

NAMED = {name for names in NO_FIGURES for name in names.split("|")}

IN_WORDS = re.compile(r"£\d[\d,]*\.\d\d|\d[\d,]*(?:\.\d+)?%|\d+(?:\.\d+)? points")

GIVEN = {"95%", "95.0%", "5 points"}
"""The confidence of intervals, the target of declarations, and how near to it the legend of Safe to Say calls near."""


def test_no_table_shows_a_number_without_its_key(kind: Kind, site: Callable[[Kind], Path]) -> None:
    folder = site(kind)
    found = {
        f"{path.relative_to(folder)}: {heading}: {text_of(cell)}"
        for path in paths(folder)
        for heading, cell in unkeyed_cells(path)
        if heading.rpartition(": ")[2].casefold() not in NAMED
    }
    assert not found, f"{len(found)} numbers say not where they stand:\n" + "\n".join(sorted(found)[:20])


def test_other_trusts_are_told_as_the_official_results_have_them(
    kind: Kind, edition: Callable[[Kind], Edition], site: Callable[[Kind], Path]
) -> None:
    folder = site(kind)
    official = official_results(edition(kind).figures)
    told = {path.stem: set(other_trusts(path)) for path in (folder / "indicators").glob("*.html")}
    wrong = [f"{indicator}: {row}" for indicator, rows in told.items() for row in rows - official[indicator]]
    assert not wrong, "\n".join(wrong[:20])
    assert any(told.values()) == any(official.values())


def other_trusts(path: Path) -> Iterator[tuple[str, str, str]]:
    """Name, value and number of answers as they stand in the page's table of other trusts; our own row has keys."""
    for table in read(path).iter("table"):
        if not str(table.find("caption").get("id")).removesuffix("-caption").endswith("__sector"):
            continue
        for row in table.findall("tbody/tr"):
            if not any(one.get("data-figure") for one in row.iter()):
                cells = [text_of(cell) for cell in row]
                yield cells[0], cells[2], cells[3]


def official_results(figures: Path) -> dict[str, set[tuple[str, str, str]]]:
    """Name, value and number of answers of every organisation by indicator, as they have to be written."""
    found: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    with duckdb.connect() as con:
        con.execute(f"attach '{figures}' as figures (read_only)")
        rows = con.execute(
            "select indicator_id, compared_organisation_name, measure, unit, value, base_count "
            "from figures.marts.sector_benchmarks"
        )
        for indicator, name, measure, unit, value, base in rows.fetchall():
            row = {"measure": measure, "unit": unit, "value": value, "marker_reason": "The survey prints none."}
            text = as_written("indicator_values", row, "value")
            found[indicator].add((name, text, "" if base is None else f"{base:,}"))
    return found


def unkeyed_cells(path: Path) -> Iterator[tuple[str, HtmlElement]]:
    """Cells that hold a number and no key, with the heading of their column."""
    for table in read(path).iter("table"):
        headings = [text_of(one) for one in table.iter("th") if one.get("scope") == "col"]
        for cell in table.iter("td", "th"):
            is_keyed = any(one.get("data-figure") for one in cell.iter() if isinstance(one, HtmlElement))
            if NUMBER.fullmatch(text_of(cell)) and not is_keyed:
                place = list(cell.getparent()).index(cell)
                yield headings[place] if place < len(headings) else "", cell


def test_no_sentence_and_no_drawing_tells_a_number_that_the_mart_has_not(
    kind: Kind, edition: Callable[[Kind], Edition], site: Callable[[Kind], Path]
) -> None:
    folder = site(kind)
    with duckdb.connect() as con:
        con.execute(f"attach '{edition(kind).figures}' as figures (read_only)")
        con.execute("use figures.marts")
        known = functools.cache(lambda indicator: texts_of_indicator(con, indicator))
        invented = [
            f"{path.relative_to(folder)}: {number}: {text_of(element)[:100]}"
            for path in paths(folder)
            for number, element in numbers_in_words(path)
            if not any(number in known(indicator) for indicator in indicators_of(path, element))
        ]
    assert not invented, f"{len(invented)} numbers are not the mart's:\n" + "\n".join(invented[:20])


def numbers_in_words(path: Path) -> Iterator[tuple[str, HtmlElement]]:
    """Percentages, points and pounds in sentences and drawings that no figure of the page shows, without their sign."""
    page = read(path)
    shown = {text_of(one).lstrip("+\N{MINUS SIGN}") for one in page.iter() if one.get("data-figure")}
    said = ("meta", "p", "li", "h1", "h2", "h3", "figcaption", "dd", "caption", "text", "desc", "title")
    for element in page.iter(*said):
        for number in IN_WORDS.findall(element.get("content") or text_of(element)):
            if number not in shown and number not in GIVEN and not is_tick(element):
                yield number, element


def is_tick(element: HtmlElement) -> bool:
    """Whether it is one of the marks of an axis: of a drawing's texts in a row that are as far from each other."""
    if element.tag != "text":
        return False
    row = [Decimal(match[0]) for one in element.getparent() if (match := re.search(r"\d+(\.\d+)?", text_of(one)))]
    steps = {abs(one - other) for one, other in itertools.pairwise(row)}
    return len(row) > 2 and len(steps) == 1


def indicators_of(path: Path, element: HtmlElement) -> set[str]:
    """What a text can be about: the page's own indicator, those that it shows figures of, those that it links to."""
    keyed = {one.get("data-figure", "").split("|")[1] for one in read(path).iter() if one.get("data-figure")}
    linked = {Path(one.get("href", "")).stem for one in element.iter("a")}
    return keyed | linked | {path.stem}


def texts_of_indicator(con: duckdb.DuckDBPyConnection, indicator: str) -> set[str]:
    """Every number of an indicator as it would be written, without its sign: also of directorates and other trusts."""
    found = set[str]()
    official = con.execute("select measure, unit, value from sector_benchmarks where indicator_id = ?", [indicator])
    for measure, unit, number in official.fetchall():
        row = {"measure": measure, "unit": unit, "value": number}
        found.add(as_written("indicator_values", row, "value"))
    for table, columns in (
        ("indicator_values", ("value",)),
        ("indicator_comparisons", ("value", "previous_value", "change")),
    ):
        for column in columns:
            rows = con.execute(
                f"select distinct measure, unit, {column} from {table} where is_current_definition "
                f"and indicator_id = ? and organisation_unit_level <> 'team' and {column} is not null",
                [indicator],
            )
            for measure, unit, number in rows.fetchall():
                row = {"measure": measure, "unit": unit, column: number}
                found.add(as_written(table, row, column).lstrip("+\N{MINUS SIGN}"))
    return found
