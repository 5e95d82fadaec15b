"""What a trust may write about alerts, and that the example shows every key there is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from flows.configure import PROJECT, ConfigurationError, Settings, load_settings

EXAMPLE = PROJECT / "parity.example.toml"


def test_the_example_is_a_configuration() -> None:
    settings = load_settings(EXAMPLE)
    assert settings.organisation.ods_code == "XPT"


def test_the_example_shows_every_key_with_its_default() -> None:
    """A key that stands behind a # must be right as well: it is what people uncomment."""
    written = EXAMPLE.read_text(encoding="utf-8")
    shown = {section: set(keys) for section, keys in tomllib.loads(re.sub(r"(?m)^# (\w+ = )", r"\1", written)).items()}
    sections = {
        name: one.annotation
        for name, one in Settings.model_fields.items()
        if isinstance(one.annotation, type) and issubclass(one.annotation, BaseModel)
    }
    assert shown.pop("thresholds") == {"latest_snapshot_is_on_time"}
    assert shown == {name: set(section.model_fields) for name, section in sections.items()}
    for name, values in tomllib.loads(written).items():
        if name not in ("organisation", "thresholds"):
            defaults = sections[name]().model_dump(mode="json")
            assert values == {key: defaults[key] for key in values}, name


def test_the_example_with_every_key_uncommented_is_a_configuration(tmp_path: Path) -> None:
    path = tmp_path / "parity.toml"
    path.write_text(re.sub(r"(?m)^# (\w+ = )", r"\1", EXAMPLE.read_text(encoding="utf-8")), encoding="utf-8")
    assert load_settings(path).alerts.email_from == "parity@example.nhs.uk"


@pytest.mark.parametrize(
    ("alerts", "said"),
    [
        ('email_to = ["edi@trust.test"]', "email_from and smtp_host is not"),
        ('email_to = ["edi@trust.test"]\nsmtp_host = "s"', "email_from is not"),
        ('email_to = ["Edi Team"]', "'Edi Team' is no e-mail address"),
        ('email_to = ["a@b.test, c@d.test"]', "is no e-mail address"),
        ('email_to = ["a@b.test\\nBcc: c@d.test"]', "cannot be printed"),
        ('email_from = "nobody"', "'nobody' is no e-mail address"),
        ("remind_after_days = 0", "alerts.remind_after_days"),
        ('smtp_security = "ssl"', "alerts.smtp_security"),
        ('password = "x"', "alerts.password: there is no such key"),
    ],
)
def test_a_wrong_key_or_value_is_named(tmp_path: Path, alerts: str, said: str) -> None:
    path = tmp_path / "parity.toml"
    path.write_text(f'[organisation]\nname = "T"\nods_code = "XPT"\n[alerts]\n{alerts}\n', encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(path)
    assert said in str(caught.value)


def test_secrets_stand_in_no_printed_settings(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_SMTP_PASSWORD", "hidden-word")
    monkeypatch.setenv("PARITY_TEAMS_WEBHOOK", "https://hidden-word.test")
    assert "hidden-word" not in f"{settings!r} {settings.smtp_password!r} {settings.teams_webhook}"
