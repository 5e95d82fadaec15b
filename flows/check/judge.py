"""Let Great Expectations judge rows, prove at every run that it does, and tell where rows failed."""

from __future__ import annotations

import dataclasses
import datetime
import difflib
import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flows.check.declare import PLACEHOLDER, Acceptance, Expectation, SuiteError, ToldAs
from flows.record import Severity

if TYPE_CHECKING:
    import pandas

Row = dict[str, Any]

MAINTAINER = "whoever maintains Parity"

SHOWN = 6
"""So many failing rows are told one by one; the rest is a number."""

OURS = {"mostly", "row_condition", "condition_parser", "result_format", "catch_exceptions", "severity", "meta"}
"""Arguments of an expectation that a suite may not give: the gate sets them, or has a plainer word for them."""

BETWEEN, IN_SET, NOT_IN_SET = (
    "expect_column_values_to_be_between",
    "expect_column_values_to_be_in_set",
    "expect_column_values_to_not_be_in_set",
)
BY_ROW = {BETWEEN, IN_SET, NOT_IN_SET}
"""Expectations that judge row by row and that we read ourselves as well."""

ROW_COUNT = "expect_table_row_count_to_"
"""Expectations of how many rows there are: where they fail, every row is told."""

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

            # Its chatter would stand between the lines of the night.
            logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)

            self._gx = great_expectations
            self._registry = registry
            self._context = great_expectations.get_context(mode="ephemeral")
            self._context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
            source = self._context.data_sources.add_pandas("measured")
            self._batch = source.add_dataframe_asset("rows").add_batch_definition_whole_dataframe("all")
        except Exception as error:
            raise GateBroken(f"Great Expectations did not start ({type(error).__name__}).") from error

    def holds(self, expectation: Expectation, frame: pandas.DataFrame) -> bool:
        """Whether the expectation holds for the rows.

        Raises SuiteError where it is not written as its type asks, GateBroken where it could not be evaluated.
        """
        suite = self._gx.ExpectationSuite(name=expectation.name, expectations=[self._made(expectation)])
        if len(suite.expectations) != 1:
            raise GateBroken("it was declared and not taken into its suite.")
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

    def refuse_unknown(self, expectation: Expectation) -> None:
        """Raise SuiteError for a type that Great Expectations does not have: it would drop it in silence."""
        known = self._registry.list_registered_expectation_implementations()
        if expectation.expect not in known:
            near = difflib.get_close_matches(expectation.expect, known, 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise SuiteError(f"{expectation.expect} is no expectation of Great Expectations.{hint}")

    def _made(self, expectation: Expectation) -> Any:
        if wrong := OURS & expectation.settings.keys():
            raise SuiteError(f"settings may not have {', '.join(sorted(wrong))}; choose the rows with `rows`.")
        kind: Any = self._registry.get_expectation_impl(expectation.expect)
        try:
            return kind(**expectation.settings, meta={"name": expectation.name}, severity=expectation.severity)
        except Exception as error:
            raise SuiteError(f"its settings are not those of {expectation.expect}: {_slips(error)}") from None


def judge_rows(
    gate: Gate, suite: str, expectation: Expectation, frame: pandas.DataFrame, accepted: tuple[Acceptance, ...] = ()
) -> Check:
    """Judge the rows by one expectation. Failures that were accepted are taken out first, and counted.

    Raises SuiteError where the expectation does not fit its table, GateBroken where it could not be evaluated or where
    Great Expectations and our own reading of the same rows disagree.
    """
    gate.refuse_unknown(expectation)
    _refuse_unknown_columns(expectation, list(frame.columns))
    _refuse_empty_cells(expectation, frame)
    judged = _without_accepted(expectation, frame, accepted)
    holds = gate.holds(expectation, judged[_judged_columns(expectation) or list(judged.columns[:1])])
    rows = _rows(_failing(expectation, judged, holds))
    nothing = frame.empty and expectation.when_nothing_to_judge == "fail"
    return Check(
        name=expectation.name,
        suite=suite,
        severity=expectation.severity,
        passed=holds and not nothing,
        sentence=_sentence(expectation, holds, nothing, rows),
        protects=expectation.protects,
        counts=_counts(expectation, rows),
        places=tuple(dict.fromkeys(_place(expectation, row) for row in rows)) if expectation.places else (),
        owner=expectation.owner,
        what_to_do=expectation.what_to_do,
        tell_as=expectation.tell_as,
        judged_count=len(judged),
        accepted_count=len(frame) - len(judged),
    )


def prove_alive(gate: Gate) -> list[Check]:
    """Judge two canaries as every check is judged: one row that must pass and one that must fail. A check for each."""
    import pandas

    frame = pandas.DataFrame({"canary": ["canary"], "alive": [1]})
    return [_canary(gate, frame, must_pass=True), _canary(gate, frame, must_pass=False)]


def _canary(gate: Gate, frame: pandas.DataFrame, must_pass: bool) -> Check:
    expectation = Expectation(
        name="canary_that_must_pass" if must_pass else "canary_that_must_fail",
        severity="critical",
        protects="A gate that lets everything through, or nothing, looks like one that works.",
        expect=BETWEEN,
        settings={"column": "alive", "min_value": 1 if must_pass else 2},
        says="The canary was judged as it must be.",
        places=("canary",),
        owner=MAINTAINER,
        what_to_do="Do not trust any check of this run. Run the tests of tests/check.",
    )
    try:
        check = judge_rows(gate, "canaries", expectation, frame)
    except (GateBroken, SuiteError) as error:
        raise GateBroken(f"{expectation.name}: {error} The gate is not alive.") from error
    if check.passed != must_pass or check.judged_count != 1 or bool(check.places) == must_pass:
        raise GateBroken(f"{expectation.name} did not. The gate is not alive.")
    return dataclasses.replace(check, passed=True, places=(), sentence="It did, as it must.")


def _failing(expectation: Expectation, frame: pandas.DataFrame, holds: bool) -> pandas.DataFrame:
    """The rows that fail, by our own reading, because Great Expectations does not tell them without values.

    Where rows are expected not to be there at all, it is every row; an expectation of a column as a whole has none.
    Raises GateBroken where the two readings disagree.
    """
    if expectation.expect in BY_ROW:
        outside = frame.loc[_outside(expectation, frame[expectation.settings["column"]])]
        if holds != outside.empty:
            raise GateBroken("Great Expectations and our own reading of the same rows disagree about it.")
        return outside
    return frame.iloc[0:0] if holds or not expectation.expect.startswith(ROW_COUNT) else frame


def _outside(expectation: Expectation, column: pandas.Series[Any]) -> pandas.Series[bool]:
    settings = expectation.settings
    if expectation.expect != BETWEEN:
        return column.isin(settings["value_set"]) == (expectation.expect == NOT_IN_SET)
    outside = column.isna()
    if (low := settings.get("min_value")) is not None:
        outside |= column.le(low) if settings.get("strict_min") else column.lt(low)
    if (high := settings.get("max_value")) is not None:
        outside |= column.ge(high) if settings.get("strict_max") else column.gt(high)
    return outside


def _refuse_unknown_columns(expectation: Expectation, columns: list[str]) -> None:
    told = [*expectation.places, *expectation.counts.values(), *PLACEHOLDER.findall(expectation.says)]
    if told and expectation.expect not in BY_ROW and not expectation.expect.startswith(ROW_COUNT):
        raise SuiteError(f"{expectation.expect} has no failing rows, so no places, no counts and no braces in says.")
    if unknown := [name for name in [*_judged_columns(expectation), *told] if name not in columns]:
        raise SuiteError(f"its table has no column {', '.join(unknown)}; it has {', '.join(columns)}.")


def _refuse_empty_cells(expectation: Expectation, frame: pandas.DataFrame) -> None:
    """Great Expectations passes over an empty cell in silence, so a number that was never computed would pass."""
    if expectation.expect.endswith("_null"):
        return
    for column in _judged_columns(expectation):
        if frame[column].isna().any():
            raise GateBroken(f"{column} is empty in a row that is to be judged. Leave such rows out with `rows`.")


def _judged_columns(expectation: Expectation) -> list[str]:
    given = [expectation.settings[key] for key in COLUMNS if key in expectation.settings]
    return [str(name) for one in given for name in (one if isinstance(one, list) else [one])]


def _without_accepted(
    expectation: Expectation, frame: pandas.DataFrame, accepted: tuple[Acceptance, ...]
) -> pandas.DataFrame:
    taken = {(one.place, one.snapshot_date) for one in accepted if one.check == expectation.name}
    if not taken:
        return frame
    rows = _rows(frame)
    return frame[[(_place(expectation, row), row.get("snapshot_date")) not in taken for row in rows]]


def _rows(frame: pandas.DataFrame) -> list[Row]:
    """The rows as plain values: dates, whole numbers, fractions, texts, and None where a cell is empty."""
    if frame.empty:
        return []
    filled = frame.notna().to_dict("records")
    return [
        {str(column): _plain(str(column), value) if has[column] else None for column, value in row.items()}
        for row, has in zip(frame.to_dict("records"), filled, strict=True)
    ]


def _plain(column: str, value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.date()
    return int(value) if isinstance(value, float) and not column.endswith("_share") else value


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
    if not failing:
        return expectation.says
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
