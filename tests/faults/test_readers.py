"""Readers who ask while releases change: the short form of `python -m soak readers`."""

from __future__ import annotations

import random
from pathlib import Path

from soak.readers import KINDS, read_while_writing


def test_readers_meet_no_error_and_no_mixed_figures_while_releases_change(tmp_path: Path) -> None:
    """Through the link, the text, Parity's own query and its command, where one release is kept and no more."""
    reads, publishes, _ = read_while_writing(tmp_path, 10, 6.0, random.Random(2))
    assert [one for one in reads if one.wrong] == []
    assert {one.kind for one in reads} == set(KINDS)
    assert publishes >= 1
