"""Let Great Expectations judge rows, prove at every run that it does, and tell where rows failed."""

from __future__ import annotations

import dataclasses
import datetime
import difflib
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flows.check.declare import PLACEHOLDER, Acceptance, Expectation, SuiteError, ToldAs
from flows.check.measure import Measured, Row
from flows.record import Severity

MAINTAINER = "whoever maintains Parity"

SHOWN = 6
"""So many failing rows are told one by one; the rest is a number."""

OURS = {"mostly", "row_condition", "condition_parser", "result_format", "catch_exceptions", "severity", "meta"}
"""Arguments of an expectation that a suite may not give: the gate sets them, or has a plainer word for them."""

COLUMNS = ("column", "column_A", "column_B", "column_list", "column_set")


class GateBroken(Exception):
    """The gate could not judge. That is never a pass and never a fault of the data; the message says what broke."""


@dataclass(frozen=True)
class Check:
    """What one expectation said of the build: counts and places, never a value of a person."""

    name: str
    suite: str
    severity: Severity
    passed: bool
    sentence: str
    protects: str
    counts: dict[str, int]
    places: tuple[str, ...]
    owner: str
    what_to_do: str
    tell_as: ToldAs = "noticed"
    judged_count: int = 0
    accepted_count: int = 0


class Gate:
    """Great Expectations in memory: nothing on disk, nothing sent, no progress bars.

    Raises GateBroken where it does not start.
    """

    def __init__(self) -> None:
        os.environ["GX_ANALYTICS_ENABLED"] = "false"
        try:
            import great_expectations
            from great_expectations.expectations import registry

            self._gx = great_expectations
            self._registry = registry
            self._context = great_expectations.get_context(mode="ephemeral")
            self._context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
            source = self._context.data_sources.add_pandas("measured")
            self._batch = source.add_dataframe_asset("rows").add_batch_definition_whole_dataframe("all")
        except Exception as error:
            raise GateBroken(f"Great Expectations did not start ({type(error).__name__}).") from error

    def holds(self, expectation: Expectation, measured: Measured) -> bool:
        """Whether the expectation holds for the rows.

        Raises SuiteError where it is not written as its type asks, GateBroken where it could not be evaluated.
        """
        import pandas

        suite = self._gx.ExpectationSuite(name=expectation.name, expectations=[self._made(expectation)])
        if len(suite.expectations) != 1:
            raise GateBroken("it was declared and not taken into its suite.")
        frame = pandas.DataFrame(measured.rows, columns=list(measured.columns))
        try:
            batch = self._batch.get_batch(batch_parameters={"dataframe": frame})
            results = batch.validate(suite, result_format={"result_format": "BOOLEAN_ONLY"}).results
        except Exception as error:
            raise GateBroken(f"it could not be evaluated ({type(error).__name__}).") from error
        evaluated = [one.expectation_config.meta for one in results if one.expectation_config is not None]
        if evaluated != [{"name": expectation.name}]:
            raise GateBroken("it was declared and not evaluated.")
        if _raised(results[0].exception_info):
            raise GateBroken("it broke while it was evaluated, so it neither passed nor failed.")
        if not isinstance(results[0].success, bool):
            raise GateBroken("it gave no answer.")
        return results[0].success

    def _made(self, expectation: Expectation) -> Any:
        known = self._registry.list_registered_expectation_implementations()
        if expectation.expect not in known:
            near = difflib.get_close_matches(expectation.expect, known, 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise SuiteError(f"{expectation.expect} is no expectation of Great Expectations.{hint}")
        if wrong := OURS & expectation.settings.keys():
            raise SuiteError(f"settings may not have {', '.join(sorted(wrong))}; choose the rows with `rows`.")
        kind: Any = self._registry.get_expectation_impl(expectation.expect)
        try:
            return kind(**expectation.settings, meta={"name": expectation.name}, severity=expectation.severity)
        except Exception as error:
            raise SuiteError(f"its settings are not those of {expectation.expect}: {_slips(error)}") from None


def judge(
    gate: Gate, suite: str, expectation: Expectation, measured: Measured, accepted: tuple[Acceptance, ...] = ()
) -> Check:
    """Judge the rows by one expectation. Failures that were accepted are taken out first, and counted.

    Raises SuiteError where the expectation does not fit its table, GateBroken where it could not be evaluated or where
    Great Expectations and our own reading of the same rows disagree.
    """
    _refuse_unknown_columns(expectation, measured.columns)
    outside = _OUTSIDE.get(expectation.expect)
    if outside:
        _refuse_rows_without_value(expectation, measured.rows)
    ours = [one for one in accepted if one.check == expectation.name]
    rows = [row for row in measured.rows if not (ours and _is_accepted(expectation, row, ours))]
    holds = gate.holds(expectation, Measured(measured.columns, rows))
    failing = [row for row in rows if outside(expectation.settings, row)] if outside else [] if holds else rows
    if outside and holds == bool(failing):
        raise GateBroken("Great Expectations and our own reading of the same rows disagree about it.")
    nothing = not measured.rows and expectation.when_nothing_to_judge == "fail"
    return Check(
        name=expectation.name,
        suite=suite,
        severity=expectation.severity,
        passed=holds and not nothing,
        sentence=_sentence(expectation, holds, nothing, failing),
        protects=expectation.protects,
        counts=_counts(expectation, failing),
        places=tuple(dict.fromkeys(_place(expectation, row) for row in failing)) if expectation.places else (),
        owner=expectation.owner,
        what_to_do=expectation.what_to_do,
        tell_as=expectation.tell_as,
        judged_count=len(rows),
        accepted_count=len(measured.rows) - len(rows),
    )


def prove_alive(gate: Gate) -> list[Check]:
    """Judge two canaries as every check is judged: one row that must pass and one that must fail. A check for each."""
    rows = Measured(("canary", "alive"), [{"canary": "canary", "alive": 1}])
    return [_canary(gate, rows, must_pass=True), _canary(gate, rows, must_pass=False)]


def _canary(gate: Gate, rows: Measured, must_pass: bool) -> Check:
    expectation = Expectation(
        name="canary_that_must_pass" if must_pass else "canary_that_must_fail",
        severity="critical",
        protects="A gate that lets everything through, or nothing, looks like one that works.",
        expect="expect_column_values_to_be_between",
        settings={"column": "alive", "min_value": 1 if must_pass else 2},
        says="The canary was judged as it must be.",
        places=("canary",),
        owner=MAINTAINER,
        what_to_do="Do not trust any check of this run. Run the tests of tests/check.",
    )
    try:
        check = judge(gate, "canaries", expectation, rows)
    except (GateBroken, SuiteError) as error:
        raise GateBroken(f"{expectation.name}: {error} The gate is not alive.") from error
    if check.passed != must_pass or check.judged_count != 1 or bool(check.places) == must_pass:
        raise GateBroken(f"{expectation.name} did not. The gate is not alive.")
    return dataclasses.replace(check, passed=True, places=(), sentence="It did, as it must.")


def _between(settings: Row, row: Row) -> bool:
    value, low, high = row[settings["column"]], settings.get("min_value"), settings.get("max_value")
    too_low = low is not None and (value <= low if settings.get("strict_min") else value < low)
    too_high = high is not None and (value >= high if settings.get("strict_max") else value > high)
    return bool(too_low or too_high)


_OUTSIDE: dict[str, Callable[[Row, Row], bool]] = {
    "expect_column_values_to_be_between": _between,
    "expect_column_values_to_be_in_set": lambda settings, row: row[settings["column"]] not in settings["value_set"],
    "expect_column_values_to_not_be_in_set": lambda settings, row: row[settings["column"]] in settings["value_set"],
}
"""Our own reading of the expectations that judge row by row: it tells where, and must agree with Great Expectations."""


def _refuse_unknown_columns(expectation: Expectation, columns: tuple[str, ...]) -> None:
    judged = [expectation.settings[key] for key in COLUMNS if key in expectation.settings]
    named = [name for one in judged for name in ([one] if isinstance(one, str) else one)]
    named += [*expectation.places, *expectation.counts.values(), *PLACEHOLDER.findall(expectation.says)]
    if unknown := [name for name in named if name not in columns]:
        raise SuiteError(f"its table has no column {', '.join(map(repr, unknown))}; it has {', '.join(columns)}.")


def _refuse_rows_without_value(expectation: Expectation, rows: list[Row]) -> None:
    """Great Expectations passes over an empty cell in silence, so a number that was never computed would pass."""
    column = expectation.settings.get("column")
    if column is not None and any(row[column] is None for row in rows):
        raise GateBroken(f"{column} is empty in a row that is to be judged.")


def _is_accepted(expectation: Expectation, row: Row, accepted: list[Acceptance]) -> bool:
    return (_place(expectation, row), row.get("snapshot_date")) in {(one.place, one.snapshot_date) for one in accepted}


def _place(expectation: Expectation, row: Row) -> str:
    return ", ".join(_shown(column, row[column]) for column in expectation.places)


def _counts(expectation: Expectation, failing: list[Row]) -> dict[str, int]:
    """Sums over the failing rows of the newest snapshot among them: people of two snapshots are not added up."""
    newest = max((row["snapshot_date"] for row in failing if row.get("snapshot_date")), default=None)
    summed = [row for row in failing if row.get("snapshot_date") == newest]
    return {label: int(sum(row[column] or 0 for row in summed)) for label, column in expectation.counts.items()}


def _sentence(expectation: Expectation, holds: bool, nothing: bool, failing: list[Row]) -> str:
    if nothing:
        return "There was nothing to judge: no row of the build is of the kind that this check looks at."
    if holds:
        return "As expected."
    said = [
        PLACEHOLDER.sub(lambda found, row=row: _shown(found[1], row[found[1]]), expectation.says)  # type: ignore[misc]
        for row in reversed(failing[-SHOWN:])
    ]
    rest = [f"And {len(failing) - SHOWN:,} more like it."] if len(failing) > SHOWN else []
    return " ".join([*said, *rest])


def _shown(column: str, value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, datetime.date):
        return f"{value.day} {value:%B %Y}"
    if column.endswith("_share"):
        return f"{value:.1%}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _raised(info: Any) -> bool:
    """Great Expectations says `raised_exception` at the top, or once for every metric that broke."""
    if not info:
        return False
    if "raised_exception" in info:
        return bool(info["raised_exception"])
    return True


def _slips(error: Exception) -> str:
    errors = getattr(error, "errors", None)
    if not callable(errors):
        return type(error).__name__
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in errors())
