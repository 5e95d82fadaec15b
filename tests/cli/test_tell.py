"""Progress is plain dated lines in a log, and one live line a step on a terminal."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

PROGRAM = """
import time
from flows.cli.tell import progress
with progress() as say:
    say("2 files wait")
    say("build: started")
    say("int_staff_snapshots: success in 0.1 s")
    time.sleep(0.4)
    say("build: done in 1.2 s")
    say("check: started")
    say("check: broken (KeyError); the details are in private/scratch")
"""


def test_a_log_gets_each_line_as_it_was_said_after_its_time() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    lines = done.stderr.splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  ", line) for line in lines)
    assert [line[21:] for line in lines] == [
        "2 files wait",
        "build: started",
        "int_staff_snapshots: success in 0.1 s",
        "build: done in 1.2 s",
        "check: started",
        "check: broken (KeyError); the details are in private/scratch",
    ]
    assert "\x1b" not in done.stderr
    assert done.stdout == ""


def test_a_terminal_gets_a_live_line_for_the_step_that_is_under_way() -> None:
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen([sys.executable, "-c", PROGRAM], stderr=theirs, env=environment)
    os.close(theirs)
    seen = b""
    while True:
        try:
            chunk = os.read(ours, 4096)
        except OSError:
            break
        if not chunk:
            break
        seen += chunk
    process.wait()
    os.close(ours)
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen.decode())
    assert re.search(r"[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] build +0 s  int_staff_snapshots", text), "the step is live, with what it is at"
    assert re.search(r"✓ build +1\.2 s", text)
    assert "✗ check: broken (KeyError)" in text
    assert not re.search(r"\d\d:\d\d:\d\d", text)
