"""The long tests: hundreds of kills, thousands of inputs. `make soak` runs all, with figures at the end."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """How long one soak goes on. None leaves it to the soak: each has a length of its own that means something."""

    count: int | None = None
    """How many kills, readers or inputs."""
    seconds: float | None = None
    """After how many seconds it ends, whatever the count."""
    seed: int = 1
    """What chance starts from. The same seed asks the same things in the same order."""


class PromiseBroken(Exception):
    """A promise of the README did not hold; the message says which one, and the seed and step that show it again."""
