"""Measure a workbook before it is opened: the reader makes room for every cell, and shows an error as a blank."""

from __future__ import annotations

import html
import re
import zipfile
import zlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path

from flows.ingest.define import Landing
from flows.ingest.refuse import FileRefused

BLOCK = 1 << 20
LONGEST_CELL = 1 << 16
DAMAGED = "The workbook cannot be opened: it is damaged or no workbook. Save it as .xlsx without a password."
NEVER_COMPUTED = "#FORMULA!"
"""What stands in a cell whose formula nobody has computed: the program that wrote it left that to Excel."""

_P = rb"(?:[A-Za-z_][\w.-]*:)?"
TAG = re.compile(rb"<" + _P + rb"(row|c|si)(\s[^<>]*?)?(/?)>|</" + _P + rb"(si)\s*>")
ORDINARY = re.compile(rb"""<c r="([A-Z]{1,3})([0-9]{1,7})"(?: s="[0-9]+")?(?: t="(\w+)")?(/?)>""")
"""A cell as Excel and most programs write it: read at once for a whole block."""
WITH_ERROR = re.compile(rb"""<c r="[^<>]* t="e">""")
WITH_FORMULA = re.compile(rb"""<c r="[^<>]*>(?=<f)""")
CELL = re.compile(rb"[<:]c[\s/>]")
NEEDS_A_LOOK = (b":f", b"<si", b":si")
PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]*)([0-9]*)["']""")
LONGEST_PLACE = 10
SHARES = re.compile(rb"""\st\s*=\s*["']s["']""")
KIND = re.compile(rb"""\st\s*=\s*["'](\w+)["']""")
ERROR_TEXT = re.compile(rb"(?:<" + _P + rb"f[^<>]*?(?:/>|>[^<]*</" + _P + rb"f>))?<" + _P + rb"v>([^<]{1,20})</")
FORMULA_ALONE = re.compile(
    rb"\s*<" + _P + rb"f(?:\s[^<>]*?)?(?:/>|>[^<]*</" + _P + rb"f\s*>)"
    rb"\s*(?:<" + _P + rb"v\s*/>|<" + _P + rb"v\s*>\s*</" + _P + rb"v\s*>)?\s*</" + _P + rb"c\s*>"
)
SHARED = re.compile(rb"""\st=["']s["'][^<>]*><""" + _P + rb"v>([0-9]{1,9})</")
SHEET = re.compile(rb"<" + _P + rb"sheet\s[^<>]*>")
RELATION = re.compile(rb"<" + _P + rb"Relationship\s[^<>]*>")
ATTRIBUTE = re.compile(rb"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")

Place = tuple[int, int]
Unreadable = Mapping[str, Mapping[Place, str]]


@dataclass
class Part:
    """What one part of a workbook holds.

    `rows` and `columns` say how far its cells reach. `texts` are the lengths of the texts that cells may share, in
    bytes; `sharing` is how many cells do. `unreadable` are cells with an error, or a formula that was never computed,
    by row and column from 1.
    """

    rows: int = 0
    columns: int = 0
    texts: array[int] = field(default_factory=lambda: array("I"))
    sharing: int = 0
    unreadable: dict[Place, str] = field(default_factory=dict)


def refuse_if_vast(path: Path, landing: Landing) -> Unreadable:
    """Refuse a workbook that would unpack to too many bytes, or holds too many cells or characters.

    A single stray cell at the end of a sheet makes it reach over 17 thousand million; a text is stored once and may
    stand in every cell. What an archive says of its own sizes is not believed. What is no zip archive is left to the
    reader. Returns, by sheet, the cells with an error or a formula that was never computed. Raises FileRefused.
    """
    if not zipfile.is_zipfile(path):
        return {}
    try:
        with zipfile.ZipFile(path) as archive:
            parts = _measure_all(archive, landing)
            return _by_sheet(archive, parts)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError):
        raise FileRefused(DAMAGED) from None


def _measure_all(archive: zipfile.ZipFile, landing: Landing) -> dict[str, Part]:
    limits = landing.limits
    most_bytes = limits["workbook_most_unpacked_bytes"]
    _refuse_bytes(sum(one.file_size for one in archive.infolist()), most_bytes)
    parts: dict[str, Part] = {}
    left = most_bytes
    for info in archive.infolist():
        unpacked = _Unpacked(archive, info, left)
        part = _measure(unpacked.blocks(), limits["workbook_most_cells"])
        left -= unpacked.bytes
        _refuse_bytes(most_bytes - left, most_bytes)
        name = info.filename.lstrip("/").casefold()
        if name in parts:
            raise zipfile.BadZipFile("two parts of one name")
        parts[name] = part
    _refuse_cells(list(parts.values()), limits["workbook_most_cells"])
    _refuse_characters(archive, list(parts.values()), limits["workbook_most_text_characters"])
    return parts


def _refuse_bytes(unpacked: int, most: int) -> None:
    if unpacked > most:
        raise FileRefused(
            f"The workbook unpacks to more than the {most / 1e6:,.0f} MB that are read. Leave only the report's sheet "
            "in it, or save it as CSV UTF-8."
        )


def _refuse_cells(parts: Sequence[Part], most: int) -> None:
    if sum(part.rows * part.columns for part in parts) > most:
        largest = max(parts, key=lambda part: part.rows * part.columns)
        raise FileRefused(
            f"Its sheets reach over more than the {most:,} cells that are read: the largest has something in row "
            f"{largest.rows:,} and in column {largest.columns:,}. Press Ctrl+End in each sheet, delete the rows below "
            "and the columns right of the table, save and drop it again."
        )


def _refuse_characters(archive: zipfile.ZipFile, parts: Sequence[Part], most: int) -> None:
    """A text that many cells share is read into each of them. Counted one by one only where it might be too much."""
    texts = max((part.texts for part in parts), key=len, default=array("I"))
    longest = max((max(part.texts, default=0) for part in parts), default=0)
    if longest * sum(part.sharing for part in parts) <= most:
        return
    total = 0
    for part, info in zip(parts, archive.infolist(), strict=True):
        found = [
            int(one) for block in _Unpacked(archive, info, info.file_size).blocks() for one in SHARED.findall(block)
        ]
        told = sum(texts[one] for one in found if one < len(texts))
        total += told + longest * max(part.sharing - len(found), 0)
    if total > most:
        raise FileRefused(
            f"Its cells hold more than the {most:,} characters that are read. Leave only the report's sheet in the "
            "workbook, or save it as CSV UTF-8."
        )


class _Unpacked:
    """A part of the archive, unpacked block by block, whatever size it says it has."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> None:
        self.bytes = 0
        self._archive, self._info, self._most = archive, copy(info), most
        self._info.file_size = most + 1

    def blocks(self) -> Iterator[bytes]:
        """Each begins with the unfinished cell or tag of the one before. Ends where the part grows over the most."""
        rest = b""
        with self._archive.open(self._info) as handle:
            while (block := handle.read(BLOCK)) and self.bytes <= self._most:
                self.bytes += len(block)
                block = rest + block
                whole = _end_of_whole(block)
                rest = block[whole:]
                yield block[:whole]
        yield rest


def _end_of_whole(block: bytes) -> int:
    """Where the last whole cell of a block ends; else where its unfinished tag begins; else the block's own end."""
    after_cell, begun = block.rfind(b"</c>") + len(b"</c>"), block.rfind(b"<")
    if after_cell >= len(b"</c>") and len(block) - after_cell <= LONGEST_CELL:
        return after_cell
    is_cut = begun >= 0 and len(block) - begun <= LONGEST_CELL and b">" not in block[begun:]
    return begun if is_cut else len(block)


def _measure(blocks: Iterator[bytes], most_cells: int) -> Part:
    part = Part()
    row = column = 0
    begun, passed = -1, 0
    for block in blocks:
        if last := _measure_at_once(part, block):
            row, column = last
            passed += len(block)
            continue
        for tag in TAG.finditer(block):
            kind, attributes, closed, ends = tag.groups()
            if ends:
                begun = _end_of_text(part, begun, passed + tag.start())
                continue
            if kind == b"si":
                begun = -1 if closed else passed + tag.end()
                part.texts.extend([0] if closed else [])
                continue
            letters, digits = _place(attributes)
            if kind == b"row":
                row, column = (int(digits) if digits else row + 1), 0
                continue
            column = _number(letters) if letters else column + 1
            row = int(digits) if digits else row
            if not closed:
                part.rows, part.columns = max(part.rows, row), max(part.columns, column)
                part.sharing += bool(SHARES.search(tag[0]))
                _keep_unreadable(part, block, tag, (row, column))
        if len(part.texts) > most_cells:
            raise FileRefused(f"It holds more texts than the {most_cells:,} cells that are read. Save it as CSV UTF-8.")
        passed += len(block)
    return part


def _measure_at_once(part: Part, block: bytes) -> Place | None:
    """Measure a block that holds ordinary cells alone; the place of the last. None where it must be looked into."""
    found = ORDINARY.findall(block)
    if not found or len(found) != len(CELL.findall(block)) or any(sign in block for sign in NEEDS_A_LOOK):
        return None
    filled = [(letters, digits) for letters, digits, _, closed in found if not closed]
    part.rows = max(part.rows, max((int(digits) for digits in {digits for _, digits in filled}), default=0))
    part.columns = max(part.columns, max((_number(one) for one in {letters for letters, _ in filled}), default=0))
    part.sharing += sum(kind == b"s" for _, _, kind, _ in found)
    for pattern, sign in ((WITH_ERROR, b't="e"'), (WITH_FORMULA, b"<f")):
        for tag in pattern.finditer(block) if sign in block else ():
            letters, digits = _place(tag[0])
            _keep_unreadable(part, block, tag, (int(digits), _number(letters)))
    return int(found[-1][1]), _number(found[-1][0])


def _end_of_text(part: Part, begun: int, at: int) -> int:
    part.texts.append(min(at - begun, 2**31) if begun >= 0 else 0)
    return -1


def _place(attributes: bytes | None) -> tuple[bytes, bytes]:
    """Letters and digits of a place such as B7. Raises BadZipFile where it is longer than any cell's."""
    found = PLACE.search(attributes) if attributes else None
    letters, digits = found.groups() if found else (b"", b"")
    if len(letters) > LONGEST_PLACE or len(digits) > LONGEST_PLACE:
        raise zipfile.BadZipFile("a place that no sheet has")
    return letters, digits


def _keep_unreadable(part: Part, block: bytes, tag: re.Match[bytes], place: Place) -> None:
    """Keep a cell's error, or that its formula was never computed."""
    found = KIND.search(tag[0])
    kind = found[1] if found else b"n"
    if kind == b"e":
        error = ERROR_TEXT.match(block, tag.end())
        part.unreadable[place] = error[1].decode("ascii", "replace") if error else "#ERROR!"
    elif kind == b"n" and FORMULA_ALONE.match(block, tag.end()):
        part.unreadable[place] = NEVER_COMPUTED


def _number(letters: bytes) -> int:
    """A column's number: A is 1, Z is 26, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _by_sheet(archive: zipfile.ZipFile, parts: Mapping[str, Part]) -> Unreadable:
    """Cells that cannot be read, by the name of their sheet."""
    if not any(part.unreadable for part in parts.values()):
        return {}
    by_name = {info.filename.lstrip("/").casefold(): info for info in archive.infolist()}
    relations = _tags(archive, by_name.get("xl/_rels/workbook.xml.rels"), RELATION)
    targets = {one.get("Id", ""): _target(one.get("Target", "")) for one in relations}
    unreadable: dict[str, Mapping[Place, str]] = {}
    for sheet in _tags(archive, by_name.get("xl/workbook.xml"), SHEET):
        relation = next((text for name, text in sheet.items() if name.rpartition(":")[2] == "id"), "")
        part = parts.get(targets.get(relation, ""))
        if part is not None and part.unreadable:
            unreadable[sheet.get("name", "")] = part.unreadable
    return unreadable


def _target(written: str) -> str:
    return (written.lstrip("/") if written.startswith("/") else f"xl/{written}").casefold()


def _tags(archive: zipfile.ZipFile, info: zipfile.ZipInfo | None, tag: re.Pattern[bytes]) -> list[dict[str, str]]:
    """The attributes of each such tag of a part."""
    if info is None:
        return []
    found = tag.findall(archive.read(info))
    return [
        {name.decode(): html.unescape((one or other).decode("utf-8")) for name, one, other in ATTRIBUTE.findall(text)}
        for text in found
    ]
