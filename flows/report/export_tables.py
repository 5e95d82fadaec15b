"""Export tables: those of the open part itself as workbooks, the large ones each in its own, the small ones together.

Those of figures are there as ODS and XLSX; a long one of definitions, which programs read, as ODS alone. They hold
what the part's CSV and Parquet files hold, with two differences for people who read: a hidden number is its marker, and
a sheet says what each column means.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from flows.report import Edition
from flows.report.bind import bind
from flows.report.export import FOLDER, FORMATS, File, write_workbook
from flows.report.read import Figures
from flows.report.tabulate import Tabulated, Value, plain_text

TABLES = "tables"
TOGETHER = "small_tables"
FEW_ROWS = 1_000
"""Tables with no more rows than these stand in one workbook."""
MARKED = {
    "value": "value_marker",
    "numerator": "value_marker",
    "ci_low": "value_marker",
    "ci_high": "value_marker",
    "denominator": "denominator_marker",
}
"""The numbers that a marker column tells of: where one is not there, its marker is."""
COMMENTS = """
select columns.table_name, columns.column_name, columns.data_type, columns.comment, tables.comment as table_comment
from duckdb_columns() as columns
inner join duckdb_tables() as tables on columns.table_oid = tables.table_oid
    and columns.database_name = tables.database_name
where columns.database_name = 'figures'
order by columns.table_name, columns.column_index
"""


def export_tables(edition: Edition, figures: Figures) -> Mapping[str, Sequence[File]]:
    """Write the open part's own tables as `downloads/tables/<table>`, the small ones as `small_tables` beside them.

    Returns the files that hold each table by `tables/<table>`; nothing for the restricted part, whose tables are too
    large for any spreadsheet and stand beside the site as Parquet.
    """
    if edition.is_restricted:
        return {}
    (edition.site / FOLDER / TABLES).mkdir(mode=0o700)
    columns: dict[str, list[dict[str, Any]]] = {}
    for row in figures.rows(COMMENTS):
        columns.setdefault(row["table_name"], []).append(row)
    small: list[Tabulated] = []
    files: dict[str, Sequence[File]] = {}
    for name, described in columns.items():
        table = _table(figures, name, described)
        if len(table.rows) <= FEW_ROWS:
            small.append(table)
        else:
            files |= _write(edition, name, f"The table {name}", [table], columns)
    return files | _write(edition, TOGETHER, "The small tables", small, columns)


def _write(
    edition: Edition,
    name: str,
    title: str,
    tables: Sequence[Tabulated],
    columns: Mapping[str, Sequence[Mapping[str, Any]]],
) -> dict[str, list[File]]:
    described = _described({table.name: columns[table.name] for table in tables})
    has_drafts = any("draft" in row for table in tables for row in table.rows)
    about = [
        "These are tables of the release itself, beside the site as CSV and Parquet too.",
        f"The sheet {described.name} says what their columns mean. In them a percentage is a fraction of 1.",
    ]
    title = f"{title}: {edition.organisation.name}"
    workbook = bind(edition, title, [described, *tables], has_drafts=has_drafts, about=about)
    is_long_definition = any(len(table.rows) > FEW_ROWS and "value" not in table.headings for table in tables)
    formats = ("ODS",) if is_long_definition else FORMATS
    files = write_workbook(edition, workbook, f"{TABLES}/{name}", formats)
    return {f"{TABLES}/{table.name}": files for table in tables}


def _described(columns: Mapping[str, Sequence[Mapping[str, Any]]]) -> Tabulated:
    """A table of what each column means."""
    rows: list[Sequence[Value]] = [
        (table, row["column_name"], plain_text(row["comment"] or ""))
        for table, found in columns.items()
        for row in found
    ]
    return Tabulated("columns", "What the columns mean", [], ["Table", "Column", "Meaning"], rows)


def _table(figures: Figures, name: str, columns: Sequence[Mapping[str, Any]]) -> Tabulated:
    """A table as plain cells, its rows in the order of the file."""
    names = [str(column["column_name"]) for column in columns]
    found = figures.con.execute(f'select * from "{name}"').fetchall()
    written = [[_written(value) for value in column] for column in zip(*found, strict=True)]
    for number, marker in MARKED.items():
        if found and number in names and marker in names:
            at, markers = names.index(number), written[names.index(marker)]
            written[at] = [value if value != "" else one for value, one in zip(written[at], markers, strict=True)]
    comment = plain_text(str(columns[0]["table_comment"] or ""))
    return Tabulated(name, name, [comment] if comment else [], names, list(zip(*written, strict=True)))


def _written(value: Any) -> Value:
    kind = _KINDS.get(type(value))
    return kind(value) if kind else plain_text(str(value))


def _shortened(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


_KINDS: Mapping[type, Callable[[Any], Value]] = {
    type(None): lambda _: "",
    bool: lambda value: "true" if value else "false",
    int: int,
    float: float,
    Decimal: _shortened,
    datetime.date: lambda value: value,
}
