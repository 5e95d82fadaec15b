"""Compare what is loaded with what was published: is there anything new tonight?"""

from __future__ import annotations

import hashlib
import json

import duckdb

from flows.build import definitions_hash
from flows.configure import PROJECT, Settings
from flows.home import Home
from flows.ingest import current_inputs


def inputs_hash(settings: Settings, home: Home) -> str:
    """All that a release is made from, as one SHA-256: loads, definitions, checks, the trust's settings.

    The clock is not in it: the same inputs on another day are nothing new.
    """
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        loads = current_inputs(connection)
    whole = {
        "organisation": settings.organisation.model_dump(),
        "thresholds": {name: one.model_dump() for name, one in settings.thresholds.items()},
        "loads": loads,
        "definitions": definitions_hash(),
        "expectations": {
            str(path.relative_to(PROJECT)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted((PROJECT / "expectations").rglob("*.*"))
        },
    }
    return hashlib.sha256(json.dumps(whole, sort_keys=True, default=str).encode()).hexdigest()


def is_built(home: Home) -> bool:
    """Whether the warehouse holds marts at all: one that was built anew from the load record does not yet."""
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        found = connection.execute(
            "select count(*) from information_schema.tables"
            " where table_schema = 'marts' and table_name = 'indicator_values'"
        ).fetchone()
    return found is not None and found[0] == 1
