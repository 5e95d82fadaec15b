"""Tiny landing files made by hand: name only the values that a test is about, the rest is an ordinary paramedic's."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from flows.configure import PROJECT

ORDINARY = {
    "esr_staff_list": {
        "Employee Number": "10000001",
        "Primary Assignment": "Y",
        "Assignment Category": "Permanent",
        "Assignment Status": "Active Assignment",
        "Org L3": "Ambulance Operations North",
        "Org L5": "Camden Station",
        "Position Title": "Paramedic",
        "Job Role": "Paramedic",
        "Staff Group": "Allied Health Professionals",
        "Occupation Code": "A1A",
        "Pay Scale": "XR06",
        "FTE": "1",
        "Latest Start Date": "01/04/2019",
        "Date Of Birth": "15/06/1990",
        "Gender": "Female",
        "Ethnic Origin": "A White - British",
        "Disability": "No",
        "Religious Belief": "Christianity",
        "Sexual Orientation": "Heterosexual or Straight",
        "Marital Status": "Single",
    },
}
"""Values of a column where a test does not set it. Other datasets have none: their rows are written in full."""


def headings(dataset: str) -> list[str]:
    """The headings of a dataset in the order of the landing contract."""
    with (PROJECT / "seeds/landing/landing_columns.csv").open(encoding="utf-8", newline="") as handle:
        return [row["heading"] for row in csv.DictReader(handle) if row["dataset"] == dataset]


def write_csv(path: Path, dataset: str, rows: Sequence[dict[str, str]], encoding: str = "utf-8") -> Path:
    """Write rows under the dataset's headings; a missing value is the ordinary one, else blank."""
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = headings(dataset)
    with path.open("w", encoding=encoding, newline="") as handle:
        writer = csv.DictWriter(handle, columns)
        writer.writeheader()
        for row in rows:
            full = dict.fromkeys(columns, "") | ORDINARY.get(dataset, {}) | row
            if "Assignment Number" in columns and not full["Assignment Number"]:
                full["Assignment Number"] = full["Employee Number"]
            writer.writerow(full)
    return path


def staff_list(landing: Path, date: str, people: Sequence[dict[str, str]], version: int | None = None) -> Path:
    """Write one snapshot; people without an Employee Number are numbered from 10000001."""
    numbered = [{"Employee Number": str(10000001 + index)} | person for index, person in enumerate(people)]
    suffix = f"_v{version}" if version else ""
    return write_csv(landing / "esr_staff_list" / f"esr_staff_list_{date}{suffix}.csv", "esr_staff_list", numbered)
