"""The command that builds a damaged or lost warehouse anew."""

from __future__ import annotations

import sys

import click

from flows.cli.choose import Chosen, chosen
from flows.cli.run import OUTCOMES, run_one, say_outcome
from flows.cli.tell import progress


@click.command(short_help="Build the warehouse anew from the kept files.")
@chosen
def rebuild(chose: Chosen) -> None:
    """Build the warehouse anew from the kept files, and run the night on it.

    For a warehouse that is damaged, lost, or was copied back by hand. Every load is loaded again from its kept copy,
    under its own number; readers keep the release that they have until the night has published. The old file is
    removed when every row is back, and kept where a copy is missing: the message names it.

    \b
    Example:  parity rebuild

    \b
    Exit codes:  as of `parity nightly`
    """
    from flows.lock import hold
    from flows.rebuild import rebuild as load_again

    chose.settings.pseudonym_secret  # noqa: B018  what is loaded without a secret could not be built
    home = chose.prepared_home
    with progress() as say:
        with hold(home, "rebuild"):
            load_again(chose.settings, home, say)
        run = run_one(chose, say)
    say_outcome(run, home)
    sys.exit(OUTCOMES.get(run.outcome, 1))
