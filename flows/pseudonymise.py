"""Give every DuckDB cursor of dbt what it needs to key people, so that the secret never stands in SQL.

HMAC-SHA-256 is two hashes over a padded key. Both padded keys are set as variables of the session here;
the macro `pseudonym` reads them. A build without a secret stops before its first model.
"""

from __future__ import annotations

import hashlib
import os
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

SHORTEST_SECRET = 32
_BLOCK = 64


def pads(secret: bytes) -> tuple[bytes, bytes]:
    """The inner and the outer padded key of HMAC-SHA-256 (RFC 2104), 64 bytes each."""
    key = hashlib.sha256(secret).digest() if len(secret) > _BLOCK else secret
    key = key.ljust(_BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in key), bytes(byte ^ 0x5C for byte in key)


class Plugin(BasePlugin):
    """dbt-duckdb calls this for every cursor it opens: variables of DuckDB belong to one session."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Read the secret from the environment. Raises DbtRuntimeError where it is missing or short."""
        secret = os.environ.get("PARITY_PSEUDONYM_SECRET", "")
        if len(secret) < SHORTEST_SECRET:
            raise DbtRuntimeError(
                "PARITY_PSEUDONYM_SECRET is not set, or shorter than 32 characters: people cannot be keyed without it."
            )
        self._inner, self._outer = pads(secret.encode("utf-8"))

    def configure_cursor(self, cursor: Any) -> None:
        """Set the two padded keys in the cursor's session."""
        cursor.execute("set variable parity_inner_pad = ?", [self._inner])
        cursor.execute("set variable parity_outer_pad = ?", [self._outer])
