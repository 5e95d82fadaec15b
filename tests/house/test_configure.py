"""`parity.toml`: a wrong key or value is named, secrets come from the environment only."""

from __future__ import annotations

import datetime
from pathlib import Path

import duckdb
import pytest

from flows.configure import ConfigurationError, load_settings

GOOD = '[organisation]\nname = "Test Ambulance Service"\nods_code = "XPT"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "parity.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (GOOD + "[retention]\nreleases_keept = 3\n", "retention.releases_keept"),
        (GOOD + "[retention]\nreleases_kept = 0\n", "retention.releases_kept"),
        (GOOD + "[schedule]\ntimezone = 'Europe/Atlantis'\n", "schedule.timezone"),
        (GOOD + "[alerts]\nsmtp_security = 'maybe'\n", "alerts.smtp_security"),
        (GOOD.replace("XPT", "not a code"), "organisation.ods_code"),
        ("[home]\npath = 'x'\n", "organisation"),
        ("source = 'x'\n" + GOOD, "source"),
        ("[organisation\n", "not valid TOML"),
        (GOOD + "[database]\nmemory_limit = 'lots'\n", "database.memory_limit: 'lots' is no amount of memory"),
        (GOOD + "[database]\nmemory_limit = '80%'\n", "database.memory_limit: '80%' is no amount of memory"),
        (GOOD + "[database]\nmemory_limit = '0GB'\n", "database.memory_limit: '0GB' is too little"),
        (GOOD + "[database]\nmemory_limit = '1MB'\n", "database.memory_limit: '1MB' is too little"),
        (GOOD + "[schedule]\ncron = 'at night'\n", "schedule.cron: 'at night' is no cron schedule"),
        (GOOD + "[schedule]\ncron = '99 3 * * *'\n", "schedule.cron: '99 3 * * *' is no cron schedule (Bad minute)"),
        (GOOD + "[schedule]\ncron = '0 30 3 * * *'\n", "schedule.cron: '0 30 3 * * *' is no cron schedule"),
    ],
)
def test_a_wrong_key_or_value_is_named_with_its_file(tmp_path: Path, text: str, named: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        load_settings(path)
    assert named in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[retention]\nreleases_keept = 3\n",
            "retention.releases_keept: there is no such key; did you mean releases_kept?",
        ),
        ("[retension]\nreleases_kept = 3\n", "retension: there is no such key; did you mean retention?"),
        ("[home]\nthreads = 3\n", "home.threads: there is no such key; did you mean database.threads?"),
        ("[thresholds.x]\nmax_vlaue = 3\n", "thresholds.x.max_vlaue: there is no such key; did you mean max_value?"),
        ("[home]\nqqqqqq = 3\n", "home.qqqqqq: there is no such key\n"),
    ],
)
def test_a_key_that_is_near_to_a_known_one_is_told_which(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(written(tmp_path, GOOD + text))
    assert said in f"{caught.value}\n"


@pytest.mark.parametrize("amount", ["64MB", "8GB", "8 GB", "1.5GiB", "500mb", "2TB"])
def test_an_amount_of_memory_is_one_that_duckdb_takes(tmp_path: Path, amount: str) -> None:
    settings = load_settings(written(tmp_path, GOOD + f"[database]\nmemory_limit = '{amount}'\n"))
    with duckdb.connect(":memory:", config={"memory_limit": settings.database.memory_limit}) as con:
        con.execute("create table one as select range from range(1000)")


def test_a_missing_file_says_what_to_copy(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"Copy parity\.example\.toml"):
        load_settings(tmp_path / "none.toml")


def test_a_relative_home_is_beside_the_configuration_file(tmp_path: Path) -> None:
    assert load_settings(written(tmp_path, GOOD)).home.path == tmp_path / "var"


def test_the_environment_stands_above_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("PARITY_AS_OF", "2025-04-03")
    settings = load_settings(written(tmp_path, GOOD + "[clock]\nas_of_date = 2020-01-01\n"))
    assert settings.home.path == tmp_path / "elsewhere"
    assert settings.as_of_date == datetime.date(2025, 4, 3)


def test_without_a_date_the_clock_is_today(tmp_path: Path) -> None:
    before = datetime.datetime.now(datetime.UTC).date()
    assert abs((load_settings(written(tmp_path, GOOD)).as_of_date - before).days) <= 1


@pytest.mark.parametrize("secret", ["", "too short"])
def test_there_is_no_default_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("PARITY_PSEUDONYM_SECRET", secret)
    with pytest.raises(ConfigurationError, match="PARITY_PSEUDONYM_SECRET"):
        load_settings(written(tmp_path, GOOD)).pseudonym_secret  # noqa: B018


def test_a_secret_never_shows_in_a_printed_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_SMTP_PASSWORD", "the-smtp-password")
    settings = load_settings(written(tmp_path, GOOD))
    assert settings.smtp_password is not None
    assert "the-smtp-password" not in repr(settings) + repr(settings.smtp_password)
