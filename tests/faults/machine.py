"""What a machine can do to a home: fill its disk, take permissions away. For children, which it changes for good."""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from flows.configure import PROJECT

CLONE_NEWNS, MS_REC_PRIVATE = 0x00020000, (1 << 18) | 16384
PR_CAPBSET_DROP = 24
ABOVE_PERMISSIONS = (1, 2, 3)
"""The capabilities by which root reads and writes whatever the modes say: DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER."""


def mount_small_disk(at: Path, kilobytes: int) -> bool:
    """Put a disk of so many kilobytes in this process's own view of the files. False where that is not allowed."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) or libc.mount(b"none", b"/", None, MS_REC_PRIVATE, None):
        return False
    return not libc.mount(b"tmpfs", str(at).encode(), b"tmpfs", 0, f"size={kilobytes}k".encode())


def move_to_small_disk(folder: Path, spare_kilobytes: int) -> bool:
    """Let a folder lie on a disk that has so many kilobytes to spare, or else let no file grow beyond that.

    True where it is a disk of its own, which says "No space left"; a limit on files says "File too large".
    """
    aside = folder.with_name(f"{folder.name}.aside")
    size = sum(-(-path.stat().st_size // 4096) * 4 + 4 for path in folder.rglob("*") if not path.is_symlink())
    shutil.copytree(folder, aside, symlinks=True)
    if mount_small_disk(folder, size + 64 + spare_kilobytes):
        shutil.copytree(aside, folder, symlinks=True, dirs_exist_ok=True)
        _fill(folder, spare_kilobytes)
        return True
    resource.setrlimit(resource.RLIMIT_FSIZE, (spare_kilobytes * 1024, resource.RLIM_INFINITY))
    return False


def make_room(folder: Path) -> None:
    """End what `move_to_small_disk` began, in the same process."""
    (folder / "filler").unlink(missing_ok=True)
    ctypes.CDLL(None).mount(b"tmpfs", str(folder).encode(), b"tmpfs", 32, b"size=500m")
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _fill(folder: Path, spare_kilobytes: int) -> None:
    """Write until no more than the spare room is left."""
    free = shutil.disk_usage(folder).free - spare_kilobytes * 1024
    with (folder / "filler").open("wb") as handle:
        handle.write(b"\0" * max(free, 0))


def parity(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command of Parity as an account that file modes hold for, also where the tests run as root."""
    return subprocess.run(
        [sys.executable, "-m", "flows.cli", *command],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT,
        preexec_fn=_obey_modes,
    )


def _obey_modes() -> None:
    libc: Any = ctypes.CDLL(None)
    if os.geteuid() == 0:
        for capability in ABOVE_PERMISSIONS:
            libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
