"""The four reports: the sections of LAS's documents in their order, each edition's own, and the previews of them."""

from __future__ import annotations

import datetime
import os
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from flows.cli import main
from flows.preview import PreviewError, preview
from flows.report import Edition, report
from flows.report import write as writing
from flows.report.arrange import LAYOUTS, year_ends
from flows.report.assemble import KINDS, year_of
from flows.report.headline import headlines
from flows.report.pages import reports
from flows.report.read import Figures, read_figures, seed
from flows.report.show import figure
from tests.night.conftest import Trust
from tests.report.pages_of import read, text_of

REPORTS = [one["report"] for one in seed("report/reports")]
SECTIONS = seed("report/report_sections")


WORDS = {
    "wres/foreword.md": "It was {figure: wres_2, a year earlier}; board {figure: wres_9.voting.ethnic_minority}.\n\n"
    "![Three colleagues](images/crew.png)",
    "wres/indicator_2.md": "above\n\n## What are we planning to do?\n\nbelow",
    "wdes/foreword.md": "good words\n\n{figure: wres_22}",
    "wres/forword.md": "of no section",
}
IMAGE = b"\x89PNG\r\n\x1a\n"


def leave_out_the_rest(patch: pytest.MonkeyPatch) -> None:
    """A site of the reports alone, without files to take away: what else there is has tests of its own."""
    patch.setattr(writing, "PAGES", (reports,))
    for name in ("export", "export_tables"):
        patch.setattr(writing, name, lambda *_: {})
    for name in ("fill_returns", "typeset"):
        patch.setattr(writing, name, lambda *_: None)


@pytest.fixture
def only_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    leave_out_the_rest(monkeypatch)


@pytest.fixture(scope="module")
def told(
    open_edition: Edition, restricted_edition: Edition, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """The reports of both editions, with texts of the trust's own, by the edition's kind."""
    base = tmp_path_factory.mktemp("told")
    for name, words in WORDS.items():
        (base / "texts" / name).parent.mkdir(parents=True, exist_ok=True)
        (base / "texts" / name).write_text(words, encoding="utf-8")
    (base / "texts" / "images").mkdir()
    (base / "texts" / "images" / "crew.png").write_bytes(IMAGE)
    with pytest.MonkeyPatch.context() as patch:
        leave_out_the_rest(patch)
        for edition in (open_edition, restricted_edition):
            (base / edition.kind).mkdir()
            report(replace(edition, part=base / edition.kind, texts=base / "texts"))
    return {kind: base / kind / "site" for kind in ("open", "restricted")}


def headings(page: Path) -> list[tuple[int, str]]:
    """The headings of a report's sections, by level; those of questions have no address."""
    found = read(page).xpath("//section[contains(@class, 'parity-section')]/*[self::h2 or self::h3 or self::h4]")
    return [(int(one.tag[1]), str(one.get("id"))) for one in found if one.get("id")]


# The seeds.


def test_every_section_can_be_made_and_every_table_has_a_place() -> None:
    ids = {one["indicator_id"] for one in seed("catalogue/indicator_definitions")}
    plans = {one["plan"] for one in seed("maps/plan_map")} if Path("seeds/maps/plan_map.csv").is_file() else None
    for one in SECTIONS:
        assert one["kind"] in KINDS, one["section"]
        assert set(filter(None, one["indicators"].split(";"))) <= ids, one["section"]
        assert one["text"].startswith(f"{one['report']}/"), "a report's texts lie in a folder of its own"
        assert plans is None or not one["plan"] or one["plan"] in plans
    places = {(one["report"], one["section"]) for one in SECTIONS}
    for one in seed("report/report_tables"):
        assert (one["report"], one["section"]) in places, one["name"]
        assert one["layout"] in LAYOUTS
        assert set(one["indicators"].split(";")) <= ids
    files = [one["text"] for one in SECTIONS]
    assert len(files) == len(set(files)), "two sections never read one file"


def test_headings_of_sections_leave_no_level_out() -> None:
    for name in REPORTS:
        last = 1
        for one in (section for section in SECTIONS if section["report"] == name):
            assert int(one["level"]) <= last + 1, one["section"]
            last = int(one["level"])


def test_the_wres_report_has_the_sections_of_las_in_their_order() -> None:
    told = [one["section"] for one in SECTIONS if one["report"] == "wres" and one["level"] == "2"]
    of_las = ["overview", "foreword", "objectives", "progress", "reading", "findings", "comparisons"]
    of_las += [f"indicator_{number}" for number in range(1, 10)] + ["summary", "action_plan", "closing_remarks"]
    assert [section for section in told if section in of_las] == of_las


# The year.


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (["2025-03-31", "2025-04-30", "2024-03-31"], ["2025-03-31", "2024-03-31"]),
        (["2024-12-31", "2023-12-31"], ["2024-12-31", "2023-12-31"]),
        (["2025-03-31", "2024-12-31", "2025-12-31"], ["2025-03-31"]),
        (["2025-06-30"], []),
    ],
)
def test_a_year_is_told_at_its_31_march_and_a_survey_at_its_december(dates: list[str], expected: list[str]) -> None:
    ends = year_ends(datetime.date.fromisoformat(one) for one in dates)
    assert [str(one) for one in ends] == expected


def test_a_report_is_of_the_latest_year_that_is_whole() -> None:
    """Months of the next year that are there already make no report of it."""
    with duckdb.connect() as con:
        con.execute(
            "create view shown_values as select * from (values "
            "('wres_1', '2024/25', date '2025-03-31', 'trust'), ('wres_1', '2025/26', date '2025-12-31', 'trust'), "
            "('wres_1', '2025/26', date '2026-03-31', 'directorate')) "
            "as months(indicator_id, reporting_year, as_at_date, organisation_unit_level)"
        )
        figures = Figures.__new__(Figures)
        figures.con = con
        assert year_of(figures, "wres_1") == ("2024/25", datetime.date(2025, 3, 31))
        assert year_of(figures, "wdes_1") is None


# The pages.


@pytest.mark.parametrize("kind", ["open", "restricted"])
@pytest.mark.parametrize("name", REPORTS)
def test_each_report_has_its_sections_in_the_order_of_the_seed(kind: str, name: str, told: dict[str, Path]) -> None:
    there = [section for _, section in headings(told[kind] / "reports" / f"{name}.html")]
    order = [one["section"] for one in SECTIONS if one["report"] == name]
    assert there == [section for section in order if section in there]
    with_figures = [
        one["section"]
        for one in SECTIONS
        if one["report"] == name and one["kind"] in ("findings", "comparison", "indicator", "summary", "definitions")
    ]
    assert set(with_figures) <= set(there)
    links = read(told[kind] / "reports" / "index.html").xpath("//main//a/@href")
    assert f"../reports/{name}.html" in links


def test_a_section_of_nothing_is_left_out_where_everyone_reads_and_named_where_the_team_does(
    told: dict[str, Path],
) -> None:
    open_page, restricted_page = (told[kind] / "reports" / "wres.html" for kind in ("open", "restricted"))
    assert "progress" not in [section for _, section in headings(open_page)]
    assert not read(open_page).find_class("parity-missing")
    notes = [text_of(one) for one in read(restricted_page).find_class("parity-missing")]
    assert any("wres/progress.md" in note for note in notes)
    assert not any("wres/foreword.md" in note for note in notes)
    assert not any("wres/scope.md" in note for note in notes), "Parity's own words do there"


def test_words_stand_in_both_editions_each_with_its_own_figures(
    told: dict[str, Path], open_edition: Edition, restricted_edition: Edition
) -> None:
    for edition in (open_edition, restricted_edition):
        page = read(told[edition.kind] / "reports" / "wres.html")
        with read_figures(edition) as figures:
            row = next(one.row for one in headlines(figures, "wres", year="2024/25") if one.indicator_id == "wres_2")
            assert row is not None
            before = figure(row, "previous_value")
        foreword = page.xpath("//section[*[@id='foreword']]")[0]
        assert f"It was {before.text};" in text_of(foreword)
        assert ("board [c]" in text_of(foreword)) == (edition.kind == "open")
        assert before.key in foreword.xpath(".//span/@data-figure"), "so that it is checked like every other figure"
        section = page.xpath("//section[*[@id='indicator_2']]")[0]
        texts = [text_of(one) for one in section.iter() if one.tag in ("h2", "h3", "p")]
        assert texts.index("above") < texts.index("What is the data telling us?")
        assert texts.index("below") > texts.index("What are we planning to do?")


@pytest.mark.parametrize("kind", ["open", "restricted"])
def test_a_wrong_text_is_left_out_whole_and_told_to_the_team_alone(kind: str, told: dict[str, Path]) -> None:
    folder, is_restricted = told[kind] / "reports", kind == "restricted"
    page, index = text_of(read(folder / "wdes.html")), text_of(read(folder / "index.html"))
    assert "good words" not in page
    assert ("wdes/foreword.md, line 3: there is no figure “wres_22”" in page) == is_restricted
    assert ("wdes/foreword.md, line 3: there is no figure “wres_22”" in index) == is_restricted
    assert ("wres/forword.md: it belongs to no section" in index) == is_restricted


@pytest.mark.parametrize("kind", ["open", "restricted"])
@pytest.mark.parametrize("name", REPORTS)
def test_no_two_tables_of_a_report_are_called_alike(kind: str, name: str, told: dict[str, Path]) -> None:
    """Each is a place that a screen reader offers by its name."""
    captions = [text_of(one) for one in read(told[kind] / "reports" / f"{name}.html").iter("caption")]
    assert len(captions) == len(set(captions)), [one for one in captions if captions.count(one) > 1]


def test_images_of_texts_are_copied_into_the_site(told: dict[str, Path]) -> None:
    (found,) = read(told["open"] / "reports" / "wres.html").xpath("//section//img/@src")
    assert (told["open"] / "reports" / found).resolve().read_bytes() == IMAGE


def test_tables_tell_up_to_the_year_of_the_report_and_no_further(open_edition: Edition) -> None:
    with read_figures(open_edition) as figures:
        (first, *_) = reports.reports_of(open_edition, figures)
        newest = figures.row("select max(as_at_date) as newest from shown_values where indicator_id = 'wres_1'")
    assert newest is not None
    assert first.end <= newest["newest"]
    assert first.end.month == 3


# The previews.


@pytest.fixture
def trust(published_once: Path) -> Trust:
    """The published trust, to be read."""
    return Trust(published_once)


def test_a_preview_is_made_anew_in_its_own_folder_and_in_no_other(
    only_reports: None, trust: Trust, tmp_path: Path
) -> None:
    into = tmp_path / "preview"
    say: list[str] = []
    page = preview(trust.settings, trust.home, into, "open", say.append)
    assert page == into / "site" / "index.html"
    stale = into / "site" / "stale.html"
    stale.write_text("from before")
    preview(trust.settings, trust.home, into, "open", say.append)
    assert not stale.exists()
    (into / "mine.txt").write_text("of a person")
    with pytest.raises(PreviewError, match=r"holds mine\.txt, which no preview made"):
        preview(trust.settings, trust.home, into, "open", say.append)
    assert (into / "mine.txt").read_text() == "of a person"


@pytest.mark.parametrize("where", ["releases", "private", "landing"])
def test_no_preview_is_written_where_parity_keeps_its_own(trust: Trust, where: str) -> None:
    into = getattr(trust.home, where) / "preview"
    with pytest.raises(PreviewError, match="Parity's own"):
        preview(trust.settings, trust.home, into, "open", lambda _: None)
    assert not into.exists()


def test_a_restricted_preview_is_closed_to_others_and_only_for_who_may_read_it(
    only_reports: None, trust: Trust, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    into = tmp_path / "preview"
    preview(trust.settings, trust.home, into, "restricted", lambda _: None)
    assert into.stat().st_mode & 0o077 == 0
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(PreviewError, match="may not read the restricted part"):
        preview(trust.settings, trust.home, tmp_path / "other", "restricted", lambda _: None)
    assert not (tmp_path / "other").exists()


def test_the_commands_tell_what_is_wrong_and_where_to_look(
    only_reports: None, trust: Trust, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "texts"
    (folder / "wres").mkdir(parents=True)
    (folder / "wres" / "foreword.md").write_text("{figure: wres_22}")
    config = tmp_path / "parity.toml"
    told = (trust.folder / "parity.toml").read_text(encoding="utf-8")
    config.write_text(f'{told}\n[reports]\ntexts = "{folder}"\n', encoding="utf-8")
    monkeypatch.setenv("PARITY_HOME", str(trust.home.root))
    run = CliRunner().invoke(main, ["--config", str(config), "texts", "--init"])
    assert run.exit_code == 3, run.output
    assert "wres/foreword.md, line 1: there is no figure “wres_22”. Did you mean wres_2" in run.output
    assert (folder / "wres" / "foreword.md").read_text() == "{figure: wres_22}"
    (folder / "wres" / "foreword.md").write_text("{figure: wres_2}")
    assert CliRunner().invoke(main, ["--config", str(config), "texts"]).exit_code == 0
    named = CliRunner().invoke(main, ["--config", str(config), "texts", "--figures", "pay_gap_gender"])
    assert "{figure: pay_gap_gender.mean_pay_gap}" in named.output
    shown = CliRunner().invoke(main, ["--config", str(config), "report", "--into", str(tmp_path / "look")])
    assert shown.exit_code == 0, shown.output
    assert "wres" in text_of(read(tmp_path / "look" / "site" / "reports" / "wres.html")).casefold()
