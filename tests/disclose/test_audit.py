"""The attack on the open tables finds what a reader could find, and only that."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

import flows.audit
from flows.audit import Audit, audit
from flows.audit.reckon import wilson
from tests.disclose.open_files import POLICY, Row, comparison, counted, hidden, nested, row, write

GROUPS = ("white", "minority", "unknown")
ETHNICITY = nested("ethnicity", GROUPS)


def found(report: Audit) -> dict[str, tuple[float, float, str]]:
    """Group of each cell that is known too narrowly: its bounds, and how."""
    return {cell.group: (cell.lowest, cell.highest, cell.how) for cell in report.narrow}


def attack(path: Path, *earlier: Path) -> Audit:
    return audit(path, earlier)


# One table.


def test_a_protected_table_passes(tmp_path: Path) -> None:
    rows = [row("white", 400, 500), hidden("minority", 500), hidden("unknown", 500)]
    report = attack(write(tmp_path / "open.duckdb", rows, groups=ETHNICITY))
    assert report.is_safe, report.narrow
    assert report.report["hidden"] == 2
    assert report.report["smallest_range"] >= 10


def test_a_single_hidden_count_is_the_rest_of_its_total(tmp_path: Path) -> None:
    rows = [row("white", 400, 500), row("minority", 93, 500), hidden("unknown", 500)]
    report = attack(write(tmp_path / "open.duckdb", rows, groups=ETHNICITY))
    assert found(report) == {"unknown": (7, 7, "range")}


def test_two_hidden_counts_that_sum_to_little_are_known_too_well(tmp_path: Path) -> None:
    rows = [row("white", 491, 500), hidden("minority", 500), hidden("unknown", 500)]
    report = attack(write(tmp_path / "open.duckdb", rows, groups=ETHNICITY))
    assert found(report) == {"minority": (0, 9, "range"), "unknown": (0, 9, "range")}


def banded(hide: dict[tuple[str, str], bool]) -> list[Row]:
    """Three bands of two groups, with the trust's own rows."""
    counts = {("band_1", "white"): 40, ("band_1", "minority"): 6, ("band_2", "white"): 60, ("band_2", "minority"): 30}
    counts |= {("band_3", "white"): 80, ("band_3", "minority"): 25, ("all", "white"): 180, ("all", "minority"): 61}
    base = {"band_1": 46, "band_2": 90, "band_3": 105, "all": 241}
    return [
        hidden(group, base[stratum], stratum=stratum)
        if hide.get((stratum, group))
        else row(group, count, base[stratum], stratum=stratum)
        for (stratum, group), count in counts.items()
    ]


BANDS = [{"stratum_dimension": "band", "stratum": f"band_{n}", "within_stratum": "all"} for n in (1, 2, 3)]
SQUARE = {(band, group): True for band in ("band_1", "band_2") for group in ("white", "minority")}


def test_bands_that_are_hidden_in_a_square_pass(tmp_path: Path) -> None:
    path = write(tmp_path / "open.duckdb", banded(SQUARE), groups=nested("ethnicity", GROUPS[:2]), strata=BANDS)
    report = attack(path)
    assert report.is_safe, report.narrow


@pytest.mark.parametrize("shown", sorted(SQUARE))
def test_each_complementary_count_that_is_shown_after_all_gives_the_others_away(
    tmp_path: Path, shown: tuple[str, str]
) -> None:
    rows = banded(SQUARE | {shown: False})
    path = write(tmp_path / "open.duckdb", rows, groups=nested("ethnicity", GROUPS[:2]), strata=BANDS)
    ranges = [cell for cell in attack(path).narrow if cell.how == "range"]
    assert len(ranges) == 3
    assert all(cell.lowest == cell.highest for cell in ranges)
    truth = {("band_1", "white"): 40, ("band_1", "minority"): 6, ("band_2", "white"): 60, ("band_2", "minority"): 30}
    assert all(truth[cell.stratum, cell.group] == cell.lowest for cell in ranges)


def test_a_finer_group_is_found_from_the_group_that_holds_it(tmp_path: Path) -> None:
    fine = [counted("category", "share", "numerator", "staff", "category")]
    fine += [counted("category", "share", "denominator", "staff", "all")]
    groups = [*ETHNICITY, *nested("category", ("asian", "black"), "ethnicity", "minority")]
    rows = [row("white", 400, 500), row("minority", 100, 500), row("unknown", 0, 500)]
    rows += [row("asian", 95, 500, indicator_id="category"), hidden("black", 500, indicator_id="category")]
    report = attack(write(tmp_path / "open.duckdb", rows, people=fine, groups=groups))
    assert found(report) == {"black": (5, 5, "range")}


def test_a_directorate_is_found_from_the_trust_and_the_other_directorates(tmp_path: Path) -> None:
    def of(unit: str) -> Row:
        level = "trust" if unit == "trust" else "directorate"
        parent = None if unit == "trust" else "trust"
        return {"organisation_unit": unit, "organisation_unit_level": level, "organisation_unit_parent": parent}

    rows = [row("minority", 50, 300), row("minority", 44, 160, **of("North")), hidden("minority", 140, **of("South"))]
    report = attack(write(tmp_path / "open.duckdb", rows))
    assert [(cell.organisation_unit, cell.lowest, cell.highest) for cell in report.narrow] == [("South", 6, 6)]


def test_a_range_as_wide_as_a_small_base_is_enough(tmp_path: Path) -> None:
    rows = [hidden(group, 8) for group in GROUPS]
    policy = POLICY | {"threshold": 5}
    assert attack(write(tmp_path / "open.duckdb", rows, groups=ETHNICITY, policy=policy)).is_safe


def test_people_who_are_among_others_are_no_more_than_those(tmp_path: Path) -> None:
    people = [
        counted("likely", "likelihood", "numerator", "appointed"),
        counted("likely", "likelihood", "denominator", "interviewed"),
        counted("listed", "share", "numerator", "shortlisted"),
        counted("listed", "share", "denominator", "shortlisted", "all"),
    ]
    rows = [row("minority", 14, 100, indicator_id="listed")]
    rows += [hidden("minority", None, indicator_id="likely", measure="likelihood")]
    within = [{"people": "appointed", "within_people": "shortlisted"}]
    policy = POLICY | {"hidden_range_minimum": 20}
    path = write(tmp_path / "open.duckdb", rows, people=people, within=within, policy=policy)
    assert [(cell.people, cell.lowest, cell.highest) for cell in attack(path).narrow] == [("appointed", 0, 14)]


def test_a_group_without_a_row_is_nobody_only_where_nobody_is_in_its_place(tmp_path: Path) -> None:
    """Unknown has no row: in a band with people it may be anybody's number, in a band without any it is nought."""
    rows = [row("white", 100, 130, stratum="band_1"), hidden("minority", 130, stratum="band_1")]
    path = write(tmp_path / "open.duckdb", rows, groups=ETHNICITY)
    assert attack(path).is_safe
    bands = [{"stratum_dimension": "band", "stratum": f"band_{n}", "within_stratum": "all"} for n in (1, 2)]
    both = [row("minority", 24, 130), *rows]
    path = write(tmp_path / "bands.duckdb", both, groups=ETHNICITY, strata=bands)
    assert [(cell.stratum, cell.lowest, cell.highest) for cell in attack(path).narrow] == [("band_1", 24, 24)]


def moved(indicator_id: str, count: int | None, base: int) -> Row:
    told = {"indicator_id": indicator_id, "measure": "likelihood"}
    return hidden("minority", base, **told) if count is None else row("minority", count, base, **told)


def test_who_left_is_found_from_who_stayed(tmp_path: Path) -> None:
    """The people of a year before either left or stayed, so each is the rest of the other."""
    people = [
        counted("leavers", "likelihood", "numerator", "leavers"),
        counted("leavers", "likelihood", "denominator", "staff") | {"date_rule": "year_before"},
        counted("stayers", "likelihood", "numerator", "stayers"),
        counted("stayers", "likelihood", "denominator", "staff") | {"date_rule": "year_before"},
    ]
    summed = [
        {"people": name, "within_people": "staff", "within_date_rule": "year_before", "characteristic": "*"}
        for name in ("leavers", "stayers")
    ]
    both = [moved("leavers", None, 80), moved("stayers", None, 80)]
    assert attack(write(tmp_path / "both.duckdb", both, people=people, summed=summed)).is_safe
    rows = [moved("leavers", None, 80), moved("stayers", 73, 80)]
    report = attack(write(tmp_path / "open.duckdb", rows, people=people, summed=summed))
    assert [(cell.people, cell.lowest, cell.highest) for cell in report.narrow] == [("leavers", 7, 7)]


# Rounded counts, halves, pay.


def test_a_rounded_total_leaves_two_people_to_either_side(tmp_path: Path) -> None:
    other = {"rounded_to": 5, "as_at_date": "2025-04-30"}
    rows = [row("white", 400, 500, **other), row("minority", 90, 500, **other), hidden("unknown", 500, **other)]
    report = attack(write(tmp_path / "open.duckdb", rows, groups=ETHNICITY))
    assert report.is_safe
    narrower = write(tmp_path / "narrow.duckdb", rows, groups=ETHNICITY, policy=POLICY | {"hidden_range_minimum": 20})
    assert found(attack(narrower)) == {"unknown": (4, 16, "range")}


def test_a_shown_rounded_count_is_known_not_to_lie_below_the_threshold(tmp_path: Path) -> None:
    other = {"rounded_to": 5, "as_at_date": "2025-04-30"}
    rows = [row("white", 10, 25, **other), row("minority", 0, 25, **other), hidden("unknown", 25, **other)]
    policy = POLICY | {"hidden_range_minimum": 20, "zero_base_minimum": 5}
    report = attack(write(tmp_path / "open.duckdb", rows, groups=ETHNICITY, policy=policy))
    assert found(report) == {"unknown": (11, 17, "range")}


def test_an_average_of_two_years_is_found_as_a_half(tmp_path: Path) -> None:
    rows = [row("white", 30.5, 400), row("minority", 12, 100), hidden("unknown", 100)]
    whole = row("all", 47, 600, indicator_id="events")
    parts = [{**told, "indicator_id": "cases"} for told in rows]
    people = [
        counted("cases", "share", "numerator", "cases"),
        counted("cases", "share", "denominator", "staff"),
        counted("events", "share", "numerator", "cases", "all"),
        counted("events", "share", "denominator", "staff", "all"),
    ]
    report = attack(write(tmp_path / "open.duckdb", [*parts, whole], people=people, groups=ETHNICITY))
    assert found(report) == {"unknown": (4.5, 4.5, "range")}


def paid(group: str, mean: float | None, people: float, **other: Any) -> Row:
    marker = {"value_marker": None if mean is not None else "[c]"}
    told = {"indicator_id": "pay", "measure": "mean_pay", "value": mean, "unit": "gbp_per_hour"}
    return row(group, None, people, **(told | marker | other))


PAY = [
    counted("pay", "mean_pay", "denominator", "paid"),
    counted("pay", "mean_pay", "mean", "paid"),
    counted("all_pay", "mean_pay", "denominator", "paid", "all"),
    counted("all_pay", "mean_pay", "mean", "paid", "all"),
]


def test_a_hidden_mean_follows_from_the_mean_of_everyone(tmp_path: Path) -> None:
    rows = [paid("white", 20.0, 300), paid("minority", 18.0, 100), paid("unknown", None, 40)]
    rows += [paid("all", 19.4, 440, indicator_id="all_pay")]
    report = attack(write(tmp_path / "open.duckdb", rows, people=PAY, groups=ETHNICITY))
    assert [(cell.people, cell.group) for cell in report.narrow] == [("paid:mean_pay", "unknown")]
    total = 19.4 * 440 - 20 * 300 - 18 * 100
    assert report.narrow[0].lowest <= total <= report.narrow[0].highest < total + 5


def test_two_hidden_means_hide_each_other(tmp_path: Path) -> None:
    rows = [paid("white", 20.0, 300), paid("minority", None, 100), paid("unknown", None, 40)]
    rows += [paid("all", 19.4, 440, indicator_id="all_pay")]
    assert attack(write(tmp_path / "open.duckdb", rows, people=PAY, groups=ETHNICITY)).is_safe


def test_people_are_found_from_the_means_of_their_groups(tmp_path: Path) -> None:
    """Of 400 with 17.50 on average, whose two groups have 20 and 10, three quarters are of the first."""
    rows = [paid("white", 20.0, 0), paid("minority", 10.0, 0), paid("all", 17.5, 400, indicator_id="all_pay")]
    rows[:2] = [told | {"denominator": None, "denominator_marker": "[c]"} for told in rows[:2]]
    policy = POLICY | {"pay_rounding": 0.0001}
    groups = nested("ethnicity", GROUPS[:2])
    report = attack(write(tmp_path / "open.duckdb", rows, people=PAY, groups=groups, policy=policy))
    assert {(cell.group, cell.lowest, cell.highest) for cell in report.narrow} == {
        ("white", 300, 300),
        ("minority", 100, 100),
    }


def test_the_pay_of_a_small_group_is_not_shown(tmp_path: Path) -> None:
    rows = [paid("white", 20.0, 300), paid("minority", 18.0, 19)]
    report = attack(write(tmp_path / "open.duckdb", rows, people=PAY, groups=ETHNICITY))
    assert [cell.how for cell in report.narrow] == ["pay of a small group"]


@pytest.mark.parametrize("more", [{"ci_low": 19.87654, "ci_high": 20.12346}, {"value": 20.000001}])
def test_pay_told_beyond_the_penny_is_found(tmp_path: Path, more: dict[str, float]) -> None:
    """The middle of an exact interval is the exact mean: over two releases it tells what one person's rise was."""
    rows = [paid("white", 20.0, 300) | more, paid("minority", 18.0, 100)]
    report = attack(write(tmp_path / "open.duckdb", rows, people=PAY, groups=ETHNICITY))
    assert [(cell.group, cell.how) for cell in report.narrow] == [("white", "pay told more closely than it may be")]


# Numbers in other columns.


def two_hidden(**of_unknown: Any) -> list[Row]:
    return [row("white", 400, 500), hidden("minority", 500), hidden("unknown", 500, **of_unknown)]


def test_a_share_that_stands_beside_a_hidden_count_gives_it_away(tmp_path: Path) -> None:
    report = attack(write(tmp_path / "open.duckdb", two_hidden(value=7 / 500), groups=ETHNICITY))
    assert {(cell.group, cell.lowest, cell.highest) for cell in report.narrow if cell.how == "range"} == {
        ("unknown", 7, 7),
        ("minority", 93, 93),
    }
    assert "a number beside its marker" in {cell.how for cell in report.narrow}


BOTH = ("ci_low", "ci_high")


@pytest.mark.parametrize(
    ("left", "is_base_shown"), [(("ci_low",), True), (("ci_high",), True), (BOTH, True), (BOTH, False)]
)
def test_an_interval_gives_the_count_and_its_base_away(
    tmp_path: Path, left: tuple[str, ...], is_base_shown: bool
) -> None:
    ends = dict(zip(BOTH, wilson(7, 500), strict=True))
    rows = two_hidden(**{name: ends[name] for name in left})
    if not is_base_shown:
        rows = [told | {"denominator": None, "denominator_marker": "[c]", "numerator": None} for told in rows]
        rows = [told | {"value_marker": "[c]", "value": None} for told in rows]
    report = attack(write(tmp_path / "open.duckdb", rows, groups=ETHNICITY))
    cells = {(cell.group, cell.lowest, cell.highest) for cell in report.narrow if cell.how == "range"}
    assert ("unknown", 7, 7) in cells
    assert is_base_shown or ("all", 500, 500) in cells


def test_a_share_of_a_hidden_base_gives_both_away_beside_the_other_groups(tmp_path: Path) -> None:
    events = [
        counted("events", "number", "numerator", "staff"),
        counted("events", "number", "denominator", "staff", "all"),
    ]
    rows = [hidden("minority", None, value=0.2)]
    rows += [
        row(group, count, None, indicator_id="events", measure="number")
        for group, count in (("white", 400), ("unknown", 0))
    ]
    report = attack(write(tmp_path / "open.duckdb", rows, people=events, groups=ETHNICITY))
    assert {(cell.group, cell.lowest) for cell in report.narrow if cell.how == "range"} == {
        ("minority", 100),
        ("all", 500),
    }


def test_words_that_tell_a_hidden_number_are_found(tmp_path: Path) -> None:
    rows = two_hidden(not_computed_because="Nobody is in the base.")
    report = attack(write(tmp_path / "open.duckdb", rows, groups=ETHNICITY))
    assert found(report)["unknown"][2] == "a reason that tells the number"


LIKELY = [
    counted("likely", "likelihood", "numerator", "appointed"),
    counted("likely", "likelihood", "denominator", "shortlisted"),
]


def likely(unit: str, counts: dict[str, tuple[float | None, float]]) -> list[Row]:
    told = {"indicator_id": "likely", "measure": "likelihood", "organisation_unit": unit}
    return [
        hidden(group, base, **told) if count is None else row(group, count, base, **told)
        for group, (count, base) in counts.items()
    ]


def likelihoods(**of_hidden: Any) -> tuple[list[Row], list[Row]]:
    """A shown comparison, from which a reader learns how it is made, and one with a hidden part."""
    rows = likely("North", {"white": (40, 200), "minority": (15, 100)}) + likely(
        "South", {"white": (30, 150), "minority": (None, 80)}
    )
    other = {"indicator_id": "likely", "organisation_unit": "North"}
    compared = [comparison("minority", "white", (40 / 200) / (15 / 100), **other)]
    return rows, [
        *compared,
        comparison("minority", "white", None, **other) | {"organisation_unit": "South"} | of_hidden,
    ]


def hidden_likelihood(tmp_path: Path, **of_hidden: Any) -> Audit:
    rows, compared = likelihoods(**of_hidden)
    return attack(write(tmp_path / "open.duckdb", rows, compared, people=LIKELY))


def test_a_comparison_that_is_hidden_with_its_part_says_nothing(tmp_path: Path) -> None:
    report = hidden_likelihood(tmp_path, value_marker="[c]")
    assert report.is_safe, report.narrow


@pytest.mark.parametrize(
    "left",
    [
        {"value": (30 / 150) / (8 / 80)},
        {"minority_numerator": 8},
        {"ci_low": 1.0, "ci_high": 4.0, "value": None},
    ],
    ids=["relative likelihood", "count", "interval"],
)
def test_a_comparison_that_stands_beside_a_hidden_part_gives_it_away(tmp_path: Path, left: Row) -> None:
    report = hidden_likelihood(tmp_path, **left)
    assert {(cell.lowest, cell.highest) for cell in report.narrow if cell.how == "range"} == {(8, 8)}
    assert "a comparison of a hidden figure" in {cell.how for cell in report.narrow}


def test_words_by_which_hidden_comparisons_differ_are_found(tmp_path: Path) -> None:
    rows, compared = likelihoods(value_marker="[c]", method="Fisher's exact test because an expected count is under 5")
    compared.append(compared[1] | {"organisation_unit": "West", "method": "z-test"})
    report = attack(write(tmp_path / "open.duckdb", rows, compared, people=LIKELY))
    assert {cell.how for cell in report.narrow} == {"words that tell the number"}


@pytest.mark.parametrize("left", ["p_value", "p_value_adjusted"])
def test_even_a_p_value_of_a_hidden_part_is_found(tmp_path: Path, left: str) -> None:
    report = hidden_likelihood(tmp_path, **{left: 0.04})
    assert {cell.how for cell in report.narrow} == {"a comparison of a hidden figure"}


def test_the_figure_of_last_year_is_found_in_the_row_of_this_year(tmp_path: Path) -> None:
    old = [{**told, "as_at_date": "2024-03-31"} for told in (row("white", 380, 480), hidden("minority", 480))]
    now = [row("white", 400, 500), row("minority", 90, 500)]
    other = {"measure": "share", "previous_as_at_date": "2024-03-31"}
    shown = comparison("minority", "minority", 90 / 500, previous_value=6 / 480, **other)
    report = attack(write(tmp_path / "open.duckdb", [*old, *now], [shown], groups=ETHNICITY))
    assert {(cell.as_at_date, cell.lowest, cell.highest) for cell in report.narrow if cell.how == "range"} == {
        ("2024-03-31", 6, 6)
    }
    changed = comparison("minority", "minority", 90 / 500, change=90 / 500 - 6 / 480, **other)
    report = attack(write(tmp_path / "change.duckdb", [*old, *now], [changed], groups=ETHNICITY))
    assert {(cell.lowest, cell.highest) for cell in report.narrow if cell.how == "range"} == {(6, 6)}


# What must not be shown at all.


def test_a_shown_count_below_the_threshold_is_found(tmp_path: Path) -> None:
    rows = [row("white", 491, 500), row("minority", 9, 500), row("unknown", 0, 500)]
    assert found(attack(write(tmp_path / "open.duckdb", rows)))["minority"] == (9, 9, "shown below the threshold")


def test_a_nought_and_a_whole_of_a_small_base_are_found(tmp_path: Path) -> None:
    rows = [row("white", 13, 13), row("minority", 0, 13)]
    hows = {cell.group: cell.how for cell in attack(write(tmp_path / "open.duckdb", rows)).narrow}
    assert hows == {"white": "everyone of a place", "minority": "a nought of a small base"}


def test_a_count_of_unnamed_people_is_not_vouched_for(tmp_path: Path) -> None:
    rows = [row("white", 400, 500, indicator_id="new")]
    assert [cell.how for cell in attack(write(tmp_path / "open.duckdb", rows)).narrow] == ["unmapped"]


def test_a_table_that_the_attack_does_not_know_is_not_vouched_for(tmp_path: Path) -> None:
    path = write(tmp_path / "open.duckdb", [row("white", 400, 500)])
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table marts.staff_networks as select 7 as members")
    assert [cell.how for cell in attack(path).narrow] == ["the table staff_networks was not attacked"]
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table marts.open_tables as select 'staff_networks' as table_name, 'public' as treatment"
        )
        connection.execute("insert into marts.open_tables values ('open_tables', 'public')")
    assert attack(path).is_safe


def test_tables_that_cannot_all_be_true_are_not_vouched_for(tmp_path: Path) -> None:
    rows = [row("white", 400, 500), row("minority", 90, 500), row("unknown", 11, 500)]
    report = attack(write(tmp_path / "open.duckdb", rows, groups=ETHNICITY))
    assert [cell.how for cell in report.narrow] == ["contradiction"]


def test_the_attack_shares_no_code_with_what_hides_the_numbers() -> None:
    sources = sorted(Path(flows.audit.__file__).parent.glob("*.py"))
    assert len(sources) > 5
    assert not [source.name for source in sources if "flows.disclose" in source.read_text(encoding="utf-8")]


# The report.


def test_the_report_has_numbers_of_cells_and_no_number_from_a_cell(tmp_path: Path) -> None:
    rows = [row("white", 4321, 4828), row("minority", 500, 4828), hidden("unknown", 4828)]
    report = attack(write(tmp_path / "open.duckdb", rows, groups=ETHNICITY)).report
    assert {"cells", "hidden", "solved", "solved_whole", "smallest_range", "people", "releases_compared"} <= set(report)
    assert (report["cells"], report["hidden"], report["narrow"]) == (4, 1, 1)
    assert not {"4321", "4828", "500"} & set(str(report).replace(",", " ").replace("}", " ").split())


def test_two_attacks_on_the_same_file_say_the_same(tmp_path: Path) -> None:
    path = write(tmp_path / "open.duckdb", banded(SQUARE), groups=nested("ethnicity", GROUPS[:2]), strata=BANDS)
    first, second = attack(path), attack(path)
    assert first.narrow == second.narrow
    assert first.report | {"seconds": 0} == second.report | {"seconds": 0}


def test_a_file_without_its_constraints_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "open.duckdb", two_hidden(), policy={"threshold": 10})
    with pytest.raises(ValueError, match="zero_base_minimum"):
        attack(path)
