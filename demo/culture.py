"""The small sources: board, Freedom to Speak Up, staff networks, EDS scores, statements and plans."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from demo.calibrate import Size, value
from demo.careers import NON_EXECUTIVE, Workforce
from demo.characteristics import People
from demo.draw import apportion, choose, deal, stream
from demo.months import ANCHOR, LAST, day_number, day_of
from demo.structure import places, posts, read_table
from demo.write import write_rows

YEARS = {2024: ANCHOR, 2025: LAST}
VOTING_EXECUTIVES = 5
NON_EXECUTIVES = [
    ("NED-01", "Female", "A White - British", "2021-07-01", ""),
    ("NED-02", "Male", "H Asian or Asian British - Indian", "2020-04-01", ""),
    ("NED-03", "Female", "M Black or Black British - Caribbean", "2021-10-01", "2024-09-30"),
    ("NED-04", "Male", "A White - British", "2022-01-10", ""),
    ("NED-05", "Female", "A White - British", "2019-11-01", "2024-10-31"),
    ("NED-06", "Male", "N Black or Black British - African", "2022-06-01", ""),
    ("NED-07", "Female", "B White - Irish", "2023-02-01", ""),
    ("NED-08", "Male", "A White - British", "2022-09-01", ""),
    ("NED-09", "Female", "J Asian or Asian British - Pakistani", "2024-10-01", ""),
    ("NED-10", "Female", "A White - British", "2024-11-01", ""),
]
"""Voting non-executive members: reference, gender, ethnic origin, from, to. Eight at a time."""
ASSOCIATES = [
    ("NED-21", "Female", "G Mixed - Any other mixed background", "2023-05-01", ""),
    ("NED-22", "Male", "Z Not Stated", "2022-03-01", ""),
]
THEMES = {
    "Bullying and harassment": 0.22,
    "Worker wellbeing": 0.10,
    "Systems and processes": 0.36,
    "Patient safety": 0.12,
    "Behaviours and relationships": 0.13,
    "Other": 0.07,
}
"""Shares of concerns; the first two are what the report prints together."""


def write_small_sources(landing: Path, workforce: Workforce, people: People, seed: int) -> list[Path]:
    """Write every small source of both years and return their paths."""
    written = []
    for year, month in YEARS.items():
        day = f"{year}-03-31"
        for folder, name, dataset, rows in (
            ("board", "board", "board_members", _board(workforce, people, year, month)),
            (
                "freedom_to_speak_up",
                "freedom_to_speak_up",
                "freedom_to_speak_up_concerns",
                _concerns(workforce.size, year, seed),
            ),
            ("staff_networks", "staff_networks", "staff_networks_members", _networks(workforce.size, year)),
            ("eds", "eds", "eds_scores", _scores(year)),
            ("plan", "statements", "plan_statements", _statements(year)),
            ("plan", "plan", "plan_actions", _actions(year)),
        ):
            path = landing / folder / f"{name}_{day}.csv"
            write_rows(path, dataset, rows)
            written.append(path)
    return written


def _board(workforce: Workforce, people: People, year: int, month: int) -> list[dict[str, Any]]:
    """The register on a day: 13 voting members, executives by their employee number."""
    day = f"{year}-03-31"
    rows = [
        _member(*member, voting=voting)
        for members, voting in ((NON_EXECUTIVES, "Y"), (ASSOCIATES, "N"))
        for member in members
        if member[3] <= day
    ]
    who = workforce.executives
    origins = people.ethnic_origin.at(month, who)
    for place, person in enumerate(who):
        rows.append(
            {
                "Member Reference": f"EXE-{place + 1:02d}",
                "Employee Number": int(workforce.number[person]),
                "Voting": "Y" if place < VOTING_EXECUTIVES else "N",
                "Executive": "Y",
                "From Date": max(day_of(workforce.hired[person]), date(2018, 4, 1)).strftime("%d/%m/%Y"),
                "Gender": "Female" if people.female[person] else "Male",
                "Ethnic Origin": people.texts["ethnic_origin"][origins[place]],
                "Disability": "No",
            }
        )
    return rows


def _member(reference: str, gender: str, origin: str, begin: str, end: str, *, voting: str) -> dict[str, Any]:
    return {
        "Member Reference": reference,
        "Voting": voting,
        "Executive": "N",
        "From Date": date.fromisoformat(begin).strftime("%d/%m/%Y"),
        "To Date": date.fromisoformat(end).strftime("%d/%m/%Y") if end else "",
        "Gender": gender,
        "Ethnic Origin": origin,
        "Disability": "No",
    }


def non_executives(workforce: Workforce) -> int:
    """How many non-executive rows the staff list carries."""
    return int((workforce.kind == NON_EXECUTIVE).sum())


def _concerns(size: Size, year: int, seed: int) -> list[dict[str, Any]]:
    rng = stream(seed, f"concerns {year}")
    section = "freedom_to_speak_up_2024"
    total = max(12, round(value(section, "concerns") * size.scale * (1.0 if year == 2024 else 1.16)))
    women, minority = float(value(section, "female_share")), float(value(section, "ethnic_minority_share"))
    if year == 2025:
        women, minority = women - 0.02, minority + 0.015
    themes = deal(rng, apportion(list(THEMES.values()), total))
    genders = deal(rng, apportion([1 - women - 0.02, women, 0.02], total))
    groups = deal(rng, apportion([minority, 0.9 - minority, 0.1], total))
    origins = read_table("ethnic_origins.csv")
    texts = [row["text"] for row in origins]
    weights = [
        np.array([float(row["weight"]) * (row["group"] == group) for row in origins])
        for group in ("minority", "white", "unknown")
    ]
    origin = [
        int(choose(rng, weights[group], 1)[0]) if group < 2 else int(rng.integers(len(texts) - 2, len(texts)))
        for group in groups
    ]
    staff = posts().headcount @ places().likelihood
    directorate = places().directorate_of[choose(rng, staff, total)]
    raised = np.sort(rng.integers(day_number(date(year - 1, 4, 1)), day_number(date(year, 3, 31)) + 1, total))
    return [
        {
            "Concern Reference": f"FTSU-{year % 100}-{number + 1:04d}",
            "Raised Date": day_of(raised[number]).strftime("%d/%m/%Y"),
            "Theme": list(THEMES)[themes[number]],
            "Directorate": places().directorates[directorate[number]],
            "Gender": ["Male", "Female", ""][genders[number]],
            "Ethnic Origin": texts[origin[number]],
        }
        for number in range(total)
    ]


def _networks(size: Size, year: int) -> list[dict[str, Any]]:
    """Members of each network; the total of the second year is larger by the growth that the plan asks for."""
    rows = read_table("networks.csv")
    first = np.array([max(10, round(int(row["members_2024"]) * size.scale)) for row in rows])
    grown = round(int(first.sum()) * (1 + value("networks", "growth")))
    members = first if year == 2024 else apportion(first * np.linspace(1.0, 1.12, first.size), grown)
    return [
        {"Network": row["network"], "As At Date": f"31/03/{year}", "Members": int(count)}
        for row, count in zip(rows, members, strict=True)
    ]


def _scores(year: int) -> list[dict[str, Any]]:
    rows = [row for row in read_table("eds_scores.csv") if int(row["year"]) == year]
    return [
        {"Outcome": row["outcome"], "Service": row["service"], "Score": row["score"], "Evidence": row["evidence"]}
        for row in rows
    ]


def _statements(year: int) -> list[dict[str, Any]]:
    rows = [row for row in read_table("statements.csv") if int(row["year"]) == year]
    return [{"Item": row["item"], "Answer": row["answer"], "Text": row["text"]} for row in rows]


def _actions(year: int) -> list[dict[str, Any]]:
    return [
        {
            "Plan": row["plan"],
            "Reference": row["reference"],
            "Action": row["action"],
            "Indicators": row["indicators"],
            "Target": row["target"],
            "Baseline": row["baseline"],
            "Due Date": date.fromisoformat(row["due"]).strftime("%d/%m/%Y"),
            "Status": row["status"],
            "Owner": row["owner"],
        }
        for row in read_table("plan_actions.csv")
        if int(row["year"]) == year
    ]
