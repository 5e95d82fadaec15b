"""Every indicator once more, in plain Python over the landing files: counts, values and intervals.

It shares no code, no seed and no SQL with the project and follows the guidance as Parity reads it. `values(trust)` has
one `Figure` per indicator, version, date, unit, stratum, measure and group.
"""

from __future__ import annotations

import datetime
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, product
from pathlib import Path
from typing import NamedTuple

from tests.independent.arithmetic import Z95, Interval, wilson
from tests.independent.people import (
    AFC_BANDS,
    CATEGORY_OF,
    CLUSTER_OF,
    RANK_OF,
    TIER_OF,
    Member,
    characteristics,
    declaration,
    members,
)
from tests.independent.read import (
    Date,
    Row,
    a_year_before,
    date_of,
    dated,
    is_yes,
    newest_by_reference,
    number_of,
    tables,
    unit_key,
)


class Key(NamedTuple):
    """What a figure is about. Directorates are spelt in small letters, because their spellings may differ in case."""

    indicator: str
    version: str
    as_at: Date
    level: str
    unit: str
    stratum: str
    measure: str
    group: str


@dataclass(frozen=True)
class Figure:
    """A figure. `numerator` is None where only a printed share is known; `years` are those of a rolling mean count."""

    numerator: float | None
    denominator: float
    value: float | None
    interval: Interval | None
    years: int = 1


Values = dict[Key, Figure]
Unit = tuple[str, str]
Snapshots = dict[Date, dict[str, Member]]

WHOLE: Unit = ("trust", "trust")
ETHNICITY = ("white", "ethnic_minority", "unknown")
DISABILITY = ("disabled", "not_disabled", "unknown")
GENDER = ("female", "male", "unknown")
BROAD = ("white", "mixed", "asian", "black", "other", "unknown")
AGE = ("under_21", "21_30", "31_40", "41_50", "51_60", "61_70", "71_and_over", "unknown")
GROUPS: dict[str, Sequence[str]] = {
    "age": AGE,
    "disability": ("yes", "no", "not_declared", "prefer_not_to_answer", "unspecified", "blank", "unmapped"),
    "disability_group": DISABILITY,
    "ethnicity": ETHNICITY,
    "ethnicity_broad": BROAD,
    "ethnicity_category": (*CATEGORY_OF.values(), "blank", "unmapped"),
    "gender": GENDER,
    "marital_status": (
        *("single", "married", "civil_partnership", "divorced", "legally_separated", "widowed", "not_disclosed"),
        *("unknown", "blank", "unmapped"),
    ),
    "religion": (
        *("christianity", "atheism", "islam", "hinduism", "sikhism", "judaism", "buddhism", "jainism", "other"),
        *("not_disclosed", "unspecified", "blank", "unmapped"),
    ),
    "religion_group": ("follows_a_religion", "no_religion", "unknown"),
    "sexual_orientation": (
        *("heterosexual", "gay_or_lesbian", "bisexual", "other", "undecided"),
        *("not_stated", "unspecified", "blank", "unmapped"),
    ),
    "sexual_orientation_group": ("lgb_plus", "heterosexual", "undecided", "unknown"),
    "staff_group": (
        *("medical_and_dental", "students", "nursing_and_midwifery_registered", "allied_health_professionals"),
        *("additional_professional_scientific_and_technical", "healthcare_scientists", "additional_clinical_services"),
        *("administrative_and_clerical", "estates_and_ancillary", "supplementary_roles", "unmapped"),
    ),
    "working_time": ("full_time", "part_time", "unknown"),
}
DECLARED_FIELDS = {
    "ethnicity": "ethnicity_category",
    "disability": "disability",
    "religion": "religion",
    "sexual_orientation": "sexual_orientation",
    "marital_status": "marital_status",
    "gender": "gender",
    "age": "age",
}


class Trust:
    """The landing files of a trust, read once."""

    def __init__(self, landing: Path) -> None:
        self.landing = landing
        lists = dated(landing, "esr_staff_list", "esr_staff_list")
        self.snapshots: Snapshots = {date: members(rows, date) for date, rows in lists.items()}
        self.employed = {
            date: {number: one for number, one in people.items() if one.is_employed}
            for date, people in self.snapshots.items()
        }
        self.teams = {date: _teams(people.values()) for date, people in self.employed.items()}
        self.year_ends = [date for date in self.snapshots if (date.month, date.day) == (3, 31)]

    def files(self, folder: str, name: str) -> dict[Date, list[Row]]:
        """The current file of each date."""
        return dated(self.landing, folder, name)


def _teams(people: Iterable[Member], *others: Iterable[Member]) -> dict[str, Unit]:
    """The team of each person: a name that several directorates have, or that is unknown, is told apart by them.

    Of two dates that are set beside each other, a name is told apart where either has it under another directorate.
    """
    here = list(people)
    directorates: defaultdict[str, set[str]] = defaultdict(set)
    for one in chain(here, *others):
        directorates[one.team].add(one.directorate)
    shared = {team for team, names in directorates.items() if len(names) > 1 or team == "unknown"}
    return {one.number: ("team", f"{one.team} ({one.directorate})" if one.team in shared else one.team) for one in here}


def values(trust: Trust) -> Values:
    """Every figure of every indicator."""
    found: Values = {}
    for part in PARTS:
        for key, figure in part(trust):
            assert key not in found, key
            found[key] = figure
    return found


Found = Iterator[tuple[Key, Figure]]


def figure(numerator: float, denominator: float, years: int = 1) -> Figure:
    """A share or likelihood of a count with its Wilson interval; without a value where nobody is in the base.

    Nor has it one where more people of a small unit entered a process than are left in it.
    """
    if not denominator or numerator > denominator:
        return Figure(numerator, denominator, None, None, years)
    return Figure(
        numerator, denominator, numerator / denominator, wilson(numerator * years, denominator * years), years
    )


def _units(directorate: str) -> tuple[Unit, Unit]:
    return WHOLE, ("directorate", directorate)


def _units_of(one: Member, teams: dict[str, Unit]) -> Iterator[Unit]:
    """The trust, the directorate and the team of a person, where teams are told."""
    yield from _units(one.directorate)
    if one.number in teams:
        yield teams[one.number]


# Stock of staff


def _shares(
    indicator: str,
    date: Date,
    people: Iterable[Member],
    *,
    strata: Callable[[Member], Iterable[str]],
    group: Callable[[Member], str],
    groups: Iterable[str],
    teams: dict[str, Unit],
    whole_units: bool = False,
) -> Found:
    counts: Counter[tuple[Unit, str, str]] = Counter()
    bases: Counter[tuple[Unit, str]] = Counter()
    for one in people:
        for unit, stratum in product(_units_of(one, teams), strata(one)):
            if whole_units and unit != WHOLE and stratum != "all":
                continue
            counts[unit, stratum, group(one)] += 1
            bases[unit, stratum] += 1
    for (unit, stratum), base in bases.items():
        for name in groups:
            key = Key(indicator, "1", date, *unit, stratum, "share", name)
            yield key, figure(counts[unit, stratum, name], base)


def _group(*characteristics: str) -> Callable[[Member], str]:
    """The group of a person by one characteristic, or by several crossed."""

    def group(one: Member) -> str:
        own = {**one.groups, "staff_group": one.staff_group, "working_time": one.working_time}
        return " / ".join(own[characteristic] for characteristic in characteristics)

    return group


def _band_stratum(one: Member) -> str:
    return "band_unmapped" if one.band == "unmapped" else one.band


def _wres_1_strata(one: Member) -> Iterator[str]:
    band = _band_stratum(one)
    yield from ("all", one.clinical, band, f"{one.clinical} / {band}")


def _profile_strata(characteristic: str) -> Callable[[Member], Iterator[str]]:
    def strata(one: Member) -> Iterator[str]:
        yield from ("all", one.clinical, _band_stratum(one))
        if characteristic != "staff_group":
            yield {"medical_and_dental": "staff_group_medical_and_dental", "unmapped": "staff_group_unmapped"}.get(
                one.staff_group, one.staff_group
            )
        if characteristic != "working_time":
            yield one.working_time

    return strata


def _wres_1(trust: Trust) -> Found:
    for date, people in trust.employed.items():
        yield from _shares(
            "wres_1",
            date,
            people.values(),
            strata=_wres_1_strata,
            group=_group("ethnicity"),
            groups=ETHNICITY,
            teams=trust.teams[date],
        )


def _wdes_1(trust: Trust) -> Found:
    def strata(one: Member) -> Iterator[str]:
        cluster = CLUSTER_OF.get(one.band, "no_cluster")
        split = "clinical" if one.clinical == "medical_and_dental" else one.clinical
        band = _band_stratum(one)
        yield from ("all", split, band, f"{one.clinical} / {band}", cluster, f"{split} / {cluster}")

    for date, people in trust.employed.items():
        found = _shares(
            "wdes_1",
            date,
            people.values(),
            strata=strata,
            group=_group("disability_group"),
            groups=DISABILITY,
            teams=trust.teams[date],
        )
        yield from ((key, one) for key, one in found if key.level != "team" or _is_told_of_teams(key.stratum))


def _is_told_of_teams(stratum: str) -> bool:
    """WDES 1 is told by cluster, not by band, in a team."""
    last = stratum.rpartition(" / ")[2]
    return last == "all" or "cluster" in last or "clinical" in last


def _profile(trust: Trust) -> Found:
    for (date, people), (characteristic, groups) in product(trust.employed.items(), GROUPS.items()):
        yield from _shares(
            f"workforce_profile_{characteristic}",
            date,
            people.values(),
            strata=_profile_strata(characteristic),
            group=_group(characteristic),
            groups=groups,
            teams=trust.teams[date],
            whole_units=True,
        )


def _declaration(trust: Trust) -> Found:
    for (date, people), (name, characteristic) in product(trust.employed.items(), DECLARED_FIELDS.items()):
        counts: defaultdict[Unit, Counter[str]] = defaultdict(Counter)
        for one in people.values():
            value = one.groups[characteristic]
            known = "blank" if value == "unknown" else declaration(value)
            for unit in _units_of(one, trust.teams[date]):
                counts[unit][known] += 1
        for unit, classes in counts.items():
            base = classes.total()
            start = (f"declaration_{name}", "1", date, *unit, "all")
            for known in ("declared", "declined", "blank", "unmapped"):
                yield Key(*start, "share", known), figure(classes[known], base)
            yield Key(*start, "complete_share", "all"), figure(classes["declared"] + classes["declined"], base)
            yield Key(*start, "usable_share", "all"), figure(classes["declared"], base)


def _race_disparity(trust: Trust) -> Found:
    for date in trust.year_ends:
        counts: Counter[tuple[Unit, str, str, str]] = Counter()
        for one in trust.employed[date].values():
            if one.clinical in ("clinical", "non_clinical") and one.band in TIER_OF:
                for unit in _units_of(one, trust.teams[date]):
                    counts[unit, one.clinical, TIER_OF[one.band], one.groups["ethnicity"]] += 1
        for unit, split in {(unit, split) for unit, split, _, _ in counts}:
            for low, high in (("lower", "middle"), ("middle", "upper"), ("lower", "upper")):
                for group in ETHNICITY:
                    higher, lower = counts[unit, split, high, group], counts[unit, split, low, group]
                    stratum = f"{split} / {low}_to_{high}"
                    key = Key("race_disparity_ratio", "1", date, *unit, stratum, "progression_ratio", group)
                    yield key, Figure(higher, lower, higher / lower if lower else None, None)


# Events


def _likelihoods(
    indicator: str,
    version: str,
    date: Date,
    *,
    events: Counter[tuple[Unit, str]],
    bases: Counter[tuple[Unit, str]],
    groups: Sequence[str],
    years: int = 1,
) -> Found:
    for unit in {unit for unit, _ in bases} | {unit for unit, _ in events}:
        for group in groups:
            key = Key(indicator, version, date, *unit, "all", "likelihood", group)
            yield key, figure(events[unit, group] / years, bases[unit, group], years)


def _shortlisting(trust: Trust) -> Found:
    for date, rows in trust.files("recruitment", "recruitment").items():
        for indicator, characteristic, groups in (
            ("wres_2", "ethnicity", ETHNICITY),
            ("wdes_2", "disability_group", DISABILITY),
        ):
            appointed: Counter[tuple[Unit, str]] = Counter()
            shortlisted: Counter[tuple[Unit, str]] = Counter()
            for row in rows:
                if is_yes(row["Shortlisted"]):
                    for unit in _units(unit_key(row["Directorate"])):
                        cell = unit, characteristics(row)[characteristic]
                        shortlisted[cell] += 1
                        appointed[cell] += is_yes(row["Appointed"])
            yield from _likelihoods(indicator, "1", date, events=appointed, bases=shortlisted, groups=groups)


def _headcount(trust: Trust, date: Date, characteristic: str, teams: dict[str, Unit]) -> Counter[tuple[Unit, str]]:
    return Counter(
        (unit, one.groups[characteristic]) for one in trust.employed[date].values() for unit in _units_of(one, teams)
    )


def _as_they_stood(trust: Trust, number: str, day: Date) -> Member | None:
    """The person in the own last snapshot on or before the day, else in the own first one after it."""
    own = [date for date in sorted(trust.snapshots) if number in trust.snapshots[date]]
    if not own:
        return None
    before = [date for date in own if date <= day]
    return trust.snapshots[before[-1] if before else own[0]][number]


def _people_in_cases(
    trust: Trust, kind: str, characteristic: str, year_end: Date, at: Date
) -> Counter[tuple[Unit, str]]:
    """Distinct people with a formal case of the kind, opened in the twelve months to the date: each by the first.

    Units are those of the snapshot `at`. A team is the person's own, and unknown where the case stands elsewhere.
    Of two cases of one day the one of the lower reference is the first.
    """
    first: dict[str, tuple[Date, str, str, str, str]] = {}
    for row in newest_by_reference(trust.files("employee_relations", "employee_relations"), "Case Reference"):
        opened = date_of(row["Formal Date"])
        if row["Stage"] != "Formal" or row["Case Type"] != kind or opened is None:
            continue
        one = _as_they_stood(trust, row["Employee Number"], opened)
        if a_year_before(year_end) < opened <= year_end and one and one.is_employed:
            directorate = unit_key(row["Directorate"]) if row["Directorate"] else one.directorate
            team = one.team if directorate == one.directorate else "unknown"
            case = opened, row["Case Reference"], directorate, team, one.groups[characteristic]
            first[one.number] = min(first.get(one.number, case), case)
    named = {(one.directorate, one.team): trust.teams[at][number] for number, one in trust.employed[at].items()}
    return Counter(
        (unit, group)
        for *_, directorate, team, group in first.values()
        for unit in (*_units(directorate), named.get((directorate, team), ("team", f"unknown ({directorate})")))
    )


def _cases(trust: Trust) -> Found:
    for date in trust.year_ends:
        for indicator, kind, characteristic, groups in (
            ("wres_3", "Disciplinary", "ethnicity", ETHNICITY),
            ("wdes_3", "Capability - Performance", "disability_group", DISABILITY),
        ):
            bases = _headcount(trust, date, characteristic, trust.teams[date])
            this = _people_in_cases(trust, kind, characteristic, date, date)
            both = this + _people_in_cases(trust, kind, characteristic, a_year_before(date), date)
            if indicator == "wdes_3":
                yield from _likelihoods(indicator, "1", date, events=both, bases=bases, groups=groups, years=2)
            else:
                yield from _likelihoods(indicator, "1", date, events=this, bases=bases, groups=groups)
                yield from _likelihoods(indicator, "2", date, events=both, bases=bases, groups=groups, years=2)


def _learning(trust: Trust) -> Found:
    rows = [row for file in trust.files("learning", "learning").values() for row in file]
    for date in trust.year_ends:
        trained: Counter[tuple[Unit, str]] = Counter()
        people = {
            row["Employee Number"]
            for row in rows
            if row["Course Type"] in ("Non-Mandatory", "CPD")
            and a_year_before(date) < (date_of(row["Completed Date"]) or date) <= date
        }
        for number in people & trust.employed[date].keys():
            one = trust.employed[date][number]
            trained.update((unit, one.groups["ethnicity"]) for unit in _units_of(one, trust.teams[date]))
        staff = _headcount(trust, date, "ethnicity", trust.teams[date])
        yield from _likelihoods("wres_4", "1", date, events=trained, bases=staff, groups=ETHNICITY)


def _board(trust: Trust) -> Found:
    register = newest_by_reference(trust.files("board", "board"), "Member Reference")
    for date in trust.year_ends:
        present = [row for row in register if _is_on_board(row, date)]
        for indicator, characteristic, groups in (
            ("wres_9", "ethnicity", ETHNICITY),
            ("wdes_10", "disability_group", DISABILITY),
        ):
            counts: Counter[tuple[str, str]] = Counter()
            bases: Counter[str] = Counter()
            for row in present:
                for stratum in ("all", _voting(row), _executive(row)):
                    counts[stratum, _group_on_board(trust, row, date, characteristic)] += 1
                    bases[stratum] += 1
            for stratum, base in bases.items():
                for group in groups:
                    key = Key(indicator, "1", date, "trust", "trust", stratum, "share", group)
                    yield key, figure(counts[stratum, group], base)


def _is_on_board(row: Row, date: Date) -> bool:
    first, last = date_of(row["From Date"]), date_of(row["To Date"])
    return first is not None and first <= date and (last is None or last >= date)


def _voting(row: Row) -> str:
    return "voting" if is_yes(row["Voting"]) else "non_voting"


def _executive(row: Row) -> str:
    return "executive" if is_yes(row["Executive"]) else "non_executive"


def _group_on_board(trust: Trust, row: Row, date: Date, characteristic: str) -> str:
    one = trust.snapshots[date].get(row["Employee Number"])
    return one.groups[characteristic] if one else characteristics(row)[characteristic]


# Staff survey


SURVEYED = (
    ("wres_5", "Q14a", "Ethnicity"),
    ("wres_6", "Q14b_c", "Ethnicity"),
    ("wres_7", "Q15", "Ethnicity"),
    ("wres_8", "Q16b", "Ethnicity"),
    ("wdes_4a_i", "Q14a", "Long-term condition"),
    ("wdes_4a_ii", "Q14b", "Long-term condition"),
    ("wdes_4a_iii", "Q14c", "Long-term condition"),
    ("wdes_4b", "Q14d", "Long-term condition"),
    ("wdes_5", "Q15", "Long-term condition"),
    ("wdes_6", "Q11e", "Long-term condition"),
    ("wdes_7", "Q4b", "Long-term condition"),
    ("wdes_8", "Q31b", "Long-term condition"),
    ("wdes_8", "Q30b", "Long-term condition"),
    ("wdes_9a", "engagement", "Long-term condition"),
)
RESPONDENTS = {
    "White": "white",
    "All other ethnic groups": "ethnic_minority",
    "Yes": "disabled",
    "No": "not_disabled",
    "All": "all",
}


def _survey(trust: Trust) -> Found:
    for year, rows in tables(trust.landing, "staff_survey", "staff_survey_breakdown").items():
        for row, (indicator, question, characteristic) in product(rows, SURVEYED):
            if indicator == "wdes_8" and row["Group"] == "No":
                continue
            if row["Question"] == question and row["Characteristic"] in (characteristic, "All"):
                measure = "score" if question == "engagement" else "share"
                key = Key(
                    *(indicator, "1", Date(int(year), 12, 31), "trust", "trust", "all"),
                    *(measure, RESPONDENTS[row["Group"]]),
                )
                yield key, _printed(row, measure)


def _printed(row: Row, measure: str) -> Figure:
    value, base = number_of(row["Value"]), number_of(row["Base"])
    if value is None or base is None:
        return Figure(None, 0, None, None)
    if measure == "score":
        return Figure(None, base, value, None)
    share = float(Fraction(row["Value"]) / 100)
    return Figure(None, base, share, wilson(share * base, base))


# Pay


@dataclass(frozen=True)
class Pay:
    """What one relevant employee was paid: `rate` in pounds an hour, None for whom is no full-pay relevant employee."""

    member: Member
    rate: float | None
    bonus: float


def _paid(trust: Trust, date: Date, rows: Iterable[Row]) -> list[Pay]:
    own: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        own[row["Employee Number"]].append(row)
    relevant = [one for one in trust.snapshots[date].values() if one.is_relevant]
    return [Pay(one, _hourly(own[one.number]), _amount(own[one.number], "Bonus In Year")) for one in relevant]


def _amount(rows: Iterable[Row], heading: str) -> float:
    return math.fsum(number_of(row[heading]) or 0 for row in rows)


def _hourly(rows: Sequence[Row]) -> float | None:
    """Pay of a week, summed over the assignments, by the hours of a week."""
    if not rows or any(is_yes(row["Reduced Pay For Leave"]) for row in rows):
        return None
    weekly, hours = 0.0, 0.0
    for row in rows:
        if number_of(row["Weekly Hours"]) is None:
            return None
        weekly += _weekly(row)
        hours += number_of(row["Weekly Hours"]) or 0
    return weekly / hours if hours else None


def _weekly(row: Row) -> float:
    first, last = date_of(row["Pay Period Start"]), date_of(row["Pay Period End"])
    assert first and last
    is_month = first.day == 1 and (last + datetime.timedelta(days=1)).day == 1 and first.month == last.month
    days = 30.44 if is_month else (last - first).days + 1
    ordinary = _amount([row], "Basic Pay") + _amount([row], "Allowances")
    ordinary += _amount([row], "Shift Premium") + _amount([row], "Leave Pay")
    bonus_days = number_of(row["Bonus Period Days"]) or days
    return (ordinary + _amount([row], "Bonus In Period") * days / bonus_days) * 7 / days


PAY_GAPS: tuple[tuple[str, str, Sequence[str]], ...] = (
    ("pay_gap_gender", "gender", GENDER),
    ("pay_gap_ethnicity", "ethnicity", ETHNICITY),
    ("pay_gap_ethnicity_broad", "ethnicity_broad", BROAD),
    ("pay_gap_disability", "disability_group", DISABILITY),
    ("pay_gap_ethnicity_category", "beside_white_british", (*list(CATEGORY_OF.values())[:-1], "unknown")),
)
QUARTERS = ("lower_quarter", "lower_middle_quarter", "upper_middle_quarter", "upper_quarter")


def mean_interval(numbers: Sequence[float]) -> Interval | None:
    """Mean ± 1.96 standard errors; none for fewer than two numbers."""
    if len(numbers) < 2:
        return None
    middle = math.fsum(numbers) / len(numbers)
    variance = math.fsum((one - middle) ** 2 for one in numbers) / (len(numbers) - 1)
    spread = Z95 * math.sqrt(variance / len(numbers))
    return middle - spread, middle + spread


def median(numbers: Sequence[float]) -> float:
    """The middle number, or the mean of the two in the middle."""
    ordered = sorted(numbers)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def quarters(rates: Sequence[tuple[float, str]]) -> list[dict[str, Fraction]]:
    """How many of each group stand in each quarter, from the lowest rate up; ties are shared in their proportions."""
    size, left = divmod(len(rates), 4)
    extra = {0: (), 1: (0,), 2: (0, 2), 3: (0, 1, 2)}[left]
    room = [Fraction(size + (quarter in extra)) for quarter in range(4)]
    found: list[dict[str, Fraction]] = [defaultdict(Fraction) for _ in range(4)]
    runs: defaultdict[float, Counter[str]] = defaultdict(Counter)
    for rate, group in rates:
        runs[round(rate, 4)][group] += 1
    quarter = 0
    for rate in sorted(runs):
        run = runs[rate]
        to_place = Fraction(run.total())
        while to_place:
            while not room[quarter]:
                quarter += 1
            here = min(room[quarter], to_place)
            for group, count in run.items():
                found[quarter][group] += here * count / run.total()
            room[quarter] -= here
            to_place -= here
    return found


def _pay_gaps(trust: Trust) -> Found:
    for date, rows in trust.files("pay", "pay").items():
        paid = _paid(trust, date, rows)
        cells: defaultdict[tuple[Unit, str], list[Pay]] = defaultdict(list)
        for one in paid:
            for unit in _units(one.member.directorate):
                cells[unit, "all"].append(one)
            cells[WHOLE, _band_stratum(one.member)].append(one)
        for ((unit, stratum), people), (indicator, characteristic, groups) in product(cells.items(), PAY_GAPS):
            start = Key(indicator, "1", date, *unit, stratum, "", "")
            yield from _pay_of_cell(start, people, characteristic, groups)
            if (unit, stratum) == (WHOLE, "all"):
                for group in groups:
                    if group not in (REFERENCES[characteristic], "unknown"):
                        yield from _explained(start._replace(group=group), people, characteristic)


def _pay_of_cell(start: Key, people: Sequence[Pay], characteristic: str, groups: Sequence[str]) -> Found:
    for group in groups:
        mine = [one for one in people if one.member.groups[characteristic] == group]
        rates = [one.rate for one in mine if one.rate is not None]
        bonuses = [one.bonus for one in mine if one.bonus > 0]
        key = start._replace(group=group)
        yield key._replace(measure="bonus_share"), _enough(characteristic, figure(len(bonuses), len(mine)))
        for what, numbers in (("hourly_pay", rates), ("bonus_pay", bonuses)):
            mean = Figure(None, len(numbers), _mean(numbers), mean_interval(numbers))
            middle = Figure(None, len(numbers), median(numbers) if numbers else None, None)
            yield key._replace(measure=f"mean_{what}"), _enough(characteristic, mean)
            yield key._replace(measure=f"median_{what}"), _enough(characteristic, middle)
    if start.stratum == "all" and start.level == "trust":
        yield from _quarters_of_cell(start, people, characteristic, groups)


REFERENCES = {
    "gender": "male",
    "ethnicity": "white",
    "ethnicity_broad": "white",
    "disability_group": "not_disabled",
    "beside_white_british": "white_british",
}


def _explained(start: Key, people: Sequence[Pay], characteristic: str) -> Found:
    """The mean gap in two: what other shares in the bands make of it, and what remains within the bands.

    A band without the reference group is taken to pay it as it pays the minority.
    """
    rates: dict[str, defaultdict[str, list[float]]] = {group: defaultdict(list) for group in ("minority", "reference")}
    for one in people:
        group = one.member.groups[characteristic]
        if one.rate is not None and group in (start.group, REFERENCES[characteristic]):
            side = "minority" if group == start.group else "reference"
            rates[side][_band_stratum(one.member)].append(one.rate)
    of_minority, of_reference = (list(chain.from_iterable(rates[side].values())) for side in rates)
    parts: dict[str, tuple[float, float]] = {}
    for band in {_band_stratum(one.member) for one in people}:
        minority, reference = rates["minority"][band], rates["reference"][band]
        if not of_minority or not of_reference:
            continue
        whole, usual = _mean(of_reference) or 0, _mean(reference or minority) or 0
        share = len(minority) / len(of_minority)
        between = (len(reference) / len(of_reference) - share) * (usual - whole) / whole
        parts[band] = between, share * (usual - (_mean(minority) or 0)) / whole
    sums = math.fsum(between for between, _ in parts.values()), math.fsum(within for _, within in parts.values())
    if len(of_minority) < 10 and characteristic == "beside_white_british":
        parts = {}
    for stratum, both in {**parts, "all": sums if parts else (None, None)}.items():
        base = len(of_minority if stratum == "all" else rates["minority"][stratum])
        for measure, value in zip(("gap_between_bands", "gap_within_bands"), both, strict=True):
            key = start._replace(stratum=stratum, measure=measure)
            yield key, _enough(characteristic, Figure(None, base, value, None), len(of_minority))


def _mean(numbers: Sequence[float]) -> float | None:
    return math.fsum(numbers) / len(numbers) if numbers else None


def _enough(characteristic: str, one: Figure, people: float | None = None) -> Figure:
    """A detailed ethnic category is told only where it has ten people."""
    count = one.denominator if people is None else people
    if characteristic == "beside_white_british" and count < 10:
        return Figure(None, one.denominator, None, None)
    return one


def _quarters_of_cell(start: Key, people: Sequence[Pay], characteristic: str, groups: Sequence[str]) -> Found:
    rates = [(one.rate, one.member.groups[characteristic]) for one in people if one.rate is not None]
    known = [(rate, group) for rate, group in rates if group != "unknown"]
    sizes = Counter(group for _, group in known)
    for name, counts in zip(QUARTERS, quarters(known), strict=True):
        base = float(sum(counts.values()))
        for group in groups:
            if group != "unknown":
                key = start._replace(stratum=name, measure="quarter_share", group=group)
                yield key, _enough(characteristic, figure(float(counts[group]), base), sizes[group])


# Movement


def _movement(trust: Trust) -> Found:
    for date in trust.employed:
        earlier = a_year_before(date)
        if earlier not in trust.employed:
            continue
        for name, characteristic in (
            ("ethnicity", "ethnicity"),
            ("disability", "disability_group"),
            ("gender", "gender"),
            ("age", "age"),
        ):
            yield from _movement_of(trust, name, characteristic, date, earlier)


def _movement_of(trust: Trust, name: str, characteristic: str, date: Date, earlier: Date) -> Found:
    before, now = trust.employed[earlier], trust.employed[date]
    teams_of = {
        earlier: _teams(before.values(), now.values()),
        date: _teams(now.values(), before.values()),
    }

    def count(people: Iterable[Member], day: Date) -> Counter[tuple[Unit, str]]:
        teams = teams_of[day]
        return Counter((unit, one.groups[characteristic]) for one in people for unit in _units_of(one, teams))

    stayed = [one for number, one in before.items() if number in now]
    promoted = [
        one
        for one in stayed
        if one.band in RANK_OF and now[one.number].band in RANK_OF and RANK_OF[now[one.number].band] > RANK_OF[one.band]
    ]
    ranked = [one for one in stayed if one.band in RANK_OF and now[one.number].band in RANK_OF]
    left = [one for number, one in before.items() if number not in now]
    started = [one for number, one in now.items() if number not in before]
    for what, day, events, bases in (
        ("starters", date, started, list(now.values())),
        ("leavers", earlier, left, list(before.values())),
        ("retention", earlier, stayed, list(before.values())),
        ("promotion", earlier, promoted, ranked),
    ):
        counts, base = count(events, day), count(bases, day)
        for unit in {unit for unit, _ in base}:
            for group in GROUPS[characteristic]:
                key = Key(f"{what}_{name}", "1", date, *unit, "all", "likelihood", group)
                yield key, figure(counts[unit, group], base[unit, group])


# Culture and EDS


def _eds(trust: Trust) -> Found:
    for date, rows in trust.files("eds", "eds").items():
        scores: defaultdict[str, list[float]] = defaultdict(list)
        for row in rows:
            scores[row["Outcome"]].append(float(row["Score"]))
        middle = {outcome: median(mine) for outcome, mine in scores.items()}
        start = Key("eds", "1", date, "trust", "trust", "", "score", "all")
        for outcome, score in middle.items():
            yield start._replace(stratum=outcome), Figure(None, 0, score, None)
        for domain in "123":
            part = [score for outcome, score in middle.items() if outcome.startswith(domain)]
            key = start._replace(stratum=f"domain_{domain}", measure="total_score")
            yield key, Figure(None, 0, math.fsum(part) if len(part) == OUTCOMES_OF[domain] else None, None)
        total = math.fsum(middle.values()) if len(middle) == 11 else None
        yield start._replace(stratum="all", measure="total_score"), Figure(None, 0, total, None)


RATINGS = ((8, "undeveloped"), (22, "developing"), (33, "achieving"), (34, "excelling"))
"""The rating of a total below each limit."""


def texts(trust: Trust) -> dict[tuple[str, Date], str]:
    """What is a word and no number, by indicator and date: the rating of EDS and the answer of WDES 9b."""
    found = {}
    for key, one in _eds(trust):
        if key.stratum == "all" and one.value is not None:
            found[key.indicator, key.as_at] = next(rating for limit, rating in RATINGS if one.value < limit)
    for date, rows in trust.files("plan", "statements").items():
        for row in rows:
            if row["Item"] == "wdes_9b":
                found["wdes_9b", date] = row["Answer"]
    return found


WORKSHOP = "Tackling Discrimination and Promoting Inclusivity"


def _coverage(trust: Trust) -> Found:
    """Of the people employed at the date, those who ever completed the workshop of the action plan."""
    rows = [row for file in trust.files("learning", "learning").values() for row in file]
    for date in trust.year_ends:
        trained = {
            row["Employee Number"]
            for row in rows
            if row["Course"] == WORKSHOP and (date_of(row["Completed Date"]) or date) <= date
        }
        for suffix, characteristic, groups in (
            ("", None, ("all",)),
            ("_ethnicity", "ethnicity", ETHNICITY),
            ("_gender", "gender", GENDER),
            ("_disability", "disability_group", DISABILITY),
        ):
            counts: Counter[tuple[Unit, str]] = Counter()
            bases: Counter[tuple[Unit, str]] = Counter()
            for one in trust.employed[date].values():
                group = one.groups[characteristic] if characteristic else "all"
                for unit in _units_of(one, trust.teams[date]):
                    bases[unit, group] += 1
                    counts[unit, group] += one.number in trained
            for unit, group in product({unit for unit, _ in bases}, groups):
                key = Key(f"training_coverage{suffix}", "1", date, *unit, "inclusivity_workshop", "coverage", group)
                yield key, figure(counts[unit, group], bases[unit, group])
        start = Key("training_coverage", "1", date, *WHOLE, "inclusivity_workshop", "headcount", "all")
        yield start, Figure(len(trained), 0, len(trained), None)


OUTCOMES_OF = {"1": 4, "2": 4, "3": 3}


THEME_OF = {
    "systems and processes": "systems_and_processes",
    "bullying and harassment": "bullying_and_harassment",
    "element of bullying or harassment": "bullying_and_harassment",
    "patient safety": "patient_safety",
    "worker wellbeing": "worker_wellbeing",
    "element of worker safety or wellbeing": "worker_wellbeing",
    "other": "other",
    "unknown": "unknown",
}
"""Some of the words that the trust's registers use, not all."""
THEMES = (
    *("bullying_and_harassment", "worker_wellbeing", "systems_and_processes", "patient_safety"),
    *("behaviours_and_relationships", "detriment", "other", "unmapped", "unknown"),
)
PRINTED_TOGETHER = ("bullying_and_harassment", "worker_wellbeing")
CONCERNS_BY: dict[str, Sequence[str]] = {
    "ethnicity": ETHNICITY,
    "gender": GENDER,
    "theme": THEMES,
    "theme_group": ("bullying_harassment_or_wellbeing", "other_themes", "unknown"),
}


def _theme(row: Row) -> Row:
    theme = THEME_OF.get(unit_key(row["Theme"]), "unmapped")
    group = "unknown" if theme in ("unmapped", "unknown") else "other_themes"
    return {"theme": theme, "theme_group": "bullying_harassment_or_wellbeing" if theme in PRINTED_TOGETHER else group}


def _concerns(trust: Trust) -> Found:
    files = trust.files("freedom_to_speak_up", "freedom_to_speak_up")
    rows = newest_by_reference(files, "Concern Reference")
    for date, (name, groups) in product(files, CONCERNS_BY.items()):
        counts: Counter[tuple[Unit, str]] = Counter()
        bases: Counter[Unit] = Counter()
        for row in rows:
            if a_year_before(date) < (date_of(row["Raised Date"]) or date) <= date:
                for unit in _units(unit_key(row["Directorate"])):
                    counts[unit, {**characteristics(row), **_theme(row)}[name]] += 1
                    bases[unit] += 1
        for unit, group in product(bases, groups):
            key = Key(f"ftsu_{name}", "1", date, *unit, "all", "share", group)
            yield key, figure(counts[unit, group], bases[unit])


NAMED_POSTS = {
    "assistant ambulance practitioner": "assistant_ambulance_practitioner",
    "incident response officer": "incident_response_officer",
    "emergency resource dispatcher": "emergency_resource_dispatcher",
    "clinical hub": "clinical_hub",
    "call handler to paramedic": "call_handler_to_paramedic",
}
FRONT_LINE = "ambulance operations"


def _named_posts(row: Row) -> Iterator[str]:
    """The posts of the plans that an application counts under, and all posts."""
    yield "all"
    yield from (post for words, post in NAMED_POSTS.items() if words in unit_key(row["Post Title"]))
    if FRONT_LINE in unit_key(row["Directorate"]):
        yield "ambulance_operations_and_999"


STEPS = ("applied", "shortlisted", "interviewed", "appointed", "appointed_at_interview")
SHARES = {"applicant_share": "applied", "shortlisted_share": "shortlisted", "appointed_share": "appointed"}
LIKELIHOODS = {
    "shortlisting_likelihood": ("shortlisted", "applied"),
    "interview_likelihood": ("interviewed", "shortlisted"),
    "success_at_interview_likelihood": ("appointed_at_interview", "interviewed"),
    "appointment_likelihood": ("appointed", "shortlisted"),
}


def _steps(row: Row) -> Iterator[str]:
    """How far an application came; an appointment without shortlisting is no step."""
    yield "applied"
    if is_yes(row["Shortlisted"]):
        yield "shortlisted"
        reached = {"interviewed": is_yes(row["Interviewed"]), "appointed": is_yes(row["Appointed"])}
        yield from (step for step, has in reached.items() if has)
        if all(reached.values()):
            yield "appointed_at_interview"


def _positive_action(trust: Trust) -> Found:
    for (date, rows), (name, (characteristic, groups)) in product(
        trust.files("recruitment", "recruitment").items(), BY_PAIRS.items()
    ):
        counts: Counter[tuple[Unit, str, str, str]] = Counter()
        for row in rows:
            group = characteristics(row)[characteristic]
            for unit, post, step in product(_units(unit_key(row["Directorate"])), _named_posts(row), _steps(row)):
                counts[unit, post, group, step] += 1
        for (unit, post), group in product({(unit, post) for unit, post, _, _ in counts}, groups):
            start = Key(f"positive_action_recruitment_{name}", "1", date, *unit, post, "", group)
            for measure, step in SHARES.items():
                base = sum(counts[unit, post, other, step] for other in groups)
                yield start._replace(measure=measure), figure(counts[unit, post, group, step], base)
            for measure, (step, before) in LIKELIHOODS.items():
                share = figure(counts[unit, post, group, step], counts[unit, post, group, before])
                yield start._replace(measure=measure), share


BY_PAIRS: dict[str, tuple[str, Sequence[str]]] = {
    "ethnicity": ("ethnicity", ETHNICITY),
    "disability": ("disability_group", DISABILITY),
    "gender": ("gender", GENDER),
}
NETWORK_OF = {
    "bme network": "network_bme",
    "b-me network": "network_bme",
    "lgbt+ network": "network_lgbt",
    "enabled network": "network_enabled",
    "women's network": "network_women",
    "jewish network": "network_jewish",
}


def _networks(trust: Trust) -> Found:
    """Members of each network and of all, one that is in no list included, beside those of twelve months before."""
    newest: dict[tuple[Date, str], int] = {}
    for _, rows in sorted(trust.files("staff_networks", "staff_networks").items()):
        for row in rows:
            date = date_of(row["As At Date"])
            assert date
            newest[date, unit_key(row["Network"])] = int(row["Members"])
    members: Counter[tuple[Date, str]] = Counter()
    for (date, network), count in newest.items():
        members[date, "all"] += count
        if network in NETWORK_OF:
            members[date, NETWORK_OF[network]] += count
    for (date, network), count in members.items():
        start = Key("staff_network_members", "1", date, *WHOLE, network, "headcount", "all")
        yield start, Figure(count, 0, count, None)
        before = members.get((a_year_before(date), network), 0)
        growth = Figure(count, before, count / before if before else None, None)
        yield start._replace(measure="growth_ratio"), growth


PLAN_OF = {
    "business plan": "plan_business_plan",
    "wres action plan": "plan_wres_action_plan",
    "high impact action": "plan_high_impact_action",
    "high impact actions": "plan_high_impact_action",
}
STATUS_OF = {
    "complete": "completed",
    "completed": "completed",
    "done": "completed",
    "in progress": "in_progress",
    "on track": "in_progress",
    "not started": "not_started",
    "paused": "stopped",
}
STATUSES = ("completed", "in_progress", "not_started", "stopped", "unknown")
STATED = {
    "leaders_with_edi_objectives": "headcount",
    "independent_panel_members": "headcount",
    "neurodiversity_assessments": "stated_count",
    "women_of_colour_cohorts": "stated_count",
}


def _plans(trust: Trust) -> Found:
    for date, rows in trust.files("plan", "plan").items():
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for row in rows:
            for plan in ("all", PLAN_OF[unit_key(row["Plan"])]):
                counts[plan][STATUS_OF.get(unit_key(row["Status"]), "unknown")] += 1
        for (plan, of), status in product(counts.items(), STATUSES):
            key = Key("plan_actions_completed", "1", date, *WHOLE, plan, "share", status)
            yield key, figure(of[status], of.total())
    for date, rows in trust.files("plan", "statements").items():
        answers = {unit_key(row["Item"]): row["Answer"] for row in rows}
        for item, measure in STATED.items():
            answer = answers.get(item, "")
            number = int(answer) if answer.isdigit() else None
            yield Key(f"plan_{item}", "1", date, *WHOLE, "all", measure, "all"), Figure(number, 0, number, None)


CROSSED = (
    ("ethnicity_gender", ("ethnicity", "gender")),
    ("ethnicity_disability", ("ethnicity", "disability_group")),
    ("gender_age", ("gender", "age")),
)


def _crossed(trust: Trust) -> Found:
    for (date, people), (name, (one, other)) in product(trust.employed.items(), CROSSED):
        yield from _shares(
            f"workforce_profile_{name}",
            date,
            people.values(),
            strata=lambda _: ("all",),
            group=_group(one, other),
            groups=[f"{a} / {b}" for a, b in product(GROUPS[one], GROUPS[other])],
            teams=trust.teams[date],
        )


LONDON = {"white": 4_731_172, "asian": 1_817_640, "black": 1_188_370, "mixed": 505_775, "other": 556_768}
"""Census 2021, all usual residents."""


def _population(trust: Trust) -> Found:
    everyone = sum(LONDON.values())
    minority = {"white": LONDON["white"], "ethnic_minority": everyone - LONDON["white"]}
    for date, people in trust.employed.items():
        for indicator, characteristic, groups, residents in (
            ("population_ethnicity", "ethnicity_broad", BROAD, LONDON),
            ("population_ethnicity_group", "ethnicity", ETHNICITY, minority),
        ):
            yield from _shares(
                indicator,
                date,
                people.values(),
                strata=lambda _: ("all",),
                group=_group(characteristic),
                groups=groups,
                teams=trust.teams[date],
            )
            for group, count in residents.items():
                key = Key(indicator, "1", date, *WHOLE, "all", "population_share", group)
                yield key, Figure(count, everyone, count / everyone, None)


PARTS: tuple[Callable[[Trust], Found], ...] = (
    _wres_1,
    _wdes_1,
    _profile,
    _crossed,
    _declaration,
    _race_disparity,
    _shortlisting,
    _cases,
    _learning,
    _board,
    _survey,
    _pay_gaps,
    _movement,
    _eds,
    _concerns,
    _positive_action,
    _networks,
    _plans,
    _coverage,
    _population,
)
assert len(AFC_BANDS) == 12
