"""Run one soak, or all of them, and print their figures as a table. Exit code 1 where a promise broke.

`make soak`, or `python -m soak kill --count 300 --seed 7`.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

from soak import Options, PromiseBroken

SOAKS = ("kill", "readers", "fuzz")
"""Each is the module `soak/<name>.py` with `run(options) -> list[str]`: its figures, a line each."""


@dataclass(frozen=True)
class Outcome:
    """How one soak ended: its figures, or what broke."""

    name: str
    seconds: float
    figures: Sequence[str]
    broken: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the soaks that were asked for, one after the other; a broken one does not stop the next."""
    names, options = _asked(arguments)
    outcomes = [_run(name, options) for name in names]
    print("\n".join(_table(outcomes)), flush=True)
    return int(any(outcome.broken for outcome in outcomes))


def _asked(arguments: Sequence[str] | None) -> tuple[list[str], Options]:
    asked = argparse.ArgumentParser(prog="python -m soak", description=__doc__)
    asked.add_argument("soak", nargs="?", choices=SOAKS, help="which one; by default all of them")
    asked.add_argument("--count", type=int, help="how many kills, readers or inputs; by default each soak's own")
    asked.add_argument("--seconds", type=float, help="end each soak after this many seconds")
    asked.add_argument("--seed", type=int, default=Options.seed, help="what chance starts from")
    given = asked.parse_args(arguments)
    return [given.soak] if given.soak else list(SOAKS), Options(given.count, given.seconds, given.seed)


def _run(name: str, options: Options) -> Outcome:
    print(f"soak {name}, seed {options.seed} …", flush=True)
    started = perf_counter()
    try:
        figures, broken = importlib.import_module(f"soak.{name}").run(options), ""
    except PromiseBroken as promise:
        figures, broken = [], f"A promise broke: {promise}"
    except Exception as error:
        traceback.print_exc()
        figures, broken = [], f"The soak itself broke: {type(error).__name__}: {error}"
    return Outcome(name, perf_counter() - started, figures, broken)


def _table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield f"\n{'soak':<10}{'seconds':>9}  figures"
    for outcome in outcomes:
        lines = [*outcome.figures, *([outcome.broken] if outcome.broken else [])] or ["no figures"]
        yield f"{outcome.name:<10}{outcome.seconds:>9.1f}  {lines[0]}"
        yield from (f"{'':<21}{line}" for line in lines[1:])


if __name__ == "__main__":
    sys.exit(main())
