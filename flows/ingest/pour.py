"""Pour a file into the warehouse: good rows into their raw table, the others into quarantine, each counted."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path

import duckdb

from flows.configure import Settings
from flows.ingest.batch import Poured, batches
from flows.ingest.define import Dataset, Landing
from flows.ingest.forget import ERASED, Forgotten, condition
from flows.ingest.read import open_rows
from flows.ingest.refuse import FileRefused
from flows.ingest.remember import Load, Rejection
from flows.ingest.type_rows import WHITE_SPACE, is_padded, typed_rows
from flows.neutralise import inert_row
from flows.record import flush_folder

FIRST_LINES = 5
ROWS_AT_A_TIME = 100
"""A rejected row may be as long as a record may be."""
EMPLOYER = "employer"


def pour(
    con: duckdb.DuckDBPyConnection,
    draft: Load,
    dataset: Dataset,
    path: Path,
    *,
    landing: Landing,
    settings: Settings,
    forgotten: Forgotten | None = None,
) -> Poured:
    """Read a file, batch by batch: good rows into its raw table, the others into the temporary table `rejected`.

    `rejected` has `row_id`, `file_line`, `reasons`, `written` and the cells as they came; of a row of a person who is
    `forgotten` only the line. Raises FileRefused.
    """
    poured, rows = open_rows(path, dataset, landing)
    cells = [f"c{index}" for index in range(len(poured.headings))]
    con.execute(
        "create or replace temp table rejected (row_id bigint, file_line bigint, reasons varchar[], written varchar, "
        + ", ".join(f"{cell} varchar" for cell in cells)
        + ")"
    )
    padded = is_padded(dataset, poured.places, landing)
    is_erased = condition(forgotten, dataset, poured.places, len(cells)) if forgotten else "false"
    typed = typed_rows("batch", dataset, poured.places, landing, is_erased)
    kept = ", ".join(f"case when reasons <> ['{ERASED}'] then {cell} end" for cell in ("written", *cells))
    employers = _Employers(poured, settings)
    nameless: set[int] = set()
    for batch in batches(rows, poured):
        con.register("batch", batch)
        poured.padded_rows += _one(con, f"select count(*) from batch where {padded}") if padded else 0
        nameless |= _filled_without_heading(con, poured)
        if _insert_good_rows(con, draft, dataset, typed) < batch.num_rows:
            con.execute(
                f"insert into rejected select row_id, typed.file_line, reasons, {kept} "
                f"from ({typed}) as typed join batch using (row_id) where reasons is not null"
            )
        con.unregister("batch")
    employers.count(con, draft, dataset)
    employers.refuse_others()
    poured.ignored |= {f"column {place + 1}": f"column {place + 1}, which has no heading" for place in sorted(nameless)}
    return poured


def _filled_without_heading(con: duckdb.DuckDBPyConnection, poured: Poured) -> set[int]:
    """Places of the columns without a heading in which a row of the batch has something."""
    blank = [place for place, heading in enumerate(poured.headings) if not heading.strip()]
    if not blank:
        return set()
    tests = ", ".join(f"bool_or(trim(c{place}, {WHITE_SPACE}) <> '')" for place in blank)
    found = con.execute(f"select {tests} from batch where misread is null").fetchall()[0]
    return {place for place, is_filled in zip(blank, found, strict=True) if is_filled}


def count_loaded(con: duckdb.DuckDBPyConnection, draft: Load, dataset: Dataset) -> int:
    """How many rows of the load stand in its raw table."""
    return _one(con, f"select count(*) from raw.{dataset.name} where load_id = {draft.load_id}")


def count_duplicates(con: duckdb.DuckDBPyConnection, draft: Load, dataset: Dataset) -> int:
    """How many rows of the load repeat another one in every column."""
    names = ", ".join(column.name for column in dataset.columns)
    distinct = f"select distinct {names} from raw.{dataset.name} where load_id = {draft.load_id}"
    return count_loaded(con, draft, dataset) - _one(con, f"select count(*) from ({distinct})")


def read_rejections(con: duckdb.DuckDBPyConnection) -> list[Rejection]:
    """Reasons of the rejected rows, the most frequent first. A row may have several. No line tells who was erased."""
    rows = con.execute(
        f"""
        with reasons as (select unnest(reasons) as reason, file_line from rejected)
        select
            reason,
            count(*),
            case when reason = '{ERASED}' then [] else list_sort(list(distinct file_line))[1:{FIRST_LINES}] end
        from reasons
        group by reason order by count(*) desc, reason
        """
    ).fetchall()
    return [Rejection(reason, count, tuple(lines)) for reason, count, lines in rows]


def refuse_if_empty(con: duckdb.DuckDBPyConnection, dataset: Dataset, load: Load) -> None:
    """Refuse a file without a row, where its dataset must have some, and a file of which no row can be loaded.

    One whose rows are all of people who were erased is loaded, with none.
    """
    if load.rows_read == 0 and not dataset.may_be_empty:
        raise FileRefused(f"It holds headings and no rows: {dataset.title} cannot be empty.")
    if load.rows_read > 0 and load.rows_loaded == 0:
        most = next((one for one in read_rejections(con) if one.reason != ERASED), None)
        if most is None:
            return
        raise FileRefused(
            f"None of its {load.rows_read} rows can be loaded. Most often: {most.reason} "
            f"({most.count} rows, first in line {most.first_lines[0]})."
        )


def write_quarantine(con: duckdb.DuckDBPyConnection, path: Path, headings: Sequence[str]) -> int:
    """Write the rejected rows as they came, each with its line and reasons; return how many. 0: no file.

    A cell that a spreadsheet would take for a formula has an apostrophe before it.
    """
    cells = ", ".join(f"c{index}" for index in range(len(headings)))
    found = con.execute(
        f"select file_line, array_to_string(reasons, '; '), written, {cells} from rejected order by row_id"
    )
    rows = found.fetchmany(ROWS_AT_A_TIME)
    if not rows:
        return 0
    count = 0
    beside = path.with_name(f".{path.name}.tmp")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["file line", "reasons", "not in columns", *inert_row(headings)])
        while rows:
            writer.writerows(map(inert_row, rows))
            count += len(rows)
            rows = found.fetchmany(ROWS_AT_A_TIME)
        handle.flush()
        os.fsync(handle.fileno())
    beside.replace(path)
    flush_folder(path.parent)
    return count


def _insert_good_rows(con: duckdb.DuckDBPyConnection, draft: Load, dataset: Dataset, typed: str) -> int:
    names = ", ".join(column.name for column in dataset.columns)
    inserted = con.execute(
        f"""
        insert into raw.{dataset.name} ({names}, load_id, organisation_code, as_at_date, file_line, loaded_at)
        select {names}, ?, ?, ?, file_line, ? from ({typed}) where reasons is null
        """,
        [draft.load_id, draft.organisation_code, draft.as_at_date, draft.started_at],
    ).fetchall()
    return int(inserted[0][0])


class _Employers:
    """Counts loaded rows whose Employer is not the trust itself."""

    def __init__(self, poured: Poured, settings: Settings) -> None:
        self.is_named = EMPLOYER in poured.places
        self.ours = sorted(employers_of(settings))
        self.has_vpd_number = settings.organisation.vpd_number is not None
        self.others = self.numbers = 0

    def count(self, con: duckdb.DuckDBPyConnection, draft: Load, dataset: Dataset) -> None:
        """Count in the load's rows; a rejected row is judged by nobody."""
        if not self.is_named:
            return
        cell = f"upper(regexp_replace({EMPLOYER}, '\\.0+$', ''))"
        self.others, self.numbers = con.execute(
            f"select count(*), count(*) filter (regexp_full_match({cell}, '[0-9]{{3}}')) from raw.{dataset.name} "
            f"where load_id = ? and {cell} not in ({', '.join('?' * len(self.ours))})",
            [draft.load_id, *self.ours],
        ).fetchall()[0]

    def refuse_others(self) -> None:
        """Refuse the file where any row names another trust."""
        if not self.others:
            return
        hint = ""
        if self.numbers == self.others and not self.has_vpd_number:
            hint = " They hold a VPD number: if it is your own, write it into parity.toml as [organisation] vpd_number."
        raise FileRefused(
            f"{self.others} rows name another employer than {' or '.join(self.ours)} in the column Employer.{hint} "
            "A file of another trust is never loaded."
        )


def employers_of(settings: Settings) -> frozenset[str]:
    """What the Employer column of the trust's own files may say: its ODS code, and its VPD number where it is set."""
    organisation = settings.organisation
    return frozenset(code.upper() for code in (organisation.ods_code, organisation.vpd_number) if code)


def notes_of(poured: Poured) -> list[str]:
    """What a reader should know of how the file was read: encoding, numbers padded, rows and sheets left out."""
    notes = list(poured.notes)
    if poured.padded_rows:
        notes.append(
            f"In {poured.padded_rows} row{'s' if poured.padded_rows > 1 else ''} an employee or assignment number has "
            "lost leading zeros and was padded with them."
        )
    if poured.totals_rows:
        notes.append(f"{poured.totals_rows} totals row{'s' if poured.totals_rows > 1 else ''} at the end left out.")
    if poured.blank_rows:
        notes.append(f"{poured.blank_rows} blank row{'s' if poured.blank_rows > 1 else ''} left out.")
    return notes


def _one(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(con.execute(query).fetchall()[0][0])
