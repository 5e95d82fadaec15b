"""What `parity status` says of a home, in whatever state the home is, and when nights count as late."""

from __future__ import annotations

import dataclasses
import datetime
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from flows.alert import alert, pending
from flows.configure import Alerts, Settings
from flows.home import Home
from flows.lock import hold
from flows.point import append_line, move_pointer
from flows.record import Finding, RunRecord, write_run
from flows.status import HomeIsClosed, Status, WrongAge, age, lines, status
from tests.alert.nights import INCOMPLETE, REFUSED, UNMAPPED, night, now, publish
from tests.alert.servers import MailServer

DAY_AND_A_HALF = datetime.timedelta(hours=36)


@pytest.fixture
def mail() -> Iterator[MailServer]:
    server = MailServer().start()
    yield server
    server.stop()


@pytest.fixture
def by_mail(settings: Settings, mail: MailServer) -> Settings:
    alerts = Alerts(
        email_to=("edi.team@trust.test",),
        email_from="parity@trust.test",
        smtp_host="127.0.0.1",
        smtp_port=mail.port,
        smtp_security="none",
        timeout_seconds=1.5,
    )
    return settings.model_copy(update={"alerts": alerts})


def ended(settings: Settings, home: Home, run: RunRecord, day: int) -> None:
    """A night as it leaves its home: recorded and told of."""
    write_run(home.runs, run)
    alert(settings, home, run, now(day))


def everything_in(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.name != "night.lock"
    }


def test_a_good_night_is_ok(by_mail: Settings, home: Home) -> None:
    publish(home, "20250402T023000Z_000000", "2025-04-02T02:31:00+00:00")
    ended(by_mail, home, night(0, "published", release_id="20250402T023000Z_000000"), 0)
    ended(by_mail, home, night(1, "nothing_new"), 1)
    found = status(by_mail, home, DAY_AND_A_HALF, now(1))
    assert found.ok and not found.late
    assert found.release is not None and found.release.release_id == "20250402T023000Z_000000"
    assert found.last_night is not None and found.last_night.outcome == "nothing_new"
    said = lines(found)
    assert "Published: 20250402T023000Z_000000, on 2 April 2025, 03:31 (1.0 days ago), judged as of 2025-03-31" in said
    assert said[-1] == "All is well."


@pytest.mark.parametrize(
    ("findings", "ending"),
    [
        ((), "All is well."),
        ((UNMAPPED,), "The figures are good, 1 thing wants a look: see above."),
        ((UNMAPPED, REFUSED), "The figures are good, 2 things want a look: see above."),
    ],
)
def test_warnings_that_stand_leave_the_figures_good_but_not_all_well(
    by_mail: Settings, home: Home, findings: tuple[Finding, ...], ending: str
) -> None:
    publish(home, "20250402T023000Z_000000", "2025-04-02T02:31:00+00:00")
    ended(by_mail, home, night(0, "published", *findings), 0)
    found = status(by_mail, home, None, now(0))
    said = lines(found)
    assert found.ok
    assert found.as_record()["looks"] == len(findings)
    assert said[-1] == ending
    assert ("Wants a look:" in said) is bool(findings), "what the ending points to stands above it"
    assert "Needs a person:" not in said


def test_a_withheld_night_ends_with_a_person_who_is_needed(by_mail: Settings, home: Home) -> None:
    publish(home, "20250402T023000Z_000000", "2025-04-02T02:31:00+00:00")
    ended(by_mail, home, night(0, "withheld", INCOMPLETE, UNMAPPED), 0)
    said = lines(status(by_mail, home, None, now(0)))
    assert said[-1] == "Something needs a person: see above."
    assert said.index("Needs a person:") < said.index("Wants a look:")


@pytest.mark.parametrize("has_files", [False, True])
def test_a_home_where_no_night_ran_says_what_to_run(settings: Settings, home: Home, has_files: bool) -> None:
    if has_files:
        (home.landing / "board_2025-03-31.csv").write_text("x", encoding="utf-8")
    said = lines(status(settings, home, DAY_AND_A_HALF, now(0)))
    assert said[-1] == "No night has run yet: run `parity nightly`."
    assert ("Files for the first night:" in said) is has_files


def test_the_first_night_under_way_asks_nobody_for_anything(settings: Settings, home: Home) -> None:
    write_run(home.runs, night(0, "running"))
    with hold(home, "nightly"):
        said = lines(status(settings, home, None, now(0)))
    assert said[-1] == "The first figures are being made: look again when the night has ended."


def test_a_rollback_is_shown_until_a_newer_release_is_given(by_mail: Settings, home: Home) -> None:
    older, newer, newest = (f"2025040{day}T023000Z_00000{day}" for day in (2, 3, 4))
    for day, release_id in ((2, older), (3, newer)):
        publish(home, release_id, f"2025-04-0{day}T02:31:00+00:00")
        append_line(home.ledger / "releases.jsonl", {"event": "published", "release_id": release_id})
    ended(by_mail, home, night(1, "published"), 1)
    assert status(by_mail, home, None, now(1)).rolled_back is None
    move_pointer(home, older)
    facts = {"at": "2025-04-03T08:59:00+00:00", "who": "A. Analyst", "why": "March was cut off", "to": older}
    append_line(home.ledger / "rollbacks.jsonl", facts | {"from": newer, "newest": newer})
    found = status(by_mail, home, None, now(1))
    said = lines(found)
    assert found.ok
    assert f"Rolled back on 3 April 2025, 09:59 by A. Analyst because: March was cut off. {newer} is newer." in said
    assert said[-1] == "The figures are good, 1 thing wants a look: see above."
    record = json.loads(json.dumps(found.as_record()))["rolled_back"]
    assert record == {
        "at": "2025-04-03T08:59:00+00:00",
        "who": "A. Analyst",
        "why": "March was cut off",
        "to": older,
        "newest": newer,
    }
    publish(home, newest, "2025-04-04T02:31:00+00:00")
    assert status(by_mail, home, None, now(2)).rolled_back is None


def test_a_withheld_night_says_since_when_and_why(by_mail: Settings, home: Home) -> None:
    ended(by_mail, home, night(0, "published"), 0)
    ended(by_mail, home, night(1, "withheld", UNMAPPED), 1)
    ended(by_mail, home, night(2, "broken"), 2)
    ended(by_mail, home, night(3, "withheld", INCOMPLETE, UNMAPPED), 3)
    found = status(by_mail, home, None, now(3))
    assert not found.ok
    assert found.withheld_since == now(1)
    assert found.withheld_because == (INCOMPLETE,)
    assert found.standing[0].finding == INCOMPLETE
    said = "\n".join(lines(found))
    assert "Withheld since 3 April 2025, 03:31, because:\n  Ethnicity is incomplete in 1 directorate." in said
    assert "critical: Ethnicity is incomplete in 1 directorate. (ethnicity_complete_by_directorate, since" in said


def test_a_home_that_is_empty_or_missing_is_told_of_and_stays_as_it_is(settings: Settings, home: Home) -> None:
    before = everything_in(home.root)
    found = status(settings, home, DAY_AND_A_HALF, now(0))
    assert found.late and not found.ok and found.release is None and found.last_night is None
    assert everything_in(home.root) == before
    nowhere = Home(home.root / "not" / "here")
    missing = status(settings, nowhere, DAY_AND_A_HALF, now(0))
    assert missing.late and missing.disk_free_bytes > 0
    assert not nowhere.root.exists()
    assert "Published: nothing yet" in lines(missing)


def test_status_works_while_the_warehouse_is_locked(settings: Settings, home: Home) -> None:
    write_run(home.runs, night(0, "published"))
    with duckdb.connect(str(home.warehouse)) as con, hold(home, "nightly"):
        con.execute("create table held as select 1 as one")
        found = status(settings, home, None, now(0))
    assert found.held_by is not None
    assert (found.held_by.pid, found.held_by.command) == (os.getpid(), "nightly")
    assert found.warehouse_bytes > 0
    assert f"Working now: parity nightly (process {os.getpid()} on" in "\n".join(lines(found))
    assert status(settings, home, None, now(0)).held_by is None


def test_status_writes_nothing(by_mail: Settings, home: Home, mail: MailServer) -> None:
    mail.stop()
    ended(by_mail, home, night(0, "withheld", INCOMPLETE), 0)
    before = everything_in(home.root)
    assert status(by_mail, home, DAY_AND_A_HALF, now(9)).late
    assert everything_in(home.root) == before


def test_undelivered_messages_are_shown_with_their_errors(by_mail: Settings, home: Home, mail: MailServer) -> None:
    mail.stop()
    ended(by_mail, home, night(0, "withheld", INCOMPLETE), 0)
    assert not status(by_mail, home, None, now(0)).ok
    said = "\n".join(lines(status(by_mail, home, None, now(0))))
    assert "Alerts that wait:\n  20250402T023100Z_000000-night: Parity: tonight's figures were withheld" in said
    assert "    email:edi.team@trust.test: The mail server refused the connection." in said


def test_a_message_that_nobody_is_configured_to_receive_is_shown_and_is_no_fault(
    settings: Settings, home: Home
) -> None:
    publish(home, "20250402T023000Z_000000", "2025-04-02T02:31:00+00:00")
    ended(settings, home, night(0, "published", UNMAPPED), 0)
    found = status(settings, home, None, now(0))
    assert found.ok
    assert "    Nobody is configured to receive it: set alerts.email_to, or PARITY_TEAMS_WEBHOOK." in lines(found)


def test_files_that_came_after_the_last_night_are_waiting(settings: Settings, home: Home) -> None:
    run = night(0, "published")
    run.started_at = datetime.datetime.now(datetime.UTC).isoformat()
    write_run(home.runs, run)
    dropped = home.landing / "esr_staff_list" / "esr_staff_list_2025-03-31.csv"
    dropped.write_text("x", encoding="utf-8")
    os.utime(dropped, (0, 0))
    (dropped.parent / ".hidden").write_text("x", encoding="utf-8")
    assert status(settings, home).files_waiting == ("esr_staff_list/esr_staff_list_2025-03-31.csv",)
    run.started_at = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=2)).isoformat()
    write_run(home.runs, run)
    assert status(settings, home).files_waiting == ()


def test_a_run_that_died_is_named(settings: Settings, home: Home) -> None:
    run = night(0, "running")
    run.finished_at = None
    write_run(home.runs, run)
    found = status(settings, home, None, now(0))
    assert f"The run {run.run_id} started and never ended" in found.problems[0]
    with hold(home, "nightly"):
        assert status(settings, home, None, now(0)).problems == ()


def test_a_damaged_record_is_named_and_hides_no_other(settings: Settings, home: Home) -> None:
    write_run(home.runs, night(0, "published"))
    (home.runs / "20990101T000000Z_ffffff.json").write_text("{", encoding="utf-8")
    found = status(settings, home, DAY_AND_A_HALF, now(0))
    assert not found.late
    assert "private/runs/20990101T000000Z_ffffff.json" in found.problems[0]


def test_a_release_that_is_gone_is_a_problem(settings: Settings, home: Home) -> None:
    home.current.symlink_to("20250402T023000Z_000000")
    found = status(settings, home, None, now(0))
    assert "its folder is gone" in found.problems[0]


def test_a_home_that_may_not_be_read_is_said(settings: Settings, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    write_run(home.runs, night(0, "published"))
    monkeypatch.setattr("flows.status.read_run", closed)
    with pytest.raises(HomeIsClosed, match=r"may not read .*private/runs/.* the account that runs the nights"):
        status(settings, home)


@pytest.mark.parametrize(
    ("outcomes", "is_late"),
    [
        (["published"], False),
        (["nothing_new"], False),
        (["published", "withheld"], False),
        (["published", "withheld", "withheld"], True),
        (["published", "nothing_new", "broken"], False),
        (["withheld"], True),
        ([], True),
    ],
)
def test_late_is_the_age_of_the_last_good_night_and_not_of_the_release(
    settings: Settings, home: Home, outcomes: list[str], is_late: bool
) -> None:
    for day, outcome in enumerate(outcomes):
        write_run(home.runs, night(day, outcome))
    at = now(max(len(outcomes) - 1, 0)) + datetime.timedelta(minutes=5)
    assert status(settings, home, DAY_AND_A_HALF, at).late is is_late
    assert status(settings, home, None, at).late is False


def silent(settings: Settings, home: Home, day: float) -> Status:
    return status(settings, home, DAY_AND_A_HALF, now(0) + datetime.timedelta(days=day), tell=True)


def test_silence_is_told_once_then_reminded_and_ends_with_an_all_clear(
    by_mail: Settings, home: Home, mail: MailServer
) -> None:
    ended(by_mail, home, night(0, "published"), 0)
    assert silent(by_mail, home, 1).alerts == []
    assert len(silent(by_mail, home, 2).alerts) == 1
    assert silent(by_mail, home, 3).alerts == []
    assert len(mail.messages) == 1
    assert mail.messages[0]["Subject"] == (
        "Parity: no night has finished; nothing is published yet — No night has finished well since 2 April 2025, 03:31"
    )
    silent(by_mail, home, 9)
    assert len(mail.messages) == 2
    assert "reminder, still no night has finished" in mail.messages[1]["Subject"]
    ended(by_mail, home, night(10, "nothing_new"), 10)
    assert len(mail.messages) == 3
    assert mail.messages[2]["Subject"] == "Parity: all clear, nights finish again"
    assert not silent(by_mail, home, 10).late
    silent(by_mail, home, 12)
    assert len(mail.messages) == 4, "silence that returns is new"


def test_withheld_nights_are_late_but_have_told_of_themselves(by_mail: Settings, home: Home, mail: MailServer) -> None:
    for day in range(4):
        ended(by_mail, home, night(day, "withheld", INCOMPLETE), day)
    assert silent(by_mail, home, 3.1).late
    assert len(mail.messages) == 1
    silent(by_mail, home, 5)
    assert len(mail.messages) == 2
    assert "no night has finished" in mail.messages[1]["Subject"]


def test_silence_tries_again_what_waits_because_no_night_does(by_mail: Settings, home: Home, mail: MailServer) -> None:
    mail.stop()
    ended(by_mail, home, night(0, "withheld", INCOMPLETE), 0)
    mail.start()
    found = silent(by_mail, home, 0.5)
    assert len(mail.messages) == 1
    assert pending(home) == [] and found.undelivered == ()


def test_silence_in_a_home_that_never_was_is_told(by_mail: Settings, home: Home, mail: MailServer) -> None:
    elsewhere = dataclasses.replace(home, root=home.root / "elsewhere")
    status(by_mail, elsewhere, DAY_AND_A_HALF, now(0), tell=True)
    assert "No night has ended well in this home yet" in mail.messages[0]["Subject"]


@pytest.mark.parametrize(
    ("written", "hours"), [("36h", 36), ("2d", 48), ("90m", 1.5), ("1d12h", 36), (" 1.5 H ", 1.5), ("1w", 168)]
)
def test_an_age_is_read(written: str, hours: float) -> None:
    assert age(written) == datetime.timedelta(hours=hours)


@pytest.mark.parametrize("written", ["", "36", "h", "-2h", "2 years", "0h", "36h later", "1e9h", "99999999999999d"])
def test_a_wrong_age_says_how_to_write_one(written: str) -> None:
    with pytest.raises(WrongAge, match="36h, 2d, 90m"):
        age(written)


def test_the_record_for_other_programs_is_plain_json(by_mail: Settings, home: Home) -> None:
    ended(by_mail, home, night(0, "withheld", INCOMPLETE), 0)
    record = json.loads(json.dumps(status(by_mail, home, DAY_AND_A_HALF, now(0)).as_record()))
    assert (record["ok"], record["late"], record["max_age"]) == (False, True, 129600.0)
    assert record["standing"][0]["finding"]["places"] == ["Ambulance Operations North"]


def test_two_checks_at_once_send_one_message(by_mail: Settings, home: Home, mail: MailServer) -> None:
    ended(by_mail, home, night(0, "published"), 0)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: silent(by_mail, home, 2), range(4)))
    assert len(mail.messages) == 1
    assert pending(home) == []


def test_the_next_duties_are_told_with_what_readers_see_of_their_figures(by_mail: Settings, home: Home) -> None:
    release_id = "20250402T023000Z_000000"
    publish(home, release_id, "2025-04-02T02:31:00+00:00")
    clock = by_mail.clock.model_copy(update={"as_of_date": datetime.date(2025, 5, 31)})
    settings = by_mail.model_copy(update={"clock": clock})
    found = status(settings, home)
    assert "  31 May 2025 (today): WRES data to NHS England, 2024/25 not known whether approved" in lines(found)
    manifest = home.releases / release_id / "manifest.json"
    told = json.loads(manifest.read_text(encoding="utf-8"))
    told["figure_status"] = {"wres": {"2024/25": {"approved": 2}}, "pay_gap": {"2023/24": {"draft": 1}}}
    manifest.chmod(0o600)
    manifest.write_text(json.dumps(told), encoding="utf-8")
    said = lines(found := status(settings, home))
    start = said.index("Duties, as of 31 May 2025:")
    assert said[start + 1] == "  overdue: Gender pay gap, since 30 March 2025 (62 days), 2023/24 not approved"
    assert said[start + 2] == "  31 May 2025 (today): WRES data to NHS England, 2024/25 approved"
    assert found.ok == status(by_mail, home).ok, "a duty asks for a person, and is no fault of the night"
    duties = {one["duty_id"]: one for one in found.as_record()["duties"]}
    assert duties["wres_submission"]["approval"] == "approved" and duties["gender_pay_gap"]["is_overdue"]
    assert duties["gender_pay_gap"]["on"] == "2026-03-30"


def test_duties_are_told_in_a_home_with_nothing_in_it(settings: Settings, home: Home) -> None:
    found = status(settings, home, None, now(0))
    assert any("WRES data to NHS England, 2024/25 not known whether approved" in line for line in lines(found))
