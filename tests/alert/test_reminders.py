"""A standing problem is told once and then by the calendar; what is over is said once."""

from __future__ import annotations

import dataclasses
import datetime

import pytest

from flows.alert import alert, recall
from flows.configure import Settings
from flows.home import Home
from flows.record import Finding
from tests.alert.nights import INCOMPLETE, REFUSED, UNMAPPED, night, now
from tests.alert.servers import MailServer


def subjects(mail: MailServer) -> list[str]:
    return [str(one["Subject"]) for one in mail.messages]


def test_a_standing_problem_is_not_sent_each_night_but_reminded(
    by_mail: Settings, home: Home, mail: MailServer
) -> None:
    counts = []
    for day in range(16):
        worse = dataclasses.replace(INCOMPLETE, counts={"blank_count": day}, sentence=f"Incomplete: {day} blank.")
        alert(by_mail, home, night(day, "withheld", worse), now(day))
        counts.append(len(mail.messages))
    assert counts == [1] * 7 + [2] * 7 + [3] * 2, "after 7 days and again after 14"
    reminder = mail.messages[1]
    assert "reminder, figures are still withheld" in reminder["Subject"]
    body = reminder.get_body(("plain",))
    assert body is not None
    assert "Standing: since 2 April 2025, 03:31" in body.get_content()
    assert "Incomplete: 7 blank." in body.get_content(), "a reminder has tonight's counts"


def test_a_reminder_is_not_a_day_late_because_a_night_was_seconds_faster(
    by_mail: Settings, home: Home, mail: MailServer
) -> None:
    alert(by_mail, home, night(0, "withheld", INCOMPLETE), now(0))
    alert(by_mail, home, night(7, "withheld", INCOMPLETE), now(7) - datetime.timedelta(seconds=30))
    assert len(mail.messages) == 2


def test_a_new_problem_beside_a_standing_one_is_told_first_and_both_are_listed(
    by_mail: Settings, home: Home, mail: MailServer
) -> None:
    alert(by_mail, home, night(0, "withheld", INCOMPLETE), now(0))
    alert(by_mail, home, night(1, "withheld", INCOMPLETE, UNMAPPED), now(1))
    assert len(mail.messages) == 2
    body = mail.messages[1].get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert text.index("1. A pay scale is unknown") < text.index("2. Ethnicity is incomplete")
    assert "Standing: new" in text and "Standing: since 2 April" in text


def test_a_solved_problem_that_returns_is_new(by_mail: Settings, home: Home, mail: MailServer) -> None:
    alert(by_mail, home, night(0, "published", UNMAPPED), now(0))
    alert(by_mail, home, night(1, "published"), now(1))
    assert len(mail.messages) == 1, "a warning that went away is no message"
    alert(by_mail, home, night(2, "published", UNMAPPED), now(2))
    assert len(mail.messages) == 2
    assert recall(home).standing[UNMAPPED.key].first_seen == now(2).isoformat()


def test_a_warning_that_becomes_critical_is_told_at_once_with_its_first_day(
    by_mail: Settings, home: Home, mail: MailServer
) -> None:
    warning = dataclasses.replace(INCOMPLETE, severity="warning")
    alert(by_mail, home, night(0, "published", warning), now(0))
    alert(by_mail, home, night(1, "withheld", INCOMPLETE), now(1))
    assert len(mail.messages) == 2
    assert recall(home).standing[INCOMPLETE.key].first_seen == now(0).isoformat()


def test_fewer_places_are_no_news_and_more_are(by_mail: Settings, home: Home, mail: MailServer) -> None:
    two = dataclasses.replace(INCOMPLETE, places=("North", "South"))
    one = dataclasses.replace(INCOMPLETE, places=("South",))
    other = dataclasses.replace(INCOMPLETE, places=("East", "South"))
    alert(by_mail, home, night(0, "withheld", two), now(0))
    alert(by_mail, home, night(1, "withheld", one), now(1))
    assert len(mail.messages) == 1
    assert [one.first_seen for one in recall(home).standing.values()] == [now(0).isoformat()]
    alert(by_mail, home, night(2, "withheld", other), now(2))
    assert len(mail.messages) == 2
    assert len(recall(home).standing) == 1
    body = mail.messages[1].get_body(("plain",))
    assert body is not None
    assert "No longer found" not in body.get_content(), "it goes on elsewhere"


@pytest.mark.parametrize("trouble", ["withheld", "broken"])
@pytest.mark.parametrize("good", ["published", "nothing_new"])
def test_all_clear_is_said_once(by_mail: Settings, home: Home, mail: MailServer, trouble: str, good: str) -> None:
    alert(by_mail, home, night(0, trouble), now(0))
    alert(by_mail, home, night(1, trouble), now(1))
    alert(by_mail, home, night(2, good), now(2))
    alert(by_mail, home, night(3, good), now(3))
    assert len(mail.messages) == 2
    assert subjects(mail)[1].startswith("Parity: all clear, ")
    body = mail.messages[1].get_body(("plain",))
    assert body is not None
    assert "since the message of 2 April 2025, 03:31" in body.get_content()
    assert "No longer found: night_" in body.get_content()


def test_the_all_clear_names_the_last_trouble(by_mail: Settings, home: Home, mail: MailServer) -> None:
    alert(by_mail, home, night(0, "withheld", INCOMPLETE), now(0))
    alert(by_mail, home, night(1, "broken"), now(1))
    alert(by_mail, home, night(2, "withheld", INCOMPLETE), now(2))
    alert(by_mail, home, night(3, "published"), now(3))
    assert subjects(mail)[2] == "Parity: all clear, figures are published again"
    body = mail.messages[2].get_body(("plain",))
    assert body is not None
    assert "Figures had been withheld since the message of 2 April 2025, 03:31" in body.get_content()


def test_figures_that_are_out_again_with_a_warning_are_no_all_clear(
    by_mail: Settings, home: Home, mail: MailServer
) -> None:
    alert(by_mail, home, night(0, "withheld", INCOMPLETE), now(0))
    alert(by_mail, home, night(1, "published", UNMAPPED), now(1))
    assert subjects(mail)[1] == "Parity: figures are published again — A pay scale is unknown to the map"


def test_a_night_that_broke_solves_nothing(by_mail: Settings, home: Home, mail: MailServer) -> None:
    alert(by_mail, home, night(0, "published", UNMAPPED), now(0))
    alert(by_mail, home, night(1, "broken"), now(1))
    assert UNMAPPED.key in recall(home).standing


def test_a_night_with_nothing_new_solves_only_what_it_looked_at(
    by_mail: Settings, home: Home, mail: MailServer
) -> None:
    late = Finding("late", "warning", "late_staff_survey", "The build says which source is late.")
    checked = dataclasses.replace(UNMAPPED, name="checked_again")
    alert(by_mail, home, night(0, "published", UNMAPPED, late, checked), now(0))
    alert(by_mail, home, night(1, "nothing_new", checks=[{"name": "checked_again"}]), now(1))
    assert {one.finding.name for one in recall(home).standing.values()} == {"unknown_pay_scale", "late_staff_survey"}


def test_a_refused_file_stands_for_as_long_as_it_lies_there(by_mail: Settings, home: Home, mail: MailServer) -> None:
    """It is not read again before its bytes change, so later nights do not report it; the reminder must come."""
    path = home.landing / REFUSED.places[0]
    path.write_text("x", encoding="utf-8")
    alert(by_mail, home, night(0, "published", REFUSED), now(0))
    alert(by_mail, home, night(3, "published"), now(3))
    alert(by_mail, home, night(7, "nothing_new"), now(7))
    assert len(mail.messages) == 2
    assert subjects(mail)[1].startswith("Parity: reminder, nothing new tonight")
    path.unlink()
    alert(by_mail, home, night(8, "nothing_new"), now(8))
    assert recall(home).standing == {}


@pytest.mark.parametrize("better", ["", "_v2"])
def test_a_refused_file_that_was_put_right_is_solved(
    by_mail: Settings, home: Home, mail: MailServer, better: str
) -> None:
    path = home.landing / REFUSED.places[0]
    path.write_text("x", encoding="utf-8")
    alert(by_mail, home, night(0, "published", REFUSED), now(0))
    load = {"file_path": REFUSED.places[0].replace(".csv", f"{better}.csv"), "outcome": "loaded"}
    alert(by_mail, home, night(1, "published", inputs=[{**load, "outcome": "refused"}]), now(1))
    assert REFUSED.key in recall(home).standing
    alert(by_mail, home, night(2, "published", inputs=[load]), now(2))
    assert recall(home).standing == {}


def test_rejected_rows_are_told_once_and_never_called_mended(by_mail: Settings, home: Home, mail: MailServer) -> None:
    rejected = Finding("rejected", "warning", "rows_rejected", "12 rows could not be read.", places=("a/b.csv",))
    alert(by_mail, home, night(0, "published", rejected, UNMAPPED), now(0))
    alert(by_mail, home, night(1, "withheld", INCOMPLETE), now(1))
    body = mail.messages[1].get_body(("plain",))
    assert body is not None
    assert "No longer found: unknown_pay_scale." in body.get_content()
    assert "rows_rejected" not in body.get_content()


def test_a_gate_that_broke_solves_only_what_it_judged(by_mail: Settings, home: Home, mail: MailServer) -> None:
    other = dataclasses.replace(INCOMPLETE, name="judged_before_it_broke")
    broken = Finding("broken", "critical", "gate_is_broken", "The checks themselves did not work.")
    alert(by_mail, home, night(0, "withheld", INCOMPLETE, other), now(0))
    alert(by_mail, home, night(1, "withheld", broken, checks=[{"name": "judged_before_it_broke"}]), now(1))
    assert {one.finding.name for one in recall(home).standing.values()} == {INCOMPLETE.name, "gate_is_broken"}


def test_a_damaged_ledger_is_set_aside_and_all_is_told_again(by_mail: Settings, home: Home, mail: MailServer) -> None:
    alert(by_mail, home, night(0, "withheld", INCOMPLETE), now(0))
    (home.ledger / "alerts.json").write_text("{", encoding="utf-8")
    alert(by_mail, home, night(1, "withheld", INCOMPLETE), now(1))
    assert len(mail.messages) == 2
    assert (home.ledger / "alerts.unreadable.json").exists()


def test_a_night_that_dies_between_outbox_and_ledger_tells_twice_rather_than_never(
    by_mail: Settings, home: Home, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("flows.alert.mark_told", dies)
    with pytest.raises(KeyboardInterrupt):
        alert(by_mail, home, night(0, "withheld", INCOMPLETE), now(0))
    monkeypatch.undo()
    assert recall(home).standing == {}
    alert(by_mail, home, night(1, "withheld", INCOMPLETE), now(1))
    assert len(mail.messages) == 1
