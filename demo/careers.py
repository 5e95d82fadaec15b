"""Who works when, in which post and team: joiners, leavers, promotions and moves around the anchor of 31 March 2024."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from demo.calibrate import Size, value
from demo.draw import Flags, Floats, Ints, apportion, choose, deal, pick, pick_by_group, stream
from demo.months import ANCHOR, FIRST, LAST, day_number, month_end_day
from demo.structure import places, posts

BEFORE, NEVER = -30_000, 30_000
EMPLOYED, BANK_ONLY, HONORARY, NON_EXECUTIVE, INACTIVE = range(5)
ACTIVE = 0
STATUSES = [
    "Active Assignment",
    "Acting Up",
    "Internal Secondment",
    "Maternity & Adoption",
    "Career Break",
    "Out on External Secondment - Paid",
    "Out on External Secondment - Unpaid",
    "Suspend With Pay",
    "Suspend No Pay",
]
MATERNITY = STATUSES.index("Maternity & Adoption")
UNPAID = [STATUSES.index(text) for text in ("Career Break", "Out on External Secondment - Unpaid", "Suspend No Pay")]
SPELLS = {
    1: (0.012, 8),
    2: (0.015, 10),
    3: (0.018, 10),
    4: (0.004, 12),
    5: (0.002, 12),
    6: (0.002, 12),
    7: (0.0025, 4),
    8: (0.0004, 3),
}
"""Per status: the share of staff who have it on a day, and the months that it lasts. Chosen."""
ONE_ROW, BANK_BESIDE, TWO_POSTS, BANK_FIRST = range(4)
"""A person's rows: one assignment; a bank one beside it; two posts; or a bank one that is the primary one."""


@dataclass
class Timeline:
    """A value that changes at most twice: before month `early`, from then, and from month `late`."""

    first: Ints
    middle: Ints
    last: Ints
    early: Ints
    late: Ints

    @classmethod
    def constant(cls, values: Ints) -> Timeline:
        """The same value in every month."""
        never = np.full(values.size, NEVER, dtype=np.int64)
        return cls(values.copy(), values.copy(), values.copy(), -never, never)

    def at(self, month: int, who: Ints) -> Ints:
        """The value in a month, for these people."""
        value = np.where(month < self.early[who], self.first[who], self.middle[who])
        return np.where(month >= self.late[who], self.last[who], value).astype(np.int64)

    def set_all(self, who: Ints, values: Ints) -> None:
        """Give these people one value for all months."""
        self.first[who] = self.middle[who] = self.last[who] = values
        self.early[who], self.late[who] = -NEVER, NEVER


@dataclass
class Workforce:
    """Everyone who stands in some snapshot, one entry each; months count from 31 March 2023."""

    size: Size
    kind: Ints
    start: Ints
    end: Ints
    number: Ints
    hired: Ints
    post: Timeline
    team: Timeline
    status: Ints
    status_from: Ints
    status_to: Ints
    rows: Ints
    fte: Ints
    years_in_band: Floats
    position: Floats
    executives: Ints

    @property
    def people(self) -> int:
        """How many people there are in all."""
        return self.kind.size

    def present(self, month: int) -> Flags:
        """Who stands in the snapshot of a month, counted or not."""
        return (self.start <= month) & (self.end > month)

    def employed(self, month: int) -> Ints:
        """Indexes of those who count: in employed scope in that month."""
        return np.flatnonzero(self.present(month) & (self.kind == EMPLOYED))

    def status_at(self, month: int, who: Ints) -> Ints:
        """Index into STATUSES in a month."""
        away = (self.status_from[who] <= month) & (month < self.status_to[who])
        return np.where(away, self.status[who], ACTIVE).astype(np.int64)


def first_month(size: Size) -> int:
    """The earliest month that has a snapshot."""
    return min(FIRST, LAST - size.months + 1)


def headcounts(size: Size) -> dict[int, int]:
    """People in employed scope by month: straight lines through the three 31 Marches, with a slight season."""
    known = [size.count("headcount", f"{year}-03-31") for year in (2023, 2024, 2025)]
    months = range(first_month(size), LAST + 1)
    line = np.interp(list(months), [FIRST, ANCHOR, LAST], known)
    before = np.array([min(month, 0) for month in months]) * 0.0015 * size.staff
    season = 0.0012 * size.staff * np.sin(np.arange(first_month(size), LAST + 1) / 12 * 2 * np.pi)
    counts = np.maximum(np.round(line + before + season), size.staff // 2).astype(int)
    return {month: int(count) for month, count in zip(months, counts, strict=True)} | {
        month: size.staff if month == ANCHOR else count
        for month, count in zip((FIRST, ANCHOR, LAST), known, strict=True)
    }


def employ(size: Size, seed: int) -> Workforce:
    """Make everyone's career; characteristics come later. The same size and seed give the same people."""
    rng = stream(seed, "careers")
    start, end = _come_and_go(size, rng)
    post = _fill_posts(size, rng, start, end)
    start, end, kind, post = _add_uncounted(size, rng, start, end, post)
    team = _fill_teams(rng, kind, post)
    status, status_from, status_to = _statuses(rng, kind, post)
    people = kind.size
    hired = _hire_dates(rng, size, start)
    tenure = np.maximum(month_end_day(ANCHOR) - hired, 0) / 365.25
    executives = _executives(kind, start, end, post)
    status_from[executives] = status_to[executives] = NEVER
    part_time = rng.random(people) < posts().part_time[post.middle]
    fte = np.where(
        part_time, rng.choice([40, 50, 60, 64, 75, 80, 90], people, p=[0.06, 0.14, 0.24, 0.12, 0.1, 0.26, 0.08]), 100
    )
    rows = np.where(kind == EMPLOYED, choose(rng, [0.932, 0.055, 0.012, 0.001], people), ONE_ROW)
    rows[executives] = ONE_ROW
    years = np.minimum(np.minimum(tenure, 30), rng.exponential(5.5, people))
    return Workforce(
        size, kind, start, end, _numbers(rng, people), hired, post, team, status, status_from, status_to,
        rows.astype(np.int64), fte.astype(np.int64), years, rng.random(people), executives,
    )  # fmt: skip


def _come_and_go(size: Size, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """First month and the month after the last of everyone employed; those of the anchor stand first."""
    counts = headcounts(size)
    rate = float(value("headcount", "monthly_leaver_rate"))
    leavers = {
        month: round(counts[month - 1] * rate * (1 + 0.12 * np.sin(month * 1.7)))
        for month in range(first_month(size) + 1, LAST + 1)
    }
    leavers = {month: max(left, counts[month - 1] - counts[month]) for month, left in leavers.items()}
    joiners = {month: counts[month] - counts[month - 1] + left for month, left in leavers.items()}
    gone = sum(left for month, left in leavers.items() if month <= ANCHOR)
    come = sum(came for month, came in joiners.items() if month > ANCHOR)
    start = np.full(size.staff + gone + come, BEFORE, dtype=np.int64)
    end = np.full(start.size, NEVER, dtype=np.int64)
    stays = _stayers(size)
    free = size.staff
    for month in range(ANCHOR, first_month(size), -1):
        pool = np.flatnonzero((start[:free] == BEFORE) & (end[:free] > month))
        start[pool[pick(rng, np.where(pool < stays, 0.0, 1.0), joiners[month])]] = month
        end[free : free + leavers[month]] = month
        free += leavers[month]
    for month in range(ANCHOR + 1, LAST + 1):
        pool = np.flatnonzero(end[:free] == NEVER)
        newer = np.where(start[pool] > ANCHOR - 12, 1.6, 1.0)
        end[pool[pick(rng, np.where(pool < stays, 0.0, newer), leavers[month])]] = month
        start[free : free + joiners[month]] = month
        free += joiners[month]
    return start, end


def _very_senior(size: Size) -> int:
    return max(7, round(float(posts().headcount[posts().index("vsm")]) * size.scale))


def _stayers(size: Size) -> int:
    """The very senior stand first of all and stay throughout, so that the board can be named from them."""
    return _very_senior(size)


def _post_counts(size: Size, total: int, very_senior: int) -> Ints:
    """Headcount per post for a trust of `total`, the very senior given."""
    weights = posts().headcount.astype(np.float64)
    weights[posts().index("vsm")] = 0
    counts = apportion(weights, total - very_senior)
    counts[posts().index("vsm")] = very_senior
    return counts


def _fill_posts(size: Size, rng: np.random.Generator, start: Ints, end: Ints) -> Timeline:
    table, vsm, counts = posts(), posts().index("vsm"), headcounts(size)
    senior = _very_senior(size)
    anchor = _post_counts(size, size.staff, senior)
    others = anchor.copy()
    others[vsm] = 0
    now = np.concatenate([np.full(senior, vsm), deal(rng, others)])
    held = Timeline.constant(np.concatenate([now, np.zeros(start.size - now.size, dtype=np.int64)]).astype(np.int64))
    people = np.arange(size.staff)

    stayed = people[(end[people] > LAST) & (table.next[now] >= 0)]
    up = stayed[rng.random(stayed.size) < table.promotion[now[stayed]]]
    held.last[up], held.late[up] = table.next[now[up]], rng.integers(ANCHOR + 1, LAST + 1, up.size)

    risen = np.zeros(now.size, dtype=np.int64)
    risen[(start[people] == BEFORE) & (table.previous[now] >= 0)] = 1
    expected = np.bincount(
        table.next[table.next >= 0], (anchor * table.promotion)[table.next >= 0], minlength=anchor.size
    )
    marked = people[
        pick_by_group(rng, risen.astype(np.float64), now.astype(np.int64), np.round(expected).astype(np.int64))
    ]
    held.first[marked], held.early[marked] = (
        table.previous[now[marked]],
        rng.integers(FIRST + 1, ANCHOR + 1, marked.size),
    )

    later = np.arange(start.size)[start > ANCHOR]
    at_end = later[end[later] > LAST]
    senior_end = max(senior, round(float(value("headcount", "very_senior_2025")) * size.scale))
    wanted = _post_counts(size, counts[LAST], senior_end)
    still = people[end[people] > LAST]
    lacking = np.maximum(wanted - np.bincount(held.last[still], minlength=wanted.size), 0)
    _hand_out(rng, held, at_end, lacking, vsm)
    held.set_all(later[end[later] <= LAST], choose(rng, others, int((end[later] <= LAST).sum())))

    gone = np.arange(size.staff, start.size)
    gone = gone[end[gone] <= ANCHOR]
    at_start = gone[(start[gone] <= FIRST) & (end[gone] > FIRST)]
    had = people[start[people] <= FIRST]
    wanted = _post_counts(size, counts[FIRST], senior)
    lacking = np.maximum(wanted - np.bincount(held.first[had], minlength=wanted.size), 0)
    _hand_out(rng, held, at_start, lacking, vsm)
    rest = np.setdiff1d(gone, at_start, assume_unique=True)
    held.set_all(rest, choose(rng, others, rest.size))
    return held


def _hand_out(rng: np.random.Generator, held: Timeline, who: Ints, lacking: Ints, exact: int) -> None:
    """Give these people the posts that lack holders; the post `exact` gets just what it lacks."""
    weights = lacking.astype(np.float64) + 1e-6
    weights[exact] = 0
    counts = apportion(weights, who.size - int(lacking[exact]))
    counts[exact] = lacking[exact]
    held.set_all(who, deal(rng, counts)[: who.size])


def _add_uncounted(
    size: Size, rng: np.random.Generator, start: Ints, end: Ints, post: Timeline
) -> tuple[Ints, Ints, Ints, Timeline]:
    """Append the people whom a headcount must leave out."""
    table = posts()
    bank = size.count("not_counted", "bank_only", 6)
    kinds = [
        (
            BANK_ONLY,
            bank,
            np.array(
                [table.index(name) for name in ("paramedic", "call_handler", "aap", "health_advisor", "technician")]
            ),
        ),
        (
            HONORARY,
            size.count("not_counted", "honorary", 2),
            np.array([table.index("consultant"), table.index("tutor")]),
        ),
        (NON_EXECUTIVE, int(value("not_counted", "non_executive")), np.array([table.index("vsm")])),
        (
            INACTIVE,
            size.count("not_counted", "inactive", 2),
            np.array([table.index("aap"), table.index("administrator_3")]),
        ),
    ]
    added = sum(count for _, count, _ in kinds)
    kind = np.concatenate([np.zeros(start.size, dtype=np.int64), *[np.full(count, which) for which, count, _ in kinds]])
    held = np.concatenate([rng.choice(choices, count) for _, count, choices in kinds]).astype(np.int64)
    begins = np.full(added, BEFORE, dtype=np.int64)
    ends = np.full(added, NEVER, dtype=np.int64)
    late, early = rng.random(added) < 0.15, rng.random(added) < 0.12
    stays = kind[start.size :] == NON_EXECUTIVE
    begins[late & ~stays] = rng.integers(FIRST + 1, ANCHOR, int((late & ~stays).sum()))
    ends[early & ~stays] = rng.integers(ANCHOR + 1, LAST, int((early & ~stays).sum()))
    fixed = Timeline.constant(held)
    joined = Timeline(
        *[
            np.concatenate([getattr(post, name), getattr(fixed, name)])
            for name in ("first", "middle", "last", "early", "late")
        ]
    )
    return np.concatenate([start, begins]), np.concatenate([end, ends]), kind.astype(np.int64), joined


def _seat(rng: np.random.Generator, held: Ints) -> Ints:
    """A team for each holder of a post, every post spread over its teams in their proportions."""
    teams = np.zeros(held.size, dtype=np.int64)
    for number in np.unique(held):
        who = np.flatnonzero(held == number)
        teams[who] = deal(rng, apportion(places().likelihood[number], who.size))
    return teams


def _fill_teams(rng: np.random.Generator, kind: Ints, post: Timeline) -> Timeline:
    teams = Timeline.constant(_seat(rng, post.middle))
    likelihood = places().likelihood
    everyone = np.arange(kind.size)
    for side, when, held, low, high in (
        (teams.last, "late", post.last, ANCHOR + 1, LAST + 1),
        (teams.first, "early", post.first, FIRST + 1, ANCHOR + 1),
    ):
        changed = np.abs(getattr(post, when)) < NEVER
        misplaced = changed & (likelihood[held, teams.middle] == 0)
        moves = everyone[misplaced | ((rng.random(kind.size) < 0.06) & (post.middle != posts().index("vsm")))]
        side[moves] = _seat(rng, held[moves])
        month = np.where(changed[moves], getattr(post, when)[moves], rng.integers(low, high, moves.size))
        getattr(teams, when)[moves] = month
    return teams


def _statuses(rng: np.random.Generator, kind: Ints, post: Timeline) -> tuple[Ints, Ints, Ints]:
    """One spell away from ordinary work for some: status, first month, month after the last."""
    window = LAST - FIRST + 13
    chances = [share * window / months for share, months in SPELLS.values()]
    which = choose(rng, [max(0.0, 1 - sum(chances)), *chances], kind.size)
    which[kind != EMPLOYED] = ACTIVE
    months = np.array([0, *[length for _, length in SPELLS.values()]])[which]
    begins = rng.integers(FIRST - 12, LAST + 1, kind.size)
    return which.astype(np.int64), begins, begins + months


def _hire_dates(rng: np.random.Generator, size: Size, start: Ints) -> Ints:
    """Latest start dates as day numbers: in the month of joining, or long before the first snapshot."""
    first = first_month(size)
    long_ago = month_end_day(first) - 5 - (rng.gamma(1.1, 6.0, start.size) * 365).astype(np.int64)
    known = np.clip(start, first, LAST)
    ends = np.array([month_end_day(month) for month in range(first - 1, LAST + 1)], dtype=np.int64)
    within = ends[known - first] + 1 + rng.integers(0, 12, start.size)
    oldest = day_number(date(1979, 4, 2))
    return np.where(start == BEFORE, np.maximum(long_ago, oldest), within).astype(np.int64)


def _executives(kind: Ints, start: Ints, end: Ints, post: Timeline) -> Ints:
    """The board's executives: the first of the very senior, there throughout."""
    senior = np.flatnonzero(
        (kind == EMPLOYED) & (post.middle == posts().index("vsm")) & (start == BEFORE) & (end == NEVER)
    )
    return senior[:7]


def _numbers(rng: np.random.Generator, people: int) -> Ints:
    """Eight-digit employee numbers, all different, in no order; none is anyone's."""
    prime, offset = 79_999_987, int(rng.integers(1, 79_999_986))
    return ((np.arange(people, dtype=np.int64) * 48_271_003 + offset) % prime + 20_000_000).astype(np.int64)
