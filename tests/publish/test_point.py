"""Going back is pointing to an older release that is still whole: recorded, and holding until something new arrives."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flows.configure import Settings
from flows.home import Home
from flows.point import prune, rollbacks
from flows.publish import Release, ReleaseError, current_release, releases, rollback, standing_inputs_hash
from tests.publish.conftest import unknown_share

Night = Callable[..., Release]


def test_a_rollback_moves_the_pointer_and_records_who_and_why(settings: Settings, home: Home, night: Night) -> None:
    first, second = night(1), night(2)
    back = rollback(settings, home, first.release_id, "Sam Carter", "the survey figures were a draft")
    assert back.is_current
    assert unknown_share((home.current / "restricted" / "marts.duckdb").resolve()) == 0.001
    assert home.current_txt.read_text().strip() == first.release_id
    (line,) = rollbacks(home)
    assert line["who"] == "Sam Carter"
    assert line["why"] == "the survey figures were a draft"
    assert (line["from"], line["to"]) == (second.release_id, first.release_id)
    assert line["at"].endswith("+00:00")


def test_a_rollback_holds_until_new_files_or_definitions_arrive(settings: Settings, home: Home, night: Night) -> None:
    """The night asks whether its inputs are those of the newest published release, not of the current one."""
    first, second = night(1), night(2)
    rollback(settings, home, first.release_id, "Sam", "wrong")
    assert standing_inputs_hash(home) == second.inputs_hash == "inputs of run 2"
    third = night(3)
    assert current_release(home) == third
    assert standing_inputs_hash(home) == "inputs of run 3"


def test_a_rollback_can_be_taken_back(settings: Settings, home: Home, night: Night) -> None:
    first, second = night(1), night(2)
    rollback(settings, home, first.release_id, "Sam", "wrong")
    assert rollback(settings, home, second.release_id, "Sam", "it was right").release_id == second.release_id
    assert len(rollbacks(home)) == 2


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda release: _overwrite(release.marts), "restricted/marts.duckdb was changed"),
        (lambda release: (release.restricted / "parquet" / "quality_loads.parquet").unlink(), "is missing"),
        (lambda release: (release.restricted / "marts.duckdb.wal").touch(), "opened the database to write"),
        (lambda release: _overwrite(release.path / "manifest.json"), "damaged"),
        (lambda release: _blank_end(release.path / "manifest.json"), "not the one that was published"),
        (lambda release: (release.path / "manifest.json").unlink(), "cannot be opened"),
    ],
)
def test_a_release_that_is_not_as_it_was_published_is_not_pointed_to(
    settings: Settings, home: Home, night: Night, damage: Callable[[Release], object], said: str
) -> None:
    first, second = night(1), night(2)
    damage(first)
    with pytest.raises(ReleaseError, match=said):
        rollback(settings, home, first.release_id, "Sam", "wrong")
    current = current_release(home)
    assert current is not None
    assert current.release_id == second.release_id
    assert rollbacks(home) == []


def _overwrite(path: object) -> None:
    from pathlib import Path

    file = Path(str(path))
    file.chmod(0o600)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)


def _blank_end(path: object) -> None:
    from pathlib import Path

    file = Path(str(path))
    file.chmod(0o600)
    file.write_text(file.read_text() + " ")


@pytest.mark.parametrize("name", ["20990101T000000Z_ffffff", "../private", ".", "", "current"])
def test_an_unknown_release_is_refused_with_those_that_are_kept(
    settings: Settings, home: Home, night: Night, name: str
) -> None:
    release = night(1)
    with pytest.raises(ReleaseError, match=f"Kept releases: {release.release_id}"):
        rollback(settings, home, name, "Sam", "wrong")


def test_a_rollback_needs_a_name_and_a_reason_and_another_release(settings: Settings, home: Home, night: Night) -> None:
    release = night(1)
    for who, why in (("", "wrong"), ("Sam", "  ")):
        with pytest.raises(ReleaseError, match="needs a name and a reason"):
            rollback(settings, home, release.release_id, who, why)
    with pytest.raises(ReleaseError, match="current release already"):
        rollback(settings, home, release.release_id, "Sam", "wrong")


def test_pruning_keeps_the_current_release_however_old(settings: Settings, home: Home, night: Night) -> None:
    first = night(1)
    night(2)
    rollback(settings, home, first.release_id, "Sam", "wrong")
    keeps_one = settings.model_copy(update={"retention": settings.retention.model_copy(update={"releases_kept": 1})})
    assert prune(keeps_one, home) == []
    assert [one.is_current for one in releases(home)] == [False, True]


def test_a_release_with_a_damaged_manifest_is_listed_with_its_problem(home: Home, night: Night) -> None:
    first = night(1)
    night(2)
    _overwrite(first.path / "manifest.json")
    (_, listed) = releases(home)
    assert listed.problem is not None
    assert "damaged" in listed.problem


def test_a_pointer_to_a_release_that_is_gone_is_said(home: Home) -> None:
    home.current.symlink_to("20250401T023000Z_aaaaaa")
    with pytest.raises(ReleaseError, match="no such folder"):
        current_release(home)
