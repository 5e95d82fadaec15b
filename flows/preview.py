"""Preview: make the pages of the current release anew, in a folder of one's choice, with the texts of this moment.

The release is only read. A preview of the restricted part is for those who may read that part, and is closed to others.
"""

from __future__ import annotations

import datetime
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from flows.configure import Settings
from flows.home import Home
from flows.point import Release, current_release
from flows.report import Edition, report

MARK = "parity_preview.json"
"""Lies in the folder of a preview and names what the next preview may replace."""

Kind = Literal["open", "restricted"]


class PreviewError(Exception):
    """There is nothing to preview, or no place for it; the message says why and what to do."""


def preview(settings: Settings, home: Home, into: Path, kind: Kind, say: Callable[[str], None]) -> Path:
    """Make the site of one part of the current release in a folder. Returns its first page.

    The folder must be new, empty, or that of an earlier preview. Raises PreviewError.
    """
    into = into.absolute()
    _refuse_place(home, into)
    edition = edition_of(settings, home, kind, into)
    with _folder(into, kind):
        report(edition, say)
    return edition.site / "index.html"


def edition_of(settings: Settings, home: Home, kind: Kind, part: Path) -> Edition:
    """One part of the current release, to be written below `part`. Raises PreviewError where it cannot be read."""
    release = current_release(home)
    if release is None:
        raise PreviewError(
            "No release has been published yet, so there are no pages. `parity nightly` makes the first."
        )
    figures = release.marts if kind == "restricted" else release.open_marts
    _refuse_unreadable(release, figures, kind)
    return Edition(
        kind=kind,
        figures=figures,
        part=part,
        organisation=settings.organisation,
        release_id=release.release_id,
        published_at=release.published_at or _written_at(figures),
        as_of_date=release.as_of_date or settings.as_of_date,
        texts=settings.reports.texts,
        note=_note(release) if kind == "open" else "",
        run=_run(home, release) if kind == "restricted" else {},
    )


def may_read(home: Home, kind: Kind) -> bool:
    """Whether the current release has this part, and this account may read it."""
    release = current_release(home)
    if release is None:
        return False
    return os.access(release.marts if kind == "restricted" else release.open_marts, os.R_OK)


def _refuse_unreadable(release: Release, figures: Path, kind: Kind) -> None:
    if os.access(figures, os.R_OK):
        return
    if kind == "restricted":
        raise PreviewError(
            "You may not read the restricted part of the release, so you may not preview it. Look at the open part "
            "with --open, or ask whoever looks after Parity to add you to the group [home] restricted_group."
        )
    raise PreviewError(
        f"Release {release.release_id} has no open part that could be read. `parity disclosure` says why; look at the "
        "restricted part with --restricted."
    )


def _refuse_place(home: Home, into: Path) -> None:
    """No preview where releases, files or people's data live: nothing there is a preview's to write."""
    real = into.resolve()
    for taken in (home.releases, home.private, home.landing):
        if real == taken.resolve() or taken.resolve() in real.parents:
            raise PreviewError(f"{into} lies in {taken}, which is Parity's own. Name a folder elsewhere with --into.")


@contextmanager
def _folder(into: Path, kind: Kind) -> Iterator[None]:
    """The folder, made or emptied of an earlier preview; what was made is noted also where making it failed."""
    mark = into / MARK
    into.mkdir(mode=0o700 if kind == "restricted" else 0o755, parents=True, exist_ok=True)
    if mark.is_file():
        for name in _made(mark):
            _remove(into / name)
    others = sorted(path.name for path in into.iterdir() if path.name != MARK)
    if others:
        raise PreviewError(
            f"{into} holds {others[0]}, which no preview made, so nothing was written. Name a new or an empty folder."
        )
    if kind == "restricted":
        into.chmod(0o700)
    try:
        yield
    finally:
        made = sorted(path.name for path in into.iterdir() if path.name != MARK)
        mark.write_text(json.dumps({"made": made}), encoding="utf-8")


def _made(mark: Path) -> list[str]:
    """What an earlier preview made, by its mark: names within the folder, and no way out of it."""
    try:
        names = [str(name) for name in json.loads(mark.read_text(encoding="utf-8"))["made"]]
    except (ValueError, KeyError, TypeError):
        names = [""]
    if any(name in {"", ".", ".."} or name != Path(name).name for name in names):
        raise PreviewError(
            f"{mark} is not as a preview left it, so nothing was removed. Name a new or an empty folder with --into."
        )
    return names


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _written_at(figures: Path) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(figures.stat().st_mtime, datetime.UTC)


def _note(release: Release) -> str:
    """Why the open part is an older one, as its published pages say it."""
    part = release.open_part
    if part.get("outcome") != "carried_over":
        return ""
    return f"These are the open figures of release {part['from_release']}: later ones were withheld. {part['reason']}"


def _run(home: Home, release: Release) -> dict[str, Any]:
    """The run's record, where this account may read it."""
    try:
        told = json.loads((home.runs / f"{release.release_id}.json").read_text(encoding="utf-8"))
    except OSError:
        return {}
    return dict(told)
