"""The home: three roots, three sets of permissions."""

from __future__ import annotations

import grp
import os
import stat
from pathlib import Path

import pytest

from flows.configure import ConfigurationError
from flows.home import Home
from flows.ingest.define import read_landing


def mode(path: object) -> int:
    return stat.S_IMODE(path.stat().st_mode)  # type: ignore[attr-defined]


def test_private_is_its_owners_alone(home: Home) -> None:
    assert mode(home.private) == 0o700
    assert all(mode(folder) == 0o700 for folder in home.private.iterdir() if folder.is_dir())


def test_landing_lets_its_group_drop_and_releases_let_all_enter(home: Home) -> None:
    assert mode(home.landing) == 0o2770
    assert mode(home.releases) == 0o755


def test_a_folder_that_is_there_keeps_the_mode_its_owner_gave_it(home: Home) -> None:
    for folder in (home.landing, home.landing / "pay"):
        folder.chmod(0o750)
    home.prepare()
    assert (mode(home.landing), mode(home.landing / "pay")) == (0o750, 0o750)


def test_there_is_a_folder_to_drop_each_kind_of_file_into(home: Home) -> None:
    expected = {dataset.folder for dataset in read_landing().datasets}
    assert {folder.name for folder in home.landing.iterdir()} == expected
    assert {mode(folder) for folder in home.landing.iterdir()} == {0o2770}


def test_a_landing_folder_in_other_capitals_is_not_made_twice(home: Home) -> None:
    (home.landing / "pay").rename(home.landing / "PAY")
    home.prepare()
    assert "pay" not in {folder.name for folder in home.landing.iterdir()}


def test_new_landing_folders_belong_to_the_group_that_drops_files(tmp_path: Path) -> None:
    ours = [*os.getgroups(), *([grp.getgrnam("users").gr_gid] if os.geteuid() == 0 else [])]
    group = grp.getgrgid(ours[-1])
    home = Home(tmp_path / "home", landing_group=group.gr_name)
    home.prepare()
    folders = [home.landing, *home.landing.iterdir()]
    assert {folder.stat().st_gid for folder in folders} == {group.gr_gid}
    assert {mode(folder) for folder in folders} == {0o2770}
    assert home.private.stat().st_gid == os.getegid()


def test_a_group_that_may_not_be_given_is_named_and_leaves_no_folder_half_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("flows.home.os.chown", forbidden)
    home = Home(tmp_path / "home", landing_group=grp.getgrgid(os.getegid()).gr_name)
    with pytest.raises(ConfigurationError, match=r"home\.landing_group: this account may not"):
        home.prepare()
    assert not home.landing.exists()


def test_an_unknown_group_is_named(home: Home) -> None:
    with pytest.raises(ConfigurationError, match=r"home\.restricted_group: .*no-such-group"):
        Home(home.root, "no-such-group").prepare()
    with pytest.raises(ConfigurationError, match=r"home\.landing_group: .*no-such-group"):
        Home(home.root, landing_group="no-such-group").prepare()
