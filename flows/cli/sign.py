"""Commands that sign figures off: approve, approvals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from flows.cli.choose import Chosen, chosen

if TYPE_CHECKING:
    from flows.approve import Signing
    from flows.home import Home

SHOWN_AT_MOST = 20


@click.command(short_help="Sign a framework's figures of one year off.")
@click.argument("framework", required=False)
@click.option("--year", help="The year to 31 March, as 2024/25.")
@click.option("--by", "who", help="Your name. It stays in the record, on purpose.")
@click.option("--reason", help="Why; a restatement needs one.")
@click.option("--restate", is_flag=True, help="Sign figures that changed since, beside what was signed off before.")
@click.option("--dry-run", is_flag=True, help="Show what would be signed, and write nothing.")
@click.option("--list", "listing", is_flag=True, help="List what was signed off, like `parity approvals`.")
@chosen
def approve(
    chose: Chosen,
    /,
    framework: str | None,
    year: str | None,
    who: str | None,
    reason: str | None,
    *,
    restate: bool,
    dry_run: bool,
    listing: bool,
) -> None:
    """Sign the figures of FRAMEWORK and one year off, for the whole trust, as the current release has them.

    FRAMEWORK is wres, wdes, pay_gap, workforce_profile, eds … Values, counts, definition version and release are frozen
    in a ledger that only grows. Until then readers see the figures as draft; after the next night, as approved. Where
    the data change later, readers see that too, and --restate signs the new values with a reason: the old ones stay.

    \b
    Examples:  parity approve wres --year 2024/25 --dry-run
               parity approve wres --year 2024/25 --by "A. Nyberg"
               parity approve wres --year 2024/25 --by "A. Nyberg" --restate --reason "late leavers in March"
    """
    if listing:
        _list(chose.home, as_json=False)
        return
    if framework is None or year is None:
        raise click.UsageError("Name what is signed off: parity approve FRAMEWORK --year 2024/25 --by NAME")
    from flows import approve as approving
    from flows.lock import hold

    if dry_run:
        _say(approving.preview(chose.settings, chose.home, framework, year), would=True)
        return
    if who is None:
        raise click.UsageError("Who signs? Say it with --by NAME. --dry-run shows what would be signed.")
    with hold(chose.home, "approve"):
        signing = approving.approve(chose.settings, chose.home, framework, year, who, reason=reason, restate=restate)
    _say(signing, would=False)


@click.command(short_help="List what was signed off, when and by whom.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@chosen
def approvals(chose: Chosen, as_json: bool) -> None:
    """List every approval and restatement, oldest first, from the ledger.

    What readers see of them is in the marts `approved_figures` and `figure_status` of the current release.

    \b
    Example:  parity approvals
    """
    _list(chose.home, as_json)


def _list(home: Home, as_json: bool) -> None:
    from flows.cli.show import show
    from flows.freeze import read_approvals

    home.refuse_open()
    rows = [
        (
            one.approval_number,
            one.approved_at,
            one.approved_by,
            one.framework_key,
            one.reporting_year,
            sum(not figure["is_restated"] for figure in one.figures),
            sum(figure["is_restated"] for figure in one.figures),
            one.reason,
            one.release_id,
        )
        for one in read_approvals(home)
    ]
    if not rows and not as_json:
        click.echo("Nothing is signed off yet: all figures are draft. See `parity approve --help`.")
        return
    columns = ["approval", "at", "by", "framework", "year", "signed", "restated", "reason", "release"]
    show(columns, rows, "json" if as_json else "table")


def _say(signing: Signing, *, would: bool) -> None:
    from flows.approve import said

    what = f"{signing.framework} {signing.reporting_year}"
    if signing.is_nothing_to_do:
        click.echo(f"Nothing to do: all {signing.unchanged_count:,} figures of {what} are signed off as they stand.")
        return
    restated = len(signing.changed)
    counts = [f"{len(signing.new):,} figures" if signing.new else "", f"{restated:,} restated" if restated else ""]
    click.echo(
        f"{'Would sign' if would else 'Signed'} off {what}: {' and '.join(filter(None, counts))}, "
        f"from release {signing.release_id}."
    )
    for change in signing.changed[:SHOWN_AT_MOST]:
        click.echo(f"  {said(change)}")
    if restated > SHOWN_AT_MOST:
        click.echo(f"  and {restated - SHOWN_AT_MOST:,} more")
    _say_rest(signing, would=would)


def _say_rest(signing: Signing, *, would: bool) -> None:
    by_indicator: dict[str, int] = {}
    for figure in signing.new:
        name = f"{figure['indicator_id']} at {figure['as_at_date']}"
        by_indicator[name] = by_indicator.get(name, 0) + 1
    for name, count in by_indicator.items():
        click.echo(f"  {name}: {count:,} figure{'s' if count > 1 else ''}")
    if signing.unchanged_count:
        click.echo(f"  {signing.unchanged_count:,} are signed off as they stand and were left alone.")
    if signing.not_there:
        click.echo(f"  No figure of the year to sign off: {', '.join(signing.not_there)}.")
    if would:
        restate = ' --restate --reason "…"' if signing.changed else ""
        click.echo(
            f"Nothing was written. To sign: parity approve {signing.framework} --year {signing.reporting_year} "
            f"--by NAME{restate}"
        )
    elif signing.approval is not None:
        click.echo(
            f"Recorded as approval {signing.approval.approval_number}, by {signing.approval.approved_by}. "
            "Readers see it after the next night: run `parity nightly`, or wait for it."
        )
