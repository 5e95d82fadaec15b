"""Pack: what one directorate or team is shown of itself, beside the trust: its people, its answers, its indicators."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from flows.report import draw
from flows.report.complete import TRUST, Answers, Key, conversations, read_answers
from flows.report.compose import Cell, Chart, Column, Figure, Link, Table, Tag
from flows.report.place import Unit, places
from flows.report.read import Figures, Row, seed
from flows.report.show import day, direction, figure, month, plain, written

PROFILES = """
select *, coalesce(organisation_unit_parent, '') as parent
from shown_values
where list_contains($indicators, indicator_id) and measure in ('share', 'population_share') and stratum = 'all'
qualify
    organisation_unit_level = 'trust'
    or as_at_date = max(as_at_date) over (
        partition by indicator_id, organisation_unit_level, organisation_unit_parent, organisation_unit
    )
"""

LABELS = """
select distinct indicator_id, "group", group_label, group_position
from indicator_vocabulary
where conformed_table = 'indicator_values' and list_contains($indicators, indicator_id)
order by group_position
"""

INDICATOR = """
select *, coalesce(organisation_unit_parent, '') as parent
from shown_{table}
where indicator_id = $indicator_id and measure = $measure and stratum = $stratum
    and {group_column} = $group {reference}
qualify
    organisation_unit_level = 'trust'
    or as_at_date = max(as_at_date) over (
        partition by organisation_unit_level, organisation_unit_parent, organisation_unit
    )
"""

POPULATION = "Population"

PEOPLE_HEADINGS = (
    Column("Group"),
    Column("People", is_number=True),
    Column("Share", is_number=True),
    Column("95% low", is_number=True),
    Column("95% high", is_number=True),
    Column("Trust", is_number=True),
)

INDICATOR_HEADINGS = (
    Column("Indicator"),
    Column("Here", is_number=True),
    Column("95% low", is_number=True),
    Column("95% high", is_number=True),
    Column("Trust", is_number=True),
    Column("A year earlier, here", is_number=True),
    Column("By the trust's rule"),
    Column("Told from chance?"),
    Column("Data of"),
)

ANSWER_HEADINGS = (
    Column("Question"),
    Column("Answers on record", is_number=True),
    Column("Share", is_number=True),
    Column("Trust", is_number=True),
    Column("A year earlier", is_number=True),
    Column("Target", is_number=True),
    Column("Reached?"),
    Column("Records to complete", is_number=True),
)


@dataclass(frozen=True)
class Fact:
    """A number that a reader sees first, and what it is."""

    label: str
    value: Figure | str
    note: str = ""


@dataclass(frozen=True)
class Pair:
    """A chart and its table; either may be missing, and where the table says it all there is no heading."""

    heading: str
    chart: Chart | None
    table: Table | None


@dataclass(frozen=True)
class Section:
    """A part of a pack: sentences, then charts with their tables; `file` is the table to take away from it."""

    name: str
    title: str
    sentences: Sequence[str]
    pairs: Sequence[Pair] = ()
    file: Table | None = None


@dataclass(frozen=True)
class Pack:
    """What a page shows of one unit. `notices` are what a reader must know first, `findings` what stands out."""

    facts: Sequence[Fact]
    notices: Sequence[str]
    findings: Sequence[str]
    sections: Sequence[Section]

    @property
    def tables(self) -> list[Table]:
        """The tables that can be taken away."""
        return [section.file for section in self.sections if section.file is not None]


Profile = Mapping[str, Row]


@dataclass(frozen=True)
class Known:
    """What is known of every unit of an edition, read once."""

    units: Sequence[Unit]
    answers: Answers
    profiles: Mapping[tuple[Key, str], tuple[datetime.date, Profile]]
    trust_profiles: Mapping[tuple[str, str, datetime.date], Profile]
    labels: Mapping[str, Mapping[str, str]]
    indicators: Sequence[tuple[Mapping[str, str], Mapping[Key, Row], Mapping[datetime.date, Row]]]
    rules: Mapping[str, int] = field(default_factory=dict)

    def held(self, level: str) -> list[int]:
        """The places of the indicators that the edition holds for units of a level."""
        return [at for at, (_, rows, _) in enumerate(self.indicators) if any(key[0] == level for key in rows)]


def read_known(figures: Figures) -> Known:
    """Read what every pack of the edition shows."""
    chosen = [one["indicator_id"] for one in seed("report/pack_characteristics")]
    chosen += [one["population_indicator_id"] for one in seed("report/pack_characteristics")]
    profiles: dict[tuple[Key, str], tuple[datetime.date, dict[str, Row]]] = {}
    of_trust: dict[tuple[str, str, datetime.date], dict[str, Row]] = {}
    for row in figures.rows(PROFILES, indicators=chosen):
        if row["organisation_unit_level"] == "trust":
            of_trust.setdefault((row["indicator_id"], row["measure"], row["as_at_date"]), {})[row["group"]] = row
        else:
            key = (row["organisation_unit_level"], row["parent"], row["organisation_unit"])
            profiles.setdefault((key, row["indicator_id"]), (row["as_at_date"], {}))[1][row["group"]] = row
    labels: dict[str, dict[str, str]] = {}
    for row in figures.rows(LABELS, indicators=chosen):
        labels.setdefault(row["indicator_id"], {})[row["group"]] = row["group_label"]
    indicators = [(one, *_indicator(figures, one)) for one in seed("report/pack_indicators")]
    rules = {one["rule"]: int(one["value"]) for one in seed("report/report_rules") if one["value"].isdigit()}
    return Known(places(figures), read_answers(figures), profiles, of_trust, labels, indicators, rules)


def _indicator(figures: Figures, one: Mapping[str, str]) -> tuple[dict[Key, Row], dict[datetime.date, Row]]:
    """The newest row of each unit, and the trust's of every date."""
    is_comparison = one["conformed_table"] == "indicator_comparisons"
    sql = INDICATOR.format(
        table=one["conformed_table"].removeprefix("indicator_"),
        group_column="minority_group" if is_comparison else '"group"',
        reference="and reference_group = $reference" if is_comparison else "",
    )
    named = {name: one[name] for name in ("indicator_id", "measure", "stratum", "group")}
    rows = figures.rows(sql, **named | ({"reference": one["reference_group"]} if is_comparison else {}))
    trust = {row["as_at_date"]: row for row in rows if row["organisation_unit_level"] == "trust"}
    of_units = (row for row in rows if row["organisation_unit_level"] != "trust")
    return {(row["organisation_unit_level"], row["parent"], row["organisation_unit"]): row for row in of_units}, trust


# The pack of one unit.


def pack(known: Known, unit: Unit) -> Pack:
    """Everything that the unit's page and its PDF show."""
    sections = [
        _brief(known, unit),
        _people(known, unit),
        _answers(known, unit),
        _indicators(known, unit),
    ]
    return Pack(_facts(known, unit), _notices(known, unit), _findings(known, unit), [one for one in sections if one])


def table_name(unit: Unit, part: str) -> str:
    """A name of the site that no other table has: two underscores stand where no slug can have them."""
    return f"{unit.level}_{unit.slug.replace('/', '__').replace('-', '_')}__{part}"


def here(unit: Unit) -> str:
    """What the unit is called in a chart."""
    return f"This {unit.word}"


def people(known: Known, unit: Unit) -> Figure:
    """How many people the unit has, or had when it was last counted."""
    return known.answers.people(unit, unit.last)


def _facts(known: Known, unit: Unit) -> list[Fact]:
    answers, latest = known.answers, unit.last
    rows = [row for one in answers.fields if (row := answers.of(unit.key, one, latest)) is not None]
    reached = [_is_reached(answers, row) for row in rows]
    told = [one for one in reached if one is not None]
    hidden = reached.count(None)
    facts = [Fact("People", people(known, unit), f"on {day(latest)}" if latest else "")]
    if told:
        note = (
            f"{hidden} more {'is' if hidden == 1 else 'are'} hidden"
            if hidden
            else "of the questions asked of all staff"
        )
        facts.append(Fact("Questions at their target", f"{sum(told)} of {len(told)}", note))
    if rows:
        needed = conversations(answers, rows)
        facts.append(Fact("Conversations to reach every target", str(needed), "one can answer several questions"))
    return facts


def _is_reached(answers: Answers, row: Row | None) -> bool | None:
    """Whether the target is reached; None where it is hidden, or where there is none."""
    if row is None or row["value"] is None or row["field"] not in answers.targets:
        return None
    return Decimal(str(row["value"])) >= answers.targets[row["field"]]


def _notices(known: Known, unit: Unit) -> list[str]:
    latest, first = known.answers.latest, known.answers.dates[0] if known.answers.dates else None
    count = people(known, unit)
    notices = []
    if unit.last is None:
        notices.append(
            f"The staff list does not name this {unit.word}; only other files do. So its people are not known."
        )
    elif latest and unit.last < latest:
        notices.append(
            f"The staff list of {day(latest)} has no such {unit.word}. Its last figures, of {day(unit.last)}, stay "
            "here, so that earlier packs can be understood."
        )
    elif latest and unit.first == latest != first:
        notices.append(
            f"This {unit.word} is new in the staff list of {month(latest)}: there is nothing to compare it with "
            "yet, and its yearly indicators come with the next year."
        )
    if _is_all_hidden(known, unit):
        notices.append(
            f"Every number of this {unit.word} is hidden, because so few people work in it that they could be found. "
            "The trust's numbers stand beside the gaps. The EDI team has the exact ones, and can talk about what helps."
        )
    elif count.number is not None and count.number < known.rules["few_people"]:
        who = "One person works" if count.number == 1 else f"Only {count.text} people work"
        notices.append(
            f"{who} here. One person more or fewer moves every share a good deal, so read the counts and not "
            "the percentages, and say nothing from which a colleague could be known."
        )
    return notices


def _is_all_hidden(known: Known, unit: Unit) -> bool:
    rows = [row for months in known.answers.rows.get(unit.key, {}).values() for row in months.values()]
    for (key, _), (_, profile) in known.profiles.items():
        rows += profile.values() if key == unit.key else ()
    rows += [of_units[unit.key] for _, of_units, _ in known.indicators if unit.key in of_units]
    return bool(rows) and all(row["value"] is None for row in rows)


def _findings(known: Known, unit: Unit) -> list[str]:
    """What stands out, in sentences, from shown numbers alone."""
    return [*_widest_gap(known, unit), *_clear_changes(known, unit)]


def _widest_gap(known: Known, unit: Unit) -> list[str]:
    answers, rows = known.answers, known.answers.rows.get(unit.key, {})
    latest = [months[unit.last] for months in rows.values() if unit.last and unit.last in months]
    counted = [(answers.to_complete(row), row) for row in latest]
    gaps = [(shown, row) for shown, row in counted if shown.number]
    if not gaps:
        told = any(shown.number is not None for shown, _ in counted)
        return ["Every question whose numbers are shown has reached its target for answers on record."] if told else []
    shown, row = max(gaps, key=lambda gap: gap[0].number or 0)
    target = written(answers.targets[row["field"]], "indicator_values", row)
    records = "record" if shown.number == 1 else "records"
    return [
        f"{answers.fields[row['field']]} is furthest from the target: {figure(row).text} have an answer on record, and "
        f"{shown.text} more {records} would make {target}."
    ]


def _clear_changes(known: Known, unit: Unit) -> list[str]:
    told: dict[str, list[str]] = {"improved": [], "worsened": []}
    compared = 0
    for one, of_units, _ in known.indicators:
        row = of_units.get(unit.key)
        if row is not None and row.get("previous_value") is not None and row["value"] is not None:
            compared += 1
            if row["direction_tested"] in told:
                before, now = figure(row, "previous_value").text, figure(row).text
                told[row["direction_tested"]].append(f"{_full(one)}, from {before} to {now}")
    sentences = [f"Clearly {word}, beyond chance: {'; '.join(which)}." for word, which in told.items() if which]
    if compared and not sentences:
        sentences.append(
            f"None of the {compared} indicators that can be compared with a year ago changed beyond chance."
            if compared > 1
            else "The one indicator that can be compared with a year ago did not change beyond chance."
        )
    return sentences


def _full(one: Mapping[str, str]) -> str:
    prefix = {"wres": "WRES ", "wdes": "WDES "}.get(one["section"], "")
    return prefix + one["label"]


# In brief: one group of each characteristic.


def _brief(known: Known, unit: Unit) -> Section | None:
    rows: list[list[Cell]] = []
    bars = []
    for one in seed("report/pack_characteristics"):
        if not one["key_group"] or (unit.key, one["indicator_id"]) not in known.profiles:
            continue
        date, profile = known.profiles[unit.key, one["indicator_id"]]
        row = profile.get(one["key_group"])
        trust = known.trust_profiles.get((one["indicator_id"], "share", date), {}).get(one["key_group"])
        if row is None:
            continue
        label = one["finding"].removeprefix("are ")
        label = label[0].upper() + label[1:]
        rows.append([label, figure(row, "numerator"), figure(row), figure(trust) if trust else "", day(date)])
        bars += [_bar(label, here(unit), row), *([_bar(label, "Trust", trust)] if trust else [])]
    if not rows:
        return None
    columns = (Column("Who"), Column("People", True), Column("Share", True), Column("Trust", True), Column("Data of"))
    table = Table(table_name(unit, "brief"), f"{unit.name} in brief, beside the trust", columns, rows)
    description = "Shares of all staff; lines show how far chance may have moved each."
    chart = _bars(unit, f"{here(unit)} in brief, beside the trust", description, bars, table)
    return Section("brief", "In brief", [], [Pair("", chart, table)])


def _bars(unit: Unit, title: str, description: str, bars: Sequence[draw.Bar], table: Table) -> Chart | None:
    """Bars of shares; none where every number of the unit is hidden, since the trust's alone would be no answer."""
    if not any(bar.group == here(unit) and bar.value is not None for bar in bars):
        return None
    return draw.bars(f"{table.name}__chart", title, description, bars, table, "percent")


def _bar(label: str, group: str, row: Row) -> draw.Bar:
    return draw.Bar(label, group, row["value"], row["ci_low"], row["ci_high"])


# Who works here.


def _people(known: Known, unit: Unit) -> Section:
    pairs, all_rows = [], []
    for one in seed("report/pack_characteristics"):
        if (unit.key, one["indicator_id"]) in known.profiles:
            table, population = _profile_table(known, unit, one)
            chart = _profile_chart(known, unit, one, table, population) if unit.level == "directorate" else None
            pairs.append(Pair(one["label"] if chart else "", chart, table))
            date = known.profiles[unit.key, one["indicator_id"]][0]
            filler = [] if population else ["" if _has_population(known) else None]
            all_rows += [[one["label"], *row, *(x for x in filler if x is not None), day(date)] for row in table.rows]
    if not pairs:
        return Section("people", "Who works here", [f"This edition holds nothing about who works in this {unit.word}."])
    columns = [Column("Characteristic"), *PEOPLE_HEADINGS]
    columns += [Column(POPULATION, is_number=True)] if _has_population(known) else []
    file = Table(
        table_name(unit, "people"),
        f"Who works in {unit.name}, beside the trust",
        [*columns, Column("Data of")],
        all_rows,
    )
    told = [
        "Shares are of everyone, those with nothing on record among them. “95% low” and “95% high” are the bounds of "
        "what chance alone could have made of the share."
    ]
    if unit.level == "team":
        told.append(f"Charts of the whole directorate are on the page of {unit.parent}.")
    return Section("people", "Who works here", told, pairs, file)


def _has_population(known: Known) -> bool:
    return any(measure == "population_share" for _, measure, _ in known.trust_profiles)


def _profile_table(known: Known, unit: Unit, one: Mapping[str, str]) -> tuple[Table, Profile]:
    indicator = one["indicator_id"]
    date, profile = known.profiles[unit.key, indicator]
    trust = known.trust_profiles.get((indicator, "share", date), {})
    population = known.trust_profiles.get((one["population_indicator_id"], "population_share", date), {})
    rows: list[list[Cell]] = []
    for group, label in known.labels.get(indicator, {}).items():
        row = profile.get(group)
        if row is not None:
            cells: list[Cell] = [
                label,
                figure(row, "numerator"),
                figure(row),
                figure(row, "ci_low"),
                figure(row, "ci_high"),
            ]
            cells.append(figure(trust[group]) if group in trust else "")
            if population:
                cells.append(figure(population[group]) if group in population else Figure("[z]"))
            rows.append(cells)
    columns = [*PEOPLE_HEADINGS, *([Column(POPULATION, is_number=True)] if population else [])]
    part = "people_" + indicator.removeprefix("workforce_profile_")
    notes = ["Population: the people who live where the trust works, at the census."] if population else []
    return Table(table_name(unit, part), f"{one['label']}, {day(date)}", columns, rows, notes), population


def _profile_chart(known: Known, unit: Unit, one: Mapping[str, str], table: Table, population: Profile) -> Chart | None:
    date, profile = known.profiles[unit.key, one["indicator_id"]]
    trust = known.trust_profiles.get((one["indicator_id"], "share", date), {})
    bars = []
    for group, label in known.labels[one["indicator_id"]].items():
        beside = [(here(unit), profile.get(group)), ("Trust", trust.get(group)), (POPULATION, population.get(group))]
        if any(row is not None and row["value"] != 0 for _, row in beside[:2]):
            bars += [_bar(label, name, row) for name, row in beside if row is not None]
    title = _profile_title(one, profile, trust)
    description = f"{one['label']} on {day(date)}: {here(unit).lower()} beside the trust"
    description += " and the people who live where it works." if population else "."
    return _bars(unit, title, description, bars, table)


def _profile_title(one: Mapping[str, str], profile: Profile, trust: Profile) -> str:
    """`17.3% are from ethnic minorities; 24.6% in the trust`; the plain name where either is not shown."""
    key = one["key_group"]
    rows = (profile.get(key), trust.get(key))
    if not key or any(row is None or row["value"] is None for row in rows):
        return f"{one['label']}, beside the trust"
    ours, theirs = (figure(row).text for row in rows if row is not None)
    return f"{ours} {one['finding']}; {theirs} in the trust"


# What they have told.


def _answers(known: Known, unit: Unit) -> Section:
    answers, date = known.answers, unit.last
    there = [one for one in answers.fields if answers.of(unit.key, one, date) is not None]
    title = "What they have told us"
    if date is None or not there:
        return Section("answers", title, [f"This edition holds no answers of this {unit.word}."])
    rows = [_answer_row(answers, unit, row) for one in there if (row := answers.of(unit.key, one, date))]
    table = Table(
        table_name(unit, "answers"),
        f"Answers on record in {unit.name}, {day(date)}",
        ANSWER_HEADINGS,
        rows,
        ["An answer is on record where the person gave one or chose not to say. Nobody has to answer."],
    )
    pairs = [Pair("", _answers_chart(answers, unit, there, date, table), table)]
    if unit.level == "directorate" and (over_time := _over_time(known, unit, there)):
        pairs.append(over_time)
    return Section("answers", title, [_needed(answers, unit, there, date)], pairs, table)


def _answer_row(answers: Answers, unit: Unit, row: Row) -> list[Cell]:
    one, date = row["field"], row["as_at_date"]
    trust, before = answers.of(TRUST, one, date), answers.year_ago(unit.key, one, date)
    target = answers.targets.get(one)
    return [
        Link(answers.fields[one], f"indicators/{row['indicator_id']}.html"),
        figure(row, "numerator"),
        figure(row),
        figure(trust) if trust else "",
        figure(before) if before else Figure("[z]", note="There is no month a year earlier"),
        written(target, "indicator_values", row) if target is not None else "",
        reached(_is_reached(answers, row)),
        answers.to_complete(row),
    ]


def reached(verdict: bool | None) -> Tag:
    """Whether a target is reached, in words and a symbol."""
    if verdict is None:
        return Tag("Not shown", "–", "unknown")
    return Tag("Reached", "●", "good") if verdict else Tag("Not yet", "○", "bad")


def _needed(answers: Answers, unit: Unit, there: Sequence[str], date: datetime.date) -> str:
    needed = conversations(answers, [answers.of(unit.key, one, date) for one in there])
    are = "is" if needed.hidden == 1 else "are"
    hidden = f" {needed.hidden} of the questions {are} hidden and not in it." if needed.hidden else ""
    about = (
        " Counts of this month are rounded to the nearest five, so these are only about right."
        if needed.is_about
        else ""
    )
    if not needed.most:
        return f"Every question whose numbers are shown has reached its target.{hidden}"
    return (
        f"Conversations to reach every target: {needed}.{hidden}{about} One conversation can fill every gap of one "
        "person: the lower number holds if whoever lacks one answer lacks the others too, the higher if each gap is "
        "another person's."
    )


def _answers_chart(
    answers: Answers, unit: Unit, there: Sequence[str], date: datetime.date, table: Table
) -> Chart | None:
    if unit.level == "team":
        return None
    bars = []
    for one in there:
        rows = ((here(unit), answers.of(unit.key, one, date)), ("Trust", answers.of(TRUST, one, date)))
        bars += [_bar(answers.fields[one], name, row) for name, row in rows if row is not None]
    target = min(answers.targets.values(), default=None)
    same = target is not None and len(set(answers.targets.values())) == 1
    aim = f" The target is {plain(target * 100)}%." if same and target is not None else ""
    title = f"Answers on record, {day(date)}, beside the trust"
    return _bars(unit, title, f"Share of all staff with an answer on record.{aim}", bars, table)


def _over_time(known: Known, unit: Unit, there: Sequence[str]) -> Pair | None:
    answers = known.answers
    months = answers.rows[unit.key]
    dates = sorted({date for one in there for date in months[one]})
    if len(dates) < 2:
        return None
    columns = [Column("Month"), *(Column(answers.fields[one], is_number=True) for one in there)]
    rows: list[list[Cell]] = [
        [month(date), *(figure(months[one][date]) if date in months[one] else "" for one in there)]
        for date in reversed(dates)
    ]
    caption = f"Answers on record in {unit.name} over time"
    table = Table(table_name(unit, "answers_over_time"), caption, columns, rows)
    drawn = _least_complete(known, unit, there)
    points = [
        draw.Point(month(date), answers.fields[one], row["value"], row["ci_low"], row["ci_high"])
        for one in drawn
        for date in dates
        if (row := months[one].get(date)) is not None
    ]
    if not any(point.value is not None for point in points):
        return Pair("Over time", None, table)
    title = (
        "The questions that lack most answers, over time" if len(drawn) < len(there) else "Answers on record, over time"
    )
    chart = draw.history(
        f"{table.name}__chart", title, f"From {month(dates[0])} to {month(dates[-1])}.", points, table, "percent"
    )
    return Pair("Over time", chart, table)


def _least_complete(known: Known, unit: Unit, there: Sequence[str]) -> list[str]:
    """The questions that lack most answers among those shown, in the order of the list: as many as a chart holds."""
    answers, most = known.answers, known.rules["series_in_a_chart"]
    shares = {one: row["value"] for one in there if (row := answers.of(unit.key, one, unit.last)) is not None}
    shown = sorted((one for one in shares if shares[one] not in (None, 1)), key=lambda one: float(shares[one]))
    return [one for one in there if one in shown[:most]]


# Its indicators.


def _indicators(known: Known, unit: Unit) -> Section:
    title = "Its indicators"
    held = known.held(unit.level)
    pairs: list[Pair] = []
    all_rows: list[list[Cell]] = []
    missing: list[str] = []
    for section in seed("report/pack_sections"):
        of_section = [at for at in held if known.indicators[at][0]["section"] == section["section"]]
        there = [at for at in of_section if unit.key in known.indicators[at][1]]
        missing += [] if there else [section["caption"].partition(":")[0]]
        if there:
            rows = [_indicator_row(known.indicators[at], unit) for at in there]
            name = table_name(unit, f"indicators_{section['section']}")
            table = Table(name, section["caption"], INDICATOR_HEADINGS, rows)
            has_chart = section["chart_note"] and unit.level == "directorate"
            chart = _ratio_chart(known, unit, there, table, section["chart_note"]) if has_chart else None
            pairs.append(Pair("", chart, table))
            all_rows += [[section["caption"], *row] for row in rows]
    sentences = [
        "The latest figures beside the trust's. Small numbers swing by themselves: rely on a direction where it can be "
        "told from chance."
    ]
    if missing:
        sentences.append(f"Not told by {unit.word} in this edition: {'; '.join(missing)}.")
    if not pairs:
        return Section("indicators", title, sentences[1:] or [f"This edition holds no indicator of this {unit.word}."])
    columns = [Column("Section"), *INDICATOR_HEADINGS]
    file = Table(table_name(unit, "indicators"), f"Indicators of {unit.name}, beside the trust", columns, all_rows)
    return Section("indicators", title, sentences, pairs, file)


def _indicator_row(
    one: tuple[Mapping[str, str], Mapping[Key, Row], Mapping[datetime.date, Row]], unit: Unit
) -> list[Cell]:
    chosen, of_units, of_trust = one
    row = of_units[unit.key]
    trust = of_trust.get(row["as_at_date"])
    return [
        Link(chosen["label"], f"indicators/{chosen['indicator_id']}.html"),
        figure(row),
        figure(row, "ci_low"),
        figure(row, "ci_high"),
        figure(trust) if trust else "",
        figure(row, "previous_value") if "previous_value" in row else "",
        direction(row.get("direction_by_threshold")),
        direction(row.get("direction_tested"), "tested_words"),
        day(row["as_at_date"]),
    ]


def _ratio_chart(known: Known, unit: Unit, there: Sequence[int], table: Table, note: str) -> Chart | None:
    """The ratios of a section about 1, where at least one is shown."""
    ratios = [known.indicators[at] for at in there if known.indicators[at][1][unit.key]["unit"] == "ratio"]
    bars = []
    for chosen, of_units, of_trust in ratios:
        row = of_units[unit.key]
        trust = of_trust.get(row["as_at_date"])
        bars += [_bar(chosen["label"], here(unit), row), *([_bar(chosen["label"], "Trust", trust)] if trust else [])]
    if not any(bar.group == here(unit) and bar.value for bar in bars):
        return None
    title = f"{table.caption}: ratios, beside the trust"
    return draw.bars(f"{table.name}__chart", title, note, bars, table, "ratio")
