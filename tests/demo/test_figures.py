"""The demonstration trust's figures, computed from its people, come out as the two reports printed them."""

from __future__ import annotations

import csv
import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from demo.calibrate import targets
from tests.demo import figures
from tests.demo.figures import (
    APPOINTMENT,
    DAYS,
    DISCIPLINARY,
    PAY_MEAN,
    PAY_MEDIAN,
    SHARE,
    TRAINING,
    Key,
    compute,
    counts,
    one,
)

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "demonstration-trust.md"
ANNUAL, WRES = "annual_equality_report_2023_24", "wres_report_2024_25"
CONTRADICTED = {
    (ANNUAL, ("wres", "4", TRAINING, "white to ethnic minority", DAYS[2024])): "1.22 beside 1.1 of the later report",
    (ANNUAL, ("wres", "7", "believes in equal opportunities for progression", "ethnic minority", "2023")): (
        "47.5 beside 46.0 of the later report"
    ),
}
"""Printed figures that another printed figure contradicts; `docs/demonstration-trust.md` says which was chosen."""
NOT_OF_PEOPLE = {
    (
        "positive_action",
        "call handler to paramedic programme",
        "target share of applicants",
        "ethnic minority",
        DAYS[2024],
    ),
    ("strategy_2023_28", "ethnicity", "target multiple of share of workforce", "ethnic minority", "2028"),
}
"""Targets that no file of a trust holds."""


@pytest.fixture(scope="module")
def computed(files: duckdb.DuckDBPyConnection) -> dict[Key, float]:
    return compute(files)


def printed(value: float, decimals: int) -> Decimal:
    """A figure as a report prints it."""
    return Decimal(repr(round(value, 9))).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def target(section: str, key: str) -> Any:
    return targets()[section][key]


FIELDS = {
    "disability_2024": "disability",
    "religion_2024": "religion",
    "sexual_orientation_2024": "orientation",
    "marital_status_2024": "marital",
}


@pytest.mark.parametrize("section", FIELDS)
def test_every_value_of_a_characteristic_has_the_people_that_the_calibration_asks(
    files: duckdb.DuckDBPyConnection, section: str
) -> None:
    field = FIELDS[section]
    rows = files.execute(
        f"select {field}, count(*) from person where snapshot_date = date '2024-03-31' group by all"
    ).fetchall()
    assert {key: entry["value"] for key, entry in targets()[section].items()}.items() <= dict(rows).items()


@pytest.mark.parametrize(
    ("section", "key", "condition"),
    [
        ("headcount", "2024-03-31", "true"),
        ("gender_2024", "female", "gender = 'Female'"),
        ("ethnicity_2024", "ethnic_minority", "ethnicity = 'ethnic_minority'"),
        ("ethnicity_2024", "blank", "ethnic_origin = ''"),
        ("ethnicity_2024", "not_stated", "ethnic_origin like 'Z %'"),
        ("age_2024", "under_21", "age < 21"),
        ("age_2024", "21_30", "age between 21 and 30"),
        ("age_2024", "31_40", "age between 31 and 40"),
        ("age_2024", "41_50", "age between 41 and 50"),
        ("age_2024", "51_60", "age between 51 and 60"),
        ("age_2024", "61_70", "age between 61 and 70"),
        ("age_2024", "71_and_over", "age > 70"),
    ],
)
def test_every_count_of_the_anchor_is_exact(
    files: duckdb.DuckDBPyConnection, section: str, key: str, condition: str
) -> None:
    people = one(files, f"select count(*) from person where snapshot_date = date '2024-03-31' and {condition}")
    assert people == target(section, key)["value"]


def test_headcount_of_every_march_is_the_calibrated_one(files: duckdb.DuckDBPyConnection) -> None:
    rows = files.execute("select strftime(snapshot_date, '%Y-%m-%d'), count(*) from person group by all").fetchall()
    wanted = {day: entry["value"] for day, entry in targets()["headcount"].items() if day.startswith("20")}
    assert {day: dict(rows)[day] for day in wanted} == wanted


RATIOS: list[tuple[str, str, Key]] = [
    ("recruitment", "wres_2_2024", ("wres", "2", APPOINTMENT, "white to ethnic minority", DAYS[2024])),
    ("recruitment", "wres_2_2025", ("wres", "2", APPOINTMENT, "white to ethnic minority", DAYS[2025])),
    ("recruitment", "wdes_2_2024", ("wdes", "2", APPOINTMENT, "non-disabled to disabled", DAYS[2024])),
    ("recruitment", "wdes_2_2025", ("wdes", "2", APPOINTMENT, "non-disabled to disabled", DAYS[2025])),
    ("cases", "wres_3_2024", ("wres", "3", DISCIPLINARY, "ethnic minority to white", DAYS[2024])),
    ("cases", "wres_3_2025", ("wres", "3", DISCIPLINARY, "ethnic minority to white", DAYS[2025])),
    ("learning", "wres_4_2024", ("wres", "4", TRAINING, "white to ethnic minority", DAYS[2024])),
    ("learning", "wres_4_2025", ("wres", "4", TRAINING, "white to ethnic minority", DAYS[2025])),
]


@pytest.mark.parametrize(("section", "key", "figure"), RATIOS)
def test_every_ratio_prints_as_calibrated(computed: dict[Key, float], section: str, key: str, figure: Key) -> None:
    entry = target(section, key)
    assert printed(computed[figure], entry["decimals"]) == printed(entry["value"], entry["decimals"])


SHARES: list[tuple[str, str, Key]] = [
    ("ethnicity_2025", "ethnic_minority_share", ("wres", "1", SHARE, "ethnic minority", DAYS[2025])),
    (
        "ethnicity_2024",
        "clinician_share",
        ("workforce_profile", "ethnicity", "share of frontline clinicians", "ethnic minority", DAYS[2024]),
    ),
    ("headcount", "operational_share", ("workforce_profile", "staff_group", SHARE, "operational", DAYS[2024])),
    ("pay_2024", "gender_mean_gap", ("pay_gap", "gender", PAY_MEAN, "women to men", DAYS[2024])),
    ("pay_2024", "gender_median_gap", ("pay_gap", "gender", PAY_MEDIAN, "women to men", DAYS[2024])),
    ("pay_2024", "ethnicity_mean_gap", ("pay_gap", "ethnicity", PAY_MEAN, "ethnic minority to white", DAYS[2024])),
    ("pay_2024", "ethnicity_median_gap", ("pay_gap", "ethnicity", PAY_MEDIAN, "ethnic minority to white", DAYS[2024])),
    ("pay_2024", "disability_mean_gap", ("pay_gap", "disability", PAY_MEAN, "disabled to non-disabled", DAYS[2024])),
    (
        "pay_2024",
        "disability_median_gap",
        ("pay_gap", "disability", PAY_MEDIAN, "disabled to non-disabled", DAYS[2024]),
    ),
]


@pytest.mark.parametrize(("section", "key", "figure"), SHARES)
def test_every_share_and_pay_gap_prints_as_calibrated(
    computed: dict[Key, float], section: str, key: str, figure: Key
) -> None:
    entry = target(section, key)
    decimals = entry["decimals"] - 2
    assert printed(computed[figure], decimals) == printed(100 * entry["value"], decimals)


def test_women_stand_in_each_pay_quarter_as_published(files: duckdb.DuckDBPyConnection) -> None:
    wanted = [printed(100 * share, 1) for share in target("pay_2024", "female_quarters")["value"]]
    assert [printed(share, 1) for share in figures.quarters(files)] == wanted


def test_no_pay_quarter_begins_inside_a_run_of_equal_rates(files: duckdb.DuckDBPyConnection) -> None:
    rates = [row[0] for row in files.execute("select round(rate, 4) from paid order by rate").fetchall()]
    edges = [round(len(rates) * part / 4) for part in (1, 2, 3)]
    assert all(rates[edge - 2] < rates[edge + 1] for edge in edges)


def test_workshop_reached_the_people_that_the_report_counts(files: duckdb.DuckDBPyConnection) -> None:
    course = "Tackling Discrimination and Promoting Inclusivity"
    people = one(
        files, f"select count(distinct employee) from completion where year_end = 2024 and course = '{course}'"
    )
    assert people == target("learning", "inclusivity_people_2024")["value"]


def test_board_has_the_voting_members_that_the_reports_imply(files: duckdb.DuckDBPyConnection) -> None:
    rows = files.execute(
        "select count(*), sum((ethnicity = 'ethnic_minority')::integer), sum((disabled = 'disabled')::integer)"
        " from board where is_voting group by snapshot_date"
    ).fetchall()
    section = targets()["board"]
    wanted = tuple(section[key]["value"] for key in ("voting", "voting_ethnic_minority", "voting_disabled"))
    assert rows == [wanted, wanted]


def test_fewer_than_ten_disabled_people_entered_capability(computed: dict[Key, float]) -> None:
    people = computed[("wdes", "3", "entered the formal capability process", "disabled", DAYS[2024])]
    assert 0 < people < 10


def test_eds_scores_sum_to_a_developing_trust(computed: dict[Key, float]) -> None:
    assert target("eds", "rating")["value"] == "developing"
    assert 8 <= computed[("eds", "overall", "sum of scores", "trust", DAYS[2024])] <= 21


def published(reference: Path) -> list[dict[str, str]]:
    with (reference / "published_figures.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def fits(row: dict[str, str], found: float) -> bool:
    """Whether a computed figure is the printed one, in the row's own way of printing."""
    if row["unit"] == "more_than":
        return found > float(row["value"])
    if row["unit"] == "suppressed_below":
        return found < float(row["value"])
    return printed(found, int(row["decimals"])) == printed(float(row["value"]), int(row["decimals"]))


def test_every_published_figure_is_met_or_known_not_to_be(
    reference: Path, computed: dict[Key, float], files: duckdb.DuckDBPyConnection
) -> None:
    people, wrong = counts(files), []
    for row in published(reference):
        key = (row["framework"], row["indicator"], row["measure"], row["population"], row["period"])
        if key in NOT_OF_PEOPLE or (row["document"], key) in CONTRADICTED or row["framework"] == "eds":
            continue
        if row["measure"] == "mean hourly pay gap upper bound":
            met = computed[("pay_gap", "gender", PAY_MEAN, "women to men", DAYS[2024])] < float(row["value"])
        elif row["measure"] == "share of voting board":
            met = printed(computed[key], 0) == printed(float(row["value"]), 0)  # 4 of 13: printed both 31 and 31.0
        elif (row["location"], row["indicator"]) == ("key findings", "6"):
            met = printed(computed[key], 0) == printed(
                float(row["value"]), 0
            )  # 23.2 on the card, 23.0 in the comparison
        else:
            met = fits(row, computed[key])
        if row["count"] and key in people and key[3] != "ethnic minority":  # 1,928 contradicts 23.9 %
            met = met and people[key] == int(row["count"])
        if not met:
            wrong.append((row["document"], key, row["value"], computed.get(key)))
    assert wrong == []


def test_contradicted_figures_really_are_contradicted(reference: Path, computed: dict[Key, float]) -> None:
    rows = {
        (row["document"], (row["framework"], row["indicator"], row["measure"], row["population"], row["period"])): row
        for row in published(reference)
    }
    for document, key in CONTRADICTED:
        assert not fits(rows[document, key], computed[key])
        assert fits(rows[WRES, key], computed[key])


def test_all_nine_arrows_come_out(reference: Path, computed: dict[Key, float]) -> None:
    with (reference / "published_directions.csv").open(encoding="utf-8", newline="") as handle:
        arrows = {row["indicator"]: row["direction"] for row in csv.DictReader(handle)}
    better = {"1": 1, "2": -1, "3": -1, "4": -1, "5": -1, "6": -1, "7": 1, "8": -1, "9": 1}
    found = {}
    for indicator, sign in better.items():
        before, now = (_year(computed, indicator, year) for year in (2024, 2025))
        change = (printed(now, 1) - printed(before, 1)) * sign
        cut = Decimal("0.1") if indicator in ("2", "3", "4") else Decimal("1.0")
        found[indicator] = "improved" if change >= cut else "worsened" if change <= -cut else "no_clear_change"
    assert found == arrows


def _year(computed: dict[Key, float], indicator: str, year: int) -> float:
    periods = {DAYS[year], str(year - 1)}
    measures = (
        SHARE,
        APPOINTMENT,
        DISCIPLINARY,
        TRAINING,
        "share of voting board",
        *(m for m, _ in figures.SURVEY.values()),
    )
    (found,) = (
        value
        for (framework, number, measure, population, period), value in computed.items()
        if framework == "wres" and number == indicator and period in periods and measure in measures
        if population.startswith("ethnic minority") or population == "white to ethnic minority"
    )
    return found


def test_the_document_shows_what_is_computed(computed: dict[Key, float], files: duckdb.DuckDBPyConnection) -> None:
    shown = dict(re.findall(r"^\| `([^`]+)` \|.*\| ([^|]+) \|$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE))
    assert shown == table(computed, files)


COUNTED = {
    "headcount.2024-03-31": "true",
    "gender_2024.female": "gender = 'Female'",
    "ethnicity_2024.ethnic_minority": "ethnicity = 'ethnic_minority'",
    "ethnicity_2024.blank": "ethnic_origin = ''",
    "disability_2024.Yes": "disability = 'Yes'",
    "disability_2024.Prefer Not To Answer": "disability = 'Prefer Not To Answer'",
    "age_2024.21_30": "age between 21 and 30",
    "marital_status_2024.Single": "marital = 'Single'",
    "profile_totals_2024.follows_a_religion": figures.PROFILE["religion", "declares that they follow a religion"],
    "religion_2024.Christianity": "religion = 'Christianity'",
    "religion_2024.Other": "religion = 'Other'",
    "religion_2024.Islam": "religion = 'Islam'",
    "profile_totals_2024.lgb_plus": figures.PROFILE["sexual_orientation", "LGBTQIA+"],
    "sexual_orientation_2024.Unspecified": "orientation = 'Unspecified'",
}
"""Counts of people at 31 March 2024."""
COURSE = "tackling discrimination and promoting inclusivity"
OTHERS: list[tuple[str, Key]] = [
    ("headcount.very_senior_2025", ("wres", "1", "VSM headcount", "all", DAYS[2025])),
    (
        "learning.inclusivity_share_2024",
        ("training_coverage", COURSE, "share of colleagues trained", "all colleagues", DAYS[2024]),
    ),
    (
        "learning.inclusivity_share_2025",
        ("training_coverage", COURSE, "share of colleagues trained", "all colleagues", DAYS[2025]),
    ),
    (
        "freedom_to_speak_up_2024.bullying_or_wellbeing_share",
        ("freedom_to_speak_up", "theme", "share of concerns", "bullying and harassment or wellbeing", DAYS[2024]),
    ),
    (
        "freedom_to_speak_up_2024.ethnic_minority_share",
        ("freedom_to_speak_up", "ethnicity", "share of concerns", "raised by ethnic minority colleagues", DAYS[2024]),
    ),
    (
        "freedom_to_speak_up_2024.female_share",
        ("freedom_to_speak_up", "gender", "share of concerns", "raised by women", DAYS[2024]),
    ),
    ("networks.international_2024", ("staff_networks", "international network", "members", "members", DAYS[2024])),
    (
        "networks.growth",
        ("business_plan_2024_25", "2", "target growth in staff network membership", "all networks", DAYS[2025]),
    ),
    (
        "recruitment.call_handler_programme_share",
        (
            "positive_action",
            "call handler to paramedic programme",
            "share of applicants",
            "ethnic minority",
            DAYS[2024],
        ),
    ),
    (
        "recruitment.applicant_share_growth",
        (
            "business_plan_2024_25",
            "1",
            "target increase in share of applicants",
            "ethnic minority applicants to ambulance operations and 999",
            DAYS[2025],
        ),
    ),
    (
        "statements.leaders_with_objectives_2025",
        ("leadership_objectives", "senior leaders with EDI objectives", "leaders", "leaders", DAYS[2025]),
    ),
    (
        "statements.panel_members_2025",
        ("positive_action", "independent panel members", "recruited", "members", DAYS[2025]),
    ),
    ("cases.capability_disabled", ("wdes", "3", "entered the formal capability process", "disabled", DAYS[2024])),
]


@pytest.mark.parametrize(("name", "figure"), OTHERS[:-1], ids=[name for name, _ in OTHERS[:-1]])
def test_every_other_figure_prints_as_calibrated(computed: dict[Key, float], name: str, figure: Key) -> None:
    entry = target(*name.split(".", 1))
    shown = 100 * entry["value"] if "decimals" in entry else entry["value"]
    assert printed(computed[figure], 0) == printed(shown, 0)


def test_every_count_that_the_document_shows_is_exact(files: duckdb.DuckDBPyConnection) -> None:
    for name, condition in COUNTED.items():
        assert anchored(files, condition) == target(*name.split(".", 1))["value"], name


def anchored(files: duckdb.DuckDBPyConnection, condition: str) -> int:
    """People at 31 March 2024 who meet a condition."""
    return int(one(files, f"select count(*) from person where snapshot_date = date '2024-03-31' and {condition}"))


def table(computed: dict[Key, float], files: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The document's table: calibration key and the figure computed from the files, as printed."""
    rows = {name: f"{anchored(files, condition):,}" for name, condition in COUNTED.items()}
    rows |= {
        f"{section}.{key}": str(printed(computed[figure], target(section, key)["decimals"]))
        for section, key, figure in RATIOS
    }
    rows |= {
        f"{section}.{key}": f"{printed(computed[figure], target(section, key)['decimals'] - 2)} %"
        for section, key, figure in SHARES
    }
    for name, figure in OTHERS:
        share = "decimals" in target(*name.split(".", 1))
        rows[name] = f"{printed(computed[figure], 0)}{' %' if share else ''}"
    rows["pay_2024.female_quarters"] = " / ".join(str(printed(share, 1)) for share in figures.quarters(files))
    return rows
