"""Compare what is loaded with what was published: is there anything new tonight?"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from flows.build import built_with, definitions_hash
from flows.configure import PROJECT, Settings
from flows.connect import connect
from flows.freeze import ledger_hash
from flows.home import Home
from flows.ingest import current_inputs


def inputs_hash(settings: Settings, home: Home) -> str:
    """All that a release is made from, as one SHA-256: loads, approvals, definitions, code, checks, settings,
    and what its pages are written with.

    The clock is not in it: the same inputs on another day are nothing new.
    """
    with connect(home, read_only=True) as connection:
        loads = current_inputs(connection)
    whole = {
        "organisation": settings.organisation.model_dump(),
        "thresholds": {name: one.model_dump() for name, one in settings.thresholds.items()},
        "loads": loads,
        "approvals": ledger_hash(home),
        "definitions": definitions_hash(),
        "code": code_hash(),
        "expectations": _file_hashes(PROJECT / "expectations"),
        "reports": {
            "templates": _file_hashes(PROJECT / "reports"),
            "texts": _file_hashes(settings.reports.texts),
            "plans_are_public": settings.reports.plans_are_public,
        },
    }
    return hashlib.sha256(json.dumps(whole, sort_keys=True, default=str).encode()).hexdigest()


def _file_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder, which need not be there."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.*"))
        if path.is_file()
    }


def is_built(home: Home) -> bool:
    """Whether the warehouse holds marts made by the definitions of today.

    It does not where it was built anew from the load record, where a test of data failed, and where a definition was
    changed, built, and changed back.
    """
    return built_with(home) == definitions_hash()


def code_hash() -> str:
    """SHA-256 over the Python code of the steps, on which a figure's way to its reader depends too."""
    digest = hashlib.sha256()
    for path in sorted((PROJECT / "flows").rglob("*.py")):
        digest.update(path.relative_to(PROJECT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
