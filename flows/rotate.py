"""Rotate the trust's secret, or begin with a new one where it was lost: everything is built anew from the kept files.

Every pseudonym is another from then on. No figure changes, and nobody who was erased comes back, because the list of
the erased has a key of its own.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence

from flows.configure import Settings
from flows.home import Home
from flows.ingest.keep import is_whole
from flows.ingest.remember import Load
from flows.ingest.retain import purged_parts
from flows.point import append_line, now
from flows.purge import known_loads
from flows.rebuild import rebuild
from flows.recognise import WHAT_IS_KEYED
from flows.record import write_whole

Say = Callable[[str], None]


class RotationRefused(Exception):
    """The secret was not changed; the message says why and what to do. The home is as it was."""


def rotate(settings: Settings, home: Home, who: str, why: str, say: Say = lambda _: None) -> int:
    """Take the secret of the environment for the home's own from now on, and load every kept file again.

    Hold the home's lock. Marts are not built: the next night does it. Returns how many loads were loaded again.
    Raises RotationRefused, before anything is changed, where the secret is the home's own already, or where a kept copy
    is missing so that its rows could not be loaded again.
    """
    check = _check(settings)
    known = home.ledger / "secret_check.txt"
    if known.exists() and hmac.compare_digest(known.read_text(encoding="utf-8").strip(), check):
        raise RotationRefused(
            "PARITY_PSEUDONYM_SECRET is the one that this home is keyed with already. Set the new one, then try again."
        )
    loads = [load for load in known_loads(home) if load.has_rows]
    _refuse_missing_copies(home, loads)
    rebuild(settings, home, say)  # first: a night with the new secret must not meet what the old one keyed
    append_line(home.ledger / "secrets.jsonl", {"at": now(), "who": who, "why": why, "loads": len(loads)})
    write_whole(known, check + "\n")
    return len(loads)


def _check(settings: Settings) -> str:
    secret = settings.pseudonym_secret.get_secret_value().encode()
    return hmac.new(secret, WHAT_IS_KEYED, hashlib.sha256).hexdigest()


def _refuse_missing_copies(home: Home, loads: Sequence[Load]) -> None:
    without = purged_parts(home, "copy")
    missing = [load for load in loads if not is_whole(home, load)]
    if not missing:
        return
    named = ", ".join(f"{load.load_id} ({load.file_path})" for load in missing[:5])
    purged = any(load.load_id in without for load in missing)
    why = "retention took some of them ([retention] copies_days)" if purged else "bring private/copies from a backup"
    raise RotationRefused(
        f"The kept copies of {len(missing)} loads are missing or damaged: {named}. Nothing was changed, because their "
        f"rows would be lost: {why}, or drop those files again first."
    )
