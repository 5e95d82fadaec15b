"""Canaries: planted words are looked for in every byte that a night leaves outside the places that may hold people."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.cli import main
from flows.configure import PROJECT, load_settings
from flows.home import Home
from tests.alert.servers import MailServer, TeamsServer, certificate
from tests.privacy.plant import EMPLOYEE, LATEST, TALKATIVE, Planted, plant
from tests.privacy.search import search, search_bytes, words_in

SECRET = "zqvexsecret: a secret for the canaries"
KEY = "zqvexkeys: a key for the warehouse's file"
PASSWORD = "zqvexpass word"
SECRETS = ("zqvexsecret", "zqvexkeys", "zqvexpass")
PATIENCE = 600
NIGHT = "from flows.cli import main; main()"
BROKEN_NIGHT = """
import flows.build
from flows.cli import main
from flows.connect import connect

def build(settings, home, say):
    with connect(home, read_only=True) as con:
        asked = "select cast(job_role as integer) from raw.esr_staff_list where employee_number = '%s'"
        con.execute(asked).fetchall()

flows.build.build = build
main()
""".replace("%s", TALKATIVE)
"""The night, with a build that stumbles over the rows: DuckDB's error then quotes a person's value."""
CONFIGURATION = """
[organisation]
name = "Thamesmere Ambulance Service NHS Trust"
ods_code = "XPT"
[home]
path = "home"
[clock]
as_of_date = 2025-04-03
[ingest]
settle_seconds = 0
[database]
encrypt = true
[alerts]
email_to = ["edi.team@trust.test"]
email_from = "parity@trust.test"
smtp_host = "127.0.0.1"
smtp_port = {port}
smtp_security = "none"
"""


@dataclass
class Watched:
    """A folder that holds all that a trust's nights leave: the home, the account's own files, what is said and sent."""

    folder: Path
    planted: Planted
    mail: MailServer
    teams: TeamsServer
    pem: Path

    @property
    def home(self) -> Home:
        return Home.of(load_settings(self.folder / "parity.toml"))

    @property
    def environment(self) -> dict[str, str]:
        """Of an account of its own, so that what a library leaves in its home or among temporary files is seen."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder / "account"),
            "TMPDIR": str(self.folder / "temporary"),
            "PARITY_PSEUDONYM_SECRET": SECRET,
            "PARITY_WAREHOUSE_KEY": KEY,
            "PARITY_SMTP_PASSWORD": PASSWORD,
            "PARITY_TEAMS_WEBHOOK": self.teams.address,
            "SSL_CERT_FILE": str(self.pem),
            "REQUESTS_CA_BUNDLE": str(self.pem),
        }

    def night(self, name: str, program: str = NIGHT, **variables: str) -> int:
        """Run a night in a process of its own, as cron does, with all that it says kept. Returns its exit code."""
        with (self.folder / "said" / f"{name}.txt").open("wb") as said:
            done = subprocess.run(
                [sys.executable, "-c", program, "--config", str(self.folder / "parity.toml"), "nightly"],
                cwd=self.folder / "account",
                env={**self.environment, "PYTHONPATH": str(PROJECT), **variables},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                timeout=PATIENCE,
                check=False,
            )
        self.keep_received()
        return done.returncode

    def say(self, name: str, *arguments: str) -> int:
        """Run a command and keep what it says, as if it were logged. Returns its exit code."""
        with pytest.MonkeyPatch.context() as patch:
            for variable, value in self.environment.items():
                patch.setenv(variable, value)
            result = CliRunner().invoke(main, ["--config", str(self.folder / "parity.toml"), *arguments])
        (self.folder / "said" / f"{name}.txt").write_text(result.output, encoding="utf-8")
        return result.exit_code

    def keep_received(self) -> None:
        """Write down what the mail server and the web server were sent."""
        for number, message in enumerate(self.mail.messages):
            (self.folder / "received" / f"{number}.eml").write_bytes(message.as_bytes())
        for number, post in enumerate(self.teams.posts):
            (self.folder / "received" / f"{number}.json").write_text(json.dumps(post), encoding="utf-8")

    def may_hold_people(self) -> list[Path]:
        """Landing files and what is kept of them, the warehouse, and details of errors; all are the owner's alone."""
        private = self.home.private
        kept = [self.home.copies, self.home.quarantine, self.home.warehouse, self.home.scratch / "errors"]
        return [self.home.landing, *kept, private / "warehouse.duckdb.wal"]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A trust with planted words: a night that is published, one that is withheld, one that breaks, and commands."""
    folder = tmp_path_factory.mktemp("watched")
    pem = certificate(tmp_path_factory.mktemp("certificate"))
    mail, teams = MailServer().start(), TeamsServer(pem).start()
    for name in ("account", "temporary", "said", "received"):
        (folder / name).mkdir()
    (folder / "parity.toml").write_text(CONFIGURATION.format(port=mail.port), encoding="utf-8")
    home = Home.of(load_settings(folder / "parity.toml"))
    home.prepare()
    watched = Watched(folder, plant(home), mail, teams, pem)
    assert watched.night("published") == 0, (folder / "said" / "published.txt").read_text()
    yield watched
    mail.stop()
    teams.stop()


@pytest.fixture(scope="module")
def all_nights(watched: Watched) -> Watched:
    """After the published night: one that the gate withholds, one whose build breaks, and every command that tells."""
    assert watched.night("withheld", PARITY_AS_OF="2025-01-31") == 3
    again = watched.home.landing / "esr_staff_list" / f"esr_staff_list_{LATEST}.csv"
    again.with_stem(f"{again.stem}_v2").write_bytes(again.read_bytes() + b"\n")
    assert watched.night("broken", BROKEN_NIGHT) == 1
    for name, (arguments, code) in commands(watched).items():
        assert watched.say(name, *arguments) == code, (name, (watched.folder / "said" / f"{name}.txt").read_text())
    watched.keep_received()
    return watched


def commands(watched: Watched) -> dict[str, tuple[list[str], int]]:
    """Commands that tell how things stand, with their exit codes."""
    landing = watched.home.landing
    checked = {
        "a good file": (landing / "esr_staff_list" / f"esr_staff_list_{LATEST}.csv", [], 3),
        "an odd name": (next((landing / "esr_staff_list").glob("*'s list.csv")), ["--as", "esr_staff_list"], 3),
        "an unknown name": (next(landing.glob("* list.csv")), [], 3),
        "an odd heading": (landing / "esr_staff_list" / "esr_staff_list_2024-09-30.csv", [], 3),
        "odd dates": (landing / "esr_staff_list" / "esr_staff_list_2024-11-30.csv", [], 3),
        "an odd sheet": (landing / "staff_survey" / "nss23_organisational_results.xlsx", [], 3),
    }
    stumble = "select cast(organisation_unit as integer) from indicator_values"
    return {
        "status": (["status"], 0),
        "status as json": (["status", "--json"], 0),
        "late": (["status", "--max-age", "0.001m", "--alert"], 5),
        "alerts": (["alerts", "list"], 0),
        "alerts as json": (["alerts", "list", "--json"], 0),
        "releases": (["releases", "--json"], 0),
        "approvals": (["approvals"], 0),
        "disclosure": (["disclosure"], 0),
        "disclosure as json": (["disclosure", "--json"], 0),
        "open figures": (["sql", "--open", "select * from indicator_values"], 0),
        "what a purge would take": (["purge", "--dry-run"], 0),
        "purges": (["purge", "--history"], 0),
        "holds": (["hold", "list"], 0),
        "requests": (["person", "requests"], 0),
        "explain": (["explain", "wres_1", "--year", "2024/25"], 0),
        "explain pay": (["explain", "pay_gap_gender", "--year", "2024/25"], 0),
        "explain nothing": (["explain", "wres_1", "--unit", "nowhere"], 2),
        "sql error of a value": (["sql", stumble], 2),
        "sql error of a name": (["sql", "select nothing from indicator_values"], 2),
        **{f"check {name}": (["check-file", str(path), *more], code) for name, (path, more, code) in checked.items()},
    }


def told(watched: Watched, found: dict[str, set[str]]) -> list[str]:
    """The words found, each with its place and the file that holds it."""
    places = {word: place for place, word in watched.planted.words.items()}
    return [f"{path}: {places.get(word, word)}" for path, words in found.items() for word in sorted(words)]


@pytest.fixture(scope="module")
def found(all_nights: Watched) -> dict[str, set[str]]:
    """Every planted word and every secret, in every file outside the places that may hold people."""
    words = [*all_nights.planted.all(SECRET), *SECRETS]
    return search(all_nights.folder, words, all_nights.may_hold_people())


def test_no_planted_word_leaves_the_places_that_may_hold_people(
    all_nights: Watched, found: dict[str, set[str]]
) -> None:
    """Releases, logs, messages received, records, Prefect's, dbt's and the gate's files, documentation, temporary
    files, what commands say: nothing holds a number, a date of birth, a name, a free text or a pseudonym.

    But the ledger of loads keeps names of files, and the restricted part tells its group what people typed to be read.
    """
    planted = all_nights.planted
    allowed = {
        path: planted.names() if path == "home/private/ledger/loads.jsonl" else planted.spoken()
        for path in found
        if path == "home/private/ledger/loads.jsonl" or "/restricted/" in path
    }
    assert told(all_nights, {path: words - allowed.get(path, set()) for path, words in found.items()}) == []


def test_the_open_part_and_all_that_is_not_restricted_hold_no_word_at_all(
    all_nights: Watched, found: dict[str, set[str]]
) -> None:
    """Not even what the restricted part may tell: the name of a team of one, or the owner of an action."""
    released = {path: words for path, words in found.items() if path.startswith("home/releases/")}
    assert told(all_nights, {path: words for path, words in released.items() if "/restricted/" not in path}) == []
    assert (all_nights.home.current / "open" / "open.duckdb").is_file(), "there is an open part to search"
    searched = {path.suffix for path in (all_nights.home.current / "open" / "site").rglob("*") if path.is_file()}
    assert {".html", ".csv", ".ods", ".pdf", ".xlsx"} <= searched, "and its pages, packs and downloads"


def test_the_search_would_have_found_them(all_nights: Watched, found: dict[str, set[str]]) -> None:
    """Every word lies in the landing files, and one that may be told is found in the release; see test_search.py."""
    landing = search(all_nights.home.landing, all_nights.planted.all(SECRET))
    keys = {word for word in all_nights.planted.all(SECRET) if len(word) == 64}
    other_forms = {"1951-02-03", "03-FEB-1951"}
    missed = set(all_nights.planted.all(SECRET)) - {word for words in landing.values() for word in words}
    assert missed - keys - other_forms == set()
    restricted = all_nights.home.current.resolve() / "restricted"
    team = all_nights.planted.words["team.of one person"]
    for path in (restricted / "marts.duckdb", restricted / "parquet" / "indicator_values.parquet"):
        assert team in found[path.relative_to(all_nights.folder).as_posix()]
    assert sum(path.suffix == ".eml" for path in (all_nights.folder / "received").iterdir()) >= 3
    assert sum(path.suffix == ".json" for path in (all_nights.folder / "received").iterdir()) >= 3


def test_a_broken_step_stumbled_over_a_planted_value(all_nights: Watched) -> None:
    """Its details quote the value, so that the search of all else means something; they are their owner's alone."""
    errors = all_nights.home.scratch / "errors"
    found = search(errors, all_nights.planted.all(SECRET))
    assert any(path.endswith("_build.txt") for path in found), sorted(path.name for path in errors.iterdir())
    assert {path.stat().st_mode & 0o077 for path in (errors, *errors.rglob("*"))} == {0}


def test_everything_private_is_its_owners_alone_after_the_nights(all_nights: Watched) -> None:
    loose = [path for path in all_nights.home.private.rglob("*") if path.lstat().st_mode & 0o077]
    assert [path for path in loose if not path.is_symlink()] == []


def test_the_encrypted_warehouse_holds_no_word_that_a_thief_could_read(all_nights: Watched) -> None:
    """[database] encrypt: the file, and the log of writes beside it where there is one."""
    warehouse = all_nights.home.warehouse
    words = [EMPLOYEE, *all_nights.planted.words.values(), *SECRETS]
    content = warehouse.read_bytes()
    assert words_in(content, words) == set()
    assert content[8:12] == b"DUCK"


def test_every_sentence_that_the_gate_can_say_names_no_small_team(
    all_nights: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With numbers that nothing can meet, every check fails and says all that it can say of every row."""
    from flows.check import check
    from flows.check.declare import read_suites
    from flows.configure import Settings, Threshold

    for variable, value in all_nights.environment.items():
        monkeypatch.setenv(variable, value)
    settings: Settings = load_settings(all_nights.folder / "parity.toml")
    wanted = {one.name: one.settings for suite in read_suites(PROJECT / "expectations") for one in suite.expectations}
    impossible = {"min_value": 1e9, "max_value": -1e9}
    thresholds = {
        name: Threshold(**{key: number for key, number in impossible.items() if key in has})
        for name, has in wanted.items()
        if impossible.keys() & has.keys()
    }
    verdict = check(settings.model_copy(update={"thresholds": thresholds}), all_nights.home, ())
    failed = [one for one in verdict.checks if not one["passed"]]
    assert len(failed) > 20, [finding.sentence for finding in verdict.findings]
    said = json.dumps([verdict.checks, [str(finding) for finding in verdict.findings]]).encode()
    assert search_bytes(said, all_nights.planted.all(SECRET)) == set()
