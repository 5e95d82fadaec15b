"""A night whose endpoints have a bad day ends in time, with its own outcome; the next one delivers what waits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from flows import nightly
from flows.alert import pending
from flows.configure import Settings, load_settings
from flows.home import Home
from flows.record import Finding, RunRecord, read_run
from tests.alert.crooked import CrookedMail, CrookedTeams
from tests.alert.nights import INCOMPLETE

CONFIGURATION = """
[organisation]
name = "Thamesmere Ambulance Service NHS Trust"
ods_code = "XPT"
[home]
path = "home"
[clock]
as_of_date = 2025-04-05
[alerts]
email_to = ["edi.team@trust.test", "gone@trust.test"]
email_from = "parity@trust.test"
smtp_host = "127.0.0.1"
smtp_port = {port}
smtp_security = "none"
timeout_seconds = 0.3
attempt_seconds = 1.0
"""


@pytest.fixture(autouse=True)
def _without_a_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The steps as plain functions: a server of Prefect's own has no part in this, and takes its time to start."""
    steps: dict[str, Any] = {"tell": nightly.tell, "pick_up": nightly.pick_up}
    for name, step in steps.items():
        monkeypatch.setattr(nightly, name, step.fn)
    token = nightly._say.set(lambda line: None)
    yield
    nightly._say.reset(token)


def night(settings: Settings, home: Home, outcome: str, *findings: Finding) -> RunRecord:
    """A night whose figures end like this, as its record tells it afterwards."""
    with nightly._recorded(settings, home) as one:
        nightly.pick_up(one)
        one.run.outcome = outcome  # type: ignore[assignment]
        one.run.findings += findings
    return read_run(home.runs / f"{one.run.run_id}.json")


def test_a_night_between_two_dribbling_endpoints_ends_in_time_and_the_next_one_delivers(
    tmp_path: Path, trusted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The steps that make figures are left out: what is tried is the flow, its record and its outbox."""
    mail, teams = CrookedMail(), CrookedTeams(trusted)
    monkeypatch.setenv("PARITY_TEAMS_WEBHOOK", teams.address)
    (tmp_path / "parity.toml").write_text(CONFIGURATION.format(port=mail.port), encoding="utf-8")
    settings = load_settings(tmp_path / "parity.toml")
    home = Home.of(settings)
    home.prepare()
    mail.fault, teams.fault = "dribbles its greeting", "dribbles its status"
    began = monotonic()
    first = night(settings, home, "withheld", INCOMPLETE)
    assert monotonic() - began < 6, "one attempt at each endpoint"
    assert first.outcome == "withheld"
    message = first.alerts[0]["message_id"]
    assert {name: one["delivered_at"] for name, one in first.alerts[0]["channels"].items()} == {
        "email:edi.team@trust.test": None,
        "email:gone@trust.test": None,
        "teams": None,
    }
    assert [one.message_id for one in pending(home)] == [message]

    mail.fault = teams.fault = None
    teams.posts.clear()
    second = night(settings, home, "nothing_new")
    mail.stop()
    teams.stop()
    assert second.outcome == "nothing_new"
    again = next(one for one in second.alerts if one["message_id"] == message)
    assert again["delivered"] and all(one["delivered_at"] for one in again["channels"].values())
    of_this = [one for one in mail.taken if one["Message-ID"] == f"<{message}@trust.test>"]
    assert sorted(str(one["To"]) for one in of_this) == ["edi.team@trust.test", "gone@trust.test"]
    assert sum(message in str(post) for post in teams.posts) == 1
    assert pending(home) == []
