"""`parity.toml`: a wrong key or value is named, secrets come from the environment only."""

from __future__ import annotations

import datetime
from pathlib import Path

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
    ],
)
def test_a_wrong_key_or_value_is_named_with_its_file(tmp_path: Path, text: str, named: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        load_settings(path)
    assert named in str(caught.value)
    assert str(path) in str(caught.value)


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
