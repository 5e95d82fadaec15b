"""Each indicator has a page in the documentation, drawn from the catalogue."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from flows.configure import PROJECT
from flows.describe import StalePages, indicator_pages, refuse_stale_pages, write_pages


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(PROJECT / "seeds/catalogue", tmp_path / "seeds/catalogue")
    (tmp_path / "models").mkdir()
    write_pages(tmp_path)
    return tmp_path


def test_the_pages_say_what_the_catalogue_says() -> None:
    refuse_stale_pages()


def test_every_indicator_has_one_page_with_its_versions_and_marts() -> None:
    pages = {one["name"]: one for one in yaml.safe_load(indicator_pages())["exposures"]}
    assert len(pages) > 50
    disciplinary = pages["wres_3"]
    assert "ref('wres_3_disciplinary')" in disciplinary["depends_on"]
    assert "| 1 | yes | yes | 1 |" in disciplinary["description"]
    assert "| 2 | no | yes | 2 |" in disciplinary["description"]
    assert "It is not collected" in pages["workforce_profile_gender_reassignment"]["description"]


def test_a_definition_that_changed_without_its_page_is_refused(project: Path) -> None:
    refuse_stale_pages(project)
    seed = project / "seeds/catalogue/indicator_definitions.csv"
    seed.write_text(seed.read_text(encoding="utf-8").replace("White divided by", "Whites divided by"), encoding="utf-8")
    with pytest.raises(StalePages, match="make pages"):
        refuse_stale_pages(project)
    write_pages(project)
    refuse_stale_pages(project)


def test_a_row_that_came_apart_at_a_comma_is_told_by_its_number(project: Path) -> None:
    seed = project / "seeds/catalogue/indicator_definitions.csv"
    lines = seed.read_text(encoding="utf-8").splitlines()
    seed.write_text("\n".join([*lines[:3], lines[3] + ",surplus", *lines[4:]]), encoding="utf-8")
    with pytest.raises(StalePages, match=r"Row 4 of seeds/catalogue/indicator_definitions\.csv"):
        refuse_stale_pages(project)
