"""Every figure on every page is the mart's: each is looked up by its key and written anew by the seed's rules."""

from __future__ import annotations

import csv
import functools
import re
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
