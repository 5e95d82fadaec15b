"""Commands for a person's rights: what is held, an erasure, a rectification, and what became of each request."""

from __future__ import annotations

import datetime
import getpass
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.cli.choose import Chosen, chosen
from flows.cli.tell import progress

if TYPE_CHECKING:
    from flows.person import Answer, Erasure, Held, Rectification

ROOMS = (
    "warehouse",
    "quarantine",
    "kept copies",
    "landing folder",
    "under the pseudonym",
    "other files that quote the number",
)
WHO = click.option("--who", default=getpass.getuser, help="Your name. Default: the account that runs the command.")
REFERENCE = click.option("--reference", required=True, help="The request's number in your register, or the reason.")


@click.group(short_help="Answer a person's rights: access, erasure, rectification.")
def person() -> None:
    """Answer a person's rights over their data, by employee number, and keep a record of each request.

    The number is asked for and never stands in a command, for a shell remembers those; the record holds a keyed hash.

    \b
    Examples:  parity person access --reference SAR-2025-014 --to answer.txt
               parity person rectify --reference REC-3 --heading "Ethnic Origin"
               parity person erase --reference ER-2
               parity person requests
    """


@person.command("access", short_help="Everything that is held on one employee number.")
@REFERENCE
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), help="Write the whole answer into this file.")
@WHO
@chosen
def access(chose: Chosen, reference: str, to: Path | None, who: str) -> None:
    """Find everything that is held on one employee number, and say how much is where.

    The rows themselves are written only into the file of --to, which you alone can read.

    \b
    Example:  parity person access --reference SAR-2025-014 --to answer.txt
    """
    from flows.lock import hold
    from flows.person import answer

    number = _ask(chose)
    descriptor = _open(to) if to else None
    with hold(chose.home, "person access"):
        found = answer(chose.settings, chose.home, number, who, reference)
    click.echo(f"Request {found.request_id} is recorded. Held on this number:")
    for room in ROOMS:
        places = sum(one.room == room for one in found.held)
        click.echo(f"  {room:<36} {found.count(room):>7,} in {places} places")
    click.echo(f"Nobody stands by employee number in: {', '.join(found.not_asked)}.")
    if descriptor is not None:
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.write(_written(chose, found))
        click.echo(f"The answer is in {to}. It is personal data: hand it over safely, then remove it.")


@person.command("erase", short_help="Erase one person, for good.")
@REFERENCE
@click.option("--yes", is_flag=True, help="Do not ask again.")
@WHO
@chosen
def erase(chose: Chosen, reference: str, yes: bool, who: str) -> None:
    """Erase one person from every load, its rejected rows and its kept copy, and let no file bring them back.

    Every figure is computed without them from the next night on. Statutory returns rest on the whole workforce, so an
    erasure of somebody who is or was employed is rarely granted: docs/data-protection.md says when. A load under a
    legal hold keeps them until it is lifted.

    \b
    Example:  parity person erase --reference ER-2
    """
    from flows.lock import hold
    from flows.person import erase as carry_out

    number = _ask(chose)
    if not yes:
        click.confirm("This cannot be taken back. Erase this person?", abort=True, err=True)
    with hold(chose.home, "person erase"), progress() as say:
        done = carry_out(chose.settings, chose.home, number, who, reference, say)
    _say_erased(done)


@person.command("take-back", short_help="Load a person again who was erased.")
@REFERENCE
@WHO
@chosen
def take_back(chose: Chosen, reference: str, who: str) -> None:
    """Take a person off the list of the erased, so that files that come from now on are loaded with them again.

    What was erased stays erased: the old files must be dropped again under their next version.

    \b
    Example:  parity person take-back --reference "ER-2 was another person"
    """
    from flows.lock import hold
    from flows.person import take_back as carry_out

    number = _ask(chose)
    with hold(chose.home, "person take-back"):
        request_id = carry_out(chose.settings, chose.home, number, who, reference)
    click.echo(f"Request {request_id} is recorded. Files that come from now on are loaded with this person.")


@person.command("rectify", short_help="Record that a value is wrong, and what must come.")
@REFERENCE
@click.option("--heading", "headings", required=True, multiple=True, help="A column that is wrong, as in the file.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Leave data of earlier dates as they were filed.")
@WHO
@chosen
def rectify(
    chose: Chosen, reference: str, headings: tuple[str, ...], since: datetime.datetime | None, who: str
) -> None:
    """Record that values of one person are wrong, and say which corrected files must come from their source.

    A load is never changed. Correct ESR (or the tracker), and drop the file of each date again under the name that is
    shown; `parity person requests` and the nightly message tell when it has come.

    \b
    Example:  parity person rectify --reference REC-3 --heading "Ethnic Origin" --since 2025-01-01
    """
    from flows.lock import hold
    from flows.person import rectify as record

    number = _ask(chose)
    with hold(chose.home, "person rectify"):
        made = record(chose.settings, chose.home, number, who, reference, headings, since.date() if since else None)
    click.echo(f"Request {made.request_id} is recorded.")
    _say_awaited(made)
    if made.older:
        older = ", ".join(map(str, made.older))
        click.echo(f"Loads that were corrected before hold the value too and make no figure: {older}.")


@person.command("requests", short_help="Every request, and what became of it.")
@chosen
def requests(chose: Chosen) -> None:
    """List every request, and for each rectification which files have come.

    \b
    Example:  parity person requests
    """
    from flows.lock import hold
    from flows.person import follow_up
    from flows.person import requests as lines

    with hold(chose.prepared_home, "person requests"):
        followed = {one.request_id: one for one in follow_up(chose.settings, chose.home)}
    known = [one for one in lines(chose.home) if "kind" in one]
    if not known:
        click.echo("No request was made.")
    for one in known:
        click.echo(f"{one['request_id']:>4}  {one['at'][:10]}  {one['kind']}  {one['reference']}  ({one['who']})")
        if waiting := followed.get(one["request_id"]):
            _say_awaited(waiting)
        elif one["kind"] == "rectification":
            click.echo("      met")


def _ask(chose: Chosen) -> str:
    """The employee number, once the home is there and keyed by the secret that is set."""
    from flows.recognise import recognise_secret

    recognise_secret(chose.settings, chose.prepared_home)
    return str(click.prompt("Employee number", err=True, hide_input=False))


def _open(to: Path) -> int:
    try:
        return os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise click.UsageError(
            f"{to} exists already, and an answer is never written over. Name another file."
        ) from None


def _written(chose: Chosen, found: Answer) -> str:
    """The answer as a text that the person can read, with what article 15 asks to be said beside it."""
    organisation = chose.settings.organisation
    years = chose.settings.retention.loads_years
    kept = f"{years} year{'s' if years > 1 else ''} after the date of the data" if years else "without a fixed end"
    head = [
        f"What {organisation.name} ({organisation.ods_code}) holds about you in Parity",
        f"Request {found.request_id}, answered on {datetime.date.today().isoformat()}",
        "",
        "Why: to compute the equality figures that the trust must publish, and to act on them.",
        "From: the electronic staff record and the registers of the trust; nothing was collected from you here.",
        "Who reads it: nobody reads your rows; figures of groups are read by the EDI team, and protected ones by all.",
        f"How long: {kept}, unless a legal claim needs it longer.",
        "No decision about you is made from it by a machine. You may ask to have it corrected or erased, object to it,",
        "and complain to the Information Commissioner's Office.",
        "",
    ]
    return "\n".join([*head, *(line for one in found.held for line in _lines(one))]) + "\n"


def _lines(one: Held) -> list[str]:
    lines = [f"== {one.room}: {one.place}, {one.count} row{'s' if one.count != 1 else ''}"]
    for row in one.rows:
        lines += ["", *(f"{name}: {value}" for name, value in row.items() if value)]
    return [*lines, ""]


def _say_erased(done: Erasure) -> None:
    raw = sum(one.raw_rows for one in done.erased)
    rejected = sum(one.quarantine_rows for one in done.erased)
    copied = sum(one.copy_rows + one.mentions for one in done.erased)
    click.echo(
        f"Request {done.request_id} is carried out: {raw:,} rows of the warehouse, {rejected:,} rejected rows, "
        f"{copied:,} rows of kept copies, {len(done.removed)} logs. The next night computes every figure without them."
    )
    for one in done.erased:
        if one.copy_problem:
            click.echo(f"Look at load {one.load.load_id} ({one.load.file_path}): {one.copy_problem}.")
    if done.held:
        click.echo(f"A legal hold keeps them in loads {', '.join(str(one.load_id) for one in done.held)}.")
    if done.landing:
        click.echo("These files still hold them. Parity only reads there: remove them, or have them made anew:")
        for name in done.landing:
            click.echo(f"  {name}")
    click.echo("Backups made before hold them too: see docs/data-protection.md.")


def _say_awaited(made: Rectification) -> None:
    for one in made.awaited:
        if one.come_as is None:
            state = f"must come: {one.file_name}"
        elif one.is_changed is False:
            state = f"came as load {one.come_as} and says the same as before: ask the source again"
        else:
            state = f"has come as load {one.come_as}"
        click.echo(f"      {one.dataset} of {one.as_at_date} (load {one.load_id}): {state}")
