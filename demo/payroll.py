"""The payroll extracts of the periods that hold 31 March 2023, 2024 and 2025."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from demo.careers import Workforce
from demo.months import ANCHOR, FIRST, LAST, month_end
from demo.pay import pay_rows
from demo.write import write_columns

DATASET = "pay_assignments"


def write_payroll(landing: Path, workforce: Workforce, seed: int) -> list[Path]:
    """Write one extract a year and return their paths. The period is March; nobody had a bonus."""
    written = []
    for month in (FIRST, ANCHOR, LAST):
        path = landing / "pay" / f"pay_{month_end(month).isoformat()}.csv"
        write_columns(path, DATASET, payroll(workforce, month, seed))
        written.append(path)
    return written


def payroll(workforce: Workforce, month: int, seed: int) -> dict[str, Any]:
    """One extract as columns, by employee number."""
    rows, end = pay_rows(workforce, month, seed), month_end(month)
    number = workforce.number[rows.who]
    order = np.lexsort((rows.suffix, number))
    texts = np.where(rows.suffix == 1, number.astype(str), np.char.add(number.astype(str), "-2"))[order]
    nothing = np.zeros(number.size, dtype=np.int64)
    return {
        "Employee Number": number[order],
        "Assignment Number": (texts.tolist(), np.arange(number.size)),
        "Pay Period Start": ([end.replace(day=1).strftime("%d/%m/%Y")], nothing),
        "Pay Period End": ([end.strftime("%d/%m/%Y")], nothing),
        "Basic Pay": rows.basic[order],
        "Allowances": rows.allowances[order],
        "Shift Premium": rows.shift[order],
        "Leave Pay": rows.leave[order],
        "Overtime": rows.overtime[order],
        "Bonus In Period": nothing,
        "Bonus In Year": nothing,
        "Weekly Hours": rows.hours[order],
        "Reduced Pay For Leave": (["N", "Y"], rows.reduced[order].astype(np.int64)),
    }
