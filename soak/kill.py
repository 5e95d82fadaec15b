"""Kill nights, hundreds of them, at every step and at any moment, and look each time whether everything promised holds.

Two ways. A play (`soak.play`) is struck at its n-th request to the operating system or the database, for every n there
is: all but dbt, the gate and Prefect is real in it, so it costs a second. And `parity nightly` itself is killed at
random moments of each step, with all its children or alone.

After each kill: the pointer, as a link and as a text, names a whole release whose content is what was judged. After
the night that follows: it ended by itself, no load is lost or doubled, every file that a dead process left is gone, and
every message was delivered at least once under one Message-ID.
"""

from __future__ import annotations

import json
import math
import os
import random
import shutil
import signal
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from soak import Options, PromiseBroken
from soak.post import delivered, post_office

STRIKES = 400
"""How many plays are struck where nobody says how many."""

NIGHTS_ARE_ONE_IN = 20
"""A real night costs minutes and a play a second: so many plays for each real night that is killed."""

STEPS_OF_A_PLAY = (
    "start",
    "pick up",
    "ingest",
    "build",
    "check",
    "disclose",
    "publish",
    "alert",
    "approve",
    "rollback",
)
"""What a play goes through at least: steps of the night, and what people do by day."""

TOLERANCE_SECONDS = 0.004
"""A play is struck up to so long after a call began, where it is not struck before it."""


@dataclass
class Figures:
    """What was counted."""

    kills: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    steps: set[str] = field(default_factory=set)
    survived: int = 0
    recovered: int = 0
    moved: int = 0
    messages: int = 0
    deliveries: int = 0
    told_twice: int = 0
    nights_killed: Counter[str] = field(default_factory=Counter)
    nights_recovered: int = 0
    orphans_gone: int = 0

    def lines(self) -> list[str]:
        """A line each."""
        said = [
            f"plays struck {sum(self.kills.values())}, recovered by the next night {self.recovered}, "
            f"ended before the strike {self.survived}",
            "at: " + ", ".join(f"{step} {count}" for step, count in sorted(self.kills.items())),
            "before or amid: " + ", ".join(f"{name} {count}" for name, count in self.calls.most_common()),
            f"the pointer had moved to the new release in {self.moved}",
            f"messages {self.messages}, deliveries {self.deliveries}, lost 0, "
            f"delivered again under their own id {self.deliveries - self.messages}, "
            f"told again by a message of another night {self.told_twice}",
            "loads lost 0, loads doubled 0, rows that no record counts 0",
        ]
        if self.nights_killed:
            said.append(
                f"real nights killed {sum(self.nights_killed.values())}: "
                + ", ".join(f"{step} {count}" for step, count in sorted(self.nights_killed.items()))
            )
            said.append(
                f"real nights recovered by themselves {self.nights_recovered}, "
                f"children left behind by a lone kill {self.orphans_gone} and gone within seconds"
            )
        return said


@dataclass
class Ground:
    """Where a soak happens: its folder, the mail server's port and what it took, chance, the figures, and its end."""

    folder: Path
    port: int
    taken: Path
    chance: random.Random
    figures: Figures = field(default_factory=Figures)
    until: float = math.inf

    @property
    def is_over(self) -> bool:
        """Whether the time that was given is over."""
        return perf_counter() > self.until


def run(options: Options) -> list[str]:
    """Strike plays, then kill real nights. `count` is the number of plays; real nights are one to twenty."""
    from soak.kill_nights import kill_nights

    count = STRIKES if options.count is None else options.count
    with ground(options) as here:
        strike_plays(here, count)
        if count >= NIGHTS_ARE_ONE_IN:
            kill_nights(here, count // NIGHTS_ARE_ONE_IN)
        return here.figures.lines()


@contextmanager
def ground(options: Options) -> Iterator[Ground]:
    """A folder of its own and a mail server, for as long as the block."""
    until = perf_counter() + options.seconds if options.seconds else math.inf
    with tempfile.TemporaryDirectory(prefix="parity_soak_") as named:
        taken = Path(named) / "mail.jsonl"
        with post_office(taken) as port:
            yield Ground(Path(named), port, taken, random.Random(options.seed), until=until)


def strike_plays(here: Ground, count: int) -> None:
    """Strike `count` plays, the moments spread over all steps and calls that a play has."""
    os.environ["PARITY_PSEUDONYM_SECRET"] = preload()
    base = here.folder / "base"
    base.mkdir()
    apart(lambda: first_night(base, here.port))
    calls, expected = _whole_play(here, base)
    here.figures.steps = {step for step, _ in calls}
    for number, at in enumerate(moments(calls, count, here.chance)):
        if here.is_over:
            break
        delay = here.chance.choice((0.0, 0.0, here.chance.uniform(0, TOLERANCE_SECONDS)))
        name = f"call {at} of {len(calls)} ({': '.join(calls[at - 1])}), {delay:.4f} s"
        _Trial(here, base, f"play{number}@trust.test", name).strike(at, delay, calls, expected)


@dataclass(frozen=True)
class _Trial:
    """One play: where it is played, who gets its messages, and how it is named where a promise breaks."""

    here: Ground
    base: Path
    to: str
    name: str

    @property
    def place(self) -> Path:
        """The folder of the trial."""
        return self.here.folder / "trial"

    def strike(self, at: int, delay: float, calls: Sequence[tuple[str, str]], expected: dict[str, Any]) -> None:
        """Strike it once, look at once, let the next night work, and look again."""
        figures = self.here.figures
        config = self.prepare()
        status, said = apart(lambda: _struck(config, at, delay), may_die=True)
        if status == -signal.SIGKILL:
            step, call = calls[at - 1]
            figures.kills[step] += 1
            figures.calls[call] += 1
        else:
            figures.survived += 1
        self.promise(status in (0, -signal.SIGKILL), f"the night broke instead of dying: {said}")
        figures.moved += apart(lambda: look_at_pointer(config))[1]
        found = apart(lambda: _recover(config))[1]
        wrong = [name for name in expected if found[name] != expected[name]]
        self.promise(not wrong, f"after the next night {wrong} differ: {[(found[n], expected[n]) for n in wrong]}")
        figures.recovered += status == -signal.SIGKILL
        self.count_messages(figures)
        shutil.rmtree(self.place)

    def prepare(self) -> Path:
        """The home as it was before the night that is struck, its files dropped; returns its configuration."""
        from flows.home import Home
        from soak.play import configure, drop_second

        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self.base, self.place, symlinks=True)
        home = Home(self.place / "home")
        drop_second(home)
        for left in (home.releases / ".20250101T000000Z_aaaaaa.tmp", home.scratch / "duckdb"):
            left.mkdir()
            (left / "spilt").write_text("half", encoding="utf-8")  # so that there is something to pick up
        return configure(self.place, self.here.port, self.to, loads_years=1)

    def count_messages(self, figures: Figures) -> None:
        """Every message that was written was delivered, under its own id; everything to tell was told."""
        from soak.play import TOLD

        got = delivered(self.here.taken, self.to)
        ids = {one.message_id for one in got}
        kept = {path.stem for path in (self.place / "home/private/outbox/sent").glob("*.json")} - self.before()
        waiting = [path.name for path in (self.place / "home/private/outbox").glob("*.json")]
        self.promise(not waiting, f"messages still wait: {waiting}")
        self.promise({f"<{one}@trust.test>" for one in kept} == ids, f"kept {kept}, delivered {ids}")
        for words in TOLD:
            self.promise(any(words in one.text for one in got), f"nobody was told of {words!r}")
            figures.told_twice += len({one.message_id for one in got if words in one.text}) - 1
        figures.messages += len(ids)
        figures.deliveries += len(got)

    def before(self) -> set[str]:
        """Messages of the nights before."""
        return {path.stem for path in (self.base / "home/private/outbox/sent").glob("*.json")}

    def promise(self, holds: bool, said: str) -> None:
        """Keep the home for whoever looks into it, and raise PromiseBroken, where a promise does not hold."""
        if not holds:
            kept = Path(tempfile.mkdtemp(prefix="parity_soak_broken_")) / "trial"
            with suppress(OSError):
                shutil.copytree(self.place, kept, symlinks=True)
            raise PromiseBroken(f"{self.name}: {said} (the home is kept in {kept})")


def preload() -> str:
    """Import in this process what every child needs, so that a fork costs no import. Returns the plays' secret."""
    import apprise.plugins.email.base  # noqa: F401
    import pandas  # noqa: F401
    import pyarrow.compute  # noqa: F401

    import soak.play
    import soak.strike

    return soak.play.SECRET


def first_night(base: Path, port: int) -> None:
    """Make a home with two nights published in a folder."""
    from flows.configure import load_settings
    from flows.home import Home
    from soak.play import configure, drop_first, play, write_snapshot

    config = configure(base, port, "first@trust.test")
    home = Home.of(load_settings(config))
    home.prepare()
    for night in (drop_first, lambda home: write_snapshot(home, "2025-02-28", 41, version=2)):
        night(home)
        outcome = play(config, lambda _: None)
        assert outcome == "published", outcome


def _whole_play(here: Ground, base: Path) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """The calls of a play that nobody strikes, and how the home stands after it."""
    trial = _Trial(here, base, "whole@trust.test", "the play that nobody strikes")
    config = trial.prepare()
    calls = apart(lambda: _struck(config, 0, 0.0))[1]
    expected = apart(lambda: _recover(config))[1]
    trial.count_messages(Figures())
    return [(step, call) for step, call in calls], expected


def _struck(config: Path, at: int, delay: float) -> list[tuple[str, str]]:
    from soak.play import play, play_day
    from soak.strike import Strike

    strike = Strike(at, delay)
    strike.arm()
    outcome = play(config, strike.say)
    if outcome != "published":
        raise PromiseBroken(f"the night ended as {outcome}")
    play_day(config, strike.say)
    return strike.calls


def look_at_pointer(config: Path) -> bool:
    """Whoever follows link or text finds a whole release, its content as judged. Returns whether it is the new one."""
    import duckdb

    from flows.configure import load_settings
    from flows.fingerprint import content_hash
    from flows.home import Home
    from flows.point import verify

    home = Home.of(load_settings(config))
    names = {home.current.readlink().name, home.current_txt.read_text(encoding="utf-8").strip()}
    for name in names:
        release = verify(home, name)
        with duckdb.connect(str(release.marts), read_only=True) as con:
            if content_hash(con) != release.content_hash:
                raise PromiseBroken(f"{name} does not hold what was judged")
    inputs = [one for name in names for one in verify(home, name).manifest["inputs"]]
    return any(one["as_at_date"] == "2025-04-30" for one in inputs)


def _recover(config: Path) -> dict[str, Any]:
    """Run the night that follows, finish the day, and say how the home stands. Raises PromiseBroken."""
    from flows.configure import load_settings
    from flows.disclose.remember import ever_open
    from flows.home import Home
    from flows.lock import holder
    from flows.point import current_release, releases
    from soak.play import died, facts, play, play_day

    home = Home.of(load_settings(config))
    dead = {run.run_id for run in died(home)}
    outcome = play(config, lambda _: None)
    if outcome not in ("published", "nothing_new"):
        raise PromiseBroken(f"the next night ended as {outcome}: {_broken_because(home)}")
    play_day(config, lambda _: None)
    look_at_pointer(config)
    if holder(home) is not None:
        raise PromiseBroken("somebody still holds the lock")
    if left := _left_over(home):
        raise PromiseBroken(f"left over: {left}")
    if {run.run_id for run in died(home)} != dead:
        raise PromiseBroken("the next night did not end its record")
    ever_open(home)  # raises where a part that was open is not remembered as it was
    found = facts(home)
    current = current_release(home)
    if current is None or current.content_hash != found["content"] or not releases(home)[0].is_current:
        raise PromiseBroken("readers do not have the figures of the last build")
    if not found["rows_are_recorded"]:
        raise PromiseBroken("rows in the warehouse that no record counts, or the reverse")
    return found


def _broken_because(home: Any) -> str:
    from flows.record import read_runs

    return "; ".join(one.sentence for one in read_runs(home.runs)[-1].findings if one.severity == "critical")


def _left_over(home: Any) -> list[str]:
    """Half-written files. Those beside their place may stay an hour, lest a living process lose its own."""
    folders = (home.releases, home.copies, home.quarantine)
    return [path.name for folder in folders for path in folder.glob(".*.tmp")] + [
        path.name for path in home.private.glob("warehouse.*") if path != home.warehouse
    ]


def moments(calls: Sequence[tuple[str, str]], count: int, chance: random.Random) -> list[int]:
    """`count` numbers of calls, from 1 on: every call once as often as it goes, the rest from each step in turn."""
    rounds, rest = divmod(count, len(calls))
    of_step: dict[str, list[int]] = {}
    for number, (step, _) in enumerate(calls, start=1):
        of_step.setdefault(step, []).append(number)
    for numbers in of_step.values():
        chance.shuffle(numbers)
    picked: list[int] = []
    while len(picked) < rest:
        picked += [numbers.pop() for numbers in of_step.values() if numbers]
    return [*(list(range(1, len(calls) + 1)) * rounds), *picked[:rest]]


def apart(work: Callable[[], Any], may_die: bool = False) -> tuple[int, Any]:
    """Do a piece of work in a process of its own; returns how it ended and what it returned or said.

    This process opens no database and starts no thread, so that a fork of it is whole. Raises PromiseBroken with the
    words of the child where it raised.
    """
    with tempfile.TemporaryFile() as answer:
        child = os.fork()
        if child == 0:
            _answer(work, answer.fileno())
        _, ended = os.waitpid(child, 0)
        status = os.waitstatus_to_exitcode(ended)
        answer.seek(0)
        written = answer.read()
    said = json.loads(written) if written else None
    if status not in (0, *([-signal.SIGKILL] if may_die else [])):
        raise PromiseBroken(str(said))
    return status, said


def _answer(work: Callable[[], Any], answer: int) -> None:
    """In the child: never returns."""
    write = os.write
    try:
        said, status = work(), 0
    except BaseException as error:
        said, status = f"{error}\n{traceback.format_exc()}", 1
    try:
        write(answer, json.dumps(said, default=str).encode())
    finally:
        os._exit(status)
