"""The hour of the night is one that each day of the year has exactly once."""

from __future__ import annotations

import datetime

import pytest
import yaml

from flows.configure import PROJECT, ConfigurationError, Schedule
from flows.schedule import ClockChange, check_cron, clock_changes, next_night

SPRING_2025 = datetime.date(2025, 1, 1)


def test_london_skips_an_hour_in_march_and_repeats_one_in_october() -> None:
    assert clock_changes("Europe/London", SPRING_2025, years=1) == [
        ClockChange("skips", datetime.datetime(2025, 3, 30, 1), datetime.datetime(2025, 3, 30, 2)),
        ClockChange("repeats", datetime.datetime(2025, 10, 26, 1), datetime.datetime(2025, 10, 26, 2)),
    ]


def test_a_change_of_half_an_hour_is_found_to_the_minute() -> None:
    assert clock_changes("Australia/Lord_Howe", SPRING_2025, years=1) == [
        ClockChange("repeats", datetime.datetime(2025, 4, 6, 1, 30), datetime.datetime(2025, 4, 6, 2)),
        ClockChange("skips", datetime.datetime(2025, 10, 5, 2), datetime.datetime(2025, 10, 5, 2, 30)),
    ]


@pytest.mark.parametrize(
    ("cron", "timezone"),
    [
        ("30 3 * * *", "Europe/London"),
        ("59 0 * * *", "Europe/London"),
        ("0 2 * * *", "Europe/London"),
        ("30 1 * * 1-5", "Europe/London"),
        ("30 1 * * *", "UTC"),
        ("30 1 * * *", "Europe/Berlin"),
    ],
)
def test_an_hour_that_every_day_has_once_is_taken(cron: str, timezone: str) -> None:
    check_cron(cron, timezone, SPRING_2025)


@pytest.mark.parametrize(
    ("cron", "timezone", "why"),
    [
        ("0 1 * * *", "Europe/London", "30 March 2025 at 01:00.*01:00 to 02:00.*skips in Europe/London.*left out"),
        ("59 1 * * *", "Europe/London", "skips"),
        ("30 1 * 10 0", "Europe/London", "26 October 2025 at 01:30.*repeats.*twice"),
        ("0 * * * *", "Europe/London", "skips"),
        ("30 2 * * *", "Europe/Berlin", "02:00 to 03:00.*Europe/Berlin"),
    ],
)
def test_an_hour_that_is_skipped_or_repeated_is_refused_by_name(cron: str, timezone: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"schedule\.cron: .*{why}"):
        check_cron(cron, timezone, SPRING_2025)


@pytest.mark.parametrize("cron", ["", "at night", "30 3 * *", "99 3 * * *"])
def test_what_is_no_schedule_is_refused_by_name(cron: str) -> None:
    with pytest.raises(ConfigurationError, match=r"schedule\.cron: .* is no cron schedule"):
        check_cron(cron, "Europe/London", SPRING_2025)


def test_the_next_night_is_told_in_local_time() -> None:
    summer = datetime.datetime(2025, 6, 30, 12, tzinfo=datetime.UTC)
    assert next_night("30 3 * * *", "Europe/London", summer).isoformat() == "2025-07-01T03:30:00+01:00"


def test_the_default_hour_is_a_good_one() -> None:
    check_cron(Schedule().cron, Schedule().timezone, SPRING_2025)


def test_prefect_yaml_keeps_the_default_hour() -> None:
    written = yaml.safe_load((PROJECT / "prefect.yaml").read_text(encoding="utf-8"))
    (deployment,) = written["deployments"]
    (schedule,) = deployment["schedules"]
    assert (schedule["cron"], schedule["timezone"]) == (Schedule().cron, Schedule().timezone)
    assert deployment["concurrency_limit"]["limit"] == 1
