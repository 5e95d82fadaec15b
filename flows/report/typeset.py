"""Typeset: the pages that are handed out, as PDFs that stand beside them, tagged so that everyone can read them.

They are set by Typst from a template of this project and a font of its own, so that they are alike on every machine.
What is typed by people reaches the template as data and never as source: there it can only be text.
"""

from __future__ import annotations

import functools
import json
import re
import struct
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from flows.configure import PROJECT
from flows.report import Edition, ReportBroken
from flows.report.compose import Cell, Chart, Figure, Link, Page, Table, Tag
from flows.report.pack import Pack, Section
from flows.report.show import day

TEMPLATES = PROJECT / "reports" / "typst"
FONTS = PROJECT / "reports" / "fonts"
FONT = "Source Sans 3"
STANDARD: Literal["ua-1"] = "ua-1"
"""PDF/UA-1 (ISO 14289-1): tagged, with title, language and alternative texts."""

NO_GLYPH = "\N{WHITE SQUARE}"
"""What stands for a character that the font does not have."""

Marker = Mapping[str, str]


def typeset(edition: Edition, pages: Sequence[tuple[Page, bool, Sequence[Marker]]]) -> None:
    """Write a PDF beside each page. With each come whether it shows drafts, and what its markers mean."""
    if not pages:
        return
    import typst  # compiled code that the command line does not need

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
    compilers = {
        name: typst.Compiler(input=str(TEMPLATES / name), root=str(TEMPLATES), font_paths=fonts)
        for name in {page.print_template for page, _, _ in pages}
    }
    for page, is_draft, markers in pages:
        document = json.dumps(_readable(_document(edition, page, is_draft, markers)))
        try:
            written = compilers[page.print_template].compile(
                sys_inputs={"document": document}, format="pdf", pdf_standards=[STANDARD], timestamp=_second(edition)
            )
        except typst.TypstError as error:
            where = re.sub(r"`[^`]*`", "a text", str(error).splitlines()[0])
            raise ReportBroken(
                f"The PDF of the page {page.path} could not be set by reports/typst/{page.print_template}: {where}. "
                "Mend the template."
            ) from None
        if isinstance(written, bytes):
            (edition.site / page.path).with_suffix(".pdf").write_bytes(written)


def _second(edition: Edition) -> int:
    return int(edition.published_at.timestamp())


def _document(edition: Edition, page: Page, is_draft: bool, markers: Sequence[Marker]) -> dict[str, Any]:
    """What the template is told, as plain values."""
    shown: Pack = page.content["pack"]
    restricted = "Restricted: exact counts, for the EDI team only"
    return {
        "title": page.title,
        "kicker": page.content["kicker"],
        "trust": edition.organisation.name,
        "release": f"Release {edition.release_id}, data as of {day(edition.as_of_date)}",
        "mark": restricted if edition.is_restricted else "",
        "is_draft": is_draft,
        "note": edition.note,
        "notices": list(shown.notices),
        "facts": [{"label": one.label, "value": _text(one.value), "note": one.note} for one in shown.facts],
        "findings": list(shown.findings),
        "sections": [_section(one) for one in shown.sections],
        "teams": _teams(page.content.get("teams")),
        "markers": [{"marker": one["marker"], "meaning": one["meaning"]} for one in markers],
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "title": section.title,
        "name": section.name,
        "sentences": list(section.sentences),
        "pairs": [
            {
                "heading": pair.heading,
                "chart": _chart(pair.chart) if pair.chart else None,
                "table": _table(pair.table) if pair.table else None,
            }
            for pair in section.pairs
        ],
    }


def _teams(teams: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if teams is None:
        return None
    return {"table": _table(teams["table"]) if teams["table"] else None, "sentences": list(teams["sentences"])}


def _chart(chart: Chart) -> dict[str, str]:
    """Its titles are given as texts beside it, so the image itself needs none."""
    svg = re.sub(r"<(title|desc)[ >].*?</\1>", "", chart.svg, flags=re.DOTALL)
    svg = re.sub(r"font-family(=|:\s*)([\"']?)[^\"';]*", rf"font-family\g<1>\g<2>{FONT}", svg)
    return {"svg": svg, "title": chart.title, "description": chart.description}


def _table(table: Table) -> dict[str, Any]:
    return {
        "caption": table.caption,
        "columns": [{"heading": one.heading, "is_number": one.is_number} for one in table.columns],
        "rows": [
            [{"text": _text(cell), "tone": cell.tone if isinstance(cell, Tag) else ""} for cell in row]
            for row in table.rows
        ],
        "notes": list(table.notes),
    }


def _text(cell: Cell) -> str:
    if isinstance(cell, Tag):
        return f"{cell.symbol} {cell.text}"
    return cell.text if isinstance(cell, Figure | Link) else cell


# What the font can show.


def _readable(value: Any) -> Any:
    """The same values with every text in characters that the font has."""
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, dict):
        return {name: _readable(one) for name, one in value.items()}
    return [_readable(one) for one in value] if isinstance(value, list) else value


def readable(text: str) -> str:
    """The text with a square for each character that the font lacks; marks that only join others are left out."""
    if text.isascii() and text.isprintable():
        return text
    known = _characters()
    composed = unicodedata.normalize("NFC", text)
    return "".join(one if ord(one) in known or one == "\n" else _stand_in(one) for one in composed)


def _stand_in(character: str) -> str:
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) in ("Cc", "Cf", "Mn", "Me", "Cs") else NO_GLYPH


@functools.cache
def _characters() -> frozenset[int]:
    """The characters that every file of the font has."""
    return frozenset.intersection(*(characters_of(path.read_bytes()) for path in sorted(FONTS.glob("*.ttf"))))


def characters_of(font: bytes) -> frozenset[int]:
    """The characters that a TrueType font has a glyph for, from its `cmap` table of format 4 (OpenType 1.9)."""
    count = struct.unpack_from(">H", font, 4)[0]
    tables = {font[at : at + 4]: struct.unpack_from(">I", font, at + 8)[0] for at in range(12, 12 + 16 * count, 16)}
    cmap = tables[b"cmap"]
    for at in range(cmap + 4, cmap + 4 + 8 * struct.unpack_from(">H", font, cmap + 2)[0], 8):
        start = cmap + struct.unpack_from(">I", font, at + 4)[0]
        if struct.unpack_from(">H", font, start)[0] == 4:
            return _format_4(font, start)
    raise ReportBroken("A font of reports/fonts has no table of characters in format 4. Bring another file of it.")


def _format_4(font: bytes, start: int) -> frozenset[int]:
    doubled = struct.unpack_from(">H", font, start + 6)[0]
    ends, starts = (struct.unpack_from(f">{doubled // 2}H", font, start + at) for at in (14, 16 + doubled))
    return frozenset(
        code for low, high in zip(starts, ends, strict=True) if low != 0xFFFF for code in range(low, high + 1)
    )
