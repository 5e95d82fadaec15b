"""A trust's own words: Markdown that can do nothing, figures by their names, and every fault told by file and line."""

from __future__ import annotations

import time
from pathlib import Path

import lxml.html
import pytest

from flows.proofread import begin, is_needed, texts
from flows.report import Edition
from flows.report.compose import Figure
from flows.report.quote import Quotes, quotes
from flows.report.read import read_figures, seed
from flows.report.transcribe import MOST_BYTES, Texts, Words, is_written, strangers

QUESTIONS = {one["question"]: one["heading"] for one in seed("report/report_questions")}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def quote(name: str) -> Figure:
    if name != "wres_2":
        raise LookupError(f"there is no figure “{name}”.")
    return Figure("1.30", 1.3002, 'a|key"', note='what [c] & "more" mean', status="draft")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "wres").mkdir()
    return tmp_path


def written(folder: Path, text: str | bytes, heading: str = "Foreword", level: int = 2) -> tuple[Words, list[str]]:
    """The words of a text before any question, and what was wrong in it."""
    told, problems = parts(folder, text, heading, level)
    return told.get("", Words("")), problems


def parts(folder: Path, text: str | bytes, heading: str, level: int = 2) -> tuple[dict[str, Words], list[str]]:
    (folder / "wres" / "foreword.md").write_bytes(text.encode() if isinstance(text, str) else text)
    read = Texts(folder, quote, "../")
    told = read.read("wres/foreword.md", heading, level, QUESTIONS)
    return told, [str(problem) for problem in read.problems]


def test_a_figure_stands_where_its_name_was(folder: Path) -> None:
    words, problems = written(folder, "White applicants are {figure: wres_2} times as likely.")
    span = lxml.html.fromstring(words.html).find("span")
    assert not problems
    assert span is not None
    assert (span.text, span.get("data-figure"), span.get("title")) == ("1.30", 'a|key"', 'what [c] & "more" mean')
    assert [figure.status for figure in words.figures] == ["draft"], "so that the page can say that it is a draft"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("one\n\ntwo {figure: wres_22}", 3, "no figure “wres_22”"),
        ("one\ntwo\n{{ wres_2 }}", 3, "“{{ wres_2 }}” is no figure. Write {figure: wres_2}"),
        ("{Figure: wres_2}", 1, "is no figure"),
        ("a {figure wres_2}", 1, "is no figure"),
        ("a {figure: }", 1, "is no figure"),
        ("a {figure: wres_2", 1, "is no figure"),
        ("| a |\n| --- |\n| b |\n| {figure: wres_4} |", 4, "no figure “wres_4”"),
        ("> - nested\n> - {figure: wres_4}", 2, "no figure “wres_4”"),
        ("<!-- a hint\nof two lines -->\n\n{figure: wres_4}", 4, "no figure “wres_4”"),
        ("one\n\n<!-- a hint", 3, "has no end"),
        ("[x](javascript:alert(1))", 1, "leads nowhere"),
        ("a\n\n[x](wres.html)", 3, "Write the whole address"),
        ("[x][y]\n\n[y]: data:text/html,x", 1, "leads nowhere"),
        ("<vbscript:x>", 1, "leads nowhere"),
        ("![crew](https://example.nhs.uk/crew.png)", 1, "not in the folder of texts"),
        ("![crew](../crew.png)", 1, "not in the folder of texts"),
        ("![crew](/etc/passwd)", 1, "not in the folder of texts"),
        ("![crew](fake.png)", 1, "no PNG, JPEG or GIF"),
        ("![crew](drawing.svg)", 1, "no PNG, JPEG or GIF"),
        ("![](real.png)", 1, "needs plain words"),
        ("![{figure: wres_2}](real.png)", 1, "needs plain words"),
        (b"one\ntwo\xff", 2, "not UTF-8"),
        (b"one\n\ntwo\x1b[31m", 3, "cannot be shown"),
        (b"a" * (MOST_BYTES + 1), 0, "bytes"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line_and_the_text_is_left_out(
    folder: Path, text: str | bytes, line: int, says: str
) -> None:
    (folder / "fake.png").write_text("<html>")
    (folder / "drawing.svg").write_text("<svg/>")
    (folder / "real.png").write_bytes(PNG)
    words, problems = written(folder, text)
    assert words.html == ""
    assert len(problems) == 1
    assert problems[0].startswith(f"wres/foreword.md{f', line {line}' if line else ''}: ")
    assert says in problems[0]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "<style>*{display:none}</style>",
        "<iframe src='https://example.org'></iframe>",
        "a <b onclick=alert(1)>b</b>",
        '```html" onload="x\n<script>\n```',
        '[a](https://example.org "x\\" onclick=\\"alert(1)")',
        "https://example.org/<script>",
        "`<script>`",
        "&lt;script&gt; &#60;script&#62;",
        '| <script> |\n| --- |\n| " onclick="x |',
    ],
)
def test_hostile_text_is_shown_and_does_nothing(folder: Path, text: str) -> None:
    words, problems = written(folder, f"before\n\n{text}\n\nafter")
    assert not problems
    tree = lxml.html.fragment_fromstring(words.html, create_parent="div")
    assert {element.tag for element in tree.iter()} <= {
        *["div", "p", "code", "pre", "a", "table", "thead", "tbody", "tr", "th", "td"]
    }
    allowed = {"href", "title", "class", "scope", "tabindex", "role", "aria-label"}
    assert {name for element in tree.iter() for name in element.attrib} <= allowed
    assert all(str(href).startswith("https://") for href in tree.xpath("//@href"))
    assert "before" in tree.text_content()
    assert "after" in tree.text_content()


@pytest.mark.parametrize("piece", ["[", "![[", "*a **a ", "<!--\n", "{figure: ", "> ", "_a__", "[a](<b", "&#", "|"])
def test_no_text_takes_long(folder: Path, piece: str) -> None:
    began = time.process_time()
    written(folder, (piece * MOST_BYTES)[:MOST_BYTES])
    assert time.process_time() - began < 5


def test_headings_stand_below_the_sections_own_in_order(folder: Path) -> None:
    words, _ = written(folder, "# Foreword\n\na\n\n## One\n\n##### Deep\n\n#\n\n# Two\n", level=3)
    tree = lxml.html.fragment_fromstring(words.html, create_parent="div")
    told = [(one.tag, one.text_content()) for one in tree.xpath("//*[starts-with(name(), 'h')]")]
    assert told == [("h4", "One"), ("h5", "Deep"), ("h4", "Two")], (
        "the section's own heading and the empty one are left out, and no level is passed over"
    )


def test_words_below_a_question_belong_to_it(folder: Path) -> None:
    told, problems = parts(
        folder,
        "first\n\n## What is the data telling us?\n\nsecond\n\n### more\n\nthird\n\n"
        "## what are we planning to do\n\nfourth",
        "Indicator 2",
    )
    assert not problems
    said = {name: lxml.html.fragment_fromstring(one.html, create_parent="div") for name, one in told.items()}
    assert {name: one.text_content().split() for name, one in said.items()} == {
        "": ["first"],
        "data": ["second", "more", "third"],
        "plan": ["fourth"],
    }
    assert said["data"].find("h4") is not None, "below the question, which stands at level 3"


def test_hints_are_not_shown_and_are_no_words(folder: Path) -> None:
    words, problems = written(folder, "<!-- what to write\n\n{figure: wrong} -->\n\n## What is the data telling us?\n")
    assert not problems
    assert words.html == ""
    assert not is_written(folder, "wres/foreword.md")


def test_an_image_of_the_folder_is_shown_and_named(folder: Path) -> None:
    (folder / "images").mkdir()
    (folder / "images" / "crew.png").write_bytes(PNG)
    (folder / "wres" / "foreword.md").write_text("![Three colleagues](images/crew.png)")
    read = Texts(folder, quote, "../")
    told = read.read("wres/foreword.md", "Foreword", 2, {})[""]
    assert '<img src="../texts/images/crew.png" alt="Three colleagues"' in told.html
    assert read.images == {"texts/images/crew.png": folder / "images" / "crew.png"}


def test_a_link_out_of_the_folder_is_not_followed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.md"
    outside.write_text("of nobody's business")
    (folder / "wres" / "foreword.md").symlink_to(outside)
    read = Texts(folder, quote)
    assert read.read("wres/foreword.md", "Foreword", 2, {}) == {}
    assert "leads out of the folder" in str(read.problems[0])


def test_tables_and_lists_of_a_text_can_be_read_by_everyone(folder: Path) -> None:
    words, _ = written(folder, "| a | b |\n| --- | --: |\n| 1 | 2 |\n\n- x\n- y\n\n| c |\n| --- |\n| 3 |\n")
    tree = lxml.html.fragment_fromstring(words.html, create_parent="div")
    assert {one.get("scope") for one in tree.iter("th")} == {"col"}
    regions = [one for one in tree.iter("div") if one.get("role") == "region"]
    assert [one.get("aria-label") for one in regions] == ["Foreword: table 1", "Foreword: table 2"]
    assert all(one.get("tabindex") == "0" for one in regions), "a table that is too wide is scrolled with the keyboard"


def test_a_missing_file_is_no_problem_and_a_stranger_is_told(folder: Path) -> None:
    read = Texts(folder, quote)
    assert read.read("wres/overview.md", "Overview", 2, {}) == {}
    assert read.problems == []
    for name in ("wres/forword.md", "notes.docx", "images.png", ".hidden/x.md"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("x")
    known = [one.file for one in texts(folder)]
    assert strangers(folder, known) == ["notes.docx", "wres/forword.md"]
    assert strangers(folder / "nowhere", known) == []


def test_beginning_texts_writes_hints_and_never_over_a_file(folder: Path) -> None:
    own = folder / "wres" / "foreword.md"
    own.write_text("ours")
    needed = [one.file for one in texts(folder) if one.is_needed]
    begun = begin(folder)
    assert sorted([*begun, "wres/foreword.md"]) == sorted(needed)
    assert own.read_text() == "ours"
    assert begin(folder) == [], "a second time there is nothing left to begin"
    assert [one.file for one in texts(folder) if one.is_written] == ["wres/foreword.md"], "a hint is no word yet"
    read = Texts(folder, quote)
    for one in seed("report/report_sections"):
        assert read.read(one["text"], one["heading"], 2, QUESTIONS).get("data") is None
    assert read.problems == [], "what the hints say is nothing wrong"
    assert "## What is the data telling us?" in (folder / "wres" / "indicator_2.md").read_text()
    assert not is_needed("Leave it out, unless …")


# The names of figures.


@pytest.fixture(scope="module")
def both(open_edition: Edition, restricted_edition: Edition) -> tuple[Quotes, Quotes]:
    """The names that texts may use, in both editions."""
    read = []
    for edition in (open_edition, restricted_edition):
        with read_figures(edition) as figures:
            read.append(quotes(figures, "2024/25"))
    return read[0], read[1]


def test_a_name_means_the_same_in_both_editions(both: tuple[Quotes, Quotes]) -> None:
    open_names, restricted_names = (set(one.rows) for one in both)
    assert open_names == restricted_names
    assert len(open_names) > 500
    for name in open_names:
        keys = [quoted(name).key for quoted in both]
        assert keys[0] == keys[1], name


def test_a_hidden_figure_is_its_marker_in_the_open_edition_alone(both: tuple[Quotes, Quotes]) -> None:
    open_quotes, restricted_quotes = both
    hidden = [name for name in open_quotes.rows if open_quotes(name).text == "[c]"]
    assert hidden
    assert all(restricted_quotes(name).text != "[c]" for name in hidden)


def test_aspects_are_the_columns_of_the_row(both: tuple[Quotes, Quotes]) -> None:
    quoted = both[1]
    row = quoted.rows["wres_2"]
    assert quoted("wres_2").number == row["value"]
    assert quoted("wres_2, a year earlier").number == row["previous_value"]
    assert quoted("wres_2,change").number == row["change"]
    of_group = quoted.rows["wres_2.white"]
    assert quoted("wres_2.white, count").number == of_group["numerator"]
    assert quoted("wres_2.white, base").number == of_group["denominator"]
    assert (quoted("wres_2.white, from").number, quoted("wres_2.white, to").number) == (
        of_group["ci_low"],
        of_group["ci_high"],
    )


def test_a_headline_that_the_year_does_not_have_is_not_available(odd_open_edition: Edition) -> None:
    """A trust whose survey is not there yet has said nothing wrong."""
    with read_figures(odd_open_edition) as figures:
        quoted = quotes(figures, "2024/25")
    assert quoted("wres_5").text == "[x]"
    assert "survey" in quoted("wres_5, a year earlier").note


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ("wres_22", "Did you mean wres_2"),
        ("wres_2, last year", "a year earlier"),
        ("wres_2.white, change", "Only figures that compare"),
        ("", "there is no figure"),
    ],
)
def test_a_wrong_name_is_answered_with_what_is_right(both: tuple[Quotes, Quotes], told: str, says: str) -> None:
    with pytest.raises(LookupError, match=says):
        both[0](told)
