"""A person's rights: everything that is held is found, who was erased stays erased, and a rectification is followed."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from flows.cli import main
from flows.configure import Settings
from flows.connect import connect
from flows.hold import lift, place
from flows.home import Home
from flows.ingest import IngestResult, ingest
from flows.ingest.forget import key_path, list_path
from flows.ingest.refuse import IngestBroken
from flows.person import (
    PersonError,
    answer,
    erase,
    follow_up,
    rectify,
    requests,
    requests_path,
    take_back,
    tell_requests,
)
from flows.record import new_run
from tests.ingest.conftest import staff_row, write_workbook
from tests.small_trust import headings, staff_list, write_csv

Rows = list[tuple[Any, ...]]
Take = Callable[[], IngestResult]
NUMBER, OTHER = "20304050", "10000001"
MARKER = "Warden of the Zyxwvut"
FACTS = (
    "select load_id, rows_read, rows_loaded, rows_rejected, rows_duplicate, rejections, purged_on from raw.loads "
    "order by load_id"
)
STAFF = "select * exclude loaded_at from raw.esr_staff_list order by load_id, file_line"


@pytest.fixture
def take(settings: Settings, home: Home) -> Take:
    """Run ingest once, in silence."""
    return lambda: ingest(settings, home, say=lambda line: None)


@pytest.fixture
def a_life(home: Home, take: Take) -> None:
    """The person in two snapshots (once with a text over three lines), in a workbook, as a rejected row, as a manager.

    Loads 1 and 2 are snapshots, 3 is pay, 4 a list of completions of which the person's is rejected.
    """
    me = {"Employee Number": NUMBER, "Position Title": MARKER}
    staff_list(home.landing, "2025-02-28", [{}, me | {"Job Role": "over\nthree\nlines"}, {}])
    rows = [staff_row(Employee_Number=one) for one in (OTHER, NUMBER, "10000003")]
    cells = [
        [*headings("esr_staff_list"), "Manager"],
        *([*row.values(), manager] for row, manager in zip(rows, ("", "", NUMBER), strict=True)),
    ]
    write_workbook(home.landing / "esr_staff_list/esr_staff_list_2025-03-31.xlsx", {"Notes": [["made"]], "Data": cells})
    pay = {"Assignment Number": "", "Pay Period Start": "01/03/2025", "Pay Period End": "31/03/2025", "Basic Pay": "1"}
    write_csv(
        home.landing / "pay/pay_2025-03-31.csv",
        "pay_assignments",
        [pay | {"Employee Number": one, "Assignment Number": f"{one}-2"} for one in (NUMBER, OTHER)],
    )
    done = {"Course": "Leading", "Course Type": "CPD", "Completed Date": "01/05/2024"}
    write_csv(
        home.landing / "learning/learning_2025-03-31.csv",
        "learning_completions",
        [done | {"Employee Number": OTHER}, done | {"Employee Number": NUMBER, "Completed Date": MARKER}],
    )
    take()


def ask(home: Home, query: str) -> Rows:
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        return con.execute(query).fetchall()


def state(home: Home) -> tuple[Rows, Rows, dict[str, bytes]]:
    return ask(home, FACTS), ask(home, STAFF), {path.name: path.read_bytes() for path in home.quarantine.iterdir()}


def everywhere(home: Home, *words: str) -> set[str]:
    """The files of the private part that hold one of the words in any byte, workbooks unpacked."""
    found = set()
    for path in home.private.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            if path.suffix == ".xlsx":
                content = b"".join(_unpacked(path))
            found |= {path.name for word in words if word.encode() in content}
    return found


def _unpacked(path: Path) -> list[bytes]:
    import zipfile

    with zipfile.ZipFile(path) as packed:
        return [packed.read(name) for name in packed.namelist()]


@pytest.mark.usefixtures("a_life")
def test_an_answer_finds_every_place_that_holds_the_person(settings: Settings, home: Home) -> None:
    (home.scratch / "errors").mkdir()
    (home.scratch / "errors" / "one.txt").write_text(f"could not cast '{NUMBER}'", encoding="utf-8")
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute("create schema intermediate")
        con.execute("create table intermediate.int_people as select ? as person_key, 'North' as directorate", [_key()])
    found = answer(settings, home, NUMBER, "A. Tester", "SAR-1")
    rooms = {one.room: found.count(one.room) for one in found.held}
    assert rooms == {
        "warehouse": 3,
        "quarantine": 1,
        "kept copies": 5,
        "landing folder": 5,
        "under the pseudonym": 1,
        "other files that quote the number": 1,
    }
    rows = [row for one in found.held for row in one.rows]
    assert rows[0]["Position Title"] == MARKER
    assert rows[0]["Date Of Birth"] == "1990-06-15"
    assert [row["directorate"] for row in rows if "directorate" in row] == ["North"]
    assert "TRAC / NHS Jobs applications" in found.not_asked
    assert answer(settings, home, "99999999", "A. Tester", "SAR-2").held == ()


def _key() -> str:
    import hashlib
    import hmac

    secret = os.environ["PARITY_PSEUDONYM_SECRET"].encode()
    return hmac.new(secret, NUMBER.encode(), hashlib.sha256).hexdigest()


@pytest.mark.usefixtures("a_life")
def test_no_record_of_a_request_holds_the_number(settings: Settings, home: Home) -> None:
    answer(settings, home, NUMBER, "A. Tester", "SAR-1")
    rectify(settings, home, NUMBER, "A. Tester", "REC-1", ["Gender"])
    erase(settings, home, NUMBER, "A. Tester", "ER-1")
    assert [one["kind"] for one in requests(home) if "kind" in one] == ["access", "rectification", "erasure"]
    assert NUMBER not in requests_path(home).read_text(encoding="utf-8") + list_path(home).read_text(encoding="utf-8")
    assert len({one["person"] for one in requests(home) if "kind" in one}) == 1


@pytest.mark.usefixtures("a_life")
def test_an_erased_person_is_in_no_byte_of_the_private_part(settings: Settings, home: Home) -> None:
    (home.scratch / "errors").mkdir()
    (home.scratch / "errors" / "one.txt").write_text(f"could not cast '{NUMBER}'", encoding="utf-8")
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute("checkpoint")
    assert len(everywhere(home, NUMBER, MARKER)) >= 6
    done = erase(settings, home, NUMBER, "A. Tester", "ER-1")
    assert everywhere(home, NUMBER, MARKER) == set()
    assert sum(one.raw_rows for one in done.erased) == 3
    assert [one.mentions for one in done.erased if one.mentions] == [1]
    assert sorted(done.landing) == [
        "landing/esr_staff_list/esr_staff_list_2025-02-28.csv",
        "landing/esr_staff_list/esr_staff_list_2025-03-31.xlsx",
        "landing/learning/learning_2025-03-31.csv",
        "landing/pay/pay_2025-03-31.csv",
    ]


@pytest.mark.usefixtures("a_life")
def test_rows_read_stay_loaded_plus_rejected_and_everybody_else_stays(settings: Settings, home: Home) -> None:
    others = f"select * exclude loaded_at from raw.esr_staff_list where employee_number <> '{NUMBER}' order by all"
    before = ask(home, others)
    erase(settings, home, NUMBER, "A. Tester", "ER-1")
    counts = ask(home, "select rows_read, rows_loaded, rows_rejected from raw.loads")
    assert sorted(counts) == [(2, 1, 1), (2, 1, 1), (3, 2, 1), (3, 2, 1)]
    assert ask(home, others) == before
    for path in home.quarantine.iterdir():
        with path.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.reader(handle))[1:]
        load_id = int(path.name.split("_")[0])
        assert [(len(rows),)] == ask(home, f"select rows_rejected from raw.loads where load_id = {load_id}")
        assert all(not any(row[2:]) for row in rows)


@pytest.mark.usefixtures("a_life")
def test_an_erased_person_stays_erased_in_a_warehouse_that_is_built_anew(
    settings: Settings, home: Home, take: Take
) -> None:
    erase(settings, home, NUMBER, "A. Tester", "ER-1")
    before = state(home)
    home.warehouse.unlink()
    for path in home.quarantine.iterdir():
        path.unlink()
    result = take()
    assert [one.name for one in result.findings if one.severity != "info"] == []
    assert state(home) == before
    assert everywhere(home, NUMBER, MARKER) == set()


@pytest.mark.usefixtures("a_life")
def test_an_older_warehouse_that_is_brought_back_loses_the_erased_person_again(
    settings: Settings, home: Home, take: Take
) -> None:
    older = home.warehouse.read_bytes()
    erase(settings, home, NUMBER, "A. Tester", "ER-1")
    before = state(home)
    home.warehouse.write_bytes(older)
    take()
    assert state(home) == before


@pytest.mark.usefixtures("a_life")
def test_an_older_backup_with_the_newer_ledger_loses_the_erased_person_again(
    settings: Settings, home: Home, take: Take
) -> None:
    older = {
        path: path.read_bytes() for path in home.private.rglob("*") if path.is_file() and path.parent != home.ledger
    }
    erase(settings, home, NUMBER, "A. Tester", "ER-1")
    before = state(home)
    for path in (*home.copies.iterdir(), *home.quarantine.iterdir()):
        path.unlink()
    for path, content in older.items():
        path.write_bytes(content)
    take()
    assert everywhere(home, NUMBER, MARKER) == set()
    assert state(home) == before


@pytest.mark.usefixtures("a_life")
def test_an_encrypted_warehouse_stays_encrypted_when_it_is_written_anew(
    settings: Settings, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARITY_WAREHOUSE_KEY", "a key for tests that is long enough to be one")
    closed = settings.model_copy(update={"database": settings.database.model_copy(update={"encrypt": True})})
    home.warehouse.unlink()
    shut = Home.of(closed)
    ingest(closed, shut, say=lambda line: None)
    erase(closed, shut, NUMBER, "A. Tester", "ER-1")
    with pytest.raises(duckdb.Error):
        duckdb.connect(str(home.warehouse), read_only=True)
    with connect(shut, read_only=True) as con:
        assert con.execute("select count(*) from raw.esr_staff_list").fetchall() == [(4,)]
    assert everywhere(home, NUMBER, MARKER) == set()


@pytest.mark.usefixtures("a_life")
def test_the_night_purges_and_follows_requests_where_it_takes_files_in(settings: Settings, home: Home) -> None:
    from flows.nightly import Night
    from flows.nightly import take_in as step

    rules = settings.retention.model_copy(update={"loads_years": 1, "purge_nightly": True})
    settings = settings.model_copy(update={"retention": rules})
    staff_list(home.landing, "2023-03-31", [{}])
    ingest(settings, home, say=lambda line: None)
    rectify(settings, home, NUMBER, "A. Tester", "REC-1", ["Gender"])
    rows = [{}, {"Employee Number": NUMBER, "Gender": "Male"}, {}]
    for date in ("2025-02-28", "2025-03-31"):
        staff_list(home.landing, date, rows, version=2)
    night = Night(settings, home, new_run("XPT", settings.as_of_date), lambda line: None)
    step.fn(night)  # type: ignore[attr-defined]  # the step without Prefect around it
    told = {one.name: one.severity for one in night.run.findings}
    assert (told["purged"], told["rectification_1"]) == ("info", "info")
    assert ask(home, "select count(*) from raw.esr_staff_list where as_at_date < '2024-01-01'") == [(0,)]


@pytest.mark.usefixtures("a_life")
def test_an_erased_person_stays_erased_when_files_are_dropped_again(settings: Settings, home: Home, take: Take) -> None:
    erase(settings, home, NUMBER, "A. Tester", "ER-1")
    for path in (path for path in home.landing.rglob("*") if path.is_file()):
        os.utime(path, ns=(1, 1))
    assert {load.outcome for load in take().new} == {"seen"}
    staff_list(home.landing, "2025-04-01", [{"Employee Number": NUMBER.lstrip("2"), "FTE": "0.5"}, {}])
    staff_list(home.landing, "2025-04-02", [{"Employee Number": f" {NUMBER}.0", "Position Title": MARKER}, {}])
    path = staff_list(home.landing, "2025-04-03", [{}, {}])
    path.write_text(path.read_text(encoding="utf-8") + f"{NUMBER},{MARKER}\n", encoding="utf-8")
    result = take()
    assert [(load.rows_read, load.rows_loaded, load.rows_rejected) for load in result.new] == [
        (2, 2, 0),
        (2, 1, 1),
        (3, 2, 1),
    ]
    assert everywhere(home, NUMBER, MARKER) == set()
    assert "rows_rejected" not in [one.name for one in result.findings]
    told = [one for one in result.findings if one.name == "rows_erased" and "2025-04" in one.places[0]]
    assert [(one.severity, one.counts) for one in told] == [("info", {"rows_erased": 1})] * 2
    before = state(home)
    home.warehouse.unlink()
    take()
    assert state(home) == before


@pytest.mark.usefixtures("a_life")
def test_a_legal_hold_keeps_a_person_in_its_loads_until_it_is_lifted(
    settings: Settings, home: Home, take: Take
) -> None:
    hold, _ = place(home, "A. Tester", "a claim", load_ids=[1])
    done = erase(settings, home, NUMBER, "A. Tester", "ER-1")
    assert [load.load_id for load in done.held] == [1]
    theirs = f"select load_id from raw.esr_staff_list where employee_number = '{NUMBER}'"
    assert ask(home, theirs) == [(1,)]
    home.warehouse.unlink()
    take()
    assert ask(home, theirs) == [(1,)]
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute("create schema intermediate")
        con.execute("create table intermediate.int_staff_snapshots as select 'made of the held rows' as directorate")
    lift(home, hold.hold_id, "A. Tester", "settled")
    take()
    assert ask(home, theirs) == []
    assert ask(home, "select count(*) from duckdb_tables() where schema_name <> 'raw'") == [(0,)]
    assert everywhere(home, NUMBER, MARKER) == set()
    home.warehouse.unlink()
    take()
    assert ask(home, theirs) == []


@pytest.mark.usefixtures("a_life")
def test_a_copy_without_the_person_is_damaged_like_any_other(settings: Settings, home: Home, take: Take) -> None:
    erase(settings, home, NUMBER, "A. Tester", "ER-1")
    copy = next(path for path in home.copies.glob("*.erased.csv") if b"Org L3" in path.read_bytes())
    copy.write_bytes(copy.read_bytes().replace(b"Camden", b"Deptford"))
    for path in (path for path in home.landing.rglob("*") if path.is_file()):
        path.unlink()
    home.warehouse.unlink()
    assert "load_lost_at_rebuild" in [one.name for one in take().findings]


@pytest.mark.usefixtures("a_life")
def test_two_people_are_erased_one_after_the_other(settings: Settings, home: Home, take: Take) -> None:
    erase(settings, home, NUMBER, "A. Tester", "ER-1")
    erase(settings, home, OTHER, "A. Tester", "ER-2")
    before = state(home)
    assert ask(home, "select rows_read, rows_loaded, rows_rejected from raw.loads where load_id = 4") == [(2, 0, 2)]
    home.warehouse.unlink()
    assert [one.name for one in take().findings if one.severity != "info"] == []
    assert state(home) == before
    assert everywhere(home, NUMBER, OTHER) == set()


@pytest.mark.usefixtures("a_life")
def test_who_is_taken_back_is_loaded_from_new_files(settings: Settings, home: Home, take: Take) -> None:
    erase(settings, home, NUMBER, "A. Tester", "ER-1")
    take_back(settings, home, NUMBER, "A. Tester", "came back")
    staff_list(home.landing, "2025-04-01", [{"Employee Number": NUMBER}])
    take()
    theirs = f"select load_id from raw.esr_staff_list where employee_number = '{NUMBER}'"
    assert ask(home, theirs) == [(5,)]
    home.warehouse.unlink()
    take()
    assert ask(home, theirs) == [(5,)]


@pytest.mark.usefixtures("a_life")
def test_a_list_without_its_key_stops_ingest(settings: Settings, home: Home, take: Take) -> None:
    erase(settings, home, NUMBER, "A. Tester", "ER-1")
    key_path(home).unlink()
    with pytest.raises(IngestBroken, match="they would come back"):
        take()


@pytest.mark.usefixtures("a_life")
def test_a_number_that_nothing_is_held_on_is_not_erased(settings: Settings, home: Home) -> None:
    for wrong in ("99999999", "123456789", "12a", ""):
        with pytest.raises(PersonError):
            erase(settings, home, wrong, "A. Tester", "ER-1")
    with pytest.raises(PersonError):
        take_back(settings, home, NUMBER, "A. Tester", "was never erased")
    assert requests(home) == []


@pytest.mark.usefixtures("a_life")
def test_a_rectification_waits_for_the_corrected_file_and_says_when_it_has_come(
    settings: Settings, home: Home, take: Take
) -> None:
    made = rectify(settings, home, NUMBER, "A. Tester", "REC-1", ["Ethnic Origin"])
    assert [(one.load_id, one.file_name) for one in made.awaited] == [
        (1, "esr_staff_list_2025-02-28_v2.csv"),
        (2, "esr_staff_list_2025-03-31_v2.xlsx"),
    ]
    assert tell_requests(settings, home) == []
    same = {"Employee Number": NUMBER, "Position Title": MARKER, "Job Role": "Paramedic"}
    staff_list(home.landing, "2025-02-28", [{}, same, {}], version=2)
    take()
    assert [(one.come_as, one.is_changed) for one in follow_up(settings, home)[0].awaited] == [(5, False), (None, None)]
    told = tell_requests(settings, home)
    assert [(one.name, one.severity) for one in told] == [("rectification_1", "warning")]
    assert "says the same as before" in told[0].sentence
    changed = same | {"Ethnic Origin": "H Asian or Asian British - Indian"}
    for date, version in (("2025-02-28", 3), ("2025-03-31", 2)):
        staff_list(home.landing, date, [{}, changed, {}], version=version)
    take()
    told = tell_requests(settings, home)
    assert [(one.severity, one.sentence) for one in told] == [
        ("info", "Rectification 1 is met: every corrected file has come.")
    ]
    assert tell_requests(settings, home) == []


@pytest.mark.usefixtures("a_life")
def test_a_rectification_names_columns_that_there_are(settings: Settings, home: Home) -> None:
    with pytest.raises(PersonError, match="No landing file has a column 'colour'"):
        rectify(settings, home, NUMBER, "A. Tester", "REC-1", ["Colour"])
    with pytest.raises(PersonError, match="No current load holds"):
        rectify(settings, home, "99999999", "A. Tester", "REC-1", ["Gender"])


@pytest.mark.usefixtures("a_life")
def test_the_commands_ask_for_the_number_and_write_the_answer_for_their_user_alone(
    settings: Settings, home: Home, tmp_path: Path
) -> None:
    def run(*words: str) -> str:
        result = CliRunner().invoke(main, ["--config", str(settings.source), "person", *words], input=f"{NUMBER}\n")
        assert result.exit_code == 0, result.output
        return result.output

    to = tmp_path / "answer.txt"
    said = run("access", "--reference", "SAR-1", "--to", str(to))
    assert MARKER not in said
    assert MARKER in to.read_text(encoding="utf-8")
    assert to.stat().st_mode & 0o777 == 0o600
    assert "must come: esr_staff_list_2025-02-28_v2.csv" in run("rectify", "--reference", "R", "--heading", "gender")
    assert "must come" in run("requests")
    assert "landing/pay/pay_2025-03-31.csv" in run("erase", "--reference", "ER-1", "--yes")
    assert NUMBER not in run("requests")
