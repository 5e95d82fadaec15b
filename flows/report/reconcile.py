"""Reconcile: every figure that a trust's documents printed, beside what this edition has for it today, as printed.

The restricted edition says the same as the mart `published_reconciliation`; the open one says it of what is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from flows.report.compose import Figure
from flows.report.read import Figures, Row, seed
from flows.report.show import figure

HIDDEN = "[c]"
NO_FIGURE = "The release has no figure of this date."

PRINTED = """
select
    *, row_number() over (
        order by framework, indicator, measure, population, as_at_date desc, published_year desc, document, location
    ) as place
from published_history
where organisation_code = $organisation_code
"""

PARTS = """
select history.place, shown.*
from ({printed}) as history
inner join shown_{table} as shown
    on
        history.conformed_table = 'indicator_{table}'
        and history.indicator_id = shown.indicator_id
        and history.conformed_measure = shown.measure
        and history.stratum = shown.stratum
        and {same_groups}
        and shown.organisation_unit_level = 'trust'
        and (
            history.as_at_date = shown.as_at_date
            or history.date_rule = 'same_reporting_year' and history.reporting_year = shown.reporting_year
        )
order by history.place
"""

SAME_GROUPS = {
    "values": 'list_contains(string_split(history."group", \', \'), shown."group")',
    "comparisons": 'history."group" = shown.minority_group and history.reference_group = shown.reference_group',
}

EXACT = Decimal("1e-10")
"""How far the mart looks behind the point before it rounds."""

VERDICTS = ("same", "differs", "hidden", "missing", "no_counterpart")


@dataclass(frozen=True)
class Reconciled:
    """One printed figure: its row of published_history, and what this edition has for it.

    `verdict` is same, differs, hidden, missing (no such figure in this edition) or no_counterpart (nothing that is
    computed); `why` says the last three. `is_coarse` where the edition tells the figure less exactly than it was
    printed, so that it is compared no closer.
    """

    row: Row
    today: Figure
    verdict: str
    why: str = ""
    is_coarse: bool = False


def reconcile(figures: Figures, organisation_code: str, is_open: bool) -> list[Reconciled]:
    """Every printed figure of the organisation, by what it is of, newest first."""
    if not figures.has("published_history"):
        return []
    parts: dict[int, list[Row]] = {}
    for table, same_groups in SAME_GROUPS.items():
        sql = PARTS.format(printed=PRINTED, table=table, same_groups=same_groups)
        for row in figures.rows(sql, organisation_code=organisation_code):
            parts.setdefault(int(row["place"]), []).append(row)
    known = figures.rows("select indicator_id, is_computed, not_computed_because from indicator_catalogue")
    reasons = {row["indicator_id"]: row["not_computed_because"] for row in known if not row["is_computed"]}
    units = {one["unit"]: one for one in seed("published/published_units")}
    printed = figures.rows(PRINTED, organisation_code=organisation_code)
    return [_one(row, parts.get(int(row["place"]), []), units[row["unit"]], reasons, is_open) for row in printed]


def _one(
    row: Row, parts: Sequence[Row], unit: Mapping[str, str], reasons: Mapping[str, str], is_open: bool
) -> Reconciled:
    if why := row["not_linked_because"] or reasons.get(row["indicator_id"]):
        return Reconciled(row, Figure("[z]", note=why), "no_counterpart", why)
    if len(parts) < len(str(row["group"]).split(", ")):
        why = "The open part holds no figure of this kind and date." if is_open else NO_FIGURE
        return Reconciled(row, Figure("[x]", note=why), "missing", why)
    if unit["agreement"] == "same_word":
        return _word(row, parts[0])
    numbers = [part.get(_column(row, part)) for part in parts]
    shown = [figure(part, _column(row, part)) for part in parts]
    lacking = next((one for one, number in zip(shown, numbers, strict=True) if number is None), None)
    if lacking is not None:
        return Reconciled(row, lacking, "hidden" if lacking.text == HIDDEN else "missing", lacking.note)
    total = sum((Decimal(str(number)) for number in numbers), Decimal())
    step = _step(row, unit) if is_open else Decimal()
    exact = total * int(row["display_sign"]) * Decimal(unit["printed_scale"])
    return _number(row, unit, exact.quantize(EXACT, ROUND_HALF_UP), step, shown)


def _column(row: Row, part: Row) -> str:
    """Which number of a conformed row was printed; in a comparison a count is the minority group's."""
    column = str(row["figure"])
    return f"minority_{column}" if column != "value" and "minority_group" in part else column


def _word(row: Row, part: Row) -> Reconciled:
    today = figure(part)
    if part["value_text"] is None:
        return Reconciled(row, today, "hidden" if today.text == HIDDEN else "missing", today.note)
    same = str(part["value_text"]).lower() == str(row["published_value"]).lower()
    return Reconciled(row, today, "same" if same else "differs")


def _step(row: Row, unit: Mapping[str, str]) -> Decimal:
    """How closely the open edition tells the figure, in the printed unit; nought: exactly."""
    if not str(row["conformed_measure"]).endswith(("_pay_gap", "_bonus_gap")):
        return Decimal()
    rounding = next(
        one["value"]
        for one in seed("disclosure/disclosure_policy")
        if (one["output"], one["rule"]) == ("open", "pay_gap_rounding")
    )
    return Decimal(rounding) * Decimal(unit["printed_scale"])


def _number(row: Row, unit: Mapping[str, str], exact: Decimal, step: Decimal, shown: Sequence[Figure]) -> Reconciled:
    printed = Decimal(str(row["published_value"]))
    printed_step = Decimal(1).scaleb(-int(row["decimals"]))
    is_coarse = step > printed_step
    as_printed = exact.quantize(step.normalize() if is_coarse else printed_step, ROUND_HALF_UP)
    agrees = {
        "equal_as_printed": abs(as_printed - printed) * 2 < step + printed_step if is_coarse else as_printed == printed,
        "more_than": exact > printed,
        "less_than": exact < printed,
    }[unit["agreement"]]
    text = unit["printed_form"] if unit["agreement"] == "equal_as_printed" else "{}"
    today = Figure(text.replace("{}", f"{as_printed:,f}"), float(exact), status=shown[0].status)
    return Reconciled(row, today, "same" if agrees else "differs", is_coarse=is_coarse)


def counted(told: Iterable[Reconciled]) -> dict[str, int]:
    """How many there are of each verdict."""
    counts = dict.fromkeys(VERDICTS, 0)
    for one in told:
        counts[one.verdict] += 1
    return counts
