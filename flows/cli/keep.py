"""Commands of retention: purge, hold."""

from __future__ import annotations

import datetime
import getpass
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from flows.cli.choose import Chosen, chosen
from flows.cli.kinds import Kind
from flows.cli.tell import progress

if TYPE_CHECKING:
    from flows.purge import Due, Leaving, Plan

SHOWN_INDICATORS = 6


@click.command(short_help="Take away what is past the time that it is kept.")
@click.option("--dry-run", is_flag=True, help="Show what would go, and remove nothing.")
@click.option("--history", "past", is_flag=True, help="List everything that was ever purged.")
@click.option("--yes", is_flag=True, help="Do not ask: for cron.")
@click.option("--who", help="Your name. Default: the account that runs the command.")
@chosen
def purge(chose: Chosen, dry_run: bool, past: bool, yes: bool, who: str | None) -> None:
    """Take away loads, rejected rows, copies, landing files, old releases and error details that are past their time.

    The rules are [retention] in the configuration. A legal hold keeps a load whatever they say. What goes is recorded
    and cannot be brought back; figures of a date whose load goes are in no new release, and the last release that
    has them is kept for good. Signed figures and open tables are never purged.

    \b
    Examples:  parity purge --dry-run
               parity purge
               parity purge --history

    \b
    Exit codes:  0  done, or nothing is due
                 2  the clock cannot be right, or you said no: nothing was purged
    """
    from flows.lock import hold
    from flows.purge import history, in_words, plan
    from flows.purge import purge as carry_out

    home = chose.prepared_home
    if past:
        _show_history(history(home))
        return
    with hold(home, "purge"):
        due = plan(chose.settings, home)
        _show_plan(due)
        if dry_run or not due.going:
            return
        if not yes:
            click.confirm("This cannot be taken back. Remove it?", abort=True, err=True)
        with progress() as say:
            carry_out(chose.settings, home, due, who or getpass.getuser(), say)
    click.echo(f"Purged: {in_words(due.going)}. The next night makes its release without what went.")


@click.group(short_help="Keep loads from being purged: legal holds.")
def hold() -> None:
    """Place, list and lift legal holds: what they keep is neither purged nor erased while they stand.

    \b
    Examples:  parity hold place --load 12 --why "Employment Tribunal 3200001/2025"
               parity hold place --dataset pay --from 2023-03-31 --to 2024-03-31 --why "equal pay claim"
               parity hold list
               parity hold lift 1 --why "settled on 3 April 2025"
    """


@hold.command("place", short_help="Keep loads until the hold is lifted.")
@click.option("--load", "load_ids", type=int, multiple=True, help="A load's number (parity explain, quality_loads).")
@click.option("--dataset", type=Kind(), help="Every load of this kind of file.")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="Data of this date and later.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Data of this date and before.")
@click.option("--why", required=True, help="The reason: the claim, inquiry or order.")
@click.option("--who", help="Your name. Default: the account that runs the command.")
@chosen
def place_hold(  # noqa: PLR0917  the options of the command
    chose: Chosen,
    load_ids: tuple[int, ...],
    dataset: str | None,
    first: datetime.datetime | None,
    last: datetime.datetime | None,
    why: str,
    who: str | None,
) -> None:
    """Keep loads: by number, or by kind of file and the dates that their data are of, loads to come among them.

    \b
    Examples:  parity hold place --load 12 --why "Employment Tribunal 3200001/2025"
               parity hold place --from 2023-03-31 --to 2024-03-31 --why "inquiry into grievances"
    """
    from flows.hold import place
    from flows.lock import hold as lock

    with lock(chose.prepared_home, "hold place"):
        placed, held = place(
            chose.home,
            who or getpass.getuser(),
            why,
            load_ids=load_ids,
            dataset=dataset,
            dates=(first.date() if first else None, last.date() if last else None),
        )
    click.echo(f"Legal hold {placed.hold_id} keeps {len(held)} loads:")
    for load in held:
        click.echo(f"  {load.load_id:>4}  {load.as_at_date}  {load.file_path}")


@hold.command("list", short_help="The legal holds that stand.")
@chosen
def list_holds(chose: Chosen) -> None:
    """List the legal holds that stand, with the number of loads that each keeps.

    \b
    Example:  parity hold list
    """
    from flows.cli.show import show
    from flows.hold import kept_by
    from flows.ingest.retain import standing_holds

    rows = [
        (one.hold_id, one.placed_at[:10], one.who, one.why, len(kept_by(chose.home, one)))
        for one in standing_holds(chose.home)
    ]
    if not rows:
        click.echo("No legal hold stands.")
        return
    show(["hold", "since", "who", "why", "loads"], rows, "table")


@hold.command("lift", short_help="End a hold.")
@click.argument("hold_id", type=int)
@click.option("--why", required=True, help="Why it is no longer needed.")
@click.option("--who", help="Your name. Default: the account that runs the command.")
@chosen
def lift_hold(chose: Chosen, hold_id: int, why: str, who: str | None) -> None:
    """End a hold: what it kept is purged by the rules again, and erased people leave it in the next night.

    \b
    Example:  parity hold lift 1 --why "settled on 3 April 2025"
    """
    from flows.hold import lift
    from flows.lock import hold as lock

    with lock(chose.prepared_home, "hold lift"):
        lift(chose.home, hold_id, who or getpass.getuser(), why)
    click.echo(f"Legal hold {hold_id} is lifted.")


def _show_plan(due: Plan) -> None:
    if not due.going:
        click.echo("Nothing is past the time that [retention] keeps it.")
    for one in due.going:
        click.echo(f"  {_what(one):<44} {one.bytes / 1e6:>9,.1f} MB  {one.why}")
    _show_held(due.held)
    _show_leaving(due.leaving)
    _show_losing(due.leaving)
    for release_id, load_ids in due.keeping.items():
        click.echo(f"{release_id} is kept for good: it is the last release made from {_listed(load_ids)}.")
    if due.lying:
        click.echo(
            "These files lie in the landing folder and hold what goes or went. Whoever drops files removes them:"
        )
        for name in due.lying:
            click.echo(f"  landing/{name}")


def _show_held(held: Iterable[Due]) -> None:
    for one in held:
        click.echo(f"  {_what(one):<44} kept by legal hold {', '.join(map(str, one.held_by))}")


def _show_leaving(leaving: Iterable[Leaving]) -> None:
    for one in leaving:
        if not one.value_rows:
            click.echo(f"No figure of the current release stands on {one.dataset} of {one.as_at_date}.")
            continue
        names = ", ".join(one.indicators[:SHOWN_INDICATORS])
        more = len(one.indicators) - SHOWN_INDICATORS
        others = f" and {more} more indicators" if more > 0 else ""
        click.echo(
            f"From {one.dataset} of {one.as_at_date} these leave the next release: {one.value_rows:,} figures and "
            f"{one.comparison_rows:,} comparisons with them ({names}{others})."
        )


def _show_losing(leaving: Iterable[Leaving]) -> None:
    if any(one.value_rows for one in leaving):
        click.echo(
            "Figures of later dates that look back at these lose that part: the change from a year before, movement, "
            "means of two years, monthly series. Figures that were signed stay in the ledger as they were signed."
        )


def _what(due: Due) -> str:
    return f"{due.kind.replace('_', ' ')} {due.load.load_id if due.load else ''} {due.name}".replace("  ", " ")


def _listed(load_ids: Iterable[int]) -> str:
    numbers = [str(one) for one in load_ids]
    return f"load{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"


def _show_history(lines: list[dict[str, object]]) -> None:
    if not lines:
        click.echo("Nothing was ever purged.")
    for one in lines:
        what = one.get("name") or one.get("release_id")
        number = f" {one['load_id']}" if "load_id" in one else ""
        click.echo(f"{one['at']}  {str(one['event']).replace('_', ' ')}{number}  {what or ''}  {one.get('why', '')}")
