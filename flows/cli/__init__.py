"""The `parity` command: every command of the project, what it says when something is wrong, and its exit codes.

Only click is imported before a command runs, so that `parity --help` answers at once.
"""

from __future__ import annotations

import difflib
import os
import secrets
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

import click

from flows.cli.choose import Chosen
from flows.cli.disclosure import disclosure
from flows.cli.explain import explain
from flows.cli.keep import hold, purge
from flows.cli.mend import alerts, backup, restore, rollback
from flows.cli.person import person
from flows.cli.read import releases, sql, status
from flows.cli.rebuild import rebuild
from flows.cli.report import report, texts
from flows.cli.run import check_file, demo, ingest, nightly, schedule
from flows.cli.secret import secret
from flows.cli.sign import approvals, approve

BROKEN, WRONG_USE, HELD = 1, 2, 4
EXIT_CODES = {
    "ConfigurationError": WRONG_USE,
    "DemonstrationError": WRONG_USE,
    "QueryError": WRONG_USE,
    "ReleaseError": WRONG_USE,
    "UnknownMessage": WRONG_USE,
    "SuiteError": WRONG_USE,
    "BackupError": WRONG_USE,
    "RebuildRefused": WRONG_USE,
    "ApprovalError": WRONG_USE,
    "NotExplained": WRONG_USE,
    "PurgeRefused": WRONG_USE,
    "HoldError": WRONG_USE,
    "PersonError": WRONG_USE,
    "RotationRefused": WRONG_USE,
    "PreviewError": WRONG_USE,
    "NightIsHeld": HELD,
}
"""By the name of the error, so that its module is not imported to answer `--help`."""

ORDER = (
    demo,
    nightly,
    check_file,
    ingest,
    status,
    sql,
    disclosure,
    explain,
    approve,
    approvals,
    texts,
    report,
    releases,
    rollback,
    schedule,
    alerts,
    purge,
    hold,
    person,
    secret,
    backup,
    restore,
    rebuild,
)
"""As a newcomer meets them, not as the alphabet has them."""


class Commands(click.Group):
    """A group that keeps its order, suggests what was meant, and says errors in one sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order in which they were added."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or fail with the nearest names."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            near = difflib.get_close_matches(name, self.commands, n=2, cutoff=0.6)
            meant = f" Did you mean {' or '.join(f'`parity {one}`' for one in near)}?" if near else ""
            ctx.fail(f"There is no command {name!r}.{meant}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; whatever goes wrong becomes one sentence and an exit code."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            _leave(ctx, error)


def _leave(ctx: click.Context, error: Exception) -> NoReturn:
    chosen = ctx.find_object(Chosen)
    if chosen is not None and chosen.debug:
        traceback.print_exception(error)
    elif _is_ours(error):
        click.echo(f"parity: {error}", err=True)
    elif isinstance(error, OSError) and error.strerror:
        at = f": {error.filename}" if error.filename else ""
        click.echo(f"parity: The machine refused it: {error.strerror}{at}.", err=True)
    else:
        click.echo(f"parity: {_unexpected(error)} {_kept(chosen, error)}", err=True)
    sys.exit(_exit_code(error))


def _is_ours(error: Exception) -> bool:
    """An error of this project was written for people and holds no values; any other may quote a row."""
    return type(error).__module__.split(".")[0] in ("flows", "demo")


def _exit_code(error: Exception) -> int:
    if not _is_ours(error):
        return BROKEN
    return next((EXIT_CODES[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in EXIT_CODES), BROKEN)


def _unexpected(error: Exception) -> str:
    here = Path(__file__).resolve().parent.parent.parent
    frames = traceback.extract_tb(error.__traceback__)
    own = [one for one in frames if Path(one.filename).is_relative_to(here) and ".venv" not in one.filename]
    last = own[-1] if own else frames[-1]
    path = Path(last.filename)
    where = path.relative_to(here) if path.is_relative_to(here) else path.name
    return f"Parity broke: {type(error).__name__} in {where}, line {last.lineno} ({last.name})."


def _kept(chosen: Chosen | None, error: Exception) -> str:
    """Write the traceback, which may quote a row, where only the home's owner reads it."""
    again = "Run the same with `parity --debug …` to see the traceback, which may quote a row."
    if chosen is None or "home" not in chosen.__dict__ or not chosen.home.scratch.is_dir():
        return again
    folder = chosen.home.scratch / "errors"
    path = folder / f"command_{secrets.token_hex(4)}.txt"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as handle:
            handle.write("".join(traceback.format_exception(error)))
    except OSError:
        return again
    return f"The traceback, which may quote a row, is in {path}."


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="parity", message="%(prog)s %(version)s")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The trust's configuration file. Default: $PARITY_CONFIG, then ./parity.toml, then the demonstration's "
    "var/parity.toml.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error. It may quote a row: not for shared logs.")
@click.pass_context
def main(ctx: click.Context, config: Path | None, debug: bool) -> None:
    """Parity makes a trust's equality figures from its staff records.

    A trust drops its files into a folder. Each night Parity reads them, computes every figure, checks that the data
    are complete enough, and publishes a release that analysts query in SQL. Where they are not, yesterday's release
    stays and the EDI team is told why.

    \b
    Try it:         parity demo
    For your trust: copy parity.example.toml to parity.toml, fill it in, then
                    parity nightly

    \b
    Exit codes:  0  good: published, or nothing new
                 1  broken, or an alert was not delivered: the message says where
                 2  wrong use or wrong configuration
                 3  withheld, or a file refused, or rows put aside: a person should look
                 4  another command is writing in this home
                 5  late: the last night is too long ago (parity status --max-age)
    """
    if home := os.environ.get("PARITY_HOME"):
        os.environ["PARITY_HOME"] = str(Path(home).absolute())
    ctx.obj = Chosen(config, debug)


for command in ORDER:
    main.add_command(command)
