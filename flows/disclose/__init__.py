"""Disclose: make of the judged marts what everyone may read, in which nobody can be found.

Small numbers are hidden, and as few others as it takes that nobody can work them out over all open tables together
and over every release that was ever open. Then an attack (`flows.audit`), which has only what a reader has, tries to.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from flows.record import Finding, write_whole

if TYPE_CHECKING:
    from flows.audit import Audit
    from flows.configure import Settings
    from flows.home import Home

__all__ = ["Disclosure", "disclose"]

Say = Callable[[str], None]


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


def disclose(settings: Settings, home: Home, run_id: str, say: Say = lambda _: None) -> Disclosure:
    """Protect the warehouse's judged marts and attack what came of it; withheld, with the reason, where it is not safe.

    Hold the home's lock. Writes into `private/scratch/disclose/<run id>/` alone: the open tables, and, where they are
    not safe, `narrow.json`, which cells can be known too closely. Raises OpenLedgerDamaged where what was open before
    is not known.
    """
    from flows.disclose.protect import NotConsistent
    from flows.disclose.remember import ever_open, remembered

    earlier = ever_open(home)
    last = next((one.path for one in reversed(remembered(home))), None)
    folder = _emptied(home.scratch / "disclose" / run_id)
    try:
        before = sorted(earlier, key=lambda path: path == last)
        report, held = _protect(settings, home, folder / "open.duckdb", before, say)
    except (NotConsistent, NotDecided) as error:
        return Disclosure("withheld", reason=str(error))
    say(f"attacking the open tables with what a reader has, and {len(earlier)} earlier ones")
    attack = _attack(folder, earlier, say)
    if not attack.is_safe:
        reason = f"{len(attack.narrow)} hidden numbers can be worked out more closely than the policy allows."
        return Disclosure("withheld", reason=reason, report=report, audit=attack.report)
    return Disclosure("open", folder / "open.duckdb", "", report, attack.report, _findings(held))


class NotDecided(Exception):
    """Nobody has said what becomes of a mart in the open part; the message names it."""


def _emptied(folder: Path) -> Path:
    """A folder of this run's own; those of nights that died are gone with it."""
    shutil.rmtree(folder.parent, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    return folder


def _protect(
    settings: Settings, home: Home, path: Path, before: Sequence[Path], say: Say
) -> tuple[list[dict[str, Any]], list[str]]:
    import duckdb

    from flows.connect import attach
    from flows.disclose.decide import decide, report
    from flows.disclose.gather import gather
    from flows.disclose.hold import look_back
    from flows.disclose.write import write

    limits: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": settings.database.memory_limit,
        "threads": settings.database.threads,
        "temp_directory": str(home.scratch / "publish"),
    }
    with duckdb.connect(config=limits) as con:
        attach(con, home, read_only=True)
        con.execute("use warehouse")
        _refuse_undecided(con)
        held = look_back(con, before)
        cells = gather(con)
        is_hidden = decide(cells, held, say)
        told = report(con, cells, is_hidden)
        say("writing the open tables")
        told = write(con, path, cells, is_hidden, told, settings.reports.plans_are_public)
    return told, held.held


def _refuse_undecided(con: Any) -> None:
    undecided = con.execute(
        "select table_name from duckdb_tables() where database_name = 'warehouse' and schema_name = 'marts' "
        "and table_name not in (select table_name from definitions.open_tables) order by all"
    ).fetchall()
    if undecided:
        raise NotDecided(
            f"Nobody has decided whether the mart {undecided[0][0]} may be open. Add a row for it to "
            "seeds/disclosure/open_tables.csv."
        )


def _attack(folder: Path, earlier: Sequence[Path], say: Say) -> Audit:
    from flows.audit import audit

    attack = audit(folder / "open.duckdb", earlier, say)
    if not attack.is_safe:
        narrow = json.dumps([asdict(one) for one in attack.narrow], indent=1, ensure_ascii=False, default=str)
        write_whole(folder / "narrow.json", narrow)
    return attack


def _findings(held: Sequence[str]) -> list[Finding]:
    if not held:
        return []
    return [
        Finding(
            kind="noticed",
            severity="info",
            name="open_figures_held",
            sentence=f"The open figures of {_dates(held)} stay as they were opened: a few people's records were "
            "corrected since, or a place has another name, and the difference of two releases would tell of somebody.",
            next_step="Nothing. The restricted part is exact; the open figures follow once enough has changed.",
        )
    ]


def _dates(held: Sequence[str]) -> str:
    """A few dates by name, many by the first and the last."""
    return ", ".join(held) if len(held) <= 3 else f"{len(held)} dates from {held[0]} to {held[-1]}"
