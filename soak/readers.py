"""A hundred readers ask while a writer publishes and rolls back: no error, and no answer mixed of two releases.

Readers are processes and threads in them. They open the release as people do: through the link `current`, through
`current.txt`, through `flows.query`, and by `parity sql`. Every reader asks several questions with time between them;
all answers must be those of one release, and its content the one that the ledger of releases tells of.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from soak import Options, PromiseBroken

READERS = 100
ROWS = 1000
THREADS = 5
"""Readers of one process."""
SECONDS = 120.0
PAUSE_SECONDS = 0.2
"""Between two readings of one reader, so that the writer comes to its turn."""
KINDS = ("link", "text", "query", "command")
ONE_IN_COMMANDS = 25
"""One of so many readers starts `parity sql` each time, which costs a process."""

WAREHOUSE = f"""
create schema marts; create schema raw;
create table marts.indicator_values (id bigint primary key, number bigint not null);
insert into marts.indicator_values select range, 0 from range({ROWS});
create table marts.indicator_comparisons (id bigint primary key, number bigint not null);
insert into marts.indicator_comparisons select range, 0 from range({ROWS});
"""
QUESTION = (
    "select (select max(run_id) from run_history) as release_id, min(number) as low, max(number) as high, "
    "count(*) as rows from {table}"
)
TABLES = ("indicator_values", "indicator_comparisons")


@dataclass(frozen=True)
class _Read:
    """What one reader found: how it read, which release, and what went wrong."""

    kind: str
    release_id: str
    wrong: str = ""


def run(options: Options) -> list[str]:
    """Let `count` readers ask for `seconds` while releases change; returns the figures."""
    count, seconds = options.count or READERS, options.seconds or SECONDS
    with tempfile.TemporaryDirectory(prefix="parity_readers_") as named:
        reads, publishes, rollbacks = read_while_writing(Path(named), count, seconds, random.Random(options.seed))
    if wrong := [one for one in reads if one.wrong]:
        raise PromiseBroken(f"{len(wrong)} of {len(reads)} readings went wrong: {wrong[0].kind}: {wrong[0].wrong}")
    kinds = Counter(one.kind for one in reads)
    return [
        f"readers {count}, readings {len(reads)}, errors 0, mixed 0",
        "by: " + ", ".join(f"{kind} {kinds[kind]}" for kind in KINDS),
        f"releases published {publishes}, rolled back {rollbacks}, "
        f"met by readers {len({one.release_id for one in reads})}",
    ]


def read_while_writing(folder: Path, count: int, seconds: float, chance: random.Random) -> tuple[list[_Read], int, int]:
    """The readings, and how many releases were published and rolled back meanwhile."""
    config = _set_up(folder)
    made = multiprocessing.get_context("spawn")
    answers: Any = made.Queue()
    begin, stop = made.Event(), made.Event()
    kinds = [_kind(number) for number in range(count)]
    readers = [
        made.Process(target=_read_many, args=(str(config), kinds[at : at + THREADS], answers, begin, stop))
        for at in range(0, count, THREADS)
    ]
    reads: list[_Read] = []
    try:
        for reader in readers:
            reader.start()
        for _ in readers:
            answers.get(timeout=300)  # each says that it is there
        begin.set()
        publishes, rollbacks = _write(config, time.monotonic() + seconds, chance)
        stop.set()
        for _ in range(count):
            reads += answers.get(timeout=300)
    finally:
        stop.set()
        for reader in readers:
            reader.join(60)
            if reader.is_alive():
                reader.kill()
    return reads, publishes, rollbacks


def _kind(number: int) -> str:
    return "command" if number % ONE_IN_COMMANDS == 3 else KINDS[number % 3]


def _set_up(folder: Path) -> Path:
    import duckdb

    from flows.configure import load_settings
    from flows.home import Home

    config = folder / "parity.toml"
    config.write_text(
        '[organisation]\nname = "Readers"\nods_code = "XPT"\n[home]\npath = "home"\n[clock]\nas_of_date = 2025-05-05\n'
        "[retention]\nreleases_kept = 1\n[database]\nthreads = 1\n",
        encoding="utf-8",
    )
    home = Home.of(load_settings(config))
    home.prepare()
    from flows.ingest.remember import LOADS_TABLE

    with duckdb.connect(str(home.warehouse)) as con:
        con.execute(WAREHOUSE + LOADS_TABLE)
    _publish(config, 1)
    return config


def _write(config: Path, until: float, chance: random.Random) -> tuple[int, int]:
    from flows.configure import load_settings
    from flows.home import Home
    from flows.lock import hold
    from flows.point import current_id, releases, rollback

    settings = load_settings(config)
    home = Home.of(settings)
    publishes = rollbacks = 0
    while time.monotonic() < until:
        others = [one.release_id for one in releases(home) if one.release_id != current_id(home)]
        if others and chance.random() < 0.4:
            with hold(home, "rollback"):
                rollback(settings, home, chance.choice(others), "Writer", "to try it")
            rollbacks += 1
        else:
            publishes += 1
            _publish(config, publishes + 1)
    return publishes, rollbacks


def _publish(config: Path, number: int) -> None:
    """Publish a release in which every number is `number`."""
    import dataclasses

    import duckdb

    from flows.configure import load_settings
    from flows.fingerprint import content_hash
    from flows.home import Home
    from flows.lock import hold
    from flows.publish import publish
    from flows.record import new_run, write_run
    from flows.recover import latest_id
    from soak.play import Verdict

    settings = load_settings(config)
    home = Home.of(settings)
    with hold(home, "nightly"):
        with duckdb.connect(str(home.warehouse)) as con:
            for table in TABLES:
                con.execute(f"update marts.{table} set number = {number}")
            verdict = Verdict(content_hash(con))
        run = new_run("XPT", settings.as_of_date, after=latest_id(home))
        run.inputs_hash = str(number)
        release = publish(settings, home, run, verdict)
        write_run(home.runs, dataclasses.replace(run, outcome="published", release_id=release.release_id))


def _read_many(config: str, kinds: list[str], answers: Any, begin: Any, stop: Any) -> None:
    """One process of readers, a thread each."""
    os.nice(10)  # the writer must come to its turn among a hundred
    answers.put(os.getpid())
    begin.wait()

    def reader(kind: str) -> None:
        reads: list[_Read] = []
        while not stop.is_set() or not reads:
            try:
                reads.append(_read_once(Path(config), kind))
            except Exception as error:
                reads.append(_Read(kind, "", f"{type(error).__name__}: {error}"))
            time.sleep(PAUSE_SECONDS)
        answers.put(reads)

    threads = [threading.Thread(target=reader, args=(kind,)) for kind in kinds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _read_once(config: Path, kind: str) -> _Read:
    from flows.configure import load_settings
    from flows.home import Home

    home = Home.of(load_settings(config))
    found, content = {"query": _ask_by_query, "command": _ask_by_command}.get(kind, _ask_by_duckdb)(config, home, kind)
    release_id, low, high, rows = found[0]
    if len(set(found)) != 1 or low != high or rows != ROWS:
        return _Read(kind, release_id, f"mixed figures: {found}")
    if content and content != _judged(home, release_id):
        return _Read(kind, release_id, f"{release_id} has another content than the ledger tells of")
    return _Read(kind, release_id)


def _ask_by_duckdb(_: Path, home: Any, kind: str) -> tuple[list[tuple[Any, ...]], str]:
    import duckdb

    from flows.fingerprint import content_hash

    where = home.current if kind == "link" else home.releases / home.current_txt.read_text(encoding="utf-8").strip()
    with contextlib.closing(duckdb.connect(str(where / "restricted" / "marts.duckdb"), read_only=True)) as con:
        con.execute("set schema = 'marts'; set enable_progress_bar = false; set threads = 1")
        found = []
        for table in TABLES:
            found += con.execute(QUESTION.format(table=table)).fetchall()
            time.sleep(0.05)
        return found, content_hash(con)


def _ask_by_query(_: Path, home: Any, kind: str) -> tuple[list[tuple[Any, ...]], str]:
    from flows.fingerprint import content_hash
    from flows.query import open_release, run_sql

    with open_release(home) as (release, con):
        found = []
        for table in TABLES:
            found += con.execute(QUESTION.format(table=table)).fetchall()
            time.sleep(0.05)
        content = content_hash(con)
        if content != release.content_hash:
            found.append(("another content than the manifest's", 0, 0, 0))
    run_sql(home, QUESTION.format(table=TABLES[0]))
    return found, content


def _ask_by_command(config: Path, home: Any, kind: str) -> tuple[list[tuple[Any, ...]], str]:
    """One question that reads both tables: each command finds its release anew."""
    both = " union all ".join(QUESTION.format(table=table) for table in TABLES)
    told = subprocess.run(
        [sys.executable, "-m", "flows.cli", "--config", str(config), "sql", "--format", "json", both],
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode:
        raise PromiseBroken(f"parity sql ended with {told.returncode}: {told.stderr.strip()}")
    rows = json.loads(told.stdout)
    return [(row["release_id"], row["low"], row["high"], row["rows"]) for row in rows], ""


def _judged(home: Any, release_id: str) -> str | None:
    """What was judged and published under this name. The ledger's line follows the pointer's move."""
    from flows.point import read_lines

    for _ in range(200):
        for line in read_lines(home.ledger / "releases.jsonl"):
            if line.get("event") == "published" and line["release_id"] == release_id:
                return str(line["content_hash"])
        time.sleep(0.05)
    return None
