"""A table is as wide as its terminal and says what it cut; in a pipe, as CSV and as JSON everything stands."""

from __future__ import annotations

import csv
import fcntl
import io
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import pytest

WORDS = " ".join(["word"] * 120)
PROGRAM = f"""
import sys
from flows.cli.show import show
columns = ["release", "count", "text", *(f"column_{{n}}" for n in range(12))]
rows = [("20250402T023000Z_000001", 7, {WORDS!r}, *(f"value {{n}}" for n in range(12))) for _ in range(2)]
show(columns[:int(sys.argv[2])], [row[:int(sys.argv[2])] for row in rows], sys.argv[1], "--format csv")
"""


def on_terminal(width: int, *words: str) -> list[str]:
    """The lines that a terminal of that width gets, without its colours."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"} | {"TERM": "xterm"}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    )
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
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen.decode()).splitlines()


def in_pipe(*words: str) -> str:
    environment = os.environ | {"COLUMNS": "60", "FORCE_COLOR": "1"}
    program = [sys.executable, "-c", PROGRAM, *words]
    return subprocess.run(program, capture_output=True, text=True, check=True, env=environment).stdout


@pytest.mark.parametrize("width", [60, 100])
def test_a_table_is_no_wider_than_its_terminal_and_says_what_it_cut(width: int) -> None:
    lines = on_terminal(width, "table", "15")
    assert max(map(len, lines)) <= width
    assert sum("20250402T023000Z_000001" in line for line in lines) == 2, "an id is not broken: it is copied from here"
    said = " ".join(" ".join(lines).split())
    assert re.search(r"To fit the terminal: \d+ columns left out \(column_\d, ", said)
    assert "2 long values cut. Everything is shown by --format csv." in said
    assert "…" in said


def test_a_table_that_fits_is_whole_and_says_nothing_of_cuts() -> None:
    lines = on_terminal(60, "table", "2")
    assert lines[-1] == "2 rows"
    assert "fit" not in " ".join(lines)


def test_nothing_is_cut_in_a_pipe_whatever_the_width_of_the_terminal_around_it() -> None:
    said = in_pipe("table", "15")
    assert said.count(WORDS) == 2
    assert "column_11" in said
    assert "To fit" not in said


def test_csv_and_json_are_whole_on_a_terminal_too() -> None:
    rows = list(csv.reader(io.StringIO("\n".join(on_terminal(60, "csv", "15")))))
    assert [len(row) for row in rows] == [15, 15, 15]
    assert rows[1][2] == WORDS
    answered = json.loads("\n".join(on_terminal(60, "json", "15")))
    assert answered[0]["text"] == WORDS
    assert in_pipe("csv", "15").count(WORDS) == 2
