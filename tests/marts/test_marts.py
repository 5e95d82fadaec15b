"""Every mart on tiny hand-made landing files, with the results worked out by hand beside them."""

from __future__ import annotations

import datetime

import pytest

from flows.check import check
from tests.marts.conftest import Trust

MARCH = "snapshot_date = date '2025-03-31'"


def test_the_build_holds_every_identity(trust: Trust) -> None:
    """All data tests of the project ran on the small trust, and none failed."""
    assert trust.result.ok, [node.name for node in trust.result.nodes if node.status == "fail"]
    assert sum(node.kind == "test" for node in trust.result.nodes) > 100


def test_representation_keeps_the_unknown_in_the_base(trust: Trust) -> None:
    # Everyone: 13 white, 5 ethnic minority, 2 unknown of 20: 5/20 = 25 %. Bank, non-executive and offers are not
    # counted. Band 3 (XR03): 3 of 6 = 50 %, 25 points above the workforce. Band 6 (XR06): 2 of 10 = 20 %. Band 8a
    # (XR08): 0 of 4.
    rows = trust.ask(
        "select stratum, white_count, ethnic_minority_count, unknown_count, all_count, ethnic_minority_share,"
        " workforce_ethnic_minority_share, ethnic_minority_share_difference from marts.wres_1_representation"
        f" where {MARCH} and organisation_unit_level = 'trust' and stratum_dimension in ('all', 'band')"
        " order by stratum"
    )
    assert rows == [
        ("all", 13, 5, 2, 20, 0.25, 0.25, 0.0),
        ("band_3", 3, 3, 0, 6, 0.5, 0.25, 0.25),
        ("band_6", 7, 2, 1, 10, 0.2, 0.25, pytest.approx(-0.05)),
        ("band_8a", 3, 0, 1, 4, 0.0, 0.25, -0.25),
    ]


def test_representation_is_cut_by_clinical_and_band_in_every_unit(trust: Trust) -> None:
    # Ambulance and support codes (A, H) are clinical, G is not. South has 6 on band 3 and 2 on band 6, of whom 1 is
    # Indian.
    rows = trust.ask(
        "select organisation_unit, stratum, ethnic_minority_count, all_count from marts.wres_1_representation"
        f" where {MARCH} and organisation_unit_level = 'directorate' and stratum_dimension = 'clinical_split_band'"
        " order by all"
    )
    assert rows == [
        ("North", "clinical / band_6", 1, 8),
        ("Office", "non_clinical / band_8a", 0, 4),
        ("South", "clinical / band_3", 3, 6),
        ("South", "clinical / band_6", 1, 2),
    ]


def test_a_team_whose_name_stands_twice_is_told_apart_by_its_directorate(trust: Trust) -> None:
    # Camden is a team of North and of South; the office has no teams; Brixton stands once. The second post of a
    # person of North in Brixton does not count there: the primary assignment places the person.
    rows = trust.ask(
        "select organisation_unit, organisation_unit_parent, all_count from marts.wres_1_representation"
        f" where {MARCH} and organisation_unit_level = 'team' and stratum = 'all' order by all"
    )
    assert rows == [
        ("Brixton", "South", 6),
        ("Camden (North)", "North", 8),
        ("Camden (South)", "South", 2),
        ("Unknown (Office)", "Office", 4),
    ]


def profile(trust: Trust, indicator: str, unit: str = "trust", stratum: str = "all") -> dict[str, int]:
    rows = trust.ask(
        f"""select "group", person_count from marts.workforce_profile where {MARCH} and organisation_unit = '{unit}'
            and stratum = '{stratum}' and indicator_id = 'workforce_profile_{indicator}'"""
    )
    return {group: count for group, count in rows if count}


def test_the_profile_shows_the_unknown_apart_and_the_standards_fold_them(trust: Trust) -> None:
    # Disability: 1 yes, 1 prefers not to answer, 1 blank, the other 17 no. Ethnicity: 1 not stated, 1 blank.
    assert profile(trust, "disability") == {"yes": 1, "no": 17, "prefer_not_to_answer": 1, "blank": 1}
    assert profile(trust, "disability_group") == {"disabled": 1, "not_disabled": 17, "unknown": 2}
    assert profile(trust, "ethnicity_category") == {
        "white_british": 13,
        "asian_indian": 2,
        "black_african": 3,
        "not_stated": 1,
        "blank": 1,
    }
    assert profile(trust, "ethnicity") == {"white": 13, "ethnic_minority": 5, "unknown": 2}
    assert profile(trust, "ethnicity_broad") == {"white": 13, "asian": 2, "black": 3, "unknown": 2}


def test_the_profile_has_every_characteristic(trust: Trust) -> None:
    # Men: 1 in North, 3 in South. Religion: 3 Muslims, 3 atheists, 1 unspecified, 13 Christians. Born 15 June 1990:
    # aged 34.
    assert profile(trust, "gender") == {"female": 16, "male": 4}
    assert profile(trust, "religion") == {"christianity": 13, "islam": 3, "atheism": 3, "unspecified": 1}
    assert profile(trust, "religion_group") == {"follows_a_religion": 16, "no_religion": 3, "unknown": 1}
    assert profile(trust, "sexual_orientation_group") == {"heterosexual": 20}
    assert profile(trust, "marital_status") == {"single": 20}
    assert profile(trust, "age") == {"31_40": 20}
    assert profile(trust, "staff_group") == {"allied_health_professionals": 16, "administrative_and_clerical": 4}
    # 0.6 of a post is part time; 1 and a second post of 0.2 are full time.
    assert profile(trust, "working_time") == {"full_time": 19, "part_time": 1}


def test_the_profile_is_cut_by_directorate_team_band_and_staff_group(trust: Trust) -> None:
    assert profile(trust, "gender", unit="South") == {"female": 5, "male": 3}
    assert profile(trust, "gender", unit="Brixton") == {"female": 3, "male": 3}
    assert profile(trust, "gender", stratum="band_3") == {"female": 3, "male": 3}
    assert profile(trust, "religion", stratum="administrative_and_clerical") == {"atheism": 3, "unspecified": 1}
    assert profile(trust, "religion", stratum="non_clinical") == {"atheism": 3, "unspecified": 1}
    assert profile(trust, "gender", stratum="part_time") == {"male": 1}


def test_a_group_of_nobody_is_a_row_with_zero(trust: Trust) -> None:
    rows = trust.ask(
        f"""select "group", person_count, share from marts.workforce_profile where {MARCH}
            and organisation_unit = 'Office' and indicator_id = 'workforce_profile_gender' order by all"""
    )
    assert rows == [("female", 4, 1.0), ("male", 0, 0.0), ("unknown", 0, 0.0)]


def test_declined_is_complete_but_not_usable(trust: Trust) -> None:
    # Ethnicity at 31 March 2025: 18 declared, 1 declined, 1 blank of 20: complete 19/20, usable 18/20; 95 % of 20 is
    # 19. At the snapshot before, 24 people less 1 out of scope: 22 declared and 1 unmapped of 23.
    rows = trust.ask(
        "select headcount, declared_count, declined_count, blank_count, unmapped_count, complete_share, usable_share,"
        " previous_snapshot_date, previous_complete_share, to_reach_target_count from marts.declaration_rates"
        " where field = 'ethnicity' and organisation_unit = 'trust' order by snapshot_date desc limit 2"
    )
    assert rows[0] == (
        *(20, 18, 1, 1, 0, 0.95, 0.9),
        datetime.date(2025, 2, 28),
        pytest.approx(22 / 23),
        0,
    )
    assert rows[1][:6] == (23, 22, 0, 0, 1, pytest.approx(22 / 23))


def test_declaration_rates_are_told_by_directorate(trust: Trust) -> None:
    # Disability: in North 7 answered and 1 declined of 8; in South 1 of 8 is blank; the office answered.
    rows = trust.ask(
        "select organisation_unit, declared_count, declined_count, blank_count, complete_share"
        " from marts.declaration_rates"
        f" where {MARCH} and field = 'disability' and organisation_unit_level = 'directorate' order by all"
    )
    assert rows == [("North", 7, 1, 0, 1.0), ("Office", 4, 0, 0, 1.0), ("South", 7, 0, 1, 0.875)]


def test_a_snapshot_is_compared_with_the_one_before(trust: Trust) -> None:
    # 31 December 2023 (120 people), no January, 29 February 2024 (30), 31 March (20), then nothing for ten months, 28
    # February 2025 (23), 31 March (20). Everyone of the smaller file was in the other: numbers run from 10000001. 31
    # March 2025 has 23 people in the file, and 28 February 24: 23 are in both.
    rows = trust.ask(
        "select snapshot_date, is_latest, headcount, previous_headcount, months_since_previous, missing_snapshot_count,"
        " shared_with_previous_share, duplicate_person_count, unknown_scope_value_count, unranked_band_count"
        " from marts.quality_snapshots order by snapshot_date"
    )
    assert rows == [
        (datetime.date(2023, 12, 31), False, 120, None, None, None, None, 0, 0, 0),
        (datetime.date(2024, 2, 29), False, 30, 120, 2, 1, 1.0, 0, 0, 0),
        (datetime.date(2024, 3, 31), False, 20, 30, 1, 0, 1.0, 0, 0, 0),
        (datetime.date(2025, 2, 28), False, 23, 20, 11, 10, 1.0, 0, 1, 12),
        (datetime.date(2025, 3, 31), True, 20, 23, 1, 0, 1.0, 0, 0, 0),
    ]


def test_a_directorate_that_vanished_is_a_row_with_nobody_in_it(trust: Trust) -> None:
    # South had 12 people in March 2024 and is not in the next snapshot; it is back in March 2025.
    rows = trust.ask(
        "select snapshot_date, directorate, headcount, previous_headcount, is_missing from marts.quality_directorates"
        " where snapshot_date >= date '2025-01-01' order by all"
    )
    february, march = datetime.date(2025, 2, 28), datetime.date(2025, 3, 31)
    assert rows == [
        (february, "North", 23, 8, False),
        (february, "South", 0, 12, True),
        (march, "North", 8, 23, False),
        (march, "Office", 4, 0, False),
        (march, "South", 8, 0, False),
    ]


def test_everybody_left_out_is_counted_by_reason(trust: Trust) -> None:
    rows = trust.ask(
        f"select reason, person_count from marts.quality_scope where {MARCH} and person_count > 0 order by all"
    )
    assert rows == [("bank_only", 1), ("in_scope", 20), ("non_executive", 1), ("status_not_in_scope", 1)]


def test_an_unknown_value_is_counted_and_shown_only_as_a_code(trust: Trust) -> None:
    # Twelve rows with XR13 look like a code; three Jedi are too few, one Smith is a name, one Gig Worker is both.
    # Lines are those of the file, whose first line is the heading.
    rows = trust.ask(
        "select dataset, heading, value_shown, row_count, first_lines, is_blank, file_name"
        " from marts.quality_unmapped_values order by all"
    )
    staff, applications = "esr_staff_list_2025-02-28.csv", "recruitment_2025-03-31.csv"
    assert rows == [
        ("esr_staff_list", "Assignment Category", None, 1, "23", False, staff),
        ("esr_staff_list", "Ethnic Origin", None, 1, "22", False, staff),
        ("esr_staff_list", "Pay Scale", "XR13", 12, "2, 3, 4, 5, 6", False, staff),
        ("esr_staff_list", "Religious Belief", None, 3, "14, 15, 16", False, staff),
        ("recruitment_applications", "Ethnic Origin", "T", 10, "2, 3, 4, 5, 6", False, applications),
    ]


def test_the_gate_says_in_words_of_the_file_what_is_missing_and_unknown(trust: Trust) -> None:
    # Between the first snapshot and the latest, January 2024 and April 2024 to January 2025 have none.
    told = {one.name: one for one in check(trust.settings, trust.home).findings}
    missing = told["no_snapshot_is_missing"]
    assert missing.counts == {"snapshots missing": 11}
    assert missing.places[:2] == ("January 2024", "April 2024") and missing.places[-1] == "January 2025"
    assert told["every_value_is_in_its_map"].places == (
        "esr_staff_list_2025-02-28.csv, Assignment Category, line 23",
        "esr_staff_list_2025-02-28.csv, Ethnic Origin, line 22",
        "esr_staff_list_2025-02-28.csv, Pay Scale 'XR13'",
        "esr_staff_list_2025-02-28.csv, Religious Belief, lines 14, 15, 16",
        "recruitment_2025-03-31.csv, Ethnic Origin 'T'",
    )


def test_no_value_that_is_not_a_code_is_in_any_mart(trust: Trust) -> None:
    for (table,) in trust.ask("select table_name from information_schema.tables where table_schema = 'marts'"):
        found = trust.ask(f"select count(*) from marts.{table} as t where cast(t as varchar) ilike '%jedi%'")
        assert found == [(0,)], table


def test_the_sources_that_computed_indicators_need_are_named(trust: Trust) -> None:
    rows = trust.ask(
        "select dataset, file_count, row_count, is_present, is_needed, latest_as_at_date from marts.quality_sources"
        " where dataset in ('esr_staff_list', 'recruitment_applications', 'board_members') order by all"
    )
    assert rows == [
        ("board_members", 0, 0, False, True, None),
        ("esr_staff_list", 5, 218, True, True, datetime.date(2025, 3, 31)),
        ("recruitment_applications", 1, 10, True, True, datetime.date(2025, 3, 31)),
    ]


def test_conformed_values_are_fractions_with_their_counts(trust: Trust) -> None:
    rows = trust.ask(
        """select "group", reporting_year, numerator, denominator, value, unit, not_computed_because
            from marts.indicator_values where indicator_id = 'wres_1' and as_at_date = date '2025-03-31'
            and organisation_unit_level = 'trust' and stratum = 'all' order by all"""
    )
    assert rows == [
        ("ethnic_minority", "2024/25", 5, 20, 0.25, "fraction", None),
        ("unknown", "2024/25", 2, 20, 0.1, "fraction", None),
        ("white", "2024/25", 13, 20, 0.65, "fraction", None),
    ]


def test_a_share_is_compared_with_one_year_earlier(trust: Trust) -> None:
    # 6/20 = 30 % at 31 March 2024, 5/20 = 25 % a year later: 5 points down, worsened by the threshold of 1 point. By
    # test: z = -0.3541, p value 0.7233: nothing that chance could not do. For the workforce itself numerator and base
    # are its own.
    rows = trust.ask(
        "select value, previous_as_at_date, previous_value, change, p_value, direction_by_threshold, direction_tested,"
        " minority_numerator, minority_denominator, reference_numerator, reference_denominator, within_four_fifths"
        " from marts.indicator_comparisons where indicator_id = 'wres_1' and as_at_date = date '2025-03-31'"
        " and organisation_unit_level = 'trust' and stratum = 'all' and measure = 'share'"
    )
    assert rows == [
        (
            *(0.25, datetime.date(2024, 3, 31), 0.3, pytest.approx(-0.05), pytest.approx(0.7233, abs=5e-5)),
            *("worsened", "no_clear_change", 5, 20, 5, 20, None),
        )
    ]


def test_the_end_of_february_is_one_year_after_the_end_of_february(trust: Trust) -> None:
    rows = trust.ask(
        "select distinct previous_as_at_date from marts.indicator_comparisons"
        " where as_at_date = date '2025-02-28' and organisation_unit = 'North' and indicator_id = 'declaration_gender'"
    )
    assert rows == [(datetime.date(2024, 2, 29),)]


def test_a_band_is_compared_with_the_workforce(trust: Trust) -> None:
    # Band 3: 3/6 - 5/20 = +25 points; band 6 (South and North): 2/10 - 25 % = -5. A year before, band 3 was 6/12 -
    # 6/20 = +20 and band 6 0/8 - 30 % = -30. Closer to 0 is better: 25 after 20 is worsened, -5 after -30 improved.
    # Nobody was on band 8a.
    rows = trust.ask(
        "select stratum, value, previous_value, direction_by_threshold, reference_group"
        " from marts.indicator_comparisons where indicator_id = 'wres_1' and as_at_date = date '2025-03-31'"
        " and organisation_unit_level = 'trust' and measure = 'difference' and stratum like 'band%' order by stratum"
    )
    assert rows == [
        ("band_3", 0.25, pytest.approx(0.2), "worsened", "workforce"),
        ("band_6", pytest.approx(-0.05), pytest.approx(-0.3), "improved", "workforce"),
        ("band_8a", -0.25, None, "not_comparable", "workforce"),
    ]


def test_a_profile_has_no_better_direction(trust: Trust) -> None:
    rows = trust.ask(
        "select distinct direction_by_threshold, direction_tested from marts.indicator_comparisons"
        " where indicator_id like 'workforce_profile_%'"
    )
    assert rows == [("not_comparable", "not_comparable")]


def test_many_comparisons_are_corrected_within_their_family(trust: Trust) -> None:
    # 36 of 120 are from ethnic minorities: 0.3, so sqrt(0.3 x 0.7 x (1/40 + 1/80)) = 0.08874 for each band of 40
    # people. Band 3: 20/40 against 16/80: z = 0.3 / 0.08874 = 3.381, p = 0.00072; band 6: 10/40 against 26/80: z =
    # -0.845, p = 0.398; band 8a: 6/40 against 30/80: z = -2.535, p = 0.0112. Benjamini-Hochberg: 0.00072 x 3/1,
    # 0.0112 x 3/2, 0.398 x 3/3.
    rows = trust.ask(
        "select stratum, p_value, p_value_adjusted from marts.indicator_comparisons where indicator_id = 'wres_1'"
        " and as_at_date = date '2023-12-31' and organisation_unit_level = 'trust' and measure = 'difference'"
        " and stratum like 'band%' order by stratum"
    )
    assert rows == [
        ("band_3", pytest.approx(0.000723, abs=1e-6), pytest.approx(0.002170, abs=2e-6)),
        ("band_6", pytest.approx(0.39802, abs=1e-5), pytest.approx(0.39802, abs=1e-5)),
        ("band_8a", pytest.approx(0.011229, abs=1e-6), pytest.approx(0.016843, abs=2e-6)),
    ]


def test_the_catalogue_says_what_is_computed(trust: Trust) -> None:
    rows = trust.ask("select indicator_id, not_computed_because from marts.indicator_catalogue where not is_computed")
    assert dict(rows)["workforce_profile_gender_reassignment"].startswith("It is not collected")
    for name in ("nationality", "country_of_birth"):
        assert dict(rows)[f"workforce_profile_{name}"].startswith(
            "ESR holds it, as a free text that no code map covers"
        )
    assert all(reason for _, reason in rows)
    assert trust.ask("select better_when from marts.indicator_catalogue where indicator_id = 'wres_1'") == [("higher",)]


def test_every_column_of_a_mart_is_described_in_the_database(trust: Trust) -> None:
    assert trust.ask("select table_name from duckdb_tables() where schema_name = 'marts' and comment is null") == []
    assert (
        trust.ask(
            "select table_name, column_name from duckdb_columns() where schema_name = 'marts' and comment is null"
        )
        == []
    )


def test_no_mart_holds_a_person(trust: Trust) -> None:
    rows = trust.ask(
        "select table_name, column_name from information_schema.columns where table_schema = 'marts'"
        " and column_name in (select column_name from definitions.never_released_columns)"
    )
    assert rows == []
