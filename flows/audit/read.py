"""Read the rows of an open file: every number in it, and what its own constraint tables say it counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from flows.audit.fetch import HIDDEN, LOW, UNCOUNTED, WHOLE, OpenFile, Row, year_before
from flows.audit.hold import SLACK, Cell, Knowledge, Linear
from flows.audit.reckon import counts_behind

Name = tuple[str, str, str, str, str, str]


@dataclass
class Pair:
    """The two counts of a figure, or the people and the sum of their pay."""

    numerator: Cell | None
    denominator: Cell | None
    total: Cell | None
    middle: bool


class Reader:
    """Turns the rows of one file into knowledge of cells."""

    def __init__(self, file: OpenFile, steps: dict[tuple[str, str], float]) -> None:
        self.file = file
        self.policy = file.policy
        self.knowledge = Knowledge()
        self.unmapped = 0
        self._steps = steps
        self._counted = {tuple(row[:3]): row[3:] for row in file.tables["counted_people"]}
        self._strata = {(row[0], row[1], row[2]): row[3] for row in file.tables["stratum_meanings"]}
        self._rules = {row[0]: row[1:] for row in file.tables["characteristic_rules"]}
        self.rows = {name_of(row): row for row in file.rows}
        self._pairs: dict[Name, Pair] = {}

    def read(self) -> Knowledge:
        """Everything that the rows say, of their own cells and of those that follow from them."""
        self._learn_steps()
        for row in self.file.rows:
            self._read_row(row)
        self._check_shown()
        return self.knowledge

    def pair(self, name: Name) -> Pair:
        """The cells of a row of indicator_values, by indicator, measure, date, unit, stratum and group."""
        if name not in self._pairs:
            mean = self._cell(name, "mean")
            total = mean and mean._replace(people=f"{mean.people}:{name[1]}")
            middle = (name[0], name[1], "median") in self._counted
            self._pairs[name] = Pair(self._cell(name, "numerator"), self._cell(name, "denominator"), total, middle)
        return self._pairs[name]

    def _cell(self, name: Name, part: str) -> Cell | None:
        indicator_id, measure, as_at_date, unit, stratum, group = name
        counted = self._counted.get((indicator_id, measure, part))
        if counted is None:
            return None
        people, characteristic, group_key, stratum_rule, date_rule = counted
        group_key = group if group_key == "*" else group_key
        if group_key == WHOLE:
            characteristic = WHOLE
        meant = self._strata.get((indicator_id, part, stratum)) or self._strata.get((indicator_id, "*", stratum))
        stratum = WHOLE if stratum_rule == WHOLE else meant or stratum
        as_at_date = year_before(as_at_date) if date_rule == "year_before" else as_at_date
        return Cell(people, as_at_date, unit, stratum, characteristic, group_key)

    def _learn_steps(self) -> None:
        """Whether the counts of a set of people are whole: an average of two years may be a half."""
        for row in self.file.rows:
            pair = self.pair(name_of(row))
            for cell, number in ((pair.numerator, row.numerator), (pair.denominator, row.denominator)):
                if cell is None or number is None:
                    continue
                step = next((step for step in (1.0, 0.5) if abs(number / step - round(number / step)) < SLACK), 0.0)
                key = (cell.people, cell.stratum)
                self._steps[key] = min(self._steps.get(key, 1.0), step)

    def step(self, cell: Cell) -> float:
        """1 where the cell is counted in whole people, 0.5 in halves, 0 where neither."""
        return self._steps.get((cell.people, cell.stratum), 1.0)

    def _read_row(self, row: Row) -> None:
        pair = self.pair(name_of(row))
        counted = [cell for cell in (pair.numerator, pair.denominator, pair.total) if cell is not None]
        if not counted:
            treated = self.file.cuts.get((row.indicator_id, row.measure), "")
            self.unmapped += treated not in UNCOUNTED and (row.numerator, row.denominator) != (None, None)
            return
        self.knowledge.rows.update(counted)
        if pair.total is not None or pair.middle:
            self._read_pay(row, pair)
        elif (row.rounded_to or 1.0) > 1:
            self._read_rounded(row, pair)
        else:
            self._read_exact(row, pair)
        self._note_hidden(row, pair)

    def _note_hidden(self, row: Row, pair: Pair) -> None:
        hidden, need = self.knowledge.hidden, self.policy.hidden_range_minimum
        if row.denominator_marker == HIDDEN and pair.denominator:
            hidden[pair.denominator] = need
            if row.denominator is not None:
                self.leak(pair.denominator, "a number beside its marker")
        if row.marker != HIDDEN:
            return
        base = row.denominator if row.denominator is not None else inf
        target = pair.numerator or pair.total or pair.denominator
        if pair.total:
            hidden[pair.total] = self.policy.pay_hidden_range_share
        elif pair.numerator and (row.numerator is None or row.denominator_marker != HIDDEN):
            hidden[pair.numerator] = min(need, base, hidden.get(pair.numerator, inf))
        beside = [row.value, row.value_text, row.low, row.high]
        if row.denominator_marker != HIDDEN:
            beside.append(row.numerator)
        if any(number is not None for number in beside) and target:
            self.leak(target, "a number beside its marker")
        if row.because and target:
            self.leak(target, "a reason that tells the number")

    def leak(self, cell: Cell, how: str) -> None:
        """Keep that something beside a hidden number tells of it."""
        self.knowledge.leaks.append((cell, 0.0, inf, how))

    def _between(self, cell: Cell, shown: float) -> tuple[float, float]:
        """What a count rounded to the base may be; the policy hides it below the threshold, so it is not there."""
        step, half = self.step(cell), self.policy.rounding_base / 2
        if shown == 0:
            return 0.0, 0.0
        reach = half if not step or (half / step).is_integer() else int(half / step) * step
        return max(shown - reach, min(self.policy.threshold, shown)), shown + reach

    def learn_count(self, cell: Cell | None, number: float | None, is_rounded: bool) -> None:
        """A count is shown, or follows from what is shown."""
        if cell is None or number is None:
            return
        low, high = self._between(cell, number) if is_rounded else (number, number)
        self.knowledge.learn(cell, low, high)
        if is_rounded and high > low:
            self.knowledge.rounded.add(cell)

    def _read_exact(self, row: Row, pair: Pair) -> None:
        count, base = row.numerator, row.denominator
        if count is None or base is None:
            if row.unit_of_value == "fraction":
                count, base = counts_behind(count, base, row.value, row.low, row.high) or (count, base)
            elif row.value is not None:
                if count is None:
                    count = row.value if pair.denominator is None else _times(row.value, base)
                base = count / row.value if base is None and count is not None and row.value else base
        self.learn_count(pair.numerator, count, False)
        self.learn_count(pair.denominator, base, False)
        if pair.numerator is None or pair.denominator is None or (count is not None and base is not None):
            return
        if row.value is not None:
            self.say(((pair.numerator, 1.0), (pair.denominator, -row.value)), 0.0, 0.0)
        if row.unit_of_value == "fraction":
            self.say(((pair.numerator, 1.0), (pair.denominator, -1.0)), -inf, 0.0)

    def _read_rounded(self, row: Row, pair: Pair) -> None:
        count, base, share, step = row.numerator, row.denominator, row.value, self.policy.rounding_base
        told = counts_behind(None, None, share, row.low, row.high) if row.low is not None else None
        if told and told != (count, base):
            self.learn_count(pair.numerator, told[0], False)
            self.learn_count(pair.denominator, told[1], False)
        if share is not None and count is None and base is not None:
            count = round(share * base / step) * step
        elif share and base is None and count is not None:
            base = round(count / share / step) * step
        self.learn_count(pair.numerator, count, True)
        self.learn_count(pair.denominator, base, True)
        if pair.numerator is None or pair.denominator is None or share is None:
            return
        if count is None or base is None:
            self.say(
                ((pair.numerator, 1.0), (pair.denominator, -share)), -step / 2 * (1 + share), step / 2 * (1 + share)
            )
        elif base and abs(count / base - share) > SLACK and row.unit_of_value == "fraction":
            self.say(((pair.numerator, 1.0), (pair.denominator, -share)), 0.0, 0.0)
            self.leak(pair.numerator, "an exact share of rounded counts")

    def _read_pay(self, row: Row, pair: Pair) -> None:
        self.learn_count(pair.denominator, row.denominator, (row.rounded_to or 1.0) > 1)
        self.check_pay(pair, (row.value, row.low, row.high), self.policy.pay_rounding)
        if row.value is not None:
            self.learn_total(pair, row.value)

    def check_pay(self, pair: Pair, told: Iterable[float | None], step: float) -> None:
        """Pay is told no more closely than the policy says: else two releases tell of one person's rise."""
        cell = pair.total or pair.denominator
        if cell and any(number is not None and abs(number / step - round(number / step)) > SLACK for number in told):
            self.leak(cell, "pay told more closely than it may be")

    def learn_total(self, pair: Pair, mean: float) -> None:
        """People times mean is the sum of their pay, as close as the mean is printed."""
        if pair.total is None or pair.denominator is None:
            return
        half = self.policy.pay_rounding / 2
        low, high = self.knowledge.facts.get(pair.denominator, (0.0, inf))
        if high < inf:
            self.knowledge.learn(pair.total, max(0.0, mean - half) * low, (mean + half) * high)
        if high > low:
            self.say(((pair.total, 1.0), (pair.denominator, half - mean)), 0.0, inf)
            self.say(((pair.total, 1.0), (pair.denominator, -half - mean)), -inf, 0.0)

    def say(self, terms: tuple[tuple[Cell, float], ...], low: float, high: float) -> None:
        """A weighted sum of cells lies between two bounds."""
        self.knowledge.sums.append(Linear(terms, low, high))

    def _check_shown(self) -> None:
        """A shown count below the threshold, a nought or a whole that tells of everyone, a mean of a few people."""
        for row in self.file.rows:
            pair = self.pair(name_of(row))
            self._check_count(pair.numerator, row.numerator)
            self._check_count(pair.denominator, row.denominator)
            base = row.denominator
            if row.marker == LOW:
                self._tell(pair.numerator, 0.0, "more than nought and below the threshold")
            if base is None:
                continue
            if row.value is not None and (pair.total or pair.middle) and base < self._fewest_paid(pair):
                self._tell(pair.total or pair.denominator, base, "pay of a small group")
            if row.numerator is None or base <= 0:
                continue
            if row.numerator == 0 and base < self.policy.zero_base_minimum:
                self._tell(pair.numerator, 0.0, "a nought of a small base")
            elif row.numerator == base and row.unit_of_value == "fraction" and self._tells_of_everyone(pair, base):
                self._tell(pair.numerator, base, "everyone of a place")

    def _tells_of_everyone(self, pair: Pair, base: float) -> bool:
        """That all of a place are of one group: of few people always, of many where the group is sensitive."""
        if base < self.policy.zero_base_minimum:
            return True
        cell, whole = pair.numerator, pair.denominator
        if cell is None or whole is None or (whole.people, whole.group) != (cell.people, WHOLE) or cell.group == WHOLE:
            return False
        is_sensitive, silent, _ = self._rules.get(cell.characteristic, ("false", "", ""))
        return str(is_sensitive).lower() == "true" and cell.group not in (silent or "").split(";")

    def _fewest_paid(self, pair: Pair) -> float:
        cell = pair.total or pair.denominator
        rule = self._rules.get(cell.characteristic, ("", "", ""))[2] if cell else ""
        return max(self.policy.pay_minimum_group, self.file.rules.get(rule, 0.0))

    def _check_count(self, cell: Cell | None, number: float | None) -> None:
        if number is not None and 0 < number < self.policy.threshold:
            self._tell(cell, number, "shown below the threshold")

    def _tell(self, cell: Cell | None, number: float, how: str) -> None:
        if cell is not None:
            self.knowledge.leaks.append((cell, number, number, how))


def _times(value: float, base: float | None) -> float | None:
    return value * base if base is not None else None


def name_of(row: Row) -> Name:
    """What tells a row from all others: indicator, measure, date, unit, stratum and group."""
    return row.indicator_id, row.measure, row.as_at_date, row.unit, row.stratum, row.group
