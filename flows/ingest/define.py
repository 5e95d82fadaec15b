"""Read the landing contract: which files there are, their columns, aliases and rules, all from `seeds/landing/`."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from flows.configure import PROJECT, ConfigurationError

LANDING_SEEDS = PROJECT / "seeds" / "landing"

ValueType = Literal[
    "text",
    "date",
    "decimal",
    "integer",
    "yes_no",
    "employee_number",
    "assignment_number",
    "suppressible_decimal",
    "suppressible_integer",
]


LIMITS = (
    "employee_number_digits",
    "workbook_most_cells",
    "workbook_most_unpacked_bytes",
    "workbook_most_text_characters",
    "workbook_longest_text_characters",
    "file_most_bytes",
    "file_most_memory_bytes",
    "file_most_seconds",
    "record_most_characters",
    "table_most_columns",
    "landing_deepest_folder",
    "oldest_as_at_year",
)
_NAME, _WHOLE, _TEXT, _TRUTH = "[a-z][a-z0-9_]{0,62}", "[0-9]{1,12}", "[^\\x00-\\x1f]{1,200}", "true|false"
CELLS: dict[str, dict[str, str]] = {
    "landing_files.csv": {
        "dataset": _NAME,
        "folder": _NAME,
        "file_name_pattern": r"[a-z0-9_]*\{(?:date|year|yy)\}[a-z0-9_]*",
        "format": "table|survey_workbook",
        "as_at_rule": "date|survey_year",
        "title": _TEXT,
        "may_be_empty": _TRUTH,
        "example_file_name": _TEXT,
    },
    "landing_columns.csv": {
        "dataset": _NAME,
        "position": _WHOLE,
        "heading": _TEXT,
        "column_name": _NAME,
        "value_type": "|".join(get_args(ValueType)),
        "is_required": _TRUTH,
        "is_value_required": _TRUTH,
    },
    "heading_aliases.csv": {"dataset": rf"\*|{_NAME}", "column_name": _NAME, "alias": _TEXT},
    "value_ranges.csv": {
        "dataset": _NAME,
        "column_name": _NAME,
        "minimum": r"-?[0-9]{1,12}(?:\.[0-9]{1,4})?|[0-9]{4}-[0-9]{2}-[0-9]{2}",
        "maximum": r"-?[0-9]{1,12}(?:\.[0-9]{1,4})?|[0-9]{4}-[0-9]{2}-[0-9]{2}",
    },
    "yes_no_values.csv": {"written": _TEXT, "meaning": _TRUTH},
    "totals_words.csv": {"words": _TEXT},
    "passed_over_names.csv": {"name_pattern": _TEXT, "meaning": "still_written|not_a_data_file"},
    "landing_limits.csv": {"limit_name": _NAME, "value": _WHOLE},
    "known_values.csv": {
        "dataset": _NAME,
        "column_name": _NAME,
        "map_name": _NAME,
        "map_column": _NAME,
        "match": "whole_text|without_spaces|code_with_text|first_character|first_two_characters",
    },
}
"""What each cell of the contract that is read must look like, whole. Names become names of SQL and of folders."""


@dataclass(frozen=True)
class Column:
    """One column of a dataset: its heading, the other headings it may have, its type and its rules."""

    heading: str
    name: str
    value_type: ValueType
    is_required: bool
    is_value_required: bool
    aliases: frozenset[str]
    minimum: str | None
    maximum: str | None


@dataclass(frozen=True)
class Dataset:
    """One kind of landing file. `order` is its place in the contract, the order in which files are taken in."""

    name: str
    order: int
    folder: str
    file_name_pattern: str
    format: Literal["table", "survey_workbook"]
    as_at_rule: Literal["date", "survey_year"]
    title: str
    example: str
    may_be_empty: bool
    columns: tuple[Column, ...]

    @property
    def is_staff_list(self) -> bool:
        """Whether every indicator stands on this dataset: the first of the contract."""
        return self.order == 0


@dataclass(frozen=True)
class PassedOver:
    """A pattern of file names that are not read: still being written, or no data at all."""

    pattern: str
    meaning: Literal["still_written", "not_a_data_file"]


@dataclass(frozen=True)
class Landing:
    """The whole contract. `fingerprint` changes when any of its files does; `limits` are numbers by their name."""

    datasets: tuple[Dataset, ...]
    yes: frozenset[str]
    no: frozenset[str]
    totals_words: frozenset[str]
    passed_over: tuple[PassedOver, ...]
    limits: Mapping[str, int]
    fingerprint: str

    def dataset(self, name: str) -> Dataset:
        """The dataset of that name. Raises ConfigurationError that lists the names there are."""
        for dataset in self.datasets:
            if dataset.name == name:
                return dataset
        raise ConfigurationError(
            f"There is no dataset {name!r}. There are: {', '.join(d.name for d in self.datasets)}."
        )


def plain(heading: str) -> str:
    """A heading as it is compared: no byte-order mark, no spaces at its ends, one space inside, no case."""
    return " ".join(heading.replace("\ufeff", "").split()).casefold()


def read_landing(folder: Path = LANDING_SEEDS) -> Landing:
    """Read the contract.

    Raises ConfigurationError that names the file and line where a cell is none that can stand there, or where two rules
    contradict.
    """
    yes_no = read_rows(folder / "yes_no_values.csv")
    columns = _columns(folder)
    limits = {row["limit_name"]: int(row["value"]) for row in read_rows(folder / "landing_limits.csv")}
    if lacking := [name for name in LIMITS if name not in limits]:
        raise ConfigurationError(f"landing_limits.csv lacks {', '.join(lacking)}: the landing contract is not whole.")
    files = read_rows(folder / "landing_files.csv")
    for row in files:
        _refuse_dataset(row, columns.get(row["dataset"], ()))
    return Landing(
        datasets=tuple(
            Dataset(
                name=row["dataset"],
                order=order,
                folder=row["folder"],
                file_name_pattern=row["file_name_pattern"],
                format=row["format"],  # type: ignore[arg-type]
                as_at_rule=row["as_at_rule"],  # type: ignore[arg-type]
                title=row["title"],
                example=row["example_file_name"],
                may_be_empty=row["may_be_empty"] == "true",
                columns=columns[row["dataset"]],
            )
            for order, row in enumerate(files)
        ),
        yes=frozenset(row["written"].casefold() for row in yes_no if row["meaning"] == "true"),
        no=frozenset(row["written"].casefold() for row in yes_no if row["meaning"] == "false"),
        totals_words=frozenset(plain(row["words"]) for row in read_rows(folder / "totals_words.csv")),
        passed_over=tuple(
            PassedOver(row["name_pattern"], row["meaning"])  # type: ignore[arg-type]
            for row in read_rows(folder / "passed_over_names.csv")
        ),
        limits=limits,
        fingerprint=_fingerprint(folder),
    )


def _refuse_dataset(row: Mapping[str, str], columns: tuple[Column, ...]) -> None:
    """Raise ConfigurationError where a dataset has no columns that could be read, or its file name tells no date."""
    dataset, names = row["dataset"], [column.name for column in columns]
    if not any(column.is_required and column.is_value_required for column in columns):
        raise ConfigurationError(f"landing_columns.csv: {dataset} has no column that every row of it must fill.")
    if len(set(names)) < len(names):
        raise ConfigurationError(f"landing_columns.csv: {dataset} has two columns of one name.")
    if ("{date}" in row["file_name_pattern"]) != (row["as_at_rule"] == "date"):
        raise ConfigurationError(
            f"landing_files.csv: the file name of {dataset} does not tell its {row['as_at_rule']}."
        )
    for column in columns:
        for limit in filter(None, (column.minimum, column.maximum)):
            if (limit.count("-", 1) == 2) != (column.value_type == "date"):
                raise ConfigurationError(f"value_ranges.csv: {limit} is no limit for {dataset}, {column.name}.")


def _columns(folder: Path) -> dict[str, tuple[Column, ...]]:
    written = read_rows(folder / "landing_columns.csv")
    aliases = _aliases(folder / "heading_aliases.csv", written)
    ranges = {(row["dataset"], row["column_name"]): row for row in read_rows(folder / "value_ranges.csv")}
    columns: dict[str, list[Column]] = {}
    for row in sorted(written, key=lambda row: int(row["position"])):
        key = (row["dataset"], row["column_name"])
        limits = ranges.get(key, {})
        columns.setdefault(row["dataset"], []).append(
            Column(
                heading=row["heading"],
                name=row["column_name"],
                value_type=row["value_type"],  # type: ignore[arg-type]
                is_required=row["is_required"] == "true",
                is_value_required=row["is_value_required"] == "true",
                aliases=frozenset({plain(row["heading"]), *aliases.get(key, ())}),
                minimum=limits.get("minimum") or None,
                maximum=limits.get("maximum") or None,
            )
        )
    return {dataset: tuple(found) for dataset, found in columns.items()}


def _aliases(path: Path, columns: list[dict[str, str]]) -> dict[tuple[str, str], set[str]]:
    """Aliases of each (dataset, column). Raises ConfigurationError for an unknown column or an alias of two columns."""
    meant = {(row["dataset"], plain(row["heading"])): row["column_name"] for row in columns}
    aliases: dict[tuple[str, str], set[str]] = {}
    for line, row in enumerate(read_rows(path), start=2):
        fitting = [
            one["dataset"]
            for one in columns
            if one["column_name"] == row["column_name"] and row["dataset"] in ("*", one["dataset"])
        ]
        if not fitting:
            raise ConfigurationError(
                f"{path.name}, line {line}: no dataset {row['dataset']!r} has a column {row['column_name']!r}."
            )
        alias = plain(row["alias"])
        for dataset in fitting:
            taken = meant.setdefault((dataset, alias), row["column_name"])
            if taken == row["column_name"]:
                aliases.setdefault((dataset, taken), set()).add(alias)
            elif row["dataset"] != "*":
                raise ConfigurationError(
                    f"{path.name}, line {line}: in {dataset}, {row['alias']!r} already stands for {taken}. "
                    "One heading can stand for one column only."
                )
    return aliases


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a seed, each cell as `CELLS` wants it. Raises ConfigurationError that names the file and line."""
    if not path.is_file():
        raise ConfigurationError(f"{path} is missing: the landing contract is not whole.")
    cells = CELLS.get(path.name, {})
    rows = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle, strict=True)
            if lacking := [name for name in cells if name not in (reader.fieldnames or ())]:
                raise ConfigurationError(f"{path.name} has no column {', '.join(lacking)}.")
            for row in reader:
                _refuse_row(f"{path.name}, line {reader.line_num}", row, cells)
                rows.append(row)
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path.name} is not UTF-8. Save it as CSV UTF-8.") from None
    except csv.Error as error:
        raise ConfigurationError(f"{path.name} cannot be read as CSV: {error}.") from None
    return rows


def _refuse_row(where: str, row: Mapping[str | None, object], cells: Mapping[str, str]) -> None:
    if None in row or None in row.values():
        raise ConfigurationError(f"{where}: the row has more or fewer cells than the first line.")
    for name, pattern in cells.items():
        if not re.fullmatch(pattern, str(row[name])):
            raise ConfigurationError(f"{where}: {name} cannot be that. It must look like {pattern}")


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.csv")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
