"""A publish that dies anywhere leaves a whole release current, and the next one clears up after it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.configure import PROJECT, Settings
from flows.home import Home
from flows.point import append_line, read_lines, verify
from flows.publish import Release, current_release, mend, publish, releases, standing_inputs_hash
from tests.publish.conftest import a_page, a_run, change, judge, publish_night, unknown_share

Night = Callable[..., Release]


class PowerCut(BaseException):
    """The machine stops here: nothing that runs afterwards may count on having run."""


def cut_power_at(monkeypatch: pytest.MonkeyPatch, moment: int) -> list[str]:
    """Stop at the `moment`-th call that asks the operating system to keep something. Returns the calls so far."""
    calls: list[str] = []

    def counted(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*given: object, **named: object) -> object:
            calls.append(name)
            if len(calls) == moment:
                raise PowerCut
            return real(*given, **named)

        return call

    for name in ("fsync", "rename", "replace", "symlink", "mkdir", "chmod", "fchmod", "rmdir", "unlink"):
        monkeypatch.setattr(os, name, counted(name, getattr(os, name)))
    return calls


def publish_second(settings: Settings, home: Home, number: int) -> Release:
    """The night that is cut: it keeps one release only, so that removing the old one is cut too."""
    change(home, f"update marts.indicator_values set value = {number / 1000} where \"group\" = 'unknown'")
    keeps_one = settings.model_copy(update={"retention": settings.retention.model_copy(update={"releases_kept": 1})})
    return publish(keeps_one, home, a_run(settings, number), judge(home), a_page)


def assert_whole(home: Home, allowed: set[float]) -> float:
    """Whoever follows the link or reads current.txt finds a whole release, old or new."""
    by_link = verify(home, home.current.readlink().name)
    by_text = verify(home, home.current_txt.read_text().strip())
    assert by_link.path.is_dir()
    values = {unknown_share(by_link.marts), unknown_share(by_text.marts)}
    assert values <= allowed
    return unknown_share(by_link.marts)


def test_whatever_the_moment_of_a_power_cut_the_current_release_is_whole(
    settings: Settings, warehouse: Home, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    night(1)
    now_at, moment, number, cuts, moved = 0.001, 0, 2, 0, 0
    while True:
        moment += 1
        with monkeypatch.context() as cut:
            calls = cut_power_at(cut, moment)
            try:
                publish_second(settings, warehouse, number)
            except PowerCut:
                cuts += 1
            else:
                break
        seen = assert_whole(warehouse, {now_at, number / 1000})
        moved += seen != now_at
        mend(warehouse)
        assert assert_whole(warehouse, {seen}) == seen
        assert warehouse.current.readlink().name == warehouse.current_txt.read_text().strip()
        assert not list(warehouse.releases.glob(".*")), f"left over after {calls[-1]} at moment {moment}"
        current = current_release(warehouse)
        assert current is not None
        assert standing_inputs_hash(warehouse) == current.inputs_hash, "what was never current is not 'published'"
        assert releases(warehouse)[0].is_current, "a release that no reader was pointed to is cleared"
        now_at, number = seen, number + 1
        moment += 8 if 12 < len(calls) < 60 else 0  # sealing is many equal calls: every ninth is enough there
    assert cuts > 20
    assert moved > 3, "some cuts came after the pointer had moved"
    assert unknown_share(releases(warehouse)[0].marts) == number / 1000


def test_an_error_anywhere_leaves_nothing_behind(
    settings: Settings, warehouse: Home, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = night(1)

    def fails(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="No space"):
        publish_second(settings, warehouse, 2)
    assert [one.name for one in warehouse.releases.iterdir() if one.name.startswith(".")] == []
    monkeypatch.undo()
    assert_whole(warehouse, {0.001})
    assert current_release(warehouse) == old


KILLED = """
import sys, time
from pathlib import Path
import flows.publish
from flows.configure import load_settings
from flows.home import Home
from tests.publish.conftest import a_page, a_run, judge

settings = load_settings(Path(sys.argv[1]))
home = Home.of(settings)
wait_at = sys.argv[2]
real = getattr(flows.publish, wait_at)

def waits(*given, **named):
    if wait_at != "move_pointer":
        real(*given, **named)
    else:
        home.releases.joinpath(".current.00.tmp").symlink_to(given[1])
    print("here", flush=True)
    time.sleep(60)

setattr(flows.publish, wait_at, waits)
flows.publish.publish(settings, home, a_run(settings, int(sys.argv[3])), judge(home), a_page)
"""


@pytest.mark.parametrize("moment", ["_copy_marts", "_seal", "_write_manifest", "move_pointer", "record_published"])
def test_kill_9_leaves_a_whole_release_and_the_next_publish_clears_up(
    settings: Settings, warehouse: Home, night: Night, moment: str
) -> None:
    night(1)
    change(warehouse, "update marts.indicator_values set value = 0.002 where \"group\" = 'unknown'")
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(settings.source), moment, "2"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout and process.stdout.readline() == "here\n"
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=30)
    assert_whole(warehouse, {0.002 if moment == "record_published" else 0.001})
    night(3)
    assert_whole(warehouse, {0.003})
    assert not list(warehouse.releases.glob(".*"))
    kept = {one.release_id[:8] for one in releases(warehouse)}
    assert kept == {"20250401", "20250403"} | ({"20250402"} if moment == "record_published" else set())


def test_no_moment_of_a_publish_shows_a_reader_no_release(settings: Settings, warehouse: Home) -> None:
    home = warehouse
    publish_night(settings, home, 1)
    program = (
        "import sys, os, pathlib\n"
        "home = pathlib.Path(sys.argv[1]); seen = set()\n"
        "print('ready', flush=True)\n"
        "while not (home / 'stop').exists():\n"
        "    link = os.readlink(home / 'current'); text = (home / 'current.txt').read_text()\n"
        "    assert text.endswith('\\n') and text.strip()\n"
        "    for name in (link, text.strip()):\n"
        "        for part in ('restricted/marts.duckdb', 'manifest.json'):\n"
        "            assert (home / name / part).stat().st_size\n"
        "        seen.add(name[:8])\n"
        "print(*sorted(seen), flush=True)\n"
    )
    reader = subprocess.Popen([sys.executable, "-c", program, str(home.releases)], stdout=subprocess.PIPE, text=True)
    assert reader.stdout and reader.stdout.readline() == "ready\n"
    for number in (2, 3, 4):
        publish_night(settings, home, number)
    time.sleep(0.2)
    (home.releases / "stop").touch()
    assert reader.communicate(timeout=30)[0] == "20250401 20250402 20250403 20250404\n"
    assert reader.returncode == 0


def test_a_lost_link_is_made_again_from_the_text(night: Night, home: Home) -> None:
    release = night(1)
    home.current.unlink()
    current = current_release(home)
    assert current is not None
    assert current.release_id == release.release_id
    mend(home)
    assert home.current.readlink() == Path(release.release_id)


def test_a_lost_ledger_removes_no_release(night: Night, home: Home) -> None:
    for number in (1, 2, 3):
        night(number)
    (home.ledger / "releases.jsonl").unlink()
    mend(home)
    mend(home)
    assert len(releases(home)) == 3


def test_a_line_that_a_power_cut_left_half_spoils_no_other(home: Home) -> None:
    ledger = home.ledger / "releases.jsonl"
    append_line(ledger, {"number": 1})
    with ledger.open("a") as handle:
        handle.write('{"number": 2')
    append_line(ledger, {"number": 3})
    assert [one["number"] for one in read_lines(ledger)] == [1, 3]
    assert ledger.stat().st_mode & 0o777 == 0o600
