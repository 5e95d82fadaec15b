"""Recognise the trust's secret: a home whose people are keyed by one must not be built with another."""

from __future__ import annotations

import hashlib
import hmac

from flows.configure import ConfigurationError, Settings
from flows.home import Home
from flows.record import write_whole

WHAT_IS_KEYED = b"Parity recognises the secret of this home"


def recognise_secret(settings: Settings, home: Home) -> None:
    """Compare the secret with the one that this home was keyed with; remember it where the home is new.

    What is kept is a keyed hash in `private/ledger/`, from which the secret cannot be worked out. Raises
    ConfigurationError where the secret is missing, or is another one.
    """
    secret = settings.pseudonym_secret.get_secret_value().encode()
    known = home.ledger / "secret_check.txt"
    check = hmac.new(secret, WHAT_IS_KEYED, hashlib.sha256).hexdigest()
    if not known.exists():
        write_whole(known, check + "\n")
        return
    if not hmac.compare_digest(known.read_text(encoding="utf-8").strip(), check):
        raise ConfigurationError(
            "PARITY_PSEUDONYM_SECRET is not the one that the people of this home are keyed with, so nobody would be "
            "recognised from one snapshot to the next. Set the right one. If it is lost or was changed on purpose, run "
            "`parity secret rotate`, which builds the warehouse anew from the kept files."
        )
