"""Hand over the open part of a release: one DuckDB file, the same tables as Parquet and CSV, and a page of plain words.

What is handed over was made by disclosure control and attacked by its auditor before. Where tonight's could not be made
safe, the part that was open before is written again, byte for byte, with the reason beside it.
"""

from __future__ import annotations

import csv
import datetime
import shutil
import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from flows.configure import PROJECT, Organisation
from flows.disclose import Disclosure, plans
from flows.disclose.remember import Remembered
from flows.fingerprint import base_tables, combine, quote, table_hash, table_hashes
from flows.neutralise import inert
from flows.point import write_flushed

SCHEMA = "marts"
OWN_TABLES = ("disclosure_report",)
"""Tables that disclosure control adds to the open marts, beside its seeds."""

MARKERS = PROJECT / "seeds" / "disclosure" / "disclosure_markers.csv"


class NotFitToOpen(Exception):
    """A file of open tables holds what is not for everyone; the message names the table or column, never a value."""


@dataclass(frozen=True)
class OpenPart:
    """What the open folder of a release holds: outcome `open`, `carried_over`, or `none` with its reason.

    `from_release` is the release that opened it, `tables` the rows of each table, `hashes` their content.
    """

    outcome: str
    reason: str = ""
    from_release: str | None = None
    first_opened_at: str | None = None
    tables: Mapping[str, int] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)

    @property
    def content_hash(self) -> str | None:
        """One hash over all tables; None where there is none."""
        return combine(self.hashes) if self.hashes else None

    def as_record(self) -> dict[str, Any]:
        """The same for the manifest."""
        return {
            "outcome": self.outcome,
            "reason": self.reason,
            "from_release": self.from_release,
            "first_opened_at": self.first_opened_at,
            "content_hash": self.content_hash,
            "tables": dict(self.tables),
        }


@dataclass(frozen=True)
class OpenFolder:
    """Where an open part is written, of whom, and for which release."""

    path: Path
    organisation: Organisation
    release_id: str
    published_at: str
    as_of_date: str

    @property
    def marts(self) -> Path:
        """The DuckDB file."""
        return self.path / "open.duckdb"

    def parquet(self, table: str) -> Path:
        """One table as Parquet."""
        return self.path / "parquet" / f"{table}.parquet"

    def csv(self, table: str) -> Path:
        """One table as CSV."""
        return self.path / "csv" / f"{table}.csv"


def hand_over(
    con: duckdb.DuckDBPyConnection,
    folder: OpenFolder,
    disclosure: Disclosure,
    standing: Remembered | None,
) -> OpenPart:
    """Write the open part into its empty folder, and return what it holds. `con` is a connection to no file.

    `standing` is what stays open where tonight's part is withheld; None where nothing was ever open.
    """
    part = _chosen(folder, disclosure, standing)
    if part.outcome == "none":
        write_flushed(folder.path / "README.txt", _nothing_said(folder, part), 0o444)
        return part
    for name in ("parquet", "csv"):
        (folder.path / name).mkdir(mode=0o700)
    if part.outcome == "open":
        shutil.copyfile(_file(disclosure), folder.marts)
        _write_comments(con, folder)
    elif standing is not None:
        shutil.copyfile(standing.path, folder.marts)
    with _opened(con, folder):
        part = _counted(con, part)
        for name in part.tables:
            _write_parquet(con, folder, name)
            _write_csv(con, folder, name)
        write_flushed(folder.path / "README.txt", _said(con, folder, part), 0o444)
    return part


def read_back(con: duckdb.DuckDBPyConnection, folder: OpenFolder, part: OpenPart) -> list[str]:
    """Read the finished folder as a reader does. Returns the names of files that are not what was handed over."""
    if part.outcome == "none":
        return []
    wrong: list[str] = []
    with _opened(con, folder):
        for name, written in part.hashes.items():
            columns = _columns(con, name)
            if table_hash(con, f"opened.{SCHEMA}.{quote(name)}") != written:
                wrong.append(f"{folder.marts.name} ({name})")
            if table_hash(con, f"read_parquet({_text(folder.parquet(name))})", columns) != written:
                wrong.append(folder.parquet(name).name)
            if not _same_rows(con, _read_csv(folder.csv(name), columns), _as_texts(con, name), columns):
                wrong.append(folder.csv(name).name)
    return wrong


def refuse_unfit(path: Path, closed_columns: Collection[str], plans_are_public: bool = False) -> None:
    """Refuse a file of open tables that holds more than `open_tables` lets out, before it is handed over.

    `closed_columns` are names that no release has. Plans are let out where the trust says that they are public, and
    nothing of them but `plans.COLUMNS`. This looks at names alone; whether a number gives a person away is the
    auditor's question. Raises NotFitToOpen.
    """
    with duckdb.connect(str(path), read_only=True) as con:
        strange = con.execute(
            "select table_name from duckdb_tables() where schema_name <> ? "
            "union all select view_name from duckdb_views() where not internal order by all",
            [SCHEMA],
        ).fetchall()
        if strange:
            raise NotFitToOpen(f"{strange[0][0]} is a view, or stands in another schema than {SCHEMA}")
        present = base_tables(con, SCHEMA)
        treatment = _treatments(con, present)
        for name in present:
            if treatment.get(name) == "restricted":
                raise NotFitToOpen(f"the table {name} is restricted in open_tables")
            if name not in treatment and name not in _own_tables():
                raise NotFitToOpen(f"the table {name} is not listed in open_tables")
            if treatment.get(name) == plans.TREATMENT and not plans_are_public:
                raise NotFitToOpen(f"the table {name} is open only where [reports] plans_are_public is true")
        for table, column in con.execute("select table_name, column_name from duckdb_columns()").fetchall():
            if column in closed_columns and table in present:
                raise NotFitToOpen(f"the table {table} has the column {column}")
            if treatment.get(table) == plans.TREATMENT and column not in plans.COLUMNS:
                raise NotFitToOpen(f"the table {table} has the column {column}, which stays restricted")


def _chosen(folder: OpenFolder, disclosure: Disclosure, standing: Remembered | None) -> OpenPart:
    if disclosure.outcome == "open":
        return OpenPart("open", "", folder.release_id, folder.published_at)
    if standing is None:
        return OpenPart("none", disclosure.reason)
    return OpenPart("carried_over", disclosure.reason, standing.release_id, standing.published_at)


def _file(disclosure: Disclosure) -> Path:
    if disclosure.path is None:
        raise NotFitToOpen("disclosure control opened a part without a file")
    return disclosure.path


@contextmanager
def _opened(con: duckdb.DuckDBPyConnection, folder: OpenFolder) -> Iterator[None]:
    """The open part's DuckDB file, attached read-only as `opened`; times are written in UTC."""
    con.execute("set TimeZone = 'UTC'")
    con.execute(f"attach {_text(folder.marts)} as opened (read_only)")
    try:
        yield
    finally:
        con.execute("detach opened")


def _write_comments(con: duckdb.DuckDBPyConnection, folder: OpenFolder) -> None:
    """Beside each table, as its comment: what it holds, and what was done to it."""
    con.execute(f"attach {_text(folder.marts)} as opened")
    con.execute("begin")
    comments = con.execute(
        "select table_name, comment from duckdb_tables() where database_name = 'opened' and schema_name = ?", [SCHEMA]
    ).fetchall()
    sentences = _sentences(con, [name for name, _ in comments])
    for name, comment in comments:
        missing = [one for one in sentences.get(name, ()) if one not in (comment or "")]
        said = " ".join(filter(None, [comment, *missing]))
        if said:
            con.execute(f"comment on table opened.{SCHEMA}.{quote(name)} is {_text(said)}")
    con.execute("commit")
    con.execute("checkpoint opened")
    con.execute("detach opened")


def _sentences(con: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> dict[str, list[str]]:
    """Of each open table: how it is protected, and how much of it is hidden."""
    said: dict[str, list[str]] = {name: [] for name in tables}
    if "open_tables" in tables:
        for name, sentence in con.execute(
            f"select table_name, sentence from opened.{SCHEMA}.open_tables where sentence is not null order by all"
        ).fetchall():
            said.setdefault(name, []).append(str(sentence))
    if "disclosure_report" in tables:
        for name, cells, hidden in con.execute(
            f"select table_name, sum(cells), sum(hidden_cells) from opened.{SCHEMA}.disclosure_report "
            "group by all having sum(cells) > 0 order by all"
        ).fetchall():
            share = _percent(int(hidden), int(cells))
            said.setdefault(name, []).append(f"Of {int(cells):,} numbers, {int(hidden):,} ({share}) are hidden.")
    return said


def _percent(part: int, whole: int) -> str:
    """A share as people read it; a part is never said to be none or all of the whole where it is not."""
    if part in (0, whole):
        return f"{100 * part // whole} %"
    return "under 1 %" if part * 100 < whole else f"{min(99, round(100 * part / whole))} %"


def _counted(con: duckdb.DuckDBPyConnection, part: OpenPart) -> OpenPart:
    names = base_tables(con, SCHEMA, "opened")
    rows = {name: _count(con, f"opened.{SCHEMA}.{quote(name)}") for name in names}
    return replace(part, tables=rows, hashes=table_hashes(con, names, SCHEMA, "opened"))


def _count(con: duckdb.DuckDBPyConnection, source: str) -> int:
    found = con.execute(f"select count(*) from {source}").fetchone()
    return int(found[0]) if found else 0


def _write_parquet(con: duckdb.DuckDBPyConnection, folder: OpenFolder, name: str) -> None:
    source = f"opened.{SCHEMA}.{quote(name)}"
    con.execute(f"copy {source} to {_text(folder.parquet(name))} (format parquet, compression zstd)")


def _write_csv(con: duckdb.DuckDBPyConnection, folder: OpenFolder, name: str) -> None:
    """RFC 4180 in UTF-8, with a heading: nothing between two commas is no value, an empty text stands in quotes."""
    con.execute(f"copy {_as_texts(con, name)} to {_text(folder.csv(name))} (format csv, header, delimiter ',')")


def _read_csv(path: Path, columns: Sequence[tuple[str, str]]) -> str:
    """A query for a CSV file, every value as text."""
    texts = ", ".join(f"{_text(column)}: 'VARCHAR'" for column, _ in columns)
    return (
        f"read_csv({_text(path)}, header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
        f"nullstr = '', allow_quoted_nulls = false, parallel = false, columns = {{{texts}}})"
    )


def _same_rows(con: duckdb.DuckDBPyConnection, one: str, other: str, columns: Sequence[tuple[str, str]]) -> bool:
    """Whether two sources hold the same rows, in any order: a copy of a copy is compared, so a short hash does."""
    row = f"hash({', '.join(quote(column) for column, _ in columns)})"
    first, second = (
        con.execute(f"select count(*), sum({row}), bit_xor({row}) from {source}").fetchone() for source in (one, other)
    )
    return first == second


def _as_texts(con: duckdb.DuckDBPyConnection, name: str) -> str:
    """A query for a table as its CSV file has it: every value as text, none of which acts in a spreadsheet."""
    con.execute("create temp table if not exists temp.inert_texts (value varchar primary key, told varchar)")
    told = []
    for column, data_type in _columns(con, name):
        text = _text_of(column, data_type)
        if _is_text(data_type) and _acts(con, name, text):
            text = f"coalesce((select acts.told from temp.inert_texts as acts where acts.value = {text}), {text})"
        told.append(f"{text} as {quote(column)}")
    return f"(select {', '.join(told)} from opened.{SCHEMA}.{quote(name)} as whole)"


def _acts(con: duckdb.DuckDBPyConnection, name: str, text: str) -> bool:
    """Note each text of a column that a spreadsheet would take for a formula, beside how it stands in a CSV file."""
    found = con.execute(f"select distinct {text} from opened.{SCHEMA}.{quote(name)} as whole").fetchall()
    acting = [(one, inert(one)) for (one,) in found if inert(one) != one]
    if acting:
        con.executemany("insert or ignore into temp.inert_texts values (?, ?)", acting)
    return bool(acting)


def _text_of(column: str, data_type: str) -> str:
    value = f"whole.{quote(column)}"
    if data_type.startswith("DECIMAL"):
        text = f"cast({value} as varchar)"
        return f"case when contains({text}, '.') then rtrim(rtrim({text}, '0'), '.') else {text} end"
    if _is_nested(data_type):
        return f"cast(to_json({value}) as varchar)"
    return f"cast({value} as varchar)"


def _is_text(data_type: str) -> bool:
    return data_type in ("VARCHAR", "BLOB") or data_type.startswith("ENUM") or _is_nested(data_type)


def _is_nested(data_type: str) -> bool:
    return data_type.endswith("]") or data_type.startswith(("STRUCT", "MAP", "UNION"))


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    rows = con.execute(
        "select column_name, data_type from duckdb_columns() "
        "where database_name = 'opened' and schema_name = ? and table_name = ? order by column_index",
        [SCHEMA, table],
    ).fetchall()
    return [(str(column), str(data_type)) for column, data_type in rows]


def _treatments(con: duckdb.DuckDBPyConnection, present: Sequence[str]) -> dict[str, str]:
    if "open_tables" not in present:
        raise NotFitToOpen("the table open_tables, which says what may be open, is missing")
    return dict(con.execute(f"select table_name, treatment from {SCHEMA}.open_tables").fetchall())


def _own_tables() -> set[str]:
    return {*OWN_TABLES, *(path.stem for path in (PROJECT / "seeds" / "disclosure").glob("*.csv"))}


def _markers() -> list[tuple[str, str]]:
    with MARKERS.open(encoding="utf-8", newline="") as handle:
        return [(row["marker"], row["meaning"]) for row in csv.DictReader(handle)]


def _nothing_said(folder: OpenFolder, part: OpenPart) -> str:
    return f"""{folder.organisation.name} ({folder.organisation.ods_code}): open figures

This folder is for everyone. It holds no figures yet.

{
        _wrapped(
            f"Figures come here only after disclosure control, which sees to it that nobody can be found in them. "
            f"{_sentence(part.reason)}"
        )
    }
"""


def _said(con: duckdb.DuckDBPyConnection, folder: OpenFolder, part: OpenPart) -> str:
    """The page beside the tables: what is here, from when, how it is protected, and what the markers mean."""
    sentences = _sentences(con, list(part.tables))
    tables = "\n\n".join(_table_said(con, name, rows, sentences[name]) for name, rows in part.tables.items())
    markers = "\n".join(f"  {marker:<7}{meaning}" for marker, meaning in _markers())
    return f"""{folder.organisation.name} ({folder.organisation.ods_code}): open figures

{_wrapped(_from_when(folder, part))}

What is here

  site/index.html           the figures as pages, with charts, reports and spreadsheets; open it in a browser
  open.duckdb               every table, in the schema marts, with a comment on each table and column
  parquet/<table>.parquet   the same tables
  csv/<table>.csv           the same tables in UTF-8, with a heading; nothing between two commas is no value,
                            and a text that a spreadsheet would take for a formula has an apostrophe before it

How people are protected

{
        _wrapped(
            "These tables were made from exact counts that only a few may read. Small counts are hidden, and so are "
            "as many others as it takes that no hidden one can be worked out from totals, other tables or earlier "
            "releases. A separate program tried to do so, and failed. The rules are in the table disclosure_policy."
        )
    }

Markers, in the columns whose names end in _marker

{markers}

Tables

{tables}

What an indicator counts, and by whose definition, is in the table indicator_catalogue.
"""


def _table_said(con: duckdb.DuckDBPyConnection, name: str, rows: int, sentences: Sequence[str]) -> str:
    comment = con.execute(
        "select comment from duckdb_tables() where database_name = 'opened' and schema_name = ? and table_name = ?",
        [SCHEMA, name],
    ).fetchone()
    told = str(comment[0]) if comment and comment[0] else " ".join(sentences)
    counted = f"{rows:,} row{'' if rows == 1 else 's'}"
    return f"  {name} ({counted})\n{_wrapped(told, 4)}" if told else f"  {name} ({counted})"


def _from_when(folder: OpenFolder, part: OpenPart) -> str:
    if part.outcome == "open":
        return (
            f"Release {folder.release_id}, published {_day(folder.published_at)}, "
            f"judged as of {_day(folder.as_of_date)}."
        )
    return (
        f"These are the open figures of release {part.from_release}, published {_day(part.first_opened_at or '')}. "
        f"They stay open here, unchanged, because those of {folder.release_id} ({_day(folder.published_at)}) were "
        f"withheld. {_sentence(part.reason)}"
    )


def _day(moment: str) -> str:
    at = datetime.datetime.fromisoformat(moment)
    return f"{at.day} {at:%B %Y}"


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def _wrapped(text: str, indent: int = 0) -> str:
    margin = " " * indent
    return textwrap.fill(text, 100, initial_indent=margin, subsequent_indent=margin, break_long_words=False)


def _text(value: object) -> str:
    """A text as SQL takes it."""
    return "'" + str(value).replace("'", "''") + "'"
