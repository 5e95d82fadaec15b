"""A random trust: landing files in which everything awkward happens that the landing contract allows.

`random_trust(seed)` gives rows by file; `write` puts them down as CSV. Nothing here counts anything.
"""

from __future__ import annotations

import csv
import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

Row = dict[str, str]
Landing = dict[str, list[Row]]
Date = datetime.date

SNAPSHOTS = (Date(2023, 3, 31), Date(2024, 3, 31), Date(2024, 6, 30), Date(2025, 3, 31))
YEAR_ENDS = (Date(2023, 3, 31), Date(2024, 3, 31), Date(2025, 3, 31))
DIRECTORATES = ("Ambulance Operations North", "Ambulance Operations South", "Integrated Urgent Care", "Corporate")
TEAMS = ("Camden", "Brixton", "", "Scheduling")
OTHER_SPELLING = {"Corporate": "corporate ", "Integrated Urgent Care": "Integrated  Urgent Care"}

ESR_ETHNIC = (
    (38, "A White - British"),
    (3, "B White - Irish"),
    (5, "C White - Any other White background"),
    (2, "C2 White - Northern Irish"),
    (1, "CA White - English"),
    (2, "CP White - Polish"),
    (2, "D Mixed - White & Black Caribbean"),
    (1, "E Mixed - White & Black African"),
    (1, "F Mixed - White & Asian"),
    (1, "G Mixed - Any other mixed background"),
    (1, "GA Mixed - Black & Asian"),
    (7, "H Asian or Asian British - Indian"),
    (3, "J Asian or Asian British - Pakistani"),
    (2, "K Asian or Asian British - Bangladeshi"),
    (2, "L Asian or Asian British - Any other Asian background"),
    (1, "LE Asian - Sri Lankan"),
    (4, "M Black or Black British - Caribbean"),
    (6, "N Black or Black British - African"),
    (2, "P Black or Black British - Any other Black background"),
    (1, "PC Black - Nigerian"),
    (2, "R Chinese"),
    (2, "S Any Other Ethnic Group"),
    (1, "SC Filipino"),
    (4, "Z Not Stated"),
    (3, ""),
    (1, "99"),
    (1, "Unspecified"),
    (1, "T White - Roma"),
)
TRAC_ETHNIC = (
    (22, "WHITE - British"),
    (2, "WHITE - Irish"),
    (4, "WHITE - Any other white background"),
    (2, "MIXED - White & Black Caribbean"),
    (2, "MIXED - any other mixed background"),
    (5, "ASIAN or ASIAN BRITISH - Indian"),
    (2, "ASIAN or ASIAN BRITISH - Chinese"),
    (5, "BLACK or BLACK BRITISH - African"),
    (2, "OTHER ETHNIC GROUP - Any other ethnic group"),
    (4, "I do not wish to disclose this"),
)
DISABILITY = ((60, "No"), (16, "Yes"), (6, "Not Declared"), (4, "Prefer Not To Answer"), (4, "Unspecified"), (6, ""))
APPLICANT_DISABILITY = (
    (60, "No"),
    (14, "Yes"),
    (6, "I do not wish to disclose whether or not I have a disability"),
    (4, ""),
    (1, "Perhaps"),
)
GENDER = ((52, "Female"), (46, "Male"), (1, ""))
RELIGION = (
    (30, "Christianity"),
    (12, "Atheism"),
    (8, "Islam"),
    (4, "Hinduism"),
    (3, "Sikhism"),
    (2, "Judaism"),
    (2, "Buddhism"),
    (1, "Jainism"),
    (8, "Other"),
    (8, "I do not wish to disclose my religion/belief"),
    (4, "Unspecified"),
    (6, ""),
    (1, "Jedi"),
)
ORIENTATION = (
    (60, "Heterosexual or Straight"),
    (6, "Gay or Lesbian"),
    (4, "Bisexual"),
    (2, "Other sexual orientation not listed"),
    (2, "Undecided"),
    (8, "Not stated (person asked but declined to provide a response)"),
    (6, "Unspecified"),
    (6, ""),
    (1, "Elsewhere"),
)
MARITAL = (
    (40, "Single"),
    (30, "Married"),
    (5, "Civil Partnership"),
    (8, "Divorced"),
    (3, "Legally Separated"),
    (3, "Widowed"),
    (4, "Unknown"),
    (4, ""),
)
IN_STATUS = (
    (70, "Active Assignment"),
    (4, "Acting Up"),
    (3, "Internal Secondment"),
    (6, "Maternity & Adoption"),
    (4, "Career Break"),
    (2, "Out on External Secondment - Paid"),
    (2, "Out on External Secondment - Unpaid"),
    (1, "Suspend With Pay"),
    (1, "Suspend No Pay"),
    (1, "Suspend Assignment"),
)
IN_CATEGORY = ((80, "Permanent"), (10, "Fixed Term Temp"), (4, "Locum"))
OUT_STATUS = ("Inactive Not Worked", "Offer Accepted", "Terminated", "On Sabbatical")

JOBS: tuple[tuple[int, str, tuple[str, ...], tuple[str, ...]], ...] = (
    (30, "Allied Health Professionals", ("A1A", "A2B"), ("XR05", "XR06", "XR06", "XR06", "XR07", "XR08", "XR09")),
    (26, "Additional Clinical Services", ("H1A", "A3C", "Z01", ""), ("XR02", "XR03", "XR03", "XR04", "XR05", "XR06")),
    (5, "Nursing and Midwifery Registered", ("N6A",), ("XR05", "XR06", "XR07", "XR09", "XN10")),
    (
        22,
        "Administrative and Clerical",
        ("G1A", "G2B", "", "Z01"),
        ("XN03", "XN04", "XN05", "XN06", "XN07", "XN08", "XN09", "XN10", "XN11", "XN12", "VM01", "ZZ99", ""),
    ),
    (8, "Estates and Ancillary", ("G3E", "G3E", ""), ("LC01", "LC01", "XN01", "XN02", "XN03")),
    (4, "Medical and Dental", ("021",), ("YC72", "YM71", "MC41", "MN31", "YC72", "VM01")),
    (1, "Healthcare Scientists", ("U1A",), ("XR07",)),
    (1, "Supplementary Roles", ("", "S1A"), ("XR04",)),
    (1, "Volunteers", ("", "Z01"), ("XR02",)),
)
SCALES_UP = {f"X{kind}{number:02}": f"X{kind}{number + 1:02}" for kind in "RN" for number in range(1, 12)}
POSTS_OF_THE_PLAN = (
    "Assistant Ambulance Practitioner",
    "Incident Response Officer",
    "Emergency Resource Dispatcher",
    "Clinical Hub Adviser",
    "Paramedic",
)
THEMES = ("Systems and processes", "Bullying and harassment", "Patient safety", "Worker wellbeing", "Other")
OTHER_THEMES = ("Element of bullying or harassment", "element of  worker safety or wellbeing", "", "Parking")
NETWORKS = ("BME Network", "LGBT+ Network", "EnAbled Network", "Women's Network", "Climbing Club")
PLANS = ("Business plan", "WRES action plan", "High impact action", "High impact actions")
STATUSES = ("Complete", "Completed", "Done", "In progress", "On track", "not started", "Paused", "", "Who knows")
COURSES = (
    ("Mandatory", "Core Skills Refresher"),
    ("Mandatory", "Tackling Discrimination and Promoting Inclusivity"),
    ("Non-Mandatory", "Leading for Inclusion"),
    ("Non-Mandatory", "Tackling Discrimination and Promoting Inclusivity"),
    ("CPD", "Advanced Life Support"),
    ("Statutory", "Driving Assessment"),
)
QUESTIONS = ("Q4b", "Q11e", "Q14a", "Q14b", "Q14c", "Q14b_c", "Q14d", "Q15", "Q16b", "Q31b", "engagement")
RESPONDENTS = (
    ("Ethnicity", "White"),
    ("Ethnicity", "All other ethnic groups"),
    ("Long-term condition", "Yes"),
    ("Long-term condition", "No"),
    ("All", "All"),
)
OUTCOMES = ("1A", "1B", "1C", "1D", "2A", "2B", "2C", "2D", "3A", "3B", "3C")
SERVICES = ("Emergency response", "111 and urgent care", "Mental health response")


@dataclass(frozen=True)
class Post:
    """One assignment of a person."""

    sequence: int
    primary: str
    category: str
    status: str
    directorate: str
    team: str
    staff_group: str
    occupation: str
    scale: str
    fte: str
    start: Date
    conflict: Row = field(default_factory=dict)


@dataclass(frozen=True)
class Person:
    """One person with the posts held now, and the first and the last snapshot that the person is in."""

    number: str
    first: int
    last: int
    characteristics: Row
    posts: tuple[Post, ...]

    def is_in(self, index: int) -> bool:
        """Whether the snapshot of this index holds the person."""
        return self.first <= index <= self.last


def random_trust(seed: int, size: int = 320) -> Landing:
    """Landing files of a trust of about `size` people at each of `SNAPSHOTS`."""
    rng = Random(seed)
    people = [_person(rng, 20000001 + 7 * number) for number in range(size)]
    landing: Landing = {}
    at_snapshot: dict[Date, list[Person]] = {}
    for index, date in enumerate(SNAPSHOTS):
        if index:
            people = [_a_year_later(rng, person, index) for person in people]
        here = [person for person in people if person.is_in(index)]
        at_snapshot[date] = here
        _staff_list(rng, landing, date, here)
    everyone = [person.number for person in people]
    for date in YEAR_ENDS:
        _recruitment(rng, landing, date)
        _learning(rng, landing, date, everyone)
        _pay(rng, landing, date, at_snapshot[date])
        _culture(rng, landing, date)
        _eds_and_statements(rng, landing, date)
        _survey(rng, landing, date.year - 1)
    _cases(rng, landing, everyone)
    _board(rng, landing, at_snapshot)
    own = Random(f"{seed} of the trust's own words")
    _teams_of_one_directorate(landing)
    _posts_and_interviews(own, landing)
    _restated_concerns(own, landing)
    for date in YEAR_ENDS:
        _networks(own, landing, date)
        _plan(own, landing, date)
    return landing


def write(landing: Landing, folder: Path, encoding: str = "utf-8") -> None:
    """Write each file as CSV under the landing folder; every row of a file has the same headings."""
    for name, rows in landing.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding=encoding, newline="") as handle:
            writer = csv.DictWriter(handle, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


def _one(rng: Random, weighted: Sequence[tuple[int, str]]) -> str:
    return rng.choices([value for _, value in weighted], [weight for weight, _ in weighted])[0]


def _written(rng: Random, date: Date | None) -> str:
    """A date as one of the systems prints it."""
    if date is None:
        return ""
    return rng.choice([date.isoformat(), date.strftime("%d/%m/%Y"), date.strftime("%d-%b-%Y").upper()])


def _day(rng: Random, first: Date, last: Date) -> Date:
    return first + datetime.timedelta(days=rng.randrange((last - first).days + 1))


def _year_to(date: Date) -> tuple[Date, Date]:
    return Date(date.year - 1, 4, 1), date


# People and their posts


def _person(rng: Random, number: int) -> Person:
    kind = rng.choices(["employed", "bank", "honorary", "non_executive", "status", "category"], [86, 5, 2, 2, 4, 1])[0]
    first = rng.choices(range(len(SNAPSHOTS)), [80, 8, 4, 8])[0]
    last = rng.choices(range(len(SNAPSHOTS)), [6, 5, 6, 83])[0]
    posts = [_post(rng, 1, kind)]
    if kind == "employed":
        while len(posts) < 3 and rng.random() < 0.22:
            posts.append(_further_post(rng, posts))
        posts = _placed(rng, posts)
    return Person(str(number), min(first, last), max(first, last), _characteristics(rng), tuple(posts))


def _characteristics(rng: Random) -> Row:
    born = _day(rng, Date(1951, 1, 1), Date(2005, 12, 31))
    if rng.random() < 0.06:
        born = Date(rng.randrange(1954, 2005), 3, 31)
    elif rng.random() < 0.04:
        born = Date(rng.choice([1964, 1972, 1984, 1992, 2000]), 2, 29)
    return {
        "Date Of Birth": "" if rng.random() < 0.01 else _written(rng, born),
        "Gender": _one(rng, GENDER),
        "Ethnic Origin": _one(rng, ESR_ETHNIC),
        "Disability": "Perhaps" if rng.random() < 0.01 else _one(rng, DISABILITY),
        "Religious Belief": _one(rng, RELIGION),
        "Sexual Orientation": _one(rng, ORIENTATION),
        "Marital Status": _one(rng, MARITAL),
    }


def _post(rng: Random, sequence: int, kind: str) -> Post:
    job = rng.choices(JOBS, [weight for weight, *_ in JOBS])[0]
    category, status = _one(rng, IN_CATEGORY), _one(rng, IN_STATUS)
    if kind == "bank":
        category = "Bank"
    elif kind == "honorary":
        category = "Honorary"
    elif kind == "non_executive":
        category = "Non-Exec Director/Chair"
    elif kind == "category":
        category = "Gig Worker"
    elif kind == "status":
        status = rng.choice(OUT_STATUS)
    return Post(
        sequence=sequence,
        primary="Y",
        category=category,
        status=status,
        directorate=rng.choices(DIRECTORATES, [40, 34, 18, 8])[0],
        team=rng.choice(TEAMS),
        staff_group=job[1],
        occupation=rng.choice(job[2]),
        scale=rng.choice(job[3]),
        fte=rng.choices(["1", "1.00", "0.8", "0.6", "0.5", "0.53333"], [50, 20, 8, 10, 8, 4])[0],
        start=_day(rng, Date(2001, 1, 1), Date(2022, 12, 31)),
    )


def _further_post(rng: Random, posts: Sequence[Post]) -> Post:
    """A second or third post, often as like the first as can be, so that the last rules decide which one places."""
    kind = rng.choices(["employed", "bank", "honorary", "status"], [60, 20, 8, 12])[0]
    post = replace(_post(rng, len(posts) + 1, kind), primary="N")
    if rng.random() < 0.5:
        post = replace(post, fte=posts[0].fte)
        if rng.random() < 0.5:
            post = replace(post, start=posts[0].start)
    elif rng.random() < 0.6:
        post = replace(post, fte="0.4")
    if kind == "employed" and rng.random() < 0.4:
        post = replace(post, conflict=_characteristics(rng))
    return post


def _placed(rng: Random, posts: list[Post]) -> list[Post]:
    """Some people have no primary post, some two, and some have it where it does not count."""
    if len(posts) == 1:
        return [replace(posts[0], primary="N")] if rng.random() < 0.02 else posts
    fate = rng.random()
    if fate < 0.25:
        return [replace(post, primary="N") for post in posts]
    if fate < 0.45:
        return [replace(post, primary="Y" if post.sequence == 2 else "N") for post in posts]
    if fate < 0.55:
        return [replace(post, primary="Y") for post in posts]
    if fate < 0.65:
        return [replace(posts[0], status="Inactive Not Worked"), *posts[1:]]
    return posts


def _a_year_later(rng: Random, person: Person, index: int) -> Person:
    """Promotions, moves to another directorate, and characteristics that were unknown and are told now."""
    posts = list(person.posts)
    if rng.random() < 0.1:
        posts[0] = replace(posts[0], scale=SCALES_UP.get(posts[0].scale, posts[0].scale))
    if rng.random() < 0.02:
        posts[0] = replace(posts[0], scale=rng.choice(["VM01", "XR04", "LC01"]))
    if rng.random() < 0.06:
        posts[0] = replace(posts[0], directorate=rng.choice(DIRECTORATES))
    if rng.random() < 0.03 and posts[0].status == "Active Assignment":
        posts[0] = replace(posts[0], status="Inactive Not Worked")
    characteristics = dict(person.characteristics)
    if rng.random() < 0.3 and characteristics["Disability"] in ("", "Unspecified", "No"):
        characteristics["Disability"] = rng.choice(["No", "No", "Yes"])
    if rng.random() < 0.3 and characteristics["Ethnic Origin"] in ("", "Unspecified"):
        characteristics["Ethnic Origin"] = _one(rng, ESR_ETHNIC)
    return replace(person, posts=tuple(posts), characteristics=characteristics)


def _staff_list(rng: Random, landing: Landing, date: Date, people: Sequence[Person]) -> None:
    rows = [_staff_row(rng, person, post, date) for person in people for post in person.posts]
    rows += [dict(row) for row in rng.sample(rows, 4)]
    name = f"esr_staff_list/esr_staff_list_{date.isoformat()}"
    if date == Date(2024, 3, 31):
        landing[f"{name}.csv"] = [row | {"Ethnic Origin": "A White - British"} for row in rows[:-30]]
        landing[f"{name}_v2.csv"] = rows
    else:
        landing[f"{name}.csv"] = rows


def _staff_row(rng: Random, person: Person, post: Post, date: Date) -> Row:
    directorate = post.directorate
    if rng.random() < 0.02:
        directorate = OTHER_SPELLING.get(directorate, f" {directorate} ")
    characteristics = person.characteristics | post.conflict
    assert characteristics.keys() == person.characteristics.keys()
    return {
        "Employee Number": person.number,
        "Assignment Number": person.number + (f"-{post.sequence}" if post.sequence > 1 else ""),
        "Primary Assignment": post.primary,
        "Assignment Category": post.category,
        "Assignment Status": post.status,
        "Org L3": directorate,
        "Org L5": post.team,
        "Position Title": "Officer",
        "Job Role": 'Officer, "relief"\nand other',
        "Staff Group": post.staff_group,
        "Occupation Code": post.occupation,
        "Pay Scale": post.scale,
        "FTE": post.fte,
        "Latest Start Date": _written(rng, post.start),
        "Annual Salary": str(SALARIES.get(post.scale[2:], 30000)),
        **characteristics,
    }


SALARIES = {
    "01": 23600,
    "02": 23600,
    "03": 24600,
    "04": 27500,
    "05": 31000,
    "06": 38700,
    "07": 47800,
    "08": 55700,
    "09": 64400,
    "10": 76900,
    "11": 91300,
    "12": 109100,
}


# Events


def _applicant(rng: Random) -> Row:
    ethnic = _one(rng, TRAC_ETHNIC) if rng.random() < 0.6 else _one(rng, ESR_ETHNIC)
    return {
        "Gender": _one(rng, GENDER),
        "Ethnic Origin": ethnic,
        "Disability": _one(rng, APPLICANT_DISABILITY),
    }


def _recruitment(rng: Random, landing: Landing, date: Date) -> None:
    rows = []
    for number in range(260):
        shortlisted = rng.random() < 0.6
        appointed = rng.random() < 0.25 if shortlisted else rng.random() < 0.02
        applied = _day(rng, Date(date.year - 1, 1, 10), date)
        rows.append(
            {
                "Application ID": f"{date.year}-{number}",
                "Vacancy Reference": f"V{number % 40}",
                "Post Title": rng.choice(POSTS_OF_THE_PLAN),
                "Pay Band": "Band 5",
                "Directorate": rng.choices([*DIRECTORATES, ""], [40, 34, 18, 6, 2])[0],
                "Internal Applicant": rng.choice(["Y", "N"]),
                "Applied Date": _written(rng, applied),
                "Shortlisted": rng.choice(["Y", "Yes"]) if shortlisted else "N",
                "Interviewed": "Y" if shortlisted else "N",
                "Appointed": "Y" if appointed else rng.choice(["N", "No"]),
                "Appointed Date": _written(rng, applied + datetime.timedelta(days=60)) if appointed else "",
                **_applicant(rng),
            }
        )
    rows += [dict(row) for row in rng.sample(rows, 3)]
    if date.year == 2024:
        landing[f"recruitment/recruitment_{date}.csv"] = rows[:150]
        landing[f"recruitment/recruitment_{date}_v2.csv"] = rows
    else:
        landing[f"recruitment/recruitment_{date}.csv"] = rows


def _learning(rng: Random, landing: Landing, date: Date, everyone: Sequence[str]) -> None:
    rows = []
    for _ in range(420):
        kind, course = rng.choice(COURSES)
        first, last = _year_to(date)
        done = rng.choice([first, last]) if rng.random() < 0.05 else _day(rng, first, last)
        if rng.random() < 0.05:
            done = first - datetime.timedelta(days=rng.randrange(1, 40))
        rows.append(
            {
                "Employee Number": "88888888" if rng.random() < 0.02 else rng.choice(everyone),
                "Course": course,
                "Course Type": kind,
                "Completed Date": _written(rng, done),
            }
        )
    landing[f"learning/learning_{date}.csv"] = [*rows, *[dict(row) for row in rng.sample(rows, 5)]]


def _cases(rng: Random, landing: Landing, everyone: Sequence[str]) -> None:
    """Cases from April 2021 on; each file holds two years, a case may stand in two files and differ there."""
    seldom = rng.sample(everyone, 60)
    cases = []
    for number in range(110):
        stage = rng.choices(["Formal", "Informal"], [80, 20])[0]
        opened = _day(rng, Date(2021, 4, 1), Date(2025, 3, 31))
        if rng.random() < 0.1:
            opened = rng.choice([Date(2022, 3, 31), Date(2022, 4, 1), Date(2023, 4, 1), Date(2024, 3, 31)])
        cases.append(
            (
                opened,
                {
                    "Case Reference": f"ER-{number:04}",
                    "Employee Number": "77777777" if rng.random() < 0.03 else rng.choice(seldom),
                    "Case Type": rng.choices(
                        [
                            "Disciplinary",
                            "Capability - Performance",
                            "Capability - Ill Health",
                            "Grievance",
                            "Dignity at Work",
                        ],
                        [45, 30, 10, 10, 5],
                    )[0],
                    "Stage": stage,
                    "Formal Date": _written(rng, opened) if stage == "Formal" or rng.random() < 0.2 else "",
                    "Closed Date": "",
                    "Outcome": "",
                    "Directorate": rng.choice([*DIRECTORATES, "", ""]),
                },
            )
        )
    for date in YEAR_ENDS:
        first = Date(date.year - 2, 4, 1)
        rows = [_as_then_known(rng, row, date) for opened, row in cases if first <= opened <= date]
        landing[f"employee_relations/employee_relations_{date}.csv"] = [*rows, dict(rows[0])]


def _as_then_known(rng: Random, case: Row, date: Date) -> Row:
    fate = rng.random()
    if fate < 0.06:
        return case | {"Stage": "Informal", "Formal Date": ""}
    if fate < 0.12:
        return case | {"Case Type": rng.choice(["Disciplinary", "Capability - Performance", "Grievance"])}
    return dict(case)


# Pay


def _pay(rng: Random, landing: Landing, date: Date, people: Sequence[Person]) -> None:
    rows = []
    for person in people:
        if rng.random() < 0.03:
            continue
        reduced = rng.random() < 0.05
        for post in person.posts:
            if post.category in ("Permanent", "Fixed Term Temp", "Locum", "Bank"):
                rows.append(_pay_row(rng, person.number, post, date, reduced))
    rows += [dict(row) for row in rng.sample(rows, 3)]
    stranger = dict(rows[0]) | {"Employee Number": "66666666", "Assignment Number": "66666666"}
    landing[f"pay/pay_{date}.csv"] = [*rows, stranger]


def _pay_row(rng: Random, number: str, post: Post, date: Date, reduced: bool) -> Row:
    first = Date(date.year, 3, 1)
    if rng.random() < 0.06:
        first = date - datetime.timedelta(days=rng.choice([6, 13, 27]))
    days = (date - first).days + 1
    hours = round(float(post.fte) * 37.5, 2)
    steps = rng.choice([0, 0, 0, 1, 2])
    yearly = SALARIES.get(post.scale[2:], 30000) * (1 + 0.05 * steps)
    if rng.random() < 0.3:
        yearly *= rng.uniform(0.95, 1.15)
    basic = round(yearly / 12 * (1 if days > 28 else days / 30.44) * float(post.fte), 2)
    bonus = rng.random() < 0.1
    return {
        "Employee Number": number,
        "Assignment Number": number + (f"-{post.sequence}" if post.sequence > 1 else ""),
        "Pay Period Start": _written(rng, first),
        "Pay Period End": _written(rng, date),
        "Basic Pay": f"{basic:.2f}",
        "Allowances": rng.choice(["0", "0", "120.50", "301.1"]),
        "Shift Premium": rng.choice(["0", "0", "88.00", "15"]),
        "Leave Pay": rng.choice(["0", "0", "0", "240.24"]),
        "Overtime": rng.choice(["0", "500.00", "77.7"]),
        "Bonus In Period": rng.choice(["0", "250", "1000.00"]) if bonus else "0",
        "Bonus Period Days": rng.choice(["", "365", "90"]) if bonus else "",
        "Bonus In Year": rng.choice(["250", "1000", "1200.50", "3000"]) if bonus else "0",
        "Weekly Hours": "" if rng.random() < 0.03 else f"{hours:g}",
        "Reduced Pay For Leave": "Y" if reduced and post.sequence == 1 else "N",
    }


# The trust's own words: teams, posts, themes, networks, plans


def _teams_of_one_directorate(landing: Landing) -> None:
    """Some teams stand under one directorate alone, whatever else the people's teams are called."""
    for name, rows in landing.items():
        for row in rows if name.startswith("esr_staff_list") else ():
            if row["Org L5"] == "Scheduling" and row["Org L3"] in DIRECTORATES[2:]:
                row["Org L5"] = f"{row['Org L5']} of {row['Org L3']}"


def _posts_and_interviews(rng: Random, landing: Landing) -> None:
    """Not everyone who is shortlisted comes to the interview; posts are written as vacancies write them."""
    drawn: dict[str, Row] = {}
    for name, rows in landing.items():
        for row in rows if name.startswith("recruitment/") else ():
            key = row["Application ID"]
            if key not in drawn:
                title = rng.choice([row["Post Title"], f"Trainee {row['Post Title']}", row["Post Title"].upper()])
                if "2025" in name and rng.random() < 0.1:
                    title = "Call Handler to Paramedic Programme"
                drawn[key] = {"Post Title": title}
                if rng.random() < 0.15:
                    drawn[key]["Interviewed"] = "N"
            row.update(drawn[key])


def _restated_concerns(rng: Random, landing: Landing) -> None:
    """Some themes are spelt otherwise, blank or in no map; the next register tells some concerns anew."""
    last: list[Row] = []
    for date in YEAR_ENDS:
        rows = landing[f"freedom_to_speak_up/freedom_to_speak_up_{date}.csv"]
        for row in rows:
            if rng.random() < 0.25:
                row["Theme"] = rng.choice(OTHER_THEMES)
        again = [row | {"Theme": rng.choice(THEMES)} for row in rng.sample(last, min(8, len(last)))]
        last = list(rows)
        rows += again


def _networks(rng: Random, landing: Landing, date: Date) -> None:
    """Networks under their own and another spelling, one that is in no list, one that begins with nobody."""
    counts = {name: rng.randrange(20, 90) for name in NETWORKS}
    if date.year == 2024:
        counts["B-ME Network"] = counts.pop("BME Network")
        counts["Jewish Network"] = 0
    if date.year == 2025:
        counts["Jewish Network"] = 7
    rows = [{"Network": name, "As At Date": _written(rng, date), "Members": str(n)} for name, n in counts.items()]
    if date.year == 2025:
        rows.append({"Network": "LGBT+ Network", "As At Date": "2024-03-31", "Members": "33"})
    landing[f"staff_networks/staff_networks_{date}.csv"] = rows


def _plan(rng: Random, landing: Landing, date: Date) -> None:
    """Actions of several plans, and the numbers that the trust states: a number, a word, or nothing."""
    landing[f"plan/plan_{date}.csv"] = [
        {
            "Plan": rng.choice(PLANS),
            "Reference": f"A{number}",
            "Action": "What is to be done",
            "Due Date": _written(rng, date),
            "Status": rng.choice(STATUSES),
        }
        for number in range(24)
    ]
    stated = [("leaders_with_edi_objectives", str(rng.randrange(40)))]
    if date.year > 2023:
        stated.append(("independent_panel_members", rng.choice(["12", "a dozen"])))
    if date.year > 2024:
        stated.append(("Neurodiversity_Assessments", "0"))
    rows = landing[f"plan/statements_{date}.csv"]
    rows += [{"Item": item, "Answer": answer, "Text": ""} for item, answer in stated]


# Board, survey, culture, EDS


def _board(rng: Random, landing: Landing, at_snapshot: dict[Date, list[Person]]) -> None:
    staff = [person.number for person in at_snapshot[SNAPSHOTS[-1]] if person.first == 0]
    members = []
    for number in range(18):
        executive = number % 2 == 0
        begun = _day(rng, Date(2019, 1, 1), Date(2025, 6, 30)) if number > 5 else Date(2020, 4, 1)
        if number == 6:
            begun = Date(2024, 3, 31)
        ended = begun + datetime.timedelta(days=rng.randrange(200, 1500)) if rng.random() < 0.45 else None
        if number == 7:
            ended = Date(2025, 3, 31)
            begun = min(begun, Date(2025, 1, 1))
        members.append(
            {
                "Member Reference": f"B-{number:02}",
                "Employee Number": ("55555555" if number == 4 else staff[number]) if executive else "",
                "Voting": rng.choice(["Y", "Y", "N"]),
                "Executive": "Y" if executive else "N",
                "From Date": _written(rng, begun),
                "To Date": _written(rng, ended),
                "Gender": _one(rng, GENDER),
                "Ethnic Origin": _one(rng, ESR_ETHNIC),
                "Disability": _one(rng, DISABILITY),
            }
        )
    for date in YEAR_ENDS:
        rows = [dict(member) for member in members]
        if date != YEAR_ENDS[-1]:
            rows[1]["Voting"] = "N"
            rows[3]["Ethnic Origin"] = "Z Not Stated"
        landing[f"board/board_{date}.csv"] = rows


def _survey(rng: Random, landing: Landing, year: int) -> None:
    rows = []
    for question in QUESTIONS:
        for characteristic, group in RESPONDENTS:
            hidden = characteristic != "All" and rng.random() < 0.06
            value = f"{rng.uniform(5, 8):.2f}" if question == "engagement" else f"{rng.uniform(3, 70):.1f}"
            rows.append(
                {
                    "Survey Year": str(year),
                    "Question": "Q30b" if question == "Q31b" and year < 2023 else question,
                    "Characteristic": characteristic,
                    "Group": group,
                    "Value": "-" if hidden else value,
                    "Base": "-" if hidden else str(rng.randrange(10, 400)),
                }
            )
    landing[f"staff_survey/staff_survey_breakdown_{year}.csv"] = rows


def _culture(rng: Random, landing: Landing, date: Date) -> None:
    first, last = _year_to(date)
    landing[f"freedom_to_speak_up/freedom_to_speak_up_{date}.csv"] = [
        {
            "Concern Reference": f"FTSU-{date.year}-{number}",
            "Raised Date": _written(rng, _day(rng, first, last)),
            "Theme": rng.choice(THEMES),
            "Directorate": rng.choice(DIRECTORATES),
            "Gender": _one(rng, GENDER),
            "Ethnic Origin": _one(rng, ESR_ETHNIC),
        }
        for number in range(60)
    ]


def _eds_and_statements(rng: Random, landing: Landing, date: Date) -> None:
    rows = []
    for outcome in OUTCOMES:
        for service in SERVICES if outcome.startswith("1") else ("",):
            score = rng.choice([0, 1, 1, 2, 2, 3])
            score = {2023: score // 3, 2024: score}.get(date.year, min(3, score + 1))
            rows.append(
                {"Outcome": outcome, "Service": service, "Score": str(score), "Evidence": "Review, with\nreasons"}
            )
    landing[f"eds/eds_{date}.csv"] = rows
    landing[f"plan/statements_{date}.csv"] = [
        {"Item": "wdes_9b", "Answer": rng.choice(["Yes", "No"]), "Text": "What was done"},
        {"Item": "hia_1a", "Answer": "Yes", "Text": ""},
    ]
