"""Ask what is known to be wrong with the locked packages: `python -m vet.advise`, or `make audit`.

Two questions. The open vulnerability database (OSV, which has PyPI's own advisories) is asked for every pin; it needs
the internet, and where it cannot be reached that is said, with an exit code of its own. `vet/advisories.csv` is asked
without it, by `make test`: a few weaknesses that we know by heart, so that no resolve goes back behind their mending.
It is a net with wide meshes, and no replacement for the first.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from packaging.specifiers import SpecifierSet

from vet.pin import Pin, read_pins

KNOWN = Path(__file__).parent / "advisories.csv"
DATABASE = "https://api.osv.dev/v1/querybatch"
NOT_ASKED = 3
"""Exit code where the database could not be reached."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask both and print the answers: 0 nothing is known, 1 something is, 3 the database could not be reached."""
    asked = argparse.ArgumentParser(prog="python -m vet.advise", description=__doc__)
    asked.add_argument("--database", default=DATABASE, help="where the database answers")
    database = asked.parse_args(arguments).database
    pins = read_pins()
    found = list(known_by_heart(pins))
    try:
        found += ask(pins, database)
    except (urllib.error.URLError, TimeoutError, ValueError, KeyError) as error:
        print("\n".join(found))
        print(
            f"The advisory database could not be asked ({type(error).__name__}), so whether the {len(pins)} locked "
            "packages have known weaknesses is not known beyond the list that is kept here. Run `make audit` where the "
            "internet can be reached, before each release of this code and once a month."
        )
        return 1 if found else NOT_ASKED
    print("\n".join([*found, f"{len(pins)} locked packages asked for, {len(found)} advisories found."]))
    return 1 if found else 0


def known_by_heart(pins: Sequence[Pin]) -> Iterator[str]:
    """The advisories of `advisories.csv` that a pin falls under, as sentences."""
    with KNOWN.open(encoding="utf-8", newline="") as handle:
        advisories = list(csv.DictReader(handle))
    for pin in pins:
        for one in advisories:
            if one["package"] == pin.name and pin.version in SpecifierSet(one["affected"], prereleases=True):
                yield f"{pin.name} {pin.version}: {one['advisory']}, {one['what']}. Affected: {one['affected']}."


def ask(pins: Sequence[Pin], database: str = DATABASE) -> list[str]:
    """What the database knows of each pin, as sentences. Raises URLError, or ValueError where it does not answer so."""
    package = [{"package": {"name": pin.name, "ecosystem": "PyPI"}, "version": pin.version} for pin in pins]
    request = urllib.request.Request(  # noqa: S310 - http or https, given by who runs it
        database, json.dumps({"queries": package}).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
        results = json.load(answer)["results"]
    return [
        f"{pin.name} {pin.version}: {advisory['id']}."
        for pin, result in zip(pins, results, strict=True)
        for advisory in result.get("vulns") or []
    ]


if __name__ == "__main__":
    sys.exit(main())
