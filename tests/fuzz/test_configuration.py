"""Whatever is written into parity.toml or a landing seed: a configuration, or one sentence that says what is wrong."""

from __future__ import annotations

import datetime
import json
import random
import shutil
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.configure import PROJECT, ConfigurationError, Settings, load_settings
from flows.home import Home
from flows.ingest.define import LANDING_SEEDS, read_landing
from flows.ingest.type_rows import typed_rows

EXAMPLE = (PROJECT / "parity.example.toml").read_text(encoding="utf-8")
GOOD = '[organisation]\nname = "T"\nods_code = "XPT"\n'
KEYS = [
    (section, key)
    for section, field in Settings.model_fields.items()
    if hasattr(field.annotation, "model_fields")
    for key in field.annotation.model_fields  # type: ignore[union-attr]
]
quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

texts = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "'); drop table raw.loads; --",
            "{{ 1 / 0 }}",
            "$(touch stolen)",
            "../../..",
            "/etc/passwd",
            "\0",
            "a\nb",
            "٣GB",
        ]
    ),
    st.sampled_from(["9" * 30 + "TB", "1e9GB", "* * * * *", "0 0 30 2 *", "99 99 * * *", "*/0 * * * *", "localtime"]),
)
values = st.one_of(
    texts.map(
        lambda one: '"' + "".join(f"\\U{ord(letter):08x}" for letter in one if not 0xD800 <= ord(letter) < 0xE000) + '"'
    ),
    st.integers(-(10**40), 10**40).map(str),
    st.sampled_from(["inf", "-inf", "nan", "1e308", "-0.0", "true", "false", "[]", "{}", "[[1]]", "[1, 'a']", "''"]),
    st.sampled_from(
        ["0001-01-01", "9999-12-31", "2025-04-05", "2025-04-05T10:00:00Z", "07:32:00", "1979-05-27 07:32:00"]
    ),
    st.just("{path = 'x'}"),
    st.just('["a@b.test", 3]'),
)


def outcome(path: Path) -> Settings | str:
    """The settings, or what is said of the file; anything else is a fault."""
    try:
        return load_settings(path)
    except ConfigurationError as error:
        said = str(error)
    assert said.isprintable() or all(line.isprintable() for line in said.split("\n"))
    assert len(said) < 5000
    assert "Traceback" not in said
    return said


def used(loaded: Settings) -> None:
    """What every command does with settings: none of it may break for a configuration that was taken."""
    assert isinstance(loaded.as_of_date, datetime.date)
    assert loaded.kept_since <= loaded.as_of_date
    assert str(Home.of(loaded).warehouse).isprintable()
    datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=loaded.alerts.remind_after_days)


@quick
@given(st.sampled_from(KEYS), values)
def test_any_value_of_any_key_is_taken_or_told(tmp_path: Path, place: tuple[str, str], value: str) -> None:
    section, key = place
    path = tmp_path / "parity.toml"
    own = f"{key} = {value}\n" if section != "organisation" else ""
    body = GOOD.replace(f"{key} =", f"{key} = {value} #") if section == "organisation" else f"{GOOD}[{section}]\n{own}"
    path.write_text(body, encoding="utf-8")
    found = outcome(path)
    if isinstance(found, Settings):
        used(found)
    else:
        assert key in found or "TOML" in found or section in found


@quick
@given(st.data())
def test_a_configuration_with_spoilt_bytes_is_taken_or_told(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(EXAMPLE.encode())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(content) - 1))
        change = data.draw(st.sampled_from(["cut", "byte", "lose", "insert"]))
        if change == "cut":
            del content[at:]
        elif change == "byte":
            content[at] = data.draw(st.integers(0, 255))
        elif change == "lose":
            del content[at : at + data.draw(st.integers(1, 60))]
        else:
            content[at:at] = data.draw(st.binary(max_size=20))
        if not content:
            break
    path = tmp_path / "parity.toml"
    path.write_bytes(content)
    found = outcome(path)
    if isinstance(found, Settings):
        used(found)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "organisation: Field required"),
        ("[organisation]\nname = 'Café'".encode("cp1252"), "is not UTF-8: line 2"),
        (GOOD.encode("utf-16"), "is not UTF-8"),
        (b"\0" * 100, "not valid TOML"),
        (b"x = " + b"[" * 100_000, "nested too deep"),
        (GOOD.encode() + b"x = " + b"9" * 5000, "not valid TOML|there is no such key"),
        (b"#" * 2_000_000, "more than 1,000,000 bytes"),
        (b"PK\x03\x04", "not valid TOML"),
        (b"home = 3\n" + GOOD.encode(), "home: "),
        (GOOD.encode() + b'"\\u001b[2J" = 1', "there is no such key"),
        (GOOD.encode() + b"[clock]\nas_of_date = 20250405", "a number is no date here"),
        (GOOD.encode() + b"[retention]\nreleases_kept = true", "true and false say nothing here"),
        (GOOD.encode() + b'[home]\npath = "a\\nb"', "cannot be printed"),
        (GOOD.encode() + b'[alerts]\nsmtp_host = "a b"', "alerts.smtp_host"),
        (GOOD.encode() + b'[schedule]\ncron = "0 0 30 2 *"', "it never comes|is no cron schedule"),
        (GOOD.encode() + b"[ingest]\nsettle_seconds = inf", "ingest.settle_seconds"),
    ],
)
def test_what_is_no_configuration_is_said_in_a_sentence(
    tmp_path: Path, content: bytes, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "parity.toml"
    path.write_bytes(content)
    found = outcome(path)
    assert isinstance(found, str) and any(words in found for words in said.split("|")), found
    monkeypatch.setenv("PARITY_HOME", "elsewhere")
    monkeypatch.setenv("PARITY_AS_OF", "soon")
    assert isinstance(outcome(path), str)


def test_a_byte_order_mark_as_notepad_writes_it_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "parity.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert isinstance(outcome(path), Settings)


@pytest.mark.parametrize(
    "name", ["it's", "a b", 'say "x"', "{{ 1 }}", "$(touch stolen)", "a;b", "%s", "café", "-rf", "a\\b"]
)
def test_a_home_of_any_printable_name_takes_files_in(tmp_path: Path, name: str) -> None:
    from flows.ingest import ingest
    from tests.small_trust import staff_list

    path = tmp_path / "parity.toml"
    written = json.dumps(name)  # a JSON text is a TOML text
    more = "[clock]\nas_of_date = 2025-04-05\n[ingest]\nsettle_seconds = 0\n"
    path.write_text(f"{GOOD}[home]\npath = {written}\n{more}", encoding="utf-8")
    loaded = load_settings(path)
    home = Home.of(loaded)
    home.prepare()
    staff_list(home.landing, "2025-03-31", [{}])
    assert [load.outcome for load in ingest(loaded, home, say=lambda line: None).new] == ["loaded"]
    assert home.root == tmp_path / name
    assert not (Path.cwd() / "stolen").exists()


NASTY_CELLS = ("", "'", "'; drop table x; --", "x" * 5000, "\0", "9e9", "-", "true", "{{ 1 }}", "a\nb", "=1")


@pytest.mark.parametrize("seed", range(25))
def test_a_spoilt_landing_seed_is_taken_or_told(tmp_path: Path, seed: int) -> None:
    """What is taken makes a statement that DuckDB understands, in which no cell of the seed is SQL."""
    chance = random.Random(seed)
    folder = Path(shutil.copytree(LANDING_SEEDS, tmp_path / "landing"))
    path = chance.choice(sorted(folder.glob("*.csv")))
    content = bytearray(path.read_bytes())
    lines = content.split(b"\n")
    at = chance.randrange(len(content))
    match chance.randrange(6):
        case 0:
            del content[at:]
        case 1:
            content[at] = chance.randrange(256)
        case 2:
            del content[at : at + chance.randrange(80)]
        case 3:
            content[at:at] = chance.randbytes(5)
        case _:
            row = chance.randrange(len(lines) - 1)
            cells = bytes(lines[row]).split(b",")
            cells[chance.randrange(len(cells))] = chance.choice(NASTY_CELLS).encode()
            lines[row] = bytearray(b",".join(cells))
            content = bytearray(b"\n".join(lines))
    path.write_bytes(content)
    try:
        landing = read_landing(folder)
    except ConfigurationError as error:
        assert ".csv" in str(error) or "landing contract" in str(error), str(error)
        return
    with duckdb.connect() as con:
        for dataset in landing.datasets:
            places = {column.name: place for place, column in enumerate(dataset.columns)}
            cells = ", ".join(f"''::varchar as c{place}" for place in places.values())
            own = "0 as row_id, 1 as file_line, null::varchar as misread, null::varchar as written"
            con.execute(f"create or replace table batch as select {own}, {cells}")
            statement = typed_rows("batch", dataset, places, landing)
            assert [one.type for one in con.extract_statements(statement)] == [duckdb.StatementType.SELECT]
            con.execute(f"explain {statement}")
