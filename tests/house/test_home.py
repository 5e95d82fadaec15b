"""The home: three roots, three sets of permissions."""

from __future__ import annotations

import stat

import pytest

from flows.configure import ConfigurationError
from flows.home import Home


def mode(path: object) -> int:
    return stat.S_IMODE(path.stat().st_mode)  # type: ignore[attr-defined]


def test_private_is_its_owners_alone(home: Home) -> None:
    assert mode(home.private) == 0o700
    assert all(mode(folder) == 0o700 for folder in home.private.iterdir() if folder.is_dir())


def test_landing_lets_its_group_drop_and_releases_let_all_enter(home: Home) -> None:
    assert mode(home.landing) == 0o770
    assert mode(home.releases) == 0o755


def test_a_folder_that_is_there_keeps_the_mode_its_owner_gave_it(home: Home) -> None:
    home.landing.chmod(0o2770)
    home.prepare()
    assert mode(home.landing) == 0o2770


def test_an_unknown_group_is_named(home: Home) -> None:
    with pytest.raises(ConfigurationError, match="no-such-group"):
        Home(home.root, "no-such-group").prepare()
