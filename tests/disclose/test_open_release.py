"""The open part of a release is what disclosure control handed over, whole and verified; or the last safe one stays."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import re
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import duckdb
import pytest

import flows.disclose.hand_over
import flows.publish
from flows.backup import backup, restore
from flows.configure import PROJECT
from flows.disclose import Disclosure
from flows.disclose.hand_over import NotFitToOpen, refuse_unfit
from flows.disclose.remember import INDEX, OpenLedgerDamaged, ever_open, remembered, standing
from flows.home import Home
from flows.point import ReleaseError, mend, rollback, verify
from flows.publish import PublishRefused, Release, current_release, publish
from tests.disclose.conftest import Nights, open_tables, shown_value
from tests.publish.conftest import a_page, a_run, judge, publish_night


def test_the_open_folder_holds_the_tables_three_times(nights: Nights) -> None:
    """DuckDB, Parquet and CSV tell the same; comments stay; a text that is a formula is inert in the CSV alone."""
    release = nights.opened(1)
    with duckdb.connect(str(release.open_marts), read_only=True) as con:
        con.execute("set schema = 'marts'")
        rows = con.execute("from indicator_values").fetchall()
        parquet = con.execute(f"from '{release.open}/parquet/indicator_values.parquet'").fetchall()
        column = con.execute("select comment from duckdb_columns() where column_name = 'group'").fetchall()
    assert sorted(map(str, rows)) == sorted(map(str, parquet))
    assert column == [("Which people; unknown is a group.",)]
    with (release.open / "csv" / "indicator_values.csv").open(encoding="utf-8", newline="") as handle:
        told = list(csv.DictReader(handle))
    assert [one["organisation_unit"] for one in told] == ["'=North", "'=North", '\'-South, "old"']
    assert [one["numerator"] for one in told] == ["240", "712.5", ""]
    assert [one["value_marker"] for one in told] == ["", "", "[c]"]
    assert told[2]["marker_reason"] == "hidden\nso that nobody can be found"


def test_every_file_of_the_open_part_is_readable_by_all_and_in_the_manifest(nights: Nights) -> None:
    release = nights.opened(1)
    files = [path for path in release.open.rglob("*") if path.is_file()]
    assert {path.relative_to(release.path).as_posix() for path in files} <= set(release.manifest["files"])
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o444}
    assert {stat.S_IMODE(path.stat().st_mode) for path in release.open.rglob("*") if path.is_dir()} == {0o755}
    verify(nights.home, release.release_id)
    (release.open / "csv" / "open_tables.csv").chmod(0o644)
    (release.open / "csv" / "open_tables.csv").write_text("changed")
    with pytest.raises(ReleaseError, match=r"open_tables\.csv was changed"):
        verify(nights.home, release.release_id)


def test_beside_each_table_stands_what_was_done(nights: Nights) -> None:
    """The same sentence is the table's comment and a paragraph of the page; every marker is explained."""
    release = nights.opened(1)
    with duckdb.connect(str(release.open_marts), read_only=True) as con:
        comment = con.execute("select comment from duckdb_tables() where table_name = 'indicator_values'").fetchall()
    said = "One row per indicator and group. Small counts are hidden. Of 6 numbers, 1 (17 %) are hidden."
    assert comment == [(said,)]
    page = (release.open / "README.txt").read_text(encoding="utf-8")
    assert said in " ".join(page.split())
    assert all(marker in page for marker in ("[c]", "[x]", "[z]", "[low]"))
    assert release.release_id in page


@pytest.mark.parametrize("spoilt", ["csv", "parquet"])
def test_a_file_that_reads_back_differently_is_not_published(
    nights: Nights, monkeypatch: pytest.MonkeyPatch, spoilt: str
) -> None:
    write = getattr(flows.disclose.hand_over, f"_write_{spoilt}")

    def write_and_spoil(con: duckdb.DuckDBPyConnection, folder: object, name: str) -> None:
        write(con, folder, name)
        if name == "indicator_values":
            path = getattr(folder, spoilt)(name)
            kept = f"select * replace ('elsewhere' as organisation_unit) from '{path}'"
            con.execute(f"copy ({kept}) to '{path}.new' (format {spoilt})")
            Path(f"{path}.new").replace(path)

    monkeypatch.setattr(flows.disclose.hand_over, f"_write_{spoilt}", write_and_spoil)
    with pytest.raises(PublishRefused, match=rf"indicator_values\.{spoilt} is not what"):
        nights.opened(1)
    assert current_release(nights.home) is None


def test_where_it_is_withheld_the_open_part_that_readers_have_stays(nights: Nights) -> None:
    first = nights.opened(1, 0.24)
    second = nights.withheld(2)
    assert second.marts.is_file(), "the restricted part is published all the same"
    assert second.open_marts.read_bytes() == first.open_marts.read_bytes()
    assert second.open_part["outcome"] == "carried_over"
    assert second.open_from == first.release_id
    page = " ".join((second.open / "README.txt").read_text(encoding="utf-8").split())
    assert f"These are the open figures of release {first.release_id}" in page
    assert "The auditor found 3 cells that are too narrow." in page
    third = nights.withheld(3)
    assert third.open_from == first.release_id, "what is carried over twice is still the first one's"
    verify(nights.home, third.release_id)


def test_where_nothing_was_ever_open_a_page_says_why(nights: Nights) -> None:
    release = nights.withheld(1)
    assert [path.name for path in release.open.rglob("*")] == ["README.txt"]
    page = (release.open / "README.txt").read_text(encoding="utf-8")
    assert "It holds no figures yet" in page
    assert "The auditor found 3 cells that are too narrow." in page
    assert release.open_part["outcome"] == "none"
    assert ever_open(nights.home) == []


def test_what_is_carried_over_is_what_readers_have_and_not_what_was_taken_back(nights: Nights) -> None:
    """After a rollback the newer open part is not brought back by a night that has none of its own."""
    first = nights.opened(1, 0.24)
    nights.opened(2, 0.25)
    rollback(nights.settings, nights.home, first.release_id, "Ann Other", "the newer one is doubted")
    assert nights.withheld(3).open_from == first.release_id


def test_a_carried_part_needs_no_old_release(nights: Nights) -> None:
    """Old releases are pruned; what was open is in the ledger for ever."""
    first = nights.opened(1)
    nights.settings = nights.settings.model_copy(
        update={"retention": nights.settings.retention.model_copy(update={"releases_kept": 1})}
    )
    nights.withheld(2)
    assert nights.withheld(3).open_from == first.release_id
    assert not first.path.exists()
    assert [shown_value(path) for path in ever_open(nights.home)] == [0.24]


def test_every_distinct_open_part_is_remembered_once(nights: Nights) -> None:
    """A part that is the same, or carried over, is no new one; each that was open is kept, oldest first."""
    nights.opened(1, 0.24)
    nights.opened(2, 0.25)
    nights.withheld(3)
    nights.opened(4, 0.24)
    assert [shown_value(path) for path in ever_open(nights.home)] == [0.24, 0.25]
    lines = remembered(nights.home)
    assert [one.release_id[:8] for one in lines] == ["20250401", "20250402", "20250404"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in ever_open(nights.home)} == {0o400}
    assert lines[0].path.stem == lines[0].content_hash


def test_what_was_open_is_remembered_before_anyone_can_read_it(nights: Nights) -> None:
    """Killed just before the pointer moves, the ledger knows one too many; never one too few."""
    script = """
        import os, signal, sys
        import flows.publish
        from pathlib import Path
        from flows.configure import load_settings
        from flows.home import Home
        from tests.disclose.conftest import Nights
        flows.publish.move_pointer = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        settings = load_settings(Path(sys.argv[1]))
        Nights(settings, Home.of(settings), Path(sys.argv[2])).opened(1)
    """
    (nights.folder / "aside").mkdir()
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(nights.settings.source), str(nights.folder / "aside")],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    assert [shown_value(path) for path in ever_open(nights.home)] == [0.24]
    assert standing(nights.home) is None, "nobody could read it, so it is not what stays"
    mend(nights.home)
    assert nights.withheld(2).open_part["outcome"] == "none"


def test_a_backup_brings_the_memory_with_it(nights: Nights) -> None:
    """A home on a new machine knows all that was ever open, or it could not measure what it opens next."""
    nights.opened(1, 0.24)
    first = nights.opened(2, 0.25)
    kept = backup(nights.settings, nights.home, nights.folder)
    restore(nights.settings, kept.path, nights.folder / "elsewhere")
    moved = Home(nights.folder / "elsewhere")
    assert [shown_value(path) for path in ever_open(moved)] == [0.24, 0.25]
    assert standing(moved) == dataclasses.replace(
        remembered(nights.home)[-1], path=moved.ever_open / remembered(nights.home)[-1].path.name
    )
    assert shown_value(moved.releases / first.release_id / "open" / "open.duckdb") == 0.25


def test_a_torn_line_and_a_copy_without_a_line_are_no_open_part(nights: Nights) -> None:
    nights.opened(1, 0.24)
    with (nights.home.ever_open / INDEX).open("a") as index:
        index.write('{"release_id": "2025')
    (nights.home.ever_open / f"{'0' * 64}.duckdb").write_bytes(b"half")
    (nights.home.ever_open / f".{'0' * 64}.duckdb.ab12.tmp").write_bytes(b"half")
    nights.opened(2, 0.25)
    assert [shown_value(path) for path in ever_open(nights.home)] == [0.24, 0.25]
    assert not list(nights.home.ever_open.glob(".*"))


@pytest.mark.parametrize("harm", ["missing", "changed", "forgotten"])
def test_a_damaged_memory_is_told_and_nothing_is_measured_against_half_of_it(nights: Nights, harm: str) -> None:
    nights.opened(1, 0.24)
    kept = ever_open(nights.home)[0]
    if harm == "missing":
        kept.unlink()
    elif harm == "changed":
        kept.chmod(0o600)
        kept.write_bytes(kept.read_bytes()[:-1])
    else:
        (nights.home.ever_open / INDEX).unlink()
    with pytest.raises(OpenLedgerDamaged, match="parity restore"):
        ever_open(nights.home)
    if harm == "missing":
        release = nights.withheld(2)
        assert release.marts.is_file(), "the restricted part is published all the same"
        assert release.open_part["outcome"] == "none"


def test_a_release_of_before_the_open_part_is_read_verified_and_gone_back_to(nights: Nights) -> None:
    old = publish_night(nights.settings, nights.home, 1)
    _as_of_before(old)
    _forget_manifest_hash(nights)
    verify(nights.home, old.release_id)
    nights.opened(2)
    rolled = rollback(nights.settings, nights.home, old.release_id, "Ann Other", "a doubt")
    assert rolled.is_current
    assert rolled.open_part == {}
    assert nights.withheld(3).open_from is not None, "the last that readers had stays, not nothing"


def _as_of_before(release: Release) -> None:
    """Make the release's manifest one that was written before there was an open part."""
    path = release.path / "manifest.json"
    facts = json.loads(path.read_text())
    del facts["open"]
    path.chmod(0o600)
    path.write_text(json.dumps(facts))
    path.chmod(0o400)


def _forget_manifest_hash(nights: Nights) -> None:
    path = nights.home.ledger / "releases.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        line.pop("open_content_hash")
        line["manifest_sha256"] = None
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.mark.parametrize(
    ("also", "said"),
    [
        ("create table marts.quality_loads (load_id bigint);", "quality_loads is restricted"),
        ("create table marts.board_members (seat varchar);", "board_members is not listed"),
        ("create view marts.seen as select 1 as one;", "is a view"),
        ("create schema raw; create table raw.people (name varchar);", "another schema"),
        ("alter table marts.indicator_values add column person_key varchar;", "has the column person_key"),
        ("drop table marts.open_tables;", "open_tables, which says what may be open, is missing"),
    ],
)
def test_a_file_with_more_than_may_be_open_is_refused(tmp_path: Path, also: str, said: str) -> None:
    with pytest.raises(NotFitToOpen, match=re.escape(said)):
        refuse_unfit(open_tables(tmp_path / "open.duckdb", also=also), ("person_key",))


def test_a_file_with_what_may_be_open_is_fit(tmp_path: Path) -> None:
    refuse_unfit(open_tables(tmp_path / "open.duckdb"), ("person_key",))


def test_a_night_that_asks_nobody_opens_nothing(nights: Nights) -> None:
    release = publish(nights.settings, nights.home, a_run(nights.settings), judge(nights.home), a_page)
    assert release.open_part["outcome"] == "none"


def test_an_open_part_without_a_file_is_not_published(nights: Nights) -> None:
    with pytest.raises(NotFitToOpen):
        nights.publish(1, Disclosure("open", None))
    assert current_release(nights.home) is None
