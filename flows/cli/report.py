"""Commands of a trust's own reports: report (a preview of the pages), texts (its own words)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.cli.choose import Chosen, chosen
from flows.cli.tell import progress

if TYPE_CHECKING:
    from flows.proofread import Text
    from flows.report.transcribe import Problem

NEEDS_A_PERSON = 3


@click.command(short_help="Show the pages with today's texts, before the night does.")
@click.option(
    "--into", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder to make them in."
)
@click.option("--open/--restricted", "is_open", default=True, help="Which edition. Default: the open one.")
@chosen
def report(chose: Chosen, into: Path, is_open: bool) -> None:
    """Make the pages of the current release anew in a folder, with the texts as they are now.

    The release stays as it is; the next night publishes the texts. A folder that a preview made is made anew, any
    other must be new or empty. The restricted edition holds exact small counts: only who may read the restricted part
    can make it, and its folder is closed to others. Do not pass it on.

    \b
    Examples:  parity report --into ~/preview
               parity report --into ~/preview-restricted --restricted
    """
    import os

    from flows.preview import preview

    if not is_open:
        os.umask(0o077)
    with progress() as say:
        page = preview(chose.settings, chose.home, into, "open" if is_open else "restricted", say)
    click.echo(f"Open {page} in a browser.")


@click.command(short_help="Which of the trust's own texts are written, and what is wrong in them.")
@click.option("--init", "beginning", is_flag=True, help="Begin every text that is not there, with a hint in it.")
@click.option("--figures", "part", is_flag=False, flag_value="", help="Name the figures (with PART in their name).")
@chosen
def texts(chose: Chosen, beginning: bool, part: str | None) -> None:
    """Say which of the trust's own texts for its reports are written, which are empty, and what is wrong in them.

    The texts are Markdown files in the folder [reports] texts. Nothing that is there is ever written over.

    \b
    Examples:  parity texts
               parity texts --init
               parity texts --figures pay_gap

    \b
    Exit codes:  0  good
                 3  something is wrong in a text: it is left out of the pages until it is mended
    """
    from flows import proofread

    folder = chose.settings.reports.texts
    if part is not None:
        _say_names(chose, part)
        return
    if beginning:
        begun = proofread.begin(folder)
        click.echo(f"{len(begun)} texts were begun in {folder}, each with a hint; what was there was left alone.")
    _say_texts(folder, proofread.texts(folder))
    problems = proofread.proofread(chose.settings, chose.home)
    _say_problems(problems)
    sys.exit(NEEDS_A_PERSON if problems else 0)


def _say_names(chose: Chosen, part: str) -> None:
    from flows.cli.show import show
    from flows.proofread import named

    rows = [(f"{{figure: {name}}}", text) for name, text in named(chose.settings, chose.home) if part in name]
    show(["in a text", "in the open edition now"], rows, "table", "parity texts --figures | less")


def _say_texts(folder: Path, known: list[Text]) -> None:
    click.echo(f"Texts in {folder}:")
    for name in dict.fromkeys(one.report for one in known):
        own = [one for one in known if one.report == name and (one.is_needed or one.is_written)]
        empty = [one for one in own if not one.is_written]
        click.echo(f"\n{name}: {len(own) - len(empty)} of {len(own)} are written")
        for one in empty:
            click.echo(f"  still empty  {one.file}  ({one.heading})")


def _say_problems(problems: list[Problem]) -> None:
    if not problems:
        click.echo("\nNothing is wrong in them.")
        return
    click.echo("\nWrong, and left out of the pages until it is mended:")
    for problem in problems:
        click.echo(f"  {problem}")
