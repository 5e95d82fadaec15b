"""What has no rows or no values still has its place, and a preview removes only what a preview made."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import pytest

from flows.preview import MARK, PreviewError, _folder
from flows.report.compose import Table
from flows.report.export_tables import _table
from flows.report.gather import Known
from flows.report.picture import POPULATION, group_chart
from flows.report.read import Figures


def test_an_open_table_without_rows_is_a_table_without_rows() -> None:
    with duckdb.connect() as con:
        con.execute("create table indicator_values (value double, value_marker varchar)")
        columns: list[dict[str, Any]] = [
            {"column_name": name, "table_comment": None} for name in ("value", "value_marker")
        ]
        table = _table(cast(Figures, SimpleNamespace(con=con)), "indicator_values", columns)
    assert (table.headings, table.rows) == (["value", "value_marker"], [])


def test_a_population_of_which_nothing_is_known_has_no_chart() -> None:
    known = cast(Known, SimpleNamespace(lead=SimpleNamespace(measure="share"), values=[]))
    rows = [{"measure": POPULATION, "value": None, "value_marker": "[x]"}]
    assert group_chart(known, rows, Table("x", "x", [], [])) == []


@pytest.mark.parametrize(
    "mark", ['{"made": [".."]}', '{"made": [""]}', '{"made": ["../letters"]}', "no JSON", '{"made": 7}']
)
def test_a_mark_that_leads_out_of_the_folder_removes_nothing(tmp_path: Path, mark: str) -> None:
    into, letters = tmp_path / "preview", tmp_path / "letters"
    into.mkdir()
    letters.mkdir()
    (into / MARK).write_text(mark)
    with pytest.raises(PreviewError, match="nothing was removed"), _folder(into, "open"):
        pass
    assert letters.is_dir()
    assert into.is_dir()


def test_an_earlier_preview_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / MARK).write_text(json.dumps({"made": ["site"]}))
    with _folder(tmp_path, "open"):
        assert not (tmp_path / "site").exists()
