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
        self.year_ends = [date for date in self.snapshots if (date.month, date.day) == (3, 31)]

    def files(self, folder: str, name: str) -> dict[Date, list[Row]]:
        """The current file of each date."""
        return dated(self.landing, folder, name)


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
    """A share or likelihood of a count with its Wilson interval; without a value where nobody is in the base."""
    if not denominator:
        return Figure(numerator, denominator, None, None, years)
    return Figure(
        numerator, denominator, numerator / denominator, wilson(numerator * years, denominator * years), years
    )


def _units(directorate: str) -> tuple[Unit, Unit]:
    return WHOLE, ("directorate", directorate)


# Stock of staff


def _shares(
    indicator: str,
    date: Date,
    people: Iterable[Member],
    *,
    strata: Callable[[Member], Iterable[str]],
    group: Callable[[Member], str],
    groups: Iterable[str],
    whole_directorates: bool = False,
) -> Found:
    counts: Counter[tuple[Unit, str, str]] = Counter()
    bases: Counter[tuple[Unit, str]] = Counter()
    for one in people:
        for unit, stratum in product(_units(one.directorate), strata(one)):
            if whole_directorates and unit != WHOLE and stratum != "all":
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
            "wres_1", date, people.values(), strata=_wres_1_strata, group=_group("ethnicity"), groups=ETHNICITY
        )


def _wdes_1(trust: Trust) -> Found:
    def strata(one: Member) -> Iterator[str]:
        cluster = CLUSTER_OF.get(one.band, "no_cluster")
        split = "clinical" if one.clinical == "medical_and_dental" else one.clinical
        band = _band_stratum(one)
        yield from ("all", split, band, f"{one.clinical} / {band}", cluster, f"{split} / {cluster}")

    for date, people in trust.employed.items():
        yield from _shares(
            "wdes_1", date, people.values(), strata=strata, group=_group("disability_group"), groups=DISABILITY
        )


def _profile(trust: Trust) -> Found:
    for (date, people), (characteristic, groups) in product(trust.employed.items(), GROUPS.items()):
        yield from _shares(
            f"workforce_profile_{characteristic}",
            date,
            people.values(),
            strata=_profile_strata(characteristic),
            group=_group(characteristic),
            groups=groups,
            whole_directorates=True,
        )


def _declaration(trust: Trust) -> Found:
    for (date, people), (name, characteristic) in product(trust.employed.items(), DECLARED_FIELDS.items()):
        counts: defaultdict[Unit, Counter[str]] = defaultdict(Counter)
        for one in people.values():
            value = one.groups[characteristic]
            known = "blank" if value == "unknown" else declaration(value)
            for unit in _units(one.directorate):
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
                for unit in _units(one.directorate):
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


def _headcount(trust: Trust, date: Date, characteristic: str) -> Counter[tuple[Unit, str]]:
    return Counter(
        (unit, one.groups[characteristic]) for one in trust.employed[date].values() for unit in _units(one.directorate)
    )


def _as_they_stood(trust: Trust, number: str, day: Date) -> Member | None:
    """The person in the own last snapshot on or before the day, else in the own first one after it."""
    own = [date for date in sorted(trust.snapshots) if number in trust.snapshots[date]]
    if not own:
        return None
    before = [date for date in own if date <= day]
    return trust.snapshots[before[-1] if before else own[0]][number]


def _people_in_cases(trust: Trust, kind: str, characteristic: str, year_end: Date) -> Counter[tuple[Unit, str]]:
    """Distinct people with a formal case of the kind, opened in the twelve months to the date: each by the first."""
    first: dict[str, tuple[Date, str, str]] = {}
    for row in newest_by_reference(trust.files("employee_relations", "employee_relations"), "Case Reference"):
        opened = date_of(row["Formal Date"])
        if row["Stage"] != "Formal" or row["Case Type"] != kind or opened is None:
            continue
        one = _as_they_stood(trust, row["Employee Number"], opened)
        if a_year_before(year_end) < opened <= year_end and one and one.is_employed:
            directorate = unit_key(row["Directorate"]) if row["Directorate"] else one.directorate
            case = opened, directorate, one.groups[characteristic]
            first[one.number] = min(first.get(one.number, case), case)
    return Counter((unit, group) for _, directorate, group in first.values() for unit in _units(directorate))


def _cases(trust: Trust) -> Found:
    for date in trust.year_ends:
        for indicator, kind, characteristic, groups in (
            ("wres_3", "Disciplinary", "ethnicity", ETHNICITY),
            ("wdes_3", "Capability - Performance", "disability_group", DISABILITY),
        ):
            bases = _headcount(trust, date, characteristic)
            this = _people_in_cases(trust, kind, characteristic, date)
            both = this + _people_in_cases(trust, kind, characteristic, a_year_before(date))
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
            trained.update((unit, one.groups["ethnicity"]) for unit in _units(one.directorate))
        staff = _headcount(trust, date, "ethnicity")
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
    for date, now in trust.employed.items():
        before = trust.employed.get(a_year_before(date))
        if before is None:
            continue
        for name, characteristic in (
            ("ethnicity", "ethnicity"),
            ("disability", "disability_group"),
            ("gender", "gender"),
            ("age", "age"),
        ):
            yield from _movement_of(name, characteristic, date, before, now)


def _movement_of(
    name: str, characteristic: str, date: Date, before: dict[str, Member], now: dict[str, Member]
) -> Found:
    def count(people: Iterable[Member]) -> Counter[tuple[Unit, str]]:
        return Counter((unit, one.groups[characteristic]) for one in people for unit in _units(one.directorate))

    stayed = [one for number, one in before.items() if number in now]
    promoted = [
        one
        for one in stayed
        if one.band in RANK_OF and now[one.number].band in RANK_OF and RANK_OF[now[one.number].band] > RANK_OF[one.band]
    ]
    ranked = [one for one in stayed if one.band in RANK_OF and now[one.number].band in RANK_OF]
    left = [one for number, one in before.items() if number not in now]
    started = [one for number, one in now.items() if number not in before]
    for what, events, bases in (
        ("starters", started, list(now.values())),
        ("leavers", left, list(before.values())),
        ("retention", stayed, list(before.values())),
        ("promotion", promoted, ranked),
    ):
        counts, base = count(events), count(bases)
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
                for unit in _units(one.directorate):
                    bases[unit, group] += 1
                    counts[unit, group] += one.number in trained
            for unit, group in product({unit for unit, _ in bases}, groups):
                key = Key(f"training_coverage{suffix}", "1", date, *unit, "inclusivity_workshop", "coverage", group)
                yield key, figure(counts[unit, group], bases[unit, group])
        start = Key("training_coverage", "1", date, *WHOLE, "inclusivity_workshop", "headcount", "all")
        yield start, Figure(len(trained), 0, len(trained), None)


OUTCOMES_OF = {"1": 4, "2": 4, "3": 3}


def _concerns(trust: Trust) -> Found:
    files = trust.files("freedom_to_speak_up", "freedom_to_speak_up")
    rows = newest_by_reference(files, "Concern Reference")
    for date, (name, groups) in product(files, (("ethnicity", ETHNICITY), ("gender", GENDER))):
        counts: Counter[tuple[Unit, str]] = Counter()
        bases: Counter[Unit] = Counter()
        for row in rows:
            if a_year_before(date) < (date_of(row["Raised Date"]) or date) <= date:
                for unit in _units(unit_key(row["Directorate"])):
                    counts[unit, characteristics(row)[name]] += 1
                    bases[unit] += 1
        for unit, group in product(bases, groups):
            key = Key(f"ftsu_{name}", "1", date, *unit, "all", "share", group)
            yield key, figure(counts[unit, group], bases[unit])


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
    _coverage,
    _population,
)
assert len(AFC_BANDS) == 12
