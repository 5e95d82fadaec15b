"""Proofread: which of a trust's own texts are written, what is wrong in them, and which figures they may name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flows.configure import Settings
from flows.home import Home
from flows.preview import Kind, edition_of, may_read
from flows.report.compose import Figure
from flows.report.pages.reports import problems_of, reports_of
from flows.report.read import read_figures, seed
from flows.report.transcribe import Problem, Texts, is_written

HINT = """\
<!--
{heading} ({report})

{hint}

Write below this hint, in Markdown; what stands between these two marks is not shown. The words go into both editions,
so everyone can read them. Name figures instead of typing them: {{figure: wres_2}} is the figure of the report's year.
`parity texts` says what is still wrong, `parity texts --figures` names every figure, `parity report` shows the pages.
-->
"""


@dataclass(frozen=True)
class Text:
    """One file that a trust may write: its report, the heading it stands under, and how far it is."""

    file: str
    report: str
    heading: str
    hint: str
    is_written: bool
    is_needed: bool


def texts(folder: Path) -> list[Text]:
    """Every file that a section knows, in the order of the reports."""
    names = {one["report"]: one["short_title"] for one in seed("report/reports")}
    return [
        Text(
            file=one["text"],
            report=names[one["report"]],
            heading=_heading(one["heading"]),
            hint=one["hint"],
            is_written=is_written(folder, one["text"]),
            is_needed=is_needed(one["hint"]),
        )
        for one in seed("report/report_sections")
    ]


def is_needed(hint: str) -> bool:
    """Whether a trust should write it: where Parity's own words do, the hint says to leave it out."""
    return not hint.startswith("Leave it out")


def _heading(heading: str) -> str:
    return heading.replace("{year}", "the year").replace("{next_year}", "the next year")


def begin(folder: Path) -> list[str]:
    """Write a file with a hint for every text that should be written and is not there. Returns what was written."""
    begun = []
    for one in texts(folder):
        path = folder / one.file
        if not one.is_needed or path.exists() or path.is_symlink():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        questions = [f"## {row['heading']}\n" for row in seed("report/report_questions") if row["heading"] in one.hint]
        path.write_text("\n".join([HINT.format(**vars(one)), *questions]), encoding="utf-8")
        begun.append(one.file)
    return begun


def proofread(settings: Settings, home: Home) -> list[Problem]:
    """What is wrong in the texts, as the current release's figures tell.

    Without a release the names of figures cannot be looked up, and the rest is looked at all the same.
    """
    kinds: list[Kind] = ["restricted", "open"]
    return next(
        (_problems(settings, home, kind) for kind in kinds if may_read(home, kind)),
        _without_figures(settings.reports.texts),
    )


def _problems(settings: Settings, home: Home, kind: Kind) -> list[Problem]:
    edition = edition_of(settings, home, kind, Path())
    with read_figures(edition) as figures:
        made = list(reports_of(edition, figures))
        for report in made:
            report.read_texts()
        return problems_of(made)


def _without_figures(folder: Path) -> list[Problem]:
    read = Texts(folder, Figure)
    for one in seed("report/report_sections"):
        read.read(one["text"], one["heading"], int(one["level"]), {})
    return read.problems


def named(settings: Settings, home: Home) -> Iterator[tuple[str, str]]:
    """Every name that a text may use, with its figure: as everyone sees it, where this account may read that."""
    kind: Kind = "open" if may_read(home, "open") else "restricted"
    edition = edition_of(settings, home, kind, Path())
    with read_figures(edition) as figures:
        report = next(reports_of(edition, figures))
        for name in [*report.quoted.rows, *report.quoted.absent]:
            yield name, report.quoted(name).text
