"""An explanation of every indicator, from a release that a night has published."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.cli import main
from flows.explain import Asked, NotExplained, explain
from flows.home import Home
from tests.night.conftest import Trust

pytestmark = pytest.mark.night


@pytest.fixture(scope="module")
def home(published_once: Path) -> Home:
    """The home of the published trust; explaining changes nothing in it."""
    return Trust(published_once).home


def test_a_ratio_is_told_with_counts_interval_directions_files_and_models(home: Home) -> None:
    told = explain(home, Asked("wres_2", year="2024/25"))
    assert told["definition"]["definition_version"] == "1"
    assert told["figure"]["as_at_date"] == "2025-03-31"
    white, minority, unknown = told["values"]
    assert [one["group"] for one in told["values"]] == ["white", "ethnic_minority", "unknown"]
    (ratio,) = [one for one in told["comparisons"] if one["measure"] == "relative_likelihood"]
    assert ratio["value"] == pytest.approx(white["value"] / minority["value"])
    assert ratio["ci_low"] < ratio["value"] < ratio["ci_high"]
    assert unknown["status"] == ratio["status"] == "draft"
    assert {one["dataset"] for one in told["inputs"]} == {"recruitment_applications"}, "no file of another indicator"
    names = [one["name"] for one in told["models"]]
    assert names.index("stg_recruitment__applications") < names.index("wres_2_shortlisting")
    assert names.index("wres_2_shortlisting") < names.index("indicator_values")
    assert all(len(one["sha256"]) == 64 for one in told["inputs"])
    assert any(one["reason"] == "Not shortlisted" and one["count"] for one in told["left_out"])


def test_every_indicator_of_the_catalogue_can_be_explained(home: Home, published_once: Path) -> None:
    catalogue = Trust(published_once).marts(
        "select indicator_id, definition_version, is_computed from marts.indicator_catalogue order by all"
    )
    assert len(catalogue) > 60
    for indicator_id, version, is_computed in catalogue:
        told = explain(home, Asked(indicator_id, version=version))
        assert json.dumps(told), indicator_id
        if is_computed:
            assert told["values"], indicator_id
            assert told["models"], indicator_id
            assert told["inputs"], indicator_id
        else:
            assert told["not_computed_because"], indicator_id


def test_a_directorate_and_a_stratum_are_found_whatever_their_case(home: Home, published_once: Path) -> None:
    (unit, stratum) = Trust(published_once).marts(
        "select organisation_unit, stratum from marts.indicator_values where indicator_id = 'wres_1' "
        "and organisation_unit_level = 'directorate' and stratum like 'clinical / band%' "
        "and reporting_year = '2024/25' order by as_at_date desc, denominator desc limit 1"
    )[0]
    told = explain(home, Asked("WRES-1", unit=unit.upper(), stratum=stratum.replace(" ", ""), group="ethnic minority"))
    assert (told["figure"]["organisation_unit"], told["figure"]["stratum"]) == (unit, stratum)
    assert [one["group"] for one in told["values"]] == ["ethnic_minority"]
    assert told["values"][0]["status"] == "draft", "a directorate's figure is never signed off"
    assert told["status"]["counts"]["draft"] > 0


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Asked("wres2"), "Did you mean .*wres_2"),
        (Asked("wres_1", version="9"), "It has: 1"),
        (Asked("wres_1", year="1999/00"), "There are figures of .*2024/25"),
        (Asked("wres_1", unit="nowhere at all"), "There are: "),
        (Asked("wres_1", stratum="band5"), "band_5"),
        (Asked("wres_1", group="asian"), "ethnic_minority, unknown, white"),
        (Asked("wres_5", unit="Ambulance"), "whole trust only"),
    ],
)
def test_what_is_not_there_is_answered_with_what_is(home: Home, asked: Asked, said: str) -> None:
    with pytest.raises(NotExplained, match=said):
        explain(home, asked)


def test_an_unknown_date_is_answered_with_the_nearest(home: Home) -> None:
    import datetime

    with pytest.raises(NotExplained, match="2025-02-28"):
        explain(home, Asked("wres_1", as_at=datetime.date(2025, 3, 1)))
    assert explain(home, Asked("wres_1", as_at=datetime.date(2025, 2, 28)))["status"]["counts"] == {}


def test_the_command_tells_it_in_words_within_a_second_and_as_json(published_once: Path) -> None:
    config = ["--config", str(published_once / "parity.toml")]
    run = CliRunner().invoke(main, [*config, "explain", "wres_4", "--year", "2024/25"])
    assert run.exit_code == 0, run.output
    for part in ("Compared", "Left out", "Files", "Made by, in this order", "by the trust's own rule", "Release 2"):
        assert part in run.output
    started = time.perf_counter()
    told = CliRunner().invoke(main, [*config, "explain", "wdes_9b", "--json"])
    assert time.perf_counter() - started < 5
    assert json.loads(told.output)["definition"]["indicator_id"] == "wdes_9b"
    wrong = CliRunner().invoke(main, [*config, "explain", "wres_99"])
    assert wrong.exit_code == 2
    assert "There is no indicator 'wres_99'" in wrong.output
