"""Endpoints on this machine, and settings that point to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.configure import Alerts, Settings
from tests.alert.servers import MailServer, TeamsServer
from tests.alert.servers import certificate as make_certificate


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test certificate, trusted in the two ways that a trust with its own authority would use."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    return certificate


@pytest.fixture
def mail() -> Iterator[MailServer]:
    server = MailServer().start()
    yield server
    server.stop()


@pytest.fixture
def teams(trusted: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TeamsServer]:
    server = TeamsServer(trusted).start()
    monkeypatch.setenv("PARITY_TEAMS_WEBHOOK", server.address)
    yield server
    server.stop()


Configured = Callable[..., Settings]


@pytest.fixture
def with_alerts(settings: Settings) -> Configured:
    """Settings whose [alerts] has these keys."""

    def configured(**keys: Any) -> Settings:
        return settings.model_copy(update={"alerts": Alerts.model_validate({"timeout_seconds": 1.5, **keys})})

    return configured


@pytest.fixture
def by_mail(with_alerts: Configured, mail: MailServer) -> Settings:
    """The EDI team is told by the mail server of this machine."""
    return with_alerts(**mail_keys(mail))


def mail_keys(mail: MailServer, *to: str, security: str = "none") -> dict[str, Any]:
    """The [alerts] keys that lead to one mail server."""
    return {
        "email_to": to or ("edi.team@trust.test",),
        "email_from": "parity@trust.test",
        "smtp_host": "127.0.0.1",
        "smtp_port": mail.port,
        "smtp_security": security,
    }
