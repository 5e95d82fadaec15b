"""Keep the libraries that Parity stands on from calling home, and their files inside Parity's own."""

from __future__ import annotations

import os

from flows.home import Home

PATIENCE_SECONDS = "300"
"""Prefect gives up on its own temporary server after 20 seconds, which a busy machine needs."""


def quieten(home: Home) -> None:
    """Turn off telemetry and keep Prefect's own storage in the home's private part.

    Call it before Prefect, dbt or Great Expectations is imported: they read the environment once.
    """
    os.environ["DO_NOT_TRACK"] = "1"
    os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
    os.environ["PREFECT_RESULTS_PERSIST_BY_DEFAULT"] = "false"
    os.environ.setdefault("PREFECT_HOME", str(home.scratch / "prefect"))
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "ERROR")
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", PATIENCE_SECONDS)
