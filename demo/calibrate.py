"""Read what the demonstration trust is steered to, and scale it to another size of trust."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("calibration.toml")


@cache
def targets() -> dict[str, Any]:
    """The calibration file as it stands."""
    with FILE.open("rb") as handle:
        return tomllib.load(handle)


def value(section: str, key: str) -> Any:
    """One target's value: a count of the whole trust, or a share, ratio or gap as a fraction."""
    return targets()[section][key]["value"]


@dataclass(frozen=True)
class Size:
    """How large a trust to make: `headcount` in employed scope at 31 March 2025, and the last `months` snapshots."""

    headcount: int
    months: int

    @property
    def staff(self) -> int:
        """People in employed scope at the anchor, 31 March 2024."""
        return round(self.headcount * float(value("headcount", "2024-03-31")) / float(value("headcount", "2025-03-31")))

    @property
    def scale(self) -> float:
        """This trust's size over that of the published one."""
        return self.staff / float(value("headcount", "2024-03-31"))

    def count(self, section: str, key: str, least: int = 0) -> int:
        """A target count scaled to this size, at least `least`."""
        return max(least, round(float(value(section, key)) * self.scale))


def size_of(staff: int | None, months: int | None) -> Size:
    """The size asked for; the published trust's where nothing is."""
    chosen = Size(staff or int(value("headcount", "2025-03-31")), 25 if months is None else months)
    if chosen.headcount < 150:
        raise ValueError(
            f"A demonstration trust needs 150 staff or more, not {chosen.headcount}: its board alone needs a dozen."
        )
    if chosen.months < 1 or chosen.months > 240:
        raise ValueError(f"Ask for 1 to 240 monthly snapshots, not {chosen.months}.")
    return chosen
