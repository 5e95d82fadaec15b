"""Findings are said by rules: right numbers, the right side of parity, both directions, and reasons for no figure."""

from __future__ import annotations

import csv
import datetime
import itertools
from collections.abc import Callable
from typing import Any

import pytest

from flows.configure import PROJECT
from flows.report import Edition
from flows.report.compose import Figure
from flows.report.gather import Names, gather, lead_of, told
from flows.report.read import Row, read_figures, seed
from flows.report.word import finding, listing, missing, said

DIRECTIONS = ("improved", "worsened", "no_clear_change", "not_comparable")


def comparison(**changes: Any) -> Row:
    """A row of shown_comparisons: White over ethnic minority, appointed from shortlisting."""
    row = {
        "indicator_id": "wres_2",
        "as_at_date": datetime.date(2025, 3, 31),
        "reporting_year": "2024/25",
        "organisation_unit_level": "trust",
        "organisation_unit": "trust",
        "stratum": "all",
        "measure": "relative_likelihood",
        "minority_group": "ethnic_minority",
        "reference_group": "white",
        "unit": "ratio",
        "status": "draft",
        "value": 1.3002,
        "previous_value": 2.0001,
        "direction_by_threshold": "improved",
        "direction_tested": "improved",
        "value_marker": None,
        "marker_reason": None,
        "not_computed_because": None,
    }
    return row | changes


def value(**changes: Any) -> Row:
    """A row of shown_values: the share of one group of the workforce."""
    row = comparison(indicator_id="workforce_profile_ethnicity", measure="share", unit="fraction", group="white")
    for name in ("minority_group", "reference_group", "previous_value", "direction_by_threshold", "direction_tested"):
        del row[name]
    return row | {"value_text": None, "value": 0.688} | changes


def say(row: Row, **named: Any) -> str:
    return said(finding(row, **named))


def test_a_ratio_above_parity_says_who_is_how_many_times_as_likely() -> None:
    assert say(comparison()) == (
        "White applicants were 1.30 times as likely as applicants from ethnic minorities to be appointed from "
        "shortlisting in 2024/25; a year earlier it was 2.00 times. This improved by the trust’s rule, and the change "
        "can be told from chance."
    )


def test_a_ratio_below_parity_is_said_the_other_way_round() -> None:
    sentence = say(comparison(value=0.9203, previous_value=0.8399, direction_tested="no_clear_change"))
    assert sentence.startswith("White applicants were less likely than applicants from ethnic minorities")
    assert ": 0.92 times as likely; a year earlier it was 0.84 times." in sentence
    assert "improved by the trust’s rule, but the change cannot be told from chance" in sentence


@pytest.mark.parametrize("ratio", [1.0, 1.004, 0.9951])
def test_a_ratio_that_is_written_as_one_is_parity(ratio: float) -> None:
    assert "as likely as each other" in say(comparison(value=ratio))
    assert "less likely" not in say(comparison(value=ratio))


def test_two_values_that_are_written_alike_are_called_the_same() -> None:
    row = comparison(value=1.3002, previous_value=1.2985, direction_by_threshold="no_clear_change")
    assert "a year earlier it was the same, when rounded" in say(row)


def test_a_year_earlier_on_the_other_side_of_parity_is_told_on_its_side() -> None:
    gap = comparison(indicator_id="wres_9", measure="difference", unit="fraction", reference_group="workforce")
    sentence = say(gap | {"value": 0.0617, "previous_value": -0.0687}, named={"stratum": "Voting members"})
    assert "was 6.2 points above their share of the workforce" in sentence
    assert "a year earlier it was 6.9 points below" in sentence


def test_a_negative_pay_gap_is_higher_pay() -> None:
    gap = {"indicator_id": "pay_gap_gender", "measure": "median_pay_gap", "unit": "fraction"}
    people = {"minority_group": "female", "reference_group": "male"}
    sentence = say(comparison(**gap, **people, value=-0.0123, previous_value=0.0974))
    assert "The median hourly pay of women was 1.2% higher than that of men" in sentence
    assert "a year earlier it was 9.7% lower" in sentence


def test_a_change_past_parity_is_not_told_as_an_improvement_alone() -> None:
    assert say(comparison(value=0.76, previous_value=1.35)).endswith(" The gap is now the other way round.")
    same_side = say(comparison(value=0.76, previous_value=0.61))
    unclear = {"direction_by_threshold": "no_clear_change", "direction_tested": "no_clear_change"}
    assert "other way round" not in same_side + say(comparison(value=0.98, previous_value=1.02, **unclear))


def test_a_hidden_figure_is_not_told_and_its_sentence_says_why() -> None:
    row = comparison(value=None, previous_value=None, value_marker="[c]", marker_reason="Hidden")
    assert say(row) == (
        "The figure for 2024/25 is hidden, so that nobody can be found by it: few people are behind it, or it would "
        "give away another number."
    )


def test_a_figure_that_cannot_be_computed_gives_its_reason() -> None:
    row = comparison(value=None, previous_value=None, not_computed_because="Nobody in the group had a bonus.")
    assert say(row) == "There is no figure for 2024/25: nobody in the group had a bonus."


def test_nothing_loaded_gives_its_reason() -> None:
    assert said(missing("No staff survey of this trust has been loaded yet")) == (
        "There is nothing to say yet: no staff survey of this trust has been loaded yet."
    )


def test_a_first_year_says_that_nothing_stands_before_it() -> None:
    assert say(comparison(previous_value=None)).endswith(
        "in 2024/25. There is no figure of a year earlier to set it beside."
    )


def test_a_directorate_is_named_first() -> None:
    row = comparison(organisation_unit_level="directorate", organisation_unit='<b>&"Fleet"')
    assert say(row).startswith('In <b>&"Fleet", white applicants were 1.30 times as likely')


def test_the_other_group_is_told_where_it_is_known_and_left_out_where_not() -> None:
    survey = comparison(indicator_id="wres_5", measure="share", unit="fraction", value=0.435, previous_value=0.42)
    other = value(indicator_id="wres_5", group="white", value=0.512)
    assert say(survey, beside=[other]).startswith(
        "43.5% of staff from ethnic minorities, and 51.2% of white staff, said"
    )
    assert say(survey).startswith("43.5% of staff from ethnic minorities said")
    assert say(survey, beside=[other | {"value": None, "value_marker": "[c]"}]) == say(survey)


def test_a_list_sets_in_order_only_what_is_shown_and_says_that_more_is_hidden() -> None:
    rows = [
        value(group="white", value=0.688),
        value(group="unknown", value=None, value_marker="[c]", marker_reason="Hidden"),
        value(group="ethnic_minority", value=0.246),
    ]
    labels = {"white": "White", "ethnic_minority": "Ethnic minority"}
    told_of = said(listing(rows, labels, "list"))
    assert told_of == (
        "Of the groups that can be shown, the largest of the workforce on 31 March 2025 were White (68.8%) and Ethnic "
        "minority (24.6%)."
    )
    assert said(listing(rows[:1], labels, "list")).startswith("The largest groups of the workforce on")


def test_a_list_of_hidden_figures_alone_is_hidden() -> None:
    assert "is hidden" in said(listing([value(value=None, value_marker="[c]", marker_reason="Hidden")], {}, "list"))


def test_every_pair_of_directions_has_words() -> None:
    for threshold, tested in itertools.product(DIRECTIONS, DIRECTIONS):
        assert say(comparison(direction_by_threshold=threshold, direction_tested=tested)).count(".") >= 2


def test_each_number_of_a_sentence_can_be_checked_in_the_mart() -> None:
    figures = [part for part in finding(comparison()) if isinstance(part, Figure)]
    assert [one.text for one in figures] == ["1.30", "2.00"]
    assert all(one.key.startswith("indicator_comparisons|wres_2|2025-03-31|") for one in figures)
    assert figures[1].key.endswith("|previous_value")


def test_no_sentence_shows_a_number_of_its_own() -> None:
    allowed = ("out of 10", "of 33", "at 95%")
    for one in seed("report/finding_sentences"):
        words = one["sentence"]
        for phrase in allowed:
            words = words.replace(phrase, "")
        assert not any(letter.isdigit() for letter in words), one["sentence"]


def computed() -> list[dict[str, str]]:
    with (PROJECT / "seeds/catalogue/indicator_definitions.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    return [row for row in rows if row["is_current_definition"] == "true" and row["is_computed"] == "true"]


@pytest.mark.parametrize("definition", computed(), ids=lambda row: row["indicator_id"])
def test_every_indicator_with_figures_has_words_of_its_own(definition: dict[str, str]) -> None:
    names = Names({"course": ("A course", "training_course", 1)})
    lead = lead_of(definition, names)
    assert lead.measure, "seeds/report/finding_leads.csv or headline_figures.csv names its figure"
    own = [
        one
        for one in seed("report/finding_sentences")
        if one["part"] == "figure" and one["indicators"] != "*" and _fits(one, definition["indicator_id"], lead.measure)
    ]
    assert own, "a pattern of its family says its figure"


def _fits(one: dict[str, str], indicator_id: str, measure: str) -> bool:
    from fnmatch import fnmatchcase

    names = one["indicators"].split(";")
    return any(fnmatchcase(indicator_id, name) for name in names) and fnmatchcase(measure, one["measure"])


@pytest.mark.parametrize("kind", ["open", "restricted", "odd_open", "odd_restricted"])
def test_every_indicator_of_a_real_release_is_said_in_whole_sentences(
    kind: Any, edition: Callable[[Any], Edition]
) -> None:
    with read_figures(edition(kind)) as figures:
        sentences = {known.id: said(told(known)) for known in gather(figures, with_teams=False)}
    assert len(sentences) > 100
    for indicator_id, sentence in sentences.items():
        assert sentence[0].isupper() or sentence[0].isdigit(), (indicator_id, sentence)
        assert sentence.endswith("."), (indicator_id, sentence)
        assert not set("{}_") & set(sentence), (indicator_id, sentence)
        assert "None" not in sentence, (indicator_id, sentence)
        assert "“" not in sentence or "rated" in sentence or "course" in sentence, (indicator_id, sentence)
