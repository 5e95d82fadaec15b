"""The command that looks at the open part of a release: disclosure."""

from __future__ import annotations

import dataclasses
import datetime
import json
import sys
from typing import TYPE_CHECKING, Any

import click

from flows.cli.choose import Chosen, chosen
from flows.cli.tell import progress

if TYPE_CHECKING:
    from flows.disclose.look import Look

UNSAFE = 3


@click.command(short_help="What is open to everyone, and what is hidden in it.")
@click.option("--audit", "auditing", is_flag=True, help="Attack the open part again, with all that was ever open.")
@click.option("--json", "as_json", is_flag=True, help="For programs, with every cut of every table.")
@chosen
def disclosure(chose: Chosen, auditing: bool, as_json: bool) -> None:
    """Say of the current release what is open to everyone, how much of it is hidden, and what the auditor found.

    With --audit the auditor works again, on the open part that readers have now and every one that was open before it.

    \b
    Examples:  parity disclosure
               parity disclosure --audit

    \b
    Exit codes:  0  good
                 3  withheld: an older open part stays, or none; or with --audit: a hidden number can be worked out
    """
    from flows.disclose.look import audit_again, look

    found = look(chose.home)
    is_safe = found.outcome == "open"
    if auditing:
        with progress() as say:
            is_safe, report = audit_again(chose.home, say)
        found = dataclasses.replace(found, audit={"is_safe": is_safe, **report})
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(found), ensure_ascii=False, indent=2, default=str))
    else:
        _say(found, auditing)
    sys.exit(0 if is_safe else UNSAFE)


def _say(found: Look, auditing: bool) -> None:
    from flows.cli.show import draw

    click.echo(_heading(found))
    if found.tables:
        click.echo()
        heading = ["open table", "numbers", "hidden", "share hidden", "people hidden"]
        draw(
            heading,
            [
                (
                    one.table_name,
                    f"{one.cells:,}",
                    f"{one.hidden_cells:,}",
                    _percent(one.hidden_cells_share),
                    _percent(one.hidden_people_share),
                )
                for one in found.tables
            ],
            indent=2,
        )
    if found.audit:
        click.echo("\n" + _verdict(found, auditing))
        for name, value in found.audit.items():
            if isinstance(value, int | float | str) and not isinstance(value, bool):
                click.echo(f"  {name.replace('_', ' '):<24}{_figure(value)}")


def _heading(found: Look) -> str:
    if found.outcome == "open":
        return f"Release {found.release_id} has an open part of its own."
    withheld = f"Withheld: release {found.release_id} has no open part of its own. {found.reason}".rstrip()
    if found.from_release is None:
        return f"{withheld}\nNothing is open."
    return f"{withheld}\nThe open part of release {found.from_release}{_opened(found.first_opened_at)} stays."


def _opened(moment: str | None) -> str:
    if not moment:
        return ""
    at = datetime.datetime.fromisoformat(moment)
    return f" ({at.day} {at:%B %Y})"


def _verdict(found: Look, auditing: bool) -> str:
    when = "The auditor now" if auditing else "The auditor of that night"
    if found.audit.get("is_safe"):
        return f"{when} could work out no hidden number more narrowly than the policy allows."
    return f"{when} could work out hidden numbers more narrowly than the policy allows: this must not be open."


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def _figure(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int | float) else str(value)
