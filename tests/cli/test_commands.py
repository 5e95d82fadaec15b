"""What a person meets at the command line: help, one sentence for an error, and an exit code that says how it went."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import duckdb
import pytest
from click.testing import CliRunner, Result

from flows.cli import main
from flows.cli.stop import Stopped, stoppable
from flows.configure import PROJECT, Settings
from flows.home import Home
from flows.ingest import IngestResult
from flows.point import append_line, move_pointer
from tests.cli.test_lock import another_process
from tests.small_trust import staff_list

HEAVY = ("prefect", "dbt", "great_expectations", "pandas", "duckdb", "pydantic", "rich", "apprise", "pyarrow")


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test in a folder of its own; what a command puts into the environment ends with it."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


def parity(*words: str, settings: Settings | None = None, text: str | None = None) -> Result:
    """Run one command in this process; an error of the machine that nobody caught fails the test."""
    config = ["--config", str(settings.source)] if settings else []
    result = CliRunner().invoke(main, [*config, *words], prog_name="parity", input=text)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def release(home: Home) -> str:
    """A release of one small mart, and the pointer on it."""
    name = "20250402T023000Z_000001"
    restricted = home.releases / name / "restricted"
    restricted.mkdir(parents=True)
    with duckdb.connect(str(restricted / "marts.duckdb")) as con:
        con.execute("create schema marts.marts")
        con.execute(
            "create table marts.marts.fruit as select 'apple' as name, 0.25 as share, date '2025-03-31' as picked_date "
            "union all select 'pear', null, null"
        )
    (home.releases / name / "manifest.json").write_text(
        json.dumps({"run_id": name, "published_at": "2025-04-02T02:31:00+00:00", "as_of_date": "2025-04-02"})
    )
    move_pointer(home, name)
    return name


def every_command() -> list[tuple[str, ...]]:
    names: list[tuple[str, ...]] = []
    for name, command in main.commands.items():
        names.append((name,))
        if isinstance(command, click.Group):
            names += [(name, inner) for inner in command.commands]
    return names


@pytest.mark.parametrize("words", every_command(), ids=" ".join)
def test_every_command_explains_itself_with_an_example(words: tuple[str, ...]) -> None:
    said = parity(*words, "--help")
    assert said.exit_code == 0
    assert "Example" in said.output
    assert f"parity {words[0]}" in said.output or "parity --config" in said.output


def test_help_shows_the_commands_and_what_each_exit_code_means() -> None:
    said = parity("--help").output
    assert list(main.commands)[:2] == ["demo", "nightly"], "a newcomer meets these first"
    assert all(f"\n  {name} " in said for name in main.commands)
    for code, meaning in enumerate(("good", "broken", "wrong use", "withheld", "another command", "late")):
        assert f"{code}  {meaning}" in said


def test_help_answers_at_once_because_it_imports_nothing_heavy() -> None:
    program = (
        "import sys; from flows.cli import main; main(['--help'], standalone_mode=False); "
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_an_unknown_command_suggests_what_was_meant() -> None:
    said = parity("nigtly")
    assert said.exit_code == 2
    assert "There is no command 'nigtly'. Did you mean `parity nightly`?" in said.stderr


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ('[organisation]\nname = "T"\nods_code = "XPT"\n[shedule]\ncron = "1"\n', "shedule"),
        ('[organisation]\nname = "T"\nods_code = "XPT"\n[retention]\nreleases_kept = 0\n', "retention.releases_kept"),
        ('[organisation]\nname = "T"\nods_code = "london"\n', "organisation.ods_code"),
    ],
)
def test_a_wrong_key_or_value_is_named(written: str, named: str, tmp_path: Path) -> None:
    config = tmp_path / "wrong.toml"
    config.write_text(written)
    said = parity("--config", str(config), "releases")
    assert said.exit_code == 2
    assert named in said.stderr
    assert "wrong.toml" in said.stderr
    assert "Traceback" not in said.output


def test_without_a_configuration_a_newcomer_is_told_where_to_begin() -> None:
    said = parity("status")
    assert said.exit_code == 2
    assert "parity demo" in said.stderr
    assert "parity.example.toml" in said.stderr


def test_the_demonstration_is_used_where_there_is_no_other_and_that_is_said(settings: Settings) -> None:
    assert settings.source is not None
    Path("var").mkdir()
    Path("var/parity.toml").write_bytes(settings.source.read_bytes())
    said = parity("releases")
    assert said.exit_code == 0
    assert said.stderr == "Using the demonstration's var/parity.toml: there is no parity.toml here.\n"
    Path("parity.toml").write_bytes(settings.source.read_bytes())
    assert parity("releases").stderr == ""


@pytest.mark.parametrize(
    "words",
    [
        ("nightly",),
        ("ingest",),
        ("rollback", "20250402T023000Z_000001", "--why", "wrong month"),
        ("alerts", "send-again"),
    ],
    ids=lambda words: words[0],
)
def test_who_holds_the_home_is_told_and_nothing_is_done(words: tuple[str, ...], settings: Settings, home: Home) -> None:
    with another_process(home) as process:
        said = parity(*words, settings=settings)
    assert said.exit_code == 4
    assert f"process {process.pid} on" in said.stderr
    assert "`parity nightly`" in said.stderr
    assert not list(home.runs.iterdir())


def test_an_error_that_nobody_expected_says_where_but_no_values(
    settings: Settings, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("Jane Example, 12345678")

    monkeypatch.setattr("flows.query.run_sql", broken)
    said = parity("sql", "select 1", settings=settings)
    assert said.exit_code == 1
    assert "ValueError in" in said.stderr
    assert "Traceback (" not in said.stderr
    assert "Jane" not in said.output
    (kept,) = (home.scratch / "errors").iterdir()
    assert str(kept) in said.stderr
    assert "Jane Example" in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_debug_shows_the_traceback(settings: Settings, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("the cause")

    monkeypatch.setattr("flows.query.run_sql", broken)
    said = parity("--debug", "sql", "select 1", settings=settings)
    assert said.exit_code == 1
    assert "Traceback (" in said.stderr
    assert "the cause" in said.stderr
    assert home.root


def test_a_refusal_of_the_machine_is_one_sentence(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "/srv/parity")

    monkeypatch.setattr("flows.query.run_sql", broken)
    said = parity("sql", "select 1", settings=settings)
    assert said.exit_code == 1
    assert said.stderr == "parity: The machine refused it: Permission denied: /srv/parity.\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_night_that_is_stopped_is_said_so_whatever_its_libraries_make_of_it(number: signal.Signals) -> None:
    def library() -> None:
        try:
            os.kill(os.getpid(), number)
            time.sleep(5)
        except KeyboardInterrupt:
            raise ConnectionError("the server is gone") from None

    with pytest.raises(Stopped, match="Readers keep the release that they had"), stoppable():
        library()
    with pytest.raises(ConnectionError), stoppable():
        raise ConnectionError("nobody stopped this one")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_library_that_does_not_let_go_is_left_in_time(name: str) -> None:
    program = f"""
import os, signal, time
from flows.cli import stop
stop.PATIENCE_SECONDS = 0.5
with stop.stoppable():
    signal.signal(signal.{name}, lambda *_: None)
    os.kill(os.getpid(), signal.{name})
    time.sleep(30)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 1
    assert (
        done.stderr
        == "parity: Stopped before the end. Readers keep the release that they had; run it again to go on.\n"
    )


def test_a_home_is_backed_up_and_restored(settings: Settings, home: Home, tmp_path: Path) -> None:
    (home.ledger / "loads.jsonl").write_text("{}\n")
    archive = tmp_path / "backup.tar.gz"
    assert parity("backup", str(archive), settings=settings).exit_code == 0
    assert archive.stat().st_mode & 0o077 == 0
    assert parity("restore", str(archive), "--into", str(tmp_path / "other"), settings=settings).exit_code == 0
    assert (tmp_path / "other/private/ledger/loads.jsonl").read_text() == "{}\n"
    again = parity("restore", str(archive), "--into", str(tmp_path / "other"), settings=settings)
    assert again.exit_code == 2
    assert "not empty" in again.stderr


def test_a_test_alert_that_nobody_gets_is_said(settings: Settings, home: Home) -> None:
    said = parity("alerts", "test", settings=settings)
    assert said.exit_code == 1
    assert "alerts.email_to" in said.output
    assert parity("alerts", "list", settings=settings).exit_code == 0
    assert home.root


def test_sql_answers_as_a_table_for_people(settings: Settings, release: str) -> None:
    said = parity("sql", "select name, share from marts.fruit order by name", settings=settings)
    assert said.exit_code == 0
    assert next(line.split() for line in said.stdout.splitlines() if line.strip()) == ["name", "share"]
    assert "apple" in said.stdout
    assert said.stdout.endswith("2 rows\n")
    assert release


def test_sql_answers_as_csv_and_json_for_programs(settings: Settings, release: str) -> None:
    question = "select name, share, picked_date from marts.fruit order by name"
    assert parity("sql", "--format", "csv", question, settings=settings).stdout == (
        "name,share,picked_date\napple,0.25,2025-03-31\npear,,\n"
    )
    answered = json.loads(parity("sql", "--format", "json", "-", settings=settings, text=question).stdout)
    assert answered == [
        {"name": "apple", "share": 0.25, "picked_date": "2025-03-31"},
        {"name": "pear", "share": None, "picked_date": None},
    ]
    assert release


@pytest.mark.parametrize("question", ["drop table marts.fruit", "select * from nowhere", "selct 1"])
def test_a_question_that_cannot_be_answered_is_wrong_use(question: str, settings: Settings, release: str) -> None:
    said = parity("sql", question, settings=settings)
    assert said.exit_code == 2
    assert said.stderr.startswith("parity: ")
    assert "Traceback" not in said.stderr
    assert parity("sql", "select count(*) as n from marts.fruit", settings=settings).exit_code == 0
    assert release


def test_releases_are_listed_with_the_current_one_marked(settings: Settings, release: str) -> None:
    said = parity("releases", settings=settings)
    assert next(line for line in said.stdout.splitlines() if release in line).startswith("→")
    (listed,) = json.loads(parity("releases", "--json", settings=settings).stdout)
    assert listed["is_current"] is True
    assert listed["release_id"] == release


def test_releases_are_dated_as_status_dates_them(settings: Settings, release: str) -> None:
    table = parity("releases", settings=settings).stdout
    assert "2 April 2025, 03:31" in table
    assert "02:31:00" not in table
    (listed,) = json.loads(parity("releases", "--json", settings=settings).stdout)
    assert listed["published_at"] == "2025-04-02T02:31:00+00:00", "programs get the time as it is recorded"
    assert release


def test_releases_tell_of_a_rollback(settings: Settings, home: Home, release: str) -> None:
    move = {"at": "2025-04-03T08:59:00+00:00", "who": "A. Analyst", "why": "March was cut off"}
    newer = {"from": "20250403T023000Z_000002", "newest": "20250403T023000Z_000002"}
    (listed,) = json.loads(parity("releases", "--json", settings=settings).stdout)
    assert listed["rolled_back_to"] is None
    append_line(home.ledger / "rollbacks.jsonl", {**move, **newer, "to": release})
    table = parity("releases", settings=settings).stdout
    assert "rolled back to" in table
    assert "3 April 2025, 09:59 by A. Analyst because: March was cut off" in table
    (listed,) = json.loads(parity("releases", "--json", settings=settings).stdout)
    assert listed["rolled_back_to"] == {**move, **newer}


def test_a_rollback_is_seen_by_all_who_look(settings: Settings, home: Home) -> None:
    older, newer = "20250402T023000Z_000001", "20250403T023000Z_000002"
    for name in (older, newer):
        (home.releases / name).mkdir()
        (home.releases / name / "manifest.json").write_text(json.dumps({"run_id": name, "files": {}}))
    move_pointer(home, newer)
    assert parity("rollback", older, "--why", "cut off", "--who", "A. Analyst", settings=settings).exit_code == 0
    assert re.search(
        rf"^Rolled back on .* by A. Analyst because: cut off\. {newer} is newer\.$",
        parity("status", settings=settings).stdout,
        re.MULTILINE,
    )
    shown = json.loads(parity("status", "--json", settings=settings).stdout)["rolled_back"]
    assert (shown["to"], shown["newest"], shown["why"]) == (older, newer, "cut off")
    listed = {one["release_id"]: one for one in json.loads(parity("releases", "--json", settings=settings).stdout)}
    assert listed[older]["rolled_back_to"]["from"] == newer
    assert listed[newer]["rolled_back_to"] is None
    assert parity("rollback", newer, "--why", "it was whole", settings=settings).exit_code == 0
    assert "Rolled back" not in parity("status", settings=settings).stdout, "readers get the newest again"


def test_releases_are_listed_for_readers_who_may_not_read_of_rollbacks(
    settings: Settings, release: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(_: Home) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("flows.point.rollbacks", closed)
    said = parity("releases", settings=settings)
    assert said.exit_code == 0
    assert release in said.stdout
    assert "Rollbacks are not shown" in said.stderr


def test_a_good_file_would_be_loaded_whole(settings: Settings, tmp_path: Path) -> None:
    path = staff_list(tmp_path / "drop", "2025-03-31", [{}, {}])
    said = parity("check-file", str(path), settings=settings)
    assert said.exit_code == 0
    assert re.search(r"Rows read +2\n +Would load +2\n +Would reject +0\n", said.stdout)
    assert "as at 31 March 2025" in said.stdout
    assert not (tmp_path / "var").exists(), "a dry run makes no home"


def test_a_row_that_would_be_rejected_is_told_by_its_line_and_not_by_its_person(
    settings: Settings, tmp_path: Path
) -> None:
    people = [{}, {"Employee Number": "87654321", "FTE": "half"}]
    path = staff_list(tmp_path / "drop", "2025-03-31", people)
    said = parity("check-file", str(path), settings=settings)
    assert said.exit_code == 3
    assert "line 3" in said.stdout
    assert "87654321" not in said.output


def test_a_file_that_would_be_refused_says_why(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "esr_staff_list_2025-03-31.csv"
    path.write_text("Employee Number,Gender\n10000001,Female\n")
    said = parity("check-file", str(path), settings=settings)
    assert said.exit_code == 3
    assert "would be refused" in said.stdout
    assert "Pay Scale" in said.stdout


@pytest.mark.parametrize("word", ["esr_staff_list", "ESR-Staff-List", "esr_staff_list/"])
def test_a_kind_of_file_is_named_as_people_write_it(word: str, settings: Settings, tmp_path: Path) -> None:
    path = staff_list(tmp_path / "drop", "2025-03-31", [{}]).rename(tmp_path / "export.csv")
    said = parity("check-file", str(path), "--as", word, settings=settings)
    assert said.exit_code == 0
    assert "ESR staff list" in said.stdout


def test_a_folder_that_holds_one_kind_names_it(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    path.write_text("Some,Thing\n1,2\n")
    for word in ("board", "board_members"):
        assert "The file: Board members" in parity("check-file", str(path), "--as", word, settings=settings).stdout


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        ("pay", "more than one kind of file. Say pay_assignments or pay_esr_bi_hourly."),
        ("staff", "Did you mean esr_staff_list or"),
        ("boord", "Did you mean board"),
        ("xyz", "There are: esr_staff_list, recruitment,"),
    ],
)
def test_an_unknown_kind_of_file_is_answered_with_what_there_is(
    word: str, answer: str, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "export.csv"
    path.write_text("Some,Thing\n1,2\n")
    said = parity("check-file", str(path), "--as", word, settings=settings)
    assert said.exit_code == 2
    assert answer in said.stderr


def test_help_lists_every_kind_of_file_and_imports_nothing_heavy_for_it() -> None:
    said = parity("check-file", "--help").output
    with (PROJECT / "seeds/landing/landing_files.csv").open(newline="") as handle:
        named = list(csv.DictReader(handle))
    assert named
    assert [row["dataset"] for row in named if not re.search(rf"\b{row['dataset']}\b", said)] == []
    assert re.search(r"^  board or board_members +Board members$", said, re.MULTILINE)
    program = (
        "import sys; from flows.cli import main; main(['check-file', '--help'], standalone_mode=False); "
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_exit_codes_mean_the_same_in_every_help() -> None:
    main_help = parity("--help").output
    assert "1  broken, or an alert was not delivered" in main_help
    assert "3  withheld, or a file refused, or rows put aside: a person should look" in main_help
    for name in ("ingest", "check-file", "nightly"):
        assert re.search(r"3  .*a person should look", parity(name, "--help").output)
    for inner in ("test", "send-again"):
        assert re.search(r"1  a channel .*, or nobody is configured", parity("alerts", inner, "--help").output)


def test_a_file_that_waits_is_said_with_its_own_reason(
    settings: Settings, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = IngestResult(waiting=["board/board_2030-03-31.csv: its date has not come yet"])
    monkeypatch.setattr("flows.ingest.ingest", lambda *_: taken)
    said = parity("ingest", settings=settings)
    assert said.exit_code == 0
    assert said.stdout == "waiting     board/board_2030-03-31.csv: its date has not come yet\n"
    assert home.root


def test_status_of_a_home_where_no_night_ever_ran_is_late(settings: Settings, home: Home) -> None:
    assert parity("status", settings=settings).exit_code == 0
    said = parity("status", "--max-age", "36h", settings=settings)
    assert said.exit_code == 5
    assert "Late" in said.stdout
    assert said.stdout.endswith("No night has run yet: run `parity nightly`.\n")
    assert json.loads(parity("status", "--max-age", "36h", "--json", settings=settings).stdout)["ok"] is False
    assert home.root


@pytest.mark.parametrize("words", [("--alert",), ("--max-age", "soon"), ("--max-age", "0h")], ids=" ".join)
def test_status_names_a_wrong_length_of_time(words: tuple[str, ...], settings: Settings) -> None:
    said = parity("status", *words, settings=settings)
    assert said.exit_code == 2
    assert "36h" in said.stderr


def test_a_rollback_needs_its_reason(settings: Settings, release: str) -> None:
    said = parity("rollback", release, settings=settings)
    assert said.exit_code == 2
    assert "--why" in said.stderr


def test_a_schedule_in_a_skipped_hour_is_refused_before_anything_starts(tmp_path: Path) -> None:
    config = tmp_path / "parity.toml"
    config.write_text('[organisation]\nname = "T"\nods_code = "XPT"\n[schedule]\ncron = "30 1 * * *"\n')
    said = parity("--config", str(config), "schedule")
    assert said.exit_code == 2
    assert "schedule.cron" in said.stderr
    assert "daylight saving" in said.stderr
