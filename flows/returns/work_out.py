"""Work out: the formulas of a return, in the words of its item numbers.

`{35}/{34}` divides two items in the same column; `{36.white}` is an item in the column of a group of the same year;
`{50.*}` are all groups of an item; `{1..29}` is a range of items. SUM and ABS are the functions. The same pattern is
written as a formula of a spreadsheet and worked out here, so that what a workbook shows before it is calculated anew is
what it shows after.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from flows.report import ReportBroken

Place = tuple[str, str]
"""An item and a group: where a figure stands within the columns of one year."""

Cell = tuple[int, int]
"""A row and a column of a spreadsheet, counted from nought."""


@dataclass(frozen=True)
class Frame:
    """The items and the groups of a return, in their order: what its formulas may name."""

    items: Sequence[str]
    groups: Sequence[str]


TOKEN = re.compile(r"\{(?P<first>\w+)(?:\.\.(?P<last>\w+))?(?:\.(?P<group>\w+|\*))?\}")

OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def places(pattern: str, group: str, frame: Frame) -> list[Place]:
    """Every place that a formula needs, in its order."""
    return [place for token in TOKEN.finditer(pattern) for place in _of_token(token, group, frame)]


def _of_token(token: re.Match[str], group: str, frame: Frame) -> list[Place]:
    first, last = token["first"], token["last"] or token["first"]
    wanted = list(frame.groups) if token["group"] == "*" else [token["group"] or group]
    if not {first, last} <= set(frame.items) or not set(wanted) <= set(frame.groups):
        raise ReportBroken(f"{token[0]} of seeds/returns is no item or no group of that return. Correct the formula.")
    between = [item for item in frame.items if int(first) <= int(item) <= int(last)] if token["last"] else [first]
    return [(item, one) for item in between for one in wanted]


def worked_out(pattern: str, group: str, frame: Frame, value_at: Callable[[Place], float | None]) -> float | None:
    """What the formula comes to; None where a place that it needs is empty, or where it would divide by nought."""
    needed = places(pattern, group, frame)
    values = [value_at(place) for place in needed]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    names = iter(f"v{number}" for number in range(len(values)))
    spelt = TOKEN.sub(lambda token: ",".join(next(names) for _ in _of_token(token, group, frame)), pattern)
    try:
        return _reckon(ast.parse(spelt, mode="eval").body, known)
    except ZeroDivisionError:
        return None


def _reckon(node: ast.AST, values: list[float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id=name):
            return values[int(name[1:])]
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in OPERATORS:
            return OPERATORS[type(sign)](_reckon(left, values), _reckon(right, values))
        case ast.Call(func=ast.Name(id="SUM"), args=parts):
            return sum(_reckon(part, values) for part in parts)
        case ast.Call(func=ast.Name(id="ABS"), args=[part]):
            return abs(_reckon(part, values))
    raise ReportBroken("A formula of seeds/returns uses what it may not: + - * /, SUM and ABS are known.")


def as_formula(
    pattern: str,
    group: str,
    frame: Frame,
    cell_at: Callable[[Place], Cell],
    sheet: str = "",
) -> str:
    """The formula for a spreadsheet, in which the places are cells of `sheet`, or of its own sheet.

    It stays empty while a cell that it needs is empty, as the figure does.
    """

    def cells(found: Iterable[Place]) -> str:
        return ",".join(f"{sheet}{run}" for run in _runs(map(cell_at, found)))

    needed = list(dict.fromkeys(places(pattern, group, frame)))
    formula = TOKEN.sub(lambda token: cells(_of_token(token, group, frame)), pattern)
    return f'=IF(COUNT({cells(needed)})<{len(needed)},"",IFERROR({formula},""))'


def _runs(found: Iterable[Cell]) -> list[str]:
    """Cells as ranges, one for each run down a column."""
    ordered = sorted(set(found), key=lambda cell: (cell[1], cell[0]))
    runs = groupby(enumerate(ordered), key=lambda numbered: (numbered[1][1], numbered[1][0] - numbered[0]))
    return [_range([cell for _, cell in run]) for _, run in runs]


def _range(run: list[Cell]) -> str:
    first, last = (f"{_letters(column)}{row + 1}" for row, column in (run[0], run[-1]))
    return first if len(run) == 1 else f"{first}:{last}"


def _letters(column: int) -> str:
    return (_letters(column // 26 - 1) if column >= 26 else "") + chr(ord("A") + column % 26)
