"""Drop thousands of spoilt files and count what becomes of them: each is loaded, rejected by row, refused or waits.

Each batch is taken in by a process of its own, in a home of its own, within bounds of memory and time. What breaks is
looked for alone and told with its seed and number: `python -m soak.fuzz --seed 7 --number 1234` does it again.
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flows.configure import PROJECT, Settings, load_settings
from flows.home import Home
from flows.ingest.define import Landing, read_landing
from soak import Options, PromiseBroken
from soak.spoil import MARK, Input, spoil
from soak.weigh import peak_memory

COUNT = 3000
IN_A_BATCH = 60
PATIENCE = 5
"""How much longer than its own time a process may take on a machine with other work."""
ADDRESS_SPACE = 8_000_000_000
"""Bytes. Libraries reserve much more than they use; this only stops a process that would take the machine with it."""
CONFIGURATION = """
[organisation]
name = "Thamesmere Ambulance Service NHS Trust"
ods_code = "XPT"
[home]
path = "home"
[clock]
as_of_date = 2025-04-05
[ingest]
settle_seconds = 0
[database]
memory_limit = "512MB"
"""


@dataclass
class Figures:
    """What became of many inputs: outcomes, rows, the slowest in seconds of the processor, the peak memory in bytes."""

    outcomes: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    memory: int = 0

    def add(self, other: dict[str, Any]) -> None:
        """Add what one batch reported."""
        self.outcomes.update(other["outcomes"])
        self.rows.update(other["rows"])
        self.slowest = max(self.slowest, (other["slowest"][0], other["slowest"][1]))
        self.memory = max(self.memory, other["memory"])


def run(options: Options) -> list[str]:
    """Take in `count` inputs (default 3,000). Raises PromiseBroken with the seed and number of the first that broke."""
    count, started = options.count or COUNT, time.monotonic()
    figures, done = Figures(), 0
    for first in range(0, count, IN_A_BATCH):
        if options.seconds is not None and time.monotonic() - started > options.seconds:
            break
        numbers = range(first, min(first + IN_A_BATCH, count))
        figures.add(_in_a_process(options.seed, numbers))
        done = numbers.stop
    return list(_told(figures, done, options.seed))


def _told(figures: Figures, done: int, seed: int) -> Iterator[str]:
    limits = read_landing().limits
    outcomes, rows = figures.outcomes, figures.rows
    yield f"{done:,} inputs of seed {seed}: " + ", ".join(f"{count:,} {name}" for name, count in outcomes.most_common())
    yield f"{rows['read']:,} rows read = {rows['loaded']:,} loaded + {rows['rejected']:,} rejected"
    yield f"slowest input {figures.slowest[0]:.1f} s ({figures.slowest[1]}) of {limits['file_most_seconds']} s allowed"
    yield f"peak memory {figures.memory / 1e6:,.0f} MB of {limits['file_most_memory_bytes'] / 1e6:,.0f} MB allowed"


def _in_a_process(seed: int, numbers: Sequence[int]) -> dict[str, Any]:
    """Take a batch in by another process and return its report. Raises PromiseBroken, with the input that did it."""
    said, problem = _ask(seed, numbers)
    if said is not None:
        return said
    for number in numbers if len(numbers) > 1 else ():
        alone, why = _ask(seed, [number])
        if alone is None:
            raise PromiseBroken(f"seed {seed}, number {number}: {why}")
    raise PromiseBroken(f"seed {seed}, numbers {numbers[0]} to {numbers[-1]} together: {problem}")


def _ask(seed: int, numbers: Sequence[int]) -> tuple[dict[str, Any] | None, str]:
    most = read_landing().limits["file_most_seconds"]
    command = [sys.executable, "-m", "soak.fuzz", "--seed", str(seed), "--number", *map(str, numbers)]
    try:
        seconds = PATIENCE * (most + len(numbers))
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return None, "it did not end in time"
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        return None, f"exit {done.returncode}: {' '.join(last)}"
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report, ""


def take_in_all(folder: Path, seed: int, numbers: Sequence[int]) -> dict[str, Any]:
    """Make these inputs in a new home below `folder`, take them in, and hold every promise to what came of them.

    Returns what became of them. Raises PromiseBroken.
    """
    settings = configured(folder)
    home, landing = Home.of(settings), read_landing()
    home.prepare()
    outside = _names(folder)
    inputs = _spoilt(home, landing, seed, numbers)
    seconds: dict[str, float] = {}
    result, said = _night(settings, home, seconds)
    figures = _accounted(home, landing, inputs, result)
    _say_nothing_private(home, said, result)
    _promise(_names(folder) == outside, "something was written outside the home")
    again, _ = _night(settings, home, {})
    _promise(not again.new, f"a second night took {len(again.new)} files in again")
    if numbers[0] // IN_A_BATCH % 4 == 0:
        _built_anew(settings, home)
    slowest = max(seconds, key=lambda path: seconds[path], default="")
    what = next((", ".join(one.what) for one in inputs if str(one.path).endswith(slowest) and slowest), "")
    peak = peak_memory()
    _promise(seconds.get(slowest, 0.0) <= landing.limits["file_most_seconds"], f"{slowest} took too long")
    _promise(peak <= landing.limits["file_most_memory_bytes"], f"it took {peak / 1e6:,.0f} MB of memory")
    return {**figures, "slowest": (seconds.get(slowest, 0.0), what or "an ordinary file"), "memory": peak}


def _spoilt(home: Home, landing: Landing, seed: int, numbers: Sequence[int]) -> list[Input]:
    """The inputs, written by another process: what writing them takes is not what taking them in does."""
    read, write = multiprocessing.get_context("fork").Pipe(duplex=False)

    def work() -> None:
        write.send([spoil(home.landing, landing, seed, number) for number in numbers])

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    write.close()
    inputs: list[Input] = read.recv()
    process.join()
    return inputs


def configured(folder: Path) -> Settings:
    """The configuration of an invented trust whose home is below this folder."""
    path = folder / "parity.toml"
    path.write_text(CONFIGURATION, encoding="utf-8")
    return load_settings(path)


def _night(settings: Settings, home: Home, seconds: dict[str, float]) -> tuple[Any, list[str]]:
    """Take in what lies there; each file's seconds are noted."""
    import flows.ingest

    def timed(intake: Any, file: Any) -> Any:
        started = time.process_time()
        try:
            return take_in(intake, file)
        finally:
            seconds[file.relative] = time.process_time() - started

    module: Any = flows.ingest
    take_in = module.take_in
    said: list[str] = []
    module.take_in = timed
    try:
        return module.ingest(settings, home, said.append), said
    finally:
        module.take_in = take_in


def _accounted(home: Home, landing: Landing, inputs: list[Input], result: Any) -> dict[str, Any]:
    """Every file ended, and every row of a loaded one is in the warehouse or in quarantine."""
    from flows.connect import connect

    outcomes: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    loads = {load.landed_path: load for load in result.new}
    _promise(len(loads) == len(result.new), "one file was taken in twice")
    for load in result.new:
        name = "loaded" if load.is_accepted else load.outcome
        outcomes["loaded, with rows rejected" if load.is_accepted and load.rows_rejected else name] += 1
        rows.update(read=load.rows_read, loaded=load.rows_loaded, rejected=load.rows_rejected)
        _promise(load.rows_read == load.rows_loaded + load.rows_rejected, f"rows do not add up in {load.file_path}")
        quarantined = sum(_quarantined(path) for path in home.quarantine.glob(f"{load.load_id}_*.csv"))
        _promise(quarantined == (load.rows_rejected if load.is_accepted else 0), f"quarantine of {load.file_path}")
    outcomes["waiting"] = len(result.waiting)
    _as_certain(home, inputs, loads)
    ended = len(loads) + len(result.waiting)
    dropped = sum(1 for _ in _dropped(home.landing))
    _promise(ended == dropped, f"{dropped} files were dropped and {ended} ended")
    with connect(home) as con:
        tables = {name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()}
        wanted = {dataset.name for dataset in landing.datasets} | {"loads"}
        _promise(wanted <= tables, "a table of the warehouse is gone")
        for dataset in landing.datasets:
            query = f"select load_id, count(*) from raw.{dataset.name} group by load_id"
            held = dict(con.execute(query).fetchall())
            wanted_rows = {
                one.load_id: one.rows_loaded
                for one in result.new
                if one.is_accepted and one.dataset == dataset.name and one.rows_loaded
            }
            _promise(held == wanted_rows, f"raw.{dataset.name} does not hold what the loads say")
    return {"outcomes": dict(outcomes), "rows": dict(rows)}


def _as_certain(home: Home, inputs: list[Input], loads: dict[str, Any]) -> None:
    """Where the number of rows is certain, a file that was loaded has so many."""
    for one in inputs:
        load = loads.get(one.path.relative_to(home.landing).as_posix())
        if one.rows is not None and load is not None and load.is_accepted:
            _promise(load.rows_read == one.rows, f"number {one.number} has {one.rows} rows, {load.rows_read} were read")


def _dropped(root: Path) -> Iterator[Path]:
    """Everything that a person would call a dropped file: no folder, unless it is named as a file."""
    for folder, subfolders, names in os.walk(root):
        yield from (Path(folder, name) for name in names)
        like_files = [name for name in subfolders if name.casefold().endswith((".csv", ".xlsx"))]
        yield from (Path(folder, name) for name in like_files)
        subfolders[:] = [name for name in subfolders if name not in like_files]


def _quarantined(path: Path) -> int:
    csv.field_size_limit(10_000_000)
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.reader(handle))
    acts = [cell for row in rows for cell in row if cell[:1] in tuple("=+@\t\r") or cell.startswith("-")]
    numbers = [cell for cell in acts if cell.strip("+-").replace(".", "", 1).replace("e", "", 1).rstrip("%").isdigit()]
    _promise(len(acts) == len(numbers), f"{path.name} holds a formula")
    return len(rows) - 1


def _say_nothing_private(home: Home, said: list[str], result: Any) -> None:
    told = "\n".join(said) + str(result.findings) + str(result.waiting)
    told += (home.ledger / "loads.jsonl").read_text(encoding="utf-8") if (home.ledger / "loads.jsonl").exists() else ""
    _promise(MARK not in told, "a value of a row was told")
    _promise("root:" not in told, "a file from elsewhere was told")
    _promise(all(line.isprintable() for line in said), "a line of the log is more than one")
    copies = [path for path in home.copies.iterdir() if b"root:x:0" in path.read_bytes()]
    _promise(not copies, "a file from elsewhere was copied")


def _built_anew(settings: Settings, home: Home) -> None:
    """A warehouse that is lost ends in the same state, from the kept copies."""
    from flows.connect import connect

    what = "select load_id, dataset, outcome, rows_read, rows_loaded, rows_rejected from raw.loads order by load_id"
    with connect(home) as con:
        before = con.execute(what).fetchall()
    home.warehouse.unlink()
    _night(settings, home, {})
    with connect(home) as con:
        _promise(con.execute(what).fetchall() == before, "a warehouse that was built anew holds other loads")


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in (*folder.iterdir(), *folder.parent.iterdir(), *Path.cwd().iterdir()))


def _promise(kept: bool, otherwise: str) -> None:
    if not kept:
        raise PromiseBroken(otherwise)


def _main() -> None:
    asked = argparse.ArgumentParser(prog="python -m soak.fuzz", description=__doc__)
    asked.add_argument("--seed", type=int, default=Options.seed)
    asked.add_argument("--number", type=int, nargs="+", required=True)
    asked.add_argument("--keep", type=Path, help="a folder to leave the home in")
    given = asked.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    with tempfile.TemporaryDirectory(prefix="parity_fuzz_") as folder:
        inside = (given.keep or Path(folder)) / "trust"
        inside.mkdir(parents=True)
        print(json.dumps(take_in_all(inside, given.seed, given.number)))


if __name__ == "__main__":
    _main()
