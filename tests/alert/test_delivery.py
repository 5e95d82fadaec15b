"""At least once, under one id: nothing is lost while an endpoint is down, nobody who has it gets it again."""

from __future__ import annotations

import json
import logging
import socket
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from flows.alert import UnknownMessage, alert, pending, retry, send_again, send_test, sent
from flows.alert.send import channels
from flows.configure import Settings
from flows.home import Home
from flows.status import status
from tests.alert.conftest import Configured, mail_keys
from tests.alert.nights import INCOMPLETE, night, now
from tests.alert.servers import PASSWORD, USER, MailServer, TeamsServer


def test_a_message_lies_in_the_outbox_before_it_is_sent(
    by_mail: Settings, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    lying: list[Path] = []

    def send(*_: object) -> None:
        lying.extend(home.outbox.glob("*.json"))
        raise KeyboardInterrupt

    monkeypatch.setattr("flows.alert.keep.send", send)
    with pytest.raises(KeyboardInterrupt):
        alert(by_mail, home, night(0, "withheld", INCOMPLETE), now(0))
    assert len(lying) == 1
    assert stat.S_IMODE(lying[0].stat().st_mode) == 0o600
    assert len(pending(home)) == 1, "a night that dies while it sends leaves the message for the next one"


def test_a_message_leaves_the_outbox_with_its_receipt(by_mail: Settings, home: Home, mail: MailServer) -> None:
    alert(by_mail, home, night(0, "withheld", INCOMPLETE), now(0))
    assert pending(home) == []
    receipts = sent(home)[0].receipts
    assert receipts["email:edi.team@trust.test"].delivered_at == "2025-04-02T02:31:00+00:00"


def test_what_a_server_that_is_down_missed_is_sent_in_the_next_run(
    by_mail: Settings, home: Home, mail: MailServer
) -> None:
    mail.stop()
    told = alert(by_mail, home, night(0, "withheld", INCOMPLETE), now(0))
    assert told[0]["delivered"] is False
    found = status(by_mail, home, now=now(0)).undelivered[0]
    assert found.errors == {"email:edi.team@trust.test": "The mail server refused the connection."}
    assert found.attempts == 1

    assert retry(by_mail, home, now(1))[0]["delivered"] is False
    assert pending(home)[0].receipts["email:edi.team@trust.test"].attempts == 2

    mail.start()
    again = retry(by_mail, home, now(2))
    assert again[0]["message_id"] == told[0]["message_id"]
    assert mail.messages[0]["X-Parity-Message-Id"] == told[0]["message_id"]
    assert pending(home) == []
    assert status(by_mail, home, now=now(2)).undelivered == ()
    assert retry(by_mail, home, now(3)) == []
    assert len(mail.messages) == 1


def test_two_rounds_at_once_send_a_message_once(by_mail: Settings, home: Home, mail: MailServer) -> None:
    mail.stop()
    alert(by_mail, home, night(0, "withheld", INCOMPLETE), now(0))
    mail.start()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: retry(by_mail, home, now(1)), range(4)))
    assert len(mail.messages) == 1


def test_only_the_channel_that_failed_is_asked_again(
    with_alerts: Configured, home: Home, mail: MailServer, teams: TeamsServer
) -> None:
    configured = with_alerts(**mail_keys(mail))
    teams.status = 500
    alert(configured, home, night(0, "withheld", INCOMPLETE), now(0))
    assert pending(home)[0].errors == {"teams": "The Teams workflow answered with HTTP status 500."}
    teams.status = 202
    retry(configured, home, now(1))
    assert (len(mail.messages), len(teams.posts)) == (1, 1)
    assert pending(home) == []


def test_only_the_recipient_who_was_refused_is_asked_again(
    with_alerts: Configured, home: Home, mail: MailServer
) -> None:
    configured = with_alerts(**mail_keys(mail, "edi.team@trust.test", "gone@trust.test"))
    mail.refuse["gone@trust.test"] = "550 5.1.1 no such mailbox"
    alert(configured, home, night(0, "withheld", INCOMPLETE), now(0))
    assert pending(home)[0].errors == {"email:gone@trust.test": "The mail server answered: 550 5.1.1 no such mailbox"}
    mail.refuse.clear()
    retry(configured, home, now(1))
    assert mail.recipients == ["edi.team@trust.test", "gone@trust.test"]


@pytest.mark.parametrize("reply", ["451 4.7.1 try again later", "554 5.6.0 refused by policy"])
def test_a_message_that_a_mail_server_refuses_waits(
    by_mail: Settings, home: Home, mail: MailServer, reply: str
) -> None:
    mail.reply = reply
    alert(by_mail, home, night(0, "withheld", INCOMPLETE), now(0))
    assert pending(home)[0].errors == {"email:edi.team@trust.test": f"The mail server answered: {reply}"}


@pytest.mark.parametrize("answer", [400, 401, 404, 429, 502])
def test_a_message_that_teams_refuses_waits(
    with_alerts: Configured, home: Home, teams: TeamsServer, answer: int
) -> None:
    teams.status = answer
    alert(with_alerts(), home, night(0, "withheld", INCOMPLETE), now(0))
    assert pending(home)[0].errors == {"teams": f"The Teams workflow answered with HTTP status {answer}."}


def test_a_redirect_is_no_receipt_and_carries_the_signature_nowhere(
    with_alerts: Configured, home: Home, teams: TeamsServer
) -> None:
    teams.status = 302
    alert(with_alerts(), home, night(0, "withheld", INCOMPLETE), now(0))
    assert len(pending(home)) == 1
    assert len(teams.paths) == 1


def test_an_endpoint_that_never_answers_costs_its_time_once(
    with_alerts: Configured, home: Home, teams: TeamsServer
) -> None:
    configured = with_alerts(timeout_seconds=0.2)
    teams.delay = 0.6
    alert(configured, home, night(0, "withheld", INCOMPLETE), now(0))
    assert pending(home)[0].errors == {"teams": "The Teams workflow did not answer in time."}
    alert(configured, home, night(1, "broken"), now(1))
    retry(configured, home, now(2))
    attempts = [one.receipts["teams"].attempts for one in pending(home)]
    assert attempts == [2, 1], "in one round, an endpoint that cannot be reached is asked for one message only"


def test_a_mail_server_that_never_greets_costs_its_time_once(with_alerts: Configured, home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        keys = mail_keys(MailServer(), "edi.team@trust.test", "other@trust.test")
        configured = with_alerts(**keys | {"smtp_port": mute.getsockname()[1], "timeout_seconds": 0.2})
        alert(configured, home, night(0, "withheld", INCOMPLETE), now(0))
    receipts = pending(home)[0].receipts
    assert [one.attempts for one in receipts.values()] == [1, 0]
    assert {one.last_error for one in receipts.values()} == {"The mail server did not answer in time."}


def test_a_repeat_keeps_its_message_id(by_mail: Settings, home: Home, mail: MailServer) -> None:
    alert(by_mail, home, night(0, "withheld", INCOMPLETE), now(0))
    message_id = sent(home)[0].message_id
    repeated = send_again(by_mail, home, message_id, now(1))
    assert repeated.delivered
    assert mail.messages[0]["Message-ID"] == mail.messages[1]["Message-ID"] == f"<{message_id}@trust.test>"
    assert len(mail.messages[0].get_all("Message-ID", [])) == 1
    assert sent(home)[0].receipts["email:edi.team@trust.test"].attempts == 2
    assert pending(home) == []


def test_a_repeat_that_is_not_taken_waits_again(by_mail: Settings, home: Home, mail: MailServer) -> None:
    alert(by_mail, home, night(0, "withheld", INCOMPLETE), now(0))
    mail.stop()
    assert not send_again(by_mail, home, sent(home)[0].message_id, now(1)).delivered
    assert len(pending(home)) == 1
    assert sent(home) == []


@pytest.mark.parametrize("unknown", ["nothing", "../runs/x", "", "a/b"])
def test_an_unknown_message_cannot_be_sent_again(by_mail: Settings, home: Home, unknown: str) -> None:
    with pytest.raises(UnknownMessage, match="alerts list"):
        send_again(by_mail, home, unknown)


def test_a_run_is_told_of_once_however_often_it_is_asked_to(by_mail: Settings, home: Home, mail: MailServer) -> None:
    run = night(0, "withheld", INCOMPLETE)
    alert(by_mail, home, run, now(0))
    assert alert(by_mail, home, run, now(0)) == []
    assert len(mail.messages) == 1


def test_without_a_channel_the_message_waits_and_says_that_nobody_gets_it(
    with_alerts: Configured, home: Home, mail: MailServer
) -> None:
    told = alert(with_alerts(), home, night(0, "withheld", INCOMPLETE), now(0))
    assert told[0]["note"].startswith("Nobody is configured to receive it")
    assert pending(home)[0].written.text.startswith("Test Ambulance Service")
    assert status(with_alerts(), home, now=now(0)).undelivered[0].note == told[0]["note"]
    retry(with_alerts(**mail_keys(mail)), home, now(1))
    assert len(mail.messages) == 1, "whoever is configured later still gets it"
    assert pending(home) == []


def test_a_recipient_who_is_taken_out_holds_no_message_back(
    with_alerts: Configured, home: Home, mail: MailServer
) -> None:
    mail.refuse["gone@trust.test"] = "550 no"
    both = with_alerts(**mail_keys(mail, "edi.team@trust.test", "gone@trust.test"))
    alert(both, home, night(0, "withheld", INCOMPLETE), now(0))
    retry(with_alerts(**mail_keys(mail)), home, now(1))
    assert pending(home) == []
    assert len(mail.messages) == 1


def test_a_test_message_reaches_every_channel_and_never_waits(
    with_alerts: Configured, home: Home, mail: MailServer, teams: TeamsServer
) -> None:
    teams.status = 403
    tried = send_test(with_alerts(**mail_keys(mail)), home, now(0))
    assert tried.errors == {"teams": "The Teams workflow answered with HTTP status 403."}
    assert mail.messages[0]["Subject"] == "Parity: test message, nothing is wrong"
    assert pending(home) == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_goes_encrypted_and_with_a_login(
    with_alerts: Configured, home: Home, trusted: Path, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    monkeypatch.setenv("PARITY_SMTP_PASSWORD", PASSWORD)
    mail = MailServer(trusted, security, login=True).start()
    try:
        configured = with_alerts(**mail_keys(mail, security=security), smtp_user=USER)
        alert(configured, home, night(0, "withheld", INCOMPLETE), now(0))
        assert mail.logins == [(USER, PASSWORD)]
        assert len(mail.messages) == 1
    finally:
        mail.stop()


def test_a_certificate_that_is_not_trusted_gets_no_mail_and_no_password(
    with_alerts: Configured, home: Home, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARITY_SMTP_PASSWORD", PASSWORD)
    mail = MailServer(certificate, "starttls", login=True).start()
    try:
        configured = with_alerts(**mail_keys(mail, security="starttls"), smtp_user=USER)
        alert(configured, home, night(0, "withheld", INCOMPLETE), now(0))
        assert (mail.messages, mail.logins) == ([], [])
        assert pending(home)[0].errors == {
            "email:edi.team@trust.test": "The mail server showed a certificate that this machine does not trust."
        }
    finally:
        mail.stop()


def test_a_server_without_starttls_gets_no_mail(with_alerts: Configured, home: Home, mail: MailServer) -> None:
    alert(with_alerts(**mail_keys(mail, security="starttls")), home, night(0, "withheld", INCOMPLETE), now(0))
    assert mail.messages == []
    assert "does not offer STARTTLS" in pending(home)[0].errors["email:edi.team@trust.test"]


def test_a_missing_password_is_named(with_alerts: Configured, home: Home, mail: MailServer) -> None:
    alert(with_alerts(**mail_keys(mail), smtp_user=USER), home, night(0, "withheld", INCOMPLETE), now(0))
    assert "PARITY_SMTP_PASSWORD is not in the environment" in pending(home)[0].errors["email:edi.team@trust.test"]


def test_a_password_that_smtp_cannot_carry_is_said(
    with_alerts: Configured, home: Home, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARITY_SMTP_PASSWORD", "pässword")
    alert(with_alerts(**mail_keys(mail), smtp_user=USER), home, night(0, "withheld", INCOMPLETE), now(0))
    assert "a letter that a login by SMTP cannot carry" in pending(home)[0].errors["email:edi.team@trust.test"]


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost:1/workflows/643e69f8/triggers/manual/paths/invoke?sig=sEcReT",
        "https://localhost:1/workflows/643e69f8/triggers/manual/paths/invoke?x=sEcReT",
        "https://hooks.test/sEcReT",
        "sEcReT",
    ],
)
def test_a_wrong_teams_address_is_named_and_not_shown(
    with_alerts: Configured, home: Home, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("PARITY_TEAMS_WEBHOOK", address)
    alert(with_alerts(), home, night(0, "withheld", INCOMPLETE), now(0))
    error = pending(home)[0].errors["teams"]
    assert error.startswith("PARITY_TEAMS_WEBHOOK")
    assert "sEcReT" not in error


def test_no_secret_is_in_any_file_log_or_record(
    with_alerts: Configured,
    home: Home,
    trusted: Path,
    teams: TeamsServer,
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
    caplog: pytest.LogCaptureFixture = request.getfixturevalue("caplog")
    capfd: pytest.CaptureFixture[str] = request.getfixturevalue("capfd")
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "apprise")
    monkeypatch.setattr(logging.getLogger("mail.log"), "disabled", True)  # the test's own server
    monkeypatch.setenv("PARITY_SMTP_PASSWORD", PASSWORD)
    mail = MailServer(trusted, "starttls", login=True).start()
    mail.reply = f"554 we were told {PASSWORD} and sig={TeamsServer.SIGNATURE}"
    configured = with_alerts(**mail_keys(mail, security="starttls"), smtp_user=USER)
    told = alert(configured, home, night(0, "withheld", INCOMPLETE), now(0))
    teams.stop()
    mail.stop()
    told += alert(configured, home, night(1, "broken"), now(1)) + retry(configured, home, now(2))
    assert len(pending(home)) == 2
    said = json.dumps(told) + caplog.text + "".join(capfd.readouterr()) + str(status(configured, home, now=now(2)))
    said += "".join(path.read_text(encoding="utf-8") for path in home.root.rglob("*") if path.is_file())
    assert "filelock" in caplog.text, "the log is heard at all"
    for secret in (PASSWORD, TeamsServer.SIGNATURE, TeamsServer.WORKFLOW, teams.address):
        assert secret not in said
    assert logging.getLogger("apprise").propagate, "apprise's own log is as it was"


def test_a_damaged_outbox_file_stops_no_night_and_is_shown(by_mail: Settings, home: Home, mail: MailServer) -> None:
    (home.outbox / "half.json").write_text('{"written', encoding="utf-8")
    alert(by_mail, home, night(0, "withheld", INCOMPLETE), now(0))
    assert retry(by_mail, home, now(1)) == []
    assert len(mail.messages) == 1
    assert (home.outbox / "half.json").exists()
    assert "private/outbox/half.json" in status(by_mail, home, now=now(1)).problems[0]


def test_an_address_named_twice_is_one_channel(with_alerts: Configured, mail: MailServer) -> None:
    configured = with_alerts(**mail_keys(mail, "edi.team@trust.test", "edi.team@trust.test"))
    assert [one.name for one in channels(configured)] == ["email:edi.team@trust.test"]
