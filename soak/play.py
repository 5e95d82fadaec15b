"""Play nights of which only what is cheap is real: everything but dbt, Great Expectations, Prefect's server and pages.

Taking in, publishing, the pointer, ledgers, outbox and messages are the product's own. The build makes one mart out of
the rows that stand loaded, so that a lost or a doubled load changes the figures.
"""

from __future__ import annotations

import csv
import dataclasses
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from prefect import Task

from flows import compare, nightly, purge
from flows.build import BuildResult, _remember
from flows.configure import PROJECT, Settings, load_settings
from flows.connect import connect
from flows.disclose import Disclosure
from flows.fingerprint import content_hash
from flows.freeze import APPROVAL_FACTS, FIGURE_FACTS, FIGURE_KEY, Approval, append_approval, read_approvals
from flows.home import Home
from flows.lock import hold
from flows.point import current_id, now, releases, rollback
from flows.record import Finding, RunRecord, read_runs
from flows.report import Edition

SECRET = "a secret for soaks that is long enough to be one"
DEFINITIONS = "the definitions of a play"
SNAPSHOTS = "esr_staff_list"

MART = """
create or replace table marts.headcount as
select
    one.organisation_code, one.as_at_date, loads.load_id, count(*) as person_count,
    sum(hash(one.employee_number))::varchar as people
from raw.esr_staff_list as one
join (select dataset, as_at_date, max(load_id) as load_id from raw.loads
      where outcome in ('loaded', 'correction') group by all) as loads
    on loads.load_id = one.load_id and loads.dataset = 'esr_staff_list'
group by all
"""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Verdict:
    """What the gate would say of a build that is as it should be."""

    content_hash: str
    outcome: str = "passed"
    checks: Sequence[Mapping[str, Any]] = ()
    findings: Sequence[Finding] = field(default_factory=list)


def configure(folder: Path, port: int, to: str, loads_years: int = 7) -> Path:
    """Write the configuration of one play into a folder, its home beside it; returns its path.

    With one year for `loads_years`, the oldest snapshot of the first night is purged by the next.
    """
    path = folder / "parity.toml"
    path.write_text(
        '[organisation]\nname = "Playing Ambulance Service"\nods_code = "XPT"\n[home]\npath = "home"\n'
        "[clock]\nas_of_date = 2025-05-05\n[ingest]\nsettle_seconds = 0\n[retention]\nreleases_kept = 2\n"
        f"loads_years = {loads_years}\npurge_nightly = true\n"
        f'[alerts]\nemail_to = ["{to}"]\nemail_from = "parity@trust.test"\nsmtp_host = "127.0.0.1"\n'
        f'smtp_port = {port}\nsmtp_security = "none"\ntimeout_seconds = 20\n[database]\nthreads = 1\n',
        encoding="utf-8",
    )
    return path


def drop_first(home: Home) -> None:
    """The files of the first night: three snapshots."""
    write_snapshot(home, "2023-03-31", 30)
    write_snapshot(home, "2025-02-28", 40)
    write_snapshot(home, "2025-03-31", 42)


def drop_second(home: Home) -> None:
    """The files of the night that is struck: a correction, a snapshot with a bad row, and a file to refuse."""
    write_snapshot(home, "2025-03-31", 45, version=2)
    write_snapshot(home, "2025-04-30", 44, bad=True)
    path = home.landing / "board" / "board_2025-04-30.csv"
    path.write_text("Member Reference,Voting\nM1,Y\n", encoding="utf-8")


TOLD = ("1 of 44 rows", "board_2025-04-30.csv was refused", "03-31_v2.csv is a correction", "new words at 2025-04-30")
"""What the second night must have told, by words of its messages."""


def write_snapshot(home: Home, date: str, people: int, version: int = 1, bad: bool = False) -> Path:
    """A staff list of so many people, the last one's FTE unreadable where `bad`."""
    with (PROJECT / "seeds/landing/landing_columns.csv").open(encoding="utf-8", newline="") as handle:
        columns = [row["heading"] for row in csv.DictReader(handle) if row["dataset"] == SNAPSHOTS]
    suffix = f"_v{version}" if version > 1 else ""
    path = home.landing / SNAPSHOTS / f"{SNAPSHOTS}_{date}{suffix}.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns, restval="")
        writer.writeheader()
        for number in range(people):
            row = {"Employee Number": str(10000000 + number), "Assignment Number": str(10000000 + number)}
            row |= {"Primary Assignment": "Y", "FTE": "x" if bad and number == people - 1 else "1"}
            writer.writerow(row)
    return path


def play(config: Path, say: Say) -> str:
    """Play one night, then sign and roll back and forth as people do by day. Returns the night's outcome."""
    settings = load_settings(config)
    _make_cheap()
    home = nightly.ready(settings)
    nightly._say.set(say)
    with hold(home, "nightly"), nightly._recorded(settings, home) as night:
        nightly.pick_up(night)
        nightly.work(night)
    return night.run.outcome


def play_day(config: Path, say: Say) -> None:
    """What people do by day: sign a figure off, go back to the release of before, and forward again.

    Whatever of it is done already is not done again, so that a day that was cut off can be finished.
    """
    settings = load_settings(config)
    home = Home.of(settings)
    say("approve: started")
    with hold(home, "approve"):
        if not read_approvals(home):
            append_approval(home, _approval(settings, home))
    say("rollback: started")
    with hold(home, "rollback"):
        newest = releases(home)[0].release_id
        if current_id(home) == newest and len(releases(home)) > 1:
            rollback(settings, home, releases(home)[1].release_id, "Player", "it was wrong")
    with hold(home, "rollback"):
        if current_id(home) != releases(home)[0].release_id:
            rollback(settings, home, releases(home)[0].release_id, "Player", "it was right")


def died(home: Home) -> list[RunRecord]:
    """Records of nights that never ended."""
    return [run for run in read_runs(home.runs) if run.outcome == "running"]


def _approval(settings: Settings, home: Home) -> Approval:
    figure = {**dict.fromkeys(FIGURE_KEY, "a figure"), **dict.fromkeys(FIGURE_FACTS)}
    figure |= {"as_at_date": "2025-03-31", "is_restated": False}
    facts: dict[str, Any] = dict.fromkeys(APPROVAL_FACTS, "as signed")
    facts |= {"approval_number": 1, "approved_at": now(), "reason": None, "release_id": current_id(home)}
    return Approval(**facts | {"organisation_code": settings.organisation.ods_code, "figures": [figure]})


def _make_cheap() -> None:
    for name, one in vars(nightly).copy().items():
        if isinstance(one, Task):
            setattr(nightly, name, one.fn)  # Prefect's server is no part of what is cheap
    mine: dict[str, Any] = {
        "build": _build,
        "check": _check,
        "build_docs": _docs,
        "count_doors": lambda *_: [],
        "_versions": lambda *_: {},
        "tether": lambda: None,
        "disclose": _disclose,
        "refuse_unfit": lambda *_: None,
        "report": _report,
    }
    vars(nightly).update(mine)
    vars(purge).update(_figures=lambda *_: ((), 0, 0))  # it asks marts that a play has not
    vars(compare).update(
        definitions_hash=lambda *_: DEFINITIONS, code_hash=lambda: "the code of a play", _file_hashes=lambda _: {}
    )


def _build(settings: Settings, home: Home, say: Say) -> BuildResult:
    with connect(home) as con:
        con.execute("create schema if not exists marts")
        con.execute("begin")
        con.execute(MART)
        latest = con.execute("select max(as_at_date)::varchar from marts.headcount").fetchone()[0]
        con.execute("commit")
    _remember(home, DEFINITIONS)
    found = Finding("unmapped", "warning", f"new_words_{latest}", f"There are new words at {latest}.", {"rows": 3})
    return BuildResult(ok=True, definitions_hash=DEFINITIONS, full_refresh=False, findings=[found])


def _check(settings: Settings, home: Home, *_: Any) -> Verdict:
    with connect(home, read_only=True) as con:
        return Verdict(content_hash(con))


def _report(edition: Edition, *_: Any) -> int:
    """A site of one page for each part; a play's only mart has nothing that real pages could show."""
    edition.site.mkdir(mode=0o700)
    page = f"<title>{edition.release_id}</title>{edition.note}"
    (edition.site / "index.html").write_text(page, encoding="utf-8")
    return 1


def _disclose(settings: Settings, home: Home, *_: Any) -> Disclosure:
    """An open part with headcounts to the nearest five."""
    path = home.scratch / "disclose" / "open.duckdb"
    shutil.rmtree(path.parent, ignore_errors=True)
    path.parent.mkdir(mode=0o700)
    with connect(home, read_only=True) as con:
        rows = con.execute(
            "select as_at_date, round(person_count / 5)::int * 5 from marts.headcount order by all"
        ).fetchall()
    with duckdb.connect(str(path)) as con:
        con.execute("create schema marts; create table marts.headcount (as_at_date date, person_count int)")
        con.executemany("insert into marts.headcount values (?, ?)", rows)
    return Disclosure("open", path)


def _docs(settings: Settings, home: Home, into: Path) -> Path:
    page = into / "index.html"
    page.write_text("<title>A play</title>", encoding="utf-8")
    return page


def facts(home: Home) -> dict[str, Any]:
    """What stands loaded and published, to compare a struck night with one that nobody struck."""
    with connect(home, read_only=True) as con:
        loads = con.execute(
            "select dataset, as_at_date::varchar, file_name, sha256, outcome, rows_loaded, rows_rejected, "
            "purged_on is not null from raw.loads order by load_id"
        ).fetchall()
        rows = con.execute("select load_id, count(*) from raw.esr_staff_list group by 1 order by 1").fetchall()
        recorded = con.execute(
            "select load_id, rows_loaded from raw.loads "
            "where outcome in ('loaded', 'correction') and purged_on is null order by 1"
        ).fetchall()
        content = content_hash(con)
    ledger = [json.loads(line) for line in (home.ledger / "loads.jsonl").read_text(encoding="utf-8").splitlines()]
    return {
        "loads": loads,
        "rows_are_recorded": rows == recorded,
        "ledger": [(one["load_id"], one["sha256"], one["outcome"]) for one in ledger],
        "content": content,
        "approvals": [dataclasses.asdict(one)["figures"] for one in read_approvals(home)],
        "quarantine": sorted(path.name for path in home.quarantine.iterdir()),
        "copies": sorted(path.name for path in home.copies.iterdir()),
    }
