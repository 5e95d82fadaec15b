"""The whole dbt project on a trust of a few people: it builds, its unit tests hold, everything in it is described."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from flows.build import _run_dbt, build, build_docs
from flows.configure import PROJECT
from tests.build.conftest import Trust, make_trust
from tests.small_trust import staff_list


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory, keyed: pytest.MonkeyPatch) -> Trust:
    trust = make_trust(tmp_path_factory.mktemp("whole"))
    staff_list(trust.home.landing, "2025-03-31", [{}, {"Disability": "Yes"}])
    trust.take_in()
    result = build(trust.settings, trust.home, lambda line: None)
    assert result.ok, result.findings
    return trust


@pytest.fixture(scope="module")
def docs(trust: Trust) -> Path:
    return build_docs(trust.settings, trust.home, trust.folder / "docs")


def test_unit_tests_of_models_hold(trust: Trust) -> None:
    results = _run_dbt(trust.settings, trust.home, [["test", "--select", "test_type:unit"]], lambda line: None)
    assert len(results) >= 11
    assert {one["name"] for one in results if one["status"] != "pass"} == set()


def test_documentation_is_one_page_that_does_not_tell_where_it_was_made(docs: Path, trust: Trust) -> None:
    page = docs.read_text(encoding="utf-8")
    assert [path.name for path in docs.parent.iterdir()] == ["index.html"]
    assert "One row" in page and "int_staff_snapshots" in page
    assert str(PROJECT) not in page and str(trust.folder) not in page


def test_the_page_of_the_night_before_serves_while_the_definitions_are_the_same(
    docs: Path, trust: Trust, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[object] = []
    monkeypatch.setattr("flows.build._run_dbt", lambda *run: runs.append(run))
    page = build_docs(trust.settings, trust.home, tmp_path / "docs")
    assert (page.read_bytes(), runs) == (docs.read_bytes(), [])
    monkeypatch.setattr("flows.build.definitions_hash", lambda *changed, **also: "0" * 64)
    with pytest.raises(FileNotFoundError):  # dbt is asked for a new page, and this one writes none
        (trust.home.scratch / "dbt/target/static_index.html").unlink()
        build_docs(trust.settings, trust.home, tmp_path / "docs")
    assert len(runs) == 1


def test_every_model_and_seed_is_described_with_every_column_it_has(docs: Path, trust: Trust) -> None:
    target = trust.home.scratch / "dbt/target"
    catalog = json.loads((target / "catalog.json").read_text(encoding="utf-8"))["nodes"]
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    ours = {name: node for name, node in manifest.items() if node["resource_type"] in ("model", "seed")}
    assert len(ours) > 40
    lacking = [name for name, node in ours.items() if not node["description"]]
    of_tables = {name: node for name, node in ours.items() if node["config"]["materialized"] != "ephemeral"}
    lacking += [f"{name}.{column}" for name, node in of_tables.items() for column in _undescribed(node, catalog[name])]
    assert lacking == []


def _undescribed(node: dict[str, Any], built: dict[str, Any]) -> set[str]:
    described = {name for name, column in node["columns"].items() if column["description"]}
    return {name.lower() for name in built["columns"]} ^ {name.lower() for name in described}


def test_every_model_stands_beside_its_description_and_opens_with_what_one_row_is() -> None:
    models = sorted((PROJECT / "models").rglob("*.sql"))
    assert len(models) > 30
    for model in models:
        assert model.with_suffix(".yml").is_file(), model
        assert re.match(r"-- One row is ", model.read_text(encoding="utf-8")), model


def test_only_staging_reads_raw_and_no_model_names_a_trust() -> None:
    for model in (PROJECT / "models").rglob("*.sql"):
        sql = model.read_text(encoding="utf-8")
        if "staging" not in model.parts:
            assert "source(" not in sql, model
        assert not re.search(r"\b(RRU|LAS|London|XPT)\b", sql.replace("LAS prints", "")), model
