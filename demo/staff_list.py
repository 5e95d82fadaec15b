"""The monthly staff lists: one row per assignment, counted people and uncounted alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from demo.calibrate import targets
from demo.careers import (
    BANK_BESIDE,
    BANK_FIRST,
    BANK_ONLY,
    EMPLOYED,
    HONORARY,
    INACTIVE,
    NON_EXECUTIVE,
    ONE_ROW,
    STATUSES,
    TWO_POSTS,
    Workforce,
    first_month,
)
from demo.characteristics import People
from demo.draw import Ints, choose, stream
from demo.months import LAST, month_end
from demo.pay import salaries
from demo.structure import places, posts
from demo.write import dates, write_columns

DATASET = "esr_staff_list"
CATEGORIES = ["Permanent", "Fixed Term Temp", "Locum", "Bank", "Honorary", "Non-Exec Director/Chair"]
ALL_STATUSES = [*STATUSES, "Inactive Not Worked"]
COUNTRIES = [
    ("British", "United Kingdom", 0.80, 0.52),
    ("Irish", "Ireland", 0.02, 0.0),
    ("Australian", "Australia", 0.075, 0.01),
    ("New Zealander", "New Zealand", 0.02, 0.01),
    ("South African", "South Africa", 0.02, 0.02),
    ("Polish", "Poland", 0.02, 0.0),
    ("Italian", "Italy", 0.02, 0.0),
    ("Nigerian", "Nigeria", 0.0, 0.09),
    ("Ghanaian", "Ghana", 0.0, 0.05),
    ("Bangladeshi", "Bangladesh", 0.0, 0.08),
    ("Indian", "India", 0.0, 0.10),
    ("Jamaican", "Jamaica", 0.0, 0.07),
    ("", "", 0.025, 0.05),
]
"""Nationality, country of birth, and their shares of white staff and of all others. Chosen."""


def write_staff_lists(landing: Path, workforce: Workforce, people: People, seed: int) -> list[Path]:
    """Write the last `months` snapshots up to 31 March 2025 and return their paths."""
    written = []
    for month in range(max(first_month(workforce.size), LAST - workforce.size.months + 1), LAST + 1):
        path = landing / "esr_staff_list" / f"esr_staff_list_{month_end(month).isoformat()}.csv"
        write_columns(path, DATASET, staff_list(workforce, people, month, seed))
        written.append(path)
    return written


def staff_list(workforce: Workforce, people: People, month: int, seed: int) -> dict[str, Any]:
    """One snapshot as columns, in the order of the employee numbers."""
    who, place = assignments(workforce, month)
    kind, rows = workforce.kind[who], workforce.rows[who]
    order = np.lexsort((place, workforce.number[who]))
    who, place, kind, rows = who[order], place[order], kind[order], rows[order]
    bank_row = (kind == BANK_ONLY) | ((rows == BANK_BESIDE) & (place == 2)) | ((rows == BANK_FIRST) & (place == 1))
    table, held, team = posts(), workforce.post.at(month, who), workforce.team.at(month, who)
    fixed_term = (workforce.number[who] % 100 < 6) & ~np.isin(who, workforce.executives)
    category = np.select(
        [bank_row, kind == HONORARY, kind == NON_EXECUTIVE, table.where("post", "registrar")[0] == held, fixed_term],
        [3, 4, 5, 2, 1],
        0,
    )
    status = np.where(kind == EMPLOYED, workforce.status_at(month, who), 0)
    status = np.where(bank_row, 0, np.where(kind == INACTIVE, len(STATUSES), status))
    fte = np.where(rows == TWO_POSTS, np.where(place == 1, 60, 40), workforce.fte[who])
    fte = np.where(bank_row | np.isin(kind, [HONORARY, NON_EXECUTIVE]), 0, fte)
    number = workforce.number[who]
    nationality = _nationalities(workforce, people, who, seed)
    return {
        "Employee Number": number,
        "Assignment Number": _assignment_numbers(number, place),
        "Primary Assignment": (["N", "Y"], (place == 1).astype(np.int64)),
        "Assignment Category": (CATEGORIES, category),
        "Assignment Status": (ALL_STATUSES, status),
        "Org L3": (places().directorates, places().directorate_of[team]),
        "Org L5": (places().teams, team),
        "Position Title": (table.texts("position_title"), held),
        "Job Role": (table.texts("job_role"), held),
        "Staff Group": (table.texts("staff_group"), held),
        "Occupation Code": (table.texts("occupation_code"), held),
        "Pay Scale": (table.texts("pay_scale"), held),
        "FTE": ([f"{share / 100:g}" for share in range(101)], fte),
        "Latest Start Date": dates(workforce.hired[who]),
        "Date Of Birth": dates(people.born[who]),
        "Gender": (["Male", "Female"], people.female[who].astype(np.int64)),
        "Ethnic Origin": (people.texts["ethnic_origin"], people.ethnic_origin.at(month, who)),
        "Disability": (people.texts["disability"], people.disability.at(month, who)),
        "Religious Belief": (people.texts["religion"], people.religion.at(month, who)),
        "Sexual Orientation": (people.texts["orientation"], people.orientation.at(month, who)),
        "Marital Status": (people.texts["marital"], people.marital.at(month, who)),
        "Annual Salary": salaries(workforce, month, who).astype(np.int64),
        "Nationality": ([row[0] for row in COUNTRIES], nationality),
        "Country Of Birth": ([row[1] for row in COUNTRIES], nationality),
        "Employer": ([targets()["trust"]["code"]], np.zeros(who.size, dtype=np.int8)),
    }


def assignments(workforce: Workforce, month: int) -> tuple[Ints, Ints]:
    """Person and place (1 the primary assignment, 2 the other) of every row of a snapshot."""
    present = np.flatnonzero(workforce.present(month))
    second = present[workforce.rows[present] != ONE_ROW]
    return np.concatenate([present, second]), np.repeat([1, 2], [present.size, second.size]).astype(np.int64)


def _assignment_numbers(number: Ints, place: Ints) -> tuple[list[str], Ints]:
    texts = np.where(place == 1, number.astype(str), np.char.add(number.astype(str), "-2"))
    return texts.tolist(), np.arange(number.size)


def _nationalities(workforce: Workforce, people: People, who: Ints, seed: int) -> Ints:
    """An index into COUNTRIES for each, the same in every snapshot."""
    rng = stream(seed, "nationalities")
    white = choose(rng, [row[2] for row in COUNTRIES], workforce.people)
    others = choose(rng, [row[3] for row in COUNTRIES], workforce.people)
    minority = people.ethnic_group(LAST, np.arange(workforce.people)) == 1
    return np.where(minority, others, white)[who]
