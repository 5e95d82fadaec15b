"""Read the suites of `expectations/`: what is expected of a build, written by the EDI team, every slip named."""

from __future__ import annotations

import datetime
import re
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flows.configure import Threshold
from flows.record import Severity

PLACEHOLDER = re.compile(r"\{(\w+)\}")

Scalar = str | int | float | bool

Lists = dict[str, list[dict[str, Scalar]]]

ToldAs = Literal["noticed", "late", "unmapped"]


class SuiteError(Exception):
    """A suite cannot be read as it is written; the message names the file, the expectation and what to change."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Expectation(_Strict):
    """One thing that is expected of every row that is judged.

    `expect` and `settings` are an expectation of Great Expectations and its arguments, `rows` the SQL condition that
    chooses the rows to judge, `says` the sentence for a row that fails, with the row's columns in braces.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    severity: Severity
    protects: str = Field(min_length=20)
    expect: str = Field(pattern=r"^expect_[a-z_A-Z]+$")
    settings: dict[str, Any]
    rows: str | None = None
    says: str = Field(min_length=10)
    places: tuple[str, ...] = ()
    counts: dict[str, str] = {}
    owner: str = Field(min_length=3)
    what_to_do: str = Field(min_length=20)
    tell_as: ToldAs = "noticed"
    when_nothing_to_judge: Literal["fail", "pass"] = "fail"


class Acceptance(_Strict):
    """A failure that a person has looked at and accepted: one check, one place, one snapshot, with a reason."""

    check: str
    place: str
    snapshot_date: datetime.date
    by: str = Field(min_length=3)
    because: str = Field(min_length=10)


class Suite(_Strict):
    """One file: the small table that it looks at and what is expected of it."""

    file: str
    suite: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    about: str = Field(min_length=20)
    table: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    may_be_empty: bool = False
    variables: dict[str, int | str] = {}
    accepted: tuple[Acceptance, ...] = ()
    expectations: tuple[Expectation, ...] = Field(min_length=1)


class _Written(_Strict):
    suite: str
    about: str
    table: str
    owner: str
    may_be_empty: bool = False
    variables: dict[str, int | str] = {}
    lists: Lists = {}
    accepted: list[dict[str, Any]] | None = None
    expectations: list[dict[str, Any]] = Field(min_length=1)


def read_suites(folder: Path) -> list[Suite]:
    """Read every `*.yml` of the folder, in the order of their names.

    Raises SuiteError where there is none, where a key, severity or shape is wrong, where a name is given twice, or
    where an acceptance names no check of its suite.
    """
    files = sorted([*folder.glob("*.yml"), *folder.glob("*.yaml")])
    if not files:
        raise SuiteError(
            f"There is no suite in {folder.name}/. Without one nothing is checked, so nothing is published."
        )
    suites = [_read_suite(file) for file in files]
    _refuse_twice("suite", [(suite.suite, suite.file) for suite in suites])
    _refuse_twice("expectation", [(one.name, suite.file) for suite in suites for one in suite.expectations])
    return suites


def with_thresholds(suites: list[Suite], thresholds: Mapping[str, Threshold]) -> list[Suite]:
    """The suites with a trust's own numbers in place of those that stand in the files.

    Raises SuiteError where a threshold names no check, or a number that the check does not have.
    """
    declared = {one.name: one for suite in suites for one in suite.expectations}
    for name, threshold in thresholds.items():
        if name not in declared:
            raise SuiteError(f"parity.toml, thresholds.{name}: no check has this name; docs/checks.md lists them.")
        for key in threshold.model_dump(exclude_none=True):
            if key not in declared[name].settings:
                raise SuiteError(f"parity.toml, thresholds.{name}.{key}: the check has no {key}.")
    return [
        suite.model_copy(update={"expectations": tuple(_at(one, thresholds) for one in suite.expectations)})
        for suite in suites
    ]


def _at(one: Expectation, thresholds: Mapping[str, Threshold]) -> Expectation:
    if one.name not in thresholds:
        return one
    numbers = thresholds[one.name].model_dump(exclude_none=True)
    return one.model_copy(update={"settings": one.settings | numbers})


def _read_suite(file: Path) -> Suite:
    shown = f"{file.parent.name}/{file.name}"
    try:
        read = yaml.load(file.read_text(encoding="utf-8"), _NoKeyTwice)  # noqa: S506 - a SafeLoader that refuses more
        written = _Written.model_validate(read)
    except yaml.YAMLError as error:
        raise SuiteError(f"{shown} is not valid YAML: {error}") from None
    except ValidationError as error:
        raise SuiteError(f"{shown} is wrong: {_slips(error)}") from None
    expectations = [
        _read_expectation(shown, {"owner": written.owner, **one})
        for pattern in written.expectations
        for one in _one_for_each(shown, pattern, written.lists)
    ]
    try:
        suite = Suite(
            file=shown,
            expectations=tuple(expectations),
            accepted=tuple(Acceptance.model_validate(one) for one in written.accepted or ()),
            **written.model_dump(include={"suite", "about", "table", "may_be_empty", "variables"}),
        )
    except ValidationError as error:
        raise SuiteError(f"{shown} is wrong: {_slips(error)}") from None
    for acceptance in suite.accepted:
        if acceptance.check not in {one.name for one in expectations}:
            raise SuiteError(f"{shown}, accepted: the suite has no expectation {acceptance.check!r}.")
    return suite


def _read_expectation(shown: str, written: dict[str, Any]) -> Expectation:
    try:
        return Expectation.model_validate(written)
    except ValidationError as error:
        raise SuiteError(f"{shown}, expectation {written.get('name', '(no name)')!r}: {_slips(error)}") from None


def _one_for_each(
    shown: str, pattern: dict[str, Any], lists: dict[str, list[dict[str, Scalar]]]
) -> list[dict[str, Any]]:
    """The expectation itself or, with `for_each`, one for each line of that list, its `{words}` filled in."""
    if "for_each" not in pattern:
        return [pattern]
    listed = lists.get(pattern["for_each"]) if isinstance(pattern["for_each"], str) else None
    if not listed:
        raise SuiteError(
            f"{shown}, expectation {pattern.get('name', '(no name)')!r}: for_each names {pattern['for_each']!r}, "
            f"and `lists` has {', '.join(lists) or 'nothing'}; a list needs one line at least."
        )
    rest = {key: value for key, value in pattern.items() if key != "for_each"}
    return [_filled(rest, line) for line in listed]


def _filled(pattern: Any, line: dict[str, Scalar]) -> Any:
    if isinstance(pattern, dict):
        return {key: _filled(value, line) for key, value in pattern.items()}
    if isinstance(pattern, list):
        return [_filled(value, line) for value in pattern]
    if not isinstance(pattern, str):
        return pattern
    whole = PLACEHOLDER.fullmatch(pattern)
    if whole and whole[1] in line:
        return line[whole[1]]
    return PLACEHOLDER.sub(lambda found: str(line.get(found[1], found[0])), pattern)


def _slips(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, one['loc'])) or 'the file'}: "
        + ("there is no such key" if one["type"] == "extra_forbidden" else one["msg"])
        for one in error.errors()
    )


def _refuse_twice(what: str, names: list[tuple[str, str]]) -> None:
    first: dict[str, str] = {}
    for name, file in names:
        if name in first:
            raise SuiteError(f"{file}: the {what} {name!r} is there twice, first in {first[name]}. Rename one.")
        first[name] = file


class _NoKeyTwice(yaml.SafeLoader):
    """YAML lets the last of two equal keys win in silence; a floor changed in the wrong one would change nothing."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key_node, key in zip(node.value, keys, strict=True):
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is there twice", key_node[0].start_mark
                )
        return super().construct_mapping(node, deep)
