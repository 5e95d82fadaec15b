"""Write landing files under the headings of the landing tables: rows in, CSV out, byte for byte the same each time."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from demo.draw import Ints
from demo.months import EPOCH

LANDING_TABLES = Path(__file__).resolve().parents[1] / "seeds" / "landing"
CHUNK = 250_000
"""Rows that are held as text at a time."""


@cache
def headings(dataset: str) -> list[str]:
    """A dataset's headings in their order."""
    with (LANDING_TABLES / "landing_columns.csv").open(encoding="utf-8", newline="") as handle:
        return [row["heading"] for row in csv.DictReader(handle) if row["dataset"] == dataset]


def write_rows(path: Path, dataset: str, rows: Iterable[Mapping[str, Any]]) -> int:
    """Write a small file row by row; a heading that a row lacks is blank. Returns the rows written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, headings(dataset), restval="")
        writer.writeheader()
        for row in rows:
            writer.writerow(row)
            written += 1
    return written


def write_columns(path: Path, dataset: str, columns: Mapping[str, Any]) -> int:
    """Write a large file by columns, `CHUNK` rows at a time.

    A column is an array of integers or floats, or a pair of texts and the indexes into them. Headings that are not
    given are blank. Returns the rows written.
    """
    import pyarrow as pa
    import pyarrow.csv as pacsv

    path.parent.mkdir(parents=True, exist_ok=True)
    wanted = headings(dataset)
    missing = set(columns) - set(wanted)
    if missing:
        raise ValueError(f"{path.name}: the landing table of {dataset} has no heading {sorted(missing)}.")
    total = _length(next(iter(columns.values())))
    blank = ([""], np.zeros(total, dtype=np.int8))
    options = pacsv.WriteOptions(include_header=False, quoting_style="needed")
    with path.open("wb") as sink:
        sink.write((",".join(_quoted(text) for text in wanted) + "\n").encode())
        for begin in range(0, total, CHUNK):
            part = slice(begin, begin + CHUNK)
            table = pa.table([_arrow(columns.get(heading, blank), part) for heading in wanted], names=wanted)
            pacsv.write_csv(table, sink, options)
    return total


def _length(column: Any) -> int:
    return len(column[1]) if isinstance(column, tuple) else len(column)


def _quoted(text: str) -> str:
    return f'"{text}"' if "," in text else text


def _arrow(column: Any, part: slice) -> Any:
    import pyarrow as pa

    if not isinstance(column, tuple):
        values = np.asarray(column[part])
        return pa.array(values, from_pandas=True) if values.dtype.kind == "f" else pa.array(values)
    texts, index = column
    array = pa.array([text or None for text in texts], type=pa.string())
    return array.take(pa.array(np.asarray(index[part])))


def dates(days: Ints, style: str = "%d-%b-%Y") -> tuple[list[str], Ints]:
    """Day numbers as a column of dates in a style; a day before 1900 is blank."""
    from datetime import timedelta

    known, index = np.unique(np.asarray(days), return_inverse=True)
    texts = [(EPOCH + timedelta(days=int(day))).strftime(style).upper() if day >= 0 else "" for day in known]
    return texts, index.astype(np.int64)


def numbered(prefix: str, width: int, numbers: Ints) -> tuple[list[str], Ints]:
    """References such as `APP0000012` as a column."""
    return [f"{prefix}{number:0{width}d}" for number in numbers], np.arange(len(numbers))
