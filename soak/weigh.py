"""Weigh one landing file: take it in by a process of its own, and tell what that took of time and memory.

`python -m soak.weigh FILE…` drops the files into a new home, each into the folder that its parent is named as.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from flows.configure import PROJECT
from flows.ingest.define import read_landing
from soak import PromiseBroken

PATIENCE = 5
"""How much longer than its own time a process may take on a machine with other work."""
ADDRESS_SPACE = 8_000_000_000
"""Bytes. Libraries reserve much more than they use; this only stops a process that would take the machine with it."""


@dataclass(frozen=True)
class Weight:
    """What became of a file, and what it took: seconds of the processor, and bytes at the peak."""

    outcome: str
    reason: str
    rows_loaded: int
    rows_rejected: int
    seconds: float
    memory: int


def weigh(path: Path) -> Weight:
    """Take a file in, within the limits of the landing contract. Raises PromiseBroken where it dies or breaks them."""
    limits = read_landing().limits
    command = [sys.executable, "-m", "soak.weigh", str(path)]
    try:
        done = subprocess.run(
            command,
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=PATIENCE * limits["file_most_seconds"],
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PromiseBroken(f"{path.name} did not end in time") from None
    if done.returncode != 0:
        raise PromiseBroken(f"{path.name}: exit {done.returncode}: {done.stderr.strip().splitlines()[-1:]}")
    weight = Weight(**json.loads(done.stdout.splitlines()[-1]))
    if weight.memory > limits["file_most_memory_bytes"]:
        raise PromiseBroken(f"{path.name} took {weight.memory / 1e6:,.0f} MB of memory")
    if weight.seconds > limits["file_most_seconds"]:
        raise PromiseBroken(f"{path.name} took {weight.seconds:.0f} s")
    return weight


def peak_memory() -> int:
    """The most memory that this process had, in bytes. What `getrusage` says counts the process that started it too."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _main(path: Path) -> None:
    from flows.home import Home
    from flows.ingest import ingest
    from soak.fuzz import configured

    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    with tempfile.TemporaryDirectory(prefix="parity_weigh_", dir=path.parent) as folder:
        settings = configured(Path(folder))
        home = Home.of(settings)
        home.prepare()
        shutil.move(path, home.landing / path.parent.name / path.name)
        began = time.process_time()
        result = ingest(settings, home, say=lambda line: None)
        seconds = time.process_time() - began
    peak = peak_memory()
    if result.waiting:
        told = {"outcome": "waiting", "reason": result.waiting[0], "rows_loaded": 0, "rows_rejected": 0}
    else:
        load = result.new[0]
        told = {"outcome": load.outcome, "reason": load.reason or "", "rows_loaded": load.rows_loaded}
        told |= {"rows_rejected": load.rows_rejected}
    print(json.dumps({**told, "seconds": seconds, "memory": peak}))


if __name__ == "__main__":
    _main(Path(sys.argv[1]).resolve())
