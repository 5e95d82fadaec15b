"""Time the two sites of a release part by part: its pages, charts, workbooks and PDFs, all in one run.

What counts is the shares and ratios, which stand on any machine, and not the seconds, which do not. `make bench` does
it for the release of its own nights; `python -m bench.site --release var/releases/current` for one that is there.
"""

from __future__ import annotations

import argparse
import datetime
import json
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator, Sized
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Literal
from unittest.mock import patch

from flows.configure import Organisation
from flows.report import Edition, report

PARTS = {
    "flows.report.write.fill_returns": "national returns",
    "flows.report.write._made": "pages made of the figures",
    "flows.report.write.export": "tables as CSV, ODS, XLSX",
    "flows.report.write.export_tables": "the open part's own tables",
    "flows.report.write._write_page": "pages written",
    "flows.report.write.typeset": "PDFs",
}
"""The functions that make a site, one after the other; charts are drawn beside them, by processes of their own."""


@dataclass
class Part:
    """What one part of a site took: its wall-clock seconds, and how many it made."""

    seconds: float = 0.0
    made: int = 0


@dataclass(frozen=True)
class Site:
    """One site: its parts by name, its wall-clock seconds, and the processor's seconds for its charts."""

    kind: str
    parts: dict[str, Part]
    seconds: float
    charts: Part


def main() -> None:
    """Time the sites of the release that is asked for."""
    asked = argparse.ArgumentParser(prog="python -m bench.site", description=__doc__)
    asked.add_argument("--release", type=Path, default=Path("var/releases/current"), help="the release's folder")
    release = asked.parse_args().release.resolve()
    if not (release / "manifest.json").is_file():
        sys.exit(f"{release} is no release. Make the demonstration's with `make demo`, or name another by --release.")
    bench_sites(release)


def bench_sites(release: Path, bare: float | None = None) -> None:
    """Write both sites of a release into a temporary folder, and print what each part took.

    `bare` are the seconds of a bare dbt build in the same run, to which all is then held as well.
    """
    for kind in ("restricted", "open"):
        with tempfile.TemporaryDirectory(prefix="parity_bench_site_") as folder:
            print_site(_timed(_edition(release, "open" if kind == "open" else "restricted", Path(folder))), bare)


def _edition(release: Path, kind: Literal["open", "restricted"], part: Path) -> Edition:
    told = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    return Edition(
        kind=kind,
        figures=release / kind / ("open.duckdb" if kind == "open" else "marts.duckdb"),
        part=part,
        organisation=Organisation(**told["organisation"]),
        release_id=str(told["run_id"]),
        published_at=datetime.datetime.fromisoformat(told["published_at"]),
        as_of_date=datetime.date.fromisoformat(told["as_of_date"]),
        texts=part / "texts",
    )


def _timed(edition: Edition) -> Site:
    parts = {name: Part() for name in PARTS.values()}
    charts = Part()
    before = _seconds_of_children()
    started = perf_counter()
    with ExitStack() as stack:
        for target, name in PARTS.items():
            stack.enter_context(_timing(target, parts[name]))
        stack.enter_context(_timing("flows.report.engrave._asked", charts))
        report(edition)
    seconds = perf_counter() - started
    charts.seconds = _seconds_of_children() - before
    parts["PDFs"].made = len(list(edition.part.rglob("*.pdf")))
    return Site(edition.kind, parts, seconds, charts)


@contextmanager
def _timing(target: str, part: Part) -> Iterator[None]:
    """While this lasts, calls of a function are timed, and what they return is counted."""
    module, _, name = target.rpartition(".")
    real: Callable[..., Any] = getattr(sys.modules.get(module) or __import__(module, fromlist=[name]), name)

    def timed(*given: Any, **named: Any) -> Any:
        started = perf_counter()
        made = real(*given, **named)
        part.seconds += perf_counter() - started
        part.made += len(made) if isinstance(made, Sized) else 1
        return made

    with patch(target, timed):
        yield


def _seconds_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def print_site(site: Site, bare: float | None) -> None:
    """Print the parts of a site, each with its share and how many were made a second."""
    beside = f"{'/ bare dbt':>12}" if bare else ""
    print(f"The {site.kind} site")
    print(f"  {'part':<28}{'made':>8}{'seconds':>9}{'share':>8}{'a second':>10}{beside}")
    rest = site.seconds - sum(part.seconds for part in site.parts.values())
    for name, part in [*site.parts.items(), ("the rest", Part(rest)), ("the whole site", Part(site.seconds))]:
        if part.seconds:
            _print_part(name, part, site.seconds, bare)
    if site.charts.made:
        print("  drawn beside them (the processor's seconds):")
        _print_part("charts", site.charts, site.seconds, bare)
    print(flush=True)


def _print_part(name: str, part: Part, whole: float, bare: float | None) -> None:
    rate = f"{part.made / part.seconds:>10.1f}" if part.made else f"{'':>10}"
    beside = f"{part.seconds / bare:>12.2f}" if bare else ""
    print(f"  {name:<28}{part.made or '':>8}{part.seconds:>9.1f}{part.seconds / whole:>8.0%}{rate}{beside}")


if __name__ == "__main__":
    main()
