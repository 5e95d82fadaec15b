"""What a value must look like to be read, and what is said where it cannot be: column and rule, never the value."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as rounds
from hypothesis import strategies as st

from flows.configure import Settings
from flows.home import Home
from flows.ingest import IngestBroken, IngestResult, check_file, ingest
from flows.ingest.define import read_landing
from flows.ingest.load import Intake, empty_load
from flows.ingest.pour import pour
from flows.ingest.remember import make_tables
from flows.ingest.type_rows import typed_rows
from tests.ingest.conftest import Rows, staff_row
from tests.small_trust import headings, staff_list, write_csv

Take = Callable[[], IngestResult]
Ask = Callable[[str], Rows]
MARCH = datetime.date(2025, 3, 31)


def staff(home: Home, **values: str) -> Path:
    return staff_list(
        home.landing, "2025-03-31", [{}, {name.replace("_", " "): value for name, value in values.items()}]
    )


@pytest.mark.parametrize(
    "written",
    [
        "31-MAR-2025",
        "31-Mar-2025",
        "31/03/2025",
        "2025-03-31",
        "45747",
        "45747.0",
        " 31/03/2025 ",
        "31/03/2025 14:05",
        "2025-03-31 00:00:00",
    ],
)
def test_four_styles_are_dates(home: Home, take: Take, ask: Ask, written: str) -> None:
    staff(home, Latest_Start_Date=written)
    take()
    assert ask("select latest_start_date from raw.esr_staff_list where file_line = 3") == [(MARCH,)]


@pytest.mark.parametrize(
    ("heading", "value", "reason"),
    [
        ("Latest Start Date", "31/02/2025", "Latest Start Date is not a date"),
        ("Latest Start Date", "03/31/2025", "Latest Start Date is not a date"),
        ("Latest Start Date", "31-MAR-25", "Latest Start Date is not a date"),
        ("Latest Start Date", "31/03/25", "Latest Start Date is not a date"),
        ("Latest Start Date", "20250331", "Latest Start Date is not a date"),
        ("Latest Start Date", "tomorrow", "Latest Start Date is not a date"),
        ("Date Of Birth", "15/06/1090", "Date Of Birth is not between 1900-01-01 and 2100-12-31"),
        ("FTE", "one", "FTE is not a number"),
        ("FTE", "1e-1", "FTE is not a number"),
        ("FTE", "1.2", "FTE is not between 0 and 1"),
        ("FTE", "-0.1", "FTE is not between 0 and 1"),
        ("Employee Number", "1000000X", "Employee Number is not a number of at most 8 digits"),
        ("Employee Number", "2.03E+07", "Employee Number is not a number of at most 8 digits"),
        ("Employee Number", "   ", "Employee Number is blank"),
        ("Assignment Number", "10000001-B", "Assignment Number is not an assignment number"),
        ("Primary Assignment", "maybe", "Primary Assignment is neither yes nor no"),
        ("Primary Assignment", "", "Primary Assignment is blank"),
        ("Annual Salary", "1,2,3", "Annual Salary is not a number"),
    ],
)
def test_what_cannot_be_read_is_rejected_with_its_line_and_never_its_value(
    home: Home, take: Take, *, heading: str, value: str, reason: str
) -> None:
    staff(home, **{heading: value})
    result = take()
    load = result.new[0]
    assert (load.rows_read, load.rows_loaded, load.rows_rejected) == (2, 1, 1)
    finding = result.findings[0]
    assert (finding.kind, finding.severity) == ("rejected", "warning")
    assert reason in finding.sentence
    assert "line 3" in finding.sentence
    kept = list(csv.DictReader(next(home.quarantine.iterdir()).open(encoding="utf-8")))
    assert [(row["file line"], row[heading]) for row in kept] == [("3", value)]


@pytest.mark.parametrize(
    ("heading", "value", "column", "read"),
    [
        ("FTE", "", "fte", None),
        ("FTE", "0.5333333", "fte", Decimal("0.5333")),
        ("Annual Salary", "£38,210.50", "annual_salary_gbp", Decimal("38210.5000")),
        ("Primary Assignment", "n", "primary_assignment", False),
        ("Primary Assignment", "Yes", "primary_assignment", True),
        ("Employee Number", "20311234.0", "employee_number", "20311234"),
        ("Assignment Number", "20311234-3 ", "assignment_number", "20311234-3"),
        ("Ethnic Origin", "T White - Roma", "ethnic_origin", "T White - Roma"),
        ("Pay Scale", "\u00a0XR99\t", "pay_scale", "XR99"),
        ("Date Of Birth", "", "date_of_birth", None),
        ("Gender", "  ", "gender", None),
    ],
)
def test_what_is_readable_is_loaded_as_it_came(
    home: Home, take: Take, ask: Ask, *, heading: str, value: str, column: str, read: object
) -> None:
    """Unknown codes too: they are counted later, and must neither vanish nor stop the night."""
    staff(home, **{heading: value})
    assert take().new[0].rows_rejected == 0
    assert ask(f"select {column} from raw.esr_staff_list where file_line = 3") == [(read,)]


def test_a_row_with_several_faults_is_one_reject_with_all_its_reasons(home: Home, take: Take) -> None:
    staff(home, FTE="x", Date_Of_Birth="y")
    result = take()
    assert result.new[0].rows_rejected == 1
    assert "FTE is not a number" in result.findings[0].counts
    kept = next(home.quarantine.iterdir())
    assert "; Date Of Birth is not a date" in kept.read_text(encoding="utf-8")
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_file_of_which_no_row_can_be_read_is_refused_rather_than_an_empty_snapshot(home: Home, take: Take) -> None:
    staff_list(home.landing, "2025-03-31", [{"FTE": "x"}, {"FTE": "y"}])
    result = take()
    assert result.new[0].outcome == "refused"
    assert result.new[0].reason == (
        "None of its 2 rows can be loaded. Most often: FTE is not a number (2 rows, first in line 2)."
    )
    assert not list(home.quarantine.iterdir())


def test_a_staff_list_without_rows_is_refused_but_a_year_without_concerns_is_none(home: Home, take: Take) -> None:
    staff_list(home.landing, "2025-03-31", [])
    write_csv(
        home.landing / "freedom_to_speak_up/freedom_to_speak_up_2025-03-31.csv", "freedom_to_speak_up_concerns", []
    )
    assert [load.outcome for load in take().new] == ["refused", "loaded"]


def test_identical_rows_are_loaded_and_counted(home: Home, take: Take) -> None:
    person = {"Employee Number": "10000001"}
    staff_list(home.landing, "2025-03-31", [person, person, person | {"FTE": "0.5"}])
    result = take()
    assert (result.new[0].rows_loaded, result.new[0].rows_duplicate) == (3, 1)
    assert [finding.name for finding in result.findings] == ["rows_duplicate"]


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@rounds(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(texts, texts, st.sampled_from(["0.5", "x", "", "7"])), min_size=1, max_size=8))
def test_rows_read_are_rows_loaded_plus_rows_rejected_whatever_the_file_says(
    settings: Settings, tmp_path: Path, rows: list[tuple[str, str, str]]
) -> None:
    """Quotes, commas, new lines, odd characters: nothing is lost and every text comes back as written, but trimmed."""
    path = tmp_path / "esr_staff_list_2025-03-31.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(headings("esr_staff_list"))
        for number, (title, team, fte) in enumerate(rows):
            row = staff_row(Employee_Number=str(10000000 + number), Position_Title=title, Org_L5=team, FTE=fte)
            writer.writerow(row.values())
    landing = read_landing()
    with duckdb.connect() as con:
        make_tables(con, landing)
        draft = empty_load(settings, path, path.name)
        poured = pour(con, draft, landing.datasets[0], path, landing=landing, settings=settings)
        loaded = dict(con.execute("select employee_number, position_title from raw.esr_staff_list").fetchall())
        rejected = con.execute("select count(*) from rejected").fetchall()[0][0]
    good = [number for number, row in enumerate(rows) if row[2] in ("0.5", "")]
    assert poured.rows_read == len(rows) == len(loaded) + rejected
    trim = " \t\n\r\xa0\ufeff"
    assert loaded == {str(10000000 + number): rows[number][0].strip(trim) or None for number in good}


@rounds(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(day=st.dates(datetime.date(1930, 1, 1), datetime.date(2099, 12, 31)))
def test_every_day_is_the_same_day_in_all_four_styles(settings: Settings, tmp_path: Path, day: datetime.date) -> None:
    serial = (day - datetime.date(1899, 12, 30)).days
    written = [f"{day:%d-%b-%Y}".upper(), f"{day:%d/%m/%Y}", f"{day:%Y-%m-%d}", str(serial)]
    path = tmp_path / "esr_staff_list_2025-03-31.csv"
    rows = [staff_row(Date_Of_Birth=one) for one in written]
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([headings("esr_staff_list"), *[row.values() for row in rows]])
    landing = read_landing()
    with duckdb.connect() as con:
        make_tables(con, landing)
        pour(con, empty_load(settings, path, "x"), landing.datasets[0], path, landing=landing, settings=settings)
        assert con.execute("select date_of_birth from raw.esr_staff_list").fetchall() == [(day,)] * 4


def test_counts_that_do_not_add_up_refuse_the_file_and_leave_nothing(
    home: Home, settings: Settings, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff(home, FTE="x")
    monkeypatch.setattr("flows.ingest.load.count_loaded", lambda con, draft, dataset: 0)
    result = ingest(settings, home, say=lambda line: None)
    assert "do not add up: 2 read, 0 loaded, 1 rejected" in (result.new[0].reason or "")
    assert ask("select count(*) from raw.esr_staff_list") == [(0,)]
    assert not list(home.quarantine.iterdir())


def test_rejects_hold_no_value_anywhere_but_in_quarantine(home: Home, settings: Settings) -> None:
    staff(home, FTE="Ermintrude", Date_Of_Birth="Ermintrude")
    said: list[str] = []
    result = ingest(settings, home, say=said.append)
    check = check_file(settings, home.landing / "esr_staff_list/esr_staff_list_2025-03-31.csv")
    told = f"{said} {result} {check} {home.ledger.joinpath('loads.jsonl').read_text(encoding='utf-8')}"
    assert "Ermintrude" not in told
    assert "Ermintrude" in next(home.quarantine.iterdir()).read_text(encoding="utf-8")


def test_an_error_of_the_database_is_said_again_without_the_value_it_quotes(
    home: Home, take: Take, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff(home, Org_L5="Ermintrude")
    spoilt = "select * from (select * from ({}) where org_l5 <> '' and cast(org_l5 as integer) > 0)"
    monkeypatch.setattr("flows.ingest.pour.typed_rows", lambda *rest: spoilt.format(typed_rows(*rest)))
    with pytest.raises(IngestBroken) as caught:
        take()
    assert "Ermintrude" not in str(caught.value)
    assert caught.value.__suppress_context__
    assert "ConversionException" in str(caught.value)
    assert ask("select (select count(*) from raw.loads), (select count(*) from raw.esr_staff_list)") == [(0, 0)]
    assert not list(home.copies.iterdir())


def test_the_rules_of_the_night_are_those_of_the_trust(home: Home, settings: Settings) -> None:
    """A refused file is tried again when the rules change: they have a fingerprint."""
    with duckdb.connect() as con:
        intake = Intake(settings, home, con, read_landing())
        organisation = settings.organisation.model_copy(update={"vpd_number": "277"})
        other = Intake(settings.model_copy(update={"organisation": organisation}), home, con, intake.landing)
        assert intake.rules_sha256 != other.rules_sha256


def test_numbers_that_lost_their_zeros_are_padded_counted_and_told(home: Home, take: Take, ask: Ask) -> None:
    """In Excel 00123456 becomes 123456: without its zeros the person would be two."""
    people = [
        {"Employee Number": "00123456", "Assignment Number": "00123456"},
        {"Employee Number": "123456", "Assignment Number": "123456-2"},
        {"Employee Number": "123456.0", "Assignment Number": "123456.0"},
        {"Employee Number": "00123456", "Assignment Number": "00123456-3"},
        {"Employee Number": "100000019", "Assignment Number": "100000019"},
    ]
    staff_list(home.landing, "2025-03-31", people)
    result = take()
    assert ask("select employee_number, assignment_number from raw.esr_staff_list order by file_line") == [
        ("00123456", "00123456"),
        ("00123456", "00123456-2"),
        ("00123456", "00123456"),
        ("00123456", "00123456-3"),
    ]
    load = result.new[0]
    assert (load.rows_rejected, load.rows_padded) == (1, 2)
    assert "In 2 rows an employee or assignment number has lost leading zeros" in (load.reason or "")
    told = {one.name: one for one in result.findings}
    assert "Employee Number is not a number of at most 8 digits" in told["rows_rejected"].sentence
    assert told["numbers_padded"].counts == {"rows_padded": 2, "rows_read": 5}


def test_a_heading_row_amid_the_data_is_one_rejected_row_and_no_other_trust(home: Home, take: Take) -> None:
    path = staff_list(home.landing, "2025-03-31", [{"Employer": "XPT"}, {"Employer": "XPT"}])
    head, first, second = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([head, first, head.upper(), second]), encoding="utf-8")
    load = take().new[0]
    assert (load.outcome, load.rows_read, load.rows_loaded, load.rows_rejected) == ("loaded", 3, 2, 1)
    assert [(one.reason, one.first_lines) for one in load.rejections] == [("the row repeats the headings", (3,))]


def test_only_rows_that_would_be_loaded_count_as_another_trusts(home: Home, take: Take) -> None:
    people = [{"Employer": "XPT"}, {"Employer": "RXX", "FTE": "x"}]
    staff_list(home.landing, "2024-03-31", people)
    staff_list(home.landing, "2025-03-31", [*people, {"Employer": "RXX"}])
    assert [(load.outcome, load.rows_rejected) for load in take().new] == [("loaded", 1), ("refused", 0)]
