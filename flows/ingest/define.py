"""Read the landing contract: which files there are, their columns, aliases and rules, all from `seeds/landing/`."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

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
    """Read the contract. Raises ConfigurationError that names the file and line where two rules contradict."""
    yes_no = _rows(folder / "yes_no_values.csv")
    columns = _columns(folder)
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
            for order, row in enumerate(_rows(folder / "landing_files.csv"))
        ),
        yes=frozenset(row["written"].casefold() for row in yes_no if row["meaning"] == "true"),
        no=frozenset(row["written"].casefold() for row in yes_no if row["meaning"] == "false"),
        totals_words=frozenset(plain(row["words"]) for row in _rows(folder / "totals_words.csv")),
        passed_over=tuple(
            PassedOver(row["name_pattern"], row["meaning"])  # type: ignore[arg-type]
            for row in _rows(folder / "passed_over_names.csv")
        ),
        limits={row["limit_name"]: int(row["value"]) for row in _rows(folder / "landing_limits.csv")},
        fingerprint=_fingerprint(folder),
    )


def _columns(folder: Path) -> dict[str, tuple[Column, ...]]:
    written = _rows(folder / "landing_columns.csv")
    aliases = _aliases(folder / "heading_aliases.csv", written)
    ranges = {(row["dataset"], row["column_name"]): row for row in _rows(folder / "value_ranges.csv")}
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
    for line, row in enumerate(_rows(path), start=2):
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


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        raise ConfigurationError(f"{path} is missing: the landing contract is not whole.")
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.csv")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
