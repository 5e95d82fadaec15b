"""Set up the demonstration: an invented trust's home, its configuration, its secret and its landing files.

A folder is the demonstration's own when `demonstration.json` lies in it; nothing of any other folder is touched.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flows.configure import PROJECT, load_settings
from flows.home import Home
from flows.lock import hold
from flows.record import write_whole

SECRET_NAME = "PARITY_PSEUDONYM_SECRET"  # noqa: S105 - where the secret is, not the secret
SNAPSHOTS = "esr_staff_list"
UNIT, FIELD = "Org L3", "Ethnic Origin"

CONFIGURATION = """\
# The demonstration's configuration. For your own trust copy parity.example.toml, which explains every key.

[organisation]
name = "Thamesmere Ambulance Service NHS Trust" # invented, and so is everybody in it
ods_code = "XPT"

[home]
path = "." # landing/, private/ and releases/ lie beside this file

[clock]
as_of_date = 2025-04-03 # the demonstration's today, so that nothing is late; a trust leaves this out

[ingest]
settle_seconds = 0 # its files are whole from the start

[reports]
plans_are_public = true # so that the open pages show the actions of its plans too; a trust decides for itself
"""


@dataclass(frozen=True)
class Options:
    """What the demonstration trust is made of; another choice is another trust."""

    staff: int = 8300
    months: int = 25
    seed: int = 20250331
    messy: bool = False


@dataclass(frozen=True)
class Damage:
    """A corrected snapshot: the file, the directorate whose ethnicity it blanks, and how many rows that is."""

    path: Path
    directorate: str
    rows: int


class DemonstrationError(Exception):
    """The demonstration cannot do what was asked; the message says why and what to do."""


def prepare(folder: Path, asked: Mapping[str, Any], fresh: bool, say: Callable[[str], None]) -> Path:
    """Make the demonstration in a folder, unless it is there already; returns its configuration file.

    `asked` are fields of Options that differ from its defaults, or must be those of what is there. `fresh` begins anew.
    Raises DemonstrationError where the folder holds something else, or another demonstration, and
    NightIsHeld where a night works in it.
    """
    _refuse_foreign(folder)
    if fresh and _mark(folder).is_file():
        _clear(folder, say)
    if _mark(folder).is_file():
        _refuse_other(folder, asked)
        say(f"The demonstration trust is in {folder / 'landing'} already.")
        return folder / "parity.toml"
    options = Options(**asked)
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    _keep_secret(folder)
    config = folder / "parity.toml"
    write_whole(config, CONFIGURATION, 0o644)
    write_whole(_mark(folder), json.dumps({"made": False}), 0o644)
    home = Home.of(load_settings(config))
    home.prepare()
    _write_texts(folder / "texts")
    _make(home, options, say)
    write_whole(_mark(folder), json.dumps({"made": True, **asdict(options)}), 0o644)
    return config


def lend_secret(folder: Path) -> None:
    """Put the demonstration's own secret into the environment, where the folder is the demonstration's.

    It stands above what the environment holds: a trust's secret is not used on invented people, and they keep their
    pseudonyms from night to night.
    """
    if _mark(folder).is_file() and _secret(folder).is_file():
        os.environ[SECRET_NAME] = _secret(folder).read_text(encoding="utf-8").strip().removeprefix(f"{SECRET_NAME}=")


def damage(landing: Path) -> Damage:
    """Drop a correction of the latest snapshot in which the largest directorate has no ethnicity any more."""
    latest = _latest_snapshot(landing)
    header, rows = _read(latest)
    if UNIT not in header or FIELD not in header:
        raise DemonstrationError(f"{latest.name} is too messy to be broken by hand. Break a trust without --messy.")
    largest = Counter(row[header.index(UNIT)] for row in rows).most_common(1)[0][0]
    for row in rows:
        if row[header.index(UNIT)] == largest:
            row[header.index(FIELD)] = ""
    blanked = sum(row[header.index(UNIT)] == largest for row in rows)
    return Damage(_write_correction(latest, header, rows), largest, blanked)


def mend(landing: Path) -> Path:
    """Drop a correction that says again what the latest snapshot said at first."""
    latest = _latest_snapshot(landing)
    if _first(latest) == latest:
        raise DemonstrationError("Nothing is broken: the latest snapshot has no correction. Break it with --break.")
    return repeat(landing)


def repeat(landing: Path) -> Path:
    """Drop a correction of the latest snapshot that changes nothing: what its first file said, in other bytes."""
    latest = _latest_snapshot(landing)
    return _write_correction(latest, *_read(_first(latest)))


def _make(home: Home, options: Options, say: Callable[[str], None]) -> None:
    from demo.make import make

    make(home.landing, **asdict(options), say=say)


def _refuse_foreign(folder: Path) -> None:
    if _mark(folder).is_file():
        return
    if any((folder / name).exists() for name in ("parity.toml", "landing", "private", "releases")):
        raise DemonstrationError(
            f"{folder} holds a home that the demonstration did not make, so nothing in it was touched. "
            "Name another folder with --into, or set PARITY_HOME."
        )


def _refuse_other(folder: Path, asked: Mapping[str, Any]) -> None:
    made = json.loads(_mark(folder).read_text(encoding="utf-8"))
    if not made["made"]:
        raise DemonstrationError(f"The demonstration in {folder} was not finished. Begin anew with --fresh.")
    other = [f"{name} {made[name]}" for name, value in asked.items() if made[name] != value]
    if other:
        raise DemonstrationError(
            f"{folder} holds a demonstration with other options ({', '.join(other)}). Begin anew with --fresh, which "
            "removes it, or name another folder with --into."
        )


def _clear(folder: Path, say: Callable[[str], None]) -> None:
    say(f"Removing the demonstration in {folder} …")
    home = Home(folder)
    home.prepare()
    with hold(home, "demo --fresh"):
        for gone in (home.landing, home.releases):
            shutil.rmtree(gone)
        for path in home.private.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif not path.name.startswith(home.lock.name):
                path.unlink()
        for path in (folder / "parity.toml", _secret(folder), _mark(folder)):
            path.unlink(missing_ok=True)
    shutil.rmtree(home.private)


def _write_texts(folder: Path) -> None:
    """Give the trust a few words of its own, so that its reports show where they stand; what is there stays."""
    told = PROJECT / "demo" / "texts"
    for path in sorted(told.rglob("*.md")):
        there = folder / path.relative_to(told)
        if not there.exists():
            there.parent.mkdir(parents=True, exist_ok=True)
            write_whole(there, path.read_text(encoding="utf-8"), 0o644)


def _keep_secret(folder: Path) -> None:
    write_whole(_secret(folder), f"{SECRET_NAME}={secrets.token_hex(32)}\n", 0o600)


def _mark(folder: Path) -> Path:
    return folder / "demonstration.json"


def _secret(folder: Path) -> Path:
    return folder / "demonstration.env"


def _latest_snapshot(landing: Path) -> Path:
    """The file that is current for the latest date: the highest version of it."""
    dated = [path for path in (landing / SNAPSHOTS).glob(f"{SNAPSHOTS}_*.csv") if _date_and_version(path)]
    if not dated:
        raise DemonstrationError(f"There is no snapshot in {landing / SNAPSHOTS}. Begin anew with --fresh.")
    return max(dated, key=lambda path: _date_and_version(path) or ("", 0))


def _date_and_version(path: Path) -> tuple[str, int] | None:
    found = re.fullmatch(rf"{SNAPSHOTS}_(\d{{4}}-\d\d-\d\d)(?:_v(\d+))?", path.stem)
    return (found[1], int(found[2] or 1)) if found else None


def _first(path: Path) -> Path:
    return path.with_name(f"{_dated_stem(path)}{path.suffix}")


def _dated_stem(path: Path) -> str:
    return re.sub(r"_v\d+$", "", path.stem)


def _read(path: Path) -> tuple[list[str], list[list[str]]]:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    return header, rows


def _write_correction(latest: Path, header: list[str], rows: Iterable[list[str]]) -> Path:
    _, version = _date_and_version(latest) or ("", 1)
    path = latest.with_name(f"{_dated_stem(latest)}_v{version + 1}.csv")
    beside = path.with_name(f".{path.name}.tmp")
    with beside.open("w", encoding="utf-8", newline="") as handle:
        # Quoted throughout, so that a correction has bytes of its own even where it says what an earlier file said.
        csv.writer(handle, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    return beside.rename(path)
