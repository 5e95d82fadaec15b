"""Look up: the rows of the restricted marts that a layout names."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from flows.report import ReportBroken
from flows.report.read import Figures, Row
from flows.returns.lay_out import Layout, SeedRow


def latest_year_end(figures: Figures, organisation: str) -> datetime.date | None:
    """The last 31 March of which the release has a staff list."""
    sql = "select max(snapshot_date) as found from wres_1_national_return where organisation_code = $organisation"
    row = figures.row(sql, organisation=organisation) if figures.has("wres_1_national_return") else None
    return row["found"] if row else None


class Source:
    """The tables of the release that a layout may name."""

    def __init__(self, figures: Figures, organisation: str) -> None:
        self.figures = figures
        self.organisation = organisation
        found = figures.rows("select table_name, column_name from duckdb_columns() where database_name = 'figures'")
        self.columns: dict[str, set[str]] = {}
        self.kept: dict[tuple[str, str, str | datetime.date], list[Row]] = {}
        for one in found:
            self.columns.setdefault(one["table_name"], set()).add(one["column_name"])

    def rows(self, spec: SeedRow, date: datetime.date) -> list[Row]:
        """The rows of the table that a layout's row names, at its date."""
        table = spec["source_table"]
        has = self.columns.get(table)
        if has is None:
            raise ReportBroken(f"seeds/returns names the table {table}, which the release does not have. Correct it.")
        asked = {
            "measure": spec["source_measure"],
            spec.get("row_column") or "stratum": spec["row_key"],
            "reference_group": spec.get("reference_group", ""),
        }
        wanted = {name: value for name, value in asked.items() if value and name in has}
        return [
            row
            for row in self._of_date(table, spec["indicator_id"], spec.get("period") == "survey", date)
            if all(row[name] == value for name, value in wanted.items())
        ]

    def _of_date(self, table: str, indicator_id: str, is_survey: bool, date: datetime.date) -> list[Row]:
        """The whole trust's rows of an indicator at a date, or of the survey inside its year, asked for once."""
        has = self.columns[table]
        when = "snapshot_date" if "snapshot_date" in has else "as_at_date"
        key = (table, indicator_id if "indicator_id" in has else "", reporting_year(date) if is_survey else date)
        if key not in self.kept:
            asked = {
                "organisation_code": self.organisation,
                "organisation_unit_level": "trust",
                "indicator_id": indicator_id,
                "is_current_definition": True,
                "reporting_year" if is_survey else when: key[2],
            }
            wanted = {name: value for name, value in asked.items() if name in has}
            tests = " and ".join(f"{name} = ${name}" for name in wanted)
            self.kept[key] = self.figures.rows(f"select * from {table} where {tests}", **wanted)
        return self.kept[key]

    def has_others(self, spec: SeedRow, date: datetime.date) -> bool:
        """Whether the indicator has any row of the whole trust at that date, so that a missing one is a nought."""
        return bool(self.rows({**spec, "row_column": "stratum", "row_key": "all"}, date))

    def exclusions(self, layout: Layout, dates: Mapping[str, datetime.date]) -> list[Row]:
        """Who is in no figure of the return's indicators, by reason, in both years."""
        if not self.figures.has("indicator_exclusions"):
            return []
        return self.figures.rows(
            """
            select indicator_id, reason_label, counted,
                sum(case when as_at_date = $previous then excluded_count end) as previous_count,
                sum(case when as_at_date = $current then excluded_count end) as current_count
            from indicator_exclusions
            where organisation_code = $organisation and organisation_unit_level = 'trust' and is_current_definition
                and as_at_date in ($previous, $current) and list_contains($indicators, indicator_id)
            group by all
            having sum(excluded_count) > 0
            order by all
            """,
            organisation=self.organisation,
            indicators=_indicators(layout),
            **dates,
        )

    def definitions(self, layout: Layout) -> list[Row]:
        """What each indicator of the return counts."""
        return self.figures.rows(
            "select * from indicator_catalogue where is_current_definition and list_contains($indicators, indicator_id)"
            " order by position",
            indicators=_indicators(layout),
        )

    def statuses(self, layout: Layout, snapshot: datetime.date) -> dict[str, int]:
        """How many figures of the framework and year are drafts, approved, or changed since."""
        found = self.figures.rows(
            "select status, count(*) as figures from figure_status where organisation_code = $organisation"
            " and framework = $framework and reporting_year = $year and organisation_unit_level = 'trust' group by all",
            organisation=self.organisation,
            framework=layout.name,
            year=reporting_year(snapshot),
        )
        return {one["status"]: one["figures"] for one in found}


def _indicators(layout: Layout) -> list[str]:
    return sorted({row["indicator_id"] for row in layout.rows})


def reporting_year(date: datetime.date) -> str:
    """`2024/25` for 31 March 2025."""
    first = date.year - (date.month < 4)
    return f"{first}/{(first + 1) % 100:02}"


def of_group(found: Sequence[Row], group: str) -> Row | None:
    """The row of a group; a mart that has a column for each group has one row of all."""
    return next((one for one in found if one.get("minority_group", one.get("group", group)) == group), None)


def figure_of(spec: SeedRow, group: str, row: Row) -> Any:
    """The figure of a group in a row that was found. Raises ReportBroken where the seed names no column of it."""
    column = spec["source_column"].replace("{group}", group)
    if column not in row:
        raise ReportBroken(f"seeds/returns names {spec['source_table']}.{column}, which is not there. Correct it.")
    return row[column]
