"""The run's state as a page: the same facts as the run's tables, and truthful about what had not ended."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb

from flows.report import Edition
from flows.report.compose import Cell, Figure, Tag
from flows.report.pages import run
from flows.report.read import read_figures
from flows.report.write import Making
from tests.report.conftest import Kind
from tests.report.pages_of import read, text_of


def test_every_fact_of_the_run_is_on_its_page(restricted_edition: Edition, site: Callable[[Kind], Path]) -> None:
    tables = told(restricted_edition)
    record = restricted_edition.run
    inputs = [[_said(cell) for cell in row[2:5]] for row in tables["run_inputs"]]
    assert inputs == [[f"{one[name]:,}" for name in ROWS] for one in record["inputs"]]
    for row in tables["run_inputs"]:
        read_count, loaded, rejected = (cell.number for cell in row[2:5] if isinstance(cell, Figure))
        assert read_count == (loaded or 0) + (rejected or 0)
    verdicts = {str(row[0]): row[1] for row in tables["run_checks"]}
    assert len(verdicts) == len(record["checks"])
    for check in record["checks"]:
        verdict = verdicts[check["name"].replace("_", " ").capitalize()]
        assert isinstance(verdict, Tag) and (verdict.text == "As expected") is check["passed"]
    assert len(tables.get("run_findings", [])) == len(record["findings"])
    assert [row[0] for row in tables["run_steps"]][-1] == "Publish"
    assert _said(tables["run_steps"][-1][1]) == "[z]", "nobody knew then how long publishing would take"
    page = text_of(read(site("restricted") / "run.html"))
    assert "This page was written by the night itself, while it was publishing." in page
    assert "The open part was made this night" in page
    assert record["content_hash"] in page and record["run_id"] in page


def test_a_failed_check_stands_first_with_what_it_saw_and_what_to_do(
    restricted_edition: Edition, tmp_path: Path
) -> None:
    changed = with_changes(
        restricted_edition,
        tmp_path,
        "update run_checks set passed = false, sentence = 'Religion is blank for 41%.', counts = '{\"blank\": 41}', "
        "places = '[\"North\"]' where severity = 'warning' and name = 'religion_is_filled_in_across_the_trust'",
    )
    first = told(changed)["run_checks"][0]
    assert first[0] == "Religion is filled in across the trust"
    assert isinstance(first[1], Tag) and first[1].text == "Not as expected"
    assert first[2] == "Religion is blank for 41%. (blank 41) Where: North."
    assert first[7], "the next step is told where one is needed"


def test_what_was_withheld_is_told_with_its_reason(restricted_edition: Edition, tmp_path: Path) -> None:
    changed = with_changes(
        restricted_edition,
        tmp_path,
        "update run_disclosure set outcome = 'withheld', reason = 'Two numbers stood open.', "
        "carried_over_from = '20250301T000000Z_aaaaaa'",
        "insert into run_history by name select * replace ('20250301T000000Z_bbbbbb' as run_id, 'withheld' as outcome, "
        "null as release_id) from run_history limit 1",
        "insert into run_findings by name select '20250301T000000Z_bbbbbb' as run_id, 1 as finding_number, 'k' as key, "
        "'withheld' as kind, 'critical' as severity, 'n' as name, 'Ethnicity is incomplete.' as sentence, "
        "'EDI team' as owner, '' as next_step, '[]' as places, '{}' as counts",
    )
    with read_figures(changed) as figures:
        content = run.pages(Making(changed, figures, lambda _: None), ())[0].content
    assert content["open_part"][:2] == ["The open part was withheld.", "Two numbers stood open."]
    assert content["open_part"][-1] == "Readers keep the open part of release 20250301T000000Z_aaaaaa."
    assert [(row[1], row[4]) for row in content["nights"].rows if row[4]] == [("Withheld", "Ethnicity is incomplete.")]


def test_a_release_without_a_record_says_so(open_edition: Edition, restricted_edition: Edition) -> None:
    bare = replace(restricted_edition, figures=open_edition.figures)
    assert not told(bare)


ROWS = ("rows_read", "rows_loaded", "rows_rejected")


def told(edition: Edition) -> dict[str, list[list[Cell]]]:
    """The rows of each table of the page, by the table's name."""
    with read_figures(edition) as figures:
        page = run.pages(Making(edition, figures, lambda _: None), ())[0]
    return {table.name: [list(row) for row in table.rows] for table in page.tables}


def with_changes(edition: Edition, folder: Path, *changes: str) -> Edition:
    """The same edition with something else in its run's tables."""
    figures = folder / "marts.duckdb"
    shutil.copyfile(edition.figures, figures)
    with duckdb.connect(str(figures)) as con:
        con.execute("use marts.marts")
        for change in changes:
            con.execute(change)
    return replace(edition, figures=figures)


def _said(cell: Cell) -> str:
    return cell.text if isinstance(cell, Figure) else str(cell)
