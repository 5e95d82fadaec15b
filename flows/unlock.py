"""Let dbt use an encrypted warehouse: attach it to dbt's own connection, with the key from the environment.

The target `encrypted` of `profiles.yml` names this plugin. The file's name and the key never stand in the profile's
attachments together, so neither dbt's log nor its artifacts can hold the key.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin

from flows.connect import attach_encrypted


class Plugin(BasePlugin):
    """dbt-duckdb calls this once for the connection that all of its cursors share."""

    def configure_connection(self, conn: Any) -> None:
        """Attach the warehouse that `PARITY_WAREHOUSE` names. Raises ConfigurationError where there is no key."""
        attach_encrypted(conn, Path(os.environ["PARITY_WAREHOUSE"]))
