"""Data packs: any directorate has a page that says well what it has to say, and no page says more than is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.report import Edition
from flows.report.complete import Conversations, conversations, read_answers, records_to_complete
from flows.report.compose import Figure, Page
from flows.report.pack import Pack
from flows.report.pages import directorates
from flows.report.place import TAKEN, places, slugged
from flows.report.read import read_figures, seed
from tests.report.odd_trust import HOSTILE_NAME
from tests.report.small_part import MONTHS, NEWEST, Told, part_of

TRUST = Told("trust", 1000, (980, 900), level="trust")
LARGE = Told("Operations", 400, (390, 340))


def pages_of(folder: Path, told: Sequence[Told]) -> dict[str, Page]:
    with part_of(folder, [TRUST, *told]) as making:
        return {page.title: page for page in directorates.pages(making, ())}


def pack_of(folder: Path, *told: Told) -> Pack:
    found = pages_of(folder, told)[told[-1].name].content["pack"]
    assert isinstance(found, Pack)
    return found


# Addresses.


@given(st.lists(st.text(), unique=True, max_size=12))
def test_every_name_has_an_address_of_its_own_that_any_drive_takes(names: list[str]) -> None:
    slugs = slugged(names, "directorate")
    assert len(set(slugs)) == len(names)
    for slug in slugs:
        assert slug and set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") and slug not in TAKEN
        assert "--" not in slug and len(slug) < 80


def test_names_that_are_written_alike_keep_apart_and_the_first_keeps_its_address() -> None:
    names = ['<b>&"Fleet"', "B Fleet", "b-fleet 2", "🚑", "Index", "CON", ""]
    assert slugged(names, "directorate") == [
        "b-fleet", "b-fleet-2", "b-fleet-2-2", "directorate", "index-2", "con-2", "directorate-2",
    ]  # fmt: skip


def test_the_older_of_two_names_alike_keeps_its_link(tmp_path: Path) -> None:
    new = Told("B Fleet", 50, (50, 50), months=[NEWEST])
    old = Told("b/fleet", 50, (50, 50))
    with part_of(tmp_path, [TRUST, new, old]) as making:
        assert {unit.name: unit.slug for unit in places(making.figures)} == {
            "b/fleet": "b-fleet",
            "B Fleet": "b-fleet-2",
        }


# Directorates that are unlike others.


def test_a_directorate_of_seven_says_that_shares_swing(tmp_path: Path) -> None:
    [notice] = pack_of(tmp_path, Told("Board office", 7, (7, 6))).notices
    assert notice.startswith("Only 7 people work here.")


def test_a_directorate_that_is_hidden_altogether_says_why_and_shows_no_number_of_its_own(tmp_path: Path) -> None:
    hidden = pack_of(tmp_path, LARGE, Told("Board office", None, (None, None)))
    assert "Every number of this directorate is hidden" in hidden.notices[0]
    assert hidden.findings == []
    assert [fact.value if isinstance(fact.value, str) else fact.value.text for fact in hidden.facts] == [
        "[c]",
        "not shown",
    ]
    for section in hidden.sections:
        for pair in section.pairs:
            assert pair.chart is None
            for row in pair.table.rows if pair.table else ():
                ours = [one for one in row if isinstance(one, Figure) and "|Board office|" in one.key]
                assert ours and all(one.number is None and one.text == "[c]" for one in ours)


def test_a_directorate_that_is_gone_keeps_a_page_with_its_last_figures(tmp_path: Path) -> None:
    found = pages_of(tmp_path, [LARGE, Told("Old services", 60, (60, 50), months=MONTHS[:-1])])
    assert found["Old services"].content["pack"].notices[0].startswith("The staff list of 31 March 2025 has no such")
    assert "28 February 2025" in found["Old services"].content["kicker"]
    assert [link.text for link in found["Directorates"].content["former"]] == ["Old services"]
    assert [row[0].text for row in found["Directorates"].content["table"].rows] == ["Operations"]


def test_a_directorate_that_is_new_says_that_nothing_is_there_to_compare(tmp_path: Path) -> None:
    [notice] = pack_of(tmp_path, LARGE, Told("New services", 60, (60, 50), months=[NEWEST])).notices
    assert "is new in the staff list of March 2025" in notice


def test_a_directorate_that_only_other_files_name_says_that_its_people_are_not_known(tmp_path: Path) -> None:
    pack = pack_of(tmp_path, LARGE, Told("Typing error", 60, (60, 50), months=[]))
    assert pack.notices == [
        "The staff list does not name this directorate; only other files do. So its people are not known."
    ]
    assert [section.title for section in pack.sections if section.file] == ["Its indicators"]


def test_a_release_without_any_directorate_has_its_list(tmp_path: Path) -> None:
    [page] = pages_of(tmp_path, []).values()
    assert list(page.content["table"].rows) == []


# Teams.


def test_a_small_team_has_no_page_and_is_named_with_the_reason(tmp_path: Path) -> None:
    few = next(int(rule["value"]) for rule in seed("report/report_rules") if rule["rule"] == "smallest_team_page")
    teams = [
        Told("Large team", few, (few, few), level="team", parent="Operations"),
        Told("Small team", few - 1, (few - 1, 3), level="team", parent="Operations"),
    ]
    found = pages_of(tmp_path, [LARGE, *teams])
    assert found["Large team"].path == "directorates/operations/large-team.html"
    assert found["Large team"].content["up"].href == "directorates/operations.html"
    assert "Small team" not in found
    [sentence] = found["Operations"].content["teams"]["sentences"]
    assert sentence.startswith(f"Too small for a page: Small team ({few - 1}). Below {few} people")


def test_teams_of_two_directorates_that_share_a_name_have_pages_of_their_own(tmp_path: Path) -> None:
    both = [LARGE, Told("Support", 100, (90, 90))]
    teams = [Told("Admin", 40, (40, 30), level="team", parent=one.name) for one in both]
    with part_of(tmp_path, [TRUST, *both, *teams]) as making:
        made = directorates.pages(making, ())
    paths = [page.path for page in made if page.title == "Admin"]
    assert paths == ["directorates/operations/admin.html", "directorates/support/admin.html"]
    names = [table.name for page in made for table in page.tables]
    assert len(names) == len(set(names))


# Records to complete.


def test_records_to_complete_are_those_of_the_exact_mart(restricted_edition: Edition) -> None:
    with read_figures(restricted_edition) as figures:
        answers = read_answers(figures)
        exact = {
            (row["organisation_unit_level"], row["organisation_unit"], row["field"], row["snapshot_date"]): row
            for row in figures.rows("select * from declaration_rates")
        }
    compared = 0
    for (level, _, unit), questions in answers.rows.items():
        for question, months in questions.items():
            for date, row in months.items():
                wanted = exact[level, unit, question, date]["to_reach_target_count"]
                assert records_to_complete(row, answers.targets[question]) == wanted, (level, unit, question, date)
                compared += 1
    assert compared > 1000
    assert any(row["to_reach_target_count"] for row in exact.values())


def test_a_rounded_count_is_said_to_be_about(tmp_path: Path) -> None:
    rounded = pack_of(tmp_path, Told("Operations", 400, (390, 340), rounded_to=5))
    [answers] = [section for section in rounded.sections if section.name == "answers"]
    assert answers.file is not None
    assert [row[-1].text for row in answers.file.rows if isinstance(row[-1], Figure)] == ["about 0", "about 40"]
    assert "rounded to the nearest five" in answers.sentences[0]
    assert rounded.facts[2].value == "about 40"


def test_a_hidden_gap_is_in_no_number_of_conversations(tmp_path: Path) -> None:
    with part_of(tmp_path, [TRUST, Told("Operations", 400, (None, 340))]) as making:
        answers = read_answers(making.figures)
        rows = [answers.of(("directorate", "trust", "Operations"), one, NEWEST) for one in answers.fields]
        assert conversations(answers, rows) == Conversations(fewest=40, most=40, hidden=1, is_about=False)
        assert str(conversations(answers, rows)) == "at least 40"


@given(st.integers(1, 10_000), st.data())
def test_the_target_is_reached_by_as_many_records_and_by_no_fewer(people: int, data: st.DataObject) -> None:
    answered = data.draw(st.integers(0, people))
    target = Decimal(data.draw(st.integers(1, 100))) / 100
    count = records_to_complete({"value": answered / people, "numerator": answered, "denominator": people}, target)
    assert count is not None
    assert Decimal(answered + count) / people >= target or count + answered == people
    assert count == 0 or Decimal(answered + count - 1) / people < target


# The page as it is written.


@pytest.mark.parametrize("kind", ["odd_open", "odd_restricted"])
def test_a_name_like_html_is_shown_and_never_obeyed(site: Callable[[str], Path], kind: str) -> None:
    written = (site(kind) / "directorates" / "b-fleet.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;&amp;&#34;Fleet&#34;" in written
    assert HOSTILE_NAME not in written and "<b>" not in written


def test_every_page_leads_to_its_pdf(site: Callable[[str], Path]) -> None:
    folder = site("restricted") / "directorates"
    pages = [path for path in folder.rglob("*.html") if path.name != "index.html"]
    assert len(pages) > 3
    for path in pages:
        pdf = path.with_suffix(".pdf")
        assert pdf.read_bytes().startswith(b"%PDF-")
        assert f'{pdf.relative_to(folder.parent).as_posix()}"' in path.read_text(encoding="utf-8")
