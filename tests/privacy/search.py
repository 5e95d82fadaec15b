"""Search every byte that a home and its surroundings hold for planted words, in whatever form they were written.

A word is looked for without regard to case in the bytes of a file as UTF-8, UTF-16 and base64, in the parts of archives
and mails, on the pages of PDF files, and in the values, names and comments of DuckDB, SQLite and Parquet files as they
are read, because what is compressed stands in no raw byte.
"""

from __future__ import annotations

import base64
import binascii
import email
import email.policy
import gzip
import html
import io
import json
import os
import quopri
import re
import sqlite3
import tarfile
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

import duckdb
import pyarrow.parquet
import pypdf

BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{32,}(?:\r?\n[A-Za-z0-9+/_-]+)*={0,2}")
HEXADECIMAL = re.compile(rb"[0-9a-f]+|[0-9A-F]+")
DATABASE, PARQUET, SQLITE, GZIP, ZIP = b"DUCK", b"PAR1", b"SQLite format 3\0", b"\x1f\x8b", b"PK\x03\x04"
PDF = b"%PDF-"
DEPTH = 4
"""Archives within archives."""
STEM = 5
"""So many first letters of a word are plain ones, which no escaping changes."""


def search(root: Path, words: Sequence[str], but: Iterable[Path] = ()) -> dict[str, set[str]]:
    """The words found below a folder: for each file's path from there, which. `but` are folders and files left out."""
    left_out = set(but)
    found: dict[str, set[str]] = {}
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if Path(folder, name) not in left_out]
        for path in (Path(folder, name) for name in (*folders, *names)):
            if path in left_out:
                continue
            hits = words_in(path.relative_to(root).as_posix().encode(), words)
            hits |= search_file(path, words) if path.is_file() and not path.is_symlink() else set()
            if hits:
                found[path.relative_to(root).as_posix()] = hits
    return found


def search_file(path: Path, words: Sequence[str]) -> set[str]:
    """The words that a file holds in any form that is known here."""
    content = path.read_bytes()
    found = search_bytes(content, words)
    if content[8:12] == DATABASE:
        found |= words_in("\n".join(_database_texts(path)).encode(), words)
    if content.startswith(SQLITE):
        found |= words_in("\n".join(_sqlite_texts(path)).encode(), words)
    return found


def search_bytes(content: bytes, words: Sequence[str], depth: int = DEPTH) -> set[str]:
    """The words in these bytes, in what they are the encoding of, and in what they are an archive of."""
    found = words_in(content, words)
    for part in _parts(content) if depth else ():
        found |= search_bytes(part, words, depth - 1)
    return found


def words_in(content: bytes, words: Iterable[str]) -> set[str]:
    """The words that stand in these bytes as UTF-8, Latin-1 or UTF-16, escaped or not, in any case.

    A word of digits counts only where no more digits stand beside it: numbers have many.
    """
    lowered = content.lower()
    is_wide = b"\0" in content
    found: set[str] = set()
    for stem, group in _by_stem(tuple(words)).items():
        for begins in (form for form in _encoded_as(stem) if is_wide or b"\0" not in form):
            at = lowered.find(begins)
            while at >= 0:
                found |= {word for word in group if word not in found and _stands(word, lowered, at)}
                at = lowered.find(begins, at + 1)
    return found


@cache
def _by_stem(words: tuple[str, ...]) -> dict[str, list[str]]:
    """Words that begin alike are looked for together."""
    grouped: dict[str, list[str]] = {}
    for word in words:
        grouped.setdefault(word[:STEM].lower(), []).append(word)
    return grouped


def _stands(word: str, lowered: bytes, at: int) -> bool:
    form = next((form for form in _forms(word) if lowered.startswith(form, at)), None)
    if form is None or not word.isdigit():
        return form is not None
    before, after = lowered[max(0, at - 1) : at], lowered[at + len(form) : at + len(form) + 1]
    return not (before.isdigit() or before == b"." or after.isdigit())


@cache
def _forms(word: str) -> set[bytes]:
    texts = {word, html.escape(word), json.dumps(word)[1:-1], urllib.parse.quote(word), urllib.parse.quote_plus(word)}
    return {form for text in texts for form in _encoded_as(text)}


@cache
def _encoded_as(text: str) -> set[bytes]:
    forms = {text.encode(encoding).lower() for encoding in ("utf-8", "utf-16-le", "utf-16-be")}
    with suppress(UnicodeEncodeError):
        forms.add(text.encode("latin-1").lower())
    return forms


def _parts(content: bytes) -> Iterator[bytes]:
    """What is packed or encoded in these bytes."""
    if content.startswith(ZIP):
        yield from _zipped(content)
    elif content.startswith(GZIP):
        with suppress(OSError, EOFError, zlib.error):
            yield gzip.decompress(content)
    elif content.startswith(PDF):
        yield "\n".join(_pdf_texts(content)).encode()
    elif content.startswith(PARQUET):
        yield "\n".join(_parquet_texts(content)).encode()
    elif content[257:262] == b"ustar":
        yield from _tarred(content)
    elif b"\0" not in content[:1000]:
        yield from _encoded(content)


def _zipped(content: bytes) -> Iterator[bytes]:
    with suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(content)) as archive:
        for info in archive.infolist():
            yield info.filename.encode() + b"\n" + info.comment
            yield archive.read(info)


def _tarred(content: bytes) -> Iterator[bytes]:
    with suppress(tarfile.TarError), tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for member in archive:
            yield member.name.encode()
            if (handle := archive.extractfile(member)) is not None:
                yield handle.read()


def _encoded(content: bytes) -> Iterator[bytes]:
    """What a text holds in base64 (a mail's body, a card), and a mail's parts as a reader gets them."""
    yield b"\n".join(decoded for run in BASE64.findall(content) if (decoded := _decoded(run)))
    if b"MIME-Version:" in content[:5000]:
        for part in email.message_from_bytes(content, policy=email.policy.default).walk():
            yield str(part.items()).encode()
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                yield payload
    if b"=\n" in content or b"=\r\n" in content:
        yield quopri.decodestring(content)


def _decoded(run: bytes) -> bytes:
    """What a run of base64 says; nothing for a hash in hexadecimal digits, of which there are many."""
    packed = run.replace(b"\r", b"").replace(b"\n", b"").replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
    if HEXADECIMAL.fullmatch(packed):
        return b""
    with suppress(binascii.Error):
        whole = packed[:-1] if len(packed) % 4 == 1 else packed
        return base64.b64decode(whole + b"=" * (-len(whole) % 4))
    return b""


def _parquet_texts(content: bytes) -> Iterator[str]:
    table = pyarrow.parquet.read_table(io.BytesIO(content))
    yield str(table.schema.metadata) + str(table.schema)
    for column in table.columns:
        yield from map(str, column.unique().to_pylist())


def _pdf_texts(content: bytes) -> Iterator[str]:
    """The words of each page, which stand in no raw byte but as glyphs of a font, and what is told of the file."""
    pages = pypdf.PdfReader(io.BytesIO(content))
    yield str(dict(pages.metadata or {}))
    yield str([one.get("/Title") for one in pages.outline if isinstance(one, dict)])
    for page in pages.pages:
        text = page.extract_text()
        yield text
        yield text.replace("-\n", "").replace("\n", " ")  # a word that was broken at the end of a line


def _database_texts(path: Path) -> Iterator[str]:
    """Names, comments and every value of a DuckDB file."""
    with duckdb.connect() as con:
        con.execute(f"attach '{str(path).replace(chr(39), chr(39) * 2)}' as searched (read_only)")
        for table in ("duckdb_tables", "duckdb_views", "duckdb_columns", "duckdb_schemas", "duckdb_constraints"):
            yield str(con.execute(f"select * from {table}() where database_name = 'searched'").fetchall())
        tables = con.execute(
            "select schema_name, table_name, list(column_name) from duckdb_columns() where database_name = 'searched' "
            "and not internal group by all"
        ).fetchall()
        for schema, table, columns in tables:
            every = ", ".join(f'"{column}"::varchar' for column in columns)
            values = con.execute(f'select distinct unnest([{every}]) from searched."{schema}"."{table}"').fetchall()
            yield "\n".join(str(value) for (value,) in values)


def _sqlite_texts(path: Path) -> Iterator[str]:
    """Every value of an SQLite file with what its write-ahead log adds."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as con:
        con.text_factory = lambda raw: raw.decode("utf-8", "replace")
        tables = [name for (name,) in con.execute("select name from sqlite_master where type = 'table'")]
        for table in tables:
            for row in con.execute(f'select * from "{table}"'):
                yield " ".join(one.decode("latin-1") if isinstance(one, bytes) else str(one) for one in row)
