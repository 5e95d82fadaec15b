"""An endpoint on a bad day: the message waits, the night ends in time, and the next one delivers under the same id."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from flows.alert import alert, pending, retry, sent
from flows.configure import Settings
from flows.home import Home
from tests.alert.conftest import Configured
from tests.alert.crooked import CrookedMail, CrookedTeams
from tests.alert.nights import INCOMPLETE, night, now
from tests.alert.servers import certificate as make_certificate

TIMEOUT, ATTEMPT = 0.3, 0.9
IN_TIME = 2.5
"""Seconds: one attempt, and what the machine needs beside it."""


@pytest.fixture
def mail() -> Iterator[CrookedMail]:
    server = CrookedMail()
    yield server
    server.stop()


@pytest.fixture
def teams(trusted: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CrookedTeams]:
    server = CrookedTeams(trusted)
    monkeypatch.setenv("PARITY_TEAMS_WEBHOOK", server.address)
    yield server
    server.stop()


def by_mail(with_alerts: Configured, mail: CrookedMail, *to: str) -> Settings:
    return with_alerts(
        email_to=to or ("edi.team@trust.test",),
        email_from="parity@trust.test",
        smtp_host="127.0.0.1",
        smtp_port=mail.port,
        smtp_security="none",
        timeout_seconds=TIMEOUT,
        attempt_seconds=ATTEMPT,
    )


def by_teams(with_alerts: Configured) -> Settings:
    return with_alerts(timeout_seconds=TIMEOUT, attempt_seconds=ATTEMPT)


LATE = "did not answer in time"
BROKE = "broke the connection"


@pytest.mark.parametrize(
    "outcome",
    [
        ("silent", LATE, 1),
        ("dribbles its greeting", LATE, 1),
        ("floods", "did not take the message|did not answer in time|answered: 500", 1),
        ("hangs up", BROKE, 1),
        ("is busy", "answered: 421 4.3.2 too busy", 1),
        ("is no mail server", "did not take the message|broke the connection", 1),
        ("hangs up after RCPT", BROKE, 1),
        ("hangs up at DATA", BROKE, 1),
        ("hangs up in the text", BROKE, 1),
        ("hangs up before its reply", BROKE, 2),
        ("dribbles its reply", LATE, 2),
        ("500", "answered: 554 5.3.0 broken", 2),
    ],
)
def test_what_a_mail_server_did_not_take_waits_and_comes_under_its_own_message_id(
    with_alerts: Configured, home: Home, mail: CrookedMail, outcome: tuple[str, str, int]
) -> None:
    """A second copy comes only where the first may be lost: the server had it, and did not say so."""
    fault, said, copies = outcome
    configured = by_mail(with_alerts, mail)
    mail.fault = fault
    began = monotonic()
    told = alert(configured, home, night(0, "withheld", INCOMPLETE), now(0))
    assert monotonic() - began < IN_TIME
    receipt = told[0]["channels"]["email:edi.team@trust.test"]
    assert (receipt["delivered_at"], receipt["attempts"]) == (None, 1), receipt
    assert any(words in receipt["last_error"] for words in said.split("|")), receipt["last_error"]
    assert [one.message_id for one in pending(home)] == [told[0]["message_id"]]

    mail.fault = None
    again = retry(configured, home, now(1))
    assert again[0]["delivered"] and again[0]["message_id"] == told[0]["message_id"]
    assert again[0]["channels"]["email:edi.team@trust.test"]["attempts"] == 2
    assert pending(home) == []
    assert len(mail.taken) == copies
    assert {one["Message-ID"] for one in mail.taken} == {f"<{told[0]['message_id']}@trust.test>"}
    assert retry(configured, home, now(2)) == []


@pytest.mark.parametrize("fault", ["hangs up before QUIT", "dribbles after QUIT"])
def test_a_message_that_a_mail_server_took_is_not_sent_again_because_of_its_farewell(
    with_alerts: Configured, home: Home, mail: CrookedMail, fault: str
) -> None:
    configured = by_mail(with_alerts, mail)
    mail.fault = fault
    began = monotonic()
    assert alert(configured, home, night(0, "withheld", INCOMPLETE), now(0))[0]["delivered"]
    assert monotonic() - began < IN_TIME
    assert retry(configured, home, now(1)) == []
    assert len(mail.taken) == 1


def test_a_line_that_drops_at_the_second_recipient_costs_the_first_no_second_copy(
    with_alerts: Configured, home: Home, mail: CrookedMail
) -> None:
    configured = by_mail(with_alerts, mail, "edi.team@trust.test", "workforce@trust.test")
    mail.fault, mail.only_on = "hangs up at DATA", 2
    told = alert(configured, home, night(0, "withheld", INCOMPLETE), now(0))
    assert not told[0]["delivered"]
    assert retry(configured, home, now(1))[0]["delivered"]
    assert [str(one["To"]) for one in mail.taken] == ["edi.team@trust.test", "workforce@trust.test"]
    assert len({one["Message-ID"] for one in mail.taken}) == 1


@pytest.mark.parametrize(
    "outcome",
    [
        ("silent", LATE, 1),
        ("hangs up in the request", BROKE, 1),
        ("hangs up before its answer", BROKE, 2),
        ("dribbles its status", LATE, 2),
        ("floods", "did not take the message|did not answer in time|broke", 2),
        ("500", "answered with HTTP status 500.", 2),
        ("429", "answered with HTTP status 429 and asks to be left alone for 120 seconds.", 2),
        ("503", "answered with HTTP status 503.", 2),
        ("tls: no TLS", "does not speak TLS on this port", 1),
        ("tls: hangs up", BROKE, 1),
        ("tls: silent", LATE, 1),
        ("tls: dribbles", LATE, 1),
    ],
)
def test_what_a_workflow_did_not_take_waits_and_comes_under_its_own_id(
    with_alerts: Configured, home: Home, teams: CrookedTeams, outcome: tuple[str, str, int]
) -> None:
    fault, said, copies = outcome
    configured = by_teams(with_alerts)
    teams.fault = fault
    began = monotonic()
    told = alert(configured, home, night(0, "withheld", INCOMPLETE), now(0))
    assert monotonic() - began < IN_TIME
    error = pending(home)[0].errors["teams"]
    assert any(words in error for words in said.split("|")), error

    teams.fault = None
    again = retry(configured, home, now(1))
    assert again[0]["delivered"] and again[0]["message_id"] == told[0]["message_id"]
    assert again[0]["channels"]["teams"]["attempts"] == 2
    assert len(teams.posts) == copies
    assert all(told[0]["message_id"] in json.dumps(post) for post in teams.posts)
    assert retry(configured, home, now(2)) == []


@pytest.mark.parametrize("fault", ["dribbles its headers", "hangs up in the body", "dribbles its body"])
def test_a_good_status_is_a_receipt_whatever_follows_it(
    with_alerts: Configured, home: Home, teams: CrookedTeams, fault: str
) -> None:
    teams.fault = fault
    configured = by_teams(with_alerts)
    assert alert(configured, home, night(0, "withheld", INCOMPLETE), now(0))[0]["delivered"]
    assert retry(configured, home, now(1)) == []
    assert len(teams.posts) == 1


@pytest.mark.parametrize("fault", ["429", "503"])
def test_an_endpoint_that_asks_to_be_left_alone_is_asked_once_a_round(
    with_alerts: Configured, home: Home, teams: CrookedTeams, fault: str
) -> None:
    configured = by_teams(with_alerts)
    teams.fault = fault
    alert(configured, home, night(0, "withheld", INCOMPLETE), now(0))
    alert(configured, home, night(1, "broken"), now(1))
    before = teams.connections
    retry(configured, home, now(2))
    assert teams.connections == before + 1
    teams.fault = None
    assert all(one["delivered"] for one in retry(configured, home, now(3)))
    assert len(sent(home)) == 2


def test_many_messages_and_an_endpoint_that_dribbles_cost_one_attempt(
    with_alerts: Configured, home: Home, mail: CrookedMail
) -> None:
    configured = by_mail(with_alerts, mail, "edi.team@trust.test", "workforce@trust.test")
    mail.fault = "hangs up"
    for day in range(10):
        alert(configured, home, night(day, "withheld" if day % 2 else "broken"), now(day))
    waiting = len(pending(home))
    assert waiting > 5
    mail.fault = "dribbles its greeting"
    began = monotonic()
    retry(configured, home, now(11))
    assert monotonic() - began < IN_TIME
    mail.fault = None
    retry(configured, home, now(12))
    assert len(mail.taken) == len({(one["To"], one["Message-ID"]) for one in mail.taken}) == 2 * waiting, "each once"


def test_a_certificate_of_another_host_gets_no_message_and_no_signature(
    with_alerts: Configured, home: Home, tmp_path: Path, teams: CrookedTeams, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = CrookedTeams(make_certificate(tmp_path))
    monkeypatch.setenv("PARITY_TEAMS_WEBHOOK", other.address)
    alert(by_teams(with_alerts), home, night(0, "withheld", INCOMPLETE), now(0))
    other.stop()
    assert "certificate that this machine does not trust" in pending(home)[0].errors["teams"]
    assert other.posts == []


def test_after_an_attempt_the_machine_connects_as_before(
    with_alerts: Configured, home: Home, mail: CrookedMail
) -> None:
    import socket

    before = socket.socket.connect
    mail.fault = "dribbles its greeting"
    alert(by_mail(with_alerts, mail), home, night(0, "withheld", INCOMPLETE), now(0))
    assert socket.socket.connect is before
