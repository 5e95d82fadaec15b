"""The index of tables: every table of the edition's file, each column with its type and words, and its files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from flows.report import Edition
from flows.report.show import plain
from tests.report.conftest import Kind
from tests.report.pages_of import read, target, text_of


@pytest.mark.parametrize("kind", ["open", "restricted"])
def test_every_table_and_column_of_the_file_is_told_with_its_words(
    kind: Kind, edition: Callable[[Kind], Edition], site: Callable[[Kind], Path]
) -> None:
    page = read(site(kind) / "tables.html")
    told = {
        str(section.get("id")): [
            tuple(text_of(cell) for cell in row.xpath("th|td")) for row in section.xpath(".//tbody/tr")
        ]
        for section in page.find_class("parity-described")
    }
    with duckdb.connect() as con:
        con.execute(f"attach '{edition(kind).figures}' as figures (read_only)")
        columns = con.execute(
            "select table_name, column_name, data_type, coalesce(comment, '') from duckdb_columns() "
            "where database_name = 'figures' order by table_name, column_index"
        ).fetchall()
        counts = {
            name: con.execute(f'select count(*) from figures.marts."{name}"').fetchall()[0][0]
            for name in {row[0] for row in columns}
        }
    expected: dict[str, list[tuple[str, ...]]] = {}
    for table, *rest in columns:
        expected.setdefault(f"table-{table}", []).append(tuple(" ".join(str(one).split()) for one in rest))
    assert told == expected
    index = {text_of(row[0]): text_of(row[2]) for row in page.xpath("//*[@id='tables_index']//tbody/tr")}
    assert index == {name: plain(count) for name, count in counts.items()}


def test_a_table_leads_to_its_files_where_the_release_has_them(
    edition: Callable[[Kind], Edition], tmp_path: Path
) -> None:
    """The files stand beside the site, in the part of the release that is read."""
    from dataclasses import replace

    from flows.report.pages import tables
    from flows.report.read import read_figures
    from flows.report.write import Making

    one = edition("open")
    with read_figures(one) as figures:
        whole = tables.pages(Making(one, figures, lambda _: None), ())[0].content["described"]
        alone = tables.pages(Making(replace(one, part=tmp_path), figures, lambda _: None), ())[0].content["described"]
    for table in whole:
        assert [link.text for link in table["files"]] == ["CSV", "Parquet"], table["name"]
        for link in table["files"]:
            assert target(one.part / "site" / "tables.html", link.href)[0].is_file()
    assert not any(table["files"] for table in alone), "no link leads to a file that is not there"
