"""A clock that jumps, and the two nights of daylight saving: releases keep their order, and nothing falls silent."""

from __future__ import annotations

import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim

from flows.alert import alert, recall
from flows.configure import Schedule, Settings
from flows.home import Home
from flows.point import current_id, releases
from flows.record import Finding, RunRecord, new_run, write_run
from flows.schedule import check_cron
from flows.status import status
from soak.kill import apart
from soak.play import play, write_snapshot
from tests.faults.conftest import Played

NOW = datetime.datetime(2025, 4, 5, 3, 30, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)


def in_the_year(year: int) -> type[datetime.datetime]:
    class Shifted(datetime.datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return super().now(tz).replace(year=year, day=1)

    return Shifted


def test_a_night_under_a_clock_far_ahead_does_not_stay_the_newest_for_years(dropped: Played) -> None:
    """One night thinks that it is 2031. The next, by the right clock, comes behind it all the same."""

    def ahead() -> str:
        from flows import record

        right = record.datetime.datetime
        record.datetime.datetime = in_the_year(2031)  # type: ignore[misc]
        outcome = play(dropped.config, lambda _: None)
        record.datetime.datetime = right  # type: ignore[misc]
        return outcome

    assert apart(ahead)[1] == "published"
    assert releases(dropped.home)[0].release_id.startswith("2031")
    write_snapshot(dropped.home, "2025-04-30", 46, version=2)
    outcome, findings = dropped.night()
    assert outcome == "published"
    told = next(one for one in findings if one["name"] == "clock_went_back")
    assert "The machine's clock says" in told["sentence"]
    assert releases(dropped.home)[0].is_current, "the newest release is the last one that was published"
    outcome, findings = dropped.night()
    assert outcome == "nothing_new", "it is compared with the last one, not with that of 2031"
    assert "clock_went_back" not in {one["name"] for one in findings}, "it is right again"
    assert len([one for one in releases(dropped.home) if one.release_id.startswith("2031")]) == 2
    assert current_id(dropped.home) == releases(dropped.home)[0].release_id


def test_runs_of_one_second_and_of_a_clock_set_back_keep_their_order() -> None:
    first = new_run("XPT", NOW.date())
    second = new_run("XPT", NOW.date(), after=first.run_id)
    third = new_run("XPT", NOW.date(), after="20991231T235959Z_ffffff")
    assert first.run_id < second.run_id < third.run_id
    assert third.run_id.startswith("21000101T000000Z_")
    assert third.started_at < "2099", "when it really began stands in the record"


def troubled(number: int) -> RunRecord:
    run = new_run("XPT", NOW.date(), after=f"2025040{number}T033000Z_000000")
    run.outcome, run.findings = "broken", [Finding("broken", "critical", "it_broke", "It broke.")]
    return run


def test_a_reminder_is_not_silenced_by_a_message_of_the_future(settings: Settings, home: Home) -> None:
    assert alert(settings, home, troubled(1), NOW + 3000 * DAY)
    assert alert(settings, home, troubled(2), NOW), "told in the future is not told lately"
    assert alert(settings, home, troubled(3), NOW + DAY) == []
    (standing,) = recall(home).standing.values()
    assert standing.last_sent == NOW.isoformat(timespec="seconds")


@pytest.mark.parametrize(("ended", "late"), [(NOW + 3000 * DAY, True), (NOW + DAY / 300, False), (NOW - DAY, False)])
def test_a_good_night_in_the_future_is_no_sign_of_life(
    settings: Settings, home: Home, ended: datetime.datetime, late: bool
) -> None:
    run = new_run("XPT", NOW.date())
    run.outcome, run.finished_at = "published", ended.isoformat(timespec="seconds")
    write_run(home.runs, run)
    assert status(settings, home, datetime.timedelta(hours=36), NOW).late is late


@pytest.mark.parametrize("night", ["2025-03-30", "2025-10-26"], ids=["skips an hour", "repeats an hour"])
def test_on_both_nights_of_daylight_saving_the_default_hour_fires_once(night: str) -> None:
    zone = ZoneInfo(Schedule().timezone)
    check_cron(Schedule().cron, Schedule().timezone, datetime.date(2025, 1, 1))
    before = datetime.datetime.fromisoformat(f"{night}T00:00").replace(tzinfo=zone)
    fires = CronSim(Schedule().cron, before)
    first, second = next(fires), next(fires)
    assert first.isoformat()[:16] == f"{night}T03:30"
    assert second.date() - first.date() == DAY


def test_a_night_that_an_hour_repeats_finds_nothing_new(played: Played) -> None:
    """Where cron without a time zone fires twice, the second night has nothing to do."""
    assert [played.night()[0], played.night()[0]] == ["nothing_new", "nothing_new"]


def test_days_between_reminders_are_those_of_the_calendar_over_a_change_of_the_clock(
    settings: Settings, home: Home
) -> None:
    zone = ZoneInfo("Europe/London")
    first = datetime.datetime(2025, 10, 25, 3, 30, tzinfo=zone)
    week_later = datetime.datetime(2025, 11, 1, 3, 30, tzinfo=zone)
    assert alert(settings, home, troubled(1), first.astimezone(datetime.UTC))
    assert alert(settings, home, troubled(2), (week_later - DAY).astimezone(datetime.UTC)) == []
    assert alert(settings, home, troubled(3), week_later.astimezone(datetime.UTC))
