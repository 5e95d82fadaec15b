"""A release is exactly what was judged, whole, sealed and verified; or the old one stays."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

import flows.publish
from flows.configure import Settings
from flows.fingerprint import content_hash
from flows.home import Home
from flows.publish import (
    PublishRefused,
    Release,
    current_release,
    publish,
    released_load_ids,
    releases,
    standing_inputs_hash,
)
from tests.publish.conftest import (
    FILE_HASH,
    PERSON_KEY,
    WAREHOUSE,
    a_page,
    a_run,
    change,
    judge,
    publish_night,
    unknown_share,
)
from tests.share import one_page

Night = Callable[..., Release]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_release_holds_the_marts_as_they_were_judged(settings: Settings, warehouse: Home) -> None:
    verdict = judge(warehouse)
    release = publish(settings, warehouse, a_run(settings), verdict, a_page)
    assert (warehouse.current / "restricted" / "marts.duckdb").is_file()
    assert warehouse.current_txt.read_text() == f"{release.release_id}\n"
    assert warehouse.current.readlink() == Path(release.release_id)
    with duckdb.connect(str(release.marts), read_only=True) as con:
        assert content_hash(con) == verdict.content_hash == release.content_hash
        con.execute("set schema = 'marts'")
        schemas = con.execute("select distinct schema_name from duckdb_tables()").fetchall()
        ddl, comment = con.execute(
            "select sql, comment from duckdb_tables() where table_name = 'indicator_values'"
        ).fetchall()[0]
        column = con.execute("select comment from duckdb_columns() where column_name = 'group'").fetchall()
        parquet = con.execute(f"select * from '{release.restricted}/parquet/indicator_values.parquet'").fetchall()
        assert sorted(map(str, parquet)) == sorted(map(str, con.execute("from indicator_values").fetchall()))
    assert schemas == [("marts",)]
    assert comment == "One row per organisation's indicator and group."
    assert column == [("Which people; unknown is a group.",)]
    assert "organisation_code VARCHAR NOT NULL" in ddl
    assert 'PRIMARY KEY(indicator_id, "group")' in ddl
    assert (release.restricted / "docs" / "index.html").is_file()
    assert "disclosure control" in (release.path / "open" / "README.txt").read_text()


def test_the_release_tells_where_its_numbers_come_from(settings: Settings, night: Night) -> None:
    night(1)
    release = night(2)
    with duckdb.connect(str(release.marts), read_only=True) as con:
        con.execute("set schema = 'marts'")
        history = con.execute(
            "select run_id, outcome, release_id = run_id, finding_count, versions->>'code' from run_history order by 1"
        ).fetchall()
        inputs = con.execute("select dataset, cast(as_at_date as varchar), sha256 from release_inputs").fetchall()
        checks = con.execute(
            "select name, severity, passed, counts->>'headcount', details from run_checks where run_id = ?",
            [release.release_id],
        ).fetchall()
        findings = con.execute("select places, counts, count(*) from run_findings group by all").fetchall()
        doors = con.execute(
            "select distinct door, count_in - count_out = left_out_count, details from run_doors"
        ).fetchall()
        undescribed = con.execute(
            "select count(*) from duckdb_columns() where comment is null and table_name like 'run_%'"
        )
        assert undescribed.fetchall() == [(0,)]
    assert history == [
        ("20250401T023000Z_aaaaaa", "published", True, 1, "0.1.0"),
        ("20250402T023000Z_aaaaaa", "published", True, 1, "0.1.0"),
    ]
    assert inputs == [("esr_staff_list", "2025-03-31", FILE_HASH)]
    assert checks == [("headcount_is_steady", "critical", True, "3", '{"judged_count": 1}')]
    assert doors == [("landing to raw", True, None)]
    assert findings == [('["North"]', '{"rows": 12}', 2)]


def test_the_manifest_names_every_file_and_what_it_was_made_from(settings: Settings, night: Night, home: Home) -> None:
    release = night(1)
    manifest = json.loads((release.path / "manifest.json").read_text())
    present = {path.relative_to(release.path).as_posix() for path in release.path.rglob("*") if path.is_file()}
    assert set(manifest["files"]) == present - {"manifest.json"}
    assert manifest["tables"]["indicator_values"] == 3
    assert manifest["tables"]["run_history"] == 1
    assert manifest["figure_status"] == {}, "this warehouse has no figure that could be signed"
    assert manifest["organisation"]["ods_code"] == "XPT"
    assert manifest["as_of_date"] == "2025-04-05"
    assert manifest["load_ids"] == [1]
    assert manifest["versions"] == {"duckdb": duckdb.__version__, "code": "0.1.0", "definitions": "d1"}
    assert released_load_ids(home) == {1}
    assert standing_inputs_hash(home) == "inputs of run 1"


def test_a_build_without_a_passed_verdict_of_its_own_content_is_refused(settings: Settings, warehouse: Home) -> None:
    run = a_run(settings)
    with pytest.raises(PublishRefused, match="no verdict"):
        publish(settings, warehouse, run, None)
    with pytest.raises(PublishRefused, match="did not pass"):
        publish(settings, warehouse, run, judge(warehouse, "withheld"))
    verdict = judge(warehouse)
    change(warehouse, "update marts.indicator_values set numerator = numerator + 0.0001 where \"group\" = 'white'")
    with pytest.raises(PublishRefused, match="changed after the checks judged"):
        publish(settings, warehouse, run, verdict)
    assert list(warehouse.releases.iterdir()) == []
    assert current_release(warehouse) is None


@pytest.mark.parametrize(
    ("mart", "said"),
    [
        ("create table marts.leak (person_key varchar)", "leak has the column person_key"),
        ("create table marts.leak (Employee_Number varchar)", "leak has the column employee_number"),
        ("create table marts.leak (who struct(date_of_birth date))", "leak has the column date_of_birth"),
        (f"create table marts.leak as select '{PERSON_KEY}' as harmless", "column harmless of the mart leak holds"),
        ("create view marts.leak as select * from intermediate.int_staff_snapshots", "leak is a view"),
        ("create table marts.run_history (a integer)", "called run_history"),
    ],
)
def test_nothing_of_a_person_is_copied(settings: Settings, warehouse: Home, mart: str, said: str) -> None:
    change(warehouse, mart)
    with pytest.raises(PublishRefused, match=said) as refused:
        publish(settings, warehouse, a_run(settings), judge(warehouse))
    assert PERSON_KEY not in str(refused.value)
    assert list(warehouse.releases.iterdir()) == []


def test_a_copy_that_is_not_what_was_judged_is_refused(
    settings: Settings, warehouse: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = flows.publish._seal

    def tampered(aside: flows.publish._Aside) -> None:
        with duckdb.connect(str(aside.marts)) as con:
            con.execute("update marts.marts.indicator_values set value = 0.999 where \"group\" = 'white'")
        sealed(aside)

    monkeypatch.setattr(flows.publish, "_seal", tampered)
    with pytest.raises(PublishRefused, match=r"indicator_values, indicator_values\.parquet is not what"):
        publish(settings, warehouse, a_run(settings), judge(warehouse))
    assert list(warehouse.releases.iterdir()) == []


def test_a_parquet_file_that_is_not_its_table_is_refused(
    settings: Settings, warehouse: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = flows.publish._seal

    def tampered(aside: flows.publish._Aside) -> None:
        shutil.copy(aside.parquet("run_history"), aside.parquet("run_history").with_suffix(".kept"))
        with duckdb.connect() as con:
            kept = aside.parquet("run_history").with_suffix(".kept")
            con.execute(
                f"copy (select * replace ('broken' as outcome) from read_parquet('{kept}')) to "
                f"'{aside.parquet('run_history')}' (format parquet)"
            )
            kept.unlink()
        sealed(aside)

    monkeypatch.setattr(flows.publish, "_seal", tampered)
    with pytest.raises(PublishRefused, match=r"disk, run_history\.parquet is not what"):
        publish(settings, warehouse, a_run(settings), judge(warehouse))


def test_a_database_with_a_sidecar_is_refused(
    settings: Settings, warehouse: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def page_and_sidecar(folder: Path) -> Path:
        (folder.parent / "marts.duckdb.wal").write_bytes(b"someone is writing")
        return a_page(folder)

    with pytest.raises(PublishRefused, match=r"marts\.duckdb\.wal lies beside"):
        publish(settings, warehouse, a_run(settings), judge(warehouse), page_and_sidecar)
    assert list(warehouse.releases.iterdir()) == []


def test_a_full_disk_stops_a_publish_before_it_writes(
    settings: Settings, warehouse: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage(warehouse.root)._replace(free=10 * 2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    with pytest.raises(PublishRefused, match="10 MB free"):
        publish(settings, warehouse, a_run(settings), judge(warehouse))
    assert list(warehouse.releases.iterdir()) == []


def test_files_are_sealed_and_the_restricted_part_is_its_owners_where_no_group_is_set(night: Night) -> None:
    release = night(1)
    assert mode(release.path) == mode(release.path / "open") == 0o755
    assert mode(release.path / "open" / "README.txt") == 0o444
    assert mode(release.restricted) == mode(release.restricted / "parquet") == 0o700
    files = [path for path in release.restricted.rglob("*") if path.is_file()] + [release.path / "manifest.json"]
    assert {mode(path) for path in files} == {0o400}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another account to try what it may read")
def test_the_group_reads_the_restricted_part_and_nobody_else_does(settings: Settings) -> None:
    root = Path(tempfile.mkdtemp())
    root.chmod(0o755)
    try:
        home = Home(root / "home", "games")
        home.prepare()
        change(home, WAREHOUSE)
        release = publish(settings, home, a_run(settings), judge(home), a_page, reports=one_page)
        assert mode(release.restricted) == mode(release.restricted / "site") == 0o750
        assert {mode(path) for path in release.restricted.rglob("*") if path.is_file()} == {0o440}
        member, stranger = (_read_as(group, home) for group in (home.restricted_group_id(), 65534))
        assert member == "marts manifest current open site"
        assert stranger == "current open"
    finally:
        shutil.rmtree(root)


def _read_as(group: int | None, home: Home) -> str:
    paths = {
        "marts": "current/restricted/marts.duckdb",
        "manifest": "current/manifest.json",
        "current": "current.txt",
        "open": "current/open/README.txt",
        "site": "current/restricted/site/index.html",
    }
    program = (
        "import os, sys, json\n"
        f"os.setgroups([]); os.setgid({group}); os.setuid(65534)\n"
        "def readable(path):\n"
        "    try:\n        return bool(open(path, 'rb').read(1))\n    except PermissionError:\n        return False\n"
        f"print(*[name for name, path in {paths!r}.items() if readable({str(home.releases)!r} + '/' + path)])"
    )
    done = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_run_is_never_published_twice(settings: Settings, warehouse: Home) -> None:
    run = a_run(settings)
    publish(settings, warehouse, run, judge(warehouse))
    before = (warehouse.current / "manifest.json").read_bytes()
    with pytest.raises(PublishRefused, match="already"):
        publish(settings, warehouse, run, judge(warehouse))
    assert (warehouse.current / "manifest.json").read_bytes() == before


def test_broken_documentation_leaves_the_old_release(settings: Settings, warehouse: Home, night: Night) -> None:
    old = night(1)
    with pytest.raises(PublishRefused, match=r"index\.html"):
        publish(settings, warehouse, a_run(settings, 2), judge(warehouse), lambda folder: folder)
    assert current_release(warehouse) == old


def test_the_newest_releases_are_kept_and_the_current_one_always(night: Night, home: Home) -> None:
    for number in range(1, 5):
        night(number, keep=2)
    assert [one.release_id[:8] for one in releases(home)] == ["20250404", "20250403"]
    removed = [json.loads(line) for line in (home.ledger / "releases.jsonl").read_text().splitlines()]
    assert [one["release_id"][:8] for one in removed if one["event"] == "removed"] == ["20250401", "20250402"]


def test_a_reader_that_holds_a_release_keeps_its_view_while_the_next_is_published(
    settings: Settings, warehouse: Home
) -> None:
    """The reader is another process that read a part of the old release before the publish and the rest after it."""
    home = warehouse
    publish_night(settings, home, 1)
    program = (
        "import duckdb, sys\n"
        "con = duckdb.connect(sys.argv[1], read_only=True)\n"
        "con.execute(\"set schema = 'marts'\")\n"
        'ask = lambda: print(con.execute("select value from indicator_values where \\"group\\" = \'unknown\'")'
        ".fetchone()[0], con.execute('select count(*) from run_history').fetchone()[0], flush=True)\n"
        "ask(); sys.stdin.readline(); ask()\n"
    )
    marts = str(home.current / "restricted" / "marts.duckdb")
    reader = subprocess.Popen(
        [sys.executable, "-c", program, marts], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert reader.stdin and reader.stdout
    assert reader.stdout.readline() == "0.001 1\n"
    publish_night(settings, home, 2, keep=1)
    assert [one.release_id[:8] for one in releases(home)] == ["20250402", "20250401"], "somebody may be opening it"
    publish_night(settings, home, 3, keep=1)
    assert [one.release_id[:8] for one in releases(home)] == ["20250403", "20250402"], "it is gone from the folder"
    new = subprocess.run([sys.executable, "-c", program, marts], input="\n", capture_output=True, text=True, check=True)
    assert new.stdout == "0.003 3\n0.003 3\n"
    out, _ = reader.communicate("\n", timeout=30)
    assert out == "0.001 1\n"


def test_an_unreadable_record_does_not_stop_a_publish_and_is_seen(settings: Settings, warehouse: Home) -> None:
    (warehouse.runs / "20240101T000000Z_dead00.json").write_text("{", encoding="utf-8")
    release = publish(settings, warehouse, a_run(settings), judge(warehouse))
    with duckdb.connect(str(release.marts), read_only=True) as con:
        rows = con.execute("select outcome, versions from marts.marts.run_history order by run_id").fetchall()
    assert rows[0] == ("broken", '{"record": "cannot be read"}')


def test_old_handles_and_new_readers_in_one_process_do_not_mix(settings: Settings, warehouse: Home) -> None:
    first = publish_night(settings, warehouse, 1)
    with duckdb.connect(str(first.marts), read_only=True) as held:
        second = publish_night(settings, warehouse, 2)
        assert unknown_share(second.marts) == 0.002
        assert held.execute(
            "select max(value) filter (\"group\" = 'unknown') from marts.marts.indicator_values"
        ).fetchall() == [(0.001,)]


def test_findings_of_the_verdict_are_told_once(settings: Settings, warehouse: Home) -> None:
    run = a_run(settings)
    verdict = dataclasses.replace(judge(warehouse), findings=run.findings)
    release = publish(settings, warehouse, run, verdict)
    assert release.manifest["tables"]["run_findings"] == 1


def test_an_old_release_that_cannot_be_removed_does_not_undo_the_new_one(
    settings: Settings, warehouse: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        publish_night(settings, warehouse, number)
    said: list[str] = []

    def fails(*_: object, **__: object) -> None:
        raise OSError(16, "Device or resource busy")

    with monkeypatch.context() as busy:
        busy.setattr(shutil, "rmtree", fails)
        keeps_one = settings.model_copy(
            update={"retention": settings.retention.model_copy(update={"releases_kept": 1})}
        )
        publish(keeps_one, warehouse, a_run(settings, 3), judge(warehouse), a_page, said.append)
    assert said[-1].startswith("an old release could not be removed (Device or resource busy)")
    assert [one.is_current for one in releases(warehouse)] == [True, False]
    publish_night(settings, warehouse, 4)
    assert not list(warehouse.releases.glob(".*"))
