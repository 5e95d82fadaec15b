"""Time the night of the demonstration trust step by step, beside a bare `dbt build` of the same warehouse,
and then the two sites of its release part by part (`bench/site.py`).

Everything runs in a temporary home, one after the other, in one run: what counts is the shares and ratios, which stand
on any machine, and not the seconds, which do not. `make bench`, or `python -m bench.night --staff 2000 --months 13`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

from bench.site import bench_sites
from flows.configure import PROJECT, load_settings
from flows.demonstrate import Options, lend_secret, prepare, repeat
from flows.home import Home
from flows.record import RunRecord, read_runs


@dataclass(frozen=True)
class Timed:
    """One night: its wall-clock seconds as a command, and its record."""

    title: str
    seconds: float
    run: RunRecord


def main() -> None:
    """Run the bench and print it."""
    asked = argparse.ArgumentParser(prog="python -m bench.night", description=__doc__)
    asked.add_argument("--staff", type=int, default=Options.staff, help="how many people")
    asked.add_argument("--months", type=int, default=Options.months, help="how many monthly snapshots")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="parity_bench_") as folder:
        bench(Path(folder), Options(staff=options.staff, months=options.months))


def bench(folder: Path, options: Options) -> None:
    """Make the trust, run three nights, one bare build and two sites, and print seconds, shares and ratios."""
    started = perf_counter()
    config = prepare(folder / "home", asdict(options), fresh=False, say=lambda _: None)
    lend_secret(config.parent)
    print(
        f"{options.staff:,} people, {options.months} months; landing files made in {perf_counter() - started:.1f} s\n"
    )
    settings = load_settings(config)
    home = Home.of(settings)
    nights = [_night(config, home, f"The first night: {options.months} months arrive at once")]
    bare = _bare_build(home, folder / "bare")
    _print(nights[0], bare)
    nights.append(_night(config, home, "A night on which nothing is new"))
    repeat(home.landing)
    nights.append(_night(config, home, "A night on which one snapshot is corrected"))
    for night in nights[1:]:
        _print(night, bare)
    bench_sites(home.current.resolve(), bare)


def _night(config: Path, home: Home, title: str) -> Timed:
    started = perf_counter()
    done = subprocess.run(  # noqa: S603 - our own command, no shell
        [sys.executable, "-m", "flows.cli", "--config", str(config), "nightly"],
        check=False,
        capture_output=True,
        text=True,
    )
    seconds = perf_counter() - started
    if done.returncode:
        sys.exit(f"{title}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    return Timed(title, seconds, read_runs(home.runs)[-1])


def _bare_build(home: Home, folder: Path) -> float:
    """Seconds of `dbt build --full-refresh` by dbt's own command, on a copy of the night's warehouse."""
    folder.mkdir()
    warehouse = folder / "warehouse.duckdb"
    shutil.copyfile(home.warehouse, warehouse)
    environment = os.environ | {
        "PARITY_WAREHOUSE": str(warehouse),
        "PARITY_TEMP_DIRECTORY": str(folder / "spill"),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_PROFILES_DIR": str(PROJECT),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }
    command = ["build", "--full-refresh", "--exclude-resource-type", "unit_test"]
    started = perf_counter()
    done = subprocess.run(  # noqa: S603 - our own command, no shell
        [Path(sys.executable).with_name("dbt"), *command],
        check=False,
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
    )
    seconds = perf_counter() - started
    if done.returncode:
        sys.exit(f"The bare build: exit code {done.returncode}\n{done.stdout[-3000:]}")
    return seconds


def _print(night: Timed, bare: float) -> None:
    print(f"{night.title} ({night.run.outcome.replace('_', ' ')})")
    print(f"  {'step':<26}{'seconds':>9}{'share':>9}{'/ bare dbt':>12}")
    steps = [(step.name, step.seconds) for step in night.run.steps]
    steps.append(("start, Prefect, the rest", night.seconds - sum(seconds for _, seconds in steps)))
    for name, seconds in [*steps, ("the whole night", night.seconds)]:
        print(f"  {name:<26}{seconds:>9.1f}{seconds / night.seconds:>9.1%}{seconds / bare:>12.2f}")
    print(f"  {'a bare dbt build':<26}{bare:>9.1f}{'':>9}{1:>12.2f}\n", flush=True)


if __name__ == "__main__":
    main()
