"""A backup brings a home back as it was, onto another disk; a damaged or hostile one changes nothing."""

from __future__ import annotations

import grp
import io
import json
import os
import shutil
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from flows.backup import BackupError, backup, restore
from flows.configure import Settings
from flows.home import Home
from flows.point import rollbacks, verify
from flows.publish import Release, current_release, publish, releases, rollback, standing_inputs_hash
from flows.query import run_sql
from tests.publish.conftest import a_page, a_run, change, judge

Night = Callable[..., Release]


@pytest.fixture
def used(settings: Settings, home: Home, night: Night) -> Home:
    """A home with two releases, the older one current, and something in every folder."""
    first = night(1)
    night(2)
    rollback(settings, home, first.release_id, "Sam", "wrong")
    for path in (
        home.landing / "esr_staff_list" / "esr_staff_list_2025-03-31.csv",
        home.quarantine / "1.csv",
        home.copies / "abc",
        home.outbox / "one.json",
        home.scratch / "spilled",
    ):
        path.write_text(path.name)
        path.chmod(0o640 if path.is_relative_to(home.landing) else 0o600)
        os.utime(path, ns=(1_700_000_000_123_456_789,) * 2)
    return home


def facts(home: Home) -> dict[str, tuple[int, bytes | str]]:
    """Mode and content of everything in a home that a backup holds."""
    found: dict[str, tuple[int, bytes | str]] = {}
    for path in sorted(home.root.rglob("*")):
        name = path.relative_to(home.root).as_posix()
        if name.startswith(("private/scratch", "private/night.lock")):
            continue
        if path.is_symlink():
            found[name] = (0, str(path.readlink()))
        else:
            found[name] = (stat.S_IMODE(path.stat().st_mode), path.read_bytes() if path.is_file() else "")
    return found


def elsewhere(settings: Settings, tmp_path: Path) -> tuple[Settings, Home]:
    """The same trust's settings on a new disk."""
    there = settings.model_copy(update={"home": settings.home.model_copy(update={"path": tmp_path / "new" / "var"})})
    return there, Home.of(there)


def test_a_restored_home_is_the_home_that_was(settings: Settings, used: Home, tmp_path: Path) -> None:
    written = backup(settings, used, tmp_path)
    assert written.path.name.startswith("parity_XPT_20")
    assert stat.S_IMODE(written.path.stat().st_mode) == 0o600
    before = facts(used)
    shutil.rmtree(used.root)
    there, home = elsewhere(settings, tmp_path)
    restored = restore(there, written.path)
    assert restored.files == written.files
    assert facts(home) == before
    assert not (home.scratch / "spilled").exists()
    landed = home.landing / "esr_staff_list" / "esr_staff_list_2025-03-31.csv"
    assert landed.stat().st_mtime_ns == 1_700_000_000_123_456_789, "ingest would take the file for a changed one"
    assert [one.is_current for one in releases(home)] == [False, True]
    for one in releases(home):
        verify(home, one.release_id)
    assert len(rollbacks(home)) == 1
    assert run_sql(home, "select count(*) from indicator_values").rows == [(3,)]


def test_restored_landing_folders_belong_to_the_group_that_drops_files(
    settings: Settings, used: Home, tmp_path: Path
) -> None:
    ours = [*os.getgroups(), *([grp.getgrnam("users").gr_gid] if os.geteuid() == 0 else [])]
    group = grp.getgrgid(ours[-1])
    there, _ = elsewhere(settings, tmp_path)
    there = there.model_copy(update={"home": there.home.model_copy(update={"landing_group": group.gr_name})})
    restore(there, backup(settings, used, tmp_path).path)
    landing = Home.of(there).landing
    folders = [landing, *(path for path in landing.iterdir() if path.is_dir())]
    assert len(folders) > 2
    assert {(path.stat().st_gid, stat.S_IMODE(path.stat().st_mode)) for path in folders} == {(group.gr_gid, 0o2770)}


def test_a_restored_home_finds_nothing_new_and_goes_on(settings: Settings, used: Home, tmp_path: Path) -> None:
    there, home = elsewhere(settings, tmp_path)
    restore(there, backup(settings, used, tmp_path).path)
    assert standing_inputs_hash(home) == standing_inputs_hash(used) == "inputs of run 2"
    change(home, "update marts.indicator_values set value = 0.9 where \"group\" = 'unknown'")
    third = publish(there, home, a_run(there, 3), judge(home), a_page)
    assert current_release(home) == third
    assert [one.release_id[:8] for one in releases(home)] == ["20250403", "20250402", "20250401"]


def test_a_backup_takes_in_what_a_killed_run_left_in_the_log(settings: Settings, used: Home, tmp_path: Path) -> None:
    program = (
        "import duckdb, os, sys; con = duckdb.connect(sys.argv[1]); "
        "con.execute('create table raw.late as select 1 as a'); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", program, str(used.warehouse)], check=True)
    assert used.warehouse.with_name("warehouse.duckdb.wal").exists()
    there, home = elsewhere(settings, tmp_path)
    restore(there, backup(settings, used, tmp_path).path)
    assert not home.warehouse.with_name("warehouse.duckdb.wal").exists()
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        assert con.execute("select a from raw.late").fetchall() == [(1,)]


def test_while_someone_writes_no_backup_is_made(settings: Settings, used: Home, tmp_path: Path) -> None:
    program = "import duckdb, sys; con = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.readline()"
    writer = subprocess.Popen(
        [sys.executable, "-c", program, str(used.warehouse)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout and writer.stdout.readline() == "open\n"
    with pytest.raises(BackupError, match="in use by another program"):
        backup(settings, used, tmp_path / "one.tar.gz")
    writer.communicate("\n")
    assert not list(tmp_path.glob("*.gz*")) + list(tmp_path.glob(".*"))


def test_a_file_that_changes_while_it_is_read_stops_the_backup(
    settings: Settings, used: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tarfile.TarFile.addfile
    landed = used.landing / "esr_staff_list" / "esr_staff_list_2025-03-31.csv"

    def grows(tar: tarfile.TarFile, member: tarfile.TarInfo, handle: io.RawIOBase | None = None) -> None:
        real(tar, member, handle)  # type: ignore[arg-type]
        if member.name.endswith(landed.name):
            landed.write_text("longer than it was before, and newer")

    monkeypatch.setattr(tarfile.TarFile, "addfile", grows)
    with pytest.raises(BackupError, match="changed while it was read"):
        backup(settings, used, tmp_path / "one.tar.gz")
    assert not list(tmp_path.glob("*.gz*")) + list(tmp_path.glob(".*"))


def test_a_backup_is_never_written_over_nor_into_the_home(settings: Settings, used: Home, tmp_path: Path) -> None:
    (tmp_path / "old.tar.gz").write_text("the only good one")
    with pytest.raises(BackupError, match="exists already"):
        backup(settings, used, tmp_path / "old.tar.gz")
    with pytest.raises(BackupError, match="inside the home"):
        backup(settings, used, used.private)
    with pytest.raises(BackupError, match="no folder"):
        backup(settings, used, tmp_path / "nowhere" / "one.tar.gz")
    assert (tmp_path / "old.tar.gz").read_text() == "the only good one"


def test_a_full_disk_stops_both(
    settings: Settings, used: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = backup(settings, used, tmp_path / "one.tar.gz")
    full = shutil.disk_usage(tmp_path)._replace(free=2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    with pytest.raises(BackupError, match="1 MB free"):
        backup(settings, used, tmp_path / "two.tar.gz")
    there, home = elsewhere(settings, tmp_path)
    with pytest.raises(BackupError, match="1 MB free"):
        restore(there, written.path)
    assert not any(home.root.rglob("*"))


def test_a_home_with_files_is_not_restored_over(settings: Settings, used: Home, tmp_path: Path) -> None:
    written = backup(settings, used, tmp_path / "one.tar.gz")
    before = facts(used)
    with pytest.raises(BackupError, match="not empty"):
        restore(settings, written.path)
    assert facts(used) == before


def test_a_prepared_home_without_files_is_restored_into(settings: Settings, used: Home, tmp_path: Path) -> None:
    written = backup(settings, used, tmp_path / "one.tar.gz")
    there, home = elsewhere(settings, tmp_path)
    home.prepare()
    restore(there, written.path)
    assert facts(home) == facts(used)


def test_another_trusts_backup_is_refused(settings: Settings, used: Home, tmp_path: Path) -> None:
    written = backup(settings, used, tmp_path / "one.tar.gz")
    there, home = elsewhere(settings, tmp_path)
    other = there.model_copy(update={"organisation": there.organisation.model_copy(update={"ods_code": "ABC"})})
    with pytest.raises(BackupError, match="backup of XPT"):
        restore(other, written.path)
    assert not home.root.exists()


@pytest.mark.parametrize("damage", ["truncate", "flip", "text"])
def test_a_damaged_backup_restores_nothing(settings: Settings, used: Home, tmp_path: Path, damage: str) -> None:
    path = backup(settings, used, tmp_path / "one.tar.gz").path
    content = bytearray(path.read_bytes())
    if damage == "truncate":
        content = content[: len(content) * 2 // 3]
    elif damage == "flip":
        content[len(content) // 2] ^= 0xFF
    else:
        content = bytearray(b"no archive at all")
    path.write_bytes(content)
    there, home = elsewhere(settings, tmp_path)
    with pytest.raises(BackupError):
        restore(there, path)
    assert not home.root.exists()


def repacked(
    path: Path, to: Path, edit: Callable[[str, bytes], tuple[str, bytes] | None], extra: object = None
) -> Path:
    """The same archive with members changed, as one who means harm would."""
    with tarfile.open(path) as old, tarfile.open(to, "w:gz") as new:
        for member in old:
            handle = old.extractfile(member)
            changed = edit(member.name, handle.read() if handle else b"")
            if changed is None:
                continue
            member.name, content = changed
            member.size = len(content)
            if isinstance(extra, tarfile.TarInfo) and member.name == "backup.json":
                new.addfile(extra, io.BytesIO(b"x" * extra.size))
            new.addfile(member, io.BytesIO(content))
    return to


def same(name: str, content: bytes) -> tuple[str, bytes]:
    return name, content


def changed_value(name: str, content: bytes) -> tuple[str, bytes]:
    return name, b"2.csv" if name == "private/quarantine/1.csv" else content


def left_away(name: str, content: bytes) -> tuple[str, bytes] | None:
    return None if name == "private/outbox/one.json" else (name, content)


def led_out(name: str, content: bytes) -> tuple[str, bytes]:
    return ("private/../../evil" if name == "private/outbox/one.json" else name), content


def absolute(name: str, content: bytes) -> tuple[str, bytes]:
    return ("/tmp/evil" if name == "private/outbox/one.json" else name), content


def listed_out(name: str, content: bytes) -> tuple[str, bytes]:
    """The list of contents agrees with the evil path."""
    if name == "backup.json":
        told = json.loads(content)
        told["files"]["../evil"] = told["files"].pop("private/outbox/one.json")
        return name, json.dumps(told).encode()
    return ("../evil" if name == "private/outbox/one.json" else name), content


def other_current(name: str, content: bytes) -> tuple[str, bytes]:
    if name == "backup.json":
        return name, json.dumps({**json.loads(content), "current": "../private"}).encode()
    return name, content


def a_member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.size = kind, link, 1 if kind == tarfile.REGTYPE else 0
    return member


@pytest.mark.parametrize(
    ("edit", "extra"),
    [
        (changed_value, None),
        (left_away, None),
        (led_out, None),
        (absolute, None),
        (listed_out, None),
        (other_current, None),
        (same, a_member("private/unlisted")),
        (same, a_member("private/quarantine/1.csv")),
        (same, a_member("evil")),
        (same, a_member("landing/link", tarfile.SYMTYPE, "/etc")),
        (same, a_member("landing/hard", tarfile.LNKTYPE, "private/outbox/one.json")),
        (same, a_member("landing/device", tarfile.CHRTYPE)),
        (same, a_member("landing//double")),
    ],
)
def test_a_backup_that_was_tampered_with_restores_nothing(
    settings: Settings,
    used: Home,
    tmp_path: Path,
    edit: Callable[[str, bytes], tuple[str, bytes] | None],
    extra: tarfile.TarInfo | None,
) -> None:
    path = repacked(backup(settings, used, tmp_path / "one.tar.gz").path, tmp_path / "evil.tar.gz", edit, extra)
    there, home = elsewhere(settings, tmp_path)
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(BackupError):
        restore(there, path)
    assert not any(home.root.rglob("*"))
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "new") == before


def test_an_archive_packed_anew_unchanged_is_still_whole(settings: Settings, used: Home, tmp_path: Path) -> None:
    """The counterpart of the test above: it is the tampering that is refused."""
    path = repacked(backup(settings, used, tmp_path / "one.tar.gz").path, tmp_path / "same.tar.gz", same)
    there, home = elsewhere(settings, tmp_path)
    restore(there, path)
    assert facts(home) == facts(used)
