"""The demonstration from end to end, as a stranger types it: made, published, found unchanged, broken, withheld."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from flows.configure import PROJECT

pytestmark = pytest.mark.night


def parity(*words: str) -> subprocess.CompletedProcess[str]:
    """Run one command from the project's folder, in a process of its own."""
    command = [str(Path(sys.executable).with_name("parity")), *words]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def test_a_stranger_sees_figures_published_and_then_withheld(tmp_path: Path) -> None:
    into = str(tmp_path / "trust")
    config = f"{into}/parity.toml"

    first = parity("demo", "--into", into, "--staff", "600", "--months", "2")
    assert first.returncode == 0, first.stdout + first.stderr
    published = re.search(r"^Published: release (\w+)\.$", first.stdout, re.MULTILINE)
    assert published, first.stdout
    assert all(
        re.search(rf"^  {step} +\d+\.\d s$", first.stdout, re.MULTILINE) for step in ("ingest", "build", "check")
    )
    assert (tmp_path / "trust/releases/current/restricted/docs/index.html").is_file()

    question = next(line for line in first.stdout.splitlines() if " sql " in line)
    answer = parity(*shlex.split(question)[1:])
    assert answer.returncode == 0, answer.stderr
    assert "2025-03-31" in answer.stdout, "the printed question has an answer"

    again = parity("--config", config, "nightly")
    assert again.returncode == 0
    assert "Nothing new" in again.stdout
    assert "build" not in re.findall(r"^  (\w+) +\d", again.stdout, re.MULTILINE)

    broken = parity("demo", "--into", into, "--break")
    assert broken.returncode == 3, broken.stdout + broken.stderr
    assert "Withheld" in broken.stdout
    assert "ethnicity" in broken.stdout
    assert "Ambulance Operations" in broken.stdout
    assert f"→         {published[1]}" in parity("--config", config, "releases").stdout, "readers keep what they had"
    status = parity("--config", config, "status")
    assert "Withheld since" in status.stdout
