"""What is rare is said well: a name that is HTML, seven people, no survey yet, an indicator that cannot be computed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.report.conftest import KINDS, Kind
from tests.report.odd_trust import HOSTILE_NAME, NOT_COMPUTED, NOT_COMPUTED_BECAUSE
from tests.report.pages_of import paths, read, text_of

ODD: tuple[Kind, ...] = ("odd_open", "odd_restricted")


@pytest.fixture(params=ODD)
def odd(request: pytest.FixtureRequest, site: Callable[[Kind], Path]) -> Path:
    return site(request.param)


NO_SURVEY = "no staff survey of this trust has been loaded yet"

PROGRAMS_SAY = {"None", "nan", "NaN", "nan%", "inf", "undefined", "null", "True", "False"}


def main_of(path: Path) -> str:
    return text_of(read(path).get_element_by_id("maincontent"))


def page_titled(site: Path, title: str) -> Path:
    found = [path for path in (site / "directorates").glob("*.html") if title_of(path).partition(" – ")[0] == title]
    assert len(found) == 1, f"one page is called {title}, not {len(found)}"
    return found[0]


def title_of(path: Path) -> str:
    return text_of(next(read(path).iter("title")))


def test_a_name_that_is_html_is_shown_and_never_obeyed(odd: Path) -> None:
    says = [path for path in paths(odd) if HOSTILE_NAME in text_of(read(path))]
    assert len(says) > 5, "its own page, the lists, and the tables by directorate name it"
    bold = [path for path in paths(odd) for one in read(path).iter("b") if "Fleet" in text_of(one)]
    assert bold == []
    escaped = [
        path for path in paths(odd) if any(f"&{sign}" in text_of(read(path)) for sign in ("lt;", "amp;", "#34;"))
    ]
    assert escaped == [], "nor is it escaped twice"
    own = page_titled(odd, HOSTILE_NAME)
    assert own.name.replace("-", "").removesuffix(".html").isalnum(), "a file's name has letters that every disk takes"


def test_seven_people_have_a_page_that_shows_nobody(site: Callable[[Kind], Path]) -> None:
    own = page_titled(site("odd_open"), "People and Culture")
    shown = [one for one in read(own).iter() if isinstance(one.tag, str) and one.get("data-figure")]
    of_theirs = [one for one in shown if "|directorate|People and Culture|" in one.get("data-figure", "")]
    assert {text_of(one) for one in of_theirs} <= {"[c]"}
    assert "[c]" in main_of(own)
    assert "hidden" in main_of(own)


def test_the_edi_team_sees_the_seven(site: Callable[[Kind], Path]) -> None:
    assert "7" in main_of(page_titled(site("odd_restricted"), "People and Culture")).split()


@pytest.mark.parametrize("indicator", ["wres_5", "wdes_8", "wdes_9a"])
def test_before_the_first_survey_its_pages_say_that_there_was_none(odd: Path, indicator: str) -> None:
    said = main_of(odd / "indicators" / f"{indicator}.html")
    assert NO_SURVEY in said.casefold()
    assert "How it is defined" in said, "its definition stands all the same"


def test_home_says_what_there_is_no_survey_for(odd: Path) -> None:
    assert NO_SURVEY in main_of(odd / "index.html").casefold()


def test_an_indicator_that_cannot_be_computed_says_why(odd: Path) -> None:
    said = main_of(odd / "indicators" / f"{NOT_COMPUTED}.html")
    assert NOT_COMPUTED_BECAUSE.casefold().rstrip(".") in said.casefold()
    assert "[x]" in said


@pytest.mark.parametrize("kind", KINDS)
def test_no_figure_and_no_name_is_what_programs_say_for_nothing(kind: Kind, site: Callable[[Kind], Path]) -> None:
    named = (
        (path, one) for path in paths(site(kind)) for one in read(path).iter("th", "td", "h1", "h2", "h3", "a", "span")
    )
    assert [path.name for path, one in named if text_of(one) in PROGRAMS_SAY] == []
