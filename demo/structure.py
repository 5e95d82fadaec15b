"""The trust's posts, directorates and teams, as the two tables beside this file describe them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from demo.draw import Floats, Ints

HERE = Path(__file__).parent


def read_table(name: str) -> list[dict[str, str]]:
    """Rows of a CSV file beside this module."""
    with (HERE / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@dataclass(frozen=True)
class Posts:
    """One entry per post; numbers are arrays in the same order. `next` and `previous` are post indexes, -1 for none."""

    rows: list[dict[str, str]]
    headcount: Ints
    minority: Floats
    female: Floats
    part_time: Floats
    promotion: Floats
    unsocial: Floats
    salary_low: Floats
    salary_high: Floats
    next: Ints
    previous: Ints

    def index(self, post: str) -> int:
        """The number of a post by its short name."""
        return [row["post"] for row in self.rows].index(post)

    def texts(self, column: str) -> list[str]:
        """A text column, one entry per post."""
        return [row[column] for row in self.rows]

    def where(self, column: str, *wanted: str) -> Ints:
        """Numbers of the posts whose text column has one of these values."""
        return np.array([i for i, row in enumerate(self.rows) if row[column] in wanted], dtype=np.int64)


@dataclass(frozen=True)
class Places:
    """One entry per team: its directorate, and how likely each post is to sit there (posts x teams)."""

    directorates: list[str]
    directorate_of: Ints
    teams: list[str]
    likelihood: Floats


@cache
def posts() -> Posts:
    """All posts of `posts.csv`."""
    rows = read_table("posts.csv")
    names = [row["post"] for row in rows]

    def number(column: str) -> Floats:
        return np.array([float(row[column]) for row in rows])

    following = np.array([names.index(row["next_post"]) if row["next_post"] else -1 for row in rows], dtype=np.int64)
    previous = np.full(len(rows), -1, dtype=np.int64)
    for index in range(len(rows) - 1, -1, -1):
        if following[index] >= 0:
            previous[following[index]] = index
    return Posts(
        rows,
        number("headcount").astype(np.int64),
        number("minority") / 100,
        number("female") / 100,
        number("part_time") / 100,
        number("promotion"),
        number("unsocial"),
        number("salary_low"),
        number("salary_high"),
        following,
        previous,
    )


@cache
def places() -> Places:
    """All teams of `directorates.csv`; a post that some team of a directorate is for sits only in such teams there."""
    rows = read_table("directorates.csv")
    directorates = list(dict.fromkeys(row["directorate"] for row in rows))
    likelihood = np.zeros((len(posts().rows), len(rows)))
    for number, post in enumerate(posts().rows):
        for area in post["area"].split("|"):
            key, share = area.split("=")
            teams = [index for index, row in enumerate(rows) if row["key"] == key]
            own = [index for index in teams if post["post"] in rows[index]["posts"].split("|")]
            weights = {index: float(rows[index]["weight"]) for index in own or teams}
            for index, weight in weights.items():
                likelihood[number, index] += float(share) * weight / sum(weights.values())
    return Places(
        directorates,
        np.array([directorates.index(row["directorate"]) for row in rows], dtype=np.int64),
        [row["team"] for row in rows],
        likelihood / likelihood.sum(axis=1, keepdims=True),
    )
