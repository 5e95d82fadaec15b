"""The demonstration's people behave as people of a real trust: they stay who they are, come, go, rise and declare."""

from __future__ import annotations

import duckdb
import pytest

from tests.demo.figures import one


def rows(files: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    return files.execute(query).fetchall()


def test_every_month_has_a_snapshot(files: duckdb.DuckDBPyConnection) -> None:
    found = rows(files, "select distinct snapshot_date from person order by 1")
    months = rows(
        files, "select last_day(d)::date from range(date '2023-03-01', date '2025-04-01', interval 1 month) r(d)"
    )
    assert found == months


@pytest.mark.parametrize("category", ["Bank", "Honorary", "Non-Exec Director/Chair"])
def test_rows_that_must_not_be_counted_are_there_each_month(files: duckdb.DuckDBPyConnection, category: str) -> None:
    months = one(files, f"select count(distinct snapshot_date) from assignment where category = '{category}'")
    assert months == 25
    counted = one(files, f"select count(*) from person where category = '{category}'")
    assert counted == 0


def test_people_whose_only_status_is_out_of_scope_are_not_counted(files: duckdb.DuckDBPyConnection) -> None:
    assert one(files, "select count(*) from assignment where status = 'Inactive Not Worked'") > 100
    assert one(files, "select count(*) from person where status = 'Inactive Not Worked'") == 0


def test_every_status_occurs(files: duckdb.DuckDBPyConnection) -> None:
    assert one(files, "select count(distinct status) from assignment") == 10


def test_people_with_several_assignments_are_counted_once(files: duckdb.DuckDBPyConnection) -> None:
    several = "from assignment where snapshot_date = date '2024-03-31' group by employee having count(*) > 1"
    assert one(files, f"select count(*) from (select employee {several})") > 400
    in_scope = "and category in ('Permanent', 'Fixed Term Temp', 'Locum')"
    two = f"from assignment where snapshot_date = date '2024-03-31' {in_scope} group by employee having count(*) > 1"
    assert one(files, f"select count(*) from (select employee {two})") > 50
    assert one(files, "select max(n) from (select count(*) n from person group by snapshot_date, employee)") == 1


def test_some_are_placed_by_an_assignment_that_is_not_the_primary_one(files: duckdb.DuckDBPyConnection) -> None:
    assert one(files, "select count(*) from person where not is_primary and snapshot_date = date '2024-03-31'") > 0


def test_each_person_has_one_primary_assignment_and_an_eight_digit_number(files: duckdb.DuckDBPyConnection) -> None:
    assert one(files, "select count(*) from assignment where not regexp_matches(employee, '^[1-9][0-9]{7}$')") == 0
    wrong = "group by snapshot_date, employee having sum(is_primary::integer) != 1"
    assert one(files, f"select count(*) from (select employee from assignment {wrong})") == 0
    assert one(files, "select count(*) from assignment where assignment not in (employee, employee || '-2')") == 0


def test_gender_and_birth_never_change(files: duckdb.DuckDBPyConnection) -> None:
    assert (
        one(
            files,
            "select max(n) from (select count(distinct (gender, born, started)) n from assignment group by employee)",
        )
        == 1
    )


@pytest.mark.parametrize("field", ["ethnic_origin", "religion", "orientation", "marital"])
def test_a_declared_characteristic_stays_as_declared(files: duckdb.DuckDBPyConnection, field: str) -> None:
    changed = f"""with seen as (select employee, {field} as value,
            lag({field}) over (partition by employee order by snapshot_date) as before from person)
        select count(*) from seen where before is not null and value != before
        and before not in ('', 'Unspecified', 'Unknown')"""
    assert one(files, changed) == 0


def test_blanks_are_declared_over_time(files: duckdb.DuckDBPyConnection) -> None:
    shares = [
        float(str(row[0]))
        for row in rows(
            files, "select avg((ethnic_origin = '')::integer) from person group by snapshot_date order by snapshot_date"
        )
    ]
    assert shares[0] > shares[12] > shares[24]
    assert shares[0] - shares[24] > 0.02


def test_headcount_moves_smoothly(files: duckdb.DuckDBPyConnection) -> None:
    counted = "select snapshot_date, count(*) as now from person group by snapshot_date"
    moves = f"select now, lag(now) over (order by snapshot_date) as before from ({counted})"
    assert one(files, f"select max(abs(now / before - 1)) from ({moves})") < 0.01


def test_every_directorate_is_there_each_month_and_moves_little(files: duckdb.DuckDBPyConnection) -> None:
    units = "select directorate, snapshot_date, count(*) as people from person group by all"
    assert one(files, f"select min(n) from (select count(*) n from ({units}) group by snapshot_date)") == 10
    moves = (
        f"select people, lag(people) over (partition by directorate order by snapshot_date) as before from ({units})"
    )
    assert one(files, f"select max(abs(people / before - 1)) from ({moves})") < 0.06


@pytest.mark.parametrize(("field", "blanks", "floor"), [
    ("ethnic_origin", "('')", 0.90),
    ("disability", "('', 'Unspecified')", 0.88),
    ("religion", "('', 'Unspecified')", 0.80),
    ("orientation", "('', 'Unspecified')", 0.78),
    ("marital", "('', 'Unknown')", 0.90),
])  # fmt: skip
def test_every_directorate_is_complete_enough_each_month(
    files: duckdb.DuckDBPyConnection, field: str, blanks: str, floor: float
) -> None:
    complete = f"select avg(({field} not in {blanks})::integer) from person group by directorate, snapshot_date"
    assert one(files, f"select min(c) from ({complete}) t(c)") > floor


def test_people_come_go_move_and_rise(files: duckdb.DuckDBPyConnection) -> None:
    pairs = """from person a join person b on a.employee = b.employee
        and a.snapshot_date = date '2024-03-31' and b.snapshot_date = date '2025-03-31'"""
    stayed = one(files, f"select count(*) {pairs}")
    assert 0.86 < stayed / 8146 < 0.93
    assert 1000 < one(files, "select count(*) from person where snapshot_date = date '2025-03-31'") - stayed < 1400
    assert 150 < one(files, f"select count(*) {pairs} where a.directorate != b.directorate") < 700
    ranks = "a.pay_scale[1] = 'X' and b.pay_scale[1] = 'X'"
    risen = one(files, f"select count(*) {pairs} where {ranks} and b.pay_scale[3:] > a.pay_scale[3:]")
    fallen = one(files, f"select count(*) {pairs} where {ranks} and b.pay_scale[3:] < a.pay_scale[3:]")
    assert risen > 250
    assert fallen == 0


def test_nobody_is_born_too_late_to_work(files: duckdb.DuckDBPyConnection) -> None:
    assert one(files, "select min(date_diff('day', born, started)) / 365.25 from assignment") > 17
    assert one(files, "select max(age) from person") < 80
    assert one(files, "select count(*) from assignment where started > snapshot_date") == 0


def test_the_shape_is_an_ambulance_trusts(files: duckdb.DuckDBPyConnection) -> None:
    at = "from person where snapshot_date = date '2024-03-31'"
    found = dict(rows(files, f"select staff_group, count(*) / 8146 {at} group by all"))
    assert 0.40 < found["Allied Health Professionals"] < 0.43  # type: ignore[operator]
    assert 0.06 < found["Estates and Ancillary"] < 0.08  # type: ignore[operator]
    assert one(files, f"select count(*) {at} and staff_group = 'Medical and Dental'") == 9
    assert one(files, f"select count(*) {at} and pay_scale = 'LC01'") > 400


def test_minority_staff_stand_low_and_every_band_but_the_two_highest_improves(files: duckdb.DuckDBPyConnection) -> None:
    band = "case when pay_scale[1] = 'X' then pay_scale[3:] else pay_scale end"
    share = "avg((ethnicity = 'ethnic_minority')::integer)"
    found = {
        (str(scale), int(str(year))): float(str(part))
        for scale, year, part in rows(
            files,
            f"select {band}, year(snapshot_date), {share} from person where month(snapshot_date) = 3 group by all",
        )
    }
    assert found["03", 2024] > found["05", 2024] > found["07", 2024] > found["10", 2024]
    bands = ["LC01", "02", "03", "04", "05", "06", "07", "08", "09", "10"]
    assert [name for name in bands if found[name, 2025] <= found[name, 2024]] == []
    assert [name for name in ("11", "12") if found[name, 2025] > found[name, 2024]] == []


def test_two_year_disciplinary_ratio_is_sensible_too(files: duckdb.DuckDBPyConnection) -> None:
    query = """with entering as (select ethnicity, year_end, count(distinct employee) as n from placed_case
            where case_type = 'Disciplinary' group by all),
        staff as (select ethnicity, count(*) as people from person where snapshot_date = date '2024-03-31' group by all)
        select max(share) filter (ethnicity = 'ethnic_minority') / max(share) filter (ethnicity = 'white') from (
            select ethnicity, sum(n) / 2 / any_value(people) as share
            from entering join staff using (ethnicity) where year_end in (2023, 2024) group by ethnicity)"""
    assert 1.7 < one(files, query) < 2.1
