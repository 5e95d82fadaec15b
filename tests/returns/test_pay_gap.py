"""The figures for gov.uk's gender pay gap service: rounding, and each of its rules with a breach planted."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from flows.report.read import read_figures, seed
from flows.returns.declare import declare, judge, rounded
from tests.returns.conftest import Returned

Get = Callable[[str], Returned]

GOOD = {
    "DiffMeanHourlyPercent": "4.5",
    "DiffMedianHourlyPercent": "-9.7",
    "FemaleTopQuartile": "43.3",
    "MaleTopQuartile": "56.7",
    "FemaleUpperMiddleQuartile": "48.2",
    "MaleUpperMiddleQuartile": "51.8",
    "FemaleLowerMiddleQuartile": "58.6",
    "MaleLowerMiddleQuartile": "41.4",
    "FemaleLowerQuartile": "52.6",
    "MaleLowerQuartile": "47.4",
    "DiffMeanBonusPercent": "31.6",
    "DiffMedianBonusPercent": "33.2",
    "FemaleBonusPercent": "55.7",
    "MaleBonusPercent": "61.4",
}


def broken(typed: dict[str, str]) -> dict[str, list[str]]:
    """The rules that are broken, each with its fields."""
    return {rule.row["rule"]: list(rule.broken_by) for rule in judge(typed) if rule.broken_by}


def test_good_figures_break_no_rule() -> None:
    assert broken(GOOD) == {}


@pytest.mark.parametrize(
    ("rule", "planted"),
    [
        ("at_most_one_decimal", {"DiffMeanHourlyPercent": "4.82"}),
        ("at_most_one_decimal", {"DiffMeanHourlyPercent": "about 4"}),
        ("gap_at_most_100", {"DiffMedianHourlyPercent": "100.1"}),
        ("share_between_0_and_100", {"FemaleBonusPercent": "100.1"}),
        ("share_between_0_and_100", {"FemaleLowerQuartile": "-0.1", "MaleLowerQuartile": "100.1"}),
        ("hourly_gaps_given", {"DiffMedianHourlyPercent": ""}),
        ("bonus_shares_given", {"FemaleBonusPercent": ""}),
        ("quarters_given", {"MaleTopQuartile": ""}),
        ("quarters_are_100", {"MaleUpperMiddleQuartile": "51.9"}),
        ("no_bonus_gap_without_bonus", {"MaleBonusPercent": "0.0"}),
        ("bonus_gaps_given", {"DiffMedianBonusPercent": ""}),
        ("bonus_gap_at_most_100", {"DiffMeanBonusPercent": "100.1"}),
    ],
)
def test_a_planted_breach_is_found_by_its_rule(rule: str, planted: dict[str, str]) -> None:
    found = broken(GOOD | planted)
    assert rule in found
    assert set(planted) & set(found[rule]) or rule == "no_bonus_gap_without_bonus"
    assert set(found) <= {rule, "gap_at_most_100"}, "a rule finds its own breach, and no other is blamed"


def test_every_rule_of_the_seed_has_a_planted_breach() -> None:
    """So that no rule can be added without being seen to find something."""
    [mark] = [one for one in test_a_planted_breach_is_found_by_its_rule.pytestmark if one.name == "parametrize"]
    assert {rule for rule, _ in mark.args[1]} == {row["rule"] for row in seed("returns/pay_gap_rules")}


def test_a_gap_may_be_as_far_below_nought_as_it_is() -> None:
    assert broken(GOOD | {"DiffMeanHourlyPercent": "-250.0"}) == {}


@pytest.mark.parametrize(
    ("exact", "typed"),
    [("4.25", "4.3"), ("4.35", "4.4"), ("-4.25", "-4.3"), ("4.2499", "4.2"), ("-0.04", "0.0"), ("9.95", "10.0")],
)
def test_halves_are_rounded_away_from_nought(exact: str, typed: str) -> None:
    assert str(rounded(Decimal(exact))) == typed


def test_real_returns_break_only_the_rules_that_came_later(shared_data: Path) -> None:
    """What the service accepted in eight years, by the rules of today.

    Only more than one decimal, and in its first two years a bonus gap where no man had a bonus: so no rule of ours is
    stricter than the service was.
    """
    with (shared_data / "ambulance_trusts_gpg_all_years.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    rules = [(row["ReportingYear"], set(broken({name: row[name] for name in GOOD}))) for row in rows]
    assert sum(not found for _, found in rules) > len(rows) / 2
    assert {rule for _, found in rules for rule in found} == {"at_most_one_decimal", "no_bonus_gap_without_bonus"}
    assert {year for year, found in rules if "no_bonus_gap_without_bonus" in found} == {"2017 to 2018", "2018 to 2019"}


def test_the_return_of_2023_breaks_the_rule_of_one_decimal(shared_data: Path) -> None:
    """4.82 and 10.96, domain reference 3.2; the years around it keep every rule."""
    with (shared_data / "las_gpg_2017_to_2024.csv").open(encoding="utf-8-sig", newline="") as handle:
        found = {row["ReportingYear"]: broken({name: row[name] for name in GOOD}) for row in csv.DictReader(handle)}
    breaking = {year: rules for year, rules in found.items() if rules}
    assert list(breaking) == ["2023 to 2024"]
    assert {"DiffMeanHourlyPercent", "DiffMedianHourlyPercent"} <= set(breaking["2023 to 2024"]["at_most_one_decimal"])


def test_the_fields_are_the_figures_of_the_marts(returned: Get) -> None:
    found = returned("whole")
    with (found.written / "gender_pay_gap_2025.csv").open(encoding="utf-8", newline="") as handle:
        [typed] = list(csv.DictReader(handle))
    assert list(typed) == [row["field_name"] for row in seed("returns/pay_gap_fields")] == list(GOOD)
    assert broken(typed) == {}
    with duckdb.connect(str(found.edition.figures), read_only=True) as con:
        con.execute("use marts")
        [(mean, median, women)] = con.execute(
            "select round(100 * mean_gap_share, 1), round(100 * median_gap_share, 1), "
            "round(100 * minority_bonus_share, 1) from pay_gap_gender where stratum = 'all' "
            "and organisation_unit_level = 'trust' and as_at_date = '2025-03-31'"
        ).fetchall()
        quarters = con.execute(
            "select quarter, round(100 * group_share, 1) from pay_gap_quarters "
            "where indicator_id = 'pay_gap_gender' and \"group\" = 'female' and as_at_date = '2025-03-31'"
        ).fetchall()
    assert (float(typed["DiffMeanHourlyPercent"]), float(typed["DiffMedianHourlyPercent"])) == (mean, median)
    assert float(typed["FemaleBonusPercent"]) == women
    assert {float(share) for _, share in quarters} == {
        float(typed[name]) for name in typed if name.startswith("Female") and "Quart" in name
    }
    for quarter in ("TopQuartile", "UpperMiddleQuartile", "LowerMiddleQuartile", "LowerQuartile"):
        assert Decimal(typed[f"Female{quarter}"]) + Decimal(typed[f"Male{quarter}"]) == 100
    assert (typed["DiffMeanBonusPercent"], typed["MaleBonusPercent"]) == ("", "0.0"), "nobody had a bonus"


def test_the_workbook_says_what_to_type_in_the_order_of_the_form(returned: Get) -> None:
    found = returned("whole")
    rows = list(found.cached("gender_pay_gap_2025.xlsx")["Figures"].iter_rows(min_row=4, values_only=True))
    with (found.written / "gender_pay_gap_2025.csv").open(encoding="utf-8", newline="") as handle:
        [typed] = list(csv.DictReader(handle))
    assert [row[5] for row in rows] == list(typed)
    assert [row[3] for row in rows] == [float(text) if text else None for text in typed.values()]
    blank = next(row for row in rows if row[5] == "DiffMeanBonusPercent")
    assert str(blank[6]).startswith("Leave blank. ")
    verdicts = [
        row[1] for row in found.cached("gender_pay_gap_2025.xlsx")["Rules"].iter_rows(min_row=4, values_only=True)
    ]
    assert verdicts == ["OK"] * len(seed("returns/pay_gap_rules"))


def test_a_missing_gap_is_told_as_a_broken_rule(returned: Get) -> None:
    rules = returned("broken").cached("gender_pay_gap_2025.xlsx")["Rules"].iter_rows(min_row=4, values_only=True)
    found = {row[0]: (row[1], row[2]) for row in rules}
    assert found["Both hourly gaps are given."] == ("look", "DiffMeanHourlyPercent")


@pytest.mark.parametrize(("men", "typed"), [("0.0004", ""), ("0.2", "20.0")])
def test_a_bonus_that_rounds_to_nobody_has_no_gap(returned: Get, tmp_path: Path, men: str, typed: str) -> None:
    """The service judges what is typed: 0.0% of men, so both gaps must be blank."""
    whole = returned("whole").edition
    figures = tmp_path / "marts.duckdb"
    figures.write_bytes(whole.figures.read_bytes())
    with duckdb.connect(str(figures)) as con:
        con.execute(
            f"use marts; update pay_gap_gender set minority_bonus_share = 0.3, reference_bonus_share = {men}, "
            "mean_bonus_gap_share = 0.2, median_bonus_gap_share = 0.2"
        )
    with read_figures(replace(whole, figures=figures)) as changed:
        declared = declare(changed, whole.organisation.ods_code)
    assert declared
    fields = {field.row["field_name"]: field for field in declared.fields}
    assert not [rule for rule in declared.rules if rule.broken_by]
    assert fields["DiffMeanBonusPercent"].typed == typed
    assert bool(fields["DiffMeanBonusPercent"].because) == (not typed)
