"""Who people are: characteristics given out so that the counts and pay gaps of 31 March 2024 come out as published.

The order matters. Pay comes first, so that gender, ethnicity and disability can be dealt over it; then come the
characteristics that lean on those. A characteristic stays with a person; what changes is whether it is declared.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from demo.calibrate import targets, value
from demo.careers import BEFORE, EMPLOYED, MATERNITY, NEVER, NON_EXECUTIVE, Timeline, Workforce, first_month
from demo.draw import Flags, Floats, Ints, apportion, apportion_within, choose, pick, pick_by_group, stream
from demo.months import ANCHOR, FIRST, LAST, day_number, month_end_day
from demo.pay import hourly_rates, pay_rows, usual_rates
from demo.steer import Gap, steer
from demo.structure import places, posts, read_table

MINORITY, REFERENCE, NEITHER = 1, 0, -1
AGES = {
    "under_21": (19, 20),
    "21_30": (21, 30),
    "31_40": (31, 40),
    "41_50": (41, 50),
    "51_60": (51, 60),
    "61_70": (61, 70),
    "71_and_over": (71, 75),
}
EXECUTIVE_MINORITY = 2
"""Which of the seven executives is from an ethnic minority; the first five vote."""


@dataclass
class People:
    """Characteristics, one entry per person of the workforce; timelines hold indexes into the lists of texts."""

    born: Ints
    female: Flags
    ethnic_origin: Timeline
    disability: Timeline
    religion: Timeline
    orientation: Timeline
    marital: Timeline
    texts: dict[str, list[str]]

    def ethnic_group(self, month: int, who: Ints) -> Ints:
        """1 ethnic minority, 0 white, -1 unknown in a month."""
        return np.asarray(_GROUP[self.ethnic_origin.at(month, who)], dtype=np.int64)

    def disabled_group(self, month: int, who: Ints) -> Ints:
        """1 disabled, 0 not, -1 unknown in a month."""
        names = self.texts["disability"]
        now = self.disability.at(month, who)
        return np.where(now == names.index("Yes"), MINORITY, np.where(now == names.index("No"), REFERENCE, NEITHER))


ORIGINS = read_table("ethnic_origins.csv")
_GROUP = np.array([{"minority": MINORITY, "white": REFERENCE}.get(row["group"], NEITHER) for row in ORIGINS])
_WEIGHT = np.array([float(row["weight"]) for row in ORIGINS])
NOT_STATED, BLANK = len(ORIGINS) - 2, len(ORIGINS) - 1
_SCALES = [text[2:] if text.startswith("X") else text for text in posts().texts("pay_scale")]
_BAND = np.array([sorted(set(_SCALES)).index(scale) for scale in _SCALES], dtype=np.int64)
"""Band of each post, whichever scale it is on."""
_STILL = np.array([scale in {"11", "12"} for scale in sorted(set(_SCALES))])
"""Bands 8d and 9, which WRES indicator 1 names as those that did not improve."""


@dataclass
class _Frame:
    """What every step needs: the workforce, the anchor's people, their directorates and hourly rates of that day."""

    workforce: Workforce
    seed: int
    anchor: Ints
    directorate: Ints
    paid: Floats
    usual: Floats

    def fixed(self) -> Flags:
        """The executives of the board, whose characteristics are given."""
        mark = np.zeros(self.workforce.people, dtype=np.bool_)
        mark[self.workforce.executives] = True
        return mark


def describe(workforce: Workforce, seed: int) -> People:
    """Give everyone their characteristics. The same workforce and seed give the same people."""
    anchor = workforce.employed(ANCHOR)
    directorate = places().directorate_of[workforce.team.at(ANCHOR, anchor)]
    paid = hourly_rates(workforce, pay_rows(workforce, ANCHOR, seed))
    frame = _Frame(workforce, seed, anchor, directorate, paid, usual_rates(workforce, ANCHOR))
    born = _births(frame)
    female = _genders(frame)
    ethnic_origin = _ethnic_origins(frame)
    disability, disability_texts = _disabilities(frame)
    religion, religion_texts = _religions(frame, ethnic_origin)
    orientation, orientation_texts = _orientations(frame, religion, religion_texts)
    marital, marital_texts = _marital(frame, born)
    return People(
        born, female, ethnic_origin, disability, religion, orientation, marital,
        {
            "ethnic_origin": [row["text"] for row in ORIGINS],
            "disability": disability_texts,
            "religion": religion_texts,
            "orientation": orientation_texts,
            "marital": marital_texts,
        },
    )  # fmt: skip


def _scaled(section: str, frame: _Frame) -> tuple[list[str], Ints]:
    """A section's values and their counts, which sum to the anchor's people."""
    texts = list(targets()[section])
    return texts, apportion([value(section, text) for text in texts], frame.anchor.size)


def _even(rng: np.random.Generator, frame: _Frame, count: int, weights: Floats) -> Flags:
    """Mark `count` of the anchor's people, every directorate having its due share."""
    due = np.bincount(frame.directorate, weights, minlength=len(places().directorates))
    people = np.bincount(frame.directorate, minlength=due.size)
    due = np.where(people < 25, due * 0.3, due)
    counts = apportion(due, count)
    return pick_by_group(rng, weights, frame.directorate, counts)


def _transferred(frame: _Frame, who: Ints) -> Flags:
    """Staff on local scales, whose records came over from another employer with more gaps."""
    return np.isin(frame.workforce.post.at(ANCHOR, who), posts().where("pay_scale", "LC01"))


def _births(frame: _Frame) -> Ints:
    """Birth days: age groups of the anchor exact; nobody starts before 18 (long ago start dates give way)."""
    rng, workforce = stream(frame.seed, "births"), frame.workforce
    day = month_end_day(ANCHOR)
    tenure = (day - workforce.hired) / 365.25
    rank = posts().salary_low[workforce.post.middle] / 1000
    score = 0.75 * tenure + 0.16 * rank + rng.gumbel(0, 6.2, workforce.people)
    newcomers = workforce.start[frame.anchor] > FIRST
    names = list(AGES)
    counts = apportion([value("age_2024", name) for name in names], frame.anchor.size)
    young = pick(rng, np.where(newcomers, np.exp(-score[frame.anchor] / 6), 0.0), int(counts[0]))
    counts[1] += counts[0] - young.size
    order = frame.anchor[
        np.argsort(np.where(np.isin(np.arange(frame.anchor.size), young), -1e9, score[frame.anchor]), kind="stable")
    ]
    counts[0] = young.size
    group = np.repeat(np.arange(len(names)), counts)
    limits = np.array([AGES[name] for name in names])
    ages = np.zeros(workforce.people, dtype=np.int64)
    ages[order] = rng.integers(limits[group, 0], limits[group, 1] + 1)
    others = np.setdiff1d(np.arange(workforce.people), frame.anchor)
    later = workforce.start[others] > ANCHOR
    ages[others] = np.where(later, 20 + rng.gamma(1.4, 7.0, others.size), 23 + rng.gamma(2.2, 9.0, others.size)).astype(
        np.int64
    )
    ages = np.minimum(ages, 76)
    birthdays = np.array([day_number(date(2024 - age, 3, 31)) for age in range(80)], dtype=np.int64)
    born = birthdays[ages] - rng.integers(0, 365, workforce.people)
    latest = month_end_day(first_month(workforce.size)) - 5
    long_ago = workforce.start == BEFORE
    grown = np.minimum(np.maximum(workforce.hired, born + 6590), latest)
    workforce.hired = np.where(long_ago, grown, workforce.hired)
    return born.astype(np.int64)


def _genders(frame: _Frame) -> Flags:
    """Women: the exact count of the anchor and of each pay quarter, bank staff standing in the quarters too."""
    rng, workforce = stream(frame.seed, "genders"), frame.workforce
    everyone = np.arange(workforce.people)
    chance = posts().female[workforce.post.middle]
    female = rng.random(workforce.people) < np.where(workforce.kind == NON_EXECUTIVE, 0.45, chance)
    must = (workforce.status == MATERNITY) & (workforce.status_from < NEVER) & (workforce.kind == EMPLOYED)
    female |= must
    odds = np.where(must, 1e9, chance / (1 - chance))
    executives = frame.fixed()
    odds[executives] = np.where(np.arange(int(executives.sum())) % 2 == 0, 1e9, 0.0)

    inside = np.zeros(workforce.people, dtype=np.bool_)
    inside[frame.anchor] = True
    ranked = everyone[np.isfinite(frame.paid)]
    ranked = ranked[np.argsort(frame.paid[ranked], kind="stable")]
    quarter = np.full(workforce.people, -1, dtype=np.int64)
    quarter[ranked] = _quarters(ranked.size)
    women = np.round(np.array(value("pay_2024", "female_quarters")) * np.bincount(quarter[ranked], minlength=4)).astype(
        np.int64
    )
    total = round(value("gender_2024", "female") * workforce.size.scale)

    unpaid = everyone[inside & (quarter < 0)]
    bank = everyone[~inside & (quarter >= 0)]
    forced = int(must[unpaid].sum())
    unpaid_women = int(np.clip(total - women.sum() + round(0.45 * bank.size), forced, unpaid.size))
    bank_women = int(np.clip(women.sum() - (total - unpaid_women), 0, bank.size))
    female[unpaid] = pick_by_group(rng, odds[unpaid], np.zeros(unpaid.size, dtype=np.int64), np.array([unpaid_women]))
    female[bank] = False
    female[bank[pick(rng, np.ones(bank.size), bank_women)]] = True
    here = everyone[inside & (quarter >= 0)]
    wanted = women - np.bincount(quarter[bank[female[bank]]], minlength=4)
    female[here] = pick_by_group(rng, odds[here], quarter[here], wanted)

    gap = _gap(frame, female.astype(np.int64), quarter, inside & ~must & ~executives, "steer gender")
    steer(gap, value("pay_2024", "gender_mean_gap"), value("pay_2024", "gender_median_gap"), 0.00004, 0.00004)
    female[ranked] = gap.label == MINORITY
    return female


def _quarters(people: int) -> Ints:
    """Quarter 0-3 of each of `people` ranked by pay: what is left over goes as the regulations say."""
    size, left = divmod(people, 4)
    extra = {0: [0, 0, 0, 0], 1: [1, 0, 0, 0], 2: [1, 0, 1, 0], 3: [1, 1, 1, 0]}[left]
    return np.repeat(np.arange(4), [size + more for more in extra])


def _gap(frame: _Frame, label: Ints, stratum: Ints, movable: Flags, name: str) -> Gap:
    """The pay gap's people, lowest paid first; only they are in it."""
    who = np.flatnonzero(np.isfinite(frame.paid))
    who = who[np.argsort(frame.paid[who], kind="stable")]
    return Gap(frame.paid[who], label[who].copy(), stratum[who], movable[who], stream(frame.seed, name))


def _ethnic_origins(frame: _Frame) -> Timeline:
    rng, workforce = stream(frame.seed, "ethnic origins"), frame.workforce
    group = _true_groups(frame, rng)
    texts = np.zeros(workforce.people, dtype=np.int64)
    for label in (MINORITY, REFERENCE):
        who = np.flatnonzero(group == label)
        texts[who] = choose(rng, np.where(label == _GROUP, _WEIGHT, 0.0), who.size)
    origin = Timeline.constant(texts)
    _earlier_leavers(rng, frame, origin, {NOT_STATED: 0.032, BLANK: 0.06})

    anchor, weights = frame.anchor, np.where(frame.fixed(), 0.0, 1.0)[frame.anchor]
    weights = weights * np.where(_transferred(frame, anchor), 1.5, 1.0)
    silent = _even(rng, frame, workforce.size.count("ethnicity_2024", "not_stated"), weights)
    blank = _even(rng, frame, workforce.size.count("ethnicity_2024", "blank"), np.where(silent, 0.0, weights))
    _deal_minority(frame, origin, anchor[~silent & ~blank])
    origin.set_all(anchor[silent], np.full(int(silent.sum()), NOT_STATED))
    _declare(rng, frame, origin, anchor[blank], BLANK, said_later=0.32)
    told = anchor[~blank & ~silent]
    _declared_before(rng, frame, origin, told, BLANK, share=0.018)
    _later_joiners(frame, origin)
    return origin


def _true_groups(frame: _Frame, rng: np.random.Generator) -> Ints:
    """White or ethnic minority, by post: a first draw for everyone, before the anchor's exact counts."""
    chance = posts().minority[frame.workforce.post.middle]
    chance = np.where(frame.workforce.kind == EMPLOYED, chance, 0.36)
    chance = np.where(frame.workforce.kind == NON_EXECUTIVE, 0.0, chance)
    return np.where(rng.random(chance.size) < chance, MINORITY, REFERENCE)


def _clinicians(workforce: Workforce, month: int, who: Ints) -> Flags:
    """Frontline clinicians: paramedics of every kind."""
    return np.isin(workforce.post.at(month, who), posts().where("staff_group", "Allied Health Professionals"))


def _deal_minority(frame: _Frame, origin: Timeline, told: Ints) -> None:
    """Choose the anchor's ethnic minority: exact in all and among clinicians, leaning to lower pay."""
    workforce = frame.workforce
    clinical = _clinicians(workforce, ANCHOR, told)
    total = workforce.size.count("ethnicity_2024", "ethnic_minority")
    clinicians = round(
        value("ethnicity_2024", "clinician_share") * int(_clinicians(workforce, ANCHOR, frame.anchor).sum())
    )
    chance = posts().minority[workforce.post.at(ANCHOR, told)]
    fixed = frame.fixed()
    executive = fixed[told]
    chosen_executive = np.isin(told, workforce.executives[EXECUTIVE_MINORITY : EXECUTIVE_MINORITY + 1])
    rank = np.argsort(np.argsort(frame.usual[told], kind="stable"), kind="stable") / max(1, told.size)
    noise = stream(frame.seed, "ethnic minority").exponential(size=told.size)

    def label(tilt: float) -> Ints:
        weight = chance / (1 - chance) * np.exp(-tilt * rank)
        weight = np.where(chosen_executive, 1e9, np.where(executive, 0.0, weight))
        marked = _smallest(noise, weight, clinical, clinicians) | _smallest(
            noise, weight, ~clinical, total - clinicians
        )
        labels = np.full(workforce.people, NEITHER, dtype=np.int64)
        bank = np.flatnonzero((workforce.kind != EMPLOYED) & np.isfinite(frame.paid))
        labels[bank] = _GROUP[origin.middle[bank]]
        labels[told] = np.where(marked, MINORITY, REFERENCE)
        return labels

    movable = np.zeros(workforce.people, dtype=np.bool_)
    movable[told] = ~executive
    stratum = np.zeros(workforce.people, dtype=np.int64)
    stratum[told] = clinical
    low, high = -3.0, 6.0
    for _ in range(14):
        middle = (low + high) / 2
        reached = _gap(frame, label(middle), stratum, movable, "").median_gap()
        low, high = (middle, high) if reached < value("pay_2024", "ethnicity_median_gap") else (low, middle)
    labels = label((low + high) / 2)
    gap = _gap(frame, labels, stratum, movable, "steer ethnicity")
    steer(gap, value("pay_2024", "ethnicity_mean_gap"), value("pay_2024", "ethnicity_median_gap"), 0.00004, 0.00004)
    ranked = np.flatnonzero(np.isfinite(frame.paid))
    labels[ranked[np.argsort(frame.paid[ranked], kind="stable")]] = gap.label
    _agree(frame, origin, told, labels[told])


def _smallest(noise: Floats, weight: Floats, among: Flags, count: int) -> Flags:
    """Mark the `count` entries of `among` with the smallest noise over weight: a steady weighted draw."""
    with np.errstate(divide="ignore"):
        keys = np.where(among & (weight > 0), noise / weight, np.inf)
    marked = np.zeros(noise.size, dtype=np.bool_)
    marked[np.argsort(keys, kind="stable")[: min(count, int(np.isfinite(keys).sum()))]] = True
    return marked


def _agree(frame: _Frame, origin: Timeline, who: Ints, labels: Ints) -> None:
    """Give people an ethnic origin of their group, keeping the one drawn where it already is of it."""
    rng = stream(frame.seed, "agree")
    for label in (MINORITY, REFERENCE):
        wrong = who[(labels == label) & (_GROUP[origin.middle[who]] != label)]
        origin.set_all(wrong, choose(rng, np.where(label == _GROUP, _WEIGHT, 0.0), wrong.size))


def _declare(
    rng: np.random.Generator, frame: _Frame, line: Timeline, who: Ints, blank: int, *, said_later: float
) -> None:
    """Blank at the anchor: before and after it too, but for a share who declare within the year after."""
    truth = line.middle[who].copy()
    line.set_all(who, np.full(who.size, blank))
    said = rng.random(who.size) < said_later
    line.last[who[said]] = truth[said]
    line.late[who[said]] = rng.integers(ANCHOR + 1, LAST + 1, int(said.sum()))


def _declared_before(
    rng: np.random.Generator, frame: _Frame, line: Timeline, who: Ints, blank: int, *, share: float
) -> None:
    """A share of those who have declared at the anchor had not a year before; they did so in some month between."""
    able = who[(frame.workforce.start[who] < ANCHOR - 2) & ~frame.fixed()[who] & (line.early[who] <= -NEVER)]
    late = able[pick(rng, np.ones(able.size), round(share * who.size))]
    line.first[late] = blank
    line.early[late] = rng.integers(np.maximum(frame.workforce.start[late], FIRST) + 1, ANCHOR + 1)


def _later_joiners(frame: _Frame, origin: Timeline) -> None:
    """Joiners since the anchor: as many from an ethnic minority as the share of 31 March 2025 still lacks."""
    rng, workforce = stream(frame.seed, "later joiners"), frame.workforce
    end = workforce.employed(LAST)
    stayed = end[workforce.start[end] <= ANCHOR]
    joined = end[workforce.start[end] > ANCHOR]
    total = round(value("ethnicity_2025", "ethnic_minority_share") * end.size)
    lacking = total - int((_GROUP[origin.at(LAST, stayed)] == MINORITY).sum())
    silent = pick(rng, np.ones(joined.size), round(0.03 * joined.size))
    blank = np.setdiff1d(pick(rng, np.ones(joined.size), round(0.06 * joined.size)), silent)
    told = np.setdiff1d(np.arange(joined.size), np.union1d(silent, blank))
    band = _BAND[workforce.post.at(LAST, joined[told])]
    counts = _minority_by_band(frame, origin, stayed, joined[told], max(0, lacking))
    chance = posts().minority[workforce.post.at(LAST, joined[told])]
    marked = pick_by_group(rng, chance / (1 - chance), band, counts)
    _agree(frame, origin, joined[told], np.where(marked, MINORITY, REFERENCE))
    origin.set_all(joined[silent], np.full(silent.size, NOT_STATED))
    origin.set_all(joined[blank], np.full(blank.size, BLANK))
    slow = told[pick(rng, np.ones(told.size), round(0.06 * told.size))]
    slow = slow[workforce.start[joined[slow]] < LAST]
    origin.first[joined[slow]] = BLANK
    origin.early[joined[slow]] = rng.integers(workforce.start[joined[slow]] + 1, LAST + 1)


def _minority_by_band(frame: _Frame, origin: Timeline, stayed: Ints, joined: Ints, total: int) -> Ints:
    """How many joiners of each band are of an ethnic minority: every band improves on the anchor but 8d and 9."""
    post, bands = frame.workforce.post, int(_BAND.max()) + 1
    before = np.bincount(_BAND[post.at(ANCHOR, frame.anchor)], minlength=bands)
    minority = origin.at(ANCHOR, frame.anchor)
    had = np.bincount(_BAND[post.at(ANCHOR, frame.anchor)], _GROUP[minority] == MINORITY, minlength=bands)
    now = _BAND[post.at(LAST, stayed)]
    have = np.bincount(now, _GROUP[origin.at(LAST, stayed)] == MINORITY, minlength=bands)
    room = np.bincount(_BAND[post.at(LAST, joined)], minlength=bands)
    after = np.bincount(_BAND[post.at(LAST, frame.workforce.employed(LAST))], minlength=bands)
    least = np.floor(had / np.maximum(before, 1) * after) + 1 - have
    least = np.where(_STILL, 0, np.clip(least, 0, room)).astype(np.int64)
    if least.sum() > total:
        return apportion_within(least, total, least)
    chance = np.bincount(_BAND[post.at(LAST, joined)], posts().minority[post.at(LAST, joined)], minlength=bands)
    return least + apportion_within(chance, total - int(least.sum()), np.where(_STILL, 0, room - least))


def _earlier_leavers(rng: np.random.Generator, frame: _Frame, line: Timeline, shares: dict[int, float]) -> None:
    """Those gone before the anchor, joiners gone again, all uncounted: undeclared in these shares."""
    workforce = frame.workforce
    rest = (
        (workforce.end <= ANCHOR)
        | (workforce.kind != EMPLOYED)
        | ((workforce.start > ANCHOR) & (workforce.end <= LAST))
    )
    for undeclared, share in shares.items():
        who = np.flatnonzero(rest & (rng.random(workforce.people) < share) & (workforce.kind != NON_EXECUTIVE))
        line.set_all(who, np.full(who.size, undeclared))


@dataclass
class _Dealt:
    """A characteristic of the anchor: its texts, how many have each, and each person's index into the texts."""

    texts: list[str]
    counts: Ints
    given: Ints


def _timeline(
    rng: np.random.Generator, frame: _Frame, dealt: _Dealt, said_later: dict[str, float], said_before: dict[str, float]
) -> Timeline:
    """A characteristic for everyone: the anchor as dealt, others by its counts; some declare over time.

    `said_later` has, per text that stands for nothing declared, the share of its people who declare within the year
    after the anchor; `said_before` the share of those declared who had that text until some month of the year before.
    """
    texts, counts = dealt.texts, dealt.counts
    blanks = [texts.index(text) for text in said_later]
    line = Timeline.constant(choose(rng, counts, frame.workforce.people))
    line.set_all(frame.anchor, dealt.given)
    truths = counts.astype(np.float64)
    truths[blanks] = 0
    for text, share in said_later.items():
        who = frame.anchor[dealt.given == texts.index(text)]
        line.middle[who] = choose(rng, truths, who.size)
        _declare(rng, frame, line, who, texts.index(text), said_later=share)
    told = frame.anchor[~np.isin(dealt.given, blanks)]
    for text, share in said_before.items():
        _declared_before(rng, frame, line, told, texts.index(text), share=share)
    later = np.flatnonzero(frame.workforce.start > ANCHOR)
    undeclared = later[np.isin(line.middle[later], blanks)]
    complete = undeclared[rng.random(undeclared.size) < 0.45]
    line.set_all(complete, choose(rng, truths, complete.size))
    return line


def _disabilities(frame: _Frame) -> tuple[Timeline, list[str]]:
    rng, workforce = stream(frame.seed, "disabilities"), frame.workforce
    texts = [*targets()["disability_2024"], "No", ""]
    counts = np.array([workforce.size.count("disability_2024", text) for text in texts[:-2]], dtype=np.int64)
    counts = np.concatenate([counts, [frame.anchor.size - counts.sum(), 0]])
    no, yes = texts.index("No"), texts.index("Yes")
    given = np.full(frame.anchor.size, no, dtype=np.int64)
    fixed = frame.fixed()[frame.anchor]
    for number in (texts.index("Unspecified"), texts.index("Not Declared"), texts.index("Prefer Not To Answer"), yes):
        weights = np.where((given != no) | fixed, 0.0, np.where(_transferred(frame, frame.anchor), 1.25, 1.0))
        given[_even(rng, frame, int(counts[number]), weights)] = number
    labels = np.where(choose(rng, [0.88, 0.12], workforce.people) == 1, MINORITY, REFERENCE)
    labels[frame.anchor] = np.where(given == yes, MINORITY, np.where(given == no, REFERENCE, NEITHER))
    movable = np.zeros(workforce.people, dtype=np.bool_)
    movable[frame.anchor] = ~fixed
    bank = np.flatnonzero((workforce.kind != EMPLOYED) & np.isfinite(frame.paid))
    gap = _gap(frame, labels, np.zeros(workforce.people, dtype=np.int64), movable, "steer disability")
    steer(gap, value("pay_2024", "disability_mean_gap"), value("pay_2024", "disability_median_gap"), 0.0003, 0.0003)
    ranked = np.flatnonzero(np.isfinite(frame.paid))
    labels[ranked[np.argsort(frame.paid[ranked], kind="stable")]] = gap.label
    given = np.where(np.isin(given, [yes, no]), np.where(labels[frame.anchor] == MINORITY, yes, no), given)
    line = _timeline(rng, frame, _Dealt(texts, counts, given), {"Unspecified": 0.25}, {"Unspecified": 0.02})
    line.set_all(bank, np.where(labels[bank] == MINORITY, yes, no))
    line.set_all(workforce.executives, np.full(workforce.executives.size, no))
    line.set_all(
        np.flatnonzero(workforce.kind == NON_EXECUTIVE), np.full(int((workforce.kind == NON_EXECUTIVE).sum()), no)
    )
    _became(rng, frame, line, given, no=no, yes=yes)
    return line, texts


def _became(rng: np.random.Generator, frame: _Frame, line: Timeline, given: Ints, *, no: int, yes: int) -> None:
    """More declare a disability each year: some did between the first March and the anchor, some do after it."""
    free = ~frame.fixed()[frame.anchor] & (line.early[frame.anchor] <= -NEVER) & (line.late[frame.anchor] >= NEVER)
    able = frame.anchor[free & (given == yes) & (frame.workforce.start[frame.anchor] < FIRST)]
    before = able[pick(rng, np.ones(able.size), round(0.07 * able.size))]
    line.first[before], line.early[before] = no, rng.integers(FIRST + 1, ANCHOR + 1, before.size)
    able = frame.anchor[free & (given == no)]
    after = able[pick(rng, np.ones(able.size), round(0.011 * able.size))]
    line.last[after], line.late[after] = yes, rng.integers(ANCHOR + 1, LAST + 1, after.size)


def _fill(rng: np.random.Generator, given: Ints, number: int, count: int, weights: Floats) -> None:
    """Give a value to `count` of those who have none yet, by weight; where weights run out, to any."""
    free = given < 0
    chosen = pick(rng, np.where(free, weights, 0.0), count)
    given[chosen] = number
    rest = count - chosen.size
    if rest > 0:
        given[pick(rng, (given < 0).astype(np.float64), rest)] = number


def _religions(frame: _Frame, origin: Timeline) -> tuple[Timeline, list[str]]:
    rng = stream(frame.seed, "religions")
    texts, counts = _scaled("religion_2024", frame)
    letters = np.array([row["text"][:1] for row in ORIGINS])[origin.middle[frame.anchor]]
    given = np.full(frame.anchor.size, -1, dtype=np.int64)
    for text in ("Unspecified", "I do not wish to disclose my religion/belief"):
        weights = np.where(given >= 0, 0.0, np.where(np.isin(letters, ["", "Z"]), 2.5, 1.0))
        given[_even(rng, frame, int(counts[texts.index(text)]), weights)] = texts.index(text)
    leaning = {
        "Islam": {"J": 40, "K": 40, "N": 9, "S": 8, "L": 8, "H": 3, "G": 2, "F": 2, "C": 0.6, "A": 0.08},
        "Hinduism": {"H": 40, "L": 9, "F": 1, "A": 0.02},
        "Sikhism": {"H": 30, "J": 0.5, "A": 0.05},
        "Judaism": {"A": 1, "C": 1.4, "B": 0.3},
        "Buddhism": {"R": 20, "L": 9, "A": 0.4, "S": 3},
        "Christianity": {"M": 7, "N": 7, "P": 4, "B": 3, "D": 2, "E": 3, "C": 1.3, "A": 1, "S": 1, "G": 1},
        "Other": {"A": 1, "C": 1, "D": 1, "G": 1, "M": 1.2, "S": 1},
    }
    for text, odds in leaning.items():
        weights = np.vectorize(lambda letter, odds=odds: odds.get(letter, 0.3))(letters).astype(np.float64)
        _fill(rng, given, texts.index(text), int(counts[texts.index(text)]), weights)
    given[given < 0] = texts.index("Atheism")
    return _timeline(rng, frame, _Dealt(texts, counts, given), {"Unspecified": 0.2}, {"Unspecified": 0.02}), texts


def _orientations(frame: _Frame, religion: Timeline, religion_texts: list[str]) -> tuple[Timeline, list[str]]:
    rng = stream(frame.seed, "orientations")
    texts, counts = _scaled("sexual_orientation_2024", frame)
    given = np.full(frame.anchor.size, -1, dtype=np.int64)
    alike = {
        "Unspecified": "Unspecified",
        "Not stated (person asked but declined to provide a response)": "I do not wish to disclose my religion/belief",
    }
    for text, like in alike.items():
        same = religion.middle[frame.anchor] == religion_texts.index(like)
        given[
            _even(rng, frame, int(counts[texts.index(text)]), np.where(given >= 0, 0.0, np.where(same, 14.0, 1.0)))
        ] = texts.index(text)
    for text in ("Gay or Lesbian", "Bisexual", "Other sexual orientation not listed", "Undecided"):
        _fill(rng, given, texts.index(text), int(counts[texts.index(text)]), np.ones(given.size))
    given[given < 0] = texts.index("Heterosexual or Straight")
    return _timeline(rng, frame, _Dealt(texts, counts, given), {"Unspecified": 0.2}, {"Unspecified": 0.02}), texts


def _marital(frame: _Frame, born: Ints) -> tuple[Timeline, list[str]]:
    rng = stream(frame.seed, "marital")
    texts, counts = _scaled("marital_status_2024", frame)
    age = (month_end_day(ANCHOR) - born[frame.anchor]) / 365.25
    given = np.full(frame.anchor.size, -1, dtype=np.int64)
    for text in ("", "Unknown"):
        weights = np.where(given >= 0, 0.0, np.where(_transferred(frame, frame.anchor), 1.5, 1.0))
        given[_even(rng, frame, int(counts[texts.index(text)]), weights)] = texts.index(text)
    older = {"Widowed": 9.0, "Divorced": 4.0, "Legally Separated": 3.5, "Married": 2.6, "Civil Partnership": 1.5}
    for text, power in older.items():
        _fill(rng, given, texts.index(text), int(counts[texts.index(text)]), np.maximum(age - 20, 0.5) ** (power / 2))
    given[given < 0] = texts.index("Single")
    return _timeline(rng, frame, _Dealt(texts, counts, given), {"": 0.2, "Unknown": 0.1}, {"": 0.01}), texts
