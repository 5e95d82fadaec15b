"""Whole nights on a small demonstration trust, through the real Prefect flow: what is promised of each."""

from __future__ import annotations

import json
import os
from pathlib import Path

import duckdb
import pytest

from flows.build import BuildBroken, BuildResult, built_with, definitions_hash
from flows.configure import ConfigurationError
from flows.ingest import ingest
from flows.lock import NightIsHeld, hold
from flows.publish import current_release
from flows.record import Finding, RunRecord
from tests.night.conftest import LATEST, MARKERS, Corrected, Trust

pytestmark = pytest.mark.night


def named(run: RunRecord) -> dict[str, Finding]:
    return {finding.name: finding for finding in run.findings}


def no_ethnic_origin_in(directorate: str):  # type: ignore[no-untyped-def]
    def blank(row: dict[str, str]) -> None:
        if row["Org L3"] == directorate:
            row["Ethnic Origin"] = ""

    return blank


def largest_directorate(trust: Trust) -> str:
    found = trust.marts(
        "select directorate from marts.quality_directorates where snapshot_date = date '2025-03-31'"
        " order by headcount desc limit 1"
    )
    return str(found[0][0])


def test_a_first_night_publishes_and_leaves_its_record(trust: Trust) -> None:
    release = current_release(trust.home)
    assert release is not None
    record = json.loads((trust.home.runs / f"{release.release_id}.json").read_text())
    assert record["outcome"] == "published"
    assert [step["name"] for step in record["steps"]] == [
        "pick up",
        "ingest",
        "build",
        "check",
        "disclose",
        "publish",
        "alert",
    ]
    assert all(one["rows_read"] == one["rows_loaded"] + one["rows_rejected"] for one in record["inputs"])
    assert record["checks"]
    assert trust.home.current_txt.read_text().strip() == release.release_id


def test_a_second_night_finds_nothing_new(trust: Trust) -> None:
    before = current_release(trust.home)
    run = trust.night()
    assert run.outcome == "nothing_new"
    assert run.inputs == []
    assert current_release(trust.home) == before
    assert before is not None and before.open_marts.is_file(), "so few people as here can be protected"
    assert [step.name for step in run.steps] == ["pick up", "ingest", "check", "attack", "alert"]
    assert run.disclosure["outcome"] == "attacked"
    assert run.disclosure["audit"]["is_safe"]


def test_a_directorate_without_ethnicity_withholds_the_night_until_it_is_corrected(trust: Trust) -> None:
    before = current_release(trust.home)
    directorate = largest_directorate(trust)
    trust.correct(no_ethnic_origin_in(directorate), version=2)
    run = trust.night()
    assert run.outcome == "withheld"
    assert current_release(trust.home) == before
    finding = named(run)["ethnicity_is_filled_in_in_every_directorate"]
    assert finding.severity == "critical"
    assert finding.places == (directorate,)
    message = "".join(path.read_text() for path in trust.home.outbox.rglob("*.json"))
    assert directorate in message

    trust.correct(lambda row: None, version=3)
    run = trust.night()
    assert run.outcome == "published"
    assert current_release(trust.home) != before


def test_a_corrected_snapshot_changes_the_figure_and_leaves_the_old_release_as_it_was(corrected: Corrected) -> None:
    women = (
        "select numerator from marts.indicator_values where indicator_id = 'workforce_profile_gender'"
        f" and as_at_date = date '{LATEST}' and organisation_unit_level = 'trust' and stratum = 'all'"
        " and \"group\" = 'female'"
    )
    before = corrected.trust.marts(women, corrected.first)
    assert [one["outcome"] for one in corrected.inputs] == ["correction"]
    assert corrected.trust.marts(women) == [(before[0][0] - 1,)] == corrected.trust.marts(women, corrected.second)


def test_a_reader_keeps_its_release_while_the_next_is_published(corrected: Corrected) -> None:
    assert corrected.read_before == corrected.read_after != ""
    assert corrected.first in corrected.read_before
    assert corrected.trust.home.current.resolve().name == corrected.second


def test_no_value_of_a_person_leaves_the_warehouse(corrected: Corrected) -> None:
    """Marker values in a person's row are searched for in every byte outside the parts that hold people by design."""
    assert not leaks(corrected.trust, MARKERS)


def test_a_refused_file_is_told_once_left_where_it_is_and_tried_again_when_its_bytes_change(trust: Trust) -> None:
    path = trust.home.landing / "board" / "board_2025-02-28.csv"
    path.write_text("Member Reference,Voting\nM1,Y\n", encoding="utf-8")
    run = trust.night()
    assert [(one["outcome"], one["file_name"]) for one in run.inputs] == [("refused", path.name)]
    assert any("Executive" in finding.sentence for finding in run.findings if finding.kind == "refused")
    assert path.read_text() == "Member Reference,Voting\nM1,Y\n"

    assert trust.night().inputs == []

    original = next((trust.home.landing / "board").glob("board_2025-03-31.*"))
    path.write_bytes(original.read_bytes())
    assert [one.outcome for one in ingest(trust.settings, trust.home, lambda line: None).new] == ["loaded"]


def test_two_nights_at_once_the_second_leaves_and_says_who_holds_the_lock(trust: Trust) -> None:
    with hold(trust.home, "nightly"), pytest.raises(NightIsHeld, match=str(os.getpid())):
        trust.night()


def test_without_the_secret_no_night_starts(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sorted(trust.home.runs.iterdir())
    monkeypatch.delenv("PARITY_PSEUDONYM_SECRET")
    with pytest.raises(ConfigurationError, match="PARITY_PSEUDONYM_SECRET"):
        trust.night()
    assert sorted(trust.home.runs.iterdir()) == before


def test_with_another_secret_no_night_starts_until_the_right_one_is_back(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = os.environ["PARITY_PSEUDONYM_SECRET"]
    monkeypatch.setenv("PARITY_PSEUDONYM_SECRET", "another secret that is long enough to be one as well")
    correction = trust.correct(lambda row: row.update({"Marital Status": "Single"}), version=2)
    with pytest.raises(ConfigurationError, match="not the one that the people of this home are keyed with"):
        trust.night()
    monkeypatch.setenv("PARITY_PSEUDONYM_SECRET", right)
    correction.unlink()
    assert trust.night().outcome == "nothing_new", "nothing was taken in with the wrong one"


def test_a_warehouse_that_was_lost_is_built_anew_to_the_same_figures(trust: Trust) -> None:
    before = current_release(trust.home)
    assert before is not None
    trust.home.warehouse.unlink()
    run = trust.night()
    assert run.outcome == "published"
    assert run.content_hash == before.content_hash


def test_what_other_definitions_built_is_built_anew_before_it_is_judged(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A definition that was changed, built, withheld and changed back leaves marts that no release has.

    That such a build makes every table anew is held by tests/build, and by the warehouse that was lost, above.
    """
    asked: list[bool] = []

    def build(*_: object) -> None:
        asked.append(built_with(trust.home) != definitions_hash())
        raise BuildBroken("The test has seen enough.")

    with duckdb.connect(str(trust.home.warehouse)) as connection:
        connection.execute("update intermediate.built_with set definitions_hash = 'of other definitions'")
    monkeypatch.setattr("flows.nightly.build", build)
    run = trust.night()
    assert asked == [True], "it is asked for, and will be a full one"
    assert [step.name for step in run.steps] == ["pick up", "ingest", "build", "alert"]


def test_a_broken_step_is_told_without_a_value_and_the_release_stays(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise duckdb.ConversionException("Could not convert string 'MARKER-PERSON' to DATE")

    before = current_release(trust.home)
    monkeypatch.setattr("flows.nightly.build", breaks)
    trust.correct(lambda row: row.update({"Marital Status": "Single"}), version=2)
    run = trust.night()
    assert run.outcome == "broken"
    assert current_release(trust.home) == before
    assert named(run)["step_build"].severity == "critical"
    told = [path for folder in (trust.home.runs, trust.home.outbox) for path in folder.rglob("*.json")]
    assert told
    assert not [path for path in told if "MARKER-PERSON" in path.read_text()]
    kept = "".join(path.read_text() for path in (trust.home.scratch / "errors").iterdir())
    assert "MARKER-PERSON" in kept


def test_if_the_gate_breaks_the_night_is_withheld(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    import great_expectations

    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("GX is out of order")

    before = current_release(trust.home)
    monkeypatch.setattr("flows.nightly.build", lambda *_: BuildResult(True, definitions_hash(), full_refresh=False))
    monkeypatch.setattr(great_expectations, "get_context", breaks)
    trust.correct(lambda row: row.update({"Marital Status": "Single"}), version=2)
    run = trust.night()
    assert run.outcome == "withheld"
    assert "gate_is_broken" in named(run)
    assert current_release(trust.home) == before


def leaks(trust: Trust, markers: list[str]) -> list[str]:
    """Files that hold a marker, apart from those that hold people by design. Databases and Parquet are read as rows."""
    by_design = {trust.home.landing, trust.home.quarantine, trust.home.copies}
    found = []
    for path in trust.home.root.rglob("*"):
        if not path.is_file() or path.is_symlink() or path == trust.home.warehouse:
            continue
        if any(folder in path.parents for folder in by_design):
            continue
        text = as_text(path)
        found += [f"{marker} in {path.relative_to(trust.home.root)}" for marker in markers if marker in text]
    return found


def as_text(path: Path) -> str:
    if path.suffix == ".parquet":
        with duckdb.connect() as connection:
            return str(connection.execute("select * from read_parquet(?)", [str(path)]).fetchall())
    if path.suffix == ".duckdb":
        with duckdb.connect() as connection:
            connection.execute(f"attach '{path}' as released (read_only)")
            connection.execute("use released.marts")
            tables = [name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
            return str([connection.execute(f'select * from "{name}"').fetchall() for name in tables])
    return path.read_bytes().decode("utf-8", errors="replace")
