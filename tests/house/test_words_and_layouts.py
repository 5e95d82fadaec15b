"""The seeds that pages, returns and workbooks are written with are whole: described, filled in, no row twice.

No model reads them, so no night loads them into the warehouse to ask (`enabled: false` in dbt_project.yml). What their
.yml says in dbt's words is asked here, of the files themselves.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.configure import PROJECT

FOLDERS = ("report", "returns")
SEEDS = sorted(path for folder in FOLDERS for path in (PROJECT / "seeds" / folder).glob("*.csv"))


def told(path: Path) -> dict[str, Any]:
    """What the .yml beside a seed says of it."""
    [seed] = yaml.safe_load(path.with_suffix(".yml").read_text(encoding="utf-8"))["seeds"]
    assert seed["name"] == path.stem
    return dict(seed)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, strict=True))


def asked(seed: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """The questions of a .yml: kind and columns. Another kind than these must be taught here first."""
    questions = []
    for question in seed["data_tests"]:
        [(kind, how)] = question.items()
        assert kind in ("never_null", "unique_combination"), f"nobody asks {kind} of a seed that dbt does not load"
        questions.append((kind, [name.strip('"') for name in how["arguments"]["columns"]]))
    below = [column["name"] for column in seed["columns"] if "data_tests" in column]
    assert not below, f"nobody asks the questions of {below}: dbt does not load this seed"
    return questions


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_a_seed_that_no_model_reads_is_described_filled_in_and_has_no_row_twice(path: Path) -> None:
    seed, rows = told(path), rows_of(path)
    columns = [column["name"].strip('"') for column in seed["columns"]]
    assert rows, "it holds nothing"
    assert list(rows[0]) == columns == [name.strip('"') for name in seed["config"]["column_types"]]
    assert all(one["description"].strip() for one in (seed, *seed["columns"]))
    assert not [row for row in rows if None in row or None in row.values()], "a row has too many or too few cells"
    questions = asked(seed)
    assert {kind for kind, _ in questions} == {"never_null", "unique_combination"}
    for kind, names in questions:
        if kind == "never_null":
            assert not [row for row in rows if not all(row[name].strip() for name in names)]
        else:
            keys = Counter(tuple(row[name] for name in names) for row in rows)
            assert [key for key, count in keys.items() if count > 1] == []


def test_no_model_reads_a_seed_that_no_night_loads() -> None:
    read = {
        name
        for folder in ("models", "macros", "tests/dbt")
        for path in (PROJECT / folder).rglob("*")
        if path.suffix in (".sql", ".yml")
        for name in re.findall(r"ref\('(\w+)'\)", path.read_text(encoding="utf-8"))
    }
    assert not read & {path.stem for path in SEEDS}, "take its folder out of `enabled: false` in dbt_project.yml"
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    assert {name for name, how in project["seeds"]["parity"].items() if how == {"+enabled": False}} == set(FOLDERS)
