"""Tables: a plain index of all tables of the edition's file: what each holds, its columns, its rows, its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flows.report.compose import Column, Figure, Link, Page, Table
from flows.report.read import Figures
from flows.report.show import plain

if TYPE_CHECKING:
    from flows.report.write import Making

TABLES = """
select table_name, comment
from duckdb_tables()
where database_name = 'figures'
order by table_name
"""

COLUMNS = """
select column_name, data_type, comment
from duckdb_columns()
where database_name = 'figures' and table_name = $table
order by column_index
"""

FORMS = (("csv", "CSV"), ("parquet", "Parquet"))


def pages(making: Making, before: Sequence[Page]) -> list[Page]:
    """One page, with an anchor for each table."""
    found = [_table(making, row) for row in making.figures.rows(TABLES)]
    index = Table(
        "tables_index",
        "All tables",
        (Column("Table"), Column("What it holds"), Column("Rows", is_number=True), Column("Columns", is_number=True)),
        [
            [Link(one["name"], f"tables.html#{one['anchor']}"), one["first"], one["rows"], _count(len(one["columns"]))]
            for one in found
        ],
    )
    file = making.edition.figures.name
    content = {"index": index, "described": found, "file": file, "database": _database(making)}
    summary = f"Every table of {file}: what it holds, its columns, and its files to take away."
    return [Page("tables.html", "All tables and their columns", "tables.html.j2", "tables", summary, content)]


def anchor(table: str) -> str:
    """Where a table stands on the page."""
    return f"table-{table}"


def _table(making: Making, row: Mapping[str, Any]) -> dict[str, Any]:
    name, comment = str(row["table_name"]), str(row["comment"] or "")
    return {
        "name": name,
        "anchor": anchor(name),
        "comment": comment,
        "first": comment.partition(". ")[0].rstrip(".") + ".",
        "rows": _rows(making.figures, name),
        "columns": making.figures.rows(COLUMNS, table=name),
        "files": _files(making, name),
    }


def _rows(figures: Figures, table: str) -> Figure:
    found = figures.rows(f'select count(*) as row_count from figures.marts."{table}"')
    return _count(found[0]["row_count"])


def _count(count: int) -> Figure:
    return Figure(plain(count), float(count))


def _files(making: Making, table: str) -> list[Link]:
    """The table's own files beside the site, where the release has them."""
    part = making.edition.part
    return [
        Link(label, f"../{form}/{table}.{form}") for form, label in FORMS if (part / form / f"{table}.{form}").is_file()
    ]


def _database(making: Making) -> Link | None:
    file = making.edition.figures
    return Link(file.name, f"../{file.name}") if (making.edition.part / file.name).is_file() else None
