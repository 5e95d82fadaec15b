"""Two years of applications, whose likelihoods of appointment from shortlisting come out as published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from demo.calibrate import Size, value
from demo.characteristics import MINORITY, NEITHER, REFERENCE
from demo.draw import Flags, Floats, Ints, apportion, choose, pick, pick_by_group, stream
from demo.months import day_number
from demo.structure import places, posts, read_table
from demo.write import dates, numbered, write_columns

DATASET = "recruitment_applications"
PROGRAMME = "Call Handler to Paramedic Programme"
FRONT_LINE = ("Ambulance Operations North", "Ambulance Operations South", "999 Operations Centres")
APPLICATIONS_PER_HEAD, SHORTLISTED, APPOINTED_WHITE = 1.7, 0.38, {2024: 0.30, 2025: 0.27}
MINORITY_APPLICANTS = 0.34
"""Share of the applicants to ambulance operations and 999 in 2023/24; the plan lets it grow. Chosen."""
BANDS = {
    "XR": "Band ",
    "XN": "Band ",
    "LC": "Local",
    "VM": "VSM",
    "YC": "Consultant",
    "MC": "Specialty Doctor",
    "MN": "Specialty Registrar",
}
AFC = ["1", "2", "3", "4", "5", "6", "7", "8a", "8b", "8c", "8d", "9"]
DISABILITY = {REFERENCE: "No", MINORITY: "Yes", NEITHER: "I do not wish to disclose whether or not I have a disability"}


@dataclass
class _Applications:
    post: Ints
    directorate: Ints
    programme: Flags
    ethnic: Ints
    disabled: Ints
    internal: Flags
    shortlisted: Flags
    appointed: Flags


def write_recruitment(landing: Path, size: Size, seed: int) -> list[Path]:
    """Write the applications of the years to 31 March 2024 and 2025."""
    written = []
    for year in (2024, 2025):
        path = landing / "recruitment" / f"recruitment_{year}-03-31.csv"
        write_columns(path, DATASET, _columns(_apply(size, year, seed), year, seed))
        written.append(path)
    return written


def _apply(size: Size, year: int, seed: int) -> _Applications:
    rng = stream(seed, f"recruitment {year}")
    table, total = posts(), round(APPLICATIONS_PER_HEAD * size.staff)
    demand = table.headcount * np.where(table.salary_low > 60000, 0.3, np.where(table.salary_low < 26000, 1.8, 1.0))
    for wanted in ("aap", "incident_officer", "dispatcher", "clinical_advisor"):
        demand[table.index(wanted)] *= 1.6
    demand[table.index("vsm")] = 0
    post = choose(rng, demand, total)
    programme = np.zeros(total, dtype=np.bool_)
    programme[: round(0.018 * total)] = True
    post[programme] = table.index("aap")
    team = np.array([_team(rng, number) for number in range(len(table.rows))])
    directorate = places().directorate_of[team[post, rng.integers(0, team.shape[1], total)]]
    ethnic = _ethnic_groups(rng, directorate, programme, post, year)
    disabled = np.array([REFERENCE, MINORITY, NEITHER])[choose(rng, [0.835, 0.11, 0.055], total)]
    internal = rng.random(total) < np.where(table.salary_low[post] > 34000, 0.5, 0.14)
    chance = SHORTLISTED * np.where(ethnic == MINORITY, 0.86, 1.05) * np.where(internal, 1.4, 0.94)
    shortlisted = rng.random(total) < chance
    appointed = _appointed(rng, year, ethnic, disabled, shortlisted)
    return _Applications(post, directorate, programme, ethnic, disabled, internal, shortlisted, appointed)


def _team(rng: np.random.Generator, post: int) -> Ints:
    """A hundred draws of a post's team: enough to spread its applications over its directorates."""
    return rng.permutation(np.repeat(np.arange(len(places().teams)), apportion(places().likelihood[post], 100)))


def _ethnic_groups(rng: np.random.Generator, directorate: Ints, programme: Flags, post: Ints, year: int) -> Ints:
    """Applicants' groups: exact shares in the programme and on the front line, by post elsewhere."""
    front = np.isin(directorate, [places().directorates.index(name) for name in FRONT_LINE])
    growth = 1 + value("recruitment", "applicant_share_growth") * (year == 2025)
    share = value("recruitment", "call_handler_programme_share")
    here = np.where(programme, 0, np.where(front, 1, 2)).astype(np.int64)
    sizes = np.bincount(here, minlength=3)
    on_programme = round(share * sizes[0])
    in_front = int(sizes[0] * 0 + np.sum(front & programme))
    front_minority = round(MINORITY_APPLICANTS * growth * int(front.sum()))
    counts = np.array(
        [on_programme, max(0, front_minority - round(share * in_front)), round(0.42 * sizes[2])], dtype=np.int64
    )
    chance = posts().minority[post] + 0.12
    minority = pick_by_group(rng, chance / (1 - chance), here, counts)
    groups = np.where(minority, MINORITY, REFERENCE)
    groups[~minority & (rng.random(post.size) < 0.055)] = NEITHER
    return groups


def _appointed(rng: np.random.Generator, year: int, ethnic: Ints, disabled: Ints, shortlisted: Flags) -> Flags:
    """Who of the shortlisted is appointed: both ratios as near to the targets as whole people allow."""
    pool = np.flatnonzero(shortlisted)
    labels = np.array([REFERENCE, MINORITY, NEITHER])
    sizes = np.array([int((ethnic[pool] == label).sum()) for label in labels])
    white = round(APPOINTED_WHITE[year] * sizes[0])
    minority, white = _ratio(white, sizes[0], sizes[1], value("recruitment", f"wres_2_{year}"))
    counts = np.array([white, minority, round(0.2 * sizes[2])], dtype=np.int64)
    weights = np.where(disabled[pool] == MINORITY, 1.12, 1.0)
    group = np.where(ethnic[pool] == NEITHER, 2, ethnic[pool])
    taken = pick_by_group(rng, weights, group, counts)
    _fit_disability(rng, taken, ethnic[pool], disabled[pool], value("recruitment", f"wdes_2_{year}"))
    appointed = np.zeros(ethnic.size, dtype=np.bool_)
    appointed[pool[taken]] = True
    return appointed


def _ratio(reference: int, reference_size: int, minority_size: int, target: float) -> tuple[int, int]:
    """Appointed of the minority and of the reference whose ratio of likelihoods is nearest to the target."""
    around = range(max(1, reference - 6), reference + 7)
    return min(
        ((max(1, round(count / reference_size / target * minority_size)), count) for count in around),
        key=lambda pair: (abs(pair[1] / reference_size / (pair[0] / minority_size) - target), abs(pair[1] - reference)),
    )


def _fit_disability(rng: np.random.Generator, taken: Flags, ethnic: Ints, disabled: Ints, target: float) -> None:
    """Exchange appointments inside an ethnic group until the disability ratio fits, undisclosed people filling up."""
    sizes = {label: int((disabled == label).sum()) for label in (REFERENCE, MINORITY, NEITHER)}
    now = {label: int((taken & (disabled == label)).sum()) for label in sizes}
    if min(sizes.values()) == 0:
        return
    options = []
    for more in range(-60, 61):
        yes = now[MINORITY] + more
        no = round(target * yes / sizes[MINORITY] * sizes[REFERENCE])
        rest = sum(now.values()) - yes - no
        if 0 < yes <= sizes[MINORITY] and 0 <= rest <= sizes[NEITHER]:
            ratio = no / sizes[REFERENCE] / (yes / sizes[MINORITY])
            options.append(
                (abs(rest - now[NEITHER]) + abs(more) + 1e5 * max(0.0, abs(ratio - target) - 0.002), yes, no)
            )
    if not options:
        return
    _, yes, no = min(options)
    _reach(rng, taken, ethnic, disabled, {MINORITY: yes - now[MINORITY], REFERENCE: no - now[REFERENCE]})


def _reach(rng: np.random.Generator, taken: Flags, ethnic: Ints, disabled: Ints, changes: dict[int, int]) -> None:
    """Appoint `changes[label]` more (or fewer) of each label, each exchanged for someone of the same ethnic group."""
    changes = changes | {NEITHER: -sum(changes.values())}
    while any(changes.values()):
        more = max(changes, key=lambda label: changes[label])
        less = min(changes, key=lambda label: changes[label])
        for group in rng.permutation([REFERENCE, MINORITY]):
            into = np.flatnonzero(~taken & (disabled == more) & (ethnic == group))
            out = np.flatnonzero(taken & (disabled == less) & (ethnic == group))
            pairs = min(into.size, out.size, changes[more], -changes[less])
            if pairs > 0:
                break
        else:
            return
        taken[into[pick(rng, np.ones(into.size), pairs)]] = True
        taken[out[pick(rng, np.ones(out.size), pairs)]] = False
        changes[more] -= pairs
        changes[less] += pairs


def _columns(applications: _Applications, year: int, seed: int) -> dict[str, Any]:
    rng = stream(seed, f"recruitment rows {year}")
    total, table = applications.post.size, posts()
    begin, end = day_number(date(year - 1, 4, 1)), day_number(date(year, 3, 31))
    applied = rng.integers(begin - 45, end - 20, total)
    applied = np.where(applications.appointed, applied, np.clip(applied, begin, end))
    started = np.clip(applied + rng.integers(25, 95, total), begin, end)
    order = np.lexsort((rng.random(total), applied))
    titles = [*table.texts("position_title"), PROGRAMME]
    title = np.where(applications.programme, len(titles) - 1, applications.post)
    vacancy = applications.post * 40 + applications.directorate * 4 + rng.integers(0, 4, total)
    flags = ["N", "Y"]
    columns = {
        "Vacancy Reference": (
            [f"{reference:04d}-{year % 100}-XPT" for reference in range(int(vacancy.max()) + 1)],
            vacancy,
        ),
        "Post Title": (titles, title),
        "Pay Band": ([_band(text) for text in table.texts("pay_scale")], applications.post),
        "Directorate": (places().directorates, applications.directorate),
        "Internal Applicant": (flags, applications.internal.astype(np.int64)),
        "Applied Date": dates(applied, "%d/%m/%Y"),
        "Shortlisted": (flags, applications.shortlisted.astype(np.int64)),
        "Interviewed": (
            flags,
            (applications.shortlisted & (applications.appointed | (rng.random(total) < 0.86))).astype(np.int64),
        ),
        "Appointed": (flags, applications.appointed.astype(np.int64)),
        "Appointed Date": dates(np.where(applications.appointed, started, -1), "%d/%m/%Y"),
        "Gender": (["Male", "Female", "I do not wish to disclose this"], choose(rng, [0.46, 0.52, 0.02], total)),
        "Ethnic Origin": _origins(rng, applications.ethnic),
        "Disability": (list(DISABILITY.values()), np.where(applications.disabled == NEITHER, 2, applications.disabled)),
    }
    ordered: dict[str, Any] = {heading: (texts, index[order]) for heading, (texts, index) in columns.items()}
    return {"Application ID": numbered(f"APP{year % 100}-", 7, np.arange(1, total + 1))} | ordered


def _band(scale: str) -> str:
    label = BANDS[scale[:2]]
    return f"{label}{AFC[int(scale[2:]) - 1]}" if label == "Band " else label


def _origins(rng: np.random.Generator, ethnic: Ints) -> tuple[list[str], Ints]:
    """Ethnic origins as the recruitment system prints them, one in seven as the staff record does."""
    rows = read_table("ethnic_origins.csv")
    texts = [row["applicant_text"] for row in rows] + [row["text"] for row in rows]
    weight = np.array([float(row["weight"]) for row in rows])
    printed = np.array([bool(row["applicant_text"]) for row in rows])
    groups = np.array([{"minority": MINORITY, "white": REFERENCE}.get(row["group"], NEITHER) for row in rows])
    index = np.zeros(ethnic.size, dtype=np.int64)
    for label in (MINORITY, REFERENCE, NEITHER):
        who = np.flatnonzero(ethnic == label)
        own: Floats = np.where(groups == label, weight, 0.0)
        both = np.concatenate([own * printed * 6, own])
        index[who] = choose(rng, both, who.size)
    return texts, index
