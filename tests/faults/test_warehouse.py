"""A damaged warehouse is found, said, and built anew from the kept files by one command; readers notice nothing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from flows.rebuild import RebuildRefused, rebuild
from flows.recover import damage
from tests.faults.conftest import Played


def cut_in_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def make_a_text(path: Path) -> None:
    path.write_text("This is no database.\n" * 1000, encoding="utf-8")


def flip(path: Path, at: int) -> None:
    with path.open("r+b") as handle:
        handle.seek(at)
        byte = handle.read(1)[0]
        handle.seek(at)
        handle.write(bytes([byte ^ 0xFF]))


def flip_in_the_header(path: Path) -> None:
    flip(path, 4096 + 16)
    flip(path, 8192 + 16)


def flip_in_every_block(path: Path) -> None:
    for at in range(12288 + 1000, path.stat().st_size, 262144):
        flip(path, at)


def put_a_strange_log_beside(path: Path) -> None:
    """A write-ahead file of another database, as a warehouse copied back by hand leaves it."""
    other = path.parent / "other.duckdb"
    program = (
        "import duckdb, os, signal, sys\n"
        "con = duckdb.connect(sys.argv[1], config={'storage_compatibility_version': 'v1.5.0'})\n"
        "con.execute('create schema raw; create table raw.esr_staff_list as select 1 as load_id'); "
        "con.execute('checkpoint')\n"
        "con.execute('insert into raw.esr_staff_list values (1)')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", program, str(other)], check=False).returncode == -signal.SIGKILL
    shutil.move(f"{other}.wal", f"{path}.wal")
    other.unlink()


DAMAGES = {
    cut_in_half: "shorter than it was written",
    empty: "no database",
    make_a_text: "no database",
    flip_in_the_header: "checksum",
    flip_in_every_block: "checksum",
    put_a_strange_log_beside: "write-ahead file",
}


@pytest.mark.parametrize("harm", DAMAGES, ids=lambda harm: harm.__name__)
def test_a_damaged_warehouse_is_found_said_and_built_anew_by_one_command(
    dropped: Played, harm: Callable[[Path], None]
) -> None:
    before = dropped.facts()
    harm(dropped.home.warehouse)
    outcome, findings = dropped.night()
    assert outcome == "broken"
    found = next(one for one in findings if one["name"] == "warehouse_is_damaged")
    assert DAMAGES[harm] in found["sentence"]
    assert "parity rebuild" in found["next_step"]
    assert any("The warehouse is damaged" in one.text for one in dropped.mail())
    dropped.look()

    dropped.rebuild()
    assert dropped.night()[0] == "published"
    after = dropped.facts()
    assert after["rows_are_recorded"]
    assert after["loads"][: len(before["loads"])] == before["loads"], "every load is back under its own number"
    assert not list(dropped.home.private.glob("warehouse.set_aside*")), "the damaged file held people"
    assert any("03-31_v2.csv is a correction" in one.text for one in dropped.mail()), "what came meanwhile is told"
    dropped.look()


def test_a_rebuilt_warehouse_gives_the_figures_that_were_published(played: Played) -> None:
    before = played.facts()
    empty(played.home.warehouse)
    played.rebuild()
    assert played.night()[0] == "published"
    assert played.facts() == before


def test_a_warehouse_that_is_gone_but_for_its_log_is_built_anew_without_a_word(played: Played) -> None:
    before = played.facts()
    put_a_strange_log_beside(played.home.warehouse)
    played.home.warehouse.unlink()
    assert played.night()[0] == "published"
    assert played.facts() == before


def test_what_a_copy_lacks_keeps_the_old_file(played: Played) -> None:
    """A file that can still be read somewhere is not thrown away while a row of it is missing."""
    next(played.home.copies.iterdir()).unlink()
    for path in (played.home.landing / "esr_staff_list").iterdir():
        path.unlink()
    played.rebuild()
    assert len(list(played.home.private.glob("warehouse.set_aside*"))) == 1
    assert played.night()[0] == "published"
    assert len(list(played.home.private.glob("warehouse.set_aside*"))) == 1


def test_nothing_is_rebuilt_from_an_empty_ledger(played: Played) -> None:
    """Without a ledger the old file is all there is."""
    (played.home.ledger / "loads.jsonl").unlink()
    make_a_text(played.home.warehouse)
    from flows.configure import load_settings

    with pytest.raises(RebuildRefused, match="knows of no load"):
        rebuild(load_settings(played.config), played.home, lambda _: None)
    assert played.home.warehouse.read_text(encoding="utf-8").startswith("This is no database")


def test_a_warehouse_that_another_program_holds_is_not_damaged(played: Played) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb, sys; con = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()",
            str(played.home.warehouse),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout and holder.stdout.readline() == "held\n"
    try:
        assert damage(played.home) is None
    finally:
        holder.communicate()
    with duckdb.connect(str(played.home.warehouse)) as con:
        con.execute("select 1")
    assert damage(played.home) is None
