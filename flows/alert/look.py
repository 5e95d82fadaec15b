"""Look up what readers see now: the release that the pointer names, whatever state its folder is in."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from flows.home import Home
from flows.point import ReleaseError, current_id, current_release


@dataclass(frozen=True)
class Shown:
    """The current release: when it was published (UTC), the date it was judged against, and what is wrong with it."""

    release_id: str
    published_at: datetime.datetime | None = None
    as_of_date: datetime.date | None = None
    problem: str | None = None


def shown(home: Home) -> Shown | None:
    """The release that readers are given now, None where none was ever published.

    A damaged release costs its dates, not the answer: an alert must be written all the same.
    """
    try:
        release = current_release(home)
    except ReleaseError:
        return Shown(current_id(home) or "unknown", problem="its folder is gone")
    except OSError:
        return Shown("unknown", problem="the pointer cannot be read")
    if release is None:
        return None
    try:
        return Shown(release.release_id, release.published_at, release.as_of_date, release.problem)
    except (ValueError, TypeError):
        return Shown(release.release_id, problem="its manifest has no dates that can be read")
