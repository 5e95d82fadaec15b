"""Look up what readers see now: the release that the pointer names."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass

from flows.home import Home


@dataclass(frozen=True)
class Shown:
    """The current release. `published_at` in UTC; `as_of` is the date that its figures were judged against."""

    release_id: str
    published_at: datetime.datetime | None
    as_of: datetime.date | None


def shown(home: Home) -> Shown | None:
    """The release that readers are given now, None where none was ever published. Reads two small files.

    A manifest that is missing or odd costs the dates, not the answer: an alert must be written all the same.
    """
    try:
        release_id = home.current_txt.read_text(encoding="utf-8").strip()
    except OSError:
        return None
    if not release_id:
        return None
    try:
        manifest = json.loads((home.releases / release_id / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        manifest = {}
    return Shown(release_id, _moment(manifest.get("published_at")), _date(manifest.get("as_of_date")))


def _moment(text: object) -> datetime.datetime | None:
    try:
        moment = datetime.datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


def _date(text: object) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(str(text))
    except ValueError:
        return None
