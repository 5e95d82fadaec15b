"""Assemble: the sections of a report, from its seeds, the figures of the edition and the trust's own words."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from flows.report import Edition
from flows.report.arrange import Arranging, group_table, rows_of, tables, year_ends
from flows.report.compose import Cell, Chart, Column, Link, Table
from flows.report.draw import Form, Point, history
from flows.report.headline import Headline, headlines
from flows.report.quote import Quotes
from flows.report.read import Figures, Row, seed
from flows.report.show import day, direction, figure, indicator_number, measure_label
from flows.report.transcribe import Texts, Words
from flows.report.word import Sentence, finding, missing

Sections = Sequence[Mapping[str, str]]

MEASURES = ("share", "likelihood", "score", "mean_hourly_pay")
"""The measure of an indicator's groups: the first of these that it has."""

FORMS: dict[str, Form] = {"fraction": "percent", "ratio": "ratio", "score": "score", "gbp_per_hour": "pounds"}

YEAR = """
select distinct reporting_year, as_at_date from shown_values
where indicator_id = $indicator_id and organisation_unit_level = 'trust'
"""

PAIR = """
select * from shown_comparisons
where indicator_id = $indicator_id and measure = $measure and stratum = $stratum
    and minority_group = $minority_group and reference_group = $reference_group
    and organisation_unit_level = 'trust' and reporting_year <= $year
order by as_at_date desc
"""

BESIDE = """
select * from shown_values
where indicator_id = $indicator_id and as_at_date = $as_at_date and stratum = $stratum and measure = $measure
    and organisation_unit_level = 'trust'
"""

DEFINITIONS = """
select number, title, definition, numerator, denominator, definition_version
from indicator_catalogue
where is_current_definition and list_contains($ids, indicator_id)
order by position
"""

NOT_COMPUTED = """
select title, not_computed_because from indicator_catalogue
where is_current_definition and not is_computed and list_contains($ids, indicator_id)
order by position
"""


@dataclass(frozen=True)
class Block:
    """What stands together below one heading: words, sentences, charts and tables, in this order."""

    heading: str = ""
    level: int = 2
    words: Sequence[str] = ()
    own: Words | None = None
    sentences: Sequence[Sentence] = ()
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()
    links: Sequence[Link] = ()
    keys: Sequence[Table] = ()
    """Tables that explain others, and are not worth taking away."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all would be shown."""
        return not (self.words or self.own or self.sentences or self.charts or self.tables or self.keys)


@dataclass(frozen=True)
class Section:
    """One section of a report; `note` tells the EDI team which file it may write, in its own edition alone."""

    anchor: str
    heading: str
    level: int
    blocks: Sequence[Block] = ()
    note: str = ""


@dataclass
class Report:
    """One report of one edition: its year, its texts, and what its sections are made of."""

    edition: Edition
    figures: Figures
    chosen: Mapping[str, str]
    texts: Texts
    year: str
    end: datetime.date
    quoted: Quotes

    @property
    def name(self) -> str:
        """The report's name in the seeds."""
        return self.chosen["report"]

    @property
    def title(self) -> str:
        """Its title, with the year."""
        return self.filled(self.chosen["title"])

    @property
    def path(self) -> str:
        """Its page."""
        return f"reports/{self.name}.html"

    def filled(self, text: str) -> str:
        """A text of the seeds with the year in it."""
        first = self.end.year
        told = {
            "year": self.year,
            "year_end": day(self.end),
            "survey_year": str(first - 1),
            "next_year": f"{first}/{(first + 1) % 100:02}",
        }
        for name, value in told.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    @cached_property
    def arranging(self) -> Arranging:
        """What its tables are arranged from."""
        named = self.figures.rows("select indicator_id, title from indicator_catalogue where is_current_definition")
        return Arranging(self.figures, self.name, self.year, {row["indicator_id"]: row["title"] for row in named})

    @cached_property
    def headlines(self) -> list[Headline]:
        """The headline figures of every framework, of the report's year."""
        frameworks = dict.fromkeys(one["framework"] for one in seed("report/headline_figures"))
        return [one for name in frameworks for one in headlines(self.figures, name, year=self.year)]

    @cached_property
    def questions(self) -> dict[str, str]:
        """The questions under which indicators are told, by their names."""
        return {one["question"]: one["heading"] for one in seed("report/report_questions")}

    def read_texts(self) -> dict[str, dict[str, Words]]:
        """The trust's own words of every section, by section and question; what is wrong is then in `texts`."""
        return {one["section"]: self.words_of(one) for one in sections_of(self.name)}

    def words_of(self, one: Mapping[str, str]) -> dict[str, Words]:
        """The trust's own words of one section, by question."""
        questions = self.questions if one["kind"] == "indicator" else {}
        return self.texts.read(one["text"], self.filled(one["heading"]), int(one["level"]), questions)

    def of(self, one: Mapping[str, str]) -> list[Headline]:
        """The headlines of a section's indicators."""
        ids = one["indicators"].split(";")
        return [told for told in self.headlines if told.indicator_id in ids]


def year_of(figures: Figures, indicator_id: str) -> tuple[str, datetime.date] | None:
    """The latest reporting year whose 31 March the edition has, with that day; None where there is none yet."""
    rows = figures.rows(YEAR, indicator_id=indicator_id)
    ends = year_ends(row["as_at_date"] for row in rows)
    return next(((row["reporting_year"], ends[0]) for row in rows if ends and row["as_at_date"] == ends[0]), None)


def sections_of(report: str) -> list[dict[str, str]]:
    """The sections of a report in their order."""
    return [one for one in seed("report/report_sections") if one["report"] == report]


def assemble(report: Report) -> list[Section]:
    """Every section that has something to show, or has others below it that do."""
    made = [_section(report, one) for one in sections_of(report.name)]
    kept = []
    for index, section in enumerate(made):
        below = _below(made[index + 1 :], section.level)
        if section.note or section.blocks or any(one.note or one.blocks for one in below):
            kept.append(section)
    return kept


def _below(following: Sequence[Section], level: int) -> Iterable[Section]:
    for section in following:
        if section.level <= level:
            return
        yield section


def _section(report: Report, one: Mapping[str, str]) -> Section:
    level, heading = int(one["level"]), report.filled(one["heading"])
    own = report.words_of(one)
    words = [report.filled(one["words"])] if one["words"] else []
    blocks = [Block(level=level, words=words, own=own.get(""))]
    blocks += KINDS[one["kind"]](report, one, level)
    blocks = [replace(block, own=block.own or own.get(_question(report, block))) for block in blocks]
    blocks = [block for block in blocks if not block.is_empty]
    return Section(one["section"], heading, level, blocks, "" if own else _note(report, one))


def _question(report: Report, block: Block) -> str:
    return next((name for name, heading in report.questions.items() if block.heading == heading), "none")


def _note(report: Report, one: Mapping[str, str]) -> str:
    """Which file to write, for the EDI team; nothing where Parity's own words do and the trust need add none."""
    if not report.edition.is_restricted:
        return ""
    wrong = [str(problem) for problem in report.texts.problems if problem.file == one["text"]]
    if wrong:
        return f"Your own words are not shown, because something in them is wrong. {' '.join(wrong)}"
    if one["hint"].startswith("Leave it out"):
        return ""
    return f"Your own words are missing here: {one['text']}. {one['hint']}"


# What each kind of section holds.


def _nothing(report: Report, one: Mapping[str, str], level: int) -> list[Block]:
    return []


def _figures(report: Report, one: Mapping[str, str], level: int) -> list[Block]:
    return [_tabled(report, one, level)]


def _tabled(report: Report, one: Mapping[str, str], level: int) -> Block:
    chosen = [
        row for row in seed("report/report_tables") if (row["report"], row["section"]) == (report.name, one["section"])
    ]
    made = tables(report.arranging, chosen)
    missing = report.figures.rows(NOT_COMPUTED, ids=one["indicators"].split(";"))
    words = [f"There are no figures on this. {row['not_computed_because']}" for row in missing]
    if chosen and not made and not missing:
        words = ["There are no figures on this yet."]
    return Block(
        level=level,
        words=words,
        sentences=[one.sentence for one in made if one.sentence],
        charts=[one.chart for one in made if one.chart is not None],
        tables=[one.table for one in made],
    )


def _findings(report: Report, one: Mapping[str, str], level: int) -> list[Block]:
    """How many improved, a sentence for each indicator, and the figures in one table."""
    told = report.of(one)
    columns = [
        Column("Indicator"),
        Column(report.year, is_number=True),
        Column("By the trust's rule"),
        Column("Told from chance?"),
        Column("Data of"),
    ]
    cells: list[list[Cell]] = [
        [
            one.link,
            _of(one.row, "value") if one.row else one.missing,
            direction(one.row and one.row.get("direction_by_threshold")),
            direction(one.row and one.row.get("direction_tested"), "tested_words"),
            day(one.row["as_at_date"]) if one.row else "",
        ]
        for one in told
    ]
    name = f"report_{report.name}_{one['section']}"
    found = Table(name, f"{report.filled(one['heading'])}: the figures, {report.year}", columns, cells)
    of_framework = next((row for row in seed("report/reports") if row["report"] == one["section"]), None)
    links = [Link(f"Read the {of_framework['short_title']}", f"reports/{one['section']}.html")] if of_framework else []
    return [
        Block(
            level=level,
            words=[counted(told)],
            sentences=[sentence(report, one) for one in told],
            tables=[found],
            links=links,
        )
    ]


def _comparison(report: Report, one: Mapping[str, str], level: int) -> list[Block]:
    """Last year and this year, side by side."""
    told = [headline for headline in report.of(one) if headline.row is not None]
    columns = [
        Column("Indicator"),
        Column("Last year", is_number=True),
        Column("This year", is_number=True),
        Column("Change", is_number=True),
        Column("By the trust's rule"),
        Column("Told from chance?"),
    ]
    cells: list[list[Cell]] = [
        [
            headline.link,
            _of(headline.row, "previous_value"),
            _of(headline.row, "value"),
            _of(headline.row, "change"),
            direction(headline.row.get("direction_by_threshold")),
            direction(headline.row.get("direction_tested"), "tested_words"),
        ]
        for headline in told
        if headline.row is not None
    ]
    name = f"report_{report.name}_{one['section']}"
    return [Block(level=level, tables=[Table(name, f"{report.year} beside the year before", columns, cells)])]


def _of(row: Row | None, column: str) -> Cell:
    return figure(row, column) if row is not None and column in row else ""


def counted(told: Sequence[Headline]) -> str:
    """`Of 9 figures, 4 improved, 3 worsened and 2 show no clear change, by the trust's own rule. …`"""
    rows = [one.row for one in told if one.row is not None]
    if not rows:
        return "There are no figures on this yet."
    rule = Counter(str(row.get("direction_by_threshold")) for row in rows)
    clear = sum(row.get("direction_tested") in ("improved", "worsened") for row in rows)
    alone = rule["not_comparable"] + rule["None"]
    beside = f"; {alone} cannot be compared with last year" if alone else ""
    changes = "No change" if not clear else "1 change" if clear == 1 else f"{clear} changes"
    return (
        f"Of {len(rows)} figures, {rule['improved']} improved, {rule['worsened']} worsened and "
        f"{rule['no_clear_change']} show no clear change, by the trust's own rule{beside}. "
        f"{changes} can be told from chance."
    )


def _summary(report: Report, one: Mapping[str, str], level: int) -> list[Block]:
    return [Block(level=level, words=[counted(report.of(one))])]


def _definitions(report: Report, one: Mapping[str, str], level: int) -> list[Block]:
    rows = report.figures.rows(DEFINITIONS, ids=one["indicators"].split(";"))
    columns = [Column(name) for name in ("Number", "What", "Definition", "Counted", "Of", "Version")]
    cells: list[list[Cell]] = [
        [indicator_number(row["number"]), *(str(row[column] or "") for column in row if column != "number")]
        for row in rows
    ]
    name = f"report_{report.name}_{one['section']}"
    return [Block(level=level, tables=[Table(name, "How each figure is defined", columns, cells)])]


def _reading(report: Report, one: Mapping[str, str], level: int) -> list[Block]:
    """How a direction is told: by the trust's own rule, and by a test."""
    words = seed("report/direction_words")
    columns = [Column("By the trust's rule"), Column("Told from chance?")]
    cells: list[list[Cell]] = [
        [direction(row["direction"]), direction(row["direction"], "tested_words")] for row in words
    ]
    said = [
        "Each figure is compared with the year before, twice. The trust's own rule looks at the size of the change. "
        "The test asks whether a change of this size can come about by chance alone; it is at 95%. A change may be "
        "worse by the rule and yet be nothing that the numbers can tell from chance: then both are said.",
        "An interval says how far the figure may lie from what it would be without chance. Changes are worked out "
        "before figures are rounded.",
    ]
    return [
        Block(
            level=level,
            words=said,
            keys=[Table(f"report_{report.name}_reading", "How a change is told", columns, cells)],
        )
    ]


def _indicator(report: Report, one: Mapping[str, str], level: int) -> list[Block]:
    """The three questions: what the data tell, how earlier years compare, what is planned."""
    ids = one["indicators"].split(";")
    listed = _tabled(report, one, level + 1)
    now, before = [*listed.tables], []
    charts: list[Chart] = []
    first: list[Table] = []
    for name in ids:
        rows = _group_rows(report, name)
        told = [headline for headline in report.headlines if headline.indicator_id == name]
        if rows and not any(row["indicators"] == name and row["layout"] == "groups" for row in _listed(report, one)):
            columns, cells = group_table(report.arranging, rows)
            caption = f"{report.arranging.titles[name]}, {day(rows[0]['as_at_date'])}"
            first.append(Table(f"report_{report.name}_{name}", caption, columns, cells))
        table, chart = _history(report, name, rows, told)
        before += [table] if table else []
        charts += [chart] if chart else []
    told = report.of(one)
    sentences = [sentence(report, headline) for headline in told]
    links = [
        Link(f"{report.arranging.titles.get(name, name)}: definition, history and base", f"indicators/{name}.html")
        for name in ids
    ]
    questions = report.questions
    planned = planned_for(report, one)
    return [
        replace(
            listed,
            heading=questions["data"],
            level=level + 1,
            words=[word for word in listed.words if not first],
            sentences=sentences,
            tables=[*first, *now],
            links=links,
        ),
        Block(questions["previous"], level + 1, charts=charts, tables=before),
        Block(questions["plan"], level + 1, tables=planned),
    ]


def _listed(report: Report, one: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        row for row in seed("report/report_tables") if (row["report"], row["section"]) == (report.name, one["section"])
    ]


def _group_rows(report: Report, name: str) -> list[Row]:
    for measure in MEASURES:
        if rows := rows_of(report.arranging, "indicator_values", [name], [measure], "all", []):
            return rows
    return []


def sentence(report: Report, told: Headline) -> Sentence:
    """The finding of a headline, in a sentence; what has no figure is called by its name first."""
    if told.row is None:
        return (f"{told.link.text}: ", *missing(told.missing))
    beside = report.figures.rows(
        BESIDE, **{name: told.row[name] for name in ("indicator_id", "as_at_date", "stratum", "measure")}
    )
    named = {"stratum": _stratum_label(report, told.row)} if told.row["stratum"] != "all" else {}
    said = finding(told.row, {"title": told.link.text, **named}, beside)
    is_told = told.row["value"] is not None or told.row.get("value_text")
    return said if is_told else (f"{told.link.text}: ", *said)


def _stratum_label(report: Report, row: Row) -> str:
    named = report.figures.row(
        "select stratum_label from indicator_vocabulary where indicator_id = $indicator_id and measure = $measure "
        "and stratum = $stratum",
        **{name: row[name] for name in ("indicator_id", "measure", "stratum")},
    )
    return str(named["stratum_label"]) if named else str(row["stratum"])


def _history(
    report: Report, name: str, rows: Sequence[Row], told: Sequence[Headline]
) -> tuple[Table | None, Chart | None]:
    """Each year in a row: the figure of each group, what compares them, and the direction since the year before."""
    verdicts = [
        _years_of(report, headline.row) for headline in told if headline.row and "minority_group" in headline.row
    ]
    dates = sorted({row["as_at_date"] for row in rows} | {row["as_at_date"] for one in verdicts for row in one})
    if not dates:
        return None, None
    labels = list(dict.fromkeys(str(row["group_label"]) for row in rows))
    compared = [one for one in verdicts if not _is_shown(one[0], rows)]
    columns = [
        Column("Date"),
        *(Column(label, is_number=True) for label in labels),
        *(Column(measure_label("indicator_comparisons", one[0]["measure"]), is_number=True) for one in compared),
        Column("By the trust's rule"),
        Column("Told from chance?"),
    ]
    cells: list[list[Cell]] = []
    for date in reversed(dates):
        of_groups = {str(row["group_label"]): row for row in rows if row["as_at_date"] == date}
        at = [next((row for row in one if row["as_at_date"] == date), None) for one in compared]
        verdict = next((row for one in verdicts[:1] for row in one if row["as_at_date"] == date), None)
        cells.append(
            [
                day(date),
                *(_of(of_groups.get(label), "value") for label in labels),
                *(_of(row, "value") for row in at),
                direction(verdict and verdict.get("direction_by_threshold")),
                direction(verdict and verdict.get("direction_tested"), "tested_words"),
            ]
        )
    title = report.arranging.titles[name]
    table = Table(f"report_{report.name}_{name}_years", f"{title}, by year", columns, cells)
    return table, _drawn(table, title, rows)


def _is_shown(row: Row, rows: Sequence[Row]) -> bool:
    """Whether a comparison's figure stands in a column of its group already, as a share does."""
    return any(one["measure"] == row["measure"] and one["group"] == row["minority_group"] for one in rows)


def _years_of(report: Report, row: Row) -> list[Row]:
    """The rows of one comparison at its year ends, newest first."""
    names = ("indicator_id", "measure", "stratum", "minority_group", "reference_group")
    found = report.figures.rows(PAIR, year=report.year, **{name: row[name] for name in names})
    ends = year_ends(one["as_at_date"] for one in found)
    return [one for one in found if one["as_at_date"] in ends]


def _drawn(table: Table, title: str, rows: Sequence[Row]) -> Chart | None:
    """Lines of the groups over the years, where there are two years at least."""
    if len({row["as_at_date"] for row in rows if row["value"] is not None}) < 2:
        return None
    ordered = sorted(rows, key=lambda row: row["as_at_date"])
    points = [
        Point(day(row["as_at_date"]), str(row["group_label"]), row["value"], row["ci_low"], row["ci_high"])
        for row in ordered
    ]
    said = "A line for each group, with its 95% interval at each year; the table has the figures."
    return history(table.name, f"{title}, by year", said, points, table, FORMS[str(rows[0]["unit"])])


# What is planned.


def _actions(report: Report, one: Mapping[str, str], level: int) -> list[Block]:
    """The actions of one plan; where their words are not for this edition, how many stand how."""
    name = f"report_{report.name}_{one['section']}"
    rows = _action_rows(report, "plan = $plan", plan=one["plan"])
    if rows:
        return [Block(level=level, tables=[_action_table(name, str(rows[0]["plan_name"]), rows)])]
    counts = rows_of(report.arranging, "indicator_values", ["plan_actions_completed"], ["share"], "plan", [])
    counts = [row for row in counts if row["stratum"] == f"plan_{one['plan']}"]
    if not counts:
        return [Block(level=level, words=["No actions of this plan have been loaded yet."])]
    columns, cells = group_table(report.arranging, counts)
    table = Table(name, f"{counts[0]['stratum_label']}: actions by how they stand", columns, cells)
    return [Block(level=level, tables=[table])]


def planned_for(report: Report, one: Mapping[str, str]) -> list[Table]:
    """The actions of any plan that name a section's indicators; none where their words are not for this edition."""
    rows = _action_rows(report, "list_contains($ids, indicator_id)", ids=one["indicators"].split(";"))
    name = f"report_{report.name}_{one['section']}_plan"
    caption = f"{report.filled(one['heading'])}: actions of the plans that name it"
    return [_action_table(name, caption, rows, of_one=True)] if rows else []


def _action_rows(report: Report, which: str, **named: object) -> list[Row]:
    """The latest word on each action: of the plan's newest file where that has any, else of the file before."""
    figures = report.figures
    if not figures.has("plan_actions"):
        return []
    columns = {
        row["column_name"]
        for row in figures.rows("select column_name from duckdb_columns() where table_name = 'plan_actions'")
    }
    status = "status_label" if "status_label" in columns else "status_text"
    newest = (
        "qualify bool_or(is_in_file_of_date) over (partition by plan) = is_in_file_of_date"
        if "is_in_file_of_date" in columns
        else ""
    )
    return figures.rows(
        f"select plan, plan_name, reference, action, {status} as status_label, due_date, indicator_id, "
        "indicator_title, verdict_label from plan_actions "
        f"where as_at_date = (select max(as_at_date) from plan_actions) and ({which}) {newest} "
        "order by plan_name, reference, indicator_id",
        **named,
    )


def _action_table(name: str, caption: str, rows: Sequence[Row], of_one: bool = False) -> Table:
    """A row for each action, with every indicator that it names, unless the table is of one."""
    indicators = [] if of_one else ["Indicators"]
    columns = [Column(heading) for heading in ("Reference", "Action", *indicators, "Due", "Status", "Verdict")]
    cells: list[list[Cell]] = []
    for plan, reference in dict.fromkeys((row["plan"], row["reference"]) for row in rows):
        own = [row for row in rows if (row["plan"], row["reference"]) == (plan, reference)]
        titles = list(dict.fromkeys(str(row["indicator_title"]) for row in own if row["indicator_title"]))
        verdicts = list(dict.fromkeys(str(row["verdict_label"]) for row in own if row["verdict_label"]))
        due = own[0]["due_date"]
        cells.append(
            [
                str(reference),
                str(own[0]["action"]),
                *([] if of_one else ["; ".join(titles)]),
                day(due) if due else "",
                str(own[0]["status_label"] or ""),
                "; ".join(verdicts),
            ]
        )
    return Table(name, caption, columns, cells)


KINDS = {
    "text": _nothing,
    "figures": _figures,
    "findings": _findings,
    "comparison": _comparison,
    "summary": _summary,
    "definitions": _definitions,
    "reading": _reading,
    "indicator": _indicator,
    "actions": _actions,
}
