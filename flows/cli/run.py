"""Commands that make figures: demo, nightly, ingest, check-file, schedule."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.cli.choose import Chosen, chosen
from flows.cli.kinds import Kind, NamingKinds
from flows.cli.stop import stoppable
from flows.cli.tell import progress

if TYPE_CHECKING:
    from flows.home import Home
    from flows.ingest import FileCheck, IngestResult
    from flows.record import RunRecord

OUTCOMES = {"published": 0, "nothing_new": 0, "withheld": 3}
NEEDS_A_PERSON = 3
QUESTION = (
    "select as_at_date, numerator, denominator, value from indicator_values where indicator_id = 'wres_1' "
    "and organisation_unit = 'trust' and stratum = 'all' and \\\"group\\\" = 'ethnic_minority' order by as_at_date"
)
"""What a newcomer may ask first, as a shell takes it: the share of staff from ethnic minorities, month by month."""


@click.command(short_help="Make an invented trust and run its night.")
@click.option(
    "--into", type=click.Path(path_type=Path, file_okay=False), help="Folder. Default: $PARITY_HOME, then var."
)
@click.option("--staff", type=click.IntRange(min=150), help="How many people on 31 March 2025. Default: 8300.")
@click.option("--months", type=click.IntRange(1, 240), help="How many monthly snapshots up to then. Default: 25.")
@click.option("--seed", type=int, help="Another seed makes other people. Default: 20250331.")
@click.option("--messy", is_flag=True, help="With the defects that real extracts have.")
@click.option("--fresh", is_flag=True, help="Remove the demonstration in the folder and begin anew.")
@click.option("--break", "breaking", is_flag=True, help="Blank one directorate's ethnicity and see the night withheld.")
@click.option("--mend", "mending", is_flag=True, help="Drop the right snapshot again after --break.")
@chosen
def demo(
    chose: Chosen, /, into: Path | None, fresh: bool, breaking: bool, mending: bool, **size: int | bool | None
) -> None:
    """Make an invented trust and run its night, from landing files to a published release.

    The trust has London Ambulance Service's size and shape, and nobody in it exists. Its files, its secret and its
    releases lie in var/; a second run finds nothing new. It has its own date, 3 April 2025, so that nothing is late.

    \b
    Examples:  parity demo
               parity demo --break     the figures are withheld, and you see why
               parity demo --mend      the right snapshot comes, the figures are published
               parity demo --into /tmp/small --staff 1000 --months 13
    """
    from flows.demonstrate import damage, mend, prepare

    if breaking and mending:
        raise click.UsageError("--break and --mend are two steps: one after the other.")
    folder = (into or Path(os.environ.get("PARITY_HOME", "var"))).absolute()
    os.environ.pop("PARITY_HOME", None)  # the folder's own configuration says where its home is
    with progress() as say:
        asked = {name: value for name, value in size.items() if value}
        chose.config = prepare(folder, asked, fresh, say)
        home = chose.home
        if breaking:
            broken = damage(home.landing)
            say(f"{broken.path.name}: {broken.rows} rows of {broken.directorate} have no ethnic origin any more")
        if mending:
            say(f"{mend(home.landing).name}: the snapshot as it was at first")
        run = run_one(chose, say)
    say_outcome(run, home)
    _say_next(run, folder)
    sys.exit(OUTCOMES.get(run.outcome, 1))


@click.command(short_help="Run one night: read, build, check, publish, tell.")
@click.option("--wait", type=click.FloatRange(min=0), default=0, help="Wait up to so many seconds for another command.")
@chosen
def nightly(chose: Chosen, wait: float) -> None:
    """Run one night: take in new files, build every figure, check, publish, and tell the EDI team what needs a person.

    For cron and systemd. Where nothing is new, nothing is built and the release stays. A night that is stopped at any
    point leaves the current release as it was; run it again.

    \b
    Examples:  parity nightly
               parity --config /etc/parity/parity.toml nightly --wait 600

    \b
    Exit codes:  0  published, or nothing new
                 1  broken
                 2  wrong configuration
                 3  withheld: yesterday's release stays, a person should look
                 4  another command is writing in this home
    """
    from flows.lock import NightIsHeld, wait_until_free

    home = chose.prepared_home
    if held_by := wait_until_free(home, wait):
        raise NightIsHeld(home, held_by)
    with progress() as say:
        run = run_one(chose, say)
    say_outcome(run, home)
    sys.exit(OUTCOMES.get(run.outcome, 1))


@click.command(short_help="Take in new files, and stop there.")
@chosen
def ingest(chose: Chosen) -> None:
    """Take in the files of the landing folder, and stop there: nothing is built, checked or published.

    Every row that is read is either loaded or put aside with its reason. A file that cannot be read is refused and
    stays where it is. The next night builds on what was taken in.

    \b
    Example:  parity ingest

    \b
    Exit codes:  0  every file was taken in, or is known already
                 3  a file was refused, or rows were put aside: a person should look
    """
    from flows.ingest import ingest as take_in
    from flows.lock import hold

    chose.settings.pseudonym_secret  # noqa: B018  what is taken in without a secret could not be built
    home = chose.prepared_home
    with hold(home, "ingest"), progress() as say:
        taken = take_in(chose.settings, home, say)
    _say_loads(taken)
    sys.exit(NEEDS_A_PERSON if any(one.outcome == "refused" or one.rows_rejected for one in taken.new) else 0)


@click.command("check-file", cls=NamingKinds, short_help="Try one file before it is dropped.")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--as", "dataset", type=Kind(), help="What the file is, where its name does not say: a word from below.")
@chosen
def check_file(chose: Chosen, file: Path, dataset: str | None) -> None:
    """Try one file before it is dropped: what would be loaded, what rejected, what is unknown.

    A dry run. The file is only read, and nothing is written anywhere. Lines are named, people are not.

    \b
    Examples:  parity check-file ~/Downloads/esr_staff_list_2025-04-30.csv
               parity check-file export.xlsx --as esr_staff_list

    \b
    Exit codes:  0  it would be loaded whole
                 3  it would be refused, or rows of it put aside: a person should look
    """
    from flows.ingest import check_file as try_file

    settings = chose.settings
    with progress() as say:
        say("reading the file")
        found = try_file(settings, file, dataset)
    sys.exit(_say_check(found))


@click.command(short_help="Run the night at its hour, every day.")
@click.option("--every", type=click.FloatRange(min=1), hidden=True, help="Seconds between nights, to try the schedule.")
@chosen
def schedule(chose: Chosen, every: float | None) -> None:
    """Run the night at its hour, every day, until it is stopped.

    The hour is `[schedule] cron` of the configuration. An hour that daylight saving skips or repeats is refused.
    A page on this machine shows each night; its address is printed. Where $PREFECT_API_URL names a Prefect server, the
    night is served to that one. Stopping does not pause the schedule: start it again and it goes on.

    \b
    Example:  parity schedule

    Cron or systemd give the same result with `parity nightly`: see docs/scheduling.md. A scheduler that has died tells
    nobody, so have `parity status --max-age 36h` run from somewhere else.
    """
    from flows.home import Home
    from flows.schedule import serve

    with progress() as say:
        serve(chose.settings, Home.of(chose.settings), say, every)


def run_one(chose: Chosen, say: Callable[[str], None]) -> RunRecord:
    """Run one night, stoppable by Ctrl-C, and return its record."""
    home = chose.prepared_home
    with stoppable():
        from flows.nightly import run_night

        return run_night(chose.settings, home, say)


def say_outcome(run: RunRecord, home: Home) -> None:
    """Say on stdout how a night ended, what needs a person, and what took how long."""
    said = {
        "published": f"Published: release {run.release_id}.",
        "nothing_new": "Nothing new: no file and no definition has changed, so the release stays.",
        "withheld": "Withheld: the data did not pass the checks. Readers keep the release that they had.",
    }
    click.echo(f"\n{said.get(run.outcome, 'Broken: the night did not end. Readers keep the release that they had.')}")
    for finding in sorted(run.findings, key=lambda one: ("critical", "warning", "info").index(one.severity)):
        if finding.severity == "info":
            continue
        click.echo(f"\n  [{finding.severity}] {finding.sentence}")
        if finding.places:
            click.echo(f"     where: {'; '.join(finding.places[:6])}{' …' if len(finding.places) > 6 else ''}")
        if finding.next_step:
            click.echo(f"     next:  {finding.next_step} ({finding.owner})")
    click.echo("\nWhat took how long:")
    for step in run.steps:
        click.echo(f"  {step.name:<22}{step.seconds:>8.1f} s{'' if step.outcome == 'done' else '  ' + step.outcome}")
    click.echo(f"\nThe run's record is {_short(home.runs / f'{run.run_id}.json')}.")


def _say_next(run: RunRecord, folder: Path) -> None:
    is_default = _short(folder) == "var"
    parity = _how_called()
    configured = parity if is_default else f"{parity} --config {_short(folder / 'parity.toml')}"
    again = f"{parity} demo" if is_default else f"{parity} demo --into {_short(folder)}"
    release = folder / "releases" / "current"
    if run.outcome in ("published", "nothing_new"):
        click.echo(f"The release is in {_short(release)}. Open it in a browser:")
        click.echo(f"  {_short(release / 'open' / 'site' / 'index.html')}        what everyone may see")
        click.echo(f"  {_short(release / 'restricted' / 'site' / 'index.html')}  the EDI team's, with exact counts")
        click.echo("\nTry next:")
        click.echo(f'  {configured} sql "{QUESTION}"')
        click.echo(f"  {again} --break")
    elif run.outcome == "withheld":
        click.echo("\nTry next:")
        click.echo(f"  {configured} status")
        click.echo(f"  {again} --mend")


def _how_called() -> str:
    """The command as this shell finds it: by its path where it is not on the search path."""
    import shutil

    here = Path(sys.argv[0])
    found = shutil.which("parity")
    if found and Path(found).resolve() == here.resolve():
        return "parity"
    return _short(here) if here.name == "parity" else "python -m flows.cli"


def _short(path: Path) -> str:
    relative = os.path.relpath(path)
    return relative if not relative.startswith("..") else str(path)


def _say_loads(taken: IngestResult) -> None:
    for load in taken.new:
        reason = f"  {load.reason}" if load.reason else ""
        rows = f"{load.rows_loaded or 0:,} rows loaded, {load.rows_rejected or 0:,} put aside"
        click.echo(f"{load.outcome:<11} {load.file_path}: {rows}{reason}")
    for waiting in taken.waiting:
        click.echo(f"waiting     {waiting}")
    if not taken.new and not taken.waiting:
        click.echo("Nothing new in the landing folder.")


def _say_check(found: FileCheck) -> int:
    """Say what would become of the file, and give the exit code.

    Its name where that is one of the contract, and unknown headings on a terminal alone: either may hold a person's
    name, and what is no terminal may be a log.
    """
    name = found.path.name if found.as_at_date else "The file"
    click.echo(f"{name}: {found.title or 'not recognised'}{_dated(found)}")
    for note in found.notes:
        click.echo(f"  Note: {note}")
    if found.refused:
        click.echo(f"It would be refused, and nothing of it loaded. {found.refused}")
        if found.columns_missing:
            click.echo(f"  Columns missing: {', '.join(found.columns_missing)}")
        return NEEDS_A_PERSON
    click.echo(f"  Rows read      {found.rows_read:>10,}")
    click.echo(f"  Would load     {found.loadable:>10,}")
    click.echo(f"  Would reject   {found.rejected:>10,}")
    for reason in found.reasons:
        click.echo(f"    {reason.count:,} rows: {reason.reason} ({_lines(reason.first_lines, reason.count)})")
    if found.duplicate:
        click.echo(f"  Identical rows {found.duplicate:>10,}   (loaded, and counted)")
    if found.columns_ignored:
        ignored = found.columns_ignored if sys.stdout.isatty() else found.places_ignored
        click.echo(f"  Columns that are not read: {', '.join(ignored)}")
    for one in found.unknown_values:
        click.echo(f"  Unknown in {one.heading}: {one.row_count:,} rows, {one.value_count:,} values{_known(one.shown)}")
    if found.unknown_values:
        click.echo("    They would be loaded and counted as unknown; seeds/maps/ says what each value means.")
    click.echo("It would be loaded and understood whole." if found.is_clean else "It would be loaded as said above.")
    return NEEDS_A_PERSON if found.rejected else 0


def _dated(found: FileCheck) -> str:
    if found.as_at_date is None:
        return ""
    version = f", version {found.version}" if found.version and found.version > 1 else ""
    return f", as at {found.as_at_date.day} {found.as_at_date:%B %Y}{version}"


def _lines(lines: tuple[int, ...], count: int) -> str:
    named = ", ".join(str(line) for line in lines)
    more = " …" if count > len(lines) else ""
    return f"line {named}" if count == 1 else f"lines {named}{more}"


def _known(shown: tuple[tuple[str, int], ...]) -> str:
    return f" ({', '.join(f'{value}: {count:,}' for value, count in shown)})" if shown else ""
