"""The search for planted words is itself tried: in each kind of store a word is planted, and must be found."""

from __future__ import annotations

import base64
import gzip
import json
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.parquet
import pytest
import typst
import xlsxwriter

from tests.privacy.search import search, words_in

WORD = "Zqvexquill"
FILLER = "nothing to see here, " * 40


def as_text(path: Path) -> None:
    path.write_text(f"{FILLER}{WORD.upper()}{FILLER}")


def as_utf_16(path: Path) -> None:
    path.write_bytes(f"{FILLER}{WORD}".encode("utf-16"))


def as_json_escaped(path: Path) -> None:
    path.write_text(json.dumps({"said": f"{FILLER}{WORD}"}))


def as_base64(path: Path) -> None:
    path.write_text(f"body: {base64.encodebytes(f'{FILLER}{WORD}{FILLER}'.encode()).decode()}")


def as_base64_one_byte_on(path: Path) -> None:
    path.write_bytes(base64.b64encode(f"x{FILLER}{WORD}".encode()))


def as_mail(path: Path) -> None:
    message = EmailMessage()
    message["Subject"] = "nothing"
    message.set_content("nothing")
    message.add_alternative(f"<p>{FILLER}é {WORD}</p>", subtype="html", cte="base64")
    path.write_bytes(message.as_bytes())


def as_subject_of_a_mail(path: Path) -> None:
    message = EmailMessage()
    message["Subject"] = f"é {WORD}"
    message.set_content("nothing")
    path.write_bytes(message.as_bytes())


def as_quoted_printable(path: Path) -> None:
    message = EmailMessage()
    message.set_content(f"é{'x' * 68}{WORD}", cte="quoted-printable")
    path.write_bytes(message.as_bytes())


def as_workbook(path: Path) -> None:
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("one").write(0, 0, WORD)
    book.close()


def as_page_of_a_pdf(path: Path) -> None:
    """As glyphs of a font in a compressed stream, the form of the data packs."""
    path.write_bytes(typst.compile(f"{FILLER} {WORD} {FILLER}".encode()))


def as_title_of_a_pdf(path: Path) -> None:
    path.write_bytes(typst.compile(f'#set document(title: "{WORD}")\n{FILLER}'.encode()))


def as_name_in_an_archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{WORD}.txt", FILLER)


def as_backup(path: Path) -> None:
    inner = path.with_name("inner.txt.gz")
    inner.write_bytes(gzip.compress(f"{FILLER}{WORD}".encode()))
    with tarfile.open(path, "w:gz") as archive:
        archive.add(inner, "inner.txt.gz")
    inner.unlink()


def as_parquet(path: Path) -> None:
    table = pyarrow.table({"text": [FILLER, WORD] * 500})
    pyarrow.parquet.write_table(table, path, compression="zstd")


def as_value_in_duckdb(path: Path) -> None:
    with duckdb.connect(str(path)) as con:
        con.execute("create schema marts")
        con.execute("create table marts.told as select 'a filler ' || i as text from range(200000) as filler (i)")
        con.execute(f"insert into marts.told select '{WORD}' from range(1000)")


def as_comment_in_duckdb(path: Path) -> None:
    with duckdb.connect(str(path)) as con:
        con.execute(f"create table told (text varchar); comment on column told.text is '{WORD}'")


def as_value_in_sqlite(path: Path) -> None:
    with sqlite3.connect(path) as con:
        con.execute("create table log (message text, data blob)")
        con.execute("insert into log values (?, ?)", (FILLER * 200, f"{FILLER}{WORD}".encode()))


def as_name_of_a_file(path: Path) -> None:
    path.with_name(f"{WORD}.txt").write_text(FILLER)


STORES: list[Callable[[Path], None]] = [value for name, value in list(globals().items()) if name.startswith("as_")]


@pytest.mark.parametrize("store", STORES, ids=lambda store: store.__name__.removeprefix("as_"))
def test_a_word_is_found_in_each_kind_of_store(store: Callable[[Path], None], tmp_path: Path) -> None:
    store(tmp_path / "kept")
    assert set().union(*search(tmp_path, [WORD, "Zqvexnever"]).values()) == {WORD}


def test_what_is_left_out_is_not_searched_and_the_rest_is(tmp_path: Path) -> None:
    for name in ("kept", "allowed"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "text").write_text(WORD)
    assert list(search(tmp_path, [WORD], [tmp_path / "allowed"])) == ["kept/text"]


def test_a_number_inside_a_longer_one_is_no_find() -> None:
    assert words_in(b"0.904177310022 and 904177318", ["90417731"]) == set()
    assert words_in(b"number 90417731.", ["90417731"]) == {"90417731"}
