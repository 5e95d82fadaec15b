"""What a build tells: late sources, data that fail a test, and dbt itself broken, never with a person's value."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.build import BuildBroken, _late_sources, build, definitions_hash, error_kind
from flows.check import SUITES
from flows.check.declare import read_suites
from flows.configure import ConfigurationError, Settings
from flows.home import Home
from tests.build.conftest import Trust
from tests.small_trust import staff_list, write_csv


@pytest.fixture(scope="module")
def trust(empty_trust: Trust) -> Trust:
    staff_list(empty_trust.home.landing, "2025-01-31", [{}])
    member = {"Member Reference": "B1", "Voting": "Y", "Executive": "N", "From Date": "01/04/2020"}
    write_csv(empty_trust.home.landing / "board/board_2024-01-31.csv", "board_members", [member])
    empty_trust.take_in()
    return empty_trust


def test_no_build_without_a_secret(settings: Settings, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_PSEUDONYM_SECRET", "short")
    with pytest.raises(ConfigurationError, match="PARITY_PSEUDONYM_SECRET"):
        build(settings, home)
    assert not home.warehouse.exists()


def test_lateness_is_of_the_data_against_the_as_of_date(trust: Trust) -> None:
    said: list[str] = []
    result = build(trust.settings, trust.home, said.append)
    assert result.ok
    (late,) = result.findings
    assert (late.kind, late.severity, late.name, late.counts) == (
        "late",
        "warning",
        "late_board_members",
        {"days": 430},
    )
    assert "2024-01-31, 430 days before 2025-04-05" in late.sentence and "within 400 days" in late.sentence
    assert said[0].startswith("the definitions are new") and "tests of data hold" in said[-1]


def test_late_staff_list_is_left_to_the_gate_so_that_it_is_told_once() -> None:
    freshness = {"command": "source", "status": "warn", "newest": "2025-01-31", "as_of": "2025-04-05", "days": 64}
    freshness |= {"title": "A source", "expected_within": "45 days"}
    told = _late_sources([freshness | {"name": name} for name in ("esr_staff_list", "recruitment_applications")])
    assert [one.name for one in told] == ["late_recruitment_applications"]
    gate = {one.name: one for suite in read_suites(SUITES) for one in suite.expectations}
    assert gate["latest_snapshot_is_on_time"].tell_as == "late"


def test_person_counted_twice_withholds_the_night_and_says_how_many(trust: Trust) -> None:
    trust.change("insert into intermediate.int_staff_snapshots select * from intermediate.int_staff_snapshots")
    result = trust.build()
    assert not result.ok
    (twice,) = [finding for finding in result.findings if finding.severity == "critical"]
    assert (twice.kind, twice.counts, twice.places) == ("withheld", {"rows": 1}, ("int_staff_snapshots",))
    assert twice.sentence == "A person must stand once in a snapshot, however many assignments they have."


def test_map_with_a_wrong_band_withholds_the_night_and_says_what_to_correct(trust: Trust) -> None:
    path = trust.project / "seeds/maps/pay_scale_map.csv"
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace("XR06,whole,band_6", "XR06,whole,band_66"), encoding="utf-8")
    result = trust.build()
    path.write_text(whole, encoding="utf-8")
    assert not result.ok and "skipped" in {node.status for node in result.nodes}
    (wrong,) = [finding for finding in result.findings if finding.severity == "critical"]
    assert wrong.sentence == "Every band of pay_scale_map must be one that band_list knows."
    assert wrong.next_step == "Correct pay_scale_map.csv in seeds/ and run the night again."


def test_broken_model_is_told_by_name_and_kind_alone(trust: Trust) -> None:
    trust.change("alter table raw.esr_staff_list alter column fte type varchar using 'Jane Doe'")
    trust.change("drop table intermediate.int_staff_snapshots")
    with pytest.raises(BuildBroken) as broken:
        trust.build()
    told = str(broken.value)
    assert "int_staff_snapshots" in told and "Binder Error" in told and "dbt.log" in told and "Jane" not in told


def test_project_that_cannot_be_read_says_where(trust: Trust) -> None:
    path = trust.project / "models/staging/eds/stg_eds__scores.sql"
    whole = path.read_text(encoding="utf-8")
    path.write_text("select * from {{ ref('stg_nowhere') }}", encoding="utf-8")
    with pytest.raises(BuildBroken, match="stg_nowhere"):
        trust.build()
    path.write_text(whole, encoding="utf-8")


def test_warehouse_that_another_process_holds_is_said_so(trust: Trust) -> None:
    import subprocess
    import sys

    hold = "import duckdb, sys; con = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(trust.home.warehouse)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == b"held\n"
        with pytest.raises(BuildBroken, match="Another process has the warehouse open"):
            trust.build()
        other.kill()


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (
            "Runtime Error in model x (models/x.sql)\n  Conversion Error: Could not convert string 'Ann Lee' to DATE",
            "Conversion Error",
        ),
        ("Database Error\n  Out of Memory Error: failed to allocate", "Out of Memory Error"),
        ("IO Error: Could not set lock on file /x: held in python (PID 7)", "Another process has the warehouse open"),
        ("Ann Lee", "An error without a name"),
        ("Invalid Input Error: Ann Lee Error", "Invalid Input Error"),
    ],
)
def test_kind_of_an_error_holds_none_of_its_values(message: str, kind: str) -> None:
    assert error_kind(message) == kind


def test_definitions_hash_knows_every_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "seeds").mkdir()
    (tmp_path / "dbt_project.yml").write_text("name: parity")
    (tmp_path / "models/a.sql").write_text("select 1")
    first = definitions_hash(tmp_path)
    assert definitions_hash(tmp_path) == first
    (tmp_path / "README.md").write_text("words")
    (tmp_path / "models/.a.sql.swp").write_text("an editor's file")
    assert definitions_hash(tmp_path) == first
    (tmp_path / "models/a.sql").rename(tmp_path / "models/b.sql")
    renamed = definitions_hash(tmp_path)
    (tmp_path / "seeds/map.csv").write_text("a,b")
    assert len({first, renamed, definitions_hash(tmp_path)}) == 3
