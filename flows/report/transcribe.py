"""Transcribe: the trust's own Markdown files become HTML that can do nothing, with figures in place of their names.

A text that has something wrong is not shown at all: what is wrong is told with file, line and what to do.
"""

from __future__ import annotations

import errno
import html
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from flows.report.compose import Figure

MOST_BYTES = 64_000
"""Of a text; a long report is many texts."""
MOST_IMAGE_BYTES = 2_000_000
IMAGES = {
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".gif": (b"GIF87a", b"GIF89a"),
}
"""The kinds of images that may stand in a text, by how their files begin. Not SVG, which can hold scripts."""
ADDRESSES = ("https://", "http://", "mailto:")
DEEPEST = 6

Quote = Callable[[str], Figure]
"""Hands back the figure that a name means. Raises LookupError that says what is wrong with the name."""


@dataclass(frozen=True)
class Problem:
    """What is wrong in one text: the file within the folder of texts, the line (0: the whole file), and what to do."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}{f', line {self.line}' if self.line else ''}: {self.what}"


@dataclass(frozen=True)
class Words:
    """What a trust wrote, as HTML, with the figures that stand in it."""

    html: str
    figures: Sequence[Figure] = ()


@dataclass
class Texts:
    """The folder of a trust's texts, read for one report. `problems` and `images` grow as texts are read.

    `quote` hands back the figure that a placeholder names. `root` leads from the page to the site's root; images are
    named as `texts/<path>` below it, and `images` says which file each is.
    """

    folder: Path
    quote: Quote
    root: str = ""
    problems: list[Problem] = field(default_factory=list)
    images: dict[str, Path] = field(default_factory=dict)

    def read(self, name: str, heading: str, level: int, questions: Mapping[str, str]) -> dict[str, Words]:
        """The words of one file by question (empty: before any question); empty where there is no file or a problem.

        `heading` is what the page says above them, at `level`; `questions` are further headings by their names, that
        stand one level deeper.
        """
        found: list[Problem] = []
        images = dict(self.images)
        source = _read(self.folder, name, found)
        tokens = _markdown().parse(source) if source.strip() else []
        parts = _split(_without_heading(tokens, heading), questions)
        figures = {question: self._settle(name, part, found) for question, part in parts.items()}
        self.problems += found
        if found:
            self.images = images  # what is left out brings no image into the site
            return {}
        return {
            question: self._words(part, heading, level + bool(question), figures[question])
            for question, part in parts.items()
            if part
        }

    def _words(self, tokens: list[Token], heading: str, level: int, figures: Sequence[Figure]) -> Words:
        _shift(tokens, level)
        _name_tables(tokens, heading)
        return Words(_markdown().renderer.render(tokens, _markdown().options, {}), figures)

    def _settle(self, name: str, tokens: Sequence[Token], found: list[Problem]) -> list[Figure]:
        """Put figures and images in their place, and say what cannot stand in a page."""
        figures: list[Figure] = []
        for line, token in _inline(tokens):
            try:
                self._settle_one(token, figures)
            except LookupError as error:
                found.append(Problem(name, line, str(error.args[0])))
        return figures

    def _settle_one(self, token: Token, figures: list[Figure]) -> None:
        if token.type == "figure":
            figure = self.quote(token.content)
            figures.append(figure)
            token.meta = {"figure": figure}
        elif token.type == "unread_figure":
            raise LookupError(
                f"“{_short(token.content)}” is no figure. Write {{figure: wres_2}}; `parity texts --figures` names all."
            )
        elif token.type == "link_open" and not str(token.attrs["href"]).lower().startswith(ADDRESSES):
            raise LookupError(
                f"the link to “{_short(str(token.attrs['href']))}” leads nowhere. Write the whole address, such as "
                "https://www.england.nhs.uk or mailto:edi@trust.nhs.uk."
            )
        elif token.type == "image":
            self._settle_image(token)

    def _settle_image(self, token: Token) -> None:
        src = str(token.attrs["src"])
        if any(child.type != "text" for child in token.children or ()) or not token.content.strip():
            raise LookupError(
                f"the image “{_short(src)}” needs plain words for those who do not see it. Write them between the "
                "brackets: ![what it shows](photo.jpg)"
            )
        path = _within(self.folder, src)
        if path is None or not _is_file(path):
            raise LookupError(
                f"the image “{_short(src)}” is not in the folder of texts. Put it there and name it by its path within "
                "the folder; images from elsewhere are not shown."
            )
        begins = IMAGES.get(path.suffix.lower())
        if begins is None or not _first_bytes(path, src).startswith(begins):
            raise LookupError(f"the image “{_short(src)}” is no PNG, JPEG or GIF. Save it as one of these.")
        if path.stat().st_size > MOST_IMAGE_BYTES:
            raise LookupError(
                f"the image “{_short(src)}” has more than {MOST_IMAGE_BYTES:,} bytes. Make it smaller, so that pages "
                "open at once."
            )
        there = f"texts/{PurePosixPath(src)}"
        self.images[there] = path
        token.attrs["src"] = self.root + there


def strangers(folder: Path, known: Sequence[str]) -> list[str]:
    """Files in the folder of texts that belong to no section, by their path within it. Images belong to texts."""
    if not folder.is_dir():
        return []
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if _is_file(path))
    return [
        name
        for name in names
        if name not in known
        and PurePosixPath(name).suffix.lower() not in IMAGES
        and not any(part.startswith(".") for part in PurePosixPath(name).parts)
    ]


def is_written(folder: Path, name: str) -> bool:
    """Whether a file has words in it beside its hints and headings."""
    lines = _read(folder, name, []).splitlines()
    return any(line.strip() and not line.startswith("#") for line in lines)


# Reading.


def _read(folder: Path, name: str, found: list[Problem]) -> str:
    """The text without its hints; empty where there is none, or where it cannot be read."""
    path = _within(folder, name)
    if path is None:
        found.append(Problem(name, 0, "it is a link that leads out of the folder of texts. Put the file itself there."))
        return ""
    try:
        content = _bytes(path)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        found.append(
            Problem(name, 0, f"it cannot be read ({error.strerror}). Let the account that runs Parity read it.")
        )
        return ""
    if len(content) > MOST_BYTES:
        found.append(Problem(name, 0, f"it has more than {MOST_BYTES:,} bytes. Keep each section's words short."))
        return ""
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found.append(Problem(name, line, "it is not UTF-8. Save it as UTF-8 (in Word: plain text, encoding UTF-8)."))
        return ""
    for number, one in enumerate(text.split("\n"), 1):
        if not all(map(_may_stand, one)):
            found.append(Problem(name, number, "it has a character that cannot be shown. Delete it and type it anew."))
    return _without_hints(name, text, found)


def _is_file(path: Path) -> bool:
    """Whether a file is there; what lies in a folder that may not be entered is not."""
    try:
        return path.is_file()
    except OSError:
        return False


def _first_bytes(path: Path, src: str) -> bytes:
    """How an image begins; the rest of it is not read, however much it is."""
    try:
        with path.open("rb") as handle:
            return handle.read(8)
    except OSError as error:
        raise LookupError(
            f"the image “{_short(src)}” cannot be read ({error.strerror}). Let the account that runs Parity read it."
        ) from None


def _bytes(path: Path) -> bytes:
    """What is in a file, as far as a text may go. Raises OSError."""
    if path.is_fifo():
        raise OSError(errno.ESPIPE, "it is a pipe, which never ends")
    with path.open("rb") as handle:
        return handle.read(MOST_BYTES + 1)


def _within(folder: Path, name: str) -> Path | None:
    """The file of that name, None where the name or a link leads out of the folder, or nowhere."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name:
        return None
    there = folder / path
    try:
        return there if there.resolve().is_relative_to(folder.resolve()) else None
    except (OSError, RuntimeError):  # a link that leads to itself
        return None


def _may_stand(letter: str) -> bool:
    code = ord(letter)
    is_control = unicodedata.category(letter) == "Cc" and letter != "\t"
    return not (is_control or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF)


def _without_hints(name: str, text: str, found: list[Problem]) -> str:
    """The text with every comment that begins a line left empty, so that lines keep their numbers."""
    kept: list[str] = []
    opened = 0
    for number, line in enumerate(text.split("\n"), 1):
        if not opened and line.startswith("<!--"):
            opened = number
        ends = "-->" in line
        kept.append("" if opened else line)
        if opened and ends:
            kept[-1] = line.partition("-->")[2].strip()
            opened = 0
        if "<!--" in kept[-1]:
            found.append(
                Problem(name, number, "a hint begins within the line, where it would be shown. Begin a line with <!--.")
            )
    if opened:
        found.append(Problem(name, opened, "the hint that begins with <!-- has no end. Write --> behind it."))
    return "\n".join(kept)


def _short(text: str) -> str:
    shown = "".join(letter if letter.isprintable() else "?" for letter in text)
    return shown if len(shown) <= 60 else f"{shown[:59]}…"


# What Markdown means here.


def _placeholder(state: StateInline, silent: bool) -> bool:
    """`{figure: wres_2}` is a figure; what only looks like one is told, so that no page shows it by mistake."""
    if state.src[state.pos] != "{":
        return False
    line = state.src[state.pos : state.posMax].partition("\n")[0]
    end = line.find("}") + 1
    if line.startswith("{{") and line.startswith("}}", end - 1):
        end += 1
    told = line[:end] if end else line
    inner = told.lstrip("{").rstrip("}").strip()
    is_figure = told.startswith("{figure:") and bool(end) and bool(inner.removeprefix("figure:").strip())
    if not (is_figure or told.startswith("{{") or inner.casefold().startswith("figure")):
        return False
    if not silent:
        token = state.push("figure" if is_figure else "unread_figure", "", 0)
        token.content = inner.removeprefix("figure:").strip() if is_figure else told
    state.pos += len(told)
    return True


_MADE: list[MarkdownIt] = []


def _markdown() -> MarkdownIt:
    """CommonMark with tables and without HTML; made once."""
    if not _MADE:
        made = MarkdownIt("commonmark", {"html": False}).enable("table")
        made.inline.ruler.after("escape", "figure", _placeholder)
        made.validateLink = lambda url: True  # type: ignore[method-assign]  # each link is looked at, and told of
        for name in ("figure", "table_open", "table_close"):
            made.add_render_rule(name, _RENDERED[name])
        _MADE.append(made)
    return _MADE[0]


def _figure(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    figure: Figure = tokens[index].meta["figure"]
    key = f' data-figure="{html.escape(figure.key)}"' if figure.key else ""
    value = f' data-value="{figure.number}"' if figure.number is not None else ""
    note = f' title="{html.escape(figure.note)}"' if figure.note else ""
    return f'<span class="parity-figure"{key}{value}{note}>{html.escape(figure.text)}</span>'


def _table_open(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    name = html.escape(str(tokens[index].meta.get("name", "")))
    return f'<div class="parity-scroll" tabindex="0" role="region" aria-label="{name}">\n<table class="nhsuk-table">\n'


def _table_close(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    return "</table>\n</div>\n"


_RENDERED = {"figure": _figure, "table_open": _table_open, "table_close": _table_close}


def _inline(tokens: Sequence[Token]) -> Iterator[tuple[int, Token]]:
    """Every piece within the lines of a text, with the number of its line."""
    line = 1
    for token in tokens:
        if token.map:
            line = token.map[0] + 1
        at = line
        for child in token.children or ():
            at += child.type in ("softbreak", "hardbreak")
            yield at, child


def _without_heading(tokens: list[Token], heading: str) -> list[Token]:
    """Without a first heading that says what the page says above it, and without headings that say nothing."""
    kept: list[Token] = []
    index = 0
    while index < len(tokens):
        if tokens[index].type == "heading_open":
            said = tokens[index + 1].content.strip()
            if not said or (not kept and said.casefold() == heading.casefold()):
                index += 3
                continue
        kept.append(tokens[index])
        index += 1
    return kept


def _split(tokens: Sequence[Token], questions: Mapping[str, str]) -> dict[str, list[Token]]:
    """The text by question: a heading that asks one is left out, and what follows it belongs to it."""
    asked = {heading.casefold().rstrip("?"): name for name, heading in questions.items()}
    parts: dict[str, list[Token]] = {"": []}
    part, skip = "", 0
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.level == 0:
            said = tokens[index + 1].content.strip().casefold().rstrip("?")
            if said in asked:
                part, skip = asked[said], index + 3
        if index >= skip:
            parts.setdefault(part, []).append(token)
    return parts


def _shift(tokens: Sequence[Token], above: int) -> None:
    """Put headings below the page's own, in order and with no level left out."""
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    least = min((int(token.tag[1]) for token in headings), default=1)
    last = above
    for token in headings:
        if token.type == "heading_open":
            last = min(above + 1 + int(token.tag[1]) - least, last + 1, DEEPEST)
            token.attrSet("class", "nhsuk-heading-xs")
        token.tag = f"h{last}"


def _name_tables(tokens: Sequence[Token], heading: str) -> None:
    tables = [token for token in tokens if token.type == "table_open"]
    for number, token in enumerate(tables, 1):
        token.meta = {"name": f"{heading}: table {number}"}
    for token in tokens:
        if token.type == "th_open":
            token.attrSet("scope", "col")
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            kind = "bullet" if token.type == "bullet_list_open" else "number"
            token.attrSet("class", f"nhsuk-list nhsuk-list--{kind}")
