"""No file name breaks a night, a line of the ledger or a message, whatever characters it holds."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.configure import Settings
from flows.home import Home
from flows.ingest import IngestResult, ingest
from flows.ingest.find import writable
from flows.ingest.remember import ledger_path, read_ledger
from tests.ingest.conftest import Rows
from tests.small_trust import staff_list

Take = Callable[[], IngestResult]
Ask = Callable[[str], Rows]


@pytest.mark.parametrize(
    "name",
    [
        b"caf\xe9_2025.csv",
        "a\u2028b.csv".encode(),
        "a\u2029b.csv".encode(),
        "a\u0085b.csv".encode(),
        b"a\nb\x1b[1m.csv",
    ],
)
def test_a_name_of_any_bytes_is_refused_alone_and_every_later_night_runs(
    home: Home, take: Take, ask: Ask, settings: Settings, name: bytes
) -> None:
    staff_list(home.landing, "2025-03-31", [{}])
    Path(os.fsdecode(os.fsencode(home.landing / "esr_staff_list") + b"/" + name)).write_bytes(b"x")
    lines: list[str] = []
    result = ingest(settings, home, say=lines.append)
    assert [load.outcome for load in result.new] == ["loaded", "refused"]
    told = [*lines, *(text for one in result.findings for text in (one.sentence, *one.places))]
    assert all(text.isprintable() for text in told)
    assert take().new == []
    assert len(read_ledger(home)) == len(ledger_path(home).read_bytes().splitlines()) == 2
    home.warehouse.unlink()
    take()
    assert ask("select outcome from raw.loads order by load_id") == [("loaded",), ("refused",)]


def test_a_ledger_line_may_hold_any_separator_but_its_own_end(home: Home, take: Take) -> None:
    staff_list(home.landing, "2025-03-31", [{}])
    take()
    path = ledger_path(home)
    path.write_text(path.read_text(encoding="utf-8").replace('"reason": null', '"reason": "a\u2028b\u0085c"'), "utf-8")
    assert [load.reason for load in read_ledger(home)] == ["a\u2028b\u0085c"]


def test_names_are_escaped_so_that_no_two_files_share_one() -> None:
    names = [os.fsdecode(b"caf\xe9.csv"), "caf\\xe9.csv", "caf\\udce9.csv", "café.csv", "a b.csv"]
    assert [writable(name) for name in names] == [
        "caf\\udce9.csv",
        "caf\\\\xe9.csv",
        "caf\\\\udce9.csv",
        "café.csv",
        "a b.csv",
    ]


def test_a_folder_that_is_a_link_or_may_not_be_read_is_told_and_not_passed_over(
    home: Home, take: Take, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.prepare()
    staff_list(tmp_path / "elsewhere", "2025-03-31", [{}])
    (home.landing / "esr_staff_list").rmdir()
    (home.landing / "esr_staff_list").symlink_to(tmp_path / "elsewhere/esr_staff_list")
    real_scandir = os.scandir

    def forbidden(path: str) -> object:
        if str(path).endswith("/board"):
            raise PermissionError(13, "Permission denied", path)
        return real_scandir(path)

    monkeypatch.setattr("os.scandir", forbidden)
    result = take()
    told = {one.places: (one.severity, one.sentence) for one in result.findings if one.name == "folder_not_looked_into"}
    assert set(told) == {("esr_staff_list",), ("board",)}
    assert told["esr_staff_list",][0] == "critical"
    assert "could not be looked into: it is a link" in told["esr_staff_list",][1]
    assert told["board",][0] == "warning"
    assert "Permission denied" in told["board",][1]
    assert len(result.waiting) == 2


def test_a_name_that_is_none_of_the_contract_is_told_by_folder_and_sha256_alone(
    home: Home, take: Take, ask: Ask
) -> None:
    home.prepare()
    (home.landing / "esr_staff_list/Jane Bowes grievance.csv").write_bytes(b"x")
    (home.landing / "Jane Bowes").mkdir()
    (home.landing / "Jane Bowes/notes.csv").write_bytes(b"y")
    for _ in range(2):
        result = take()
        assert [one.severity for one in result.findings] == ["warning", "critical"]
        assert "A file in esr_staff_list (" in result.findings[1].sentence
        assert "its SHA-256 begins 2d711642b726" in result.findings[1].sentence
        assert not [one for one in result.findings if "Bowes" in str(one)]
    assert len(result.new) == 0
    shown = str(ask("select * exclude (dropped_path) from raw.loads"))
    assert "Bowes" not in shown
    assert "Jane Bowes grievance.csv" in ledger_path(home).read_text(encoding="utf-8")


def test_new_bytes_of_the_same_size_and_time_are_a_correction(home: Home, take: Take) -> None:
    path = staff_list(home.landing, "2025-03-31", [{"Gender": "Female"}, {"FTE": "0"}])
    take()
    then = path.stat()
    path.write_bytes(path.read_bytes().replace(b",0,", b",1,"))
    os.utime(path, ns=(then.st_atime_ns, then.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (then.st_size, then.st_mtime_ns)
    assert [load.outcome for load in take().new] == ["correction"]


def test_the_same_bytes_with_the_same_time_put_back_make_no_new_record(home: Home, take: Take) -> None:
    path = staff_list(home.landing, "2025-03-31", [{}])
    take()
    then, written = path.stat(), path.read_bytes()
    path.unlink()
    path.write_bytes(written)
    os.utime(path, ns=(then.st_atime_ns, then.st_mtime_ns))
    assert take().new == []
