"""Safe to Say: the largest gaps come first, what is hidden comes last, and conversations are counted honestly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flows.report.compose import Figure, Link, Tag
from flows.report.pages import safe_to_say
from tests.report.small_part import Told, part_of

TRUST = Told("trust", 1000, (980, 900), level="trust")
UNITS = (
    Told("Board office", None, (None, None)),
    Told("Control", 200, (195, 150)),
    Told("Fleet", 100, (100, None)),
    Told("Operations", 600, (540, 550)),
)


def content_of(folder: Path, told: Sequence[Told]) -> dict[str, Any]:
    with part_of(folder, told) as making:
        [page] = safe_to_say.pages(making, ())
    return dict(page.content)


def text(cell: object) -> str:
    return cell.text if isinstance(cell, Figure | Link | Tag) else str(cell)


def test_gaps_are_in_the_order_of_shown_numbers_and_hidden_ones_come_last(tmp_path: Path) -> None:
    rows = [[text(cell) for cell in row] for row in content_of(tmp_path, [TRUST, *UNITS])["gaps"].rows]
    assert [(row[0], row[1], row[-1]) for row in rows] == [
        ("Control", "Religion or belief", "40"),
        ("Operations", "Ethnicity", "30"),
        ("Operations", "Religion or belief", "20"),
        ("Board office", "Ethnicity", "[c]"),
        ("Board office", "Religion or belief", "[c]"),
        ("Fleet", "Religion or belief", "[c]"),
    ]


def test_questions_come_by_the_records_that_they_lack(tmp_path: Path) -> None:
    rows = content_of(tmp_path, [TRUST, *UNITS])["questions"].rows
    assert [(text(row[0]), text(row[1]), text(row[-2]), text(row[-1])) for row in rows] == [
        ("Religion or belief", "90.0%", "Not yet", "50"),
        ("Ethnicity", "98.0%", "Reached", "0"),
    ]


def test_a_question_whose_gap_is_hidden_comes_after_those_that_have_none(tmp_path: Path) -> None:
    rows = content_of(tmp_path, [Told("trust", 1000, (None, 960), level="trust")])["questions"].rows
    assert [(text(row[0]), text(row[-1])) for row in rows] == [("Religion or belief", "0"), ("Ethnicity", "[c]")]


def test_conversations_lie_between_the_largest_gap_and_all_gaps(tmp_path: Path) -> None:
    content = content_of(tmp_path, [TRUST, *UNITS])
    assert content["facts"][0].value == "50"
    told = {text(row[0]): text(row[2]) for row in content["units"].rows}
    assert told == {
        "Control": "40",
        "Operations": "30 to 50",
        "Fleet": "not shown",
        "Board office": "not shown",
    }
    assert list(told)[:2] == ["Control", "Operations"]


def test_a_share_is_beside_its_target_in_words_and_a_symbol(tmp_path: Path) -> None:
    content = content_of(tmp_path, [TRUST, *UNITS])
    stands = {
        text(row[0]): [heat["words"] for heat in heats[1:]]
        for row, heats in zip(content["matrix"].table.rows, content["matrix"].heats, strict=True)
    }
    assert stands == {
        "The whole trust": ["at the target or above", "within 5 points of the target"],
        "Board office": ["not shown", "not shown"],
        "Control": ["at the target or above", "further below"],
        "Fleet": ["at the target or above", "not shown"],
        "Operations": ["within 5 points of the target", "within 5 points of the target"],
    }
    symbols = [one["symbol"] for one in content["legend"]]
    assert len(set(symbols)) == len(symbols)


def test_every_month_stands_beside_the_month_before_and_the_year_before(tmp_path: Path) -> None:
    rows = content_of(tmp_path, [TRUST, *UNITS])["questions"].rows
    keys = [[cell.key.split("|")[2] for cell in row[1:4] if isinstance(cell, Figure)] for row in rows]
    assert keys == [["2025-03-31", "2025-02-28", "2024-03-31"]] * 2


def test_rounded_months_say_that_they_are_about_right(tmp_path: Path) -> None:
    content = content_of(tmp_path, [Told("trust", 1000, (900, 900), level="trust", rounded_to=5)])
    assert content["facts"][0].value == "about 50 to 100"
    assert "rounded to the nearest five" in content["about"]


def test_a_release_without_answers_has_a_page_that_says_so(tmp_path: Path) -> None:
    assert content_of(tmp_path, [])["date"] is None
