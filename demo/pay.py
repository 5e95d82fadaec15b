"""What each assignment is paid in the period that holds 31 March, and the hourly rate that follows from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from demo.careers import (
    BANK_BESIDE,
    BANK_FIRST,
    BANK_ONLY,
    EMPLOYED,
    MATERNITY,
    TWO_POSTS,
    UNPAID,
    Workforce,
)
from demo.draw import Flags, Floats, Ints, stream
from demo.months import ANCHOR
from demo.structure import posts

UPLIFT = {2022: 0.9524, 2023: 1.0, 2024: 1.055}
"""Agenda for Change pay by the year that begins in April, against 2023/24."""
INNER, OUTER = (0.20, 4888, 7377), (0.15, 4108, 5177)
"""High cost area supplement of 2023/24: share of basic pay, least and most a year in pounds."""
FULL_WEEK, MONTH_DAYS = 37.5, 30.44
SEVERAL = (BANK_BESIDE, TWO_POSTS, BANK_FIRST)


@dataclass
class PayRows:
    """One entry per paid assignment; money in pounds of the period, hours a week (nan where not given)."""

    who: Ints
    suffix: Ints
    basic: Floats
    allowances: Floats
    shift: Floats
    leave: Floats
    overtime: Floats
    hours: Floats
    reduced: Flags

    def ordinary(self) -> Floats:
        """Ordinary pay: all but overtime."""
        return self.basic + self.allowances + self.shift + self.leave


def uplift(month: int) -> float:
    """Pay of a month's year against 2023/24."""
    year = 2023 + (month - 1) // 12
    return UPLIFT.get(year, UPLIFT[2022] * 1.03 ** (year - 2022))


def salaries(workforce: Workforce, month: int, who: Ints) -> Floats:
    """Full-time salaries a year in a month, in pounds: a point of the scale, or a place on a range."""
    table = posts()
    held = workforce.post.at(month, who)
    risen = np.where(workforce.post.late[who] <= month, workforce.post.late[who], workforce.post.early[who])
    years = np.where(risen > -1000, (month - risen) / 12, workforce.years_in_band[who] + (month - ANCHOR) / 12)
    point = np.select([years < 2, years < 5], [0.0, 0.33], 1.0)
    stepped = np.isin(held, table.where("staff_group", "Medical and Dental")) | np.isin(
        held, table.where("pay_scale", "VM01", "LC01")
    )
    point = np.where(stepped, workforce.position[who], point)
    return np.round((table.salary_low[held] + point * (table.salary_high - table.salary_low)[held]) * uplift(month))


def pay_rows(workforce: Workforce, month: int, seed: int) -> PayRows:
    """The pay file of a month: employed and bank staff who were paid."""
    rng = stream(seed, f"pay {month}")
    everyone = np.flatnonzero(workforce.present(month) & np.isin(workforce.kind, [EMPLOYED, BANK_ONLY]))
    status = workforce.status_at(month, everyone)
    paid = ~np.isin(status, UNPAID) & ((workforce.kind[everyone] == EMPLOYED) | (rng.random(everyone.size) < 0.92))
    main = _main_rows(workforce, month, everyone[paid], rng)
    beside = _beside_rows(workforce, main, rng)
    both = PayRows(
        *[np.concatenate([getattr(main, name), getattr(beside, name)]) for name in main.__dataclass_fields__]
    )
    order = np.lexsort((both.suffix, both.who))
    return PayRows(*[getattr(both, name)[order] for name in main.__dataclass_fields__])


def _main_rows(workforce: Workforce, month: int, who: Ints, rng: np.random.Generator) -> PayRows:
    table = posts()
    held, salary = workforce.post.at(month, who), salaries(workforce, month, who)
    bank = workforce.kind[who] == BANK_ONLY
    fraction = np.where(bank, rng.integers(8, 30, who.size) / FULL_WEEK, workforce.fte[who] / 100)
    fraction = np.where(np.isin(workforce.rows[who], (TWO_POSTS,)), 0.6, fraction)
    basic = salary / 12 * fraction
    basic -= np.where(rng.random(who.size) < 0.14, rng.uniform(15, 160, who.size) * fraction, 0.0)
    supplement = np.minimum(_supplement(workforce, month, who, salary), salary * 0.3) / 12 * fraction
    on_call = np.where(rng.random(who.size) < 0.35, rng.uniform(0, 0.012, who.size) * basic, 0.0)
    habit = np.clip(_habit(workforce, who, rng), 0.35, 1.7)
    leave = basic * np.where(rng.random(who.size) < 0.5, rng.uniform(0.03, 0.35, who.size), 0.0)
    reduced = (workforce.status_at(month, who) == MATERNITY) | (~bank & (rng.random(who.size) < 0.018))
    cut = np.where(reduced, rng.choice([0.0, 0.5], who.size), 1.0)
    hours = np.round(FULL_WEEK * fraction, 2)
    hours[bank & (rng.random(who.size) < 0.012)] = np.nan
    penny = 2
    return PayRows(
        who,
        np.where(workforce.rows[who] == BANK_FIRST, 2, 1),
        np.round((basic - leave) * cut, penny),
        np.round((supplement + on_call) * cut, penny),
        np.round(basic * table.unsocial[held] * habit * cut, penny),
        np.round(np.where(reduced, 748.0 * fraction, leave), penny).astype(np.float64),
        np.round(np.where(rng.random(who.size) < 0.3, rng.uniform(40, 620, who.size), 0.0) * cut, penny),
        hours,
        reduced,
    )


def _habit(workforce: Workforce, who: Ints, rng: np.random.Generator) -> Floats:
    """How much of the usual shift premium a person earns: much the same from year to year."""
    lasting = 0.78 + 0.44 * ((workforce.position[who] * 7.31) % 1)
    return np.asarray(lasting + rng.normal(0, 0.09, who.size), dtype=np.float64)


def _supplement(workforce: Workforce, month: int, who: Ints, salary: Floats) -> Floats:
    """High cost area supplement a year in pounds: none on local, medical and very senior scales."""
    table, held = posts(), workforce.post.at(month, who)
    outer = workforce.team.at(month, who) % 4 == 3
    share, least, most = (np.where(outer, low, high) for low, high in zip(OUTER, INNER, strict=True))
    amount = np.clip(salary * share, least * uplift(month), most * uplift(month))
    none = np.isin(held, table.where("staff_group", "Medical and Dental")) | np.isin(
        held, table.where("pay_scale", "VM01", "LC01")
    )
    return np.asarray(np.where(none, 0.0, amount), dtype=np.float64)


def _beside_rows(workforce: Workforce, main: PayRows, rng: np.random.Generator) -> PayRows:
    """Second assignments: a bank shift or a second post, paid by the hour as the first one."""
    chance = np.where(
        workforce.rows[main.who] == TWO_POSTS, 1.0, np.where(np.isin(workforce.rows[main.who], SEVERAL), 0.7, 0.0)
    )
    chosen = np.flatnonzero((rng.random(main.who.size) < chance) & ~main.reduced & (main.hours > 0))
    two = workforce.rows[main.who[chosen]] == TWO_POSTS
    hours = np.where(two, FULL_WEEK * 0.4, np.round(rng.uniform(2, 12, chosen.size), 2))
    ratio = hours / main.hours[chosen] * rng.uniform(0.97, 1.03, chosen.size)
    nothing = np.zeros(chosen.size)
    return PayRows(
        main.who[chosen],
        np.where(main.suffix[chosen] == 2, 1, 2),
        np.round((main.basic + main.leave)[chosen] * ratio, 2),
        np.round(main.allowances[chosen] * ratio, 2),
        np.round(main.shift[chosen] * ratio, 2),
        nothing,
        nothing,
        hours,
        np.zeros(chosen.size, dtype=np.bool_),
    )


def hourly_rates(workforce: Workforce, rows: PayRows) -> Floats:
    """Pounds an hour per person (nan for those without full pay, hours or a pay row)."""
    people = workforce.people
    pay = np.bincount(rows.who, rows.ordinary(), minlength=people)
    hours = np.bincount(rows.who, rows.hours, minlength=people)
    reduced = np.bincount(rows.who, rows.reduced, minlength=people) > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = pay * 7 / MONTH_DAYS / hours
    return np.where(reduced | ~(hours > 0), np.nan, rate)


def usual_rates(workforce: Workforce, month: int) -> Floats:
    """What everyone's hour would be worth in a month if all were paid in full: used where no pay row says so."""
    everyone = np.arange(workforce.people)
    held, salary = workforce.post.at(month, everyone), salaries(workforce, month, everyone)
    yearly = salary * (1 + posts().unsocial[held]) + _supplement(workforce, month, everyone, salary)
    return np.asarray(yearly / 12 * 7 / MONTH_DAYS / FULL_WEEK, dtype=np.float64)
