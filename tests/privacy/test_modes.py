"""A home that lets in more than its rules is refused by every command that touches the private part, with the mend."""

from __future__ import annotations

import grp
import os
import shlex
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.cli import main
from flows.configure import ConfigurationError, Settings
from flows.home import Home, HomeIsOpen
from flows.lock import hold
from flows.status import status

LOOSE = {
    "root": (0o775, "put another private/ there"),
    "private": (0o750, "it holds people"),
    "private for all": (0o755, "it holds people"),
    "landing": (0o2775, "it holds people"),
    "releases": (0o777, "only the night writes there"),
    "release": (0o775, "a release never changes"),
    "restricted": (0o705, "exact small counts"),
    "restricted for a group": (0o750, "no group is named in [home] restricted_group"),
    "manifest": (0o444, "exact small counts"),
}


@pytest.fixture
def published(home: Home) -> Home:
    """A home with one release, as publishing leaves it where no group reads the restricted part."""
    restricted = home.releases / "20250402T023000Z_3fa9c1" / "restricted"
    restricted.mkdir(parents=True)
    (restricted / "marts.duckdb").write_bytes(b"")
    (restricted.parent / "manifest.json").write_text("{}")
    (restricted / "marts.duckdb").chmod(0o400)
    (restricted.parent / "manifest.json").chmod(0o400)
    restricted.chmod(0o700)
    for open_to_all in (restricted.parent, home.releases, home.root):
        open_to_all.chmod(0o755)
    return home


def place(home: Home, name: str) -> Path:
    release = home.releases / "20250402T023000Z_3fa9c1"
    places = {"root": home.root, "private": home.private, "landing": home.landing, "releases": home.releases}
    places |= {"release": release, "restricted": release / "restricted", "manifest": release / "manifest.json"}
    return places[name.split(" ", maxsplit=1)[0]]


def test_a_home_as_it_is_made_is_accepted(published: Home) -> None:
    published.refuse_open()


@pytest.mark.parametrize("name", LOOSE)
def test_what_lets_others_in_is_refused_and_the_sentence_mends_it(published: Home, name: str) -> None:
    mode, why = LOOSE[name]
    path = place(published, name)
    path.chmod(mode)
    with pytest.raises(HomeIsOpen) as refused:
        published.refuse_open()
    said = str(refused.value)
    assert why in said
    assert f"{path} " in said
    command = said.splitlines()[-1].strip()
    subprocess.run(shlex.split(command), check=True, timeout=20)
    published.refuse_open()


def test_every_open_place_is_told_at_once(published: Home) -> None:
    published.private.chmod(0o755)
    published.landing.chmod(0o777)
    with pytest.raises(HomeIsOpen) as refused:
        published.refuse_open()
    assert str(refused.value).count("Mend it with:") == 2


def test_a_path_with_a_space_and_a_quote_is_mended_by_the_command_as_it_stands(tmp_path: Path) -> None:
    home = Home(tmp_path / "the trust's home")
    home.prepare()
    home.private.chmod(0o755)
    with pytest.raises(HomeIsOpen) as refused:
        home.refuse_open()
    subprocess.run(["sh", "-c", str(refused.value).splitlines()[-1].strip()], check=True, timeout=20)
    assert stat.S_IMODE(home.private.stat().st_mode) == 0o700


def test_the_group_that_is_configured_may_read_the_restricted_part_and_another_may_not(published: Home) -> None:
    release = published.releases / "20250402T023000Z_3fa9c1"
    ours = grp.getgrgid(os.getegid()).gr_name
    (release / "restricted").chmod(0o750)
    Home(published.root, restricted_group=ours).refuse_open()
    other = next(one.gr_name for one in grp.getgrall() if one.gr_gid != os.getegid())
    with pytest.raises(HomeIsOpen, match=f"chgrp -R {other} "):
        Home(published.root, restricted_group=other).refuse_open()


def test_a_disk_that_keeps_no_permissions_is_told_from_a_slip(published: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    published.private.chmod(0o777)
    chmod = Path.chmod
    monkeypatch.setattr(Path, "chmod", lambda self, mode: chmod(self, 0o777))  # as a FAT disk or a share does
    with pytest.raises(HomeIsOpen, match="keeps no permissions") as refused:
        published.refuse_open()
    assert f"uid={os.geteuid()}" in str(refused.value)
    assert not list(published.private.glob(".modes_*"))


def in_private(home: Home, settings: Settings) -> dict[str, Callable[[], object]]:
    """What touches the private part from within: making ready, holding the lock, asking how it stands."""

    def held() -> None:
        with hold(home, "nightly"):
            raise AssertionError("the lock was given")

    return {"prepare": home.prepare, "hold": held, "status": lambda: status(settings, home)}


@pytest.mark.parametrize("way", ["prepare", "hold", "status"])
def test_every_way_into_the_private_part_asks_first(published: Home, settings: Settings, way: str) -> None:
    published.private.chmod(0o755)
    with pytest.raises(HomeIsOpen):
        in_private(published, settings)[way]()


COMMANDS = {
    "nightly": ["nightly"],
    "ingest": ["ingest"],
    "status": ["status"],
    "approvals": ["approvals"],
    "approve": ["approve", "wres", "--year", "2024/25", "--by", "A. Nyberg"],
    "rollback": ["rollback", "20250402T023000Z_3fa9c1", "--why", "wrong"],
    "alerts list": ["alerts", "list"],
    "alerts send-again": ["alerts", "send-again"],
    "alerts test": ["alerts", "test"],
    "backup": ["backup", "."],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_on_the_private_part_refuses_an_open_home(
    published: Home, settings: Settings, tmp_path: Path, name: str
) -> None:
    published.private.chmod(0o755)
    before = sorted(published.root.rglob("*"))
    result = CliRunner().invoke(main, ["--config", str(settings.source), *COMMANDS[name]])
    assert result.exit_code == 2, result.output
    assert f"chmod -R go-rwx {published.private}" in result.output
    assert sorted(published.root.rglob("*")) == before


def test_a_schedule_does_not_start_over_an_open_home(published: Home, settings: Settings) -> None:
    from flows.schedule import serve

    published.private.chmod(0o755)
    with pytest.raises(ConfigurationError, match="chmod -R go-rwx"):
        serve(settings, published, lambda line: None, None)


def test_what_a_command_takes_in_is_its_owners_alone_whatever_the_shells_mask(
    home: Home, settings: Settings, tmp_path: Path
) -> None:
    from tests.small_trust import staff_list

    staff_list(home.landing, "2025-03-31", [{}, {"Date Of Birth": "no date"}])
    before = os.umask(0)
    try:
        result = CliRunner().invoke(main, ["--config", str(settings.source), "ingest"])
    finally:
        os.umask(before)
    assert result.exit_code == 3, result.output
    open_files = [path for path in home.private.rglob("*") if path.stat().st_mode & 0o077]
    assert not open_files


def test_a_demonstration_in_a_new_folder_is_in_order_under_a_groups_mask(tmp_path: Path) -> None:
    """Where a shell gives every new folder to its group (umask 002), the demonstration must not refuse itself."""
    from flows.configure import load_settings
    from flows.demonstrate import prepare

    before = os.umask(0o002)
    try:
        config = prepare(tmp_path / "demonstration", {"staff": 150, "months": 1}, False, lambda line: None)
    finally:
        os.umask(before)
    Home.of(load_settings(config)).refuse_open()
