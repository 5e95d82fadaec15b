"""Nights as they end: records with findings, made by hand."""

from __future__ import annotations

import datetime
import json
from typing import Any

from flows.home import Home
from flows.record import Finding, RunRecord

FIRST_NIGHT = datetime.datetime(2025, 4, 2, 2, 31, tzinfo=datetime.UTC)

INCOMPLETE = Finding(
    kind="withheld",
    severity="critical",
    name="ethnicity_complete_by_directorate",
    sentence="Ethnicity is incomplete in 1 directorate.",
    counts={"people": 412, "blank_count": 98},
    places=("Ambulance Operations North",),
    owner="EDI team",
    next_step="Ask the directorate to complete ESR self-service, then drop the extract again.",
)
REFUSED = Finding(
    kind="refused",
    severity="warning",
    name="file_refused",
    sentence="A file lacks the column Pay Scale and was refused.",
    counts={"rows_read": 8123},
    places=("esr_staff_list/esr_staff_list_2025-03-31.csv",),
    owner="Workforce information",
    next_step="Export it again with the column, and drop it under a new version.",
)
UNMAPPED = Finding(
    kind="unmapped",
    severity="warning",
    name="unknown_pay_scale",
    sentence="A pay scale is unknown to the map.",
    counts={"rows": 23},
    places=("XR99",),
    next_step="Add it to seeds/maps/pay_scale_map.csv.",
)
INFORMATIVE = Finding(kind="noticed", severity="info", name="new_team", sentence="A new team appeared.")


def night(day: int, outcome: str, *findings: Finding, **facts: Any) -> RunRecord:
    """The record of the night that ended `day` days after the first."""
    at = now(day)
    return RunRecord(
        run_id=f"{at:%Y%m%dT%H%M%SZ}_{day:06x}",
        started_at=(at - datetime.timedelta(minutes=1)).isoformat(),
        finished_at=at.isoformat(),
        organisation_code="XPT",
        as_of_date="2025-04-05",
        outcome=outcome,  # type: ignore[arg-type]
        findings=list(findings),
        **facts,
    )


def now(day: int) -> datetime.datetime:
    """When the night of `day` ended."""
    return FIRST_NIGHT + datetime.timedelta(days=day)


def publish(home: Home, release_id: str, at: str) -> None:
    """A release as far as a message needs one."""
    folder = home.releases / release_id
    folder.mkdir()
    manifest = {"run_id": release_id, "published_at": at, "as_of_date": "2025-03-31"}
    path = folder / "manifest.json"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    path.chmod(0o400)
    home.current.unlink(missing_ok=True)
    home.current.symlink_to(release_id)
