"""Fetch an open file as a stranger would: its rows, and the constraint tables that it carries."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import nan
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

HIDDEN = "[c]"
LOW = "[low]"
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
    "summed_people": ("people", "within_people", "within_date_rule", "characteristic"),
    "characteristic_rules": ("characteristic", "is_sensitive", "silent_groups", "pay_rule"),
}
VALUES = (
    *("indicator_id", "measure", "as_at_date", "organisation_unit_level", "organisation_unit"),
    *("organisation_unit_parent", "stratum", "group", "numerator", "denominator", "value", "value_text", "unit"),
    *("ci_low", "ci_high", "not_computed_because", "value_marker", "denominator_marker", "rounded_to"),
)
COMPARISONS = (
    *("indicator_id", "measure", "as_at_date", "organisation_unit_level", "organisation_unit", "stratum"),
    *("minority_group", "reference_group", "minority_numerator", "minority_denominator", "reference_numerator"),
    *("reference_denominator", "value", "ci_low", "ci_high", "p_value", "p_value_adjusted", "zero_cell_adjusted"),
    *("previous_as_at_date", "previous_value", "change", "within_four_fifths", "method", "value_marker"),
)
UNCOUNTED = ("already_public", "not_about_people")
WITHOUT_COUNTS = ("public", "plans")
"""Treatments of whole tables that hold no number of people."""
ATTACKED = ("indicator_values", "indicator_comparisons", "disclosure_report")


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
    level: str
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
    method: str | None
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


class Form(NamedTuple):
    """How a comparison is made: of which figures, by which formula.

    The reference is a row of `reference_indicator` and `reference_measure`, of the same place or of everyone in the
    trust (`is_of_trust`), of the reference's own group or of the minority's (`is_same_group`).
    """

    measure: str
    formula: str
    reference_indicator: str
    reference_measure: str
    is_of_trust: bool
    is_same_group: bool


@dataclass
class OpenFile:
    """One open file: its constraint tables, and its rows of the dates that were asked for."""

    path: Path
    policy: Policy
    tables: dict[str, list[tuple[Any, ...]]]
    rules: Mapping[str, float]
    cuts: dict[tuple[str, str], str]
    rows: list[Row] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    parents: dict[str, str] = field(default_factory=dict)
    top: str = ""
    forms: dict[tuple[str, str], Form] = field(default_factory=dict)


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

    def unattacked(self) -> list[str]:
        """Tables of the file of which the attack knows nothing, and that are not told to hold no counts."""
        there = self._connection.execute(
            "select table_name from duckdb_tables() where database_name = 'open_file' order by table_name"
        ).fetchall()
        public = {
            name
            for name, treatment in self.fetch("open_tables", ("table_name", "treatment"))
            if treatment in WITHOUT_COUNTS
        }
        return [name for (name,) in there if name not in {*public, *ATTACKED, *NEEDED, *OPTIONAL}]

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
    return OpenFile(path, policy, tables, {rule: _number(value) for rule, value in rules.items()}, cuts)


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return nan


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
