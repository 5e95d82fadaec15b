"""Connect to the warehouse: the one place that knows how its file is opened, and with which key where it has one.

With `[database] encrypt = true` the file is encrypted (AES-GCM, DuckDB's own) with `PARITY_WAREHOUSE_KEY`. The key
reaches DuckDB as a variable of the session that is forgotten at once, so it stands in no SQL, log, error or argument.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from flows.configure import ConfigurationError, warehouse_key
from flows.home import Home

CATALOG = "warehouse"
"""The catalog's name, whether the file is opened by itself or attached: that of the file without its ending."""

NEW_FILE = {"storage_compatibility_version": "v1.5.0"}
"""Files of this form know their own write-ahead file. Those of before replay any that lies there, and rows change."""


class WarehouseLocked(ConfigurationError):
    """The warehouse file and its key do not fit; the message says how, and what to do. Nothing was changed."""


def connect(home: Home, *, read_only: bool = False, config: Mapping[str, Any] | None = None) -> Any:
    """Open the warehouse with DuckDB's `config`; its catalog is the current one. The caller closes the connection.

    Raises WarehouseLocked where the key is missing or another one, or where the file is not encrypted as
    the configuration says; duckdb.IOException where another program holds the file, or it is no database.
    """
    if not home.encrypted:
        is_new = not (read_only or home.warehouse.exists())
        with _said(home):
            return duckdb.connect(
                str(home.warehouse), read_only=read_only, config=dict(config or {}) | (NEW_FILE if is_new else {})
            )
    con = duckdb.connect(":memory:", config=dict(config or {}))
    try:
        attach(con, home, read_only=read_only)
        con.execute(f"use {CATALOG}")
    except BaseException:
        con.close()
        raise
    return con


def attach(con: duckdb.DuckDBPyConnection, home: Home, *, read_only: bool = False) -> None:
    """Attach the warehouse to a connection under the name `warehouse`. Raises as `connect` does."""
    with _said(home):
        if home.encrypted:
            attach_encrypted(con, home.warehouse, read_only=read_only)
        else:
            con.execute(f"attach {_text(home.warehouse)} as {CATALOG}{' (read_only)' if read_only else ''}")


def attach_encrypted(con: duckdb.DuckDBPyConnection, path: Path, *, read_only: bool = False) -> None:
    """Attach an encrypted file under the name `warehouse`; what DuckDB spills is encrypted from now on too.

    DuckDB writes encrypted files with the cryptography of its extension httpfs, which comes with Parity's environment
    and asks for nothing outside. Raises ConfigurationError where there is no key.
    """
    key = warehouse_key().get_secret_value()
    con.execute(f"load {_text(_cryptography())}")
    con.execute("set temp_file_encryption = true")
    con.execute("set variable parity_warehouse_key = ?", [key])
    try:
        options = ["encryption_key getvariable('parity_warehouse_key')", *(["read_only"] if read_only else [])]
        con.execute(f"attach {_text(path)} as {CATALOG} ({', '.join(options)})")
    finally:
        con.execute("reset variable parity_warehouse_key")


@cache
def _cryptography() -> Path:
    try:
        import duckdb_extension_httpfs  # type: ignore[import-untyped]
    except ImportError:
        raise ConfigurationError(
            "database.encrypt: DuckDB's extension httpfs is not installed, and without it nothing can be encrypted. "
            "Install what requirements.lock names (`make env`)."
        ) from None
    folder = Path(duckdb_extension_httpfs.__file__).parent
    found = sorted(folder.rglob(f"v{duckdb.__version__}/httpfs.duckdb_extension"))
    if not found:
        raise ConfigurationError(
            f"database.encrypt: the extension httpfs that is installed is not of DuckDB {duckdb.__version__}. "
            "Install what requirements.lock names (`make env`)."
        )
    return found[0]


@contextmanager
def _said(home: Home) -> Iterator[None]:
    """Make sentences of DuckDB's words about keys; every other error goes on as it is."""
    try:
        yield
    except (duckdb.CatalogException, duckdb.InvalidInputException) as error:
        if sentence := _sentence(str(error)):
            raise WarehouseLocked(f"{home.warehouse}: {sentence}") from None
        raise


def _sentence(said: str) -> str | None:
    if "without a key" in said:
        return (
            "the warehouse is encrypted, and the configuration does not say so. Write `encrypt = true` under "
            "[database] and set PARITY_WAREHOUSE_KEY."
        )
    if "Wrong encryption key" in said:
        return (
            "PARITY_WAREHOUSE_KEY is not the key that the warehouse is encrypted with. Set the right one. If it is "
            "lost, or was changed on purpose, run `parity rebuild`: the warehouse is built anew from the kept files, "
            "with the key of now."
        )
    if "is not encrypted" in said:
        return (
            "the warehouse is not encrypted, and [database] encrypt asks for it. Run `parity rebuild`: it is built "
            "anew from the kept files, encrypted."
        )
    return None


def _text(value: object) -> str:
    """A text as SQL takes it."""
    return "'" + str(value).replace("'", "''") + "'"
