"""Employee relations cases: formal disciplinaries in the published ratios, and every other kind of case beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from demo.calibrate import value
from demo.careers import BANK_ONLY, EMPLOYED, NEVER, Workforce, first_month
from demo.characteristics import MINORITY, REFERENCE, People
from demo.draw import Flags, Ints, choose, pick, stream
from demo.months import ANCHOR, FIRST, LAST, day_number, day_of, month_end_day
from demo.structure import places
from demo.write import write_rows

DATASET = "employee_relations_cases"
DISCIPLINARY, CAPABILITY = "Disciplinary", "Capability - Performance"
OTHERS = ["Capability - Ill Health", "Grievance", "Dignity at Work"]
OUTCOMES = {
    DISCIPLINARY: ["No case to answer", "First written warning", "Final written warning", "Informal resolution"],
    CAPABILITY: ["Targets met", "Redeployed", "First written warning"],
    "Capability - Ill Health": ["Returned to work", "Redeployed"],
    "Grievance": ["Upheld", "Partly upheld", "Not upheld", "Withdrawn"],
    "Dignity at Work": ["Upheld", "Partly upheld", "Not upheld", "Mediation"],
}


@dataclass(frozen=True)
class _Case:
    who: int
    kind: str
    stage: str
    opened: int
    closed: int
    outcome: str


def write_cases(landing: Path, workforce: Workforce, people: People, seed: int) -> list[Path]:
    """Write the tracker as it stood on 31 March 2024 and 2025, each with the cases of two years."""
    cases = [case for year in (2023, 2024, 2025) for case in _year(workforce, people, year, seed)]
    cases.sort(key=lambda case: (case.opened, int(workforce.number[case.who])))
    written = []
    for year in (2024, 2025):
        begin, end = day_number(date(year - 2, 4, 1)), day_number(date(year, 3, 31))
        path = landing / "employee_relations" / f"employee_relations_{year}-03-31.csv"
        rows = (
            _row(workforce, case, number, end, seed)
            for number, case in enumerate(cases, 1)
            if begin <= case.opened <= end
        )
        write_rows(path, DATASET, rows)
        written.append(path)
    return written


def _year(workforce: Workforce, people: People, year: int, seed: int) -> list[_Case]:
    """The cases opened in the year to 31 March."""
    rng, month = stream(seed, f"cases {year}"), {2023: FIRST, 2024: ANCHOR, 2025: LAST}[year]
    begin, end = day_number(date(year - 1, 4, 1)), day_number(date(year, 3, 31))
    able = _steady(workforce, people, month)
    group = people.ethnic_group(month, able)
    staff = people.ethnic_group(month, workforce.employed(month))
    white = max(3, round(value("cases", "white_entering") * workforce.size.scale))
    white, minority = _entering(
        white, int((staff == REFERENCE).sum()), int((staff == MINORITY).sum()), value("cases", f"wres_3_{year}")
    )
    chosen = np.concatenate(
        [
            able[pick(rng, (group == label).astype(np.float64), count)]
            for label, count in ((MINORITY, minority), (REFERENCE, white))
        ]
    )
    unknown = able[pick(rng, (group == -1).astype(np.float64), round(3 * workforce.size.scale))]
    cases = [_case(rng, who, DISCIPLINARY, begin, end) for who in [*chosen, *unknown]]
    cases += [
        _case(rng, who, DISCIPLINARY, begin, end) for who in chosen[:2]
    ]  # two people enter it twice: counted once
    disabled = people.disabled_group(month, able)
    free = ~np.isin(able, chosen)
    for label, key in ((MINORITY, "capability_disabled"), (REFERENCE, "capability_not_disabled")):
        who = able[
            pick(
                rng,
                (free & (disabled == label)).astype(np.float64),
                max(1, round(value("cases", key) * workforce.size.scale)),
            )
        ]
        cases += [_case(rng, person, CAPABILITY, begin, end) for person in who]
    cases += _other_cases(rng, workforce, month, begin, end)
    return cases


def _entering(white: int, white_staff: int, minority_staff: int, target: float) -> tuple[int, int]:
    """White and ethnic minority people entering whose ratio is nearest to the target."""
    options = []
    for count in range(max(2, white - 5), white + 6):
        minority = max(1, round(target * count / white_staff * minority_staff))
        miss = abs(minority / minority_staff / (count / white_staff) - target)
        options.append((max(0.0, miss - 0.02), abs(count - white), count, minority))
    return min(options)[2:]


def _steady(workforce: Workforce, people: People, month: int) -> Ints:
    """People whose group is the same in every snapshot of the year, so that a case falls in the group of its day."""
    start, end = workforce.start, workforce.end
    earlier = month - 12
    stays = (workforce.kind == EMPLOYED) & (start <= earlier) & (end > month)
    if month == FIRST:
        stays = (workforce.kind == EMPLOYED) & (start <= min(FIRST, first_month(workforce.size))) & (end > FIRST + 3)
    stays[workforce.executives] = False
    who = np.flatnonzero(stays)
    months = range(max(first_month(workforce.size), earlier), month + 1)
    same: Flags = np.ones(who.size, dtype=np.bool_)
    for at in months:
        same &= people.ethnic_group(at, who) == people.ethnic_group(month, who)
        same &= people.disabled_group(at, who) == people.disabled_group(month, who)
    return who[same]


def _case(rng: np.random.Generator, who: int, kind: str, begin: int, end: int, *, stage: str = "Formal") -> _Case:
    opened = int(rng.integers(begin, end + 1))
    closed = opened + int(rng.integers(35, 240))
    return _Case(int(who), kind, stage, opened, closed, OUTCOMES[kind][int(rng.integers(0, len(OUTCOMES[kind])))])


def _other_cases(rng: np.random.Generator, workforce: Workforce, month: int, begin: int, end: int) -> list[_Case]:
    """Cases that no ratio counts: informal ones, other types, bank staff."""
    everyone = np.flatnonzero(workforce.present(month) & (workforce.kind == EMPLOYED))
    cases = []
    for kind, stage, count in (
        *((other, "Formal", 60) for other in OTHERS),
        *((other, "Informal", 70) for other in OTHERS),
        (DISCIPLINARY, "Informal", 110),
        (CAPABILITY, "Informal", 45),
    ):
        who = everyone[pick(rng, np.ones(everyone.size), round(count * workforce.size.scale))]
        cases += [_case(rng, person, kind, begin, end, stage=stage) for person in who]
    bank = np.flatnonzero(workforce.present(month) & (workforce.kind == BANK_ONLY) & (workforce.end == NEVER))
    cases += [
        _case(rng, person, DISCIPLINARY, begin, end)
        for person in bank[pick(rng, np.ones(bank.size), round(4 * workforce.size.scale))]
    ]
    return cases


def _row(workforce: Workforce, case: _Case, number: int, as_at: int, seed: int) -> dict[str, Any]:
    """One case as the tracker printed it on a day: what was not closed by then is open."""
    closed = case.closed <= as_at
    month = max(0, min(LAST, sum(month_end_day(at) <= case.opened for at in range(LAST + 1)) - 1))
    team = workforce.team.at(month, np.array([case.who]))[0]
    named = choose(stream(seed, f"case {number}"), [0.9, 0.1], 1)[0] == 0
    return {
        "Case Reference": f"ER-{number:06d}",
        "Employee Number": int(workforce.number[case.who]),
        "Case Type": case.kind,
        "Stage": case.stage,
        "Formal Date": day_of(case.opened).strftime("%d/%m/%Y") if case.stage == "Formal" else "",
        "Closed Date": day_of(case.closed).strftime("%d/%m/%Y") if closed else "",
        "Outcome": case.outcome if closed else "",
        "Directorate": places().directorates[places().directorate_of[team]] if named else "",
    }
