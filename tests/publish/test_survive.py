"""A publish that dies anywhere leaves a whole release current, and the next one clears up after it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
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


def telling_moments(calls: list[str]) -> list[int]:
    """Every moment, but of those with the same call before, at and after it only the first: sealing is 30 alike."""
    seen: Counter[tuple[str, ...]] = Counter()
    moments = []
    for moment in range(1, len(calls) + 1):
        around = tuple(calls[max(moment - 2, 0) : moment + 1])
        seen[around] += 1
        if seen[around] == 1:
            moments.append(moment)
    return moments


def test_whatever_the_moment_of_a_power_cut_the_current_release_is_whole(
    settings: Settings, warehouse: Home, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    night(1)
    with monkeypatch.context() as uncut:
        calls = _calls_of(settings, warehouse, uncut)
    moments = telling_moments(calls)
    assert {"replace", "rename", "symlink"} <= {calls[moment - 1] for moment in moments}
    now_at, moved = 0.002, 0
    for number, moment in enumerate(moments, start=3):
        with monkeypatch.context() as cut:
            cut_power_at(cut, moment)
            with pytest.raises(PowerCut):
                publish_second(settings, warehouse, number)
        seen = assert_whole(warehouse, {now_at, number / 1000})
        moved += seen != now_at
        mend(warehouse)
        assert assert_whole(warehouse, {seen}) == seen
        assert warehouse.current.readlink().name == warehouse.current_txt.read_text().strip()
        assert not list(warehouse.releases.glob(".*")), f"left over after {calls[moment - 1]}, moment {moment}"
        current = current_release(warehouse)
        assert current is not None
        assert standing_inputs_hash(warehouse) == current.inputs_hash, "what was never current is not 'published'"
        assert releases(warehouse)[0].is_current, "a release that no reader was pointed to is cleared"
        now_at = seen
    assert 3 < moved < len(moments) - 5, "some cuts came before the pointer moved, and some after"


def _calls_of(settings: Settings, home: Home, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    calls = cut_power_at(monkeypatch, 0)
    publish_second(settings, home, 2)
    return calls


def test_whatever_the_moment_of_a_power_cut_mending_can_be_done_again(
    warehouse: Home, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worst that a publish leaves: half a folder, a release nobody was pointed to, and link and text apart."""
    for number in (1, 2, 3):
        night(number)
    newest = releases(warehouse)[0].path
    shutil.copytree(newest, newest.with_name("20250404T023000Z_aaaaaa"))
    shutil.copytree(newest, newest.with_name(".20250405T023000Z_aaaaaa.tmp"))
    warehouse.current_txt.write_text(releases(warehouse)[2].release_id)
    moment = 0
    for moment in range(1, 100):
        with monkeypatch.context() as cut:
            cut_power_at(cut, moment)
            try:
                mend(warehouse)
            except PowerCut:
                assert_whole(warehouse, {0.002, 0.003})
                continue
            break
    assert moment > 10
    assert_whole(warehouse, {0.003})
    assert [one.release_id[:8] for one in releases(warehouse)] == ["20250403", "20250402", "20250401"]
    assert not list(warehouse.releases.glob(".*"))


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
