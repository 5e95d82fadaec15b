"""List the licences of the locked packages: `python -m vet.license` writes docs/licences.md.

A licence is what the installed package says of itself, in the names of SPDX; `vet/licence_names.csv` turns older ways
of saying it into these, and `vet/licences_allowed.csv` says which may be in the lock, and why.
"""

from __future__ import annotations

import csv
import importlib.metadata
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from email.message import Message
from pathlib import Path
from typing import cast

from flows.configure import PROJECT
from flows.record import write_whole
from vet.pin import Pin, read_pins

PAGE = PROJECT / "docs" / "licences.md"
FOLDER = Path(__file__).parent


class NoLicence(Exception):
    """A package does not say its licence in words that are known; the message says which and what to do."""


def main() -> None:
    """Write the page."""
    write_whole(PAGE, page())
    print(f"{PAGE.relative_to(PROJECT)} is written.")


def page() -> str:
    """The page as it should be."""
    return "\n".join(_lines(licences(read_pins()))) + "\n"


def licences(pins: Sequence[Pin]) -> dict[Pin, str]:
    """The licence of each package as an expression of SPDX. Raises NoLicence."""
    elsewhere = _table("licences_elsewhere.csv", "package", "licence")
    return {pin: elsewhere.get(pin.name) or _licence(pin.name) for pin in pins}


def not_allowed(found: Mapping[Pin, str]) -> list[str]:
    """The packages whose licence is not on the list of those that are allowed."""
    allowed = set(_table("licences_allowed.csv", "licence", "why"))
    return [f"{pin.name}: {licence}" for pin, licence in found.items() if not is_allowed(licence, allowed)]


def is_allowed(licence: str, allowed: set[str]) -> bool:
    """Whether an expression can be met by allowed licences: one side of an OR, both sides of an AND."""
    if len(either := _split(licence, "OR")) > 1:
        return any(is_allowed(one, allowed) for one in either)
    if len(both := _split(licence, "AND")) > 1:
        return all(is_allowed(one, allowed) for one in both)
    inner = licence.strip()
    return is_allowed(inner[1:-1], allowed) if inner.startswith("(") else inner in allowed


def _split(expression: str, word: str) -> list[str]:
    """The parts of an expression between the words that stand outside of brackets."""
    parts, depth = [""], 0
    for token in re.findall(r"[()]|[^\s()]+", expression):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token == word and depth == 0:
            parts.append("")
        else:
            parts[-1] += f" {token}"
    return parts


def _licence(name: str) -> str:
    metadata = cast(Message, importlib.metadata.metadata(name))
    if said := metadata.get("License-Expression"):
        return str(said)
    classifiers = [
        str(one).rpartition(" :: ")[2] for one in metadata.get_all("Classifier") or [] if "License ::" in one
    ]
    words = [one for one in classifiers if one != "OSI Approved"] or str(metadata.get("License") or "").splitlines()[:1]
    known = _table("licence_names.csv", "printed", "licence")
    unknown = [word for word in words if word not in known]
    if unknown or not words:
        raise NoLicence(
            f"{name} says of its licence {unknown or 'nothing'}. Read it, and add a line to vet/licence_names.csv, or "
            "to vet/licences_elsewhere.csv for this package alone."
        )
    return " OR ".join(dict.fromkeys(known[word] for word in words))


def _table(file: str, key: str, value: str) -> dict[str, str]:
    with (FOLDER / file).open(encoding="utf-8", newline="") as handle:
        return {row[key]: row[value] for row in csv.DictReader(handle)}


def _lines(found: Mapping[Pin, str]) -> Iterator[str]:
    yield "# Licences of what Parity stands on"
    yield ""
    yield "Made by `make licences` from `requirements.lock` and what each package says of itself, not by hand. A test"
    yield "holds that it is current and every licence allowed. Packages for tests and checks are included."
    yield ""
    yield "| licence | packages | why it is allowed |"
    yield "| --- | --- | --- |"
    why = _table("licences_allowed.csv", "licence", "why")
    counted = Counter(licence for licence in found.values())
    for licence, count in sorted(counted.items(), key=lambda one: (-one[1], one[0])):
        yield f"| {licence} | {count} | {why.get(licence, 'each part, or one of the choices, is allowed')} |"
    yield ""
    yield "| package | version | licence |"
    yield "| --- | --- | --- |"
    for pin in sorted(found, key=lambda pin: pin.name):
        yield f"| {pin.name} | {pin.version} | {found[pin]} |"


if __name__ == "__main__":
    main()
