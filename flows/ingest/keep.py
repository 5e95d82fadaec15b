"""Keep a copy of every loaded file, named by its SHA-256, so that the warehouse can be built anew."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import stat
from pathlib import Path

from flows.home import Home
from flows.ingest.find import Dropped
from flows.ingest.redact import known_hashes, redacted_path
from flows.ingest.refuse import NotNow
from flows.ingest.remember import Load
from flows.record import flush_folder

ROOM_FOR_EACH_BYTE = 3

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
"""What the operating system says where the fault is the disk's and not the file's."""


def copy_aside(file: Dropped, home: Home) -> tuple[Path, str]:
    """Copy a file to the kept copies, named by its SHA-256; return both. Raises NotNow where it changes meanwhile."""
    beside = home.copies / f".incoming_{secrets.token_hex(8)}.tmp"
    digest = hashlib.sha256()
    try:
        source = _open_ordinary(file.path)
        target = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(source, "rb") as read, os.fdopen(target, "wb") as write:
            while block := read.read(1 << 20):
                digest.update(block)
                write.write(block)
            write.flush()
            os.fsync(write.fileno())
        if not file.still_stands():
            raise NotNow("It changed while it was read.", needs_a_person=False)
        copy = home.copies / f"{digest.hexdigest()}{file.path.suffix.lower()}"
        beside.replace(copy)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise NotNow(
                f"Its copy could not be kept: {error.strerror}. Make room on the disk of {home.private}."
            ) from None
        raise NotNow(f"It cannot be read: {error.strerror}. Let Parity's user read it.") from None
    finally:
        beside.unlink(missing_ok=True)
    flush_folder(home.copies)
    return copy, digest.hexdigest()


def sha256_of(file: Dropped) -> str | None:
    """The SHA-256 of a file that lies in the landing folder; None where it is a link or cannot be read."""
    try:
        with os.fdopen(_open_ordinary(file.path), "rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError:
        return None


def _open_ordinary(path: Path) -> int:
    """Open a file that is no link, and no pipe that would keep whoever opens it waiting for ever. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no ordinary file", str(path))
    return descriptor


def kept_copy(home: Home, load: Load) -> Path:
    """Where the copy of a load's file is kept: the one without erased people, where there is such a one."""
    whole = home.copies / f"{load.sha256}{Path(load.file_name).suffix.lower()}"
    redacted = redacted_path(whole)
    return redacted if redacted.exists() else whole


def is_whole(home: Home, load: Load) -> bool:
    """Whether the kept copy is there with the bytes that it was written with."""
    copy = kept_copy(home, load)
    if not copy.is_file():
        return False
    with copy.open("rb") as handle:
        found = hashlib.file_digest(handle, "sha256").hexdigest()
    return found == load.sha256 or found in known_hashes(home, load.sha256 or "")


def ask_for_room(home: Home, file: Dropped) -> None:
    """Raise NotNow where the disk has too little room for the copy, the rows and what DuckDB needs meanwhile."""
    free = shutil.disk_usage(home.private).free
    needed = ROOM_FOR_EACH_BYTE * file.bytes
    if free < needed:
        raise NotNow(
            f"Loading it needs about {needed / 1e6:,.0f} MB of disk and {free / 1e6:,.0f} MB are free. "
            f"Make room on the disk of {home.private}."
        )
