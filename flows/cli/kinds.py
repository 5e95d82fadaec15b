"""Name the kinds of landing files: the words that `--as` takes, read from the landing contract only when asked for."""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

LANDING_FILES = Path(__file__).resolve().parents[2] / "seeds" / "landing" / "landing_files.csv"


@dataclass(frozen=True)
class Named:
    """One kind of file: its dataset, what it holds, and its landing folder where that holds no other kind."""

    dataset: str
    title: str
    folder: str
    is_alone: bool

    @property
    def words(self) -> tuple[str, ...]:
        """What it may be called, the shortest first."""
        words = {self.dataset, self.folder} if self.is_alone else {self.dataset}
        return tuple(sorted(words, key=lambda word: (len(word), word)))


def kinds() -> list[Named]:
    """Every kind of landing file, in the order of the contract."""
    import csv

    with LANDING_FILES.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    count = Counter(row["folder"] for row in rows)
    return [Named(row["dataset"], row["title"], row["folder"], count[row["folder"]] == 1) for row in rows]


class Kind(click.ParamType[str]):
    """A kind of landing file: the name of its dataset, or of its landing folder where that holds one kind only."""

    name = "kind"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The dataset of that name, or fail with the words that are taken."""
        word = "_".join(str(value).casefold().strip("/ ").replace("-", " ").split())
        known = kinds()
        dataset = next((one.dataset for one in known if word in one.words), None)
        if dataset is None:
            self.fail(_unknown(str(value), word, known), param, ctx)
        return dataset


def _unknown(value: str, word: str, known: list[Named]) -> str:
    if shared := [one.dataset for one in known if one.folder == word]:
        return f"The folder {word} holds more than one kind of file. Say {' or '.join(shared)}."
    words = [name for one in known for name in one.words]
    near = [one for one in words if word in one.split("_")] or difflib.get_close_matches(word, words)
    if near:
        meant = f"Did you mean {' or '.join(near[:3])}?"
        return f"There is no kind of file {value!r}. {meant} `parity check-file --help` lists them all."
    return f"There is no kind of file {value!r}. There are: {', '.join(words)}."


class NamingKinds(click.Command):
    """A command whose help ends with the words that `--as` takes."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each kind of file with what it may be called."""
        with formatter.section("What --as takes"):
            formatter.write_dl([(" or ".join(one.words), one.title) for one in kinds()])
