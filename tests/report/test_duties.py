"""The calendar of duties: dates, days left and approvals, the same on the page and in `parity status`."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.configure import Settings
from flows.due import SETTLED, Due, Duty, Statuses, coming, due, duties, lines, overdue
from flows.home import Home
from flows.report import Edition
from flows.report.pages.duties import statuses
from flows.report.read import read_figures
from flows.report.show import day
from flows.status import lines as status_lines
from flows.status import status
from tests.alert.nights import publish
from tests.report.conftest import Kind
from tests.report.pages_of import read, text_of

WRES = next(one for one in duties() if one.duty_id == "wres_submission")
GENDER = next(one for one in duties() if one.duty_id == "gender_pay_gap")
OBJECTIVES = next(one for one in duties() if one.duty_id == "equality_objectives")
DRAFT: Statuses = {"wres": {"2024/25": {"draft": 3}}, "pay_gap": {"2023/24": {"draft": 9}}}


def on(date: str, duty: Duty = WRES, known: Statuses | None = None) -> Due:
    return due(datetime.date.fromisoformat(date), known, [duty])[0]


@pytest.mark.parametrize(
    ("date", "next_date", "days_left", "year"),
    [
        ("2025-05-30", "2025-05-31", 1, "2024/25"),
        ("2025-05-31", "2025-05-31", 0, "2024/25"),
        ("2025-06-01", "2026-05-31", 364, "2025/26"),
        ("2025-12-31", "2026-05-31", 151, "2025/26"),
        ("2026-01-01", "2026-05-31", 150, "2025/26"),
        ("2024-02-29", "2024-05-31", 92, "2023/24"),
    ],
)
def test_a_duty_is_due_until_the_end_of_its_day(date: str, next_date: str, days_left: int, year: str) -> None:
    found = on(date)
    assert (found.on.isoformat(), found.days_left, found.reporting_year) == (next_date, days_left, year)


def test_a_pay_gap_is_of_the_snapshot_a_year_before_its_date() -> None:
    found = on("2025-04-03", GENDER)
    assert (found.on, found.reporting_year) == (datetime.date(2026, 3, 30), "2024/25")
    assert (found.last_on, found.last_reporting_year) == (datetime.date(2025, 3, 30), "2023/24")


def test_objectives_are_due_every_four_years() -> None:
    assert [on(date, OBJECTIVES).on.year for date in ("2018-03-30", "2018-03-31", "2025-04-03")] == [2018, 2022, 2026]
    assert on("2017-01-01", OBJECTIVES).last_on is None, "before the first date none has passed"


@pytest.mark.parametrize(("year", "last"), [(2024, "2024-02-29"), (2025, "2025-02-28"), (2100, "2100-02-28")])
def test_the_last_day_of_february_is_a_date_in_every_year(year: int, last: str) -> None:
    leap = dataclasses.replace(WRES, due_month_day="02-29")
    assert on(f"{year}-01-01", leap).on.isoformat() == last


@pytest.mark.parametrize(
    ("counted", "said", "is_overdue"),
    [
        ({"draft": 3}, "draft", True),
        ({"draft": 1, "approved": 2}, "partly_approved", True),
        ({"approved": 2, "withdrawn": 1}, "approved", False),
        ({"approved": 2, "changed_since_approval": 1}, "changed", False),
        ({"approved": 2, "no_longer_computed": 1}, "changed", False),
        ({}, "no_figures", False),
    ],
)
def test_figures_are_approved_only_where_all_of_them_are(counted: dict[str, int], said: str, is_overdue: bool) -> None:
    found = on("2025-06-01", WRES, {"wres": {"2024/25": counted}})
    assert (found.last_approval, found.is_overdue) == (said, is_overdue)


def test_nothing_is_overdue_on_its_day_or_where_nobody_asks_or_knows() -> None:
    assert not on("2025-05-31", WRES, DRAFT).is_overdue
    assert on("2025-06-01", WRES, DRAFT).is_overdue
    assert on("2025-06-01", WRES, None).last_approval == "not_known"
    ethnicity = next(one for one in duties() if one.duty_id == "ethnicity_pay_gap")
    assert not on("2025-04-03", ethnicity, DRAFT).is_overdue


def test_the_short_list_names_what_is_overdue_first_then_90_days_and_never_fewer_than_three() -> None:
    said = lines(due(datetime.date(2025, 6, 1), DRAFT))
    assert said[0].startswith("overdue: Gender pay gap, since 30 March 2025 (63 days), 2023/24 not approved")
    assert said[1].startswith("overdue: WRES data to NHS England, since 31 May 2025 (1 day), 2024/25 not approved")
    assert len(said) == 2 + 3
    assert len(lines(due(datetime.date(2025, 3, 1), {}))) > 3
    assert any("30 March 2025 (today): Gender pay gap" in one for one in lines(due(datetime.date(2025, 3, 30), {})))


def test_the_seed_says_what_each_date_stands_on() -> None:
    assert len({one.duty_id for one in duties()}) == len(duties())
    for one in duties():
        assert one.basis in ("law", "contract", "voluntary") and one.confidence in ("read", "sure", "check"), one
        assert one.source and one.what_to_do and one.who_asks and one.every_years > 0, one
        assert on("2025-04-03", one).on >= datetime.date(2025, 4, 3)


@pytest.mark.parametrize("kind", ["open", "restricted"])
def test_page_and_status_say_the_same_of_the_same_day(
    kind: Kind, edition: Callable[[Kind], Edition], site: Callable[[Kind], Path], settings: Settings, home: Home
) -> None:
    """The release's manifest counts the figures for `parity status`, the page counts them in its own file."""
    one = edition(kind)
    published = json.loads((one.part.parent / "manifest.json").read_text(encoding="utf-8"))
    publish(home, one.release_id, published["published_at"])
    manifest = home.releases / one.release_id / "manifest.json"
    manifest.chmod(0o600)
    manifest.write_text(json.dumps(published), encoding="utf-8")
    clock = settings.clock.model_copy(update={"as_of_date": one.as_of_date})
    found = status(settings.model_copy(update={"clock": clock}), home)
    assert found.duties_as_of == one.as_of_date
    ahead, passed = coming(found.duties), overdue(found.duties)
    shown = rows_of(site(kind) / "duties.html")
    assert [row[:3] for row in shown["duties"]] == [
        [duty.label, day(duty.on), f"{duty.days_left:,}" if duty.days_left else "Today"] for duty in ahead
    ]
    late = [[duty.label, day(duty.last_on) if duty.last_on else "", f"{duty.days_ago:,}"] for duty in passed]
    assert [row[:3] for row in shown.get("duties_overdue", [])] == late
    with read_figures(one) as figures:
        on_the_page = due(one.as_of_date, statuses(figures))
    assert [duty.approval for duty in on_the_page] == [duty.approval for duty in found.duties]
    assert [duty.last_approval for duty in on_the_page] == [duty.last_approval for duty in found.duties]
    assert any("WRES data to NHS England" in line for line in status_lines(found))
    assert json.loads(json.dumps(found.as_record()))["duties"][0]["on"] == found.duties[0].on.isoformat()


def test_a_signed_year_is_told_as_approved(restricted_edition: Edition) -> None:
    with read_figures(restricted_edition) as figures:
        counted = statuses(figures)
    signed = {
        framework: {year: {SETTLED[0]: sum(of.values())} for year, of in years.items()}
        for framework, years in counted.items()
    }
    assert "approved" in {duty.approval for duty in due(restricted_edition.as_of_date, signed)}
    assert not overdue(due(restricted_edition.as_of_date, signed))


def rows_of(page: Path) -> dict[str, list[list[str]]]:
    """The rows of each table of a page, by the table's name."""
    return {
        str(one.get("id")): [[text_of(cell) for cell in row.xpath("th|td")] for row in one.xpath(".//tbody/tr")]
        for one in read(page).find_class("parity-table")
    }
