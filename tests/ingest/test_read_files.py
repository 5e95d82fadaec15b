"""Files as trusts really send them: encodings, title blocks, totals rows, workbooks, quotes that run away."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.configure import Settings
from flows.home import Home
from flows.ingest import IngestResult, check_file
from tests.ingest.conftest import Rows, staff_row, write_text, write_workbook
from tests.small_trust import headings, staff_list, write_csv

Take = Callable[[], IngestResult]
Ask = Callable[[str], Rows]
STAFF = "esr_staff_list/esr_staff_list_2025-03-31.csv"


def as_csv(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def staff_csv(*rows: dict[str, str]) -> str:
    return as_csv([headings("esr_staff_list"), *[list(row.values()) for row in rows]])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_names_in_every_encoding_come_out_the_same(home: Home, take: Take, ask: Ask, encoding: str) -> None:
    write_text(home.landing / STAFF, staff_csv(staff_row(Org_L5="Café Zoë’s – Team")), encoding)
    assert take().new[0].outcome == "loaded"
    assert ask("select org_l5 from raw.esr_staff_list") == [("Café Zoë’s – Team",)]


def test_a_byte_order_mark_before_quoted_headings_is_no_part_of_them(home: Home, take: Take) -> None:
    lines = [headings("esr_staff_list"), list(staff_row().values())]
    quoted = "\n".join(",".join(f'"{cell}"' for cell in line) for line in lines)
    write_text(home.landing / STAFF, quoted, "utf-8-sig")
    assert take().new[0].outcome == "loaded"


def test_the_encoding_is_told_from_the_whole_file_not_its_first_lines(home: Home, take: Take, ask: Ask) -> None:
    rows = [staff_row(Employee_Number=str(10000000 + i)) for i in range(6000)] + [staff_row(Org_L5="Zoë")]
    write_text(home.landing / STAFF, staff_csv(*rows), "cp1252")
    assert take().new[0].reason == "Read as Windows-1252."
    assert ask("select count(*) from raw.esr_staff_list where org_l5 = 'Zoë'") == [(1,)]


def test_bytes_of_no_known_encoding_are_refused_with_the_line(home: Home, take: Take) -> None:
    path = write_text(home.landing / STAFF, staff_csv(staff_row()))
    path.write_bytes(path.read_bytes() + b"\x81\x8d")
    load = take().new[0]
    assert load.outcome == "refused"
    assert "UTF-8 or Windows-1252" in (load.reason or "")


def test_two_encodings_in_one_file_are_refused_rather_than_garbled(home: Home, take: Take) -> None:
    path = write_text(home.landing / STAFF, staff_csv(staff_row(Org_L5="Zoë")))
    second = ",".join(staff_row(Org_L5="Zoë", Employee_Number="10000002").values())
    path.write_bytes(path.read_bytes() + second.encode("cp1252"))
    assert "line 2 is UTF-8" in (take().new[0].reason or "")


def test_headings_are_found_below_a_title_block_and_beside_a_blank_column(home: Home, take: Take, ask: Ask) -> None:
    table = [headings("esr_staff_list"), list(staff_row().values())]
    block = [["Staff List"], ["Snapshot", "31-MAR-2025"], []]
    write_text(home.landing / STAFF, as_csv([*block, *[["", *row] for row in table]]))
    load = take().new[0]
    assert (load.outcome, load.rows_read, load.rows_loaded) == ("loaded", 1, 1)
    assert ask("select employee_number, file_line from raw.esr_staff_list") == [("10000001", 5)]


def test_headings_ignore_case_spaces_mark_and_go_by_aliases(home: Home, take: Take, ask: Ask) -> None:
    written = {heading: f"  {heading.upper()} " for heading in headings("esr_staff_list")}
    written |= {"Date Of Birth": "dob", "FTE": "WTE", "Org L3": "Directorate", "Employee Number": "\ufeffEmp No"}
    write_text(home.landing / STAFF, as_csv([list(written.values()), list(staff_row().values())]))
    assert take().new[0].outcome == "loaded"
    assert ask("select org_l3, fte, date_of_birth from raw.esr_staff_list")[0][2] == datetime.date(1990, 6, 15)


def test_a_missing_required_column_refuses_the_file_by_name_and_loads_nothing(home: Home, take: Take, ask: Ask) -> None:
    row = staff_row()
    del row["Ethnic Origin"], row["Org L5"]
    write_text(home.landing / STAFF, as_csv([list(row), list(row.values())]))
    result = take()
    assert result.new[0].outcome == "refused"
    assert "missing: Ethnic Origin." in (result.new[0].reason or "")
    assert result.findings[0].severity == "critical"
    assert ask("select count(*) from raw.esr_staff_list") == [(0,)]
    assert (home.landing / STAFF).exists()
    assert not list(home.copies.iterdir())


def test_an_optional_column_may_be_missing_and_an_unknown_one_is_listed(
    home: Home, take: Take, ask: Ask, settings: Settings
) -> None:
    row = staff_row() | {"Favourite Colour": "blue"}
    del row["Org L5"]
    write_text(home.landing / STAFF, as_csv([list(row), list(row.values())]))
    result = take()
    assert result.new[0].columns_ignored == ("column 25",)
    assert [finding.name for finding in result.findings] == ["columns_ignored"]
    assert "Favourite" not in str(result)
    assert check_file(settings, home.landing / STAFF).columns_ignored == ("Favourite Colour",)
    assert ask("select org_l5 from raw.esr_staff_list") == [(None,)]


def test_a_column_without_a_heading_is_listed_only_where_it_holds_something(home: Home, take: Take) -> None:
    row = staff_row()
    write_text(home.landing / STAFF, as_csv([["", *row, ""], ["", *row.values(), "x"], ["", *row.values(), ""]]))
    assert take().new[0].columns_ignored == ("column 27",)


def test_a_heading_that_stands_twice_is_refused(home: Home, take: Take) -> None:
    row = staff_row()
    write_text(home.landing / STAFF, as_csv([[*row, "FTE"], [*row.values(), "0.5"]]))
    assert "More than one column stands for FTE" in (take().new[0].reason or "")


@pytest.mark.parametrize(("separator", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_another_separator_is_refused_and_named(home: Home, take: Take, separator: str, name: str) -> None:
    write_text(home.landing / STAFF, staff_csv(staff_row()).replace(",", separator))
    assert f"parted by {name}" in (take().new[0].reason or "")


@pytest.mark.parametrize(
    "last",
    [
        ["Total", "2"],
        ["Grand Total:", *[""] * 11, "2"],
        ["Total 2"],
        [*[""] * 12, "2"],
    ],
)
def test_a_totals_row_at_the_end_is_left_out_and_said(home: Home, take: Take, last: list[str]) -> None:
    rows = [headings("esr_staff_list"), list(staff_row().values()), list(staff_row().values())]
    width = len(rows[0])
    write_text(home.landing / STAFF, as_csv([*rows, [*last, *[""] * (width - len(last))], [""] * width]))
    load = take().new[0]
    assert (load.rows_read, load.rows_loaded, load.rows_rejected) == (2, 2, 0)
    assert load.reason == "1 totals row at the end left out. 1 blank row left out."


def test_a_totals_row_with_fewer_cells_than_the_headings_is_one_all_the_same(home: Home, take: Take) -> None:
    write_text(home.landing / STAFF, staff_csv(staff_row()) + "Total,1\r\n")
    assert take().new[0].reason == "1 totals row at the end left out."


def test_what_looks_like_totals_amid_the_data_is_rejected_not_dropped(home: Home, take: Take) -> None:
    rows = [staff_row(), staff_row(), staff_row()]
    lines = staff_csv(*rows).splitlines()
    lines.insert(2, "Total" + "," * (len(headings("esr_staff_list")) - 1))
    write_text(home.landing / STAFF, "\r\n".join(lines))
    load = take().new[0]
    assert (load.rows_read, load.rows_loaded, load.rows_rejected) == (4, 3, 1)


def test_a_person_whose_numbers_are_blank_is_rejected_not_taken_for_totals(home: Home, take: Take) -> None:
    staff_list(home.landing, "2025-03-31", [{}, {"Employee Number": "", "Assignment Number": "-"}])
    load = take().new[0]
    assert (load.rows_read, load.rows_rejected, load.reason) == (2, 1, None)


def test_a_file_cut_off_in_its_last_row_keeps_that_row_as_a_reject(home: Home, take: Take) -> None:
    whole = staff_csv(staff_row(), staff_row(Employee_Number="10000002"))
    write_text(home.landing / STAFF, whole[: whole.rindex("10000002") + 4])
    load = take().new[0]
    assert (load.rows_read, load.rows_loaded, load.rows_rejected) == (2, 1, 1)


def test_a_number_that_a_cut_off_row_begins_with_is_not_taken_for_totals(home: Home, take: Take) -> None:
    table = [["No", *headings("esr_staff_list")], ["1", *staff_row().values()], ["2", *staff_row().values()]]
    write_text(home.landing / STAFF, as_csv(table) + "3")
    load = take().new[0]
    assert (load.rows_read, load.rows_loaded, load.rows_rejected, load.reason) == (3, 2, 1, None)


def test_ragged_rows_are_rejected_with_their_line_even_after_embedded_new_lines(home: Home, take: Take) -> None:
    lines = staff_csv(staff_row(Position_Title="two\nlines"), staff_row(), staff_row())
    parts = lines.split("\r\n")
    parts[2] += ",surplus"
    write_text(home.landing / STAFF, "\r\n".join(parts))
    result = take()
    assert (result.new[0].rows_read, result.new[0].rows_loaded) == (3, 2)
    assert "the row has 26 cells where the heading row has 25 (1 row, line 4)" in result.findings[0].sentence
    kept = list(csv.reader(next(home.quarantine.iterdir()).open(encoding="utf-8")))
    assert kept[1][0] == "4"
    assert kept[1][2] == "surplus"


def test_a_quotation_mark_that_runs_on_refuses_the_file_with_its_line(home: Home, take: Take, ask: Ask) -> None:
    text = staff_csv(staff_row(), staff_row(Position_Title="@"), staff_row(), staff_row(Position_Title="a, b"))
    write_text(home.landing / STAFF, text.replace("@", '"Paramedic'))
    load = take().new[0]
    assert load.outcome == "refused"
    assert (load.reason or "").startswith("Line 3: a quotation mark")
    assert ask("select count(*) from raw.esr_staff_list") == [(0,)]


def test_two_quotation_marks_that_swallow_a_person_between_them_refuse_the_file(home: Home, take: Take) -> None:
    """The reader sees one good row with a text of two lines; the person of line 3 would vanish."""
    text = staff_csv(staff_row(Position_Title="@"), staff_row(Position_Title="#"), staff_row())
    write_text(home.landing / STAFF, text.replace("@", '"Paramedic').replace("#", 'Paramedic"'))
    load = take().new[0]
    assert (load.outcome, load.rows_loaded) == ("refused", 0)
    assert (load.reason or "").startswith("Line 2: a quotation mark")


def test_a_long_text_of_several_lines_with_commas_is_no_swallowed_row(home: Home, take: Take) -> None:
    prose = "First, we met, and then,\nas planned, we wrote, agreed, costed, checked, signed, sent, and closed it."
    row = {"Plan": "WRES action plan", "Reference": "1", "Action": prose}
    write_csv(home.landing / "plan/plan_2025-03-31.csv", "plan_actions", [row])
    assert take().new[0].rows_loaded == 1


def test_a_misplaced_quotation_mark_within_one_line_rejects_that_row_alone(home: Home, take: Take) -> None:
    text = staff_csv(staff_row(), staff_row(Position_Title="@"), staff_row())
    write_text(home.landing / STAFF, text.replace("@", '"Para"medic'))
    load = take().new[0]
    assert (load.rows_read, load.rows_loaded, load.rows_rejected) == (3, 2, 1)
    assert 'Para""medic' in next(home.quarantine.iterdir()).read_text(encoding="utf-8")


def test_a_workbook_as_esr_bi_prints_it(home: Home, take: Take, ask: Ask) -> None:
    """Title block, blank first column, real dates, serial numbers, floats for employee numbers, totals row."""
    columns = headings("esr_staff_list")
    first = staff_row() | {"Employee Number": 20311234.0, "Assignment Number": "20311234-2", "FTE": 0.6}
    first |= {"Date Of Birth": datetime.datetime(1990, 6, 15), "Latest Start Date": 45747}
    second = staff_row(Gender="Male   ") | {"Employee Number": "20311235.0", "Assignment Number": 20311235.0}
    rows = [[], [None, "Staff List"], [], [None, *columns]]
    rows += [[None, *row.values()] for row in (first, second)] + [[None, "Total", *[None] * 11, 1.6]]
    write_workbook(
        home.landing / "esr_staff_list/esr_staff_list_2025-03-31.xlsx", {"Cover": [["Report"]], "Data": rows}
    )
    load = take().new[0]
    assert (load.outcome, load.rows_read, load.rows_loaded) == ("loaded", 2, 2), load.reason
    assert load.reason == "1 totals row at the end left out."
    assert ask(
        "select employee_number, assignment_number, fte::double, date_of_birth, latest_start_date, gender, file_line "
        "from raw.esr_staff_list order by file_line"
    ) == [
        ("20311234", "20311234-2", 0.6, datetime.date(1990, 6, 15), datetime.date(2025, 3, 31), "Female", 5),
        ("20311235", "20311235", 1.0, datetime.date(1990, 6, 15), datetime.date(2019, 4, 1), "Male", 6),
    ]


def test_a_workbook_with_the_table_on_two_sheets_is_refused(home: Home, take: Take) -> None:
    table = [headings("esr_staff_list"), list(staff_row().values())]
    write_workbook(home.landing / "esr_staff_list/esr_staff_list_2025-03-31.xlsx", {"Old": table, "New": table})
    assert "2 sheets hold the headings" in (take().new[0].reason or "")


@pytest.mark.parametrize("name", ["esr_staff_list_2025-03-31.xlsx", "esr_staff_list_2025-03-31.csv"])
def test_a_damaged_workbook_is_refused_in_words(home: Home, take: Take, name: str) -> None:
    path = home.landing / "esr_staff_list" / name
    path.write_bytes(b"PK\x03\x04 and then nothing")
    load = take().new[0]
    assert load.outcome == "refused"
    assert "workbook" in (load.reason or "")


def test_the_esr_bi_gender_pay_gap_workbook(home: Home, take: Take, ask: Ask) -> None:
    """Two summary blocks in rows 3 to 7 hold some of the headings; the employee list begins at row 9."""
    blocks = [
        [],
        ["Gender Pay Gap"],
        ["Gender", "Avg. Hourly Rate", "Median Hourly Rate", None, "Quartile", "Female", "Male", "Female %", "Male %"],
        ["Female", 18.2, 17.5, None, 1, 10, 12, 45.45, 54.55],
        ["Male", 19.1, 18.6, None, 2, 11, 11, 50, 50],
        ["Difference", 0.9, 1.1, None, 3, 11, 11, 50, 50],
        ["Pay Gap %", 4.71, 5.91, None, 4, 9, 13, 40.9, 59.1],
        [],
        [None, "Employee Number", "Assignment", "Gender", "Hourly Rate", "Grade", "Quartile"],
        [None, 20311234.0, "20311234", "Female", 18.236, "XR05", 2],
        [None, 20311235.0, "20311235", "Male", 25.5, "XR06", 4],
    ]
    write_workbook(home.landing / "pay/esr_bi_gender_pay_gap_2025-03-31.xlsx", {"Report": blocks})
    load = take().new[0]
    assert (load.dataset, load.rows_read, load.rows_loaded) == ("pay_esr_bi_hourly", 2, 2), load.reason
    assert load.columns_ignored == ("column 3", "column 6")
    assert ask(
        "select employee_number, gender, hourly_rate_gbp::double, quartile, file_line from raw.pay_esr_bi_hourly"
    ) == [
        ("20311234", "Female", 18.236, "2", 10),
        ("20311235", "Male", 25.5, "4", 11),
    ]


def test_every_other_source_loads_from_its_contract(home: Home, take: Take, ask: Ask) -> None:
    rows = {
        "recruitment/recruitment_2025-03-31.csv": (
            "recruitment_applications",
            {"Application ID": "A1", "Internal Applicant": "N", "Applied Date": "01/05/2024", "Shortlisted": "Yes"}
            | {"Interviewed": "Y", "Appointed": "N", "Ethnic Origin": "WHITE - British"},
        ),
        "employee_relations/employee_relations_2025-03-31.csv": (
            "employee_relations_cases",
            {"Case Reference": "C1", "Employee Number": "1", "Case Type": "Disciplinary", "Stage": "Formal"},
        ),
        "learning/learning_2025-03-31.csv": (
            "learning_completions",
            {"Employee Number": "1", "Course": "x", "Course Type": "CPD", "Completed Date": "2025-01-31"},
        ),
        "staff_survey/staff_survey_breakdown_2024.csv": (
            "staff_survey_breakdown",
            {"Survey Year": "2024", "Question": "Q15", "Characteristic": "Ethnicity", "Group": "White"}
            | {"Value": "-", "Base": "-"},
        ),
        "pay/pay_2025-03-31.csv": (
            "pay_assignments",
            {"Employee Number": "1", "Assignment Number": "1-2", "Pay Period Start": "01/03/2025"}
            | {"Pay Period End": "31/03/2025", "Basic Pay": "£2,500.10", "Overtime": "-12.5"},
        ),
        "board/board_2025-03-31.csv": (
            "board_members",
            {
                "Member Reference": "M1",
                "Voting": "Y",
                "Executive": "N",
                "From Date": "01/01/2020",
                "To Date": "31-DEC-4712",
            },
        ),
        "freedom_to_speak_up/freedom_to_speak_up_2025-03-31.csv": (
            "freedom_to_speak_up_concerns",
            {"Concern Reference": "F1", "Raised Date": "45747"},
        ),
        "staff_networks/staff_networks_2025-03-31.csv": (
            "staff_networks_members",
            {"Network": "B-ME", "As At Date": "31/03/2025", "Members": "1,204"},
        ),
        "eds/eds_2025-03-31.csv": ("eds_scores", {"Outcome": "1A", "Score": "2", "Evidence": "two\nlines, quoted"}),
        "plan/statements_2025-03-31.csv": ("plan_statements", {"Item": "wdes_9b", "Answer": "Yes"}),
        "plan/plan_2025-03-31.csv": ("plan_actions", {"Plan": "WRES action plan", "Reference": "1", "Action": "do"}),
    }
    for relative, (dataset, row) in rows.items():
        write_csv(home.landing / relative, dataset, [row])
    result = take()
    assert {load.dataset: load.rows_loaded for load in result.new} == {name: 1 for name, _ in rows.values()}
    assert [load.dataset for load in result.new] == [name for name, _ in rows.values()]
    assert ask("select value, base, as_at_date from raw.staff_survey_breakdown") == [
        (None, None, datetime.date(2024, 12, 31))
    ]
    assert ask("select basic_pay_gbp::double, overtime_gbp::double from raw.pay_assignments") == [(2500.1, -12.5)]
    assert ask("select members_count from raw.staff_networks_members") == [(1204,)]
    assert ask("select raised_date from raw.freedom_to_speak_up_concerns") == [(datetime.date(2025, 3, 31),)]


def test_all_raw_tables_are_there_after_the_first_run_without_any_file(take: Take, ask: Ask) -> None:
    assert take().new == []
    datasets, records = 14, 2  # the landing files, the load record and the ledger of approved figures
    assert ask("select count(*) from information_schema.tables where table_schema = 'raw'") == [(datasets + records,)]


def test_the_official_staff_survey_workbook(home: Home, take: Take, ask: Ask, shared_data: Path) -> None:
    """LAS in the published spreadsheets: at least once is everyone but Never."""
    name = "nss24_organisational_results.xlsx"
    (home.landing / "staff_survey" / name).write_bytes((shared_data / name).read_bytes())
    load = take().new[0]
    assert (load.outcome, load.rows_rejected, load.as_at_date) == ("loaded", 0, datetime.date(2024, 12, 31)), (
        load.reason
    )
    assert load.columns_ignored == ("column 4", "column 5")
    assert load.reason == "1 sheet without a table left out."
    never = dict(
        ask(
            "select split_part(question, ' - ', 1), round(100 - value, 1)::double from raw.staff_survey_organisation "
            "where surveyed_organisation_code = 'RRU' and answer = '% Never' and question similar to 'Q14[abc] .*'"
        )
    )
    assert never == {"Q14a": 46.5, "Q14b": 10.9, "Q14c": 15.8}
    assert (
        ask(
            "select value, base from raw.staff_survey_organisation where surveyed_organisation_code = 'RRU' "
            "and question like 'Q15 %' and answer = '% Yes'"
        )[0][1]
        > 5000
    )
    sheets, organisations, hidden = ask(
        "select count(distinct sheet), count(distinct surveyed_organisation_code), count(*) filter (value is null) "
        "from raw.staff_survey_organisation"
    )[0]
    assert (sheets, organisations) == (16, 263)
    assert hidden == 645
    assert ask("select count(*) from raw.staff_survey_organisation where trim(question) = '' or trim(answer) = ''") == [
        (0,)
    ]


def test_a_survey_workbook_gives_each_answer_its_question_and_base(home: Home, take: Take, ask: Ask) -> None:
    sheet = [
        ["WEIGHTED Results", *[None] * 3, "Q1 - Do you?", None, None, "Q2 - How often?", None],
        ["note"],
        [
            "ODS code",
            "Organisation name",
            "Benchmarking group",
            "Weighting",
            "% Yes",
            "% No",
            "Base (number)",
            "% Never",
            "Base",
        ],
        ["XPT", "Test", "Ambulance", "Weighted", 60.5, 39.5, 200.0, "-", "-"],
    ]
    write_workbook(
        home.landing / "staff_survey/nss24_organisational_results.xlsx", {"Notes": [["x"]], "JOB Q1-2": sheet}
    )
    assert take().new[0].rows_read == 3
    assert ask("select sheet, question, answer, value::double, base, file_line from raw.staff_survey_organisation") == [
        ("JOB Q1-2", "Q1 - Do you?", "% Yes", 60.5, 200, 4),
        ("JOB Q1-2", "Q1 - Do you?", "% No", 39.5, 200, 4),
        ("JOB Q1-2", "Q2 - How often?", "% Never", None, None, 4),
    ]


def test_a_survey_sheet_whose_headings_have_changed_refuses_the_workbook(home: Home, take: Take) -> None:
    """It must not be passed over like a page of notes."""
    question = [*[None] * 4, "Q1 - Do you?", None]
    names = ["Organisation name", "Benchmarking group", "Weighting", "% Yes", "Base"]
    row = ["XPT", "Test", "Ambulance", "Weighted", 60.5, 200.0]
    sheets = {"A": [question, ["ODS code", *names], row], "B": [question, ["Trust", *names], row]}
    write_workbook(home.landing / "staff_survey/nss24_organisational_results.xlsx", sheets)
    load = take().new[0]
    assert (load.outcome, load.rows_loaded) == ("refused", 0)
    assert (load.reason or "").startswith("Sheet 2: Required column missing: ODS code.")
