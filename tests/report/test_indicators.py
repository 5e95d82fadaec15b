"""The page of an indicator: one for each of the catalogue, whatever there is to say, alike in both editions."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from lxml.html import HtmlElement

from flows.configure import PROJECT
from flows.report import Edition
from flows.report.read import seed
from tests.report.conftest import Kind
from tests.report.pages_of import read, text_of

Sites = Callable[[Kind], Path]
Editions = Callable[[Kind], Edition]


def definitions() -> list[dict[str, str]]:
    with (PROJECT / "seeds/catalogue/indicator_definitions.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def current() -> list[str]:
    return [row["indicator_id"] for row in definitions() if row["is_current_definition"] == "true"]


def page(site: Path, indicator_id: str) -> HtmlElement:
    return read(site / "indicators" / f"{indicator_id}.html")


def finding_of(one: HtmlElement) -> str:
    return text_of(one.find_class("parity-finding-text")[0])


def asked(edition: Edition, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(edition.figures), read_only=True) as con:
        con.execute("use marts")
        return con.execute(sql).fetchall()


@pytest.mark.parametrize("kind", ["open", "restricted", "odd_open", "odd_restricted"])
def test_every_indicator_of_the_catalogue_has_a_page_and_a_place_in_the_index(kind: Kind, site: Sites) -> None:
    index = read(site(kind) / "indicators/index.html")
    linked = {link.get("href") for link in index.iter("a")}
    for indicator_id in current():
        assert finding_of(page(site(kind), indicator_id))
        assert f"../indicators/{indicator_id}.html" in linked


@pytest.mark.parametrize("kind", ["open", "restricted"])
def test_an_indicator_that_is_not_computed_says_why_and_is_defined_all_the_same(kind: Kind, site: Sites) -> None:
    for row in definitions():
        if row["is_computed"] == "false":
            one = page(site(kind), row["indicator_id"])
            assert finding_of(one) == f"This indicator is not computed. {row['not_computed_because']}"
            assert row["definition"] in text_of(one)
            assert not list(one.iter("svg")), "there is nothing to draw"


def test_a_trust_without_a_survey_is_told_that_none_has_been_loaded(site: Sites) -> None:
    for kind in ("odd_open", "odd_restricted"):
        assert "no staff survey of this trust has been loaded yet" in finding_of(page(site(kind), "wres_5"))


def test_a_hidden_finding_says_so_and_its_number_is_nowhere_on_the_page(site: Sites, edition: Editions) -> None:
    hidden = asked(
        edition("open"),
        "select indicator_id from indicator_comparisons where organisation_unit = 'trust' and value_marker = '[c]' "
        "and stratum = 'all' and measure = 'relative_likelihood' and indicator_id in ('wres_3', 'wdes_3') "
        "and as_at_date = (select max(as_at_date) from indicator_comparisons where indicator_id = 'wdes_3')",
    )
    assert hidden, "a trust of nine hundred has few cases"
    for (indicator_id,) in hidden:
        one = page(site("open"), str(indicator_id))
        assert "is hidden, so that nobody can be found by it" in finding_of(one)
        exact = finding_of(page(site("restricted"), str(indicator_id))).split(" times as likely")[0].split()[-1]
        assert exact.replace(".", "").isdigit()
        assert exact not in finding_of(one)


def test_all_versions_of_a_definition_are_listed(site: Sites) -> None:
    told = text_of(page(site("open"), "wres_3"))
    for row in definitions():
        if row["indicator_id"] == "wres_3":
            assert f"Version {row['definition_version']}" in told
            assert row["definition"] in told


def test_teams_are_for_the_edi_team_alone_and_small_ones_for_nobody(site: Sites, edition: Editions) -> None:
    smallest = next(int(one["value"]) for one in seed("report/report_rules") if one["rule"] == "smallest_team_page")
    sizes = dict(
        asked(
            edition("restricted"),
            "select organisation_unit, max(denominator) from indicator_values where organisation_unit_level = 'team' "
            "and indicator_id = 'declaration_ethnicity' and as_at_date = (select max(as_at_date) from indicator_values "
            "where indicator_id = 'declaration_ethnicity') group by all",
        )
    )
    told = page(site("restricted"), "declaration_ethnicity").get_element_by_id("declaration_ethnicity__teams")
    shown = {text_of(row.findall("th")[0]) for row in told.iter("tr") if row.findall("th") and row.findall("td")}
    assert shown
    assert all(int(str(sizes[name]).split(".")[0]) >= smallest for name in shown)
    assert not [one for one in page(site("open"), "declaration_ethnicity").iter() if one.get("id") == "teams"]


def test_actions_of_the_plan_that_name_an_indicator_stand_on_its_page(site: Sites, edition: Editions) -> None:
    found = asked(
        edition("restricted"),
        "select distinct reference, action from plan_actions where indicator_id = 'wres_2' "
        "and as_at_date = (select max(as_at_date) from plan_actions)",
    )
    assert found
    told = text_of(page(site("restricted"), "wres_2").get_element_by_id("wres_2__actions"))
    for reference, action in found:
        assert f"{reference}: {' '.join(str(action).split())}" in told


def test_an_edition_without_plans_or_other_trusts_says_so(site: Sites, edition: Editions) -> None:
    told = text_of(page(site("open"), "wres_2"))
    tables = {str(name) for (name,) in asked(edition("open"), "select table_name from duckdb_tables()")}
    if "plan_actions" not in tables:
        assert "action plans are not part of what is published here" in told
    assert "Beside other trusts: no official figures of other trusts are loaded for this indicator." in told


def test_both_groups_stand_beside_their_own_base(site: Sites) -> None:
    table = page(site("restricted"), "wres_2").get_element_by_id("wres_2__groups")
    headings = [text_of(one) for one in table.iter("th") if one.get("scope") == "col"]
    assert [one.rstrip(" ↕") for one in headings[:4]] == ["Group", "Counted", "Out of", "Likelihood"]
    for row in list(table.iter("tr"))[1:]:
        counted, base = (float(text_of(cell).replace(",", "")) for cell in row.findall("td")[:2])
        assert counted <= base


def test_a_directorate_named_in_html_stands_as_it_is_written(site: Sites) -> None:
    told = page(site("odd_restricted"), "wres_1").get_element_by_id("wres_1__directorates")
    assert "<b>" in text_of(told)
    assert not list(told.iter("b"))
