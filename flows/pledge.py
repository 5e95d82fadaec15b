"""Pledge the schema that analysts query: which tables and columns a release has, since which version, and which go.

The pledge is `seeds/release/schema_pledge.csv`, and a table of every release. `make schema` adds what is new under the
current version; a column goes only after a version that announced it.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from flows.configure import PROJECT
from flows.narrate import TABLES

COLUMNS = Path("seeds/release/schema_pledge.csv")
VERSIONS = Path("seeds/release/schema_history.csv")
MARTS = Path("models/marts")

Name = tuple[str, str]


class BrokenPledge(Exception):
    """The marts lack a column, or have another type, that no earlier version announced."""


@dataclass(frozen=True)
class Column:
    """A column of a released table; `announced_in_version` is the version that said that it will go, or empty."""

    table_name: str
    column_name: str
    data_type: str
    since_version: str
    announced_in_version: str
    gone_in_version: str

    @property
    def name(self) -> Name:
        """The table and the column."""
        return self.table_name, self.column_name


def current_version(project: Path = PROJECT) -> str:
    """The version of the schema that the next release has."""
    with (project / VERSIONS).open(encoding="utf-8", newline="") as handle:
        return next(row["schema_version"] for row in csv.DictReader(handle) if row["is_current"] == "true")


def pledged(project: Path = PROJECT) -> list[Column]:
    """The columns of the pledge, those that are gone included."""
    with (project / COLUMNS).open(encoding="utf-8", newline="") as handle:
        return [Column(**row) for row in csv.DictReader(handle)]


def released(project: Path = PROJECT) -> dict[Name, str]:
    """The type of every released column, by table and column: the contracts of the marts, and the tables of the run."""
    return dict(_contracts(project)) | {
        (table, column): data_type.lower() for table, one in TABLES.items() for column, data_type, _ in one.columns
    }


def renewed(project: Path = PROJECT) -> list[Column]:
    """The pledge brought up to the marts of now. Raises BrokenPledge where something went unannounced."""
    now, version = released(project), current_version(project)
    kept = [_kept(column, now, version) for column in pledged(project)]
    known = {column.name for column in kept if not column.gone_in_version}
    added = [Column(*name, data_type, version, "", "") for name, data_type in now.items() if name not in known]
    return sorted([*kept, *added], key=lambda one: one.name)


def write_pledge(project: Path = PROJECT) -> Path:
    """Write the renewed pledge; returns its file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Column.__dataclass_fields__)
    writer.writerows(vars(column).values() for column in renewed(project))
    path = project / COLUMNS
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def _kept(column: Column, now: Mapping[Name, str], version: str) -> Column:
    if column.gone_in_version or now.get(column.name) == column.data_type:
        return column
    if not column.announced_in_version or _number(column.announced_in_version) >= _number(version):
        raise BrokenPledge(
            f"{column.table_name}.{column.column_name} ({column.data_type}) is gone, or has another type, "
            f"and no version before {version} announced it. Keep it for one more version, with that version as its "
            f"`announced_in_version` in {COLUMNS}, and tell it in CHANGELOG.md."
        )
    return replace(column, gone_in_version=version)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _contracts(project: Path) -> Iterator[tuple[Name, str]]:
    for path in sorted((project / MARTS).rglob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            for column in model.get("columns", []):
                yield (model["name"], column["name"].strip('"')), str(column["data_type"]).lower()


if __name__ == "__main__":
    try:
        print(write_pledge().relative_to(PROJECT))
    except BrokenPledge as broken:
        sys.exit(str(broken))
