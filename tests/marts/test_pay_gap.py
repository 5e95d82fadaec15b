"""The pay gaps of the small trust, from its landing files to the marts, worked out by hand."""

from __future__ import annotations

import pytest

from tests.marts.conftest import Trust

WHOLE = "organisation_unit = 'trust' and stratum = 'all'"


def test_pay_elements_make_one_hourly_rate_a_person(trust: Trust) -> None:
    # Seven women: six at 20 pounds (one from two assignments, none with their overtime) and a bank one at 25. Three
    # men: 20, 24 and 24; a fourth is on reduced pay. Means 145/7 and 68/3, medians 20 and 24.
    rows = trust.ask(
        "select hourly_pay_source, minority_full_pay_count, reference_full_pay_count, minority_relevant_count,"
        " reference_relevant_count, mean_gap_share, median_gap_share, minority_bonus_count, reference_bonus_count,"
        f" mean_bonus_gap_share from marts.pay_gap_gender where as_at_date = date '2025-03-31' and {WHOLE}"
    )
    mean_gap = pytest.approx(1 - (145 / 7) / (68 / 3))
    assert rows == [("pay_elements", 7, 3, 17, 4, mean_gap, pytest.approx(1 / 6), 1, 1, pytest.approx(0.8))]


def test_everyone_who_is_left_out_of_a_pay_gap_is_counted(trust: Trust) -> None:
    # 21 relevant employees: 20 in employed scope and a bank one. Ten have an hourly rate, one is on reduced pay, ten
    # were not paid; one person who was paid is in no snapshot.
    rows = trust.ask(
        "select relevant_count, full_pay_count, no_pay_row_count, no_hours_count, reduced_pay_count, paid_count,"
        " paid_not_in_snapshot_count, paid_not_relevant_count, full_pay_ethnicity_unknown_count"
        " from marts.pay_gap_relevant_employees where as_at_date = date '2025-03-31' and organisation_unit = 'trust'"
    )
    assert rows == [(21, 10, 10, 0, 1, 12, 1, 0, 0)]
    told = trust.ask(
        "select reason, excluded_count from marts.indicator_exclusions where indicator_id = 'pay_gap_gender'"
        " and as_at_date = date '2025-03-31' and organisation_unit = 'trust' order by reason"
    )
    assert told == [
        ("no_pay_row", 10),
        ("non_executive", 1),
        ("not_in_the_snapshot", 1),
        ("reduced_pay", 1),
        ("status_not_in_scope", 1),
    ]


def test_the_rates_of_the_esr_bi_workbook_are_used_and_said_so(trust: Trust) -> None:
    # White people at 20 and 30 pounds, a black one at 20: (25 - 20) / 25. The report has no bonuses, and 17 of the 20
    # people are not in it.
    rows = trust.ask(
        "select hourly_pay_source, mean_gap_share, minority_bonus_count, bonus_gap_not_computed_because"
        f" from marts.pay_gap_ethnicity where as_at_date = date '2024-03-31' and {WHOLE}"
    )
    (source, gap, bonus_count, because) = rows[0]
    assert (source, gap, bonus_count) == ("esr_bi_report", pytest.approx(0.2), None)
    assert "no bonuses" in because
    left_out = trust.ask(
        "select full_pay_count, no_pay_row_count, bonus_count from marts.pay_gap_relevant_employees"
        " where as_at_date = date '2024-03-31' and organisation_unit = 'trust'"
    )
    assert left_out == [(3, 17, None)]
