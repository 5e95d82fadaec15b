"""Read `parity.toml`: what a trust sets, with every wrong key or value named.

Secrets never stand in the file. They come from the environment: `PARITY_PSEUDONYM_SECRET`, `PARITY_WAREHOUSE_KEY`,
`PARITY_SMTP_PASSWORD` and `PARITY_TEAMS_WEBHOOK`.
"""

from __future__ import annotations

import datetime
import difflib
import os
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from flows.neutralise import visible

PROJECT = Path(__file__).resolve().parent.parent
"""The project's own folder: models, seeds and expectations are read from here."""


MOST_BYTES = 1_000_000
"""Of a configuration file. A longer one is some other file."""
MOST_DAYS = 36_500
"""A hundred years: calendars end, and so must sums of days."""
MOST_MEMORY = 1e15
"""Bytes. DuckDB takes no number that does not fit into 64 bits."""
LONGEST_ANSWER = 300
"""Characters of what is said of one wrong key: a value may be as long as the file."""
LEAST_MEMORY = 64_000_000
"""Bytes. With much less DuckDB cannot open the warehouse at all, and says so of the file instead of the setting."""

SHORTEST_KEY = 32


class ConfigurationError(Exception):
    """`parity.toml` or the environment is wrong; the message names the key and what to do."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _is_plain(cls, value: Any, info: ValidationInfo) -> Any:
        """No text that a log or a mail would act on, and no true or false in the place of a number."""
        for text in value if isinstance(value, list) else (value,):
            if isinstance(text, str) and not text.isprintable():
                raise ValueError("it holds a character that cannot be printed, such as a line end; take it out")
        if isinstance(value, bool) and cls.model_fields[str(info.field_name)].annotation is not bool:
            raise ValueError("true and false say nothing here; write a value as parity.example.toml shows it")
        return value


class Organisation(_Section):
    """Whose data this is."""

    name: str = Field(min_length=1, max_length=200)
    ods_code: str = Field(pattern=r"^[A-Z0-9]{3,6}$")
    vpd_number: str | None = Field(default=None, pattern=r"^[0-9]{3}$")


class HomeSection(_Section):
    """Where landing, private and releases live, who drops files, and who reads the restricted part."""

    path: Path = Path("var")
    landing_group: str | None = None
    restricted_group: str | None = None


class Clock(_Section):
    """The date that "late" and "latest" are measured against; today where it is not set."""

    as_of_date: datetime.date | None = Field(default=None, ge=datetime.date(2000, 1, 1), le=datetime.date(2999, 12, 31))

    @field_validator("as_of_date", mode="before")
    @classmethod
    def _is_no_number(cls, value: Any) -> Any:
        if isinstance(value, int | float):
            raise ValueError("a number is no date here; write one like 2025-04-05")
        return value


class Schedule(_Section):
    """When the night runs."""

    cron: str = "30 3 * * *"
    timezone: str = "Europe/London"

    @field_validator("cron")
    @classmethod
    def _fires(cls, value: str) -> str:
        from cronsim import CronSim, CronSimError  # only where a schedule is written

        try:
            if len(value.split()) != 5:
                raise CronSimError("Wrong number of fields")
            next(CronSim(value, datetime.datetime(2000, 1, 1)))
        except (CronSimError, ValueError, StopIteration) as error:
            why = str(error) or "it never comes"
            raise ValueError(
                f"{value!r} is no cron schedule ({why}). Write five fields, such as '30 3 * * *' for half past three "
                "every night"
            ) from None
        return value

    @field_validator("timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except Exception as error:
            raise ValueError(f"{value!r} is no time zone; write one like Europe/London") from error
        return value


class Ingest(_Section):
    """How landing files are taken in."""

    settle_seconds: float = Field(default=5.0, ge=0, le=3600)


class Retention(_Section):
    """How long things are kept; 0: without end by that rule. The current release is always kept.

    Loads are as old as their data (`loads_years`), or as the correction that took their place
    (`superseded_loads_days`); the rest as old as the load, or as themselves.
    """

    releases_kept: int = Field(default=30, ge=1, le=100_000)
    releases_days: int = Field(default=0, ge=0, le=MOST_DAYS)
    loads_years: int = Field(default=7, ge=0, le=100)
    superseded_loads_days: int = Field(default=0, ge=0, le=MOST_DAYS)
    quarantine_days: int = Field(default=365, ge=0, le=MOST_DAYS)
    copies_days: int = Field(default=0, ge=0, le=MOST_DAYS)
    landing_days: int = Field(default=0, ge=0, le=MOST_DAYS)
    errors_days: int = Field(default=90, ge=0, le=MOST_DAYS)
    purge_nightly: bool = False


class Alerts(_Section):
    """Who is told, how, and how often a standing problem is told again."""

    email_to: tuple[str, ...] = ()
    email_from: str | None = None
    smtp_host: str | None = Field(default=None, pattern=r"^[A-Za-z0-9.:_-]{1,253}$")
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str | None = None
    remind_after_days: int = Field(default=7, ge=1, le=MOST_DAYS)
    timeout_seconds: float = Field(default=20.0, gt=0, le=3600)
    attempt_seconds: float = Field(default=60.0, gt=0, le=3600)

    @field_validator("email_to", "email_from")
    @classmethod
    def _addresses(cls, value: tuple[str, ...] | str | None) -> tuple[str, ...] | str | None:
        for address in (value,) if isinstance(value, str) else value or ():
            if not re.fullmatch(r"[^@\s<>,;:\"()]+@[^@\s<>,;:\"()]+", address):
                raise ValueError(f"{address!r} is no e-mail address; write one like edi.team@trust.nhs.uk")
        return value

    @model_validator(mode="after")
    def _can_send(self) -> Alerts:
        lacking = [name for name in ("email_from", "smtp_host") if self.email_to and getattr(self, name) is None]
        if lacking:
            raise ValueError(f"email_to is set, but {' and '.join(lacking)} is not; without it no e-mail can be sent")
        return self


class Database(_Section):
    """What DuckDB may use, and whether the warehouse file is encrypted."""

    memory_limit: str = "8GB"
    threads: int = Field(default=2, ge=1, le=1024)
    encrypt: bool = False

    @field_validator("memory_limit")
    @classmethod
    def _amount(cls, value: str) -> str:
        found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?([KMGT])(i?)B", value.strip(), re.IGNORECASE | re.ASCII)
        if not found:
            raise ValueError(f"{value!r} is no amount of memory; write a number and KB, MB, GB or TB, such as 8GB")
        number, unit, is_binary = found.groups()
        amount = float(number) * (1024 if is_binary else 1000) ** ("KMGT".index(unit.upper()) + 1)
        if amount > MOST_MEMORY:
            raise ValueError(f"{value!r} is more than any machine has; write what DuckDB may use, such as 8GB")
        if amount < LEAST_MEMORY:
            raise ValueError(f"{value!r} is too little for DuckDB to open a file; give it 64MB or more, such as 8GB")
        return value


class Reports(_Section):
    """What a trust adds to its pages: the folder of its own texts, and whether its plans are public."""

    texts: Path = Path("texts")
    plans_are_public: bool = False


class Threshold(_Section):
    """A trust's own number for one check of `expectations/`: the least, the most, or both."""

    min_value: float | None = None
    max_value: float | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Threshold:
        if self.min_value is None and self.max_value is None:
            raise ValueError("give min_value, max_value or both")
        return self


class Settings(_Section):
    """All of `parity.toml`, plus the secrets of the environment."""

    organisation: Organisation
    home: HomeSection = HomeSection()
    clock: Clock = Clock()
    schedule: Schedule = Schedule()
    ingest: Ingest = Ingest()
    retention: Retention = Retention()
    alerts: Alerts = Alerts()
    database: Database = Database()
    reports: Reports = Reports()
    thresholds: dict[str, Threshold] = {}
    source: Path | None = None

    @property
    def as_of_date(self) -> datetime.date:
        """The date that "late" is measured against: `[clock] as_of_date`, else today in the trust's time zone."""
        return self.clock.as_of_date or datetime.datetime.now(ZoneInfo(self.schedule.timezone)).date()

    @property
    def kept_since(self) -> datetime.date:
        """The first date of data that `[retention] loads_years` keeps; the first of all where it sets no end."""
        years, today = self.retention.loads_years, self.as_of_date
        if not 0 < years < today.year:
            return datetime.date.min
        day = 28 if (today.month, today.day) == (2, 29) else today.day
        return today.replace(year=today.year - years, day=day)

    @property
    def pseudonym_secret(self) -> SecretStr:
        """The trust's secret for pseudonyms. Raises ConfigurationError where it is missing or short."""
        secret = os.environ.get("PARITY_PSEUDONYM_SECRET", "")
        if len(secret) < 32:
            raise ConfigurationError(
                "PARITY_PSEUDONYM_SECRET is not set, or shorter than 32 characters. Parity keys people by it and has "
                "no default. Make one with `python -c 'import secrets; print(secrets.token_hex(32))'` and keep it safe."
            )
        return SecretStr(secret)

    @property
    def smtp_password(self) -> SecretStr | None:
        """`PARITY_SMTP_PASSWORD`, where it is set."""
        return _secret("PARITY_SMTP_PASSWORD")

    @property
    def teams_webhook(self) -> SecretStr | None:
        """`PARITY_TEAMS_WEBHOOK`: the address of the Teams workflow, where it is set."""
        return _secret("PARITY_TEAMS_WEBHOOK")


def warehouse_key() -> SecretStr:
    """`PARITY_WAREHOUSE_KEY`. Raises ConfigurationError where it is missing or short."""
    key = os.environ.get("PARITY_WAREHOUSE_KEY", "")
    if len(key) < SHORTEST_KEY:
        raise ConfigurationError(
            "[database] encrypt is true, and PARITY_WAREHOUSE_KEY is not set or is shorter than "
            f"{SHORTEST_KEY} characters. Set the key that the warehouse was encrypted with. For a new home make one "
            "with `python -c 'import secrets; print(secrets.token_hex(32))'` and keep it safe, apart from the backups."
        )
    return SecretStr(key)


def _secret(name: str) -> SecretStr | None:
    value = os.environ.get(name)
    return SecretStr(value) if value else None


def load_settings(path: Path | None = None) -> Settings:
    """Read the configuration file.

    `path` defaults to `$PARITY_CONFIG`, then `parity.toml` in the working folder. `$PARITY_HOME` and
    `$PARITY_AS_OF` stand above the file. A relative home or folder of texts is taken from the file's own folder.

    Raises ConfigurationError that names the file and every wrong key or value.
    """
    path = path or Path(os.environ.get("PARITY_CONFIG", "parity.toml"))
    if not path.is_file():
        raise ConfigurationError(
            f"There is no configuration file {path}. Copy parity.example.toml to parity.toml and fill it in, "
            "or name yours with --config."
        )
    written = _read(path)
    for variable, section, key in (("PARITY_HOME", "home", "path"), ("PARITY_AS_OF", "clock", "as_of_date")):
        value, of_file = os.environ.get(variable), written.get(section, {})
        if value and isinstance(of_file, dict):
            written[section] = {**of_file, key: value}
    if "source" in written:
        raise ConfigurationError(f"{path} is wrong:\n  source: there is no such key")
    try:
        settings = Settings.model_validate({**written, "source": path.resolve()})
    except ValidationError as error:
        raise ConfigurationError(f"{path} is wrong:\n{_named(error)}") from None
    folder = path.resolve().parent
    home = settings.home.model_copy(update={"path": folder / settings.home.path})
    reports = settings.reports.model_copy(update={"texts": folder / settings.reports.texts})
    return settings.model_copy(update={"home": home, "reports": reports})


def _read(path: Path) -> dict[str, Any]:
    """What stands in the file. Raises ConfigurationError where it is no TOML, whatever else it may be."""
    with path.open("rb") as handle:
        content = handle.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ConfigurationError(f"{path} has more than {MOST_BYTES:,} bytes, so it is no configuration file.")
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{path} is not UTF-8: line {line} has other bytes. Save it as UTF-8.") from None
    except RecursionError:
        raise ConfigurationError(f"{path} is not valid TOML: its brackets are nested too deep.") from None
    except ValueError as error:
        raise ConfigurationError(f"{path} is not valid TOML: {_short(str(error))}") from None


def _short(text: str) -> str:
    """What is said of a value that may be of any length and hold anything."""
    shown = visible(text)
    return shown if len(shown) <= LONGEST_ANSWER else shown[:LONGEST_ANSWER] + " …"


def _named(error: ValidationError) -> str:
    said = (
        f"{'.'.join(str(part) for part in one['loc'])}: "
        + (_no_such_key(one["loc"]) if one["type"] == "extra_forbidden" else one["msg"].removeprefix("Value error, "))
        for one in error.errors()
    )
    return "\n".join(f"  {_short(one)}" for one in said)


def _no_such_key(place: tuple[int | str, ...]) -> str:
    """Say of an unknown key what it is near to: a key of its own section, else one of another."""
    *sections, key = map(str, place)
    near = difflib.get_close_matches(key, _keys(sections), n=1)
    elsewhere = [] if near else [f"{name}.{key}" for name in Settings.model_fields if key in _keys([name])]
    meant = next(iter([*near, *elsewhere]), None)
    return "there is no such key" + (f"; did you mean {meant}?" if meant else "")


def _keys(sections: Iterable[str]) -> list[str]:
    """The keys that may stand in a section; at the top of the file where none is named."""
    section: Any = Settings
    for name in sections:
        section = section.model_fields[name].annotation if hasattr(section, "model_fields") else get_args(section)[1]
    return [name for name in getattr(section, "model_fields", ()) if name != "source"]
