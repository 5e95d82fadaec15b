"""Readers who ask while releases change: the short form of `python -m soak readers`."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import pytest

from flows import query
from flows.point import Release, current_id, move_pointer, releases, remove_release
from soak.readers import KINDS, read_while_writing
from tests.faults.conftest import Played


def test_readers_meet_no_error_and_no_mixed_figures_while_releases_change(tmp_path: Path) -> None:
    """Through the link, the text, Parity's own query and its command, where one release is kept and no more."""
    reads, publishes, _ = read_while_writing(tmp_path, 10, 6.0, random.Random(2))
    assert [one for one in reads if one.wrong] == []
    assert {one.kind for one in reads} == set(KINDS)
    assert publishes >= 1


def test_a_release_that_is_removed_just_when_it_was_looked_up_is_looked_up_again(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two moves of the pointer and a removal between looking up and opening, as a busy machine may have them."""
    real = query._open
    before = current_id(played.home)
    newer = releases(played.home)[1].release_id

    def late(release: Release, path: Path, spill: Path) -> duckdb.DuckDBPyConnection:
        if release.release_id == before and played.home.current.readlink().name == before:
            move_pointer(played.home, newer)
            remove_release(played.home, release.release_id, "the newest are kept")
        return real(release, path, spill)

    monkeypatch.setattr(query, "_open", late)
    assert query.run_sql(played.home, "select count(*) as dates from headcount").rows[0][0] > 0
    with pytest.raises(query.QueryError, match="no release"):
        query.run_sql(played.home, "select 1", release_id=before)
