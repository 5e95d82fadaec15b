"""The official workbook of the NHS Staff Survey 2024, taken in as a trust would, against what NHS England printed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest

from flows.build import _run_dbt
from flows.configure import load_settings
from flows.home import Home
from flows.ingest import ingest
from tests.conftest import NOT_INSTALLABLE, SHARED_DATA

WORKBOOK = "nss24_organisational_results.xlsx"
OWN = "RRU"
SURVEY_MARTS = [
    "+path:models/marts/staff_survey",
    *("+wres_5_harassment_by_public", "+wres_6_harassment_by_staff", "+wres_7_equal_opportunities"),
    *("+wdes_4b_reporting_harassment", "+wdes_7_work_valued", "+wdes_8_reasonable_adjustments", "+wdes_9a_engagement"),
]
Ask = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Queries on the survey's marts of a home that holds the official workbook alone."""
    if not (SHARED_DATA / WORKBOOK).is_file():
        pytest.skip(NOT_INSTALLABLE[0])
    folder = tmp_path_factory.mktemp("survey")
    configuration = folder / "parity.toml"
    configuration.write_text(
        f'[organisation]\nname = "An Ambulance Service"\nods_code = "{OWN}"\n'
        "[clock]\nas_of_date = 2025-04-05\n[ingest]\nsettle_seconds = 0\n",
        encoding="utf-8",
    )
    settings = load_settings(configuration)
    home = Home.of(settings)
    home.prepare()
    (home.landing / "staff_survey").mkdir(parents=True, exist_ok=True)
    shutil.copy(SHARED_DATA / WORKBOOK, home.landing / "staff_survey" / WORKBOOK)
    with pytest.MonkeyPatch.context() as keyed:
        keyed.setitem(os.environ, "PARITY_PSEUDONYM_SECRET", "a secret for tests that is long enough to be one")
        ingest(settings, home, lambda line: None)
        command = ["build", "--select", *SURVEY_MARTS, "--indirect-selection", "cautious"]
        results = _run_dbt(settings, home, [[*command, "--exclude-resource-type", "unit_test"]], lambda line: None)
    assert not [one["name"] for one in results if one["status"] not in ("success", "pass")]
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


def recomputed(ask: Ask, score: str) -> tuple[int, int, float, float]:
    """Organisations with a printed score, those with a recomputed one, the largest difference, and the own trust's."""
    ((printed, again, largest, own),) = ask(
        "select count(printed_score), count(recomputed_score), max(abs(recomputed_minus_printed)),"
        " max(abs(recomputed_minus_printed)) filter (where is_own_organisation)"
        f" from marts.staff_survey_recomputed where score_key = '{score}'"
    )
    return printed, again, largest, own


def test_the_engagement_score_recomputed_from_answers_is_the_printed_one(ask: Ask) -> None:
    printed, again, largest, own = recomputed(ask, "Staff Engagement")
    assert (printed, again) == (263, 263)
    assert largest < 0.012
    assert own < 0.003


@pytest.mark.parametrize(
    ("score", "within"),
    [
        *[(score, 0.02) for score in ("E_1", "E_2", "E_3", "Morale", "M_1", "M_2", "M_3", "PP1", "PP1_2", "PP1_4")],
        *[(score, 0.02) for score in ("PP2", "PP3_1", "PP3_2", "PP4_2", "PP5_1", "PP6", "PP7", "PP7_1", "PP7_2")],
        *[("PP6_2", 1e-6), ("PP1_3", 0.022), ("PP1_1", 0.034), ("PP3", 0.032)],
        *[("PP6_1", 0.037), ("PP4_3", 0.041), ("PP5", 0.043), ("PP5_2", 0.055)],
    ],
)
def test_the_items_of_every_other_score_are_the_right_ones(ask: Ask, score: str, within: float) -> None:
    printed, again, largest, _ = recomputed(ask, score)
    assert (printed, again) == (263, 263)
    assert largest < within


def test_a_score_that_totals_cannot_give_says_why(ask: Ask) -> None:
    rows = ask(
        "select distinct score_key, recomputed_score, not_computed_because is null"
        " from marts.staff_survey_recomputed where score_key in ('PP4', 'PP4_1') order by score_key"
    )
    assert rows == [("PP4", None, False), ("PP4_1", None, False)]


@pytest.mark.parametrize(
    ("mart", "column", "printed"),
    [
        ("wres_5_harassment_by_public", "all_share", 0.465),
        ("wres_7_equal_opportunities", "all_share", 0.491),
        ("wdes_4b_reporting_harassment", "all_share", 0.447),
        ("wdes_7_work_valued", "all_share", 0.303),
        ("wdes_8_reasonable_adjustments", "all_share", 0.621),
    ],
)
def test_all_respondents_are_worked_out_of_the_workbook_where_there_is_no_breakdown(
    ask: Ask, mart: str, column: str, printed: float
) -> None:
    ((value, base, source, of_groups),) = ask(
        f"select {column}, all_base_count, all_source, disabled_not_computed_because from marts.{mart}"
        if mart.startswith("wdes")
        else f"select {column}, all_base_count, all_source, white_not_computed_because from marts.{mart}"
    )
    assert round(value, 3) == printed
    assert source == "official_workbook"
    assert 1000 < base < 6100
    assert of_groups == "The breakdown of this survey year has no row for the group."


def test_harassment_by_staff_is_no_sum_of_two_questions(ask: Ask) -> None:
    assert ask("select * from marts.wres_6_harassment_by_staff") == []


def test_the_printed_engagement_score_stands_for_all_respondents(ask: Ask) -> None:
    assert ask("select round(all_score, 4), all_source from marts.wdes_9a_engagement") == [
        (6.0075, "official_workbook")
    ]


def test_the_bases_and_shares_of_the_disability_questions_are_the_published_ones(ask: Ask) -> None:
    """29.2 % have a long-term condition; pressure is asked only of those who came unwell, 3,915 people."""
    rows = ask(
        "select question, round(100 * share, 1), base_count from marts.staff_survey_questions where is_own_organisation"
        " and answer_kind = 'counted' and question in ('Q31a', 'Q4b', 'Q11e') order by question"
    )
    assert [(question, share) for question, share, _ in rows if question != "Q11e"] == [("Q31a", 29.2), ("Q4b", 30.3)]
    assert [base for question, _, base in rows if question == "Q11e"] == [3915]


def test_the_ambulance_trusts_have_the_shares_that_were_published(ask: Ask) -> None:
    published = {
        "RRU": (46.5, 10.9, 15.8),
        "RX6": (49.8, 15.0, 18.6),
        "RX7": (40.2, 11.1, 16.3),
        "RX8": (45.2, 9.3, 18.0),
        "RX9": (39.8, 11.6, 17.5),
        "RYA": (44.8, 12.0, 17.3),
        "RYC": (40.8, 16.1, 22.1),
        "RYD": (46.0, 12.4, 16.2),
        "RYE": (43.1, 13.4, 18.3),
        "RYF": (38.0, 11.8, 19.3),
    }
    rows = ask(
        "select surveyed_organisation_code, question, round(100 * share, 1), benchmark_organisation_count"
        " from marts.staff_survey_questions where answer_kind = 'counted' and question in ('Q14a', 'Q14b', 'Q14c')"
    )
    assert {count for *_, count in rows} == {11}
    for place, question in enumerate(("Q14a", "Q14b", "Q14c")):
        shares = {code: share for code, one, share, _ in rows if one == question}
        assert {code: shares[code] for code in published} == {code: row[place] for code, row in published.items()}


def test_the_trust_has_its_place_among_the_ambulance_trusts(ask: Ask) -> None:
    """Lower is better for harassment: two of eleven trusts have more than 46.5 %, or the place is wrong."""
    rows = ask(
        "select is_own_organisation, share, place_in_benchmark_group from marts.staff_survey_questions"
        " where answer_kind = 'counted' and question = 'Q14a'"
    )
    ((own, place),) = [(share, place) for is_own, share, place in rows if is_own]
    assert place == 1 + sum(share < own for _, share, _ in rows)
    assert place > 6


def test_every_question_and_score_of_the_workbook_reaches_the_marts(ask: Ask) -> None:
    ((questions, answers),) = ask(
        "select count(distinct question), count(*) filter (where is_own_organisation)"
        " from marts.staff_survey_questions where answer_kind = 'printed'"
    )
    ((scores, organisations),) = ask(
        "select count(distinct score_key), count(distinct surveyed_organisation_code) from marts.staff_survey_scores"
    )
    ((in_raw,),) = ask(f"select count(*) from raw.staff_survey_organisation where surveyed_organisation_code = '{OWN}'")
    assert (scores, organisations) == (30, 263)
    assert answers + scores == in_raw
    assert questions > 120


SECTOR = {
    "RX6": (49.8, 15.0, 18.6),
    "RX7": (40.2, 11.1, 16.3),
    "RX8": (45.2, 9.3, 18.0),
    "RX9": (39.8, 11.6, 17.5),
    "RYA": (44.8, 12.0, 17.3),
    "RYC": (40.8, 16.1, 22.1),
    "RYD": (46.0, 12.4, 16.2),
    "RYE": (43.1, 13.4, 18.3),
    "RYF": (38.0, 11.8, 19.3),
}
"""Harassment by the public, by managers and by colleagues in the other ambulance trusts, percent (domain.md 8)."""


def test_the_sector_stands_beside_the_trust_as_it_was_printed(ask: Ask) -> None:
    for indicator, position in (("wdes_4a_i", 0), ("wdes_4a_ii", 1), ("wdes_4a_iii", 2)):
        rows = ask(
            "select compared_organisation_code, round(value * 100, 1), base_count from marts.sector_benchmarks"
            f" where indicator_id = '{indicator}' and compared_kind = 'trust'"
        )
        printed = {code: value for code, value, _ in rows if code in SECTOR}
        assert printed == {code: values[position] for code, values in SECTOR.items()}
        assert OWN not in {code for code, _, _ in rows}
        assert all(base is None or base >= 10 for _, _, base in rows)


def test_the_sector_is_the_median_of_its_trusts_the_own_one_included(ask: Ask) -> None:
    ((sector, name, bases),) = ask(
        "select value, compared_organisation_name, base_count from marts.sector_benchmarks"
        " where indicator_id = 'wres_5' and compared_kind = 'sector'"
    )
    ((median, own_group, answered),) = ask(
        "select median(share), any_value(benchmarking_group), sum(base_count) from marts.staff_survey_questions"
        " where question = 'Q14a' and answer_kind = 'counted'"
    )
    assert (sector, name, bases) == (median, own_group, answered)
    assert 0.40 < sector < 0.46
