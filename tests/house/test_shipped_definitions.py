"""The seeds say what the domain reference says: a slip in a code list moves people and no formula's test sees it."""

from __future__ import annotations

import csv

import pytest

from flows.configure import PROJECT

Row = dict[str, str]

NATIONAL = {"white": "ABC", "mixed": "DEFG", "asian": "HJKLR", "black": "MNP", "other": "S"}
FINER = {
    "C": ["C2", "C3", *(f"C{letter}" for letter in "ABCDEFGHJKLMNPQRSTUVWXY")],
    "G": [f"G{letter}" for letter in "ABCDEF"],
    "L": [f"L{letter}" for letter in "ABCDEFGHJK"],
    "P": [f"P{letter}" for letter in "ABCDE"],
    "S": [f"S{letter}" for letter in "ABCDE"],
}
SURVEY_QUESTIONS = {
    ("wres_5", "Q13a", "Q14a"),
    ("wres_6", "Q13b_c", "Q14b_c"),
    ("wres_7", "Q14", "Q15"),
    ("wres_8", "Q15b", "Q16b"),
    ("wdes_4a_i", "Q13a", "Q14a"),
    ("wdes_4a_ii", "Q13b", "Q14b"),
    ("wdes_4a_iii", "Q13c", "Q14c"),
    ("wdes_4b", "Q13d", "Q14d"),
    ("wdes_5", "Q14", "Q15"),
    ("wdes_6", None, "Q11e"),
    ("wdes_7", None, "Q4b"),
}
"""Indicator, its question in the surveys of 2018 to 2020, and its question since 2021."""

BANDS = [
    "under_band_1",
    *(f"band_{name}" for name in ("1", "2", "3", "4", "5", "6", "7", "8a", "8b", "8c", "8d", "9")),
    "vsm",
]
MEDICAL = ["consultant", "senior_medical_manager", "non_consultant_career_grade", "trainee_grade", "other_medical"]
CLUSTERS = {
    "cluster_1": {"under_band_1", "band_1", "band_2", "band_3", "band_4"},
    "cluster_2": {"band_5", "band_6", "band_7"},
    "cluster_3": {"band_8a", "band_8b"},
    "cluster_4": {"band_8c", "band_8d", "band_9", "vsm"},
    "cluster_5": {"consultant"},
    "cluster_6": {"non_consultant_career_grade"},
    "cluster_7": {"trainee_grade"},
}
HIGHER_IS_BETTER = {"wres_1", "wres_7", "wres_9", "wdes_1", "wdes_4b", "wdes_5", "wdes_7", "wdes_8", "wdes_10"}
LOWER_IS_BETTER = {"wres_5", "wres_6", "wres_8", "wdes_4a_i", "wdes_4a_ii", "wdes_4a_iii", "wdes_6"}

EQUALITY, RACE = "annual_equality_report_2023_24", "wres_report_2024_25"
PRINTED = {
    (RACE, "wres", "ethnic minority", "2024", ("5", "6", "7", "8")): ("43.5", "23.0", "44.7", "15.3"),
    (RACE, "wres", "ethnic minority", "2023", ("5", "6", "7", "8")): ("42.0", "24.0", "46.0", "15.6"),
    (RACE, "wres", "white", "2024", ("6", "7", "8")): ("20", "50.6", "10.6"),
    (RACE, "wres", "white", "2023", ("8",)): ("10.2",),
    (RACE, "wres", "white minus ethnic minority", "2023", ("5",)): ("11.9",),
    (RACE, "wres", "white minus ethnic minority", "2024", ("5",)): ("7.7",),
    (RACE, "wres", "ethnic minority", "2025-03-31", ("1", "9")): ("24.6", "31.0"),
    (RACE, "wres", "ethnic minority", "2024-03-31", ("1", "9")): ("23.9", "31.0"),
    (RACE, "wres", "white to ethnic minority", "2025-03-31", ("2", "4")): ("1.3", "1.2"),
    (RACE, "wres", "white to ethnic minority", "2024-03-31", ("2", "4")): ("2.0", "1.1"),
    (RACE, "wres", "ethnic minority to white", "2025-03-31", ("3",)): ("1.8",),
    (RACE, "wres", "ethnic minority to white", "2024-03-31", ("3",)): ("2.0",),
    (EQUALITY, "wres", "white to ethnic minority", "2024-03-31", ("2", "4")): ("2.0", "1.22"),
    (EQUALITY, "wres", "ethnic minority to white", "2024-03-31", ("3",)): ("2.0",),
    (EQUALITY, "wres", "ethnic minority", "2023", ("5", "6", "7", "8")): ("42.0", "24.0", "47.5", "15.6"),
    (EQUALITY, "wres", "ethnic minority", "2024-03-31", ("9",)): ("31",),
    (EQUALITY, "wdes", "non-disabled to disabled", "2024-03-31", ("2",)): ("0.84",),
    (EQUALITY, "wdes", "disabled", "2024-03-31", ("3", "10")): ("10", "0"),
    (EQUALITY, "wdes", "disabled", "2023", ("4a_i", "4a_ii", "4a_iii", "4b")): ("60.1", "18.2", "23.2", "44.9"),
    (EQUALITY, "wdes", "disabled", "2023", ("5", "6", "7", "8", "9a")): ("46.9", "30.2", "24.5", "64.0", "5.7"),
    (EQUALITY, "pay_gap", "women to men", "2024-03-31", ("gender",) * 2): ("4.53", "9.74"),
    (EQUALITY, "pay_gap", "ethnic minority to white", "2024-03-31", ("ethnicity",) * 2): ("14.81", "21.93"),
    (EQUALITY, "pay_gap", "disabled to non-disabled", "2024-03-31", ("disability",) * 2): ("0.6", "0.5"),
}
"""Document, framework, population, period and indicators: what is printed of each, in order."""


def seed(name: str) -> list[Row]:
    with (PROJECT / "seeds" / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def pairs(name: str, key: str, value: str) -> dict[str, str]:
    return {row[key]: row[value] for row in seed(name)}


def test_every_ethnic_code_stands_in_the_group_of_the_standards() -> None:
    """Domain reference 1.4: A to C are white, D to S ethnic minority, Z, 99 and blank unknown; finer codes follow."""
    rows = {row["ethnicity_key"]: row for row in seed("maps/ethnicity_map.csv")}
    national = {code: broad for broad, codes in NATIONAL.items() for code in codes}
    finer = {code: national[first] for first, codes in FINER.items() for code in codes}
    expected = {
        code: (broad, "white" if broad == "white" else "ethnic_minority") for code, broad in (national | finer).items()
    }
    expected |= dict.fromkeys(("Z", "99", "(blank)"), ("unknown", "unknown"))
    assert {code: (row["ethnicity_broad"], row["ethnicity_group"]) for code, row in rows.items()} == expected
    assert (rows["Z"]["declaration"], rows["99"]["declaration"]) == ("declined", "blank")
    assert {code for code, row in rows.items() if row["is_white_british"] == "true"} == {
        "A",
        "C2",
        "CA",
        "CB",
        "CC",
        "CD",
    }


@pytest.mark.parametrize("text", ["Unspecified", "NULL", "Undefined", "(blank)"])
def test_an_empty_ethnic_origin_is_known_however_it_is_printed(text: str) -> None:
    assert pairs("maps/ethnicity_spelling_map.csv", "ethnic_origin", "ethnicity_key")[text] == "(blank)"


def test_each_indicator_has_its_question_of_each_survey_year() -> None:
    """Domain reference 1.2 and 2.3: the questions moved in 2021, and the one on adjustments in 2022 and 2023 again."""
    found = {
        (row["indicator_id"], row["year_from"], row["year_to"]): row["question"]
        for row in seed("maps/staff_survey_question_map.csv")
    }
    expected = {(indicator, "2021", ""): question for indicator, _, question in SURVEY_QUESTIONS}
    expected |= {(indicator, "2018", "2020"): question for indicator, question, _ in SURVEY_QUESTIONS if question}
    expected |= {("wdes_8", "2021", "2021"): "Q28b", ("wdes_8", "2022", "2022"): "Q30b", ("wdes_8", "2023", ""): "Q31b"}
    assert found == expected | {("wdes_9a", "2018", ""): "engagement"}


def test_every_disability_status_stands_in_its_group() -> None:
    """Domain reference 2.5: yes is disabled, no is not, all the rest is unknown, Undefined of older extracts too."""
    groups = pairs("maps/disability_map.csv", "disability", "disability_group")
    esr = {"Yes": "disabled", "No": "not_disabled"}
    esr |= dict.fromkeys(("Not Declared", "Prefer Not To Answer", "Unspecified", "Undefined", "(blank)"), "unknown")
    assert {status: groups[status] for status in esr} == esr
    assert [status for status, group in groups.items() if group != "unknown"] == ["Yes", "No"]


def test_every_band_stands_in_its_cluster() -> None:
    """Domain reference 2.2; a local scale and other medical staff have no cluster."""
    found = pairs("maps/band_list.csv", "band", "wdes_cluster")
    assert {band: cluster for band, cluster in found.items() if cluster} == {
        band: cluster for cluster, bands in CLUSTERS.items() for band in bands
    }


def test_every_band_stands_on_its_tier_of_the_race_disparity_ratio() -> None:
    """Domain reference 1.9: bands up to 5, 6 and 7, 8a and above with VSM; nobody else."""
    found = pairs("maps/band_list.csv", "band", "race_disparity_tier")
    tiers = ["lower"] * 6 + ["middle"] * 2 + ["upper"] * 6
    assert {band: tier for band, tier in found.items() if tier} == dict(zip(BANDS, tiers, strict=True))


def test_the_return_has_its_33_rows_in_order() -> None:
    """Domain reference 1.3 and 1.7: fourteen bands twice, then five rows of medical and dental staff."""
    rows = [row for row in seed("catalogue/wres_1_return_rows.csv") if row["item_number"]]
    expected = [f"{split}_{band}" for split in ("non_clinical", "clinical") for band in BANDS]
    expected += [f"medical_and_dental_{row}" for row in MEDICAL]
    assert [(int(row["item_number"]), row["return_row"]) for row in rows] == list(enumerate(expected, 1))
    for row in rows[:28]:
        assert row["return_row"] == f"{row['clinical_split']}_{row['band']}"
    assert [row["return_row"] for row in rows if row["is_part_of_other_row"] == "true"] == [rows[29]["return_row"]]


def test_every_ratio_is_divided_as_its_standard_says() -> None:
    """Domain reference 1.1 and 2.1: above 1 is worse for the minority in every one, so the division goes two ways."""
    found = {
        row["indicator_id"]: (row["comparison_form"], row["minority_group"], row["reference_group"], row["better_when"])
        for row in seed("catalogue/indicator_comparison_groups.csv")
        if row["measure"] == "relative_likelihood" and row["indicator_id"].startswith(("wres_", "wdes_"))
    }
    by_race, by_disability = ("ethnic_minority", "white", "parity"), ("disabled", "not_disabled", "parity")
    assert found == {
        "wres_2": ("reference_over_minority", *by_race),
        "wres_3": ("minority_over_reference", *by_race),
        "wres_4": ("reference_over_minority", *by_race),
        "wdes_2": ("reference_over_minority", *by_disability),
        "wdes_3": ("minority_over_reference", *by_disability),
    }


def test_every_share_of_the_standards_gets_better_in_its_own_direction() -> None:
    """Domain reference 1.1 and 2.1: less harassment is better, more belief in equal opportunities is."""
    found = {
        row["indicator_id"]: row["better_when"]
        for row in seed("catalogue/indicator_comparison_groups.csv")
        if row["measure"] == "share" and row["indicator_id"].startswith(("wres_", "wdes_"))
    }
    assert found == dict.fromkeys(HIGHER_IS_BETTER, "higher") | dict.fromkeys(LOWER_IS_BETTER, "lower")


def test_the_board_is_better_with_more_of_the_minority_beside_the_workforce() -> None:
    """Domain reference 1.1 and 2.1: the board minus the workforce of the whole trust, worse when further below it."""
    found = {
        row["indicator_id"]: (
            row["comparison_form"],
            row["reference_indicator_id"],
            row["reference_place"],
            row["better_when"],
        )
        for row in seed("catalogue/indicator_comparison_groups.csv")
        if row["measure"] == "difference" and row["indicator_id"] in ("wres_9", "wdes_10")
    }
    assert found == {
        "wres_9": ("difference_from_workforce", "wres_1", "trust", "higher"),
        "wdes_10": ("difference_from_workforce", "wdes_1", "trust", "higher"),
    }


def test_discipline_counts_one_year_now_and_two_before_and_capability_two() -> None:
    """Domain reference 1.5 and 2.1: how many years roll is data of each version of a definition."""
    rows = seed("catalogue/indicator_definitions.csv")
    years = {
        (row["indicator_id"], row["is_current_definition"]): row["rolling_years"]
        for row in rows
        if row["indicator_id"] in ("wres_3", "wdes_3")
    }
    assert years == {("wres_3", "true"): "1", ("wres_3", "false"): "2", ("wdes_3", "true"): "2"}
    rolling = {row["indicator_id"] for row in rows if row["rolling_years"] != "1"}
    assert rolling & {row["indicator_id"] for row in rows if row["framework"] in ("WRES", "WDES")} == {
        "wres_3",
        "wdes_3",
    }


def test_four_fifths_is_0_80_to_1_25() -> None:
    """Domain reference 1.8."""
    (rule,) = [row for row in seed("catalogue/ratio_rules.csv") if row["rule"] == "four_fifths"]
    assert (float(rule["lowest_ratio"]), float(rule["highest_ratio"])) == (0.80, 1.25)


def test_the_rules_of_pay_are_those_of_the_regulations() -> None:
    """Domain reference 3.1: 31 March, a month of 30.44 days, and who takes the one, two or three left over."""
    rules = {row["rule"]: float(row["value"]) for row in seed("pay_gap/pay_rules.csv")}
    assert (rules["statutory_month"], rules["statutory_day"]) == (3, 31)
    assert (rules["days_of_a_month"], rules["days_of_a_week"]) == (30.44, 7)
    quarters = sorted(seed("pay_gap/pay_quarters.csv"), key=lambda row: int(row["quarter_rank"]))
    assert [row["quarter"] for row in quarters] == [
        "lower_quarter",
        "lower_middle_quarter",
        "upper_middle_quarter",
        "upper_quarter",
    ]
    left_over = {
        count: [int(row["quarter_rank"]) for row in quarters if row[f"has_leftover_of_{count}"] == "true"]
        for count in (1, 2, 3)
    }
    assert left_over == {1: [1], 2: [1, 3], 3: [1, 2, 3]}


def test_the_references_of_the_pay_gaps_are_men_white_white_british_and_not_disabled() -> None:
    """Domain reference 3.1 and 3.4: the gap is a part of the reference's pay, and the unknown are left out."""
    rows = seed("pay_gap/pay_gap_groups.csv")
    assert {row["indicator_id"]: row["group_key"] for row in rows if row["role"] == "reference"} == {
        "pay_gap_gender": "male",
        "pay_gap_ethnicity": "white",
        "pay_gap_ethnicity_broad": "white",
        "pay_gap_ethnicity_category": "white_british",
        "pay_gap_disability": "not_disabled",
    }
    assert {row["group_key"] for row in rows if row["role"] == "left_out"} == {"unknown"}
    assert {row["indicator_id"] for row in rows if row["role"] == "left_out"} == {row["indicator_id"] for row in rows}


def test_who_is_employed_and_who_is_relevant_for_pay() -> None:
    """Domain reference 1.6 and 3.1: the bank is in the pay gaps only, honorary and non-executive people in neither."""
    rows = {
        row["assignment_category"]: (row["scope_reason"] == "in_scope", row["is_relevant_for_pay"] == "true")
        for row in seed("maps/assignment_category_map.csv")
    }
    assert {name: rows[name] for name in ("Permanent", "Fixed Term Temp", "Locum", "Bank")} == {
        "Permanent": (True, True),
        "Fixed Term Temp": (True, True),
        "Locum": (True, True),
        "Bank": (False, True),
    }
    assert {
        scopes for name, scopes in rows.items() if name not in ("Permanent", "Fixed Term Temp", "Locum", "Bank")
    } == {(False, False)}


@pytest.mark.parametrize("case", PRINTED, ids=lambda case: " ".join(map(str, case[:4])))
def test_the_published_figures_are_as_printed(case: tuple[str, str, str, str, tuple[str, ...]]) -> None:
    """Domain reference 9.1."""
    document, framework, population, period, indicators = case
    rows = [
        (row["indicator"], row["value"])
        for row in seed("published_figures.csv")
        if (row["document"], row["framework"], row["population"], row["period"])
        == (document, framework, population, period)
    ]
    for printed in zip(indicators, PRINTED[case], strict=True):
        assert printed in rows


@pytest.mark.parametrize(
    ("indicator", "period", "first", "second"),
    [
        ("7", "2023", (EQUALITY, "47.5"), (RACE, "46.0")),
        ("4", "2024-03-31", (EQUALITY, "1.22"), (RACE, "1.1")),
        ("6", "2024", (RACE, "23.2"), (RACE, "23.0")),
    ],
)
def test_both_of_two_values_that_contradict_are_kept(
    indicator: str, period: str, first: tuple[str, str], second: tuple[str, str]
) -> None:
    """Domain reference 9.3: neither is mended."""
    kept = {
        (row["document"], row["value"])
        for row in seed("published_figures.csv")
        if (row["framework"], row["indicator"], row["period"]) == ("wres", indicator, period)
        and row["population"] in ("ethnic minority", "white to ethnic minority")
    }
    assert kept == {first, second}


def test_the_board_stands_above_the_workforce_by_points_and_not_by_percent() -> None:
    """Domain reference 9.3: a report says 6 % and means percentage points."""
    rows = [
        row for row in seed("published_figures.csv") if row["measure"].startswith("board share minus workforce share")
    ]
    assert [(row["value"], row["unit"]) for row in rows] == [("6", "percentage_points")]


def test_what_is_reported_of_harassment_is_a_share_of_people_who_met_it() -> None:
    """Domain reference 9.3: a label says disabled colleagues; the metric is of the last incident reported."""
    rows = [row for row in seed("published_figures.csv") if (row["framework"], row["indicator"]) == ("wdes", "4b")]
    assert [row["measure"] for row in rows] == ["reported the last incident"]
