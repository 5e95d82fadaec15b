"""[database] encrypt: the file of the warehouse tells a thief nothing, and its key stands in no text."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from flows.backup import backup, restore
from flows.cli import main
from flows.configure import PROJECT, ConfigurationError, Settings, load_settings
from flows.connect import WarehouseLocked, connect
from flows.home import Home
from flows.ingest import IngestResult, ingest
from flows.rebuild import rebuild
from flows.recover import damage
from tests.small_trust import staff_list

KEY = "a key that nobody guesses 'quoted' 0123456789"
OTHER = "another key that nobody guesses either, 0123456789"
MARKER = "Zqvexmarker"


@pytest.fixture
def encrypted(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of a trust that encrypts, with its key in the environment."""
    assert settings.source is not None
    settings.source.write_text(settings.source.read_text() + "[database]\nencrypt = true\n", encoding="utf-8")
    monkeypatch.setenv("PARITY_WAREHOUSE_KEY", KEY)
    return load_settings(settings.source)


@pytest.fixture
def closed(encrypted: Settings) -> Home:
    """Its home, prepared and empty."""
    home = Home.of(encrypted)
    home.prepare()
    return home


def take_in(settings: Settings, home: Home) -> IngestResult:
    staff_list(home.landing, "2025-03-31", [{"Position Title": MARKER}, {}])
    return ingest(settings, home, lambda line: None)


def rows(home: Home) -> list[tuple[Any, ...]]:
    with connect(home, read_only=True) as con:
        return con.execute("select position_title from raw.esr_staff_list order by file_line").fetchall()  # type: ignore[no-any-return]


def test_what_is_taken_in_is_read_again_and_stands_in_no_byte_of_the_file(encrypted: Settings, closed: Home) -> None:
    take_in(encrypted, closed)
    assert rows(closed) == [(MARKER,), ("Paramedic",)]
    files = list(closed.private.glob("warehouse.duckdb*"))
    assert files
    assert not [path for path in files if MARKER.encode() in path.read_bytes()]


def test_without_encryption_the_same_file_would_hold_it(settings: Settings, home: Home) -> None:
    take_in(settings, home)
    assert MARKER.encode() in home.warehouse.read_bytes()


def test_the_log_of_writes_beside_the_file_is_encrypted_too(closed: Home) -> None:
    con = connect(closed)
    con.execute("set wal_autocheckpoint = '1GB'")
    con.execute(f"create table written as select '{MARKER}' as text from range(1000)")
    log = closed.warehouse.with_suffix(".duckdb.wal")
    assert log.stat().st_size > 0
    assert MARKER.encode() not in log.read_bytes() + closed.warehouse.read_bytes()
    con.close()


def test_what_is_spilled_is_encrypted_and_no_setting_of_the_session_holds_the_key(closed: Home) -> None:
    with connect(closed) as con:
        assert con.execute("select current_setting('temp_file_encryption')").fetchall() == [(True,)]
        assert con.execute("select getvariable('parity_warehouse_key')").fetchall() == [(None,)]
        told = [con.execute(f"select * from {name}()").fetchall() for name in ("duckdb_settings", "duckdb_databases")]
    assert KEY not in str(told)


def test_the_catalog_has_one_name_with_and_without_a_key(home: Home, closed: Home) -> None:
    for one in (Home(home.root / "plain"), closed):
        one.prepare()
        with connect(one) as con:
            assert con.execute("select current_database(), current_schema()").fetchall() == [("warehouse", "main")]


@pytest.mark.parametrize("key", ["", "too short"])
def test_a_missing_or_short_key_is_said_before_anything_is_made(
    encrypted: Settings, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("PARITY_WAREHOUSE_KEY", key)
    result = CliRunner().invoke(main, ["--config", str(encrypted.source), "nightly"])
    assert result.exit_code == 2
    assert "PARITY_WAREHOUSE_KEY is not set or is shorter than 32 characters" in result.output
    assert not Home.of(encrypted).warehouse.exists()


def test_a_wrong_key_is_a_sentence_without_either_key(
    encrypted: Settings, closed: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(encrypted, closed)
    monkeypatch.setenv("PARITY_WAREHOUSE_KEY", OTHER)
    result = CliRunner().invoke(main, ["--config", str(encrypted.source), "ingest"])
    assert result.exit_code == 2
    assert "PARITY_WAREHOUSE_KEY is not the key that the warehouse is encrypted with" in result.output
    assert KEY not in result.output and OTHER not in result.output
    assert damage(closed) is None, "a file with another key is not damaged"


@pytest.mark.parametrize(("was", "said"), [(True, "does not say so"), (False, "is not encrypted, and")])
def test_a_file_that_is_not_as_the_configuration_says_is_refused_unharmed(
    closed: Home, was: bool, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Home(closed.root)
    before, after = (closed, plain) if was else (plain, closed)
    with connect(before) as con:
        con.execute("create table kept as select 1 as one")
    content = before.warehouse.read_bytes()
    with pytest.raises(WarehouseLocked, match=said):
        connect(after)
    assert before.warehouse.read_bytes() == content


def test_a_backup_holds_the_file_encrypted_and_needs_the_same_key(
    encrypted: Settings, closed: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(encrypted, closed)
    archive = backup(encrypted, closed, tmp_path / "kept.tar.gz").path
    restore(encrypted, archive, tmp_path / "restored")
    restored = Home(tmp_path / "restored", encrypted=True)
    assert rows(restored) == rows(closed)
    assert MARKER.encode() not in restored.warehouse.read_bytes()
    monkeypatch.setenv("PARITY_WAREHOUSE_KEY", OTHER)
    with pytest.raises(WarehouseLocked):
        connect(restored)


@pytest.mark.parametrize("lost", [True, False])
def test_the_key_is_changed_by_building_the_warehouse_anew(
    encrypted: Settings, closed: Home, lost: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the old key is lost or was given up on purpose; and in the same way a plain file becomes encrypted."""
    plain = Home(closed.root)
    take_in(encrypted, closed if lost else plain)
    monkeypatch.setenv("PARITY_WAREHOUSE_KEY", OTHER)
    rebuild(encrypted, closed, lambda line: None)
    assert rows(closed) == [(MARKER,), ("Paramedic",)]
    assert MARKER.encode() not in closed.warehouse.read_bytes()
    assert not list(closed.private.glob("warehouse.set_aside*"))


def test_a_rebuild_without_a_key_changes_nothing(
    encrypted: Settings, closed: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(encrypted, closed)
    monkeypatch.delenv("PARITY_WAREHOUSE_KEY")
    with pytest.raises(ConfigurationError, match="PARITY_WAREHOUSE_KEY is not set"):
        rebuild(encrypted, closed, lambda line: None)
    assert closed.warehouse.exists()


def test_the_warehouse_is_opened_in_one_place() -> None:
    """Whoever opens the file in another way would meet one that is encrypted without its key."""
    opens: Callable[[str], list[str]] = re.compile(
        r"(?:duckdb\.connect|attach)\([^)]*warehouse|attach \{[^}]*warehouse"
    ).findall
    found = {path.name for path in (PROJECT / "flows").rglob("*.py") if opens(path.read_text(encoding="utf-8"))}
    assert found <= {"connect.py", "unlock.py"}


def test_no_profile_names_the_key() -> None:
    assert "KEY" not in re.sub(r"#.*", "", (PROJECT / "profiles.yml").read_text(encoding="utf-8"))


def test_an_extension_of_another_duckdb_is_said(closed: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.connect import _cryptography

    _cryptography.cache_clear()
    monkeypatch.setattr(duckdb, "__version__", "0.0.0")
    try:
        with pytest.raises(ConfigurationError, match=r"not of DuckDB 0\.0\.0"):
            connect(closed)
    finally:
        _cryptography.cache_clear()
