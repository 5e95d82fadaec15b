"""Write the open tables: every number that is hidden, and every number that would give it away, left out and marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from flows.disclose import plans
from flows.disclose.gather import Array, Cells

DEFINITIONS = (
    *("disclosure_policy", "open_cuts", "counted_people", "characteristic_rules", "nested_groups", "nested_strata"),
    *("stratum_meanings", "nested_people", "summed_people", "open_texts", "open_tables"),
)
"""Seeds that every open file carries: the constraints by which anybody may try to find a hidden number."""

VALUES = """
create table opened.marts.indicator_values as
with hiding as (
    select
        parts.row_id,
        bool_or(parts.part = 'numerator' and hidden_cells.cell_id is not null) as hides_numerator,
        bool_or(parts.part = 'denominator' and hidden_cells.cell_id is not null) as hides_denominator,
        bool_or(hidden_cells.cell_id is not null) as hides_value,
        bool_or(parts.kind = 'pay') as is_pay,
        bool_or(parts.as_at_date in (select as_at_date from held_dates)) as needs_held_date
    from disclosure.open_parts as parts
    left join hidden_cells on parts.kind = hidden_cells.kind and parts.cell_id = hidden_cells.cell_id
    group by parts.row_id
),

policy as (
    select
        max(value) filter (rule = 'threshold')::double as threshold,
        max(value) filter (rule = 'pay_rounding')::double as pay_rounding
    from definitions.disclosure_policy
    where output = 'open'
),

judged as (
    select
        open_rows.* exclude (row_id, stratum_dimension, treatment, rounding_base, is_exact_day, rounded_to),
        treatment in ('year_end', 'year_end_and_month') as is_counted,
        case when treatment in ('year_end', 'year_end_and_month') then rounded_to end as rounded_to,
        coalesce(hides_numerator, false) as hides_numerator,
        coalesce(hides_denominator, false) or (treatment = 'already_public' and denominator < threshold)
            as hides_denominator,
        coalesce(hides_value, false)
        or (treatment = 'already_public' and denominator < threshold) as hides_value,
        coalesce(is_pay, false) as is_pay,
        coalesce(needs_held_date, false) as needs_held_date,
        case when open_texts.value_text is not null then open_rows.value_text end as open_text,
        pay_rounding
    from disclosure.open_rows
    left join hiding using (row_id)
    left join definitions.open_texts as open_texts
        on open_rows.indicator_id = open_texts.indicator_id and lower(open_rows.value_text) = open_texts.value_text
    cross join policy
    where open_rows.as_at_date not in (select as_at_date from held_dates)
),

rounded as (
    select
        *,
        case when hides_numerator or needs_held_date then null
            when rounded_to > 1 then floor(numerator / rounded_to + 0.5) * rounded_to else numerator end
            as open_numerator,
        case when hides_denominator or needs_held_date then null
            when rounded_to > 1 then floor(denominator / rounded_to + 0.5) * rounded_to else denominator end
            as open_denominator
    from judged
),

shown as (
    select
        *,
        case
            when hides_value or needs_held_date then null
            when rounded_to > 1 then open_numerator / nullif(open_denominator, 0)
            when is_pay then round(round(value / pay_rounding) * pay_rounding, 9)
            else value
        end as open_value,
        -- The middle of an interval is the mean itself: it is told no more closely than the mean.
        case when is_pay then round(round(ci_low / pay_rounding) * pay_rounding, 9) else ci_low end as open_ci_low,
        case when is_pay then round(round(ci_high / pay_rounding) * pay_rounding, 9) else ci_high end as open_ci_high,
        not hides_value and not needs_held_date and coalesce(rounded_to, 1) = 1 as keeps_interval
    from rounded
)

select
    {keys},
    cast(open_numerator as decimal(18, 4)) as numerator,
    cast(open_denominator as decimal(18, 4)) as denominator,
    cast(open_value as double) as value,
    case when not hides_value then open_text end as value_text,
    unit,
    case when keeps_interval then open_ci_low end as ci_low,
    case when keeps_interval then open_ci_high end as ci_high,
    method,
    case when not hides_value and not needs_held_date then not_computed_because end as not_computed_because,
    -- Of a hidden number, a status that changes would tell that somebody in it was corrected.
    case when not hides_value and not hides_denominator and not needs_held_date then status end as status,
    case
        when hides_value then '[c]'
        when needs_held_date then '[x]'
        when rounded_to > 1 and numerator > 0 and open_numerator = 0 then '[low]'
        when open_value is null and open_text is null then '[x]'
    end as value_marker,
    case
        when hides_denominator then '[c]'
        when denominator is null then '[z]'
        when needs_held_date then '[x]'
    end as denominator_marker,
    rounded_to,
    case
        when hides_value or hides_denominator
            then 'Hidden so that nobody can be found: the number is small, or would give a small one away'
        when needs_held_date then 'Made of figures of a year before, which stay as they were opened for now'
        when rounded_to > 1 and numerator > 0 and open_numerator = 0 then 'More than nought, and rounds to nought'
        when open_value is null and open_text is null and value_text is not null
            then 'A text that a person typed is not open'
        when open_value is null and open_text is null
            then coalesce(not_computed_because, 'Nobody is there to divide by')
    end as marker_reason
from shown
order by {keys}
"""
HELD_ROWS = "insert into opened.marts.{table} by name select {columns} from before.marts.{table} {where}"

COMPARISONS = """
create table opened.marts.indicator_comparisons as
with policy as (
    select max(value) filter (rule = 'pay_gap_rounding')::double as pay_gap_rounding
    from definitions.disclosure_policy
    where output = 'open'
),

pairs as (
    select
        comparisons.* exclude (value, ci_low, ci_high, p_value, p_value_adjusted, previous_value, change),
        {rounded},
        minority.value_marker is null and minority.denominator_marker is distinct from '[c]'
        and reference.value_marker is null and reference.denominator_marker is distinct from '[c]' as is_shown,
        made_by.method as plain_method
    from marts.indicator_comparisons as comparisons
    cross join policy
    inner join definitions.indicator_comparison_groups as forms
        using (indicator_id, measure, minority_group, reference_group)
    inner join definitions.comparison_forms as made_by on forms.comparison_form = made_by.comparison_form
    inner join opened.marts.indicator_values as minority
        on
            comparisons.organisation_code = minority.organisation_code
            and comparisons.indicator_id = minority.indicator_id
            and comparisons.as_at_date = minority.as_at_date
            and comparisons.organisation_unit_level = minority.organisation_unit_level
            and comparisons.organisation_unit = minority.organisation_unit
            and comparisons.stratum = minority.stratum
            and forms.value_measure = minority.measure
            and comparisons.minority_group = minority."group"
    inner join opened.marts.indicator_values as reference
        on
            comparisons.organisation_code = reference.organisation_code
            and forms.reference_indicator_id = reference.indicator_id
            and comparisons.as_at_date = reference.as_at_date
            and forms.reference_measure = reference.measure
            and forms.reference_group_key = reference."group"
            and (
                (
                    forms.reference_place = 'trust' and reference.organisation_unit_level = 'trust'
                    and reference.stratum = 'all'
                )
                or (
                    forms.reference_place <> 'trust'
                    and comparisons.organisation_unit_level = reference.organisation_unit_level
                    and comparisons.organisation_unit = reference.organisation_unit
                    and comparisons.stratum = reference.stratum
                )
            )
    where
        comparisons.is_current_definition
        and coalesce(minority.rounded_to, 1) = 1
        and coalesce(reference.rounded_to, 1) = 1
        and comparisons.as_at_date not in (select as_at_date from held_dates)
),

with_previous as (
    select
        pairs.*,
        pairs.is_shown and coalesce(previous.is_shown, false)
        and pairs.previous_as_at_date not in (select as_at_date from held_dates) as shows_previous
    from pairs
    left join pairs as previous
        on
            pairs.organisation_code = previous.organisation_code
            and pairs.indicator_id = previous.indicator_id
            and pairs.previous_as_at_date = previous.as_at_date
            and pairs.organisation_unit_level = previous.organisation_unit_level
            and pairs.organisation_unit = previous.organisation_unit
            and pairs.stratum = previous.stratum
            and pairs.measure = previous.measure
            and pairs.minority_group = previous.minority_group
            and pairs.reference_group = previous.reference_group
)

select
    {keys},
    case when is_shown then minority_numerator end as minority_numerator,
    case when is_shown then minority_denominator end as minority_denominator,
    case when is_shown then reference_numerator end as reference_numerator,
    case when is_shown then reference_denominator end as reference_denominator,
    case when is_shown then value end as value,
    unit,
    case when is_shown then ci_low end as ci_low,
    case when is_shown then ci_high end as ci_high,
    case when shows_previous then p_value end as p_value,
    case
        when shows_previous and bool_and(is_shown and (p_value is null or shows_previous)) over (
            partition by organisation_code, indicator_id, as_at_date, measure
        ) then p_value_adjusted -- it ranks the p values of its whole family
    end as p_value_adjusted,
    case when is_shown then zero_cell_adjusted end as zero_cell_adjusted,
    case when shows_previous then method else plain_method end as method, -- its words may turn on how small a count is
    previous_as_at_date,
    case when shows_previous then previous_value end as previous_value,
    case when shows_previous then change end as change,
    case when shows_previous then direction_by_threshold else 'not_comparable' end as direction_by_threshold,
    case when shows_previous then direction_tested else 'not_comparable' end as direction_tested,
    case when is_shown then within_four_fifths end as within_four_fifths,
    case when is_shown then not_computed_because end as not_computed_because,
    case when shows_previous then directions_disagree end as directions_disagree,
    case when is_shown then status end as status,
    case when not is_shown then '[c]' when value is null then '[x]' end as value_marker,
    case
        when not is_shown then 'Hidden because a number that it is made of is hidden or missing'
        when value is null then coalesce(not_computed_because, 'Not available')
    end as marker_reason
from with_previous
order by {keys}
"""

VALUE_KEYS = (
    *("organisation_code", "indicator_id", "definition_version", "is_current_definition", "reporting_year"),
    *("as_at_date", "organisation_unit_level", "organisation_unit", "organisation_unit_parent", "stratum", "measure"),
    '"group"',
)
COMPARISON_KEYS = (*VALUE_KEYS[:-1], "minority_group", "reference_group")

COMPARED = ("value", "ci_low", "ci_high", "p_value", "p_value_adjusted", "previous_value", "change")
ROUNDED_GAP = """case when minority.unit = 'gbp_per_hour'
            then round(round(comparisons.{name} / pay_gap_rounding) * pay_gap_rounding, 9)
            else comparisons.{name} end as {name}"""
"""A gap of pay is made of exact means: told in full, two releases would tell by how much one person's pay changed."""

ADDED = {
    "indicator_values": {
        "value_marker": "Null where the value is shown; else [c] hidden, [x] not available, [z] not applicable, "
        "[low] rounds to nought and is not.",
        "denominator_marker": "The same for the denominator.",
        "rounded_to": "1 where counts are exact, 5 where rounded to the nearest 5; null where nobody is counted.",
        "marker_reason": "The marker in plain words.",
    },
    "indicator_comparisons": {
        "value_marker": "Null where the value is shown; else [c] hidden, [x] not available.",
        "marker_reason": "The marker in plain words.",
    },
    "disclosure_report": {
        "table_name": "The open table.",
        "cut": "Which of its figures: indicator and level of units.",
        "cells": "Numbers in it; what several rows tell of the same people is one.",
        "hidden_cells": "Those that are hidden.",
        "hidden_cells_share": "The same as a share of all.",
        "sentence": "The same in words.",
    },
}
REPORTED = "How much is hidden: one row is one indicator at one level of units. No number in it is one of people."


def write(  # noqa: PLR0917  what is written, and what is known of it
    con: duckdb.DuckDBPyConnection,
    path: Path,
    cells: Cells,
    is_hidden: Array,
    report: Sequence[dict[str, Any]],
    plans_are_public: bool = False,
) -> list[dict[str, Any]]:
    """Write the open tables into a new file; returns the report, with what is hidden in comparisons after it.

    The warehouse is the current catalog of `con`, which has `held_dates`. The trust's plans are among the tables only
    where it says that they are public.
    """
    names = [(str(cells.kind[at]), str(cells.cell_id[at])) for at in np.flatnonzero(is_hidden)]
    con.execute("create or replace temp table hidden_cells (kind varchar, cell_id varchar)")
    if names:
        con.executemany("insert into hidden_cells values (?, ?)", names)
    con.execute("attach '" + str(path).replace("'", "''") + "' as opened")
    con.execute("create schema opened.marts")
    con.execute(VALUES.format(keys=", ".join(VALUE_KEYS)))
    rounded = ",\n        ".join(ROUNDED_GAP.format(name=name) for name in COMPARED)
    con.execute(COMPARISONS.format(keys=", ".join(COMPARISON_KEYS), rounded=rounded))
    if con.execute("select count(*) from held_dates").fetchone() != (0,):
        _bring_back_held_dates(con)
    for name in DEFINITIONS:
        _copy(con, "definitions", name)
    public = con.execute(
        "select table_name from definitions.open_tables where treatment = 'public' order by all"
    ).fetchall()
    for (name,) in public:
        if name not in DEFINITIONS:
            _copy(con, "marts", name)
    if plans_are_public:
        plans.write_plans(con)
    whole = [*report, *_compared(con)]
    _write_report(con, whole)
    _comment(con, ADDED | ({plans.TABLE: plans.ADDED} if plans_are_public else {}))
    con.execute("checkpoint opened")
    con.execute("detach opened")
    return whole


def _compared(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """How many comparisons are hidden, per indicator and level; they count nobody who is not counted already."""
    found = con.execute(
        "select indicator_id, organisation_unit_level, count(*), count(*) filter (value_marker = '[c]') "
        "from opened.marts.indicator_comparisons group by all order by all"
    ).fetchall()
    return [
        {
            "table_name": "indicator_comparisons",
            "cut": f"{indicator} by {level}",
            "cells": count,
            "hidden_cells": hidden,
            "hidden_cells_share": hidden / count,
            "sentence": f"{hidden} of {count} comparisons are hidden.",
        }
        for indicator, level, count, hidden in found
    ]


def _write_report(con: duckdb.DuckDBPyConnection, report: Sequence[Mapping[str, Any]]) -> None:
    """How much is hidden, by numbers alone: how many people are in them would be one more sum to reckon with."""
    columns = ("table_name", "cut", "cells", "hidden_cells", "hidden_cells_share", "sentence")
    con.execute(
        "create table opened.marts.disclosure_report (table_name varchar, cut varchar, cells bigint, "
        "hidden_cells bigint, hidden_cells_share double, sentence varchar)"
    )
    if report:  # none where every date is held
        con.executemany(
            "insert into opened.marts.disclosure_report values (?, ?, ?, ?, ?, ?)",
            [[one[name] for name in columns] for one in report],
        )
    con.execute(f"comment on table opened.marts.disclosure_report is {_text(REPORTED)}")


def _bring_back_held_dates(con: duckdb.DuckDBPyConnection) -> None:
    for table in ("indicator_values", "indicator_comparisons"):
        there = con.execute(
            "select column_name from duckdb_columns() where database_name = ? and table_name = ? "
            "intersect select column_name from duckdb_columns() where database_name = 'opened' and table_name = ?",
            ["before", table, table],
        ).fetchall()
        columns = ", ".join('"' + name + '"' for (name,) in there)
        where = "where as_at_date in (select as_at_date from held_dates)"
        con.execute(HELD_ROWS.format(table=table, columns=columns, where=where))


def _copy(con: duckdb.DuckDBPyConnection, schema: str, name: str) -> None:
    con.execute(f"create table opened.marts.{name} as select * from {schema}.{name}")
    _carry_comments(con, schema, name)


def _carry_comments(con: duckdb.DuckDBPyConnection, schema: str, name: str) -> None:
    """The comments of a table of the warehouse, on the open table of its name, for the columns that it has."""
    told = con.execute(
        "select comment from duckdb_tables() where database_name = 'warehouse' and schema_name = ? and table_name = ?",
        [schema, name],
    ).fetchone()
    if told and told[0]:
        con.execute(f"comment on table opened.marts.{name} is {_text(told[0])}")
    columns = con.execute(
        "select column_name, comment from duckdb_columns() as own where database_name = 'warehouse' "
        "and schema_name = ? and table_name = ? and comment is not null and column_name in "
        "(select column_name from duckdb_columns() where database_name = 'opened' and table_name = own.table_name)",
        [schema, name],
    ).fetchall()
    for column, comment in columns:
        con.execute(f'comment on column opened.marts.{name}."{column}" is {_text(comment)}')


def _comment(con: duckdb.DuckDBPyConnection, told: Mapping[str, Mapping[str, str]]) -> None:
    for name, added in told.items():
        _carry_comments(con, "marts", name)
        for column, comment in added.items():
            con.execute(f"comment on column opened.marts.{name}.{column} is {_text(comment)}")


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
