"""Commands that read: status, sql, releases. They work while a night runs, and change nothing."""

from __future__ import annotations

import datetime
import json
import sys
from typing import TYPE_CHECKING, Any

import click

from flows.cli.choose import Chosen, chosen

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from flows.home import Home
    from flows.point import Release

LATE = 5


class Age(click.ParamType[datetime.timedelta]):
    """A length of time such as 36h, 90m or 1d12h."""

    name = "age"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime.timedelta:
        """Read the text as a timedelta, or fail with an example."""
        from flows.status import WrongAge, age

        try:
            return age(str(value))
        except WrongAge as error:
            self.fail(str(error), param, ctx)


@click.command(short_help="Whether the last night was good, and what waits.")
@click.option("--max-age", type=Age(), help="Fail where the last good night is older, such as 36h.")
@click.option("--alert", "alerting", is_flag=True, help="Also tell the EDI team where nights are late.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@chosen
def status(chose: Chosen, max_age: datetime.timedelta | None, alerting: bool, as_json: bool) -> None:
    """Say how the last night went, how old the release is, what needs a person, and which alerts wait.

    With --max-age it is a check for cron, systemd or a monitoring system: a scheduler that has died sends nothing, so
    something else has to ask.

    \b
    Examples:  parity status
               parity status --max-age 36h --alert

    \b
    Exit codes:  0  good
                 5  late: no night has ended well within --max-age
    """
    from flows.status import lines
    from flows.status import status as read

    if alerting and max_age is None:
        raise click.UsageError("--alert tells that nights are late, so it needs --max-age, such as --max-age 36h.")
    found = read(chose.settings, chose.home, max_age, tell=alerting)
    if as_json:
        click.echo(json.dumps(found.as_record(), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(lines(found)))
    sys.exit(LATE if found.late else 0)


@click.command(short_help="Ask the current release a question in SQL.")
@click.argument("query")
@click.option("--release", "release_id", help="Ask another release (see `parity releases`).")
@click.option("--open", "of_open_part", is_flag=True, help="Ask the open part: the tables that everyone may read.")
@click.option(
    "--format",
    "shape",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="How it is written.",
)
@chosen
def sql(chose: Chosen, query: str, release_id: str | None, of_open_part: bool, shape: str) -> None:
    """Ask the current release a question in SQL. It is opened read-only, also while a night runs.

    Every table is in the schema `marts`; `select table_name, comment from duckdb_tables()` says what each holds.
    QUERY may be - to read it from standard input.

    \b
    Examples:  parity sql "select * from marts.indicator_catalogue"
               parity sql --format csv "select * from marts.declaration_rates" > rates.csv
               parity sql --open "select table_name, sentence from open_tables where treatment <> 'restricted'"
    """
    from flows.cli.show import show
    from flows.query import run_sql

    text = click.get_text_stream("stdin").read() if query == "-" else query
    found = run_sql(chose.home, text, release_id, of_open_part)
    show(found.columns, found.rows, shape, "--format csv")


@click.command(short_help="List the releases that are kept.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@chosen
def releases(chose: Chosen, as_json: bool) -> None:
    """List the releases that are kept, newest first; the one that readers get is marked.

    Where readers were given one again by `parity rollback`, it is said when, by whom and why.

    \b
    Example:  parity releases
    """
    from zoneinfo import ZoneInfo

    from flows.alert.write import moment
    from flows.cli.show import show
    from flows.point import releases as kept

    listed, moves = kept(chose.home), _rollbacks(chose.home)
    if as_json:
        rows = [
            (
                *(one.is_current, one.release_id, one.published_at, one.as_of_date, one.open_from),
                *(moves.get(one.release_id), one.problem),
            )
            for one in listed
        ]
        columns = ["is_current", "release_id", "published_at", "as_of_date", "open_from", "rolled_back_to", "problem"]
        show(columns, [(*row[:-1], row[-1] or "") for row in rows], "json")
        return
    if not listed:
        click.echo("No release has been published yet. `parity nightly` makes the first.")
        sys.exit(0)
    zone = ZoneInfo(chose.settings.schedule.timezone)
    show(
        ["current", "release", "published", "as of", "open part", "rolled back to", "problem"],
        [
            (
                "→" if one.is_current else "",
                one.release_id,
                moment(one.published_at, zone) if one.published_at else "",
                one.as_of_date,
                _open_said(one),
                _rollback_said(moves.get(one.release_id), zone),
                one.problem or "",
            )
            for one in listed
        ],
        "table",
    )


def _open_said(release: Release) -> str:
    """Whose open part a release holds: its own, or that of an older one."""
    if release.open_from is None:
        return "none"
    return "own" if release.open_from == release.release_id else f"of {release.open_from}"


def _rollbacks(home: Home) -> dict[str, dict[str, Any]]:
    """The last rollback to each release, by its id. They stand in the private part, which not every reader may open."""
    from flows.point import rollbacks

    try:
        recorded = rollbacks(home)
    except PermissionError:
        click.echo("Rollbacks are not shown: only the account that runs the nights may read them.", err=True)
        return {}
    told = ("at", "who", "why", "from", "newest")
    return {str(one.get("to")): {name: one.get(name) for name in told} for one in recorded}


def _rollback_said(move: dict[str, Any] | None, zone: ZoneInfo) -> str:
    if move is None:
        return ""
    from flows.alert.write import moment, one_line

    try:
        at = moment(datetime.datetime.fromisoformat(str(move["at"])), zone)
    except ValueError:
        at = "at no known time"
    return one_line(f"{at} by {move['who']} because: {move['why']}")
