"""What many tests need and nobody changes is made once a run, whichever worker of pytest-xdist asks for it first."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import flows.build
from flows.configure import PROJECT, Settings
from flows.home import Home
from flows.report import Edition


def one_page(edition: Edition, say: Callable[[str], None] = lambda _: None) -> int:
    """A site of one page in place of the real one, for nights that are about something else: `flows.nightly.report`.

    The first night of the shared trust, the canaries' and the demonstration's write the real sites.
    """
    edition.site.mkdir(mode=0o700)
    (edition.site / "index.html").write_text(f"<title>{edition.release_id}</title>{edition.note}", encoding="utf-8")
    say(f"1 page of the {edition.kind} site")
    return 1


def made_once(base: Path, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that `make` fills; the others who ask wait for it. Copy it, or read it, but do not change it.

    `base` is the session's temporary folder, which in a worker stands in the one that all workers share.
    """
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    shared.mkdir(exist_ok=True)
    folder, made = shared / name, shared / f"{name}.made"
    with _alone(shared / f"{name}.lock"):
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            made.touch()
    return folder


def over_one_parse(
    base: Path, environment: Callable[[Settings, Home], dict[str, str]]
) -> Callable[..., dict[str, str]]:
    """`flows.build._environment`, which first lends a new home the parse of the project that another home made.

    dbt needs seven seconds to read the project, and what it reads does not depend on the home. A night compares what it
    kept with the files as they are (`flows/invoke.py`), so a project that a test changed is read anew.
    """

    def lend(settings: Settings, home: Home) -> dict[str, str]:
        given = environment(settings, home)
        target = Path(given["DBT_TARGET_PATH"])
        if flows.build.PROJECT == PROJECT and not (target / "read_from.txt").exists():
            parsed = made_once(base, "parsed", lambda folder: _parse(given | {"DBT_TARGET_PATH": str(folder)}))
            target.mkdir(parents=True, exist_ok=True, mode=0o700)
            for name in ("partial_parse.msgpack", "manifest.json", "read_from.txt"):
                shutil.copyfile(parsed / name, target / name)
                (target / name).chmod(0o600)
        return given

    return lend


def _parse(environment: dict[str, str]) -> None:
    """Read the project and keep what was read where `DBT_TARGET_PATH` says."""
    asked = [sys.executable, "-m", "flows.invoke", json.dumps([])]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(asked, cwd=PROJECT, env=environment, text=True, **pipes) as process:
        assert process.stdout is not None
        assert '"end"' in process.stdout.read(), "dbt could not read the project: run `parity nightly` to see why"


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
