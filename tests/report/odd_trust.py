"""Make a trust odd: rows of a finished part of a release are changed so that its pages have what is rare to say.

A directorate whose name is HTML, one of seven people, no staff survey yet, and an indicator that cannot be computed.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

HOSTILE_NAME = '<b>&"Fleet"'
"""A name that a page must show and never obey."""

NOT_COMPUTED = "wres_3"
NOT_COMPUTED_BECAUSE = "The figure of the reference group is zero: there is nothing to hold the other against."

TINY_PEOPLE = 7

HIDDEN = "Hidden so that nobody can be found: the number is small, or would give a small one away"

UNIT_COLUMNS = ("organisation_unit", "organisation_unit_parent", "directorate")

SIZES = """
select organisation_unit, organisation_unit_parent, max(denominator) as people from indicator_values
where organisation_unit_level = $level and indicator_id = 'workforce_profile_gender' and stratum = 'all'
    and as_at_date = (select max(as_at_date) from indicator_values where indicator_id = 'workforce_profile_gender')
group by all order by people, organisation_unit
"""


def tiny_directorate(marts: Path) -> tuple[str, str]:
    """A team of seven people in the exact marts and its directorate, which is to consist of that team alone."""
    with duckdb.connect() as con:
        con.execute(f"attach '{marts}' as figures (read_only)")
        con.execute("use figures.marts")
        for team, directorate, people in con.execute(SIZES, {"level": "team"}).fetchall():
            if people == TINY_PEOPLE:
                return str(team), str(directorate)
    raise AssertionError(f"No team of this demonstration trust has {TINY_PEOPLE} people. Choose another number.")


def make_odd(figures: Path, team: str, directorate: str) -> None:
    """Change the part's own copy of a DuckDB file. `directorate` is left with the people of `team` alone."""
    with duckdb.connect() as con:
        con.execute(f"attach '{figures}' as figures")
        con.execute("use figures.marts")
        con.execute("begin")
        _leave_one_team(con, team, directorate)
        _rename(con, directorate)
        _forget_the_survey(con)
        _cannot_be_computed(con)
        con.execute("commit")


def _tables(con: duckdb.DuckDBPyConnection, column: str) -> list[str]:
    found = con.execute(
        "select table_name from duckdb_columns() where database_name = 'figures' and column_name = ? order by all",
        [column],
    )
    return [str(name) for (name,) in found.fetchall()]


def _leave_one_team(con: duckdb.DuckDBPyConnection, team: str, directorate: str) -> None:
    """Where teams are told, the directorate's rows are its one team's; elsewhere its numbers are hidden."""
    is_open = "marker_reason" in [name for name, *_ in con.execute("describe indicator_values").fetchall()]
    for table in _tables(con, "organisation_unit"):
        columns = [str(name) for name, *_ in con.execute(f"describe {table}").fetchall()]
        if is_open:
            _hide(con, table, columns, directorate)
        elif "organisation_unit_level" in columns:
            named = {"team": team, "directorate": directorate}
            con.execute(f"create temp table seven as from {table} where organisation_unit = $team", {"team": team})
            parent = "organisation_unit_parent" in columns
            con.execute(
                f"delete from {table} where organisation_unit = $directorate"
                + (" or organisation_unit_parent = $directorate" if parent else " or organisation_unit = $team"),
                {"directorate": directorate} if parent else named,
            )
            con.execute(
                "update seven set organisation_unit_level = 'directorate', organisation_unit = $directorate"
                + (", organisation_unit_parent = 'trust'" if parent else ""),
                {"directorate": directorate},
            )
            con.execute(f"insert into {table} by name from seven")
            con.execute("drop table seven")
    if "quality_directorates" in _tables(con, "directorate"):
        con.execute(
            "update quality_directorates set headcount = $people where directorate = $directorate",
            {"people": TINY_PEOPLE, "directorate": directorate},
        )


def _hide(con: duckdb.DuckDBPyConnection, table: str, columns: list[str], directorate: str) -> None:
    numbers = ("numerator", "denominator", "value", "ci_low", "ci_high", "p_value", "p_value_adjusted", "change")
    gone = [name for name in columns if name.endswith(numbers)] + ["value_text"]
    texts = {"value_marker": "'[c]'", "denominator_marker": "'[c]'", "marker_reason": f"'{HIDDEN}'"}
    set_to = [f"{name} = null" for name in gone if name in columns]
    set_to += [f"{name} = {text}" for name, text in texts.items() if name in columns]
    set_to += [f"{name} = 'not_comparable'" for name in columns if name.startswith("direction_")]
    con.execute(f"update {table} set {', '.join(set_to)} where organisation_unit = ?", [directorate])


def _rename(con: duckdb.DuckDBPyConnection, tiny: str) -> None:
    """The largest directorate gets the name that is HTML."""
    largest = con.execute(SIZES, {"level": "directorate"}).fetchall()
    name = next(name for name, _, _ in reversed(largest) if name != tiny)
    for column in UNIT_COLUMNS:
        for table in _tables(con, column):
            con.execute(f"update {table} set {column} = ? where {column} = ?", [HOSTILE_NAME, name])


def _forget_the_survey(con: duckdb.DuckDBPyConnection) -> None:
    of_survey = "select indicator_id from indicator_catalogue where source_data ilike '%survey%'"
    for table in _tables(con, "indicator_id"):
        if table not in {"indicator_catalogue", "indicator_vocabulary"}:
            con.execute(f"delete from {table} where indicator_id in ({of_survey})")
    marts = con.execute(f"select distinct mart from indicator_catalogue where indicator_id in ({of_survey})").fetchall()
    there = _tables(con, "organisation_code")
    for mart in {str(name) for (name,) in marts} | {name for name in there if name.startswith("staff_survey")}:
        if mart in there:
            con.execute(f"delete from {mart}")


def _cannot_be_computed(con: duckdb.DuckDBPyConnection) -> None:
    columns = [str(name) for name, *_ in con.execute("describe indicator_comparisons").fetchall()]
    numbers = ("value", "ci_low", "ci_high", "p_value", "p_value_adjusted", "previous_value", "change")
    set_to = [f"{name} = null" for name in numbers]
    set_to += ["not_computed_because = $why"]
    set_to += [f"{name} = 'not_comparable'" for name in columns if name.startswith("direction_")]
    set_to += ["value_marker = '[x]'", "marker_reason = $why"] if "value_marker" in columns else []
    con.execute(
        f"update indicator_comparisons set {', '.join(set_to)} where indicator_id = $indicator",
        {"why": NOT_COMPUTED_BECAUSE, "indicator": NOT_COMPUTED},
    )
