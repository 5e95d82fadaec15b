"""Every published figure that the demonstration's files can give, computed from them by SQL that knows no generator."""

from __future__ import annotations

from pathlib import Path

import duckdb

Key = tuple[str, str, str, str, str]
"""Framework, indicator, measure, population and period, as `published_figures.csv` of the references spells them."""

SHARE = "share of workforce"
APPOINTMENT = "relative likelihood of appointment from shortlisting"
DISCIPLINARY = "relative likelihood of entering formal disciplinary"
TRAINING = "relative likelihood of non-mandatory training and CPD"
PAY_MEAN, PAY_MEDIAN = "mean hourly pay gap", "median hourly pay gap"
DAYS = {2024: "2024-03-31", 2025: "2025-03-31"}
FRONT_LINE = "('Ambulance Operations North', 'Ambulance Operations South', '999 Operations Centres')"
OPERATIONAL = (
    "('Allied Health Professionals', 'Additional Clinical Services', 'Nursing and Midwifery Registered',"
    " 'Medical and Dental')"
)
SURVEY = {
    ("wres", "5"): ("harassment bullying or abuse from the public", "Q14a"),
    ("wres", "6"): ("harassment bullying or abuse from staff", "Q14b_c"),
    ("wres", "7"): ("believes in equal opportunities for progression", "Q15"),
    ("wres", "8"): ("discrimination from manager or colleagues", "Q16b"),
    ("wdes", "4a_i"): ("harassment bullying or abuse from the public", "Q14a"),
    ("wdes", "4a_ii"): ("harassment bullying or abuse from managers", "Q14b"),
    ("wdes", "4a_iii"): ("harassment bullying or abuse from colleagues", "Q14c"),
    ("wdes", "4b"): ("reported the last incident", "Q14d"),
    ("wdes", "5"): ("believes in equal opportunities for progression", "Q15"),
    ("wdes", "6"): ("felt pressure to come to work when not well enough", "Q11e"),
    ("wdes", "7"): ("feels that the organisation values their work", "Q4b"),
    ("wdes", "8"): ("adequate reasonable adjustments made", "Q31b"),
    ("wdes", "9a"): ("staff engagement score", "engagement"),
}
PROFILE = {
    ("disability", "declared disability or long-term condition"): "disability = 'Yes'",
    ("disability", "did not want to declare"): "disability = 'Prefer Not To Answer'",
    ("gender", "female"): "gender = 'Female'",
    ("ethnicity", "ethnic minority"): "ethnicity = 'ethnic_minority'",
    ("ethnicity", "blank"): "ethnic_origin = ''",
    ("age", "21-30"): "age between 21 and 30",
    ("marital_status", "single"): "marital = 'Single'",
    ("religion", "declares that they follow a religion"): (
        "religion not in ('', 'Atheism', 'Unspecified') and religion not like 'I do not wish%'"
    ),
    ("religion", "Christianity"): "religion = 'Christianity'",
    ("religion", "Other"): "religion = 'Other'",
    ("religion", "Islam"): "religion = 'Islam'",
    ("sexual_orientation", "LGBTQIA+"): (
        "orientation in ('Gay or Lesbian', 'Bisexual', 'Other sexual orientation not listed')"
    ),
    ("sexual_orientation", "unspecified"): "orientation = 'Unspecified'",
    ("staff_group", "operational"): f"staff_group in {OPERATIONAL}",
    ("staff_group", "operational support and corporate"): f"staff_group not in {OPERATIONAL}",
}


def read(landing: Path) -> duckdb.DuckDBPyConnection:
    """Load the landing files into tables of a database in memory."""
    connection = duckdb.connect()
    script = Path(__file__).with_name("figures.sql").read_text(encoding="utf-8")
    connection.execute(script.replace("'landing/", f"'{landing.as_posix()}/"))
    return connection


def one(connection: duckdb.DuckDBPyConnection, query: str) -> float:
    """The one number that a query gives."""
    row = connection.execute(query).fetchone()
    assert row is not None, query
    return float(row[0])


def counts(connection: duckdb.DuckDBPyConnection) -> dict[Key, int]:
    """People behind the profile's shares."""
    return {
        ("workforce_profile", field, SHARE, group, DAYS[2024]): int(
            one(connection, f"select count(*) from person where snapshot_date = date '2024-03-31' and {condition}")
        )
        for (field, group), condition in PROFILE.items()
    }


def compute(connection: duckdb.DuckDBPyConnection) -> dict[Key, float]:
    """Figures in the units that the reports print: percent, ratios, points, people."""
    found: dict[Key, float] = {}
    staff = one(connection, "select count(*) from person where snapshot_date = date '2024-03-31'")
    found |= {key: 100 * count / staff for key, count in counts(connection).items()}
    for year, day in DAYS.items():
        found |= _standards(connection, year, day)
    found |= _survey(connection)
    found |= _pay(connection)
    found |= _culture(connection)
    return found


def _standards(connection: duckdb.DuckDBPyConnection, year: int, day: str) -> dict[Key, float]:
    at = f"snapshot_date = date '{day}'"
    minority = "avg((ethnicity = 'ethnic_minority')::integer) * 100"
    found = {
        ("wres", "1", SHARE, "ethnic minority", day): one(connection, f"select {minority} from person where {at}"),
        ("wdes", "1", SHARE, "disabled", day): one(
            connection, f"select avg((disabled = 'disabled')::integer) * 100 from person where {at}"
        ),
        ("wres", "1", "VSM headcount", "all", day): one(
            connection, f"select count(*) from person where {at} and pay_scale = 'VM01'"
        ),
        ("wres", "2", APPOINTMENT, "white to ethnic minority", day): one(
            connection, _appointment(year, "ethnicity", "white", "ethnic_minority")
        ),
        ("wdes", "2", APPOINTMENT, "non-disabled to disabled", day): one(
            connection, _appointment(year, "disabled", "not_disabled", "disabled")
        ),
        ("wres", "3", DISCIPLINARY, "ethnic minority to white", day): one(connection, _disciplinary(year, day)),
        ("wdes", "3", "entered the formal capability process", "disabled", day): one(
            connection,
            "select count(distinct employee) from placed_case where disabled = 'disabled'"
            f" and case_type = 'Capability - Performance' and year_end in ({year - 1}, {year})",
        ),
        ("wres", "4", TRAINING, "white to ethnic minority", day): one(connection, _training(year, day)),
    }
    voting = f"from board where is_voting and {at}"
    board = one(connection, f"select {minority} {voting}")
    found[("wres", "9", "share of voting board", "ethnic minority", day)] = board
    found[("wres", "9", "board share minus workforce share in percentage points", "ethnic minority", day)] = (
        board - found[("wres", "1", SHARE, "ethnic minority", day)]
    )
    found[("wdes", "10", "share of voting board", "disabled", day)] = one(
        connection, f"select avg((disabled = 'disabled')::integer) * 100 {voting}"
    )
    clinicians = f"from person where {at} and staff_group = 'Allied Health Professionals'"
    found[("workforce_profile", "ethnicity", "share of frontline clinicians", "ethnic minority", day)] = one(
        connection, f"select {minority} {clinicians}"
    )
    return found


def _appointment(year: int, field: str, reference: str, minority: str) -> str:
    return f"""with likelihood as (
        select {field} as label, avg(("Appointed" = 'Y')::integer) as share
        from application where year_end = {year} and "Shortlisted" = 'Y' group by all)
        select max(share) filter (label = '{reference}') / max(share) filter (label = '{minority}') from likelihood"""


def _disciplinary(year: int, day: str) -> str:
    return f"""with entering as (
        select ethnicity, count(distinct employee) as people from placed_case
        where case_type = 'Disciplinary' and year_end = {year} group by all),
        staff as (select ethnicity, count(*) as people from person where snapshot_date = date '{day}' group by all),
        likelihood as (select ethnicity, entering.people / staff.people as share
            from entering join staff using (ethnicity))
        select max(share) filter (ethnicity = 'ethnic_minority') / max(share) filter (ethnicity = 'white')
        from likelihood"""


def _training(year: int, day: str) -> str:
    return f"""with likelihood as (
        select ethnicity, avg((employee in (select employee from completion
            where year_end = {year} and course_type in ('Non-Mandatory', 'CPD')))::integer) as share
        from person where snapshot_date = date '{day}' group by all)
        select max(share) filter (ethnicity = 'white') / max(share) filter (ethnicity = 'ethnic_minority')
        from likelihood"""


def _survey(connection: duckdb.DuckDBPyConnection) -> dict[Key, float]:
    rows = connection.execute("select survey_year, question, respondents, value from survey").fetchall()
    value = {(year, question, group): float(figure) for year, question, group, figure in rows}
    others = "All other ethnic groups"
    found: dict[Key, float] = {}
    for (framework, indicator), (measure, question) in SURVEY.items():
        for year in (2023, 2024):
            groups = {"wres": {"ethnic minority": others, "white": "White"}, "wdes": {"disabled": "Yes"}}[framework]
            found |= {
                (framework, indicator, measure, name, str(year)): value[year, question, group]
                for name, group in groups.items()
            }
    gap = "gap between groups in percentage points"
    for year in (2023, 2024):
        found[("wres", "5", gap, "white minus ethnic minority", str(year))] = (
            value[year, "Q14a", "White"] - value[year, "Q14a", others]
        )
    return found


def quarters(connection: duckdb.DuckDBPyConnection) -> list[float]:
    """Percent women in each quarter of full-pay relevant employees, lowest paid first."""
    rows = connection.execute(
        "with ranked as (select *, ntile(4) over (order by rate, employee) as quarter from paid)"
        " select avg((gender = 'Female')::integer) * 100 from ranked group by quarter order by quarter"
    ).fetchall()
    return [float(share) for (share,) in rows]


def _pay(connection: duckdb.DuckDBPyConnection) -> dict[Key, float]:
    found: dict[Key, float] = {}
    for indicator, population, field, reference, minority in (
        ("gender", "women to men", "gender", "Male", "Female"),
        ("ethnicity", "ethnic minority to white", "ethnicity", "white", "ethnic_minority"),
        ("disability", "disabled to non-disabled", "disabled", "not_disabled", "disabled"),
    ):
        for measure, function in ((PAY_MEAN, "avg"), (PAY_MEDIAN, "median")):
            found[("pay_gap", indicator, measure, population, DAYS[2024])] = one(
                connection,
                f"select 100 * (1 - {function}(rate) filter ({field} = '{minority}')"
                f" / {function}(rate) filter ({field} = '{reference}')) from paid",
            )
    return found


def _culture(connection: duckdb.DuckDBPyConnection) -> dict[Key, float]:
    """Training coverage, concerns, networks, applicants and statements, where one file gives the figure."""
    landing = one_text(connection, "select regexp_replace(max(filename), '/[^/]*/[^/]*$', '') from application")
    found: dict[Key, float] = {}
    course = "Tackling Discrimination and Promoting Inclusivity"
    for year, day in DAYS.items():
        found[("training_coverage", course.lower(), "share of colleagues trained", "all colleagues", day)] = one(
            connection,
            f"select 100 * avg((employee in (select employee from completion where year_end = {year}"
            f" and course = '{course}'))::integer) from person where snapshot_date = date '{day}'",
        )
    concerns = f"from read_csv('{landing}/freedom_to_speak_up/*2024-03-31.csv', all_varchar = true, nullstr = '')"
    speak_up = "freedom_to_speak_up"
    for indicator, population, condition in (
        (
            "theme",
            "bullying and harassment or wellbeing",
            "\"Theme\" in ('Bullying and harassment', 'Worker wellbeing')",
        ),
        ("ethnicity", "raised by ethnic minority colleagues", "ethnic_group(\"Ethnic Origin\") = 'ethnic_minority'"),
        ("gender", "raised by women", "coalesce(\"Gender\" = 'Female', false)"),
    ):
        found[(speak_up, indicator, "share of concerns", population, DAYS[2024])] = one(
            connection, f"select 100 * avg(({condition})::integer) {concerns}"
        )
    networks = f"read_csv('{landing}/staff_networks/*.csv', filename = true)"
    found[("staff_networks", "international network", "members", "members", DAYS[2024])] = one(
        connection,
        f"select \"Members\" from {networks} where \"Network\" like 'International%' and filename like '%2024%'",
    )
    found[("business_plan_2024_25", "2", "target growth in staff network membership", "all networks", DAYS[2025])] = (
        one(
            connection,
            "select 100 * (sum(\"Members\") filter (filename like '%2025%')"
            " / sum(\"Members\") filter (filename like '%2024%')"
            f" - 1) from {networks}",
        )
    )
    found[
        ("positive_action", "call handler to paramedic programme", "share of applicants", "ethnic minority", DAYS[2024])
    ] = one(
        connection,
        "select 100 * avg((ethnicity = 'ethnic_minority')::integer) from application"
        " where year_end = 2024 and \"Post Title\" = 'Call Handler to Paramedic Programme'",
    )
    applicants = "ethnic minority applicants to ambulance operations and 999"
    found[("business_plan_2024_25", "1", "target increase in share of applicants", applicants, DAYS[2025])] = one(
        connection,
        "with share as (select year_end, avg((ethnicity = 'ethnic_minority')::integer) as part from application"
        f' where "Directorate" in {FRONT_LINE} group by all)'
        " select 100 * (max(part) filter (year_end = 2025) / max(part) filter (year_end = 2024) - 1) from share",
    )
    statements = f"read_csv('{landing}/plan/statements_2025-03-31.csv', all_varchar = true)"
    for indicator, measure, population, item in (
        ("senior leaders with EDI objectives", "leaders", "leaders", "leaders_with_edi_objectives"),
        ("independent panel members", "recruited", "members", "independent_panel_members"),
    ):
        framework = "leadership_objectives" if item.startswith("leaders") else "positive_action"
        found[(framework, indicator, measure, population, DAYS[2025])] = one(
            connection, f'select cast("Answer" as integer) from {statements} where "Item" = \'{item}\''
        )
    found[("eds", "overall", "sum of scores", "trust", DAYS[2024])] = one(
        connection,
        'with score as (select "Outcome", median(cast("Score" as integer)) as middle'
        f" from read_csv('{landing}/eds/eds_2024-03-31.csv', all_varchar = true) group by all)"
        " select sum(middle) from score",
    )
    return found


def one_text(connection: duckdb.DuckDBPyConnection, query: str) -> str:
    """The one text that a query gives."""
    row = connection.execute(query).fetchone()
    assert row is not None, query
    return str(row[0])
