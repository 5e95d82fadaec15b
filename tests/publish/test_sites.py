"""The pages of a release are files of it like all others: in its manifest, sealed, for the readers of their part."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.disclose import Disclosure
from flows.point import ReleaseError, rollback, verify
from flows.publish import Release, current_release, publish
from flows.report import Edition, ReportBroken
from tests.disclose.conftest import Nights, nights
from tests.publish.conftest import a_page, a_run, judge, warehouse
from tests.share import one_page

__all__ = ["nights", "warehouse"]

WITHHELD = Disclosure("withheld", None, "The auditor found 3 cells that are too narrow.")


def with_sites(
    nights: Nights, number: int, disclosure: Disclosure, reports: Callable[[Edition], object] = one_page
) -> Release:
    """Publish run `number` with its pages."""
    run, verdict = a_run(nights.settings, number), judge(nights.home)
    return publish(nights.settings, nights.home, run, verdict, a_page, disclosure=disclosure, reports=reports)


def modes(paths: list[Path]) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) for path in paths}


def test_each_part_has_its_site_sealed_and_in_the_manifest(nights: Nights) -> None:
    release = with_sites(nights, 1, nights.disclosed(1))
    pages = ["open/site/index.html", "restricted/site/index.html"]
    assert [name for name in release.manifest["files"] if "/site/" in name] == pages
    assert modes([release.path / pages[0]]) == {0o444}
    assert modes([release.open / "site"]) == {0o755}
    assert modes([release.path / pages[1]]) == {0o400}
    assert modes([release.restricted / "site"]) == {0o700}
    verify(nights.home, release.release_id)
    (release.path / pages[0]).chmod(0o600)
    (release.path / pages[0]).write_text("another figure", encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"index\.html was changed"):
        verify(nights.home, release.release_id)


def test_the_open_site_is_given_the_open_file_and_nothing_of_the_run(nights: Nights) -> None:
    given: list[Edition] = []

    def note(edition: Edition) -> None:
        given.append(edition)
        one_page(edition)

    with_sites(nights, 1, nights.disclosed(1), note)
    restricted, open_one = given
    told = [(one.kind, one.figures.name, one.part.name) for one in given]
    assert told == [("restricted", "marts.duckdb", "restricted"), ("open", "open.duckdb", "open")]
    assert restricted.run["run_id"] == restricted.release_id == open_one.release_id
    assert (dict(open_one.run), open_one.note) == ({}, "")


def test_a_part_that_is_carried_over_has_pages_that_say_so(nights: Nights) -> None:
    first = with_sites(nights, 1, nights.disclosed(1))
    second = with_sites(nights, 2, WITHHELD)
    page = (second.open / "site" / "index.html").read_text(encoding="utf-8")
    assert f"These are the open figures of release {first.release_id}: later ones were withheld." in page
    assert WITHHELD.reason in page
    verify(nights.home, second.release_id)


def test_where_nothing_was_ever_open_there_is_no_open_site(nights: Nights) -> None:
    release = with_sites(nights, 1, WITHHELD)
    assert (release.restricted / "site" / "index.html").is_file()
    assert not (release.open / "site").exists()


def test_a_page_that_cannot_be_made_leaves_readers_what_they_had(nights: Nights) -> None:
    def breaks(edition: Edition) -> None:
        one_page(edition)
        raise ReportBroken("The page index.html could not be made.")

    before = with_sites(nights, 1, nights.disclosed(1))
    with pytest.raises(ReportBroken):
        with_sites(nights, 2, nights.disclosed(2), breaks)
    assert current_release(nights.home) == before
    assert [path.name for path in nights.home.releases.iterdir() if path.name.startswith(".")] == []


def test_a_rollback_brings_its_pages_back(nights: Nights) -> None:
    first = with_sites(nights, 1, nights.disclosed(1, 0.24))
    with_sites(nights, 2, nights.disclosed(2, 0.30))
    rollback(nights.settings, nights.home, first.release_id, who="Analyst", why="the figures were wrong")
    page = nights.home.current / "open" / "site" / "index.html"
    assert first.release_id in page.read_text(encoding="utf-8")
