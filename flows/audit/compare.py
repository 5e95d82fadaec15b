"""Read the comparisons of an open file: each sets figures against each other, and what is left of it tells of them."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from math import sqrt
from typing import NamedTuple

from flows.audit.fetch import HIDDEN, UNCOUNTED, WHOLE, Comparison, Form
from flows.audit.hold import SLACK, Cell
from flows.audit.read import Name, Pair, Reader
from flows.audit.reckon import FORMULAS, compare, counts_behind, minority_behind, reference_behind, weights

SAMPLES = 40
NEAR = 2e-3
GAP_ROUNDING = 1e-3
"""How closely a gap of pay may be told where the file's own rules do not say."""


class Told(NamedTuple):
    """The four counts of a comparison, its value, and the ends of its interval."""

    counts: tuple[float | None, ...]
    value: float | None
    ends: tuple[float | None, float | None]


class Comparer:
    """Adds to a reader's knowledge what the comparisons of the same file say."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._file = reader.file
        self._measures: dict[str, list[str]] = defaultdict(list)
        for indicator_id, measure in sorted({(row.indicator_id, row.measure) for row in self._file.rows}):
            self._measures[indicator_id].append(measure)
        self._by_counts: dict[tuple[object, ...], list[Name]] = defaultdict(list)
        for name, row in reader.rows.items():
            self._by_counts[row.as_at_date, row.numerator, row.denominator].append(name)

    def read(self) -> None:
        """Find out how each comparison is made, then read what is left of those with hidden parts."""
        kinds: dict[tuple[str, str], list[Comparison]] = defaultdict(list)
        for row in self._file.comparisons:
            kinds[row.indicator_id, row.measure].append(row)
        for (indicator_id, measure), rows in sorted(kinds.items()):
            form = self._form_of(indicator_id, measure, [row for row in rows if row.value is not None])
            if form is not None:
                self._file.forms[indicator_id, measure] = form
        for row in self._file.comparisons:
            self._read_comparison(row)
        self._read_methods()

    # How a comparison is made.

    def _form_of(self, indicator_id: str, measure: str, rows: list[Comparison]) -> Form | None:
        """The first way of making it that fits the rows that are shown whole, the plainest first."""
        known = self._file.forms.get((indicator_id, measure))
        measures = sorted(self._measures[indicator_id], key=lambda name: (name != measure, name))
        sample = rows[:: max(1, len(rows) // SAMPLES)]
        for stage in (self._plain(indicator_id, measures), self._elsewhere(measures, sample)):
            scores: Counter[Form] = Counter()
            for form in stage:
                for row in sample:
                    scores[form] += self._fit(form, row)
            best = max(scores, key=lambda form: scores[form], default=None)
            if best is not None and scores[best] > 0:
                return best
        if known is None and measure in measures:
            return Form(measure, "share", indicator_id, measure, False, False)
        return known

    def _plain(self, indicator_id: str, measures: list[str]) -> Iterator[Form]:
        for formula in FORMULAS:
            for measure in measures:
                yield Form(measure, formula, indicator_id, measure, False, False)
                if formula != "share":
                    yield Form(measure, formula, indicator_id, measure, True, True)

    def _elsewhere(self, measures: list[str], rows: list[Comparison]) -> Iterator[Form]:
        """The reference is another figure: look for the rows that show the very counts that it is given with."""
        found: Counter[tuple[str, str, bool, bool]] = Counter()
        for row in rows:
            for name in self._by_counts.get((row.as_at_date, row.reference_numerator, row.reference_denominator), ()):
                is_of_trust = (name[3], name[4]) != (row.unit, row.stratum)
                if is_of_trust and (name[3], name[4]) != (self._file.top, WHOLE):
                    continue
                if name[5] in (row.reference, row.minority):
                    found[name[0], name[1], is_of_trust, name[5] == row.minority] += 1
        for where, _ in found.most_common(4):
            for formula in FORMULAS[1:]:
                for measure in measures:
                    yield Form(measure, formula, *where)

    def _fit(self, form: Form, row: Comparison) -> int:
        minority, reference = (self._reader.rows.get(name) for name in self._sides(form, row, row.as_at_date))
        if minority is None or minority.value is None or row.value is None:
            return 0
        right = reference.value if reference is not None else None
        if form.formula != "share" and right is None:
            return 0
        value = compare(form.formula, minority.value, right or 0.0)
        is_same = row.minority_denominator in (None, minority.denominator)
        if form.formula != "share" and reference is not None:
            is_same = is_same and row.reference_denominator in (None, reference.denominator)
        return 1 if is_same and value is not None and abs(value - row.value) < NEAR * max(1.0, abs(row.value)) else -5

    def _sides(self, form: Form, row: Comparison, as_at_date: str) -> tuple[Name, Name]:
        minority = (row.indicator_id, form.measure, as_at_date, row.unit, row.stratum, row.minority)
        unit, stratum = (self._file.top, WHOLE) if form.is_of_trust else (row.unit, row.stratum)
        group = row.minority if form.is_same_group else row.reference
        return minority, (form.reference_indicator, form.reference_measure, as_at_date, unit, stratum, group)

    # What it tells.

    def _read_comparison(self, row: Comparison) -> None:
        counts = (row.minority_numerator, row.minority_denominator, row.reference_numerator, row.reference_denominator)
        figures = (row.value, row.low, row.high, row.p_value, row.p_value_adjusted, row.zero_cell_adjusted)
        earlier = (row.previous_value, row.change)
        if all(number is None for number in (*counts, *figures, *earlier, row.within_four_fifths)):
            return
        form = self._file.forms.get((row.indicator_id, row.measure))
        if form is None:
            treated = self._file.cuts.get((row.indicator_id, row.measure), "")
            self._reader.unmapped += treated not in UNCOUNTED or any(count is not None for count in counts)
            return
        names = self._sides(form, row, row.as_at_date)
        if row.marker == HIDDEN:
            self._leak_row(names[0], "a number beside its marker")
        pay = self._reader.pair(names[0])
        if pay.total is not None or pay.middle:
            told = (row.value, row.low, row.high, row.p_value, row.p_value_adjusted, *earlier)
            self._reader.check_pay(pay, told, self._file.rules.get("pay_gap_rounding", GAP_ROUNDING))
        value = row.value
        if value is None and form.formula in ("ratio", "inverse") and row.low and row.high:
            value = sqrt(row.low * row.high)
        self._inherit(form, names, "a comparison of a hidden figure", (*counts, *figures))
        self._read_sides(form, names, Told(counts, value, (row.low, row.high)))
        if row.previous_date is not None and any(number is not None for number in earlier):
            previous = row.previous_value
            if previous is None and row.value is not None and row.change is not None:
                previous = row.value - row.change
            before = self._sides(form, row, row.previous_date)
            self._inherit(form, before, "an earlier figure that is hidden", earlier)
            self._read_sides(form, before, Told((None,) * 4, previous, (None, None)))

    def _read_methods(self) -> None:
        """Of hidden comparisons of one kind and date, none may be told apart by words on how it was tested."""
        words: dict[tuple[str, ...], dict[str, list[Comparison]]] = defaultdict(lambda: defaultdict(list))
        for row in self._file.comparisons:
            if row.marker == HIDDEN and row.method:
                words[row.indicator_id, row.measure, row.as_at_date, row.level][row.method].append(row)
        for (indicator_id, measure, _, _), methods in words.items():
            form = self._file.forms.get((indicator_id, measure))
            if form is None or len(methods) < 2:
                continue
            usual = max(sorted(methods), key=lambda method: len(methods[method]))
            for method, rows in methods.items():
                if method != usual:
                    self._leak_row(self._sides(form, rows[0], rows[0].as_at_date)[0], "words that tell the number")

    def _inherit(self, form: Form, names: Sequence[Name], how: str, shown: Sequence[object]) -> None:
        if all(number is None for number in shown):
            return
        for name in names[:1] if form.formula == "share" else names:
            row = self._reader.rows.get(name)
            if row is not None and row.marker == HIDDEN:
                self._leak_row(name, how)

    def _leak_row(self, name: Name, how: str) -> None:
        pair = self._reader.pair(name)
        cell = pair.numerator or pair.total or pair.denominator
        if cell is not None:
            self._reader.leak(cell, how)

    def _read_sides(self, form: Form, names: tuple[Name, Name], told: Told) -> None:
        sides = names[:1] if form.formula == "share" else names
        rows = [self._reader.rows.get(name) for name in sides]
        if any(row is not None and (row.rounded_to or 1.0) > 1 for row in rows):
            return
        counts: list[float | None] = []
        bases: list[float | None] = []
        shares: list[float | None] = []
        for side, row in enumerate(rows):
            count, base = told.counts[2 * side : 2 * side + 2]
            counts.append(count if count is not None else row.numerator if row else None)
            bases.append(base if base is not None else row.denominator if row else None)
            shares.append(row.value if row and row.value is not None else _quotient(counts[side], bases[side]))
        value = told.value
        if form.formula == "share":
            if counts[0] is None or bases[0] is None:
                counts[0], bases[0] = counts_behind(counts[0], bases[0], value, *told.ends) or (counts[0], bases[0])
            shares[0] = shares[0] if shares[0] is not None else value
        elif value is not None:
            shares[0] = shares[0] if shares[0] is not None else minority_behind(form.formula, value, shares[1])
            shares[1] = shares[1] if shares[1] is not None else reference_behind(form.formula, value, shares[0])
        pairs = [self._reader.pair(name) for name in sides]
        for pair, count, base, share in zip(pairs, counts, bases, shares, strict=True):
            self._learn_side(pair, count, base, share)
        if value is not None and len(pairs) == 2 and shares[0] is None and shares[1] is None:
            self._relate_sides(pairs, bases, form.formula, value)

    def _learn_side(self, pair: Pair, count: float | None, base: float | None, share: float | None) -> None:
        reader = self._reader
        if pair.total is not None or pair.middle:
            reader.learn_count(pair.denominator, base, False)
            if share is not None:
                reader.learn_total(pair, share)
            return
        if share is not None and count is None and base is not None:
            count = self._whole(pair.numerator, share * base)
        if share and base is None and count is not None:
            base = self._whole(pair.denominator, count / share)
        reader.learn_count(pair.numerator, count, False)
        reader.learn_count(pair.denominator, base, False)
        if share is not None and count is None and base is None and pair.numerator and pair.denominator:
            reader.say(((pair.numerator, 1.0), (pair.denominator, -share)), 0.0, 0.0)

    def _whole(self, cell: Cell | None, number: float) -> float:
        step = self._reader.step(cell) if cell else 0.0
        near = round(number / step) * step if step else number
        return near if abs(near - number) < NEAR else number

    def _relate_sides(self, pairs: Sequence[Pair], bases: list[float | None], formula: str, value: float) -> None:
        first, second = (pair.numerator or pair.total for pair in pairs)
        if first is None or second is None or not bases[0] or not bases[1]:
            return
        of_first, of_second, total = weights(formula, value)
        terms = ((first, of_first / bases[0]), (second, of_second / bases[1]))
        self._reader.say(terms, total - SLACK, total + SLACK)


def _quotient(count: float | None, base: float | None) -> float | None:
    return count / base if count is not None and base else None
