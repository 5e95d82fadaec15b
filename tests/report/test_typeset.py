"""PDFs of packs: the same figures as the page, readable by everyone, and nothing typed by people is obeyed."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import pytest
from pypdf import PdfReader

from flows.report import ReportBroken, typeset
from flows.report.compose import Figure, Page
from flows.report.pack import Pack
from flows.report.pages import directorates
from flows.report.typeset import FONTS, characters_of, readable
from tests.report.small_part import Told, part_of

TRUST = Told("trust", 1000, (980, 900), level="trust")
MARKER = {"marker": "[c]", "meaning": "hidden, so that nobody can be found"}


def pdf_of(folder: Path, told: Told, kind: Literal["open", "restricted"] = "open") -> tuple[Page, bytes]:
    """The page of a directorate and its PDF, as the site gets them."""
    folder.mkdir(exist_ok=True)
    with part_of(folder, [TRUST, told], kind) as making:
        page = next(page for page in directorates.pages(making, ()) if page.title == told.name)
        place = (making.edition.site / page.path).with_suffix(".pdf")
        place.parent.mkdir(parents=True)
        typeset.typeset(making.edition, [(page, True, [MARKER])])
    return page, place.read_bytes()


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def figures_of(page: Page) -> Sequence[str]:
    pack = page.content["pack"]
    assert isinstance(pack, Pack)
    tables = [pair.table for section in pack.sections for pair in section.pairs if pair.table]
    shown = [fact.value.text if isinstance(fact.value, Figure) else fact.value for fact in pack.facts]
    return [*shown, *(cell.text for table in tables for row in table.rows for cell in row if isinstance(cell, Figure))]


def test_a_pdf_tells_the_figures_of_its_page(tmp_path: Path) -> None:
    page, pdf = pdf_of(tmp_path, Told("Operations", 417, (390, None)))
    text = text_of(pdf)
    shown = figures_of(page)
    assert {"417", "390", "93.5%", "1.25", "[c]"} <= set(shown)
    for one in set(shown):
        assert text.count(one) >= shown.count(one), one
    for sentence in page.content["pack"].findings:
        assert sentence in text


def test_a_pdf_is_tagged_named_and_in_english(tmp_path: Path) -> None:
    _, pdf = pdf_of(tmp_path, Told("Operations", 417, (390, 340)))
    reader = PdfReader(BytesIO(pdf))
    assert reader.metadata is not None and reader.metadata.title == "Operations: Directorate data pack, 31 March 2025"
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en-GB" and "/StructTreeRoot" in root
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    alternatives = [one["/Alt"] for one in structure(root["/StructTreeRoot"]) if one.get("/S") == "/Figure"]
    assert any(text.startswith("This directorate in brief, beside the trust. ") for text in alternatives)
    assert all(alternatives)
    assert [page.mediabox.width for page in reader.pages] == [pytest.approx(595.28, abs=0.01)] * len(reader.pages)


def structure(node: Any) -> list[dict[str, Any]]:
    """Every element of the tree of tags."""
    found = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(found, list):
        return [one for child in found for one in structure(child)]
    return [found, *structure(found["/K"])] if isinstance(found, dict) and "/K" in found else []


def test_every_page_says_whose_it_is_and_that_it_is_a_draft(tmp_path: Path) -> None:
    _, pdf = pdf_of(tmp_path, Told("Operations", 417, (390, 340)), "restricted")
    pages = [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]
    for number, text in enumerate(pages, start=1):
        assert "A Trust" in text and "Draft: not approved yet" in text
        assert "Restricted: exact counts" in text and "Release 20250401T033000Z_000000" in text
        assert f"Page {number} of {len(pages)}" in text


@pytest.mark.parametrize(
    "name",
    [
        '<b>&"Fleet"',
        '#panic("x") $x^2$ *bold* _it_ \\ @ref <label> `raw` [text] // no comment',
        '#import "@preview/cetz:0.2.0"; #read("/etc/passwd") #sys.inputs',
        "= Heading \n+ list / term: one",
    ],
)
def test_what_people_typed_is_only_ever_text(tmp_path: Path, name: str) -> None:
    _, pdf = pdf_of(tmp_path, Told(name, 417, (390, 340)))
    assert " ".join(name.split()).replace(" ", "") in text_of(pdf).replace(" ", "")
    assert "root:" not in text_of(pdf)


def test_a_character_that_the_font_lacks_is_a_square_and_not_a_broken_pack(tmp_path: Path) -> None:
    _, pdf = pdf_of(tmp_path, Told("🚑 Fleet 漢字", 417, (390, 340)))
    assert "□ Fleet □□" in text_of(pdf)


def test_letters_of_european_names_stay_and_invisible_marks_go() -> None:
    assert readable("Éłżbieta Αθήνα Київ – ▲▼◆●○") == "Éłżbieta Αθήνα Київ – ▲▼◆●○"
    assert readable("a\u200db\ufe0f\u202ec\x00") == "abc"
    assert readable("e\u0301") == "é"
    assert all(ord("A") in characters_of(path.read_bytes()) for path in FONTS.glob("*.ttf"))


def test_a_pdf_is_the_same_on_every_machine(tmp_path: Path) -> None:
    told = Told("Operations", 417, (390, 340))
    pdfs = {pdf_of(tmp_path / name, told)[1] for name in ("one", "two")}
    assert len(pdfs) == 1
    pages: list[Any] = list(PdfReader(BytesIO(pdfs.pop())).pages)
    fonts = {str(font.get_object()["/BaseFont"]) for page in pages for font in page["/Resources"]["/Font"].values()}
    assert fonts and all("SourceSans3" in font for font in fonts)


def test_a_template_that_cannot_be_set_says_which_and_tells_no_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "typst"
    broken.mkdir()
    (broken / "pack.typ").write_text("#json(bytes(sys.inputs.document)).nothing", encoding="utf-8")
    monkeypatch.setattr(typeset, "TEMPLATES", broken)
    with pytest.raises(ReportBroken, match=r"reports/typst/pack\.typ") as told:
        pdf_of(tmp_path / "part", Told("Secret services", 417, (390, 340)))
    assert "417" not in str(told.value) and "Secret" not in str(told.value)
