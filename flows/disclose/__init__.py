"""Disclose: make of the judged marts what everyone may read, in which nobody can be found."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from flows.record import Finding

__all__ = ["Disclosure"]


@dataclass(frozen=True)
class Disclosure:
    """What disclosure control made of one build.

    `path` is the finished file of open tables, None where they are withheld; `reason` then says why, in one plain
    sentence. `report` tells per table and cut what is hidden, `audit` what the attack on it found: counts only.
    """

    outcome: Literal["open", "withheld"]
    path: Path | None = None
    reason: str = ""
    report: list[dict[str, Any]] = field(default_factory=list)
    audit: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
