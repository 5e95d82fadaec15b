"""Every form of comparison, from a few figures that a person can check, against Python's own mathematics."""

from __future__ import annotations

import datetime
import math
import random

import pytest

from tests.marts.comparisons import DATE, EARLIER, Row, compare, comparison, figure, wilson

Z = 1.959964


def p_of(z: float) -> float:
    """Two-sided p value of a standard normal."""
    return math.erfc(abs(z) / math.sqrt(2))


def katz(a: float, n: float, b: float, m: float) -> tuple[float, float]:
    """Log interval of the relative likelihood (a / n) / (b / m)."""
    error = math.sqrt(1 / a - 1 / n + 1 / b - 1 / m)
    middle = math.log((a / n) / (b / m))
    return math.exp(middle - Z * error), math.exp(middle + Z * error)


def fisher(a: int, n: int, b: int, m: int) -> float:
    """Fisher's exact p value in whole numbers: all tables no more likely than the observed one."""
    count = a + b
    ways = {
        cell: math.comb(n, cell) * math.comb(m, count - cell) for cell in range(max(0, count - m), min(n, count) + 1)
    }
    rarer = sum(way for way in ways.values() if way * 10**7 <= ways[a] * (10**7 + 1))
    return rarer / sum(ways.values())


def fisher_in_the_mart(tables: list[tuple[int, int, int, int]]) -> dict[tuple[int, int, int, int], Row]:
    """The rows of the mart for tables count, base, count, base: one directorate for each."""
    figures = [
        figure(group, count, base, organisation_unit=f"unit {place}", organisation_unit_level="directorate")
        for place, table in enumerate(tables)
        for group, count, base in (("ethnic_minority", *table[:2]), ("white", *table[2:]))
    ]
    rows = {row["organisation_unit"]: row for row in compare(figures, [comparison("difference")])}
    return {table: rows[f"unit {place}"] for place, table in enumerate(tables)}


def only(rows: list[Row]) -> Row:
    """The one row that there is."""
    assert len(rows) == 1
    return rows[0]


def test_fishers_test_of_known_tables() -> None:
    # Fisher's tea lady, two-sided; and Atlantic and Indian oceans of SciPy's manual.
    tea, printed, nothing = (3, 4, 1, 4), (8, 10, 1, 6), (0, 20, 0, 30)
    rows = fisher_in_the_mart([tea, printed, nothing])
    assert rows[tea]["p_value"] == pytest.approx(34 / 70, rel=1e-10)
    assert rows[printed]["p_value"] == pytest.approx(0.03496503, rel=1e-6)
    assert rows[nothing]["p_value"] == 1
    assert all("Fisher" in row["method"] for row in rows.values())


def test_fishers_test_equals_whole_numbers() -> None:
    chance = random.Random(20250331)
    tables: set[tuple[int, int, int, int]] = set()
    while len(tables) < 300:
        n, m = chance.randint(1, chance.choice([12, 60, 4000])), chance.randint(1, chance.choice([12, 60, 8000]))
        share = chance.random() ** 3
        a, b = (sum(chance.random() < share for _ in range(base)) for base in (n, m))
        if min(n, m) * min(a + b, n + m - a - b) < 5 * (n + m):
            tables.add((a, n, b, m))
    for table, row in fisher_in_the_mart(sorted(tables)).items():
        assert row["p_value"] == pytest.approx(fisher(*table), rel=1e-8, abs=1e-300), table


def test_the_relative_likelihood_of_known_counts() -> None:
    """Domain reference 7.2: 30 of 1,928 and 47 of 5,761 is 1.91, from 1.21 to 3.01."""
    row = only(
        compare(
            [figure("ethnic_minority", 30, 1928), figure("white", 47, 5761)], [comparison("minority_over_reference")]
        )
    )
    assert (round(row["value"], 2), round(row["ci_low"], 2), round(row["ci_high"], 2)) == (1.91, 1.21, 3.01)
    assert row["zero_cell_adjusted"] is False
    assert row["within_four_fifths"] is False
    assert row["unit"] == "ratio"
    pooled = 77 / 7689
    z = (30 / 1928 - 47 / 5761) / math.sqrt(pooled * (1 - pooled) * (1 / 1928 + 1 / 5761))
    assert row["p_value"] == pytest.approx(p_of(z), rel=1e-6)
    assert "z-test" in row["method"]


def test_swapping_the_groups_inverts_the_ratio_and_its_interval() -> None:
    figures = [figure("ethnic_minority", 30, 1928), figure("white", 47, 5761)]
    one = only(compare(figures, [comparison("minority_over_reference")]))
    other = only(compare(figures, [comparison("reference_over_minority")]))
    assert other["value"] == pytest.approx(1 / one["value"])
    assert other["ci_low"] == pytest.approx(1 / one["ci_high"])
    assert other["ci_high"] == pytest.approx(1 / one["ci_low"])
    assert other["p_value"] == one["p_value"]


def test_half_a_person_is_added_to_each_cell_for_the_interval_only() -> None:
    row = only(
        compare([figure("ethnic_minority", 0, 40), figure("white", 3, 60)], [comparison("minority_over_reference")])
    )
    assert row["value"] == 0
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(katz(0.5, 41, 3.5, 61))
    assert row["zero_cell_adjusted"] is True
    assert "0.5 was added" in row["method"]
    assert row["p_value"] == pytest.approx(fisher(0, 40, 3, 60), rel=1e-9)
    assert "Fisher" in row["method"]


def test_several_rolling_years_count_as_their_sum() -> None:
    """4.5 and 1.5 cases a year of 100 are 9 and 3 in two years over twice the base."""
    figures = [
        figure("ethnic_minority", 4.5, 100, definition_version="2", is_current_definition=False),
        figure("white", 1.5, 100, definition_version="2", is_current_definition=False),
    ]
    earlier = [row | {"as_at_date": EARLIER} for row in figures]
    before, row = compare([*figures, *earlier], [comparison("minority_over_reference")], rolling_years={"2": 2})
    assert row["value"] == pytest.approx(3)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(katz(9, 200, 3, 200))
    pooled = 12 / 400
    assert row["p_value"] == pytest.approx(
        p_of((0.045 - 0.015) / math.sqrt(pooled * (1 - pooled) * (2 / 200))), rel=1e-6
    )
    assert (row["previous_value"], row["direction_tested"]) == (before["value"], "not_comparable")
    assert "share a year" in row["method"]
    assert row["direction_by_threshold"] == "no_clear_change"


def test_a_difference_has_newcombes_interval() -> None:
    # Newcombe 1998, table II (a), method 10: 56/70 - 48/80 = 0.2, interval 0.0524 to 0.3339.
    row = only(compare([figure("ethnic_minority", 56, 70), figure("white", 48, 80)], [comparison("difference")]))
    assert (round(row["value"], 4), round(row["ci_low"], 4), round(row["ci_high"], 4)) == (0.2, 0.0524, 0.3339)
    assert row["zero_cell_adjusted"] is None
    assert row["within_four_fifths"] is None


def test_survey_answers_are_rounded_to_whole_ones_for_the_test() -> None:
    row = only(
        compare(
            [figure("ethnic_minority", None, 23, 0.174), figure("white", None, 41, 0.049)], [comparison("difference")]
        )
    )
    assert row["p_value"] == pytest.approx(fisher(4, 23, 2, 41), rel=1e-9)
    assert "rounded to whole answers" in row["method"]


def test_the_population_is_a_reference_without_error() -> None:
    figures = [
        figure("ethnic_minority", 240, 1000),
        figure("ethnic_minority", None, None, 0.46, measure="population_share"),
    ]
    row = only(
        compare(
            figures,
            [
                comparison(
                    "difference_from_population",
                    reference_group="population",
                    reference_measure="population_share",
                    reference_group_key="ethnic_minority",
                    reference_place="trust",
                )
            ],
        )
    )
    low, high = wilson(0.24, 1000)
    assert (row["value"], row["ci_low"], row["ci_high"]) == pytest.approx((-0.22, low - 0.46, high - 0.46))
    assert row["p_value"] == pytest.approx(p_of(-0.22 / math.sqrt(0.46 * 0.54 / 1000)), rel=1e-5)


def test_a_gap_of_means_has_the_interval_of_the_delta_method() -> None:
    """£18 and £20, each with a standard error of 50p: the gap is a tenth."""
    half = Z * 0.5
    pay: Row = {"measure": "mean_hourly_pay"}
    figures = [
        figure("female", None, 50, 18.0, ci_low=18 - half, ci_high=18 + half, **pay),
        figure("male", None, 50, 20.0, ci_low=20 - half, ci_high=20 + half, **pay),
    ]
    gap: Row = {"minority_group": "female", "reference_group": "male", "reference_group_key": "male"}
    row = only(
        compare(
            figures,
            [comparison("gap_of_means", value_measure="mean_hourly_pay", reference_measure="mean_hourly_pay", **gap)],
        )
    )
    error = 0.9 * math.sqrt((0.5 / 18) ** 2 + (0.5 / 20) ** 2)
    assert row["value"] == pytest.approx(0.1)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((0.1 - Z * error, 0.1 + Z * error))
    assert row["p_value"] == pytest.approx(p_of(2 / math.sqrt(0.5)), rel=1e-6)
    assert row["unit"] == "fraction"


def test_a_gap_of_medians_has_no_interval_and_says_why() -> None:
    pay: Row = {"measure": "median_hourly_pay"}
    gap: Row = {"minority_group": "female", "reference_group": "male", "reference_group_key": "male"}
    figures = [figure("female", None, 50, 18.0, **pay), figure("male", None, 50, 20.0, **pay)]
    earlier = [row | {"as_at_date": EARLIER, "value": 16.0} for row in figures[:1]] + [
        figures[1] | {"as_at_date": EARLIER}
    ]
    row = compare(
        [*figures, *earlier],
        [comparison("gap_of_medians", value_measure="median_hourly_pay", reference_measure="median_hourly_pay", **gap)],
    )[1]
    assert row["value"] == pytest.approx(0.1)
    assert (row["ci_low"], row["ci_high"], row["p_value"], row["p_value_adjusted"]) == (None, None, None, None)
    assert "no interval" in row["method"]
    assert (row["direction_by_threshold"], row["direction_tested"]) == ("improved", "not_comparable")
    assert row["directions_disagree"] is None


def test_the_race_disparity_ratio_has_the_interval_of_its_four_counts() -> None:
    """20 white people above 100 and 10 of the minority above 100: white people are twice as many for each below."""
    tier: Row = {"measure": "progression_ratio"}
    row = only(
        compare(
            [figure("ethnic_minority", 10, 100, **tier), figure("white", 20, 100, **tier)],
            [comparison("ratio_of_ratios", value_measure="progression_ratio", reference_measure="progression_ratio")],
        )
    )
    error = math.sqrt(1 / 20 + 1 / 100 + 1 / 10 + 1 / 100)
    assert row["value"] == pytest.approx(2)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((2 * math.exp(-Z * error), 2 * math.exp(Z * error)))
    pooled = 30 / 230
    z = (20 / 120 - 10 / 110) / math.sqrt(pooled * (1 - pooled) * (1 / 120 + 1 / 110))
    assert row["p_value"] == pytest.approx(p_of(z), rel=1e-6)
    assert row["within_four_fifths"] is False


def test_two_years_of_a_ratio_are_told_apart_on_the_log_scale() -> None:
    figures = [
        figure("ethnic_minority", 60, 1000),
        figure("white", 100, 4000),
        figure("ethnic_minority", 30, 1000, as_at_date=EARLIER),
        figure("white", 100, 4000, as_at_date=EARLIER),
    ]
    row = compare(figures, [comparison("minority_over_reference")])[1]
    errors = [math.sqrt(1 / a - 1 / 1000 + 1 / 100 - 1 / 4000) for a in (60, 30)]
    z = (math.log(2.4) - math.log(1.2)) / math.hypot(*errors)
    assert p_of(z) < 0.05
    assert (row["value"], row["previous_value"], row["change"]) == pytest.approx((2.4, 1.2, 1.2))
    assert (row["direction_by_threshold"], row["direction_tested"], row["directions_disagree"]) == (
        "worsened",
        "worsened",
        False,
    )


def test_half_as_many_people_do_not_tell_the_same_two_ratios_apart() -> None:
    """From 1.2 to 2.4 again, with half of every count: z on the log scale is 1.85, although the ratio doubled."""
    figures = [
        figure("ethnic_minority", 30, 500),
        figure("white", 50, 2000),
        figure("ethnic_minority", 15, 500, as_at_date=EARLIER),
        figure("white", 50, 2000, as_at_date=EARLIER),
    ]
    row = compare(figures, [comparison("minority_over_reference")])[1]
    errors = [math.sqrt(1 / a - 1 / 500 + 1 / 50 - 1 / 2000) for a in (30, 15)]
    assert p_of(math.log(2) / math.hypot(*errors)) > 0.05
    assert (row["direction_by_threshold"], row["direction_tested"]) == ("worsened", "no_clear_change")


def test_the_board_is_compared_with_the_workforce_of_another_indicator() -> None:
    figures = [
        figure("ethnic_minority", 4, 13, indicator_id="wres_9", measure="share", stratum="voting"),
        figure("ethnic_minority", 1983, 8059, indicator_id="wres_1", measure="share"),
    ]
    board = comparison(
        "difference_from_workforce",
        indicator_id="wres_9",
        measure="difference",
        value_measure="share",
        reference_group="workforce",
        reference_indicator_id="wres_1",
        reference_measure="share",
        reference_group_key="ethnic_minority",
        reference_place="trust",
    )
    row = only(compare(figures, [board]))
    assert row["value"] == pytest.approx(4 / 13 - 1983 / 8059)
    assert (row["reference_numerator"], row["reference_denominator"]) == (1983, 8059)
    assert row["p_value"] == pytest.approx(fisher(4, 13, 1983, 8059), rel=1e-7)


def test_a_small_cell_is_compared_with_all_other_staff_exactly() -> None:
    share: Row = {"measure": "share", "indicator_id": "wres_1"}
    row = compare(
        [figure("ethnic_minority", 3, 5, stratum="band_9", **share), figure("ethnic_minority", 20, 100, **share)],
        [
            comparison(
                "difference_from_workforce",
                indicator_id="wres_1",
                measure="difference",
                value_measure="share",
                reference_group="workforce",
                reference_measure="share",
                reference_group_key="ethnic_minority",
                reference_place="trust",
            )
        ],
    )[1]
    assert row["p_value"] == pytest.approx(fisher(3, 5, 17, 95), rel=1e-9)
    assert "all other staff" in row["method"]


def test_many_comparisons_of_a_dimension_are_corrected_together() -> None:
    """Benjamini and Hochberg 1995: four directorates, each p value times 4 over its rank, the smallest from above."""
    counts = {"North": 10, "South": 25, "East": 32, "West": 21}
    unit: Row = {"organisation_unit_level": "directorate", "organisation_unit_parent": "trust"}
    figures = [
        row
        for name, count in counts.items()
        for row in (
            figure("ethnic_minority", count, 100, organisation_unit=name, **unit),
            figure("white", 20, 100, organisation_unit=name, **unit),
        )
    ]
    rows = compare([*figures, figure("white", 1, 2), figure("ethnic_minority", 1, 2)], [comparison("difference")])
    rows = sorted(
        (row for row in rows if row["organisation_unit_level"] == "directorate"), key=lambda row: row["p_value"]
    )
    p_values = [row["p_value"] for row in rows]
    expected = [min(p * 4 / rank for rank, p in enumerate(p_values, 1) if rank >= place) for place in range(1, 5)]
    assert [row["p_value_adjusted"] for row in rows] == pytest.approx([min(1, value) for value in expected])
    assert rows[0]["p_value_adjusted"] > rows[0]["p_value"]


ARROWS = [
    ("1", "share_of_stock", 0.239, 0.246, "higher", "no_clear_change"),
    ("2", "reference_over_minority", 2.0, 1.3, "parity", "improved"),
    ("3", "minority_over_reference", 2.0, 1.8, "parity", "improved"),
    ("4", "reference_over_minority", 1.1, 1.2, "parity", "worsened"),
    ("5", "share_of_sample", 0.420, 0.435, "lower", "worsened"),
    ("6", "share_of_sample", 0.240, 0.230, "lower", "improved"),
    ("7", "share_of_sample", 0.460, 0.447, "higher", "worsened"),
    ("8", "share_of_sample", 0.156, 0.153, "lower", "no_clear_change"),
    ("9", "share_of_stock", 0.310, 0.310, "higher", "no_clear_change"),
]


@pytest.mark.parametrize(("indicator", "form", "before", "this", "better_when", "arrow"), ARROWS)
def test_the_mart_reproduces_the_nine_arrows_of_the_published_report(
    indicator: str, form: str, before: float, this: float, *, better_when: str, arrow: str
) -> None:
    """LAS WRES report 2024/25; indicator 6 at the 23.0 % of its comparison (domain reference 7.3)."""
    figures = []
    for day, value in ((EARLIER, before), (DATE, this)):
        minority, white = {
            "reference_over_minority": (0.01, 0.01 * value),
            "minority_over_reference": (0.01 * value, 0.01),
        }.get(form, (value, 0.5))
        figures += [
            figure("ethnic_minority", None, 1400, minority, as_at_date=day),
            figure("white", None, 5000, white, as_at_date=day),
        ]
    row = compare(figures, [comparison(form, better_when=better_when)])[1]
    assert row["direction_by_threshold"] == arrow, f"indicator {indicator}"
    assert row["direction_tested"] in ("no_clear_change", arrow)


def test_the_survey_is_compared_with_the_survey_one_year_earlier() -> None:
    days = [datetime.date(2023, 12, 31), datetime.date(2024, 12, 31)]
    figures = [
        figure("ethnic_minority", None, 1400, value, as_at_date=day)
        for day, value in zip(days, (0.42, 0.435), strict=True)
    ]
    row = compare(figures, [comparison("share_of_sample", better_when="lower")])[1]
    assert row["previous_as_at_date"] == days[0]
    assert (row["direction_by_threshold"], row["direction_tested"]) == ("worsened", "no_clear_change")
    assert row["directions_disagree"] is True
    # 588 and 609 of 1,400: z = 0.015 / sqrt(0.4275 x 0.5725 x 2 / 1400) = 0.80.
    assert row["p_value"] == pytest.approx(p_of(0.015 / math.sqrt(0.4275 * 0.5725 * 2 / 1400)), rel=1e-5)


def test_nothing_is_compared_without_a_value() -> None:
    row = only(compare([figure("ethnic_minority", 3, 60)], [comparison("reference_over_minority")]))
    assert row["value"] is None
    assert row["not_computed_because"] == "There is no figure of the reference group."
    assert (row["direction_by_threshold"], row["direction_tested"]) == ("not_comparable", "not_comparable")
