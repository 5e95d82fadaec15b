"""Commands that read: status, sql, releases. They work while a night runs, and change nothing."""

from __future__ import annotations

import datetime
import json
import sys
from typing import Any

import click

from flows.cli.choose import Chosen, chosen

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
@click.option(
    "--format",
    "shape",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="How it is written.",
)
@chosen
def sql(chose: Chosen, query: str, release_id: str | None, shape: str) -> None:
    """Ask the current release a question in SQL. It is opened read-only, also while a night runs.

    Every table is in the schema `marts`; `select table_name, comment from duckdb_tables()` says what each holds.
    QUERY may be - to read it from standard input.

    \b
    Examples:  parity sql "select * from marts.indicator_catalogue"
               parity sql --format csv "select * from marts.declaration_rates" > rates.csv
    """
    from flows.cli.show import show
    from flows.query import run_sql

    text = click.get_text_stream("stdin").read() if query == "-" else query
    found = run_sql(chose.home, text, release_id)
    show(found.columns, found.rows, shape)


@click.command(short_help="List the releases that are kept.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@chosen
def releases(chose: Chosen, as_json: bool) -> None:
    """List the releases that are kept, newest first; the one that readers get is marked.

    \b
    Example:  parity releases
    """
    from flows.cli.show import show
    from flows.point import releases as kept

    rows = [
        ("→" if one.is_current else "", one.release_id, one.published_at, one.as_of_date, one.problem or "")
        for one in kept(chose.home)
    ]
    if as_json:
        named = [(bool(row[0]), *row[1:]) for row in rows]
        show(["is_current", "release_id", "published_at", "as_of_date", "problem"], named, "json")
        return
    if not rows:
        click.echo("No release has been published yet. `parity nightly` makes the first.")
        sys.exit(0)
    show(["current", "release", "published", "as of", "problem"], rows, "table")
