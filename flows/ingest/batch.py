"""Hand rows on as Arrow tables of bounded size, so that a file of any length needs little memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

ROWS_IN_A_BATCH = 100_000
ROWS_IN_A_SLICE = 1_000
BYTES_IN_A_BATCH = 100_000_000


class Row(NamedTuple):
    """One row as it came: the line where it begins, its cells as text, and what is wrong with its shape."""

    line: int
    cells: Sequence[str]
    misread: str | None = None
    written: str = ""


@dataclass
class Poured:
    """What a file held: its headings, where each column stands, and how many rows of each kind.

    `ignored` columns by their position ("column 27"), each with its heading: an unknown heading may hold a name,
    so that only who checks a file is shown it.
    """

    headings: tuple[str, ...]
    places: dict[str, int]
    ignored: dict[str, str]
    rows_read: int = 0
    blank_rows: int = 0
    totals_rows: int = 0
    padded_rows: int = 0
    notes: list[str] = field(default_factory=list)


def batches(rows: Iterator[Row], poured: Poured) -> Iterator[Any]:
    """The rows as Arrow tables of bounded size, counted in `poured.rows_read`.

    Each has `row_id`, `file_line`, `misread` (why the row has no proper cells, else null), `written` (the rest of a row
    that is misread) and `c0`, `c1` … (the cells as text).
    """
    import pyarrow as pa

    slices: list[Any] = []
    held = 0
    while rows_at_hand := list(islice(rows, ROWS_IN_A_SLICE)):
        slices.append(_as_table(rows_at_hand, poured))
        poured.rows_read += len(rows_at_hand)
        held += slices[-1].nbytes
        if len(slices) * ROWS_IN_A_SLICE >= ROWS_IN_A_BATCH or held >= BYTES_IN_A_BATCH:
            yield pa.concat_tables(slices)
            slices, held = [], 0
    if slices:
        yield pa.concat_tables(slices)


def _as_table(rows: Sequence[Row], poured: Poured) -> Any:
    """A slice is small because Python's garbage collector looks through every row that is still held."""
    import pyarrow as pa

    width = len(poured.headings)
    lines, cells, misread, written = zip(*rows, strict=True)
    texts = [misread, written, *zip(*(_padded(row, width) for row in cells), strict=True)]
    first = poured.rows_read
    numbers = [pa.array(range(first, first + len(rows)), pa.int64()), pa.array(lines, pa.int64())]
    names = ["row_id", "file_line", "misread", "written", *(f"c{index}" for index in range(width))]
    return pa.table([*numbers, *(pa.array(text, pa.string()) for text in texts)], names=names)


def _padded(cells: Sequence[str], width: int) -> Sequence[str | None]:
    if len(cells) == width:
        return cells
    short: list[str | None] = [*cells[:width]]
    return short + [None] * (width - len(cells))
