"""The command that gives a home a new secret."""

from __future__ import annotations

import getpass

import click

from flows.cli.choose import Chosen, chosen
from flows.cli.tell import progress


@click.group(short_help="Change the secret that people are keyed by.")
def secret() -> None:
    """Change the secret that people are keyed by: on purpose, after a leak, or because it was lost.

    \b
    Example:  parity secret rotate --why "yearly change"
    """


@secret.command("rotate", short_help="Take a new secret, and build everything anew.")
@click.option("--why", required=True, help="The reason: yearly change, a leak, the old one is lost.")
@click.option("--who", help="Your name. Default: the account that runs the command.")
@chosen
def rotate(chose: Chosen, why: str, who: str | None) -> None:
    """Take the secret that PARITY_PSEUDONYM_SECRET holds now, and load every kept file again under it.

    Set the new secret first, where the night gets it from; the old one is not needed. Every pseudonym is another from
    then on, no figure changes, and readers keep their release. Run the night after it.

    \b
    Example:  (umask 077; python3 -c 'import secrets; print("PARITY_PSEUDONYM_SECRET=" + secrets.token_hex(32))' \\
                  > secrets.env)
              set -a; . ./secrets.env
              parity secret rotate --why "yearly change"
              parity nightly

    \b
    Exit codes:  0  done
                 2  the secret is the same, or a kept copy is missing: nothing was changed
    """
    from flows.lock import hold
    from flows.rotate import rotate as carry_out

    chose.settings.pseudonym_secret  # noqa: B018  said before the home is touched
    with hold(chose.prepared_home, "secret rotate"), progress() as say:
        loads = carry_out(chose.settings, chose.home, who or getpass.getuser(), why, say)
    click.echo(f"{loads} loads are loaded again. Run `parity nightly`: it keys everybody by the new secret.")
