"""What must follow when a trust is changed in a known way, asked of the whole pipeline.

One small trust is built five times: as it is; with the groups' labels exchanged; with every person twice; with its
rows in another order and more happening after its last day; and from the same files, come in another order.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import duckdb
import pytest

from flows.fingerprint import base_tables, table_hashes
from tests.independent.compute import BROAD
from tests.independent.home import Parity
from tests.independent.people import letter_of
from tests.independent.trust import Landing, Row, random_trust

LAST_DAY = datetime.date(2025, 3, 31)


class Cell(NamedTuple):
    """Where a figure stands, without its group."""

    indicator: str
    version: str
    as_at: datetime.date
    level: str
    unit: str
    stratum: str
    measure: str


@dataclass(frozen=True)
class Built:
    """The conformed tables of one build, as dictionaries of their columns."""

    figures: dict[tuple[Cell, str], tuple[Any, ...]]
    comparisons: dict[tuple[Cell, str, str], tuple[Any, ...]]
    content: dict[str, str]
    """The hash of each mart, of which the hash of the content is made."""
    arrived: list[str]
    """The files in the order in which they were taken in."""


PLACE = (
    "indicator_id, definition_version, as_at_date, organisation_unit_level, "
    "organisation_unit_level || ' ' || coalesce(organisation_unit_parent, '') || ' ' || organisation_unit, "
    "stratum, measure"
)


def _built(folder: Path, *nights: Landing) -> Built:
    parity = Parity(folder, *nights)
    assert all(load.outcome in ("loaded", "correction") for load in parity.loads)
    with duckdb.connect(str(parity.home.warehouse), read_only=True) as connection:
        figures = connection.execute(
            f'select {PLACE}, "group", numerator, denominator, value, value_text, ci_low, ci_high, '
            "not_computed_because from marts.indicator_values"
        ).fetchall()
        comparisons = connection.execute(
            f"select {PLACE}, minority_group, reference_group, value, ci_low, ci_high, p_value, p_value_adjusted, "
            "zero_cell_adjusted, previous_value, direction_by_threshold, direction_tested, within_four_fifths, "
            "not_computed_because from marts.indicator_comparisons"
        ).fetchall()
        content = table_hashes(connection, base_tables(connection, "marts"))
        arrived = connection.execute("select file_name from marts.quality_loads order by load_id").fetchall()
    return Built(
        {(Cell(*row[:7]), row[7]): row[8:] for row in figures},
        {(Cell(*row[:7]), row[7], row[8]): row[9:] for row in comparisons},
        content,
        [str(name) for (name,) in arrived],
    )


@pytest.fixture(scope="module")
def landing() -> Landing:
    """A small trust of two ethnic origins, besides those that are unknown, so that the labels can be exchanged."""
    small = random_trust(7, size=150)
    return {name: [_of_two_origins(row) for row in rows] for name, rows in small.items()}


def _of_two_origins(row: Row) -> Row:
    if "Ethnic Origin" not in row:
        return row
    letter = letter_of(row["Ethnic Origin"])
    if letter in ("blank", "unmapped", "Z"):
        return row
    return row | {"Ethnic Origin": WHITE if letter in "ABC" else INDIAN}


WHITE, INDIAN = "A White - British", "H Asian or Asian British - Indian"
EXCHANGED = {
    "Ethnic Origin": {WHITE: INDIAN, INDIAN: WHITE},
    "Disability": {"Yes": "No", "No": "Yes"},
    "Gender": {"Female": "Male", "Male": "Female"},
    "Group": {
        "White": "All other ethnic groups",
        "All other ethnic groups": "White",
        "Yes": "No",
        "No": "Yes",
    },
}


@pytest.fixture(scope="module")
def base(landing: Landing, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The trust as it is."""
    return _built(tmp_path_factory.mktemp("base"), landing)


@pytest.fixture(scope="module")
def exchanged(landing: Landing, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """White people are Indian and the reverse, women men, and who is disabled is not."""
    other = {
        name: [row | {key: of.get(row[key], row[key]) for key, of in EXCHANGED.items() if key in row} for row in rows]
        for name, rows in landing.items()
    }
    return _built(tmp_path_factory.mktemp("exchanged"), other)


@pytest.fixture(scope="module")
def doubled(landing: Landing, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Every person, application, case, completion, concern, member, action and answer is there twice."""
    other = {name: [twin for row in rows for twin in _twins(name, row)] for name, rows in landing.items()}
    return _built(tmp_path_factory.mktemp("doubled"), other)


REFERENCES = ("Application ID", "Case Reference", "Concern Reference", "Member Reference", "Reference")
COUNTED = ("Base", "Members")
AS_IT_IS = ("eds/", "plan/statements")


def _twins(name: str, row: Row) -> list[Row]:
    if name.startswith(AS_IT_IS):
        return [row]
    if counted := [key for key in COUNTED if key in row]:
        return [row | {key: str(int(row[key]) * 2) for key in counted if row[key] != "-"}]
    renamed = {key: f"{row[key]}-twin" for key in REFERENCES if key in row}
    renamed |= {key: "3" + row[key][1:] for key in ("Employee Number", "Assignment Number") if row.get(key)}
    return [row, row | renamed]


@pytest.fixture(scope="module")
def another_order(landing: Landing, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The rows of each file stand in another order, and more happens after the last day."""
    rng = Random(11)
    other = {name: rng.sample(rows, len(rows)) for name, rows in landing.items()}
    _go_on(other)
    return _built(tmp_path_factory.mktemp("another"), other)


def _go_on(landing: Landing) -> None:
    """In April people leave and join, cases are opened, courses completed, members appointed."""
    staff = landing[f"esr_staff_list/esr_staff_list_{LAST_DAY}.csv"]
    leavers = {row["Employee Number"] for row in staff[:12]}
    here = [row for row in staff if row["Employee Number"] not in leavers]
    joiners = [row | {"Employee Number": "4" + row["Employee Number"][1:]} for row in here[:8]]
    joiners = [row | {"Assignment Number": row["Employee Number"], "Primary Assignment": "Y"} for row in joiners]
    landing["esr_staff_list/esr_staff_list_2025-04-30.csv"] = [*here, *joiners]
    later = "2025-04-10"
    cases = landing[f"employee_relations/employee_relations_{LAST_DAY}.csv"]
    cases += [
        row | {"Case Reference": f"{row['Case Reference']}-later", "Stage": "Formal", "Formal Date": later}
        for row in cases[:15]
    ]
    courses = landing[f"learning/learning_{LAST_DAY}.csv"]
    courses += [
        row | {"Employee Number": one["Employee Number"], "Completed Date": later}
        for row, one in zip(courses[:40], here, strict=False)
    ]
    members = landing[f"board/board_{LAST_DAY}.csv"]
    members += [
        row | {"Member Reference": f"{row['Member Reference']}-later", "From Date": later, "To Date": ""}
        for row in members[:4]
    ]


def _shuffled(landing: Landing) -> tuple[Landing, Landing]:
    """The same files before two nights, sources and dates in no order; a correction comes with what it corrects."""
    dates = sorted({name.replace("_v2.csv", ".csv") for name in landing})
    Random(5).shuffle(dates)
    first = {*dates[: len(dates) // 2]}
    early = {name: rows for name, rows in landing.items() if name.replace("_v2.csv", ".csv") in first}
    return early, {name: rows for name, rows in landing.items() if name not in early}


def test_the_same_files_in_a_new_home_give_the_same_hashes_in_whatever_order_they_came(
    base: Built, landing: Landing, tmp_path: Path
) -> None:
    """Built in two nights, the second of which builds only what came; compared with all files at once."""
    again = _built(tmp_path, *_shuffled(landing))
    assert sorted(again.arrived) == sorted(base.arrived)
    assert again.arrived != base.arrived, "the files did come in another order"
    assert {name for name, content in base.content.items() if again.content.get(name) != content} == set()
    assert again.content.keys() == base.content.keys()


# Labels


BINARY = {"white": "ethnic_minority", "ethnic_minority": "white"}
OF_INDICATOR = {
    "pay_gap_ethnicity_broad": {"white": "asian", "asian": "white"},
    "workforce_profile_ethnicity_broad": {"white": "asian", "asian": "white"},
    "population_ethnicity": {"white": "asian", "asian": "white"},
    "pay_gap_ethnicity_category": {"white_british": "asian_indian", "asian_indian": "white_british"},
    "workforce_profile_ethnicity_category": {"white_british": "asian_indian", "asian_indian": "white_british"},
}
EVERYWHERE = {"female": "male", "male": "female", "disabled": "not_disabled", "not_disabled": "disabled"}
ONE_SIDED = ("gap_between_bands", "gap_within_bands", "population_share")


def _label(indicator: str, group: str) -> str:
    """The group that the same people stand in after the exchange."""
    if indicator == "workforce_profile_disability":
        return {"yes": "no", "no": "yes"}.get(group, group)
    names = EVERYWHERE | OF_INDICATOR.get(indicator, BINARY)
    return " / ".join(names.get(part, part) for part in group.split(" / "))


def test_exchanged_labels_exchange_the_figures_of_the_groups(base: Built, exchanged: Built) -> None:
    for (cell, group), row in base.figures.items():
        if cell.measure in ONE_SIDED or cell.indicator == "wdes_8" or group == "benchmark_group":
            continue
        other = exchanged.figures[cell, _label(cell.indicator, group)]
        assert _same(row[:6], other[:6]), (cell, group, row, other)


def _pairs(base: Built, other: Built, measure: str) -> Iterator[tuple[Any, Any, Any]]:
    """Comparisons of two groups of the same cell, before and after the exchange."""
    for key, row in base.comparisons.items():
        if key[0].measure == measure and _label(key[0].indicator, key[1]) == key[2]:
            yield key, row, other.comparisons[key]


@pytest.mark.parametrize("measure", ["relative_likelihood", "race_disparity_ratio"])
def test_exchanged_labels_invert_each_ratio_with_its_interval(base: Built, exchanged: Built, measure: str) -> None:
    seen = 0
    for key, row, other in _pairs(base, exchanged, measure):
        (value, low, high, p_value), (inverse, inverse_low, inverse_high, other_p) = row[:4], other[:4]
        assert _near(p_value, other_p), (key, row, other)
        if not value or not inverse:
            assert not value or not inverse or key, (key, row, other)
            assert (value == 0 or value is None) and (inverse == 0 or inverse is None), (key, row, other)
            continue
        seen += 1
        assert _near(inverse, 1 / value), (key, row, other)
        assert _near(inverse_low, 1 / high) and _near(inverse_high, 1 / low), (key, row, other)
        assert row[5] == other[5] and row[9] == other[9], (key, row, other)
    assert seen > 3


def test_exchanged_labels_change_the_sign_of_each_difference(base: Built, exchanged: Built) -> None:
    seen = 0
    for key, row, other in _pairs(base, exchanged, "difference"):
        if row[0] is None:
            assert other[0] is None, (key, row, other)
            continue
        seen += 1
        assert _near(other[0], -row[0]), (key, row, other)
        if row[1] is not None:
            assert _near(other[1], -row[2]) and _near(other[2], -row[1]), (key, row, other)
        assert _near(row[3], other[3]) and row[7] == other[7], (key, row, other)
    assert seen > 20


@pytest.mark.parametrize("measure", ["mean_pay_gap", "median_pay_gap", "mean_bonus_gap", "median_bonus_gap"])
def test_exchanged_labels_turn_a_gap_into_what_the_other_side_has_more(
    base: Built, exchanged: Built, measure: str
) -> None:
    """Of £20 and £18 the gap is 0.1; seen from the other side it is 1 − 20 / 18."""
    seen = 0
    for key, row, other in _pairs(base, exchanged, measure):
        if row[0] is None or other[0] is None:
            assert row[0] is None and other[0] is None, (key, row, other)
            continue
        seen += 1
        assert _near(other[0], 1 - 1 / (1 - row[0])), (key, row, other)
    assert seen > 10


# Everyone twice


COUNTED_SHARES = ("share", "likelihood", "bonus_share", "coverage")
NOT_A_SHARE = ("headcount", "quarter_share", "answer", "rating")
"""Counts double; quarters of twice as many people have other leftovers; words stay words."""


def test_twice_everyone_leaves_every_share_likelihood_mean_and_median(base: Built, doubled: Built) -> None:
    for (cell, group), row in base.figures.items():
        if cell.measure in NOT_A_SHARE or row[2] is None:
            continue
        other = doubled.figures[cell, group]
        assert _near(row[2], other[2]), (cell, group, row, other)
        if cell.measure in COUNTED_SHARES and row[0] is not None:
            assert _near(float(row[0]) * 2, other[0]), (cell, group, row, other)


def test_twice_everyone_leaves_every_comparison_and_narrows_its_interval(base: Built, doubled: Built) -> None:
    narrower = 0
    for key, row in base.comparisons.items():
        if row[0] is None:
            continue
        other = doubled.comparisons[key]
        assert _near(row[0], other[0]), (key, row, other)
        assert row[7] == other[7], (key, row, other)
        if row[1] is not None and row[2] - row[1] > 1e-9:
            assert other[2] - other[1] < row[2] - row[1], (key, row, other)
            narrower += 1
    assert narrower > 100


# Order, and what comes later


def test_neither_the_order_of_rows_nor_what_happens_later_changes_a_figure(base: Built, another_order: Built) -> None:
    then = {key: row for key, row in another_order.figures.items() if key[0].as_at <= LAST_DAY}
    assert then.keys() == base.figures.keys()
    assert [key for key, row in base.figures.items() if not _same(row, then[key])] == []
    assert len(another_order.figures) > len(then), "April has figures of its own"


def test_neither_the_order_of_rows_nor_what_happens_later_changes_a_comparison(
    base: Built, another_order: Built
) -> None:
    then = {key: row for key, row in another_order.comparisons.items() if key[0].as_at <= LAST_DAY}
    assert then.keys() == base.comparisons.keys()
    assert [key for key, row in base.comparisons.items() if not _same(row, then[key])] == []


# Identities


def test_the_groups_of_a_share_with_unknown_are_everyone(base: Built) -> None:
    cells: defaultdict[Cell, list[Any]] = defaultdict(list)
    for (cell, _), row in base.figures.items():
        if cell.measure == "share" and not cell.indicator.startswith(("wres_5", "wres_6", "wres_7", "wres_8", "wdes_")):
            cells[cell].append(row)
    for cell, rows in cells.items():
        assert sum(row[0] for row in rows) == rows[0][1], (cell, rows)
        assert {row[1] for row in rows} == {rows[0][1]}, (cell, rows)
    assert len(cells) > 500


def test_the_directorates_are_the_trust(base: Built) -> None:
    """Numerators and denominators of the directorates add up to the trust's, event by event and group by group."""
    sums: defaultdict[tuple[Cell, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for (cell, group), row in base.figures.items():
        if cell.level == "directorate" and cell.measure in COUNTED_SHARES and "_category" not in cell.indicator:
            whole = cell._replace(level="trust", unit="trust  trust")
            sums[whole, group][0] += float(row[0] or 0)
            sums[whole, group][1] += float(row[1] or 0)
    for (cell, group), (numerator, denominator) in sums.items():
        row = base.figures[cell, group]
        assert _near(numerator, row[0] or 0) and _near(denominator, row[1] or 0), (
            cell,
            group,
            row,
            numerator,
            denominator,
        )
    assert len(sums) > 200


def test_the_disparity_from_lower_to_upper_is_the_product_of_its_two_steps(base: Built) -> None:
    ratios = {key[0]: row[0] for key, row in base.comparisons.items() if key[0].measure == "race_disparity_ratio"}
    seen = 0
    for cell, value in ratios.items():
        split, _, step = cell.stratum.partition(" / ")
        if step != "lower_to_upper":
            continue
        first = ratios.get(cell._replace(stratum=f"{split} / lower_to_middle"))
        second = ratios.get(cell._replace(stratum=f"{split} / middle_to_upper"))
        if first and second and value:
            seen += 1
            assert _near(value, first * second), (cell, value, first, second)
    assert seen > 2


def test_the_two_parts_of_a_mean_pay_gap_are_the_gap(base: Built) -> None:
    seen = 0
    for (cell, minority, _), row in base.comparisons.items():
        if cell.measure == "mean_pay_gap" and cell.stratum == "all" and cell.level == "trust" and row[0] is not None:
            between = base.figures[cell._replace(measure="gap_between_bands"), minority][2]
            within = base.figures[cell._replace(measure="gap_within_bands"), minority][2]
            assert _near(between + within, row[0]), (cell, minority, between, within, row)
            seen += 1
    assert seen > 8


def test_every_broad_group_is_in_the_base_trust(base: Built) -> None:
    """The exchange of labels would prove nothing where a group is empty."""
    cell = Cell("workforce_profile_ethnicity_broad", "1", LAST_DAY, "trust", "trust  trust", "all", "share")
    counts = {group: base.figures[cell, group][0] for group in BROAD}
    assert min(counts["white"], counts["asian"], counts["unknown"]) > 3
    assert counts["black"] == counts["mixed"] == counts["other"] == 0


def _near(one: Any, other: Any, tolerance: float = 1e-9) -> bool:
    if one is None or other is None:
        return one is None and other is None
    return abs(float(one) - float(other)) <= tolerance * max(1.0, abs(float(one)))


def _same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Equal but for the last digit of a float, which depends on the order of a sum."""
    return all(
        _near(a, b, 1e-11) if isinstance(a, float) and isinstance(b, float) else a == b
        for a, b in zip(one, other, strict=True)
    )
