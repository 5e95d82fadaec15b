"""Run: what the night did that made this release. For the EDI team alone, so in the restricted site alone."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flows.report.compose import Cell, Column, Figure, Page, Table, Tag
from flows.report.read import Figures, Row
from flows.report.show import day, plain

if TYPE_CHECKING:
    from flows.report.write import Making

NIGHTS_SHOWN = 60

OF_THE_RUN = "select * from {table} where run_id = $run_id order by all"

CHECKS = """
select * from run_checks
where run_id = $run_id
order by passed, case severity when 'critical' then 1 when 'warning' then 2 else 3 end, check_number
"""

NIGHTS = """
select
    history.*,
    (
        select string_agg(findings.sentence, ' ' order by findings.finding_number)
        from run_findings as findings
        where findings.run_id = history.run_id and findings.severity = 'critical'
    ) as reasons
from run_history as history
order by history.run_id desc
"""

HIDDEN = """
select
    table_name, cut, cells, hidden_cells,
    cast(json_extract(details, '$.complementary_cells') as bigint) as complementary
from run_disclosure
where run_id = $run_id and table_name is not null
order by table_name, cut
"""

HIDDEN_IN_ALL = """
select table_name, sum(cells) as cells, sum(hidden_cells) as hidden_cells
from run_disclosure
where run_id = $run_id and table_name is not null
group by table_name
order by table_name desc
"""

OPEN_PART = """
select distinct outcome, reason, carried_over_from
from run_disclosure
where run_id = $run_id
"""


def pages(making: Making, before: Sequence[Page]) -> list[Page]:
    """One page of the restricted site, none of the open one."""
    if not making.edition.is_restricted:
        return []
    figures, run_id = making.figures, making.edition.release_id
    told = _Told(figures, run_id)
    tables = {
        "steps": told.steps(),
        "doors": told.doors(),
        "inputs": told.inputs(),
        "checks": told.checks(),
        "findings": told.findings(),
        "hidden": told.hidden(),
        "versions": told.versions(),
        "nights": told.nights(),
    }
    content = {**tables, "run_id": run_id, "run": told.run, "verdicts": told.verdicts(), "open_part": told.open_part()}
    summary = "What ran, what came in, what each check saw, what was withheld and why."
    title = "The night that made these figures"
    return [
        Page("run.html", title, "run.html.j2", "run", summary, content, [one for one in tables.values() if one.rows])
    ]


class _Told:
    """What the tables of the run say of one run; a release of before there were such tables says nothing."""

    def __init__(self, figures: Figures, run_id: str) -> None:
        self.figures, self.run_id = figures, run_id
        found = self._rows("run_history")
        self.run: Row | None = found[0] if found else None

    def _rows(self, table: str, sql: str = OF_THE_RUN) -> list[Row]:
        return self.figures.rows(sql.format(table=table), run_id=self.run_id) if self.figures.has(table) else []

    def steps(self) -> Table:
        found = self._rows("run_steps")
        last = len(found)
        rows: list[list[Cell]] = [
            [_words(row["name"]).capitalize(), *_step(row, is_last=number == last)]
            for number, row in enumerate(found, 1)
        ]
        return Table("run_steps", "What ran", (Column("Step"), Column("Seconds", True), Column("How it ended")), rows)

    def doors(self) -> Table:
        columns = (
            Column("Door"),
            Column("Came", True),
            Column("Passed", True),
            Column("Left out", True),
            Column("Who"),
        )
        rows: list[list[Cell]] = [
            [
                str(row["door"]).capitalize(),
                *(_count(row[name]) for name in ("count_in", "count_out", "left_out_count")),
                str(row["left_out"]).capitalize(),
            ]
            for row in self._rows("run_doors")
        ]
        return Table("run_doors", "How many came to each door, and how many passed", columns, rows)

    def inputs(self) -> Table:
        columns = (
            Column("File"),
            Column("Tells of"),
            Column("Rows read", True),
            Column("Loaded", True),
            Column("Rejected", True),
            Column("Outcome"),
        )
        rows: list[list[Cell]] = [
            [
                str(row["file_name"]),
                day(row["as_at_date"]) if row["as_at_date"] else "",
                *(_count(row[name]) for name in ("rows_read", "rows_loaded", "rows_rejected")),
                _words(row["outcome"]).capitalize(),
            ]
            for row in self._rows("run_inputs")
        ]
        note = "Rows read are the rows loaded and the rows rejected together. A row that is rejected is kept aside."
        return Table("run_inputs", "Files that this night took in hand", columns, rows, [note])

    def checks(self) -> Table:
        columns = (
            Column("Check"),
            Column("Verdict"),
            Column("What it saw"),
            Column("Looked at", True),
            Column("If it fails"),
            Column("What it protects"),
            Column("Owner"),
            Column("Next step"),
        )
        rows: list[list[Cell]] = [
            [
                _words(row["name"]).capitalize(),
                _verdict(row),
                " ".join([str(row["sentence"]), _observed(row["counts"]), _places(row["places"])]).strip(),
                _count(_read(row["details"]).get("judged_count")),
                SEVERITIES[str(row["severity"])],
                str(row["protects"]),
                str(row["owner"]),
                "" if row["passed"] else str(row["what_to_do"]),
            ]
            for row in self._rows("run_checks", CHECKS)
        ]
        return Table("run_checks", "What each check saw", columns, rows)

    def verdicts(self) -> str:
        """How the checks went, in a sentence."""
        found = self._rows("run_checks", CHECKS)
        failed = [row for row in found if not row["passed"]]
        if not found:
            return "Nothing is recorded of checks."
        if not failed:
            return f"All {len(found)} checks found what they expect."
        return f"{len(failed)} of {len(found)} checks did not find what they expect. They stand first."

    def findings(self) -> Table:
        columns = (Column("What was found"), Column("Weight"), Column("Where"), Column("Owner"), Column("Next step"))
        rows: list[list[Cell]] = [
            [
                " ".join([str(row["sentence"]), _observed(row["counts"])]).strip(),
                str(row["severity"]).capitalize(),
                "; ".join(_list(row["places"])),
                str(row["owner"]),
                str(row["next_step"]),
            ]
            for row in self._rows("run_findings")
        ]
        return Table("run_findings", "What a person should know of", columns, rows)

    def hidden(self) -> Table:
        columns = (
            Column("Figures"),
            Column("Table"),
            Column("Numbers", True),
            Column("Hidden", True),
            Column("Of these hidden for others' sake", True),
        )
        rows: list[list[Cell]] = [
            [
                _words(row["cut"]).capitalize(),
                str(row["table_name"]),
                *(_count(row[name]) for name in ("cells", "hidden_cells")),
                _complementary(row["complementary"]),
            ]
            for row in self._rows("run_disclosure", HIDDEN)
        ]
        note = "A comparison is hidden as soon as any number that it is made of is."
        return Table("run_hidden", "How many numbers of the open part are hidden", columns, rows, [note])

    def open_part(self) -> list[str]:
        """What became of the open part, in sentences."""
        found = self._rows("run_disclosure", OPEN_PART)
        if not found:
            return ["Nothing is recorded of the open part."]
        one = found[0]
        said = [OPEN_OUTCOMES.get(str(one["outcome"]), f"The outcome of the open part was {_words(one['outcome'])}.")]
        if one["reason"]:
            said.append(str(one["reason"]))
        said += [
            f"Of {plain(row['cells'])} numbers in {row['table_name']}, {plain(row['hidden_cells'])} are hidden."
            for row in self._rows("run_disclosure", HIDDEN_IN_ALL)
        ]
        if one["carried_over_from"]:
            said.append(f"Readers keep the open part of release {one['carried_over_from']}.")
        return said

    def versions(self) -> Table:
        known = _read(self.run["versions"]) if self.run else {}
        rows: list[list[Cell]] = [[_words(name).capitalize(), str(value)] for name, value in sorted(known.items())]
        if self.run:
            rows += [["Hash of the figures", str(self.run["content_hash"] or "")]]
            rows += [["Hash of files and definitions", str(self.run["inputs_hash"] or "")]]
        return Table("run_versions", "Versions and hashes", (Column("What"), Column("Version")), rows)

    def nights(self) -> Table:
        found = self.figures.rows(NIGHTS) if self.figures.has("run_history") else []
        columns = (
            Column("Began"),
            Column("Outcome"),
            Column("Release"),
            Column("Open part"),
            Column("Why it was withheld or broke off"),
        )
        rows: list[list[Cell]] = [
            [
                _moment(row["started_at"]),
                _words(row["outcome"]).capitalize(),
                str(row["release_id"] or ""),
                _words(row.get("open_outcome") or "").capitalize(),
                str(row["reasons"] or "") if row["outcome"] in ("withheld", "broken") else "",
            ]
            for row in found[:NIGHTS_SHOWN]
        ]
        left = len(found) - len(rows)
        notes = [f"{plain(left)} earlier nights stand in the table run_history."] if left else []
        return Table("run_nights", "Nights and releases, newest first", columns, rows, notes)


SEVERITIES = {
    "critical": "Publication stops",
    "warning": "The EDI team is told",
    "info": "It is shown here",
}
OPEN_OUTCOMES = {
    "open": "The open part was made this night, attacked by a separate program, and opened.",
    "withheld": "The open part was withheld.",
    "broken": "The open part could not be made.",
    "attacked": "The open part was not made anew; what is open already was attacked.",
}


def _step(row: Row, is_last: bool) -> list[Cell]:
    """The last step is the one that wrote this page, so nobody could know its time then."""
    if is_last and not row["seconds"]:
        return [Figure("[z]", None, "", "This step was still under way."), "Under way when this page was written"]
    return [Figure(plain(row["seconds"], 1), float(row["seconds"])), str(row["outcome"]).capitalize()]


def _verdict(row: Row) -> Tag:
    if row["passed"]:
        return Tag("As expected", "●", "good")
    return Tag("Not as expected", "▲", "bad" if row["severity"] == "critical" else "neutral")


def _observed(counts: Any) -> str:
    found = _read(counts)
    said = ", ".join(f"{_words(name)} {plain(count)}" for name, count in found.items())
    return f"({said})" if said else ""


def _places(places: Any) -> str:
    found = _list(places)
    return f"Where: {'; '.join(found)}." if found else ""


def _read(text: Any) -> dict[str, Any]:
    found = json.loads(text) if text else {}
    return found if isinstance(found, dict) else {}


def _list(text: Any) -> list[str]:
    found = json.loads(text) if text else []
    return [str(one) for one in found] if isinstance(found, list) else []


def _count(count: Any) -> Figure:
    if count is None:
        return Figure("[x]", None, "", "Nothing is recorded of it.")
    return Figure(plain(count), float(count))


def _complementary(count: Any) -> Figure:
    return Figure("[z]", None, "", "Comparisons have none.") if count is None else _count(count)


def _words(name: Any) -> str:
    return str(name).replace("_", " ")


def _moment(at: datetime.datetime | None) -> str:
    if at is None:
        return ""
    utc = at.astimezone(datetime.UTC)
    return f"{day(utc.date())}, {utc:%H:%M} UTC"
