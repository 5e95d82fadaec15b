"""Neutralise what people typed, before it is written where a program would act on it: a CSV, a workbook, a terminal.

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, also in a CSV file, and a formula can
ask other programs and other machines. A name in an HR system may begin with any of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

STARTS_A_FORMULA = frozenset("=+-@＝＋－＠")
"""Also in the wide forms that some languages' spreadsheets take for the narrow ones."""
IS_CUT_AWAY = frozenset("\t\r\n")
"""Spreadsheets drop these before they look at what follows; the cell is held from the first of them."""
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?%?", re.ASCII)
"""A text that a spreadsheet reads as a number and as nothing else."""

WORKBOOK_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "nan_inf_to_errors": False,
}
"""For `xlsxwriter.Workbook(path, WORKBOOK_OPTIONS)`: a text stays a text, whatever it begins with."""


def inert(value: Any) -> Any:
    """The value as it may stand in a cell of a CSV file, an XLSX or an ODS workbook.

    A text that a spreadsheet could take for a formula gets an apostrophe before it; every other text is as it was.
    Numbers, negative ones too, dates and None are handed back as they are, and so is a text that is a number.
    Source: OWASP, CSV Injection.
    """
    if not isinstance(value, str) or not value:
        return value
    begins = value[0] in IS_CUT_AWAY or _first_seen(value) in STARTS_A_FORMULA
    return f"'{value}" if begins and not NUMBER.fullmatch(value) else value


def inert_row(values: Iterable[Any]) -> list[Any]:
    """A row of cells, each inert."""
    return [inert(value) for value in values]


def visible(text: str) -> str:
    """Text for a terminal: what would move its cursor, change its colours or turn its direction is shown escaped."""
    if text.isprintable():
        return text
    return "".join(one if _may_be_shown(one) else one.encode("unicode_escape").decode("ascii") for one in text)


def _may_be_shown(letter: str) -> bool:
    return letter == "\n" or letter.isprintable() or unicodedata.category(letter) == "Zs"


def _first_seen(text: str) -> str:
    """The first character that is no space, no control and no invisible mark: none of those stops a spreadsheet."""
    for letter in text:
        if not letter.isspace() and unicodedata.category(letter) not in ("Cc", "Cf"):
            return letter
    return ""
