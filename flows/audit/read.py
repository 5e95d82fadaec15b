"""Read an open file as a stranger would: every number in it, and what its own constraint tables say it counts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import inf, sqrt
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from flows.audit.hold import SLACK, Cell, Knowledge, Linear
from flows.audit.reckon import (
    FORMULAS,
    compare,
    counts_behind,
    minority_behind,
    reference_behind,
    weights,
)

HIDDEN = "[c]"
WHOLE = "all"
NEEDED = {
    "disclosure_policy": ("output", "rule", "value"),
    "counted_people": ("indicator_id", "measure", "part", "people", "characteristic", "group_key", "stratum_rule"),
    "nested_groups": ("characteristic", "group_key", "within_characteristic", "within_group_key"),
    "nested_strata": ("stratum_dimension", "stratum", "within_stratum"),
    "nested_people": ("people", "within_people"),
    "open_cuts": ("indicator_id", "measure", "organisation_unit_level", "stratum_dimension", "treatment"),
}
OPTIONAL = {
    "stratum_meanings": ("indicator_id", "part", "stratum", "cell_stratum"),
}
VALUES = (
    *("indicator_id", "measure", "as_at_date", "organisation_unit_level", "organisation_unit"),
    *("organisation_unit_parent", "stratum", "group", "numerator", "denominator", "value", "value_text", "unit"),
    *("ci_low", "ci_high", "not_computed_because", "value_marker", "denominator_marker", "rounded_to"),
)
COMPARISONS = (
    *("indicator_id", "measure", "as_at_date", "organisation_unit", "stratum", "minority_group", "reference_group"),
    *("minority_numerator", "minority_denominator", "reference_numerator", "reference_denominator", "value"),
    *("ci_low", "ci_high", "p_value", "p_value_adjusted", "zero_cell_adjusted", "previous_as_at_date"),
    *("previous_value", "change", "within_four_fifths", "value_marker"),
)
COUNTED_TREATMENTS = ("year_end", "year_end_and_month")


class Row(NamedTuple):
    """One open row of indicator_values; numbers as floats, dates as ISO text."""

    indicator_id: str
    measure: str
    as_at_date: str
    level: str
    unit: str
    parent: str | None
    stratum: str
    group: str
    numerator: float | None
    denominator: float | None
    value: float | None
    value_text: str | None
    unit_of_value: str
    low: float | None
    high: float | None
    because: str | None
    marker: str | None
    denominator_marker: str | None
    rounded_to: float | None


class Comparison(NamedTuple):
    """One open row of indicator_comparisons."""

    indicator_id: str
    measure: str
    as_at_date: str
    unit: str
    stratum: str
    minority: str
    reference: str
    minority_numerator: float | None
    minority_denominator: float | None
    reference_numerator: float | None
    reference_denominator: float | None
    value: float | None
    low: float | None
    high: float | None
    p_value: float | None
    p_value_adjusted: float | None
    zero_cell_adjusted: bool | None
    previous_date: str | None
    previous_value: float | None
    change: float | None
    within_four_fifths: bool | None
    marker: str | None


@dataclass(frozen=True)
class Policy:
    """The limits of the open part, as the candidate itself prints them."""

    threshold: float
    zero_base_minimum: float
    hidden_range_minimum: float
    rounding_base: float
    change_minimum: float
    change_range_minimum: float
    pay_minimum_group: float
    pay_hidden_range_share: float
    pay_rounding: float


@dataclass
class OpenFile:
    """One open file: its constraint tables, and its rows of the dates that were asked for."""

    path: Path
    policy: Policy
    tables: dict[str, list[tuple[Any, ...]]]
    cuts: dict[tuple[str, str], str]
    rows: list[Row] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    parents: dict[str, str] = field(default_factory=dict)
    top: str = ""
    formulas: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)


class Shelf:
    """Opens the files one after the other on a single connection, so that hundreds cost little."""

    def __init__(self) -> None:
        self._connection = duckdb.connect()
        self._connection.execute("set threads = 1")
        self._attached = ""

    def __enter__(self) -> "Shelf":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def attach(self, path: Path) -> None:
        """Make this file the one that is read."""
        if self._attached:
            self._connection.execute("detach open_file")
            self._attached = ""
        if not path.is_file():
            raise FileNotFoundError(f"The open file {path.name} is not where it was kept; bring it back and run again.")
        quoted = str(path).replace("'", "''")
        self._connection.execute(f"attach '{quoted}' as open_file (read_only)")
        self._attached = str(path)

    def columns(self, table: str) -> list[str]:
        """Column names of a table of the file, empty where it has none of that name."""
        return [
            str(name)
            for (name,) in self._connection.execute(
                "select column_name from duckdb_columns() where database_name = 'open_file' "
                "and schema_name = 'marts' and table_name = ? order by column_index",
                [table],
            ).fetchall()
        ]

    def fetch(self, table: str, columns: Sequence[str], where: str = "true") -> list[tuple[Any, ...]]:
        """Rows of a table of the file, in the order of their columns; a column that it lacks is null."""
        there = set(self.columns(table))
        if not there:
            return []
        listed = ", ".join(f'"{name}"' if name in there else f'null as "{name}"' for name in columns)
        return self._connection.execute(
            f"select {listed} from open_file.marts.{table} where {where} order by all"
        ).fetchall()

    def fingerprints(self) -> dict[str, str]:
        """For every date of the file a hash of all that its rows say."""
        prints: dict[str, list[str]] = defaultdict(list)
        for table, columns in (("indicator_values", VALUES), ("indicator_comparisons", COMPARISONS)):
            there = set(self.columns(table))
            if not there:
                continue
            listed = ", ".join(f'"{name}"' for name in columns if name in there)
            for as_at_date, rows, total in self._connection.execute(
                f"select as_at_date, count(*), sum(hash(row({listed}))::hugeint) from open_file.marts.{table} "
                "group by as_at_date order by as_at_date"
            ).fetchall():
                prints[as_at_date.isoformat()].append(f"{table}:{rows}:{total}")
        return {as_at_date: "|".join(parts) for as_at_date, parts in prints.items()}

    def rules_fingerprint(self) -> str:
        """A hash of the constraint tables of the file."""
        parts = []
        for table, columns in (NEEDED | OPTIONAL).items():
            there = set(self.columns(table))
            listed = ", ".join(f'"{name}"' for name in (*columns, "date_rule") if name in there)
            if listed:
                told = self._connection.execute(
                    f"select count(*), sum(hash(row({listed}))::hugeint) from open_file.marts.{table}"
                ).fetchone()
                parts.append(f"{table}:{told}")
        return "|".join(parts)


def open_file(shelf: Shelf, path: Path) -> OpenFile:
    """Read the constraint tables of a file.

    Raises:
        ValueError: the file lacks a table or a rule without which nobody can say what it counts.
    """
    shelf.attach(path)
    tables: dict[str, list[tuple[Any, ...]]] = {}
    for name, columns in (NEEDED | OPTIONAL).items():
        if name in NEEDED and not shelf.columns(name):
            raise ValueError(f"{path.name} has no table {name}; write the published constraints into every open file.")
        wanted = (*columns, "date_rule") if name == "counted_people" else columns
        tables[name] = shelf.fetch(name, wanted)
    rules = {rule: value for output, rule, value in tables["disclosure_policy"] if output == "open"}
    missing = [name for name in Policy.__dataclass_fields__ if name not in rules]
    if missing:
        raise ValueError(f"{path.name} has no open rule {', '.join(missing)}; add it to disclosure_policy.")
    policy = Policy(**{name: float(rules[name]) for name in Policy.__dataclass_fields__})
    cuts = {(row[0], row[1]): str(row[4]) for row in tables["open_cuts"]}
    return OpenFile(path, policy, tables, cuts)


def read_dates(shelf: Shelf, file: OpenFile, dates: Iterable[str] | None = None) -> None:
    """Read the rows of these dates (all where none are named) into the file; it must be attached."""
    where = "true"
    if dates is not None:
        listed = ", ".join(f"date '{as_at_date}'" for as_at_date in sorted(dates))
        where = f"as_at_date in ({listed})" if listed else "false"
    file.rows = [Row(*_plain(row)) for row in shelf.fetch("indicator_values", VALUES, where)]
    file.comparisons = [Comparison(*_plain(row)) for row in shelf.fetch("indicator_comparisons", COMPARISONS, where)]
    file.parents = {row.unit: row.parent for row in file.rows if row.parent is not None}
    tops = Counter(row.unit for row in file.rows if row.parent is None)
    file.top = tops.most_common(1)[0][0] if tops else ""


def _plain(row: tuple[Any, ...]) -> Iterator[Any]:
    for value in row:
        if isinstance(value, date):
            yield value.isoformat()
        elif value is None or isinstance(value, str | bool | float):
            yield value
        else:
            yield float(value)


def year_before(as_at_date: str) -> str:
    """The same day a year earlier; the end of a month stays the end of its month."""
    return _moved(as_at_date, -1)


def year_after(as_at_date: str) -> str:
    """The same day a year later; the end of a month stays the end of its month."""
    return _moved(as_at_date, 1)


def _moved(as_at_date: str, years: int) -> str:
    day = date.fromisoformat(as_at_date)
    if (day + timedelta(days=1)).day != 1:
        return day.replace(year=day.year + years).isoformat()
    first = day.replace(year=day.year + years, day=1)
    return ((first + timedelta(days=31)).replace(day=1) - timedelta(days=1)).isoformat()


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
        self._rows = {_name(row): row for row in file.rows}
        self._pairs: dict[tuple[str, ...], Pair] = {}

    def read(self) -> Knowledge:
        """Everything that the rows say, of their own cells and of those that follow from them."""
        self._learn_steps()
        for row in self.file.rows:
            self._read_row(row)
        self._learn_formulas()
        for comparison in self.file.comparisons:
            self._read_comparison(comparison)
        self._check_shown()
        return self.knowledge

    def pair(self, name: tuple[str, ...]) -> Pair:
        """The cells of a row of indicator_values, by indicator, measure, date, unit, stratum and group."""
        if name not in self._pairs:
            mean = self._cell(name, "mean")
            total = mean and mean._replace(people=f"{mean.people}:{name[1]}")
            middle = (name[0], name[1], "median") in self._counted
            self._pairs[name] = Pair(self._cell(name, "numerator"), self._cell(name, "denominator"), total, middle)
        return self._pairs[name]

    def _cell(self, name: tuple[str, ...], part: str) -> Cell | None:
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
            pair = self.pair(_name(row))
            for cell, number in ((pair.numerator, row.numerator), (pair.denominator, row.denominator)):
                if cell is None or number is None:
                    continue
                step = next((step for step in (1.0, 0.5) if abs(number / step - round(number / step)) < SLACK), 0.0)
                key = (cell.people, cell.stratum)
                self._steps[key] = min(self._steps.get(key, 1.0), step)

    def _step(self, cell: Cell) -> float:
        return self._steps.get((cell.people, cell.stratum), 1.0)

    def _read_row(self, row: Row) -> None:
        pair = self.pair(_name(row))
        counted = [cell for cell in (pair.numerator, pair.denominator, pair.total) if cell is not None]
        if not counted:
            treated = self.file.cuts.get((row.indicator_id, row.measure), "")
            self.unmapped += treated in COUNTED_TREATMENTS and (row.numerator, row.denominator) != (None, None)
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
                self._leak(pair.denominator, "a number beside its marker")
        if row.marker != HIDDEN:
            return
        base = row.denominator if row.denominator is not None else inf
        target = pair.numerator or pair.total or pair.denominator
        if pair.numerator:
            hidden[pair.numerator] = min(need, base, hidden.get(pair.numerator, inf))
        elif pair.total:
            hidden[pair.total] = self.policy.pay_hidden_range_share
        beside = (row.numerator, row.value, row.value_text, row.low, row.high)
        if any(number is not None for number in beside) and target:
            self._leak(target, "a number beside its marker")
        if row.because and target:
            self._leak(target, "a reason that tells the number")

    def _leak(self, cell: Cell, how: str) -> None:
        self.knowledge.leaks.append((cell, 0.0, inf, how))

    def _between(self, cell: Cell, shown: float) -> tuple[float, float]:
        """What a count rounded to the base may be; the policy hides it below the threshold, so it is not there."""
        step, half = self._step(cell), self.policy.rounding_base / 2
        if shown == 0:
            return 0.0, 0.0
        reach = half if not step or (half / step).is_integer() else int(half / step) * step
        return max(shown - reach, min(self.policy.threshold, shown)), shown + reach

    def _learn_count(self, cell: Cell | None, number: float | None, is_rounded: bool) -> None:
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
        self._learn_count(pair.numerator, count, False)
        self._learn_count(pair.denominator, base, False)
        if pair.numerator is None or pair.denominator is None or (count is not None and base is not None):
            return
        if row.value is not None:
            self._say(((pair.numerator, 1.0), (pair.denominator, -row.value)), 0.0, 0.0)
        if row.unit_of_value == "fraction":
            self._say(((pair.numerator, 1.0), (pair.denominator, -1.0)), -inf, 0.0)

    def _read_rounded(self, row: Row, pair: Pair) -> None:
        count, base, share, step = row.numerator, row.denominator, row.value, self.policy.rounding_base
        told = counts_behind(None, None, share, row.low, row.high) if row.low is not None else None
        if told and told != (count, base):
            self._learn_count(pair.numerator, told[0], False)
            self._learn_count(pair.denominator, told[1], False)
        if share is not None and count is None and base is not None:
            count = round(share * base / step) * step
        elif share and base is None and count is not None:
            base = round(count / share / step) * step
        self._learn_count(pair.numerator, count, True)
        self._learn_count(pair.denominator, base, True)
        if pair.numerator is None or pair.denominator is None or share is None:
            return
        if count is None or base is None:
            self._say(
                ((pair.numerator, 1.0), (pair.denominator, -share)), -step / 2 * (1 + share), step / 2 * (1 + share)
            )
        elif base and abs(count / base - share) > SLACK and row.unit_of_value == "fraction":
            self._say(((pair.numerator, 1.0), (pair.denominator, -share)), 0.0, 0.0)
            self._leak(pair.numerator, "an exact share of rounded counts")

    def _read_pay(self, row: Row, pair: Pair) -> None:
        self._learn_count(pair.denominator, row.denominator, (row.rounded_to or 1.0) > 1)
        if row.value is not None:
            self._learn_total(pair, row.value)

    def _learn_total(self, pair: Pair, mean: float) -> None:
        """People times mean is the sum of their pay, as close as the mean is printed."""
        if pair.total is None or pair.denominator is None:
            return
        half = self.policy.pay_rounding / 2
        low, high = self.knowledge.facts.get(pair.denominator, (0.0, inf))
        if high < inf:
            self.knowledge.learn(pair.total, max(0.0, mean - half) * low, (mean + half) * high)
        if high > low:
            self._say(((pair.total, 1.0), (pair.denominator, half - mean)), 0.0, inf)
            self._say(((pair.total, 1.0), (pair.denominator, -half - mean)), -inf, 0.0)

    def _say(self, terms: tuple[tuple[Cell, float], ...], low: float, high: float) -> None:
        self.knowledge.sums.append(Linear(terms, low, high))

    def _check_shown(self) -> None:
        """A shown count below the threshold, a nought or a whole of a small base, a mean of a few people."""
        for row in self.file.rows:
            pair = self.pair(_name(row))
            self._check_count(pair.numerator, row.numerator)
            self._check_count(pair.denominator, row.denominator)
            base = row.denominator
            if base is None:
                continue
            if row.value is not None and (pair.total or pair.middle) and base < self.policy.pay_minimum_group:
                self._tell(pair.total or pair.denominator, base, "pay of a small group")
            if row.numerator is None or not 0 < base < self.policy.zero_base_minimum:
                continue
            if row.numerator == 0:
                self._tell(pair.numerator, 0.0, "a nought of a small base")
            elif row.numerator == base and row.unit_of_value == "fraction":
                self._tell(pair.numerator, base, "everyone of a small base")

    def _check_count(self, cell: Cell | None, number: float | None) -> None:
        if number is not None and 0 < number < self.policy.threshold:
            self._tell(cell, number, "shown below the threshold")

    def _tell(self, cell: Cell | None, number: float, how: str) -> None:
        if cell is not None:
            self.knowledge.leaks.append((cell, number, number, how))

    # Comparisons.

    def _sides(self, row: Comparison, measure: str, as_at_date: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        minority = (row.indicator_id, measure, as_at_date, row.unit, row.stratum, row.minority)
        reference = (row.indicator_id, measure, as_at_date, row.unit, row.stratum, row.reference)
        if reference not in self._rows and row.reference == "workforce":
            reference = (row.indicator_id, measure, as_at_date, self.file.top, WHOLE, row.minority)
        return minority, reference

    def _learn_formulas(self) -> None:
        """Find out from the shown rows which figures a comparison sets against each other, and how."""
        measures: dict[str, list[str]] = defaultdict(list)
        for indicator_id, measure in sorted({(row.indicator_id, row.measure) for row in self.file.rows}):
            measures[indicator_id].append(measure)
        kinds: dict[tuple[str, str], list[Comparison]] = defaultdict(list)
        for row in self.file.comparisons:
            kinds[row.indicator_id, row.measure].append(row)
        for (indicator_id, measure), rows in sorted(kinds.items()):
            best = self._formula_of([row for row in rows if row.value is not None], measures[indicator_id])
            if best is None and measure in measures[indicator_id]:
                best = (measure, "share")
            if best is not None:
                self.file.formulas[indicator_id, measure] = best

    def _formula_of(self, rows: list[Comparison], measures: list[str]) -> tuple[str, str] | None:
        scores: Counter[tuple[str, str]] = Counter()
        for measure in measures:
            for row in rows[:: max(1, len(rows) // 50)]:
                minority, reference = (self._rows.get(name) for name in self._sides(row, measure, row.as_at_date))
                if minority is None or minority.value is None or row.value is None:
                    continue
                same = row.minority_denominator in (None, minority.denominator)
                right = reference.value if reference is not None else None
                for formula in FORMULAS:
                    if formula != "share" and right is None:
                        continue
                    result = compare(formula, minority.value, right or 0.0)
                    near = result is not None and abs(result - row.value) < 2e-3 * max(1.0, abs(row.value))
                    scores[measure, formula] += 1 if near and same else -5
        best = max(sorted(scores), key=lambda key: scores[key], default=None)
        return best if best is not None and scores[best] > 0 else None

    def _read_comparison(self, row: Comparison) -> None:
        known = self.file.formulas.get((row.indicator_id, row.measure))
        numbers = (row.minority_numerator, row.minority_denominator, row.reference_numerator, row.reference_denominator)
        figures = (row.value, row.low, row.high, row.p_value, row.p_value_adjusted, row.zero_cell_adjusted)
        earlier = (row.previous_value, row.change, row.within_four_fifths)
        told = any(number is not None for number in (*numbers, *figures, *earlier))
        if known is None:
            treated = self.file.cuts.get((row.indicator_id, row.measure), "")
            self.unmapped += told and (treated in COUNTED_TREATMENTS or numbers != (None,) * 4)
            return
        if not told:
            return
        measure, formula = known
        names = self._sides(row, measure, row.as_at_date)
        if row.marker == HIDDEN:
            self._leak_row(names[0], "a number beside its marker")
        value = row.value
        if value is None and formula in ("ratio", "inverse") and row.low and row.high:
            value = sqrt(row.low * row.high)
        self._inherit(names if formula != "share" else names[:1], "a comparison of a hidden figure", figures + numbers)
        self._read_sides(names, formula, value, numbers, (row.low, row.high))
        if row.previous_date is None or (row.previous_value is None and row.change is None):
            return
        before = self._sides(row, measure, row.previous_date)
        previous = row.previous_value
        if previous is None and row.value is not None and row.change is not None:
            previous = row.value - row.change
        self._inherit(before if formula != "share" else before[:1], "an earlier figure that is hidden", earlier[:2])
        self._read_sides(before, formula, previous, (None,) * 4, (None, None))

    def _inherit(self, names: Sequence[tuple[str, ...]], how: str, shown: tuple[object, ...]) -> None:
        if all(number is None for number in shown):
            return
        for name in names:
            row = self._rows.get(name)
            if row is not None and row.marker == HIDDEN:
                self._leak_row(name, how)

    def _leak_row(self, name: tuple[str, ...], how: str) -> None:
        pair = self.pair(name)
        cell = pair.numerator or pair.total or pair.denominator
        if cell is not None:
            self._leak(cell, how)

    def _read_sides(
        self,
        names: tuple[tuple[str, ...], tuple[str, ...]],
        formula: str,
        value: float | None,
        numbers: tuple[float | None, ...],
        ends: tuple[float | None, float | None],
    ) -> None:
        pairs = [self.pair(name) for name in names]
        rows = [self._rows.get(name) for name in names]
        if any(row is not None and (row.rounded_to or 1.0) > 1 for row in rows):
            return
        counts: list[float | None] = []
        bases: list[float | None] = []
        shares: list[float | None] = []
        for side, row in enumerate(rows):
            count, base = numbers[2 * side], numbers[2 * side + 1]
            counts.append(count if count is not None else row.numerator if row else None)
            bases.append(base if base is not None else row.denominator if row else None)
            shares.append(row.value if row and row.value is not None else _quotient(counts[side], bases[side]))
        if formula == "share" and (counts[0] is None or bases[0] is None):
            found = counts_behind(counts[0], bases[0], value, *ends)
            counts[0], bases[0] = found or (counts[0], bases[0])
        if value is not None:
            shares[0] = shares[0] if shares[0] is not None else minority_behind(formula, value, shares[1])
            shares[1] = shares[1] if shares[1] is not None else reference_behind(formula, value, shares[0])
        for side in (0,) if formula == "share" else (0, 1):
            self._learn_side(pairs[side], counts[side], bases[side], shares[side])
        if value is not None and shares[0] is None and shares[1] is None and formula != "share":
            self._relate_sides(pairs, bases, formula, value)

    def _learn_side(self, pair: Pair, count: float | None, base: float | None, share: float | None) -> None:
        if pair.total is not None or pair.middle:
            self._learn_count(pair.denominator, base, False)
            if share is not None:
                self._learn_total(pair, share)
            return
        if share is not None and count is None and base is not None:
            count = self._whole(pair.numerator, share * base)
        if share and base is None and count is not None:
            base = self._whole(pair.denominator, count / share)
        self._learn_count(pair.numerator, count, False)
        self._learn_count(pair.denominator, base, False)
        if share is not None and count is None and base is None and pair.numerator and pair.denominator:
            self._say(((pair.numerator, 1.0), (pair.denominator, -share)), 0.0, 0.0)

    def _whole(self, cell: Cell | None, number: float) -> float:
        step = self._step(cell) if cell else 0.0
        near = round(number / step) * step if step else number
        return near if abs(near - number) < 1e-3 else number

    def _relate_sides(self, pairs: list[Pair], bases: list[float | None], formula: str, value: float) -> None:
        first, second = (pair.numerator or pair.total for pair in pairs)
        if first is None or second is None or not bases[0] or not bases[1]:
            return
        of_first, of_second, sum_ = weights(formula, value)
        self._say(((first, of_first / bases[0]), (second, of_second / bases[1])), sum_ - SLACK, sum_ + SLACK)


def _times(value: float, base: float | None) -> float | None:
    return value * base if base is not None else None


def _quotient(count: float | None, base: float | None) -> float | None:
    return count / base if count is not None and base else None


def _name(row: Row) -> tuple[str, ...]:
    return row.indicator_id, row.measure, row.as_at_date, row.unit, row.stratum, row.group
