"""Write: every return of a release into the folder beside its site."""

from __future__ import annotations

from pathlib import Path

from flows.report import Edition, Say
from flows.report.read import read_figures
from flows.returns import FOLDER
from flows.returns.gather import gather, pay_gap_names, return_name
from flows.returns.set_out import set_out
from flows.returns.write_down import write_table, write_workbook


def write_returns(edition: Edition, say: Say) -> list[Path]:
    """Write the files; see `fill_returns`."""
    folder = edition.part / FOLDER
    folder.mkdir(mode=0o700)
    with read_figures(edition) as figures:
        returns = gather(figures, edition.organisation.ods_code)
    written = []
    for filled in returns.filled:
        written.append(folder / return_name(filled))
        set_out(written[-1], edition, filled)
    if returns.declared:
        workbook, table = (folder / name for name in pay_gap_names(returns.declared))
        write_workbook(workbook, edition, returns.declared)
        write_table(table, returns.declared)
        written += [workbook, table]
    say(f"{len(written)} files of the national returns")
    return written
