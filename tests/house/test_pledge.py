"""The schema that analysts query is pledged: nothing comes untold, nothing goes unannounced."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from flows.configure import PROJECT
from flows.pledge import BrokenPledge, Column, current_version, pledged, released, renewed, write_pledge

MART = "models/marts/wres/wres_1_representation.yml"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the pledge is made from, under the next version."""
    shutil.copytree(PROJECT / "models/marts", tmp_path / "models/marts")
    shutil.copytree(PROJECT / "seeds/release", tmp_path / "seeds/release")
    _versions(tmp_path, current_version(PROJECT), "9.0.0")
    return tmp_path


def _versions(project: Path, *versions: str) -> None:
    lines = [f"{one},{index},{str(one == versions[-1]).lower()},x,y" for index, one in enumerate(versions)]
    head = "schema_version,position,is_current,summary,source"
    (project / "seeds/release/schema_history.csv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")


def _rename(project: Path, old: str, new: str) -> None:
    path = project / MART
    path.write_text(path.read_text(encoding="utf-8").replace(f"name: {old}\n", f"name: {new}\n"), encoding="utf-8")


def _announce(project: Path, column: str, version: str) -> None:
    path = project / "seeds/release/schema_pledge.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    start = f"wres_1_representation,{column},"
    told = [line.removesuffix(",,") + f",{version}," if line.startswith(start) else line for line in lines]
    path.write_text("\n".join(told) + "\n", encoding="utf-8")


def _named(columns: list[Column], name: str) -> list[Column]:
    return [one for one in columns if one.name == ("wres_1_representation", name)]


def test_the_pledge_is_what_a_release_has() -> None:
    assert renewed() == pledged(), "run `make schema`, and tell the change in CHANGELOG.md"
    assert {one.name for one in pledged() if not one.gone_in_version} == set(released())


def test_the_changelog_tells_the_current_version_and_both_kinds_of_change() -> None:
    text = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = text.split("\n## ")[1]
    assert newest.startswith(current_version())
    assert "### Schema" in newest and "### Figures" in newest
    new_tables = {one.table_name for one in pledged()} - {
        one.table_name for one in pledged() if one.since_version != current_version()
    }
    assert [name for name in sorted(new_tables) if f"`{name}`" not in newest] == []


def test_a_new_column_is_pledged_from_the_version_that_brings_it(project: Path) -> None:
    path = project / MART
    text = path.read_text(encoding="utf-8")
    first = text.index("      - name: organisation_code\n        data_type")
    path.write_text(
        text[:first] + "      - name: brand_new\n        data_type: double\n" + text[first:], encoding="utf-8"
    )
    write_pledge(project)
    (pledge,) = _named(pledged(project), "brand_new")
    assert (pledge.since_version, pledge.data_type) == ("9.0.0", "double")


def test_a_column_that_goes_unannounced_is_refused(project: Path) -> None:
    _rename(project, "band", "grade")
    with pytest.raises(BrokenPledge, match=r"wres_1_representation\.band .* no version before 9\.0\.0 announced it"):
        renewed(project)


def test_an_announcement_of_the_same_version_is_too_late(project: Path) -> None:
    _announce(project, "band", "9.0.0")
    _rename(project, "band", "grade")
    with pytest.raises(BrokenPledge, match="announced"):
        renewed(project)


def test_a_column_goes_after_the_version_that_announced_it(project: Path) -> None:
    _announce(project, "band", current_version(PROJECT))
    _rename(project, "band", "grade")
    assert [one.gone_in_version for one in _named(renewed(project), "band")] == ["9.0.0"]
    assert [one.since_version for one in _named(renewed(project), "grade")] == ["9.0.0"]


def test_another_type_is_another_column(project: Path) -> None:
    path = project / MART
    text = path.read_text(encoding="utf-8")
    changed = text.replace("name: band\n        data_type: varchar", "name: band\n        data_type: integer")
    path.write_text(changed, encoding="utf-8")
    assert changed != text
    with pytest.raises(BrokenPledge):
        renewed(project)
