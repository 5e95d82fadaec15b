"""Course completions: coverage of the inclusivity workshops, and access to other training in the published ratios."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from demo.calibrate import targets, value
from demo.careers import BANK_ONLY, EMPLOYED, Workforce
from demo.characteristics import MINORITY, REFERENCE, People
from demo.draw import Floats, Ints, pick, stream
from demo.months import ANCHOR, LAST, day_number
from demo.write import dates, write_columns

DATASET = "learning_completions"
WORKSHOP = "Tackling Discrimination and Promoting Inclusivity"
COURSES = [
    (WORKSHOP, "Mandatory"),
    ("Information Governance", "Mandatory"),
    ("Safeguarding Adults and Children", "Mandatory"),
    ("Core Skills Refresher", "Mandatory"),
    ("Cultural Competence", "Non-Mandatory"),
    ("Disability Matters", "Non-Mandatory"),
    ("Equality, Diversity and Human Rights", "Non-Mandatory"),
    ("Leading for Inclusion", "Non-Mandatory"),
    ("Interview Skills", "Non-Mandatory"),
    ("Advanced Life Support", "CPD"),
    ("Mental Health in Urgent Care", "CPD"),
    ("Clinical Supervision", "CPD"),
]
TYPES = ["Mandatory", "Non-Mandatory", "CPD"]
WHITE_SHARE = {2024: 0.342, 2025: 0.371}
"""Share of white staff with at least one non-mandatory course or CPD. Chosen."""


def write_learning(landing: Path, workforce: Workforce, people: People, seed: int) -> list[Path]:
    """Write the completions of the years to 31 March 2024 and 2025."""
    workshop: dict[int, Ints] = {}
    written = []
    for year, month in ((2024, ANCHOR), (2025, LAST)):
        rng = stream(seed, f"learning {year}")
        workshop[year] = _workshop(rng, workforce, year, month, workshop.get(year - 1))
        path = landing / "learning" / f"learning_{year}-03-31.csv"
        write_columns(path, DATASET, _columns(rng, workforce, people, year, month, workshop=workshop[year]))
        written.append(path)
    return written


def _workshop(rng: np.random.Generator, workforce: Workforce, year: int, month: int, before: Ints | None) -> Ints:
    """Who took the workshop in the year: those employed at its end, all who took it before first, and others."""
    staff = workforce.employed(month)
    wanted = round(value("learning", f"inclusivity_share_{year}") * staff.size)
    weights = np.ones(staff.size) if before is None else np.where(np.isin(staff, before), 1e9, 1.0)
    taken = staff[pick(rng, weights, wanted)]
    total = (
        round(value("learning", "inclusivity_people_2024") * workforce.size.scale)
        if year == 2024
        else round(wanted * 1.05)
    )
    bank = (workforce.kind == BANK_ONLY) & workforce.present(month)
    gone = (
        (workforce.kind == EMPLOYED)
        & (workforce.end <= month)
        & (workforce.end > month - 12)
        & (workforce.start <= month)
    )
    others = np.flatnonzero(bank | gone)
    return np.concatenate([taken, others[pick(rng, np.ones(others.size), total - wanted)]])


def _columns(
    rng: np.random.Generator, workforce: Workforce, people: People, year: int, month: int, *, workshop: Ints
) -> dict[str, Any]:
    staff = workforce.employed(month)
    who, course = [workshop], [np.zeros(workshop.size, dtype=np.int64)]
    for number in (1, 2, 3):
        took = staff[rng.random(staff.size) < 0.86]
        who.append(took)
        course.append(np.full(took.size, number, dtype=np.int64))
    accessed = _accessing(rng, people, staff, year, month)
    for share in (1.0, 0.4, 0.15):
        took = accessed[rng.random(accessed.size) < share]
        who.append(took)
        course.append(rng.integers(4, len(COURSES), took.size))
    person, taken = np.concatenate(who), np.concatenate(course)
    begin, end = day_number(date(year - 1, 4, 1)), day_number(date(year, 3, 31))
    first = np.clip(workforce.hired[person], begin, end - 1)
    done = first + (rng.random(person.size) * (end - first + 1)).astype(np.int64)
    order = np.lexsort((taken, workforce.number[person], done))
    same = (np.diff(person[order]) == 0) & (np.diff(taken[order]) == 0) & (np.diff(done[order]) == 0)
    order = order[np.concatenate([[True], ~same])]  # nobody completes the same course twice on a day
    kinds = np.array([TYPES.index(kind) for _, kind in COURSES])
    return {
        "Employee Number": workforce.number[person][order],
        "Course": ([name for name, _ in COURSES], taken[order]),
        "Course Type": (TYPES, kinds[taken[order]]),
        "Completed Date": dates(done[order], "%Y-%m-%d"),
    }


def _accessing(rng: np.random.Generator, people: People, staff: Ints, year: int, month: int) -> Ints:
    """Who of the staff took non-mandatory training or CPD: the two groups' likelihoods in the ratio aimed at."""
    group = people.ethnic_group(month, staff)
    sizes = {label: int((group == label).sum()) for label in (REFERENCE, MINORITY, -1)}
    white = round(WHITE_SHARE[year] * sizes[REFERENCE])
    ratio = float(targets()["learning"][f"wres_4_{year}"]["aim"])
    counts = {
        REFERENCE: white,
        MINORITY: round(white / max(1, sizes[REFERENCE]) / ratio * sizes[MINORITY]),
        -1: round(0.28 * sizes[-1]),
    }
    lot: Floats = rng.random(staff.size)
    chosen = [
        staff[group == label][np.argsort(lot[group == label], kind="stable")[:count]] for label, count in counts.items()
    ]
    return np.concatenate(chosen)
