"""Write a workbook as OpenDocument: the same bytes for the same workbook.

The five small parts of the format are written as they stand in its standard (OpenDocument 1.3): a library that makes
an object of every cell took many times as long.
"""

from __future__ import annotations

import datetime
import functools
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from flows.report.bind import COVER, LANGUAGE, Sheet, SheetLink, Shown, Workbook
from flows.report.tabulate import Number

MIME = "application/vnd.oasis.opendocument.spreadsheet"
EARLIEST = (1980, 1, 1, 0, 0, 0)
CENTIMETRES_A_CHARACTER = 0.24
"""Of Arial in 12 points."""
COVER_WIDTH = 85
MOST_DECIMALS = 10

NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (
        ("office", "office"),
        ("style", "style"),
        ("text", "text"),
        ("table", "table"),
        ("fo", "xsl-fo-compatible"),
        ("number", "datastyle"),
        ("meta", "meta"),
    )
)
NAMESPACES += ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink"'
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
FONTS = '<office:font-face-decls><style:font-face style:name="Arial" fo:font-family="Arial"/></office:font-face-decls>'

STYLES = f"""{HEAD}<office:document-styles {NAMESPACES} office:version="1.3">
{FONTS}
<office:styles>
<style:default-style style:family="table-cell"><style:text-properties style:font-name="Arial" fo:font-family="Arial"
 fo:font-size="12pt" fo:language="en" fo:country="GB"/></style:default-style>
<style:style style:name="Default" style:family="table-cell"/>
<style:style style:name="Heading_20_1" style:display-name="Heading 1" style:family="table-cell"
 style:parent-style-name="Default"><style:text-properties fo:font-size="16pt" fo:font-weight="bold"/></style:style>
<style:style style:name="Heading_20_2" style:display-name="Heading 2" style:family="table-cell"
 style:parent-style-name="Default"><style:text-properties fo:font-size="14pt" fo:font-weight="bold"/></style:style>
</office:styles>
<office:automatic-styles><style:page-layout style:name="A4"><style:page-layout-properties fo:page-width="29.7cm"
 fo:page-height="21cm" style:print-orientation="landscape" style:scale-to-X="1" style:scale-to-Y="0"/>
</style:page-layout></office:automatic-styles>
<office:master-styles><style:master-page style:name="Default" style:page-layout-name="A4"/></office:master-styles>
</office:document-styles>
"""
MANIFEST = f"""{HEAD}<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
 manifest:version="1.3">
<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{MIME}"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
<manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml"/>
<manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/>
</manifest:manifest>
"""


def write_ods(workbook: Workbook, path: Path) -> None:
    """Write the workbook. `path` must not exist."""
    parts = {
        "content.xml": "".join(_content(workbook)),
        "styles.xml": STYLES,
        "meta.xml": _meta(workbook),
        "META-INF/manifest.xml": MANIFEST,
    }
    with zipfile.ZipFile(path, "x") as archive:
        archive.writestr(zipfile.ZipInfo("mimetype", EARLIEST), MIME, zipfile.ZIP_STORED)
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name, EARLIEST), part.encode(), zipfile.ZIP_DEFLATED)


def _meta(workbook: Workbook) -> str:
    created = workbook.published_at.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    author = escape(workbook.author)
    return (
        f'{HEAD}<office:document-meta {NAMESPACES} office:version="1.3"><office:meta>'
        f"<meta:generator>Parity</meta:generator><dc:title>{escape(workbook.title)}</dc:title>"
        f"<meta:initial-creator>{author}</meta:initial-creator><dc:creator>{author}</dc:creator>"
        f"<meta:creation-date>{created}</meta:creation-date><dc:date>{created}</dc:date>"
        f"<dc:language>{LANGUAGE}</dc:language></office:meta></office:document-meta>\n"
    )


def _content(workbook: Workbook) -> Iterator[str]:
    widths = {COVER_WIDTH, *(width for sheet in workbook.sheets for width in sheet.widths)}
    yield f'{HEAD}<office:document-content {NAMESPACES} office:version="1.3">'
    yield FONTS
    yield f"<office:automatic-styles>{_fixed_styles()}"
    for width in sorted(widths):
        yield (
            f'<style:style style:name="w{width}" style:family="table-column"><style:table-column-properties '
            f'style:column-width="{width * CENTIMETRES_A_CHARACTER:.2f}cm"/></style:style>'
        )
    yield "</office:automatic-styles><office:body><office:spreadsheet>"
    yield from _cover(workbook)
    for sheet in workbook.sheets:
        yield from _sheet(sheet)
    yield "<table:database-ranges>"
    for sheet in workbook.sheets:
        yield _range(sheet)
    yield "</table:database-ranges></office:spreadsheet></office:body></office:document-content>\n"


@functools.cache
def _fixed_styles() -> str:
    """The styles of cells. Numbers have one for each count of decimals; thousands are set apart."""
    top = '<style:table-cell-properties fo:wrap-option="wrap" style:vertical-align="top" fo:padding-right="0.2cm"/>'
    under = (
        '<style:table-cell-properties fo:wrap-option="wrap" style:vertical-align="top" fo:padding-right="0.2cm" '
        'fo:border-bottom="0.75pt solid #000000"/>'
    )
    right = '<style:paragraph-properties fo:text-align="end"/>'
    bold = '<style:text-properties fo:font-weight="bold"/>'
    styles = [
        '<style:style style:name="sheet" style:family="table" style:master-page-name="Default"/>',
        _cell_style("cover_title", top, "Heading_20_1"),
        _cell_style("cover_heading", top, "Heading_20_2"),
        _cell_style("text", top),
        _cell_style("column", under + bold),
        _cell_style("number_column", under + right + bold),
        _cell_style("marker", top + right),
        '<number:date-style style:name="day"><number:year number:style="long"/><number:text>-</number:text>'
        '<number:month number:style="long"/><number:text>-</number:text><number:day number:style="long"/>'
        "</number:date-style>",
        _cell_style("date", top, data="day"),
        _cell_style("plain", top + right),
    ]
    for decimals in range(MOST_DECIMALS + 1):
        styles.append(
            f'<number:number-style style:name="d{decimals}"><number:number number:decimal-places="{decimals}" '
            f'number:min-decimal-places="{decimals}" number:min-integer-digits="1" number:grouping="true"/>'
            "</number:number-style>"
        )
        styles.append(_cell_style(f"number{decimals}", top + right, data=f"d{decimals}"))
    return "".join(styles)


def _cell_style(name: str, properties: str, parent: str = "Default", data: str = "") -> str:
    shown = f' style:data-style-name="{data}"' if data else ""
    return (
        f'<style:style style:name="{name}" style:family="table-cell" style:parent-style-name="{parent}"{shown}>'
        f"{properties}</style:style>"
    )


def _cover(workbook: Workbook) -> Iterator[str]:
    yield f'<table:table table:name="{COVER}" table:style-name="sheet">'
    yield f'<table:table-column table:style-name="w{COVER_WIDTH}"/>'
    yield _row([_text(workbook.title, "cover_title")])
    for part in workbook.cover:
        yield _row([_text(part.heading, "cover_heading")])
        for sentence in part.sentences:
            yield _row([_text(sentence, "text")])
    yield "</table:table>"


def _sheet(sheet: Sheet) -> Iterator[str]:
    yield f'<table:table table:name={quoteattr(sheet.name)} table:style-name="sheet">'
    for width in sheet.widths:
        yield f'<table:table-column table:style-name="w{width}"/>'
    yield _row([_text(sheet.title, "Heading_20_1")])
    for line in sheet.lines:
        yield _row([_text(line, "Default")])
    number_columns = sheet.number_columns
    headings = [
        _text(heading, "number_column" if is_number else "column")
        for heading, is_number in zip(sheet.headings, number_columns, strict=True)
    ]
    yield f"<table:table-header-rows>{_row(headings)}</table:table-header-rows>"
    text_styles = ["marker" if is_number else "text" for is_number in number_columns]
    for row in sheet.rows:
        yield _row([_cell(value, style) for value, style in zip(row, text_styles, strict=True)])
    yield "</table:table>"


def _row(cells: Sequence[str]) -> str:
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


def _cell(value: Shown, text_style: str) -> str:
    if isinstance(value, str):
        return _text(value, text_style) if value else "<table:table-cell/>"
    if isinstance(value, Number):
        return _number(str(value), f"{value.value:,.{value.decimals}f}", f"number{min(value.decimals, MOST_DECIMALS)}")
    if isinstance(value, SheetLink):
        return (
            f'<table:table-cell office:value-type="string" table:style-name="text"><text:p>'
            f'<text:a xlink:type="simple" xlink:href={quoteattr(f"#{value.sheet}.A1")}>{escape(value.sheet)}</text:a>'
            "</text:p></table:table-cell>"
        )
    if isinstance(value, datetime.date):
        return (
            f'<table:table-cell office:value-type="date" office:date-value="{value.isoformat()}" '
            f'table:style-name="date"><text:p>{value.isoformat()}</text:p></table:table-cell>'
        )
    return _number(repr(value), repr(value), "plain")


def _number(value: str, shown: str, style: str) -> str:
    return (
        f'<table:table-cell office:value-type="float" office:value="{value}" table:style-name="{style}">'
        f"<text:p>{shown}</text:p></table:table-cell>"
    )


@functools.lru_cache(maxsize=20_000)
def _text(text: str, style: str) -> str:
    return (
        f'<table:table-cell office:value-type="string" table:style-name="{style}">'
        f"<text:p>{escape(text)}</text:p></table:table-cell>"
    )


def _range(sheet: Sheet) -> str:
    """The table of a sheet, marked as one, without filters."""
    last = sheet.first_row + len(sheet.rows) + 1
    place = f"'{sheet.name}'.A{sheet.first_row + 1}:'{sheet.name}'.{_column_name(len(sheet.headings))}{last}"
    return (
        f'<table:database-range table:name="table_{sheet.name}" table:target-range-address={quoteattr(place)} '
        'table:contains-header="true" table:display-filter-buttons="false"/>'
    )


def _column_name(place: int) -> str:
    """A for 1, AA for 27."""
    letters = ""
    while place:
        place, letter = divmod(place - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters
