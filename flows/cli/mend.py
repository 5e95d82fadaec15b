"""Commands that put things right: rollback, alerts, backup, restore."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

import click

from flows.cli.choose import Chosen, chosen
from flows.cli.tell import progress


@click.command(short_help="Give readers an earlier release again.")
@click.argument("release")
@click.option("--why", required=True, help="The reason, for those who read the figures.")
@click.option("--who", help="Your name. Default: the account that runs the command.")
@chosen
def rollback(chose: Chosen, release: str, why: str, who: str | None) -> None:
    """Give readers an earlier release again, and record who did it and why.

    RELEASE is an id of `parity releases`. Nothing is deleted. The next night publishes again only when files or
    definitions have changed. Its open part was open before, so going back opens nothing new.

    \b
    Example:  parity rollback 20250402T023000Z_3fa9c1 --why "the March snapshot was cut off"
    """
    from flows.lock import hold
    from flows.point import rollback as move

    name = who or getpass.getuser()
    with hold(chose.home, "rollback"):
        current = move(chose.settings, chose.home, release, name, why)
    click.echo(f"Readers now get {current.release_id}. Recorded: {name}, {why!r}.")


@click.group(short_help="See, repeat and try the messages to the EDI team.")
def alerts() -> None:
    """See, repeat and try the messages to the EDI team.

    \b
    Examples:  parity alerts list
               parity alerts test
               parity alerts send-again
    """


@alerts.command("list", short_help="Which messages wait, and which were delivered.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@chosen
def list_alerts(chose: Chosen, as_json: bool) -> None:
    """List messages that wait for delivery, with the last error, and those that were delivered.

    \b
    Example:  parity alerts list
    """
    from flows.alert import pending, sent
    from flows.cli.show import show

    chose.home.refuse_open()
    rows = [
        ("delivered" if one.delivered else "waiting", one.message_id, one.written.subject, _trouble(one))
        for one in [*pending(chose.home), *sent(chose.home)]
    ]
    if not rows and not as_json:
        click.echo("No message has been written.")
        return
    show(["state", "message_id", "subject", "trouble"], rows, "json" if as_json else "table")


@alerts.command("send-again", short_help="Try what waits once more, or repeat one message.")
@click.argument("message_id", required=False)
@chosen
def send_again(chose: Chosen, message_id: str | None) -> None:
    """Try every waiting message once more; with MESSAGE_ID, send that one again under the same id.

    \b
    Examples:  parity alerts send-again
               parity alerts send-again 20250402T023000Z_3fa9c1-night

    \b
    Exit codes:  0  every channel has taken it
                 1  a channel has not, or nobody is configured; it waits and the next night tries again
    """
    from flows.alert import pending, retry
    from flows.alert import send_again as send_one
    from flows.lock import hold

    with hold(chose.home, "alerts send-again"), progress() as say:
        say("sending")
        if message_id:
            send_one(chose.settings, chose.home, message_id)
        else:
            retry(chose.settings, chose.home)
        waiting = list(pending(chose.home))
    for one in waiting:
        click.echo(f"{one.message_id} waits: {_trouble(one)}")
    if not waiting:
        click.echo("Every message is delivered.")
    sys.exit(1 if waiting else 0)


@alerts.command("test", short_help="Send a test to every channel.")
@chosen
def test_alerts(chose: Chosen) -> None:
    """Send a test message to every channel of the configuration, and say whether each took it.

    \b
    Example:  parity alerts test

    \b
    Exit codes:  0  every channel took it
                 1  a channel did not, or nobody is configured
    """
    from flows.alert import send_test

    with progress() as say:
        say("sending")
        tried = send_test(chose.settings, chose.prepared_home)
    for name, receipt in sorted(tried.receipts.items()):
        click.echo(f"{name}: {'taken' if receipt.delivered_at else 'not taken: ' + receipt.last_error}")
    if tried.note:
        click.echo(tried.note)
    sys.exit(0 if tried.delivered else 1)


@click.command(short_help="Write the home into one file.")
@click.argument("path", type=click.Path(path_type=Path))
@chosen
def backup(chose: Chosen, path: Path) -> None:
    """Write the whole home into one file: what was loaded, the records, the releases.

    PATH is the file, or a folder in which it is named by trust and time. It holds people and is readable by you alone.
    The configuration and the trust's secret are not in it: keep them safe, apart from it.

    \b
    Examples:  parity backup /backups
               parity backup /backups/parity_2025-04-03.tar.gz
    """
    from flows.backup import backup as write
    from flows.lock import hold

    with hold(chose.home, "backup"), progress() as say:
        say("writing the backup")
        written = write(chose.settings, chose.home, path, say)
    click.echo(f"The home is in {written.path}: {written.files:,} files, {written.path.stat().st_size / 1e6:,.1f} MB.")


@click.command(short_help="Make a home from a backup.")
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--into", type=click.Path(path_type=Path), help="The new home. Default: the configured one.")
@chosen
def restore(chose: Chosen, path: Path, into: Path | None) -> None:
    """Make a home from a backup, after every file in it was verified. Only an empty home is filled, never another.

    The trust's secret is not in the backup: set PARITY_PSEUDONYM_SECRET as before, or nobody is known again.

    \b
    Example:  parity restore /backups/parity_2025-04-03.tar.gz --into /srv/parity
    """
    from flows.backup import restore as make

    with progress() as say:
        made = make(chose.settings, path, into, say)
    click.echo(f"The home is in {into or chose.settings.home.path}: {made.files:,} files, backed up {made.made_at}.")
    if into is not None:
        click.echo("Set [home] path to it in the configuration, then try `parity status`.")


def _trouble(alert: object) -> str:
    errors: dict[str, str] = getattr(alert, "errors", {})
    note: str = getattr(alert, "note", "")
    return "; ".join(
        [*(f"{name}: {said or 'not tried'}" for name, said in sorted(errors.items())), *([note] if note else [])]
    )
