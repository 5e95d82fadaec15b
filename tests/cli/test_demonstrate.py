"""The demonstration makes itself once, has a secret of its own, and never touches a home that it did not make."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from demo import calibrate
from flows import demonstrate
from flows.configure import load_settings
from flows.demonstrate import DemonstrationError, Options, damage, lend_secret, mend, prepare
from flows.home import Home
from flows.lock import NightIsHeld, hold
from tests.small_trust import staff_list

SMALL = {"staff": 3, "months": 1}


def silent(_: str) -> None:
    """Say nothing."""


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> list[Options]:
    """Stand three people of two directorates in the place of the whole trust; the list says each time it was made."""
    times: list[Options] = []

    def make(home: Home, options: Options, _: Callable[[str], None]) -> None:
        times.append(options)
        units = ("North", "North", "South")
        staff_list(home.landing, "2025-03-31", [{"Org L3": unit, "Position Title": 'Head, "acting"'} for unit in units])

    monkeypatch.setattr(demonstrate, "_make", make)
    monkeypatch.setenv("PARITY_PSEUDONYM_SECRET", "a trust's own secret, which is not for the demonstration")
    return times


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_it_is_made_once_and_found_again(tmp_path: Path, made: list[Options]) -> None:
    config = prepare(tmp_path / "var", SMALL, False, silent)
    assert prepare(tmp_path / "var", SMALL, False, silent) == config
    assert made == [Options(staff=3, months=1)]
    settings = load_settings(config)
    assert settings.organisation.ods_code == "XPT"
    assert settings.as_of_date.isoformat() == "2025-04-03"
    assert settings.home.path.resolve() == (tmp_path / "var").resolve()


def test_other_options_are_another_trust(tmp_path: Path) -> None:
    prepare(tmp_path / "var", SMALL, False, silent)
    with pytest.raises(DemonstrationError, match=r"other options \(staff 3\).*--fresh"):
        prepare(tmp_path / "var", {"staff": 4, "months": 1}, False, silent)
    prepare(tmp_path / "var", {"staff": 4}, True, silent)


def test_options_that_nobody_names_are_those_of_what_is_there(tmp_path: Path, made: list[Options]) -> None:
    prepare(tmp_path / "var", SMALL, False, silent)
    prepare(tmp_path / "var", {}, False, silent)
    assert len(made) == 1


def test_fresh_removes_the_demonstration_and_nothing_else(tmp_path: Path, made: list[Options]) -> None:
    config = prepare(tmp_path / "var", SMALL, False, silent)
    (tmp_path / "var" / "notes.txt").write_text("mine")
    before = (tmp_path / "var" / "demonstration.env").read_text()
    old = Home.of(load_settings(config)).landing / "esr_staff_list" / "old.csv"
    old.write_text("old")
    prepare(tmp_path / "var", SMALL, True, silent)
    assert len(made) == 2
    assert not old.exists()
    assert (tmp_path / "var" / "notes.txt").read_text() == "mine"
    assert (tmp_path / "var" / "demonstration.env").read_text() != before


def test_fresh_waits_for_nobody_who_writes(tmp_path: Path, made: list[Options]) -> None:
    config = prepare(tmp_path / "var", SMALL, False, silent)
    home = Home.of(load_settings(config))
    with hold(home, "nightly"), pytest.raises(NightIsHeld):
        prepare(tmp_path / "var", SMALL, True, silent)
    assert list(home.landing.rglob("*.csv"))
    assert len(made) == 1


@pytest.mark.parametrize("name", ["parity.toml", "landing", "private", "releases"])
@pytest.mark.parametrize("fresh", [False, True])
def test_a_home_of_somebody_else_is_not_touched(name: str, fresh: bool, tmp_path: Path, made: list[Options]) -> None:
    (tmp_path / "var" / name).mkdir(parents=True)
    with pytest.raises(DemonstrationError, match="did not make"):
        prepare(tmp_path / "var", SMALL, fresh, silent)
    assert [path.name for path in (tmp_path / "var").iterdir()] == [name]
    assert not made


def test_its_secret_is_its_own_kept_private_and_stands_above_the_trusts(tmp_path: Path) -> None:
    folder = prepare(tmp_path / "var", SMALL, False, silent).parent
    assert (folder / "demonstration.env").stat().st_mode & 0o777 == 0o600
    lend_secret(folder)
    lent = os.environ["PARITY_PSEUDONYM_SECRET"]
    assert len(lent) == 64
    assert lent in (folder / "demonstration.env").read_text()


def test_a_trusts_secret_is_never_taken_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "demonstration.env").write_text("PARITY_PSEUDONYM_SECRET=planted")
    lend_secret(tmp_path)
    assert os.environ["PARITY_PSEUDONYM_SECRET"] == "a trust's own secret, which is not for the demonstration"


def test_damage_blanks_the_largest_directorates_ethnicity_in_a_correction(tmp_path: Path) -> None:
    landing = Home.of(load_settings(prepare(tmp_path / "var", SMALL, False, silent))).landing
    broken = damage(landing)
    assert (broken.path.name, broken.directorate, broken.rows) == ("esr_staff_list_2025-03-31_v2.csv", "North", 2)
    assert [(row["Org L3"], row["Ethnic Origin"]) for row in rows(broken.path)] == [
        ("North", ""),
        ("North", ""),
        ("South", "A White - British"),
    ]


def test_mending_says_again_what_the_snapshot_said_at_first(tmp_path: Path) -> None:
    landing = Home.of(load_settings(prepare(tmp_path / "var", SMALL, False, silent))).landing
    first = landing / "esr_staff_list" / "esr_staff_list_2025-03-31.csv"
    with pytest.raises(DemonstrationError, match="Nothing is broken"):
        mend(landing)
    damage(landing)
    mended = mend(landing)
    assert mended.name == "esr_staff_list_2025-03-31_v3.csv"
    assert rows(mended) == rows(first)
    assert mended.read_bytes() != first.read_bytes(), "the same bytes would be passed over as seen already"


def test_a_demonstration_that_was_not_finished_is_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: list[Options]
) -> None:
    def break_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(demonstrate, "_make", break_off)
        with pytest.raises(KeyboardInterrupt):
            prepare(tmp_path / "var", SMALL, False, silent)
    with pytest.raises(DemonstrationError, match="--fresh"):
        prepare(tmp_path / "var", SMALL, False, silent)
    prepare(tmp_path / "var", SMALL, True, silent)
    assert len(made) == 1


def test_the_defaults_are_the_calibrated_trust() -> None:
    assert Options() == Options(
        staff=calibrate.size_of(None, None).headcount, seed=calibrate.targets()["trust"]["seed"]
    )
