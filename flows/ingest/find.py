"""Find the files of the landing folder, and leave those that are still being written."""

from __future__ import annotations

import fnmatch
import os
import stat
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flows.ingest.define import Landing

DATA_FILES = (".csv", ".xlsx")


@dataclass(frozen=True)
class Dropped:
    """One file of the landing folder. `relative` is its path from there as it can be written down, with `/` between."""

    path: Path
    relative: str
    bytes: int
    modified_ns: int
    changed_ns: int
    is_regular: bool

    @classmethod
    def at(cls, path: Path, root: Path) -> Dropped:
        """The file as it stands now. Raises OSError where it is gone."""
        found = path.lstat()
        return cls(
            path=path,
            relative=_relative(path, root),
            bytes=found.st_size,
            modified_ns=found.st_mtime_ns,
            changed_ns=found.st_ctime_ns,
            is_regular=stat.S_ISREG(found.st_mode),
        )

    def still_stands(self) -> bool:
        """Whether nobody wrote to it or replaced it since."""
        try:
            return Dropped.at(self.path, self.path.parents[self.relative.count("/")]) == self
        except OSError:
            return False


def writable(name: str) -> str:
    """A name as one line of UTF-8 can hold it: bytes that are none, control characters and line ends are escaped.

    A backslash is doubled, so that no two files go by one name.
    """
    return "".join(
        one if one.isprintable() and one != "\\" else one.encode("unicode_escape").decode("ascii") for one in name
    )


@dataclass
class Found:
    """What lies in the landing folder: files sorted by path, and relative paths of what is not ready to be taken.

    `unfinished` files have names that say they are being written; `closed` are folders that could not be looked into,
    each with the reason.
    """

    files: list[Dropped] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    closed: dict[str, str] = field(default_factory=dict)


def find_files(root: Path, landing: Landing) -> Found:
    """Look through the landing folder. A folder that is a link is not followed.

    A folder that has the name of a data file stands among the files, to be refused like any that is no ordinary one.
    """
    found = Found()
    deepest = len(root.parts) + landing.limits["landing_deepest_folder"]

    def closed(error: OSError) -> None:
        found.closed[_relative(Path(error.filename), root)] = str(error.strerror)

    for folder, subfolders, names in os.walk(root, onerror=closed):
        like_files = [name for name in subfolders if name.casefold().endswith(DATA_FILES)]
        subfolders[:] = sorted(name for name in subfolders if not name.startswith(".") and name not in like_files)
        for path in (Path(folder, name) for name in subfolders):
            if path.is_symlink():
                found.closed[_relative(path, root)] = "it is a link"
            elif len(path.parts) > deepest:
                found.closed[_relative(path, root)] = "it lies in too many other folders"
        if len(Path(folder).parts) >= deepest:
            subfolders.clear()
        for name in sorted([*names, *like_files]):
            path = Path(folder, name)
            meaning = _passed_over(name, landing)
            if meaning == "still_written":
                found.unfinished.append(_relative(path, root))
            elif meaning is None:
                try:
                    found.files.append(Dropped.at(path, root))
                except FileNotFoundError:
                    continue
    return found


def _relative(path: Path, root: Path) -> str:
    return writable(path.relative_to(root).as_posix())


def settle(
    files: Sequence[Dropped],
    seconds: float,
    sleep: Callable[[float], None] = time.sleep,
    now_ns: Callable[[], int] = time.time_ns,
) -> tuple[list[Dropped], list[str]]:
    """Part the files into settled ones and those that changed while watched for `seconds`.

    A file that was last touched longer ago than that is settled at once; where all are, nothing is waited for.
    """
    old_enough = now_ns() - int(seconds * 1e9)
    if seconds <= 0 or all(max(file.modified_ns, file.changed_ns) <= old_enough for file in files):
        return list(files), []
    sleep(seconds)
    settled = [file for file in files if file.still_stands()]
    still = {*settled}
    return settled, [file.relative for file in files if file not in still]


def _passed_over(name: str, landing: Landing) -> str | None:
    for one in landing.passed_over:
        if fnmatch.fnmatchcase(name.casefold(), one.pattern.casefold()):
            return one.meaning
    return None
