"""Tell of the open part: in the run's record, and to the EDI team where tonight's had to be withheld."""

from __future__ import annotations

import datetime
from typing import Any

from flows.disclose import Disclosure
from flows.disclose.remember import OpenLedgerDamaged, Remembered, standing
from flows.home import Home
from flows.point import newest_published
from flows.record import ATTACKED, OPEN_PART, OPEN_PART_UNPROVEN, OPEN_PART_UNSAFE, Finding, read_run

BROKE = Disclosure("withheld", reason="The program that protects them broke off before it had ended.")
"""What is open where disclosure control broke. Everyone reads this reason; what broke is told to the EDI team alone."""

BROKEN = "broken"
"""The outcome in the record of such a run: the next night tries again, also with nothing new."""


def as_record(home: Home, disclosure: Disclosure) -> dict[str, Any]:
    """The section `disclosure` of the run's record: outcome, reason, which open part stays, report and audit."""
    stays = _stays(home) if disclosure.outcome != "open" else None
    return {
        "outcome": BROKEN if disclosure is BROKE else disclosure.outcome,
        "reason": disclosure.reason,
        "carried_over_from": stays.release_id if stays else None,
        "report": [dict(one) for one in disclosure.report],
        "audit": dict(disclosure.audit),
    }


def findings_of(home: Home, disclosure: Disclosure) -> list[Finding]:
    """What the EDI team is told of an open part that was withheld; nothing of one that is open.

    It is a warning: the restricted figures are out, what the public has is safe, and only its age is wrong.
    """
    if disclosure.outcome == "open":
        return []
    return [
        Finding(
            kind="noticed",
            severity="warning",
            name=f"{OPEN_PART}withheld",
            sentence=f"The open figures were withheld: {_clause(disclosure.reason)}. {_what_stays(home)}",
            next_step="See with `parity disclosure` what was found, and follow 'A night that withholds the open part' "
            "in docs/disclosure.md; which numbers it is about is in narrow.json under private/scratch/disclose. "
            "Exact figures are published for those who may read them.",
        )
    ]


def owes_open_part(home: Home) -> bool:
    """Whether the release that readers have lacks an open part of its own because disclosure control broke that night.

    After a rollback nothing is owed: what was rolled back comes again only with new files or definitions.
    """
    newest = newest_published(home)
    if newest is None or not newest.is_current:
        return False
    try:
        return read_run(home.runs / f"{newest.release_id}.json").disclosure.get("outcome") == BROKEN
    except (OSError, ValueError, KeyError, TypeError):
        return False


def broke(finding: Finding, home: Home) -> Finding:
    """The finding of a broken step, as that of one which keeps no restricted figure from its readers."""
    sentence = f"The open figures could not be made. {finding.sentence} {_what_stays(home)}"
    next_step = f"{finding.next_step} Exact figures are published for those who may read them."
    return Finding("noticed", "critical", f"{OPEN_PART}broken", sentence, owner=finding.owner, next_step=next_step)


def _what_stays(home: Home) -> str:
    stays = _stays(home)
    if stays is None:
        return "No open figures are out."
    at = datetime.datetime.fromisoformat(stays.published_at)
    return f"Those of release {stays.release_id} ({at.day} {at:%B %Y}) stay open."


def as_attacked(opened_by: str | None, is_safe: bool, report: dict[str, Any]) -> dict[str, Any]:
    """The section `disclosure` of a run that opened nothing and attacked what is open."""
    found = "and holds" if is_safe else "and does not hold"
    return {
        "outcome": ATTACKED,
        "reason": f"Nothing is new. What is open was attacked again, {found}.",
        "carried_over_from": opened_by,
        "report": [],
        "audit": {"is_safe": is_safe, **report},
    }


def unsafe(release_id: str) -> Finding:
    """What the EDI team is told where a part that is open does not stand an attack."""
    return Finding(
        kind="noticed",
        severity="critical",
        name=OPEN_PART_UNSAFE,
        sentence=f"Hidden numbers in the open part of {release_id} can be worked out more closely than policy allows.",
        next_step="See it with `parity disclosure --audit`, tell the data protection officer, take the part back: "
        "'A night that withholds the open part' in docs/disclosure.md says how.",
    )


def unproven(finding: Finding) -> Finding:
    """The finding of an attack that broke off, as of a step that keeps no figure from its readers."""
    sentence = f"What is open could not be attacked again. {finding.sentence}"
    return Finding(
        "noticed", "critical", OPEN_PART_UNPROVEN, sentence, owner=finding.owner, next_step=finding.next_step
    )


def _stays(home: Home) -> Remembered | None:
    try:
        return standing(home)
    except OpenLedgerDamaged:  # what measures the open part has told of it
        return None


def _clause(reason: str) -> str:
    return reason.strip().rstrip(".") or "no reason was given"
