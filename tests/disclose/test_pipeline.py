"""From marts to open tables and under attack: what one fault anywhere gives away is found, or is not published."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from flows.audit import audit
from flows.configure import PROJECT
from flows.disclose import Disclosure, disclose
from tests.disclose.models import MODELS, compiled
from tests.disclose.small_world import YEAR_ENDS, Openings, World, ask
from tests.marts.conftest import Trust, _keyed, trust

__all__ = ["_keyed", "trust"]

LAST = YEAR_ENDS[1]
NUMBERS = ("numerator", "value", "value_text", "ci_low", "ci_high", "status")
COMPARED = (
    *("minority_numerator", "minority_denominator", "reference_numerator", "reference_denominator", "value"),
    *("ci_low", "ci_high", "p_value", "p_value_adjusted", "previous_value", "change", "within_four_fifths"),
    *("zero_cell_adjusted", "not_computed_because", "status"),
)
PROFILE = "indicator_id = 'workforce_profile_ethnicity'"


@pytest.fixture
def opened(openings: Openings) -> Path:
    """The open tables of the small world."""
    return openings.open(World())


def spoiled(path: Path, sql: str) -> Path:
    """The open file with one fault."""
    other = path.with_name("spoiled.duckdb")
    shutil.copyfile(path, other)
    with duckdb.connect(str(other)) as con:
        con.execute("set schema = 'marts'")
        con.execute(sql)
    return other


def hidden_rows(path: Path) -> list[tuple[str, str, int]]:
    """Unit, group and true number of the staff that are hidden on the last year end."""
    found = ask(
        path,
        f"select organisation_unit, \"group\" from indicator_values where {PROFILE} and as_at_date = '{LAST}' "
        "and value_marker = '[c]' order by all",
    )
    return [(unit, group, World().ethnicity[LAST][unit, group]) for unit, group in found]


def test_every_hidden_number_that_is_shown_again_is_found(opened: Path) -> None:
    """Each by itself, the small one and those that are hidden for its sake: any of them gives the small one away."""
    hidden = hidden_rows(opened)
    assert [number for _, _, number in hidden if number >= 10], "some are hidden for another's sake"
    for unit, group, number in hidden:
        shown = spoiled(
            opened,
            f"update indicator_values set numerator = {number}, value = {number} / denominator, value_marker = null "
            f"where {PROFILE} and as_at_date = '{LAST}' and organisation_unit = '{unit}' and \"group\" = '{group}'",
        )
        found = audit(shown, [])
        assert not found.is_safe, f"{unit} {group} is shown and nobody notices"
        assert any(cell.organisation_unit in ("Office", "South") for cell in found.narrow)


@pytest.mark.parametrize(
    "leak",
    ["ci_low = 0.0187", "value = 0.047619", "numerator = 4", "value_text = '4'", "not_computed_because = 'Only 4.'"],
)
def test_a_number_in_another_column_of_a_hidden_row_is_found(opened: Path, leak: str) -> None:
    """The marker stands there, and the number too."""
    path = spoiled(
        opened,
        f"update indicator_values set {leak} where {PROFILE} and as_at_date = '{LAST}' "
        "and organisation_unit = 'Office' and \"group\" = 'ethnic_minority'",
    )
    assert not audit(path, []).is_safe


def test_a_change_that_stands_beside_a_hidden_comparison_is_found(openings: Openings) -> None:
    """Four who left: the comparison of their likelihood is hidden, and so must be the change since a year ago."""
    world = World()
    world.leavers[LAST]["ethnic_minority"] = 4
    path = openings.open(world)
    assert audit(path, []).is_safe
    [(marker, change)] = ask(
        path, f"select value_marker, change from indicator_comparisons where as_at_date = '{LAST}'"
    )
    assert (marker, change) == ("[c]", None)
    leaking = spoiled(
        path,
        "update indicator_comparisons set change = (4 / 214) / (40 / 560) - (25 / 214) / (40 / 560), "
        f"previous_value = (25 / 214) / (40 / 560) where as_at_date = '{LAST}'",
    )
    assert not audit(leaking, []).is_safe


def test_the_table_of_what_is_hidden_explains_itself(opened: Path) -> None:
    with duckdb.connect(str(opened), read_only=True) as con:
        told = con.execute(
            "select comment from duckdb_tables() where table_name = 'disclosure_report' union all "
            "select comment from duckdb_columns() where table_name = 'disclosure_report'"
        ).fetchall()
    assert len(told) == 7
    assert all(comment for (comment,) in told)


def test_a_directorate_of_a_handful_tells_of_nobody(openings: Openings) -> None:
    """Six people in a directorate: all of its numbers are hidden, its size too, and another's for its sake."""
    world = World()
    for counts, groups in ((world.ethnicity[LAST], ("white", "ethnic_minority")), (world.gender[LAST], ("female",))):
        counts |= {("Board", group): 6 // len(groups) for group in groups}
    path = openings.open(world)
    shown = ask(
        path,
        "select count(*) filter (numerator is not null or denominator is not null or value is not null), count(*) "
        f"from indicator_values where organisation_unit = 'Board' and as_at_date = '{LAST}'",
    )
    assert shown == [(0, 3)]
    assert audit(path, []).is_safe


def test_where_it_is_marked_hidden_no_column_holds_a_number(openings: Openings) -> None:
    """And none of the file's own words tells which number was small and which is hidden for its sake."""
    world = World()
    world.leavers[LAST]["ethnic_minority"] = 4
    path = openings.open(world)
    told = " or ".join(f"{name} is not null" for name in NUMBERS)
    assert ask(path, f"select count(*) from indicator_values where value_marker = '[c]' and ({told})") == [(0,)]
    base = "denominator_marker = '[c]' and (denominator is not null or value_marker is distinct from '[c]')"
    assert ask(path, f"select count(*) from indicator_values where {base}") == [(0,)]
    told = " or ".join(f"{name} is not null" for name in COMPARED)
    assert ask(path, f"select count(*) from indicator_comparisons where value_marker = '[c]' and ({told})") == [(0,)]
    assert ask(path, "select count(*) from indicator_comparisons where value_marker = '[c]'") != [(0,)]
    assert len(ask(path, "select distinct marker_reason from indicator_values where value_marker = '[c]'")) == 1


Opening = Callable[..., Disclosure]


@pytest.fixture
def disclosed(openings: Openings) -> Opening:
    """The step of the night on a small world whose warehouse `sql` has spoiled."""

    def run(sql: str = "select 1") -> Disclosure:
        openings.build(World(), lambda con: con.execute(sql))
        return disclose(openings.settings, openings.home, "run")

    return run


def test_the_step_opens_what_is_safe(disclosed: Opening) -> None:
    made = disclosed()
    assert (made.outcome, made.reason) == ("open", "")
    assert made.path is not None
    assert made.audit["hidden"] > 0
    assert sum(one["hidden_cells"] for one in made.report) > 0


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ("create table marts.new_mart as select 1 as one", "new_mart"),
        (
            "update definitions.counted_people set group_key = 'white' where indicator_id = 'workforce_profile_gender' "
            "and part = 'numerator'",
            "counted_people",
        ),
        (
            "update definitions.counted_people set characteristic = 'ethnicity_group', group_key = 'unknown' "
            "where indicator_id = 'leavers_ethnicity' and part = 'denominator'",
            "counted_people",
        ),
        (
            "delete from definitions.nested_groups where characteristic = 'gender' and group_key = 'male' "
            "and within_characteristic = 'all'",
            "nested_groups",
        ),
    ],
)
def test_definitions_that_contradict_the_figures_withhold_the_open_part(
    disclosed: Opening, fault: str, word: str
) -> None:
    """A wrong row in the list of whom a number counts would link, or fail to link, the wrong people."""
    made = disclosed(fault)
    assert (made.outcome, made.path) == ("withheld", None)
    assert word in made.reason


def test_nothing_small_is_told_of_a_trust_of_twenty_people(trust: Trust) -> None:
    """The whole way with dbt. Of so few there may be no safe choice at all: then nothing is opened, with a reason."""
    made = disclose(trust.settings, trust.home, "run")
    assert (made.outcome == "open") == (made.path is not None)
    assert (made.outcome == "open") == (made.audit["narrow"] == 0)
    path = trust.home.scratch / "disclose" / "run" / "open.duckdb"
    small = "select count(*) from indicator_values where {0} > 0 and {0} < 10 and rounded_to is not null"
    for part in ("numerator", "denominator"):
        assert ask(path, small.format(part)) == [(0,)]
    hidden = "select count(*) from indicator_values where value_marker = '[c]'"
    assert ask(path, hidden)[0][0] > 100


def test_the_models_are_what_dbt_makes_of_them(trust: Trust) -> None:
    """So the worlds made by hand in these tests are protected as a night protects them."""
    assert {path.stem for path in (PROJECT / "models/disclosure").glob("*.sql")} == set(MODELS)
    with duckdb.connect(str(trust.home.warehouse), read_only=True) as con:
        for model in MODELS:
            for first, second in (
                (f"from disclosure.{model}", compiled(model)),
                (compiled(model), f"from disclosure.{model}"),
            ):
                [(count,)] = con.execute(f"select count(*) from ({first} except all ({second}))").fetchall()
                assert count == 0, model


def test_a_nested_stratum_that_is_wrong_withholds_the_open_part(disclosed: Opening) -> None:
    """The directorates' strata would not make the trust."""
    made = disclosed(
        "insert into marts.indicator_values by name (select * replace ('clinical' as stratum, numerator + 1 as "
        f"numerator) from marts.indicator_values where {PROFILE} and organisation_unit = 'trust'); "
        "insert into marts.indicator_values by name (select * replace ('non_clinical' as stratum, 0 as numerator) "
        f"from marts.indicator_values where {PROFILE} and organisation_unit = 'trust' and stratum = 'all'); "
        "insert into definitions.open_cuts select indicator_id, measure, organisation_unit_level, 'clinical_split', "
        f"treatment, source from definitions.open_cuts where {PROFILE} and organisation_unit_level = 'trust'; "
        "delete from definitions.nested_strata where stratum in ('medical_and_dental', 'clinical_split_unknown')"
    )
    assert made.outcome == "withheld"
